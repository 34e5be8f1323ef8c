// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/memory_blob_store.hpp>
#include <mirror/store/memory_catalog.hpp>
#include <mirror/sync/store_group.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/sync/follower.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

// The disk is full when the batch is to become durable.
class FullDiskBatch : public BlobBatch {
  public:
    explicit FullDiskBatch(int& commits) : m_commits(commits) {}
    Result<std::unique_ptr<BlobWriter>> begin() override { return full(); }
    Result<std::unique_ptr<ResumableBlob>> begin_resumable(const pki::Sha256&) override {
        return full();
    }
    Outcome absorb(BlobBatch&) override { return full(); }
    void rest() override {}
    Outcome commit() override {
        ++m_commits;
        return full();
    }

  private:
    static Error full() { return {ErrorCode::io, "No space left on device"}; }
    int& m_commits;
};

Delivery delivery_with(std::unique_ptr<BlobBatch> blobs) {
    const auto name = project("demo");
    return {
        .task = {.project = name, .wanted = {1}, .digests = {}},
        .outcome = {.project = name, .serial = {}, .verdict = {}, .reason = {}, .failure = {}},
        .fresh = {},
        .blobs = std::move(blobs),
        .fault = {},
        .wish = {}};
}

PendingProject parked(std::string_view name) {
    return {
        .project = project(name),
        .wanted = {1},
        .reason = "for a test",
        .since = {},
        .last_try = {},
        .next_try = {}};
}

TEST(StoreGroup, CommitsABatchOnceAlsoWhenTheDiskIsFull) {
    MemoryCatalog catalog;
    MemoryBlobStore blobs;
    StoreGroup group(catalog, blobs);
    int commits = 0;
    auto delivery = delivery_with(std::make_unique<FullDiskBatch>(commits));
    ASSERT_TRUE(succeeded(group.take(delivery)));
    group.park(parked("demo"));
    expect_error(group.commit(), ErrorCode::io, "No space left");
    EXPECT_TRUE(succeeded(group.commit())) << "nothing is left in it";
    EXPECT_EQ(commits, 1);
    EXPECT_EQ(catalog.pending().value().size(), 0U);
}

TEST(StoreGroup, DoesNotParkWhatWasSettledAfterwards) {
    MemoryCatalog catalog;
    MemoryBlobStore blobs;
    StoreGroup group(catalog, blobs);
    group.park(parked("demo"));
    group.park(parked("other"));
    group.settle(project("demo"));
    ASSERT_TRUE(succeeded(group.commit()));
    const auto left = catalog.pending().value();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].project, project("other"));
}

}  // namespace
}  // namespace heliograph::mirror
