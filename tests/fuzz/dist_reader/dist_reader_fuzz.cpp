// SPDX-License-Identifier: Apache-2.0
// Any bytes offered as a wheel or as a source archive either give metadata of exactly the wanted
// release or an error, in bounded time and memory.
#include <mirror/publish/dist_reader.hpp>
#include <pki/base/file.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace heliograph {
namespace {

// Small caps, so that the fuzzer can reach them.
constexpr mirror::DistLimits limits{
    .entries = 100,
    .path_bytes = 100,
    .unpacked_bytes = 1 << 20,
    .ratio_free_bytes = 1 << 16,
    .ratio = 50};

void read_as(const FileDescriptor& file, const verify::DistFileName& name) {
    const auto dist = mirror::read_dist_metadata(file.get(), name, limits);
    if (dist) {
        HG_ASSERT(dist->metadata.name == name.project());
        HG_ASSERT(dist->metadata.version == name.version());
        HG_ASSERT(verify::parse_core_metadata(dist->text).has_value());
    }
}

}  // namespace
}  // namespace heliograph

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const auto wheel =
        heliograph::verify::parse_dist_file_name("demo-1.0-py3-none-any.whl").value();
    static const auto sdist = heliograph::verify::parse_dist_file_name("demo-1.0.tar.gz").value();
    const heliograph::FileDescriptor file(::memfd_create("archive", MFD_CLOEXEC));
    HG_ASSERT(file.is_open());
    HG_ASSERT(::write(file.get(), data, size) == static_cast<::ssize_t>(size));
    heliograph::read_as(file, wheel);
    heliograph::read_as(file, sdist);
    return 0;
}
