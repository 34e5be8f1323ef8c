// SPDX-License-Identifier: Apache-2.0
// What a connection keeps for a client that does not read.
#include <mirror/net/stream.hpp>

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace heliograph::mirror {
namespace {

TEST(Stream, KeepsNoMoreForASlowReaderThanIsStagedAtOnce) {
    int ends[2] = {-1, -1};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    const FileDescriptor reader(ends[1]);
    IoBuffers buffers(1024);
    Stream stream(FileDescriptor{ends[0]}, buffers);
    const auto stage = [&] {
        const std::size_t size = buffers.staging.capacity() / 3;
        std::memset(buffers.staging.room().data(), 'x', size);
        buffers.staging.grow(size);
        return stream.flush();
    };
    while (stage() == IoState::done) {
    }
    std::size_t rounds = 0;
    IoState last = IoState::blocked;
    while (last == IoState::blocked && ++rounds < 5) {
        last = stage();
    }
    EXPECT_EQ(last, IoState::failed);
    EXPECT_TRUE(buffers.staging.filled().empty());
}

}  // namespace
}  // namespace heliograph::mirror
