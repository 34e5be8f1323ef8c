// SPDX-License-Identifier: Apache-2.0
// Blobs that are gone on with, in both stores; then what lies in the folder of the file store.
#include <mirror/store/file_blob_store.hpp>
#include <mirror/store/memory_blob_store.hpp>
#include <mirror/store/unfinished_blobs.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace heliograph::mirror {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::succeeded;

struct MemoryParts {
    MemoryBlobStore store;
};

struct FileParts {
    test::TempFolder folder;
    FileBlobStore store{folder / "blobs"};
};

const std::string first_half(300'000, 'a');
const std::string other_half(300'000, 'b');
const std::string both_halves = first_half + other_half;
const auto whole_digest = pki::sha256(bytes_of(both_halves));

template <typename Maker>
class ResumableBlobContract : public ::testing::Test {
  protected:
    BlobStore& store() { return m_maker.store; }

    // Half of it, left as @p end leaves it.
    void write_half(const std::function<void(ResumableBlob&)>& end) {
        const auto batch = store().begin_batch().value();
        const auto blob = batch->begin_resumable(whole_digest).value();
        blob->remember_tag("\"tag\"");
        ASSERT_TRUE(succeeded(blob->write(bytes_of(first_half))));
        end(*blob);
    }

    static std::string replay(ResumableBlob& blob) {
        std::string told;
        EXPECT_TRUE(succeeded(blob.replay([&](ByteSpan piece) {
            told += text_of(piece);
            return Outcome();
        })));
        return told;
    }

  private:
    Maker m_maker;
};

using PartMakers = ::testing::Types<MemoryParts, FileParts>;
TYPED_TEST_SUITE(ResumableBlobContract, PartMakers);

TYPED_TEST(ResumableBlobContract, IsGoneOnWithWhereItWasLeft) {
    this->write_half([](ResumableBlob& blob) { blob.keep(); });
    EXPECT_TRUE(this->store().list().value().empty()) << "it is no blob yet";
    const auto batch = this->store().begin_batch().value();
    const auto blob = batch->begin_resumable(whole_digest).value();
    EXPECT_EQ(blob->tag(), "\"tag\"");
    EXPECT_EQ(this->replay(*blob), first_half);
    EXPECT_EQ(blob->size_bytes(), first_half.size());
    ASSERT_TRUE(succeeded(blob->write(bytes_of(other_half))));
    EXPECT_EQ(blob->commit().value(), whole_digest);
    ASSERT_TRUE(succeeded(batch->commit()));
    EXPECT_EQ(text_of(read_blob(this->store(), whole_digest, 1U << 20U).value()), both_halves);
    EXPECT_EQ(this->store().drop_unfinished().value(), 0U) << "nothing is left of its beginning";
}

TYPED_TEST(ResumableBlobContract, IsForgottenUnlessItIsKept) {
    this->write_half([](ResumableBlob&) {});
    const auto batch = this->store().begin_batch().value();
    EXPECT_EQ(this->replay(*batch->begin_resumable(whole_digest).value()), "");
}

TYPED_TEST(ResumableBlobContract, BeginsAnewWhenWhatWasLeftIsWrong) {
    this->write_half([](ResumableBlob& blob) { blob.keep(); });
    const auto batch = this->store().begin_batch().value();
    const auto blob = batch->begin_resumable(whole_digest).value();
    EXPECT_EQ(this->replay(*blob), first_half);
    ASSERT_TRUE(succeeded(blob->restart()));
    EXPECT_EQ(blob->size_bytes(), 0U);
    EXPECT_EQ(blob->tag(), "");
    ASSERT_TRUE(succeeded(blob->write(bytes_of(both_halves))));
    EXPECT_EQ(blob->commit().value(), whole_digest);
    ASSERT_TRUE(succeeded(batch->commit()));
    EXPECT_EQ(hash_blob(this->store(), whole_digest).value(), whole_digest);
}

TYPED_TEST(ResumableBlobContract, IsDroppedWhenNobodyWantsItAnyMore) {
    this->write_half([](ResumableBlob& blob) { blob.keep(); });
    EXPECT_EQ(this->store().drop_unfinished().value(), 1U);
    const auto batch = this->store().begin_batch().value();
    EXPECT_EQ(this->replay(*batch->begin_resumable(whole_digest).value()), "");
}

class UnfinishedFolder : public ::testing::Test {
  protected:
    void lay(const std::string& name, std::size_t size) {
        fs::create_directories(m_folder / "blobs/unfinished");
        std::ofstream(m_folder / "blobs/unfinished" / name) << std::string(size, 'x');
    }

    [[nodiscard]] std::size_t lying() const {
        const fs::directory_iterator walk(m_folder / "blobs/unfinished");
        return static_cast<std::size_t>(std::distance(walk, fs::directory_iterator()));
    }

    test::TempFolder m_folder;
    FileBlobStore m_store{m_folder / "blobs"};
};

TEST_F(UnfinishedFolder, OfAKilledWriterIsFoundByTheNextOne) {
    lay(render_unfinished_name(whole_digest, "\"tag\""), first_half.size());
    EXPECT_EQ(m_store.sweep().value(), 0U);
    const auto batch = m_store.begin_batch().value();
    const auto blob = batch->begin_resumable(whole_digest).value();
    EXPECT_EQ(blob->tag(), "\"tag\"");
    ASSERT_TRUE(succeeded(blob->replay([](ByteSpan) { return Outcome(); })));
    EXPECT_EQ(blob->size_bytes(), first_half.size());
    const auto second = batch->begin_resumable(whole_digest).value();
    ASSERT_TRUE(succeeded(second->replay([](ByteSpan) { return Outcome(); })));
    EXPECT_EQ(second->size_bytes(), 0U) << "one writer at a time goes on with it";
}

TEST_F(UnfinishedFolder, KeepsNothingThatIsSmallOrHasAnotherName) {
    lay(whole_digest.to_hex(), 1000);
    lay("readme", first_half.size());
    lay(whole_digest.to_hex() + ".zz", first_half.size());
    fs::create_symlink("/", m_folder / "blobs/unfinished" / pki::sha256({}).to_hex());
    EXPECT_EQ(m_store.sweep().value(), 4U);
    EXPECT_EQ(lying(), 0U);
}

TEST_F(UnfinishedFolder, KeepsNoMoreThanItsLimit) {
    for (std::size_t one = 0; one < unfinished_limits::count + 10; ++one) {
        const auto digest = pki::sha256(bytes_of(std::to_string(one)));
        lay(render_unfinished_name(digest, ""), unfinished_limits::least_bytes);
    }
    EXPECT_EQ(m_store.sweep().value(), 10U);
    EXPECT_EQ(lying(), unfinished_limits::count);
    const auto batch = m_store.begin_batch().value();
    const auto blob = batch->begin_resumable(whole_digest).value();
    ASSERT_TRUE(succeeded(blob->write(bytes_of(first_half))));
    EXPECT_EQ(lying(), unfinished_limits::count) << "it is written where it does not last";
}

TEST(UnfinishedName, GoesThereAndBack) {
    for (const auto* tag : {"", "\"a\"", "\"\"", "\"~!#\""}) {
        const auto parsed = parse_unfinished_name(render_unfinished_name(whole_digest, tag));
        ASSERT_TRUE(succeeded(parsed));
        EXPECT_EQ(*parsed, std::pair(whole_digest, std::string(tag)));
    }
    const std::string longest(unfinished_limits::tag_bytes + 1, 'x');
    for (const std::string& tag :
         {std::string("W/\"a\""),
          std::string("a"),
          '"' + longest + '"',
          std::string("\"a\nb\""),
          std::string("\"a\"b\"")}) {
        EXPECT_EQ(render_unfinished_name(whole_digest, tag), whole_digest.to_hex()) << tag;
    }
    expect_error(parse_unfinished_name(""), ErrorCode::malformed);
    expect_error(parse_unfinished_name(whole_digest.to_hex() + "."), ErrorCode::malformed);
    expect_error(parse_unfinished_name(whole_digest.to_hex() + ".0a"), ErrorCode::malformed);
}

}  // namespace
}  // namespace heliograph::mirror
