// SPDX-License-Identifier: Apache-2.0
// One contract, two stores: every test of the contract runs on both.
#include <mirror/store/blob_store.hpp>
#include <mirror/store/file_blob_store.hpp>
#include <mirror/store/memory_blob_store.hpp>
#include <mirror/store/parallel.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

struct MemoryBlobMaker {
    MemoryBlobStore store;
};

struct FileMaker {
    test::TempFolder folder;
    FileBlobStore store{folder / "blobs"};
};

template <typename Maker>
class BlobStoreContract : public ::testing::Test {
  protected:
    BlobStore& store() { return m_maker.store; }

    pki::Sha256 put(std::string_view content) {
        const auto writer = store().begin().value();
        EXPECT_TRUE(succeeded(writer->write(bytes_of(content))));
        return writer->commit().value();
    }

  private:
    Maker m_maker;
};

using BlobMakers = ::testing::Types<MemoryBlobMaker, FileMaker>;
TYPED_TEST_SUITE(BlobStoreContract, BlobMakers);

TYPED_TEST(BlobStoreContract, KeepsContentUnderItsDigest) {
    const auto writer = this->store().begin().value();
    ASSERT_TRUE(succeeded(writer->write(bytes_of("hello "))));
    ASSERT_TRUE(succeeded(writer->write(bytes_of("world"))));
    EXPECT_EQ(writer->size_bytes(), 11U);
    EXPECT_EQ(writer->finish(), pki::sha256(bytes_of("hello world")));
    const auto digest = writer->commit().value();
    EXPECT_EQ(digest, pki::sha256(bytes_of("hello world")));
    EXPECT_EQ(this->store().open(digest).value().size_bytes, 11U);
    EXPECT_EQ(text_of(read_blob(this->store(), digest, 11).value()), "hello world");
    EXPECT_EQ(hash_blob(this->store(), digest).value(), digest);
}

TYPED_TEST(BlobStoreContract, ForgetsABlobThatWasNotCommitted) {
    {
        const auto writer = this->store().begin().value();
        ASSERT_TRUE(succeeded(writer->write(bytes_of("half"))));
    }
    EXPECT_TRUE(this->store().list().value().empty());
    EXPECT_EQ(this->store().sweep().value(), 0U);
}

// Both sides of the number up to which each file is synced alone.
TYPED_TEST(BlobStoreContract, PutsAWholeBatchInPlaceAtItsCommit) {
    for (const int blobs : {0, 3, 40}) {
        const auto batch = this->store().begin_batch().value();
        std::vector<pki::Sha256> digests;
        for (int at = 0; at < blobs; ++at) {
            const auto content = std::to_string(blobs) + "/" + std::to_string(at);
            const auto writer = batch->begin().value();
            ASSERT_TRUE(succeeded(writer->write(bytes_of(content))));
            digests.push_back(writer->commit().value());
            expect_error(this->store().open(digests.back()), ErrorCode::not_found);
        }
        ASSERT_TRUE(succeeded(batch->commit()));
        for (const auto& digest : digests) {
            EXPECT_EQ(hash_blob(this->store(), digest).value(), digest);
        }
    }
    EXPECT_EQ(this->store().list().value().size(), 43U);
    EXPECT_EQ(this->store().sweep().value(), 0U);
}

TYPED_TEST(BlobStoreContract, ForgetsABatchThatWasNotCommitted) {
    {
        const auto batch = this->store().begin_batch().value();
        const auto writer = batch->begin().value();
        ASSERT_TRUE(succeeded(writer->write(bytes_of("half"))));
        ASSERT_TRUE(succeeded(writer->commit()));
    }
    EXPECT_TRUE(this->store().list().value().empty());
    EXPECT_EQ(this->store().sweep().value(), 0U);
}

TYPED_TEST(BlobStoreContract, TakesABatchFromSeveralThreads) {
    const auto batch = this->store().begin_batch().value();
    const auto written = for_each_piece(200, {.count = 4}, [&](std::size_t at) -> Outcome {
        HG_TRY(const auto writer, batch->begin());
        // Each content twice: two writers may meet under one digest.
        HG_CHECK(writer->write(bytes_of(std::to_string(at / 2))));
        HG_TRY([[maybe_unused]] const auto digest, writer->commit());
        return {};
    });
    ASSERT_TRUE(succeeded(written));
    ASSERT_TRUE(succeeded(batch->commit()));
    EXPECT_EQ(this->store().list().value().size(), 100U);
}

TYPED_TEST(BlobStoreContract, TakesTheSameContentTwice) {
    EXPECT_EQ(this->put("same"), this->put("same"));
    EXPECT_EQ(this->store().list().value().size(), 1U);
}

TYPED_TEST(BlobStoreContract, TakesEmptyContent) {
    const auto digest = this->put("");
    EXPECT_EQ(this->store().open(digest).value().size_bytes, 0U);
}

TYPED_TEST(BlobStoreContract, SaysWhatIsNotThere) {
    const auto digest = pki::sha256(bytes_of("never stored"));
    expect_error(this->store().open(digest), ErrorCode::not_found);
    expect_error(read_blob(this->store(), digest, 10), ErrorCode::not_found);
    EXPECT_FALSE(holds_blob(this->store(), digest, 12).value());
    EXPECT_TRUE(succeeded(this->store().remove(digest)));
}

TYPED_TEST(BlobStoreContract, RemovesOneBlobAndLeavesItsReaders) {
    const auto digest = this->put("goes");
    const auto other = this->put("stays");
    const auto open = this->store().open(digest).value();
    ASSERT_TRUE(succeeded(this->store().remove(digest)));
    expect_error(this->store().open(digest), ErrorCode::not_found);
    EXPECT_EQ(this->store().list().value(), std::vector{other});
    char first = 0;
    EXPECT_EQ(::pread(open.descriptor.get(), &first, 1, 0), 1);
    EXPECT_EQ(first, 'g');
}

TYPED_TEST(BlobStoreContract, RefusesToReadPastALimit) {
    const auto digest = this->put("hello world");
    expect_error(read_blob(this->store(), digest, 10), ErrorCode::too_large);
}

TYPED_TEST(BlobStoreContract, ComparesSizesWithoutReading) {
    const auto digest = this->put("hello");
    EXPECT_TRUE(holds_blob(this->store(), digest, 5).value());
    EXPECT_FALSE(holds_blob(this->store(), digest, 6).value());
}

class FileBlobs : public ::testing::Test {
  protected:
    pki::Sha256 put(std::string_view content) {
        const auto writer = m_store.begin().value();
        EXPECT_TRUE(succeeded(writer->write(bytes_of(content))));
        return writer->commit().value();
    }
    test::TempFolder m_folder;
    FileBlobStore m_store{m_folder / "blobs"};
};

TEST_F(FileBlobs, LieUnderTheirDigest) {
    const auto digest = put("hello");
    const auto hex = digest.to_hex();
    EXPECT_TRUE(std::filesystem::exists(m_folder.path() / "blobs" / hex.substr(0, 2) / hex));
}

TEST_F(FileBlobs, AreHealedByWritingThemAgain) {
    const auto digest = put("hello");
    std::ofstream(m_store.path_of(digest)) << "jello";
    EXPECT_NE(hash_blob(m_store, digest).value(), digest);
    EXPECT_EQ(put("hello"), digest);
    EXPECT_EQ(hash_blob(m_store, digest).value(), digest);
}

TEST_F(FileBlobs, SweepOnlyWhatNobodyCommitted) {
    const auto digest = put("kept");
    std::ofstream(m_folder.path() / "blobs" / "incoming" / ".blob.1.0.tmp")
        << "left by a killed process";
    EXPECT_EQ(m_store.sweep().value(), 1U);
    EXPECT_EQ(m_store.sweep().value(), 0U);
    EXPECT_EQ(m_store.list().value(), std::vector{digest});
}

TEST_F(FileBlobs, LeaveNoMarkWhenTheirNamesAreDurable) {
    static_cast<void>(put("kept"));
    EXPECT_TRUE(std::filesystem::is_empty(m_folder.path() / "blobs" / "incoming"));
}

TEST_F(FileBlobs, SweepTheMarkOfNamesThatWereNotSynced) {
    const auto digest = put("kept");
    const auto mark = m_folder.path() / "blobs" / "incoming" / "unsynced.1.0";
    std::ofstream(mark).flush();
    EXPECT_EQ(m_store.sweep().value(), 0U) << "a mark is no blob";
    EXPECT_FALSE(std::filesystem::exists(mark));
    EXPECT_EQ(m_store.list().value(), std::vector{digest});
}

TEST_F(FileBlobs, ListNothingThatIsNotNamedAsABlob) {
    const auto digest = put("blob");
    std::ofstream(m_folder.path() / "blobs" / "notes.txt") << "mine";
    std::ofstream(m_store.path_of(digest).parent_path() / pki::sha256(bytes_of("x")).to_hex())
        << "misplaced";
    EXPECT_EQ(m_store.list().value(), std::vector{digest});
}

TEST_F(FileBlobs, AreNotFollowedThroughALink) {
    const auto digest = put("hello");
    std::filesystem::remove(m_store.path_of(digest));
    std::filesystem::create_symlink("/etc/hostname", m_store.path_of(digest));
    EXPECT_FALSE(m_store.open(digest).has_value());
}

TEST_F(FileBlobs, AreNotAFifo) {
    const auto digest = put("hello");
    std::filesystem::remove(m_store.path_of(digest));
    ASSERT_EQ(::mkfifo(m_store.path_of(digest).c_str(), 0600), 0);
    expect_error(m_store.open(digest), ErrorCode::io, "regular file");
}

}  // namespace
}  // namespace heliograph::mirror
