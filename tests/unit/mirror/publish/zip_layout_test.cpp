// SPDX-License-Identifier: Apache-2.0
// Threat T16: archives that say one thing to one reader and another to the next.
#include <mirror/publish/zip_layout.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/sample_archive.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/publish/zip_bytes.hpp>

#include <sys/mman.h>
#include <unistd.h>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

class ZipLayoutTest : public ::testing::Test {
  protected:
    ZipLayoutTest() {
        const auto wheel = test_support::write_wheel(m_folder.path());
        whole = text_of(read_file(wheel, 1'000'000).value());
        directory = whole.find("PK\x01\x02");
        end = whole.rfind("PK\x05\x06");
    }

    Outcome check(const std::string& bytes, const ZipLayoutLimits& limits = {}) const {
        const FileDescriptor file(::memfd_create("archive.zip", MFD_CLOEXEC));
        EXPECT_EQ(
            ::write(file.get(), bytes.data(), bytes.size()), static_cast<::ssize_t>(bytes.size())
        );
        return check_zip_layout(file.get(), bytes.size(), limits);
    }

    static std::string with_byte(std::string bytes, std::size_t at, char value) {
        bytes.at(at) = value;
        return bytes;
    }

    test::TempFolder m_folder;
    std::string whole;
    std::size_t directory = 0;
    std::size_t end = 0;
};

TEST_F(ZipLayoutTest, AcceptsWhatHonestToolsWrite) {
    EXPECT_TRUE(succeeded(check(whole)));
    std::string commented = whole + "note";
    commented[end + 20] = 4;
    EXPECT_TRUE(succeeded(check(commented)));
}

TEST_F(ZipLayoutTest, RefusesAMemberWithAnotherNameThanInTheDirectory) {
    expect_error(check(with_byte(whole, 30, 'X')), ErrorCode::malformed, "something else");
    expect_error(
        check(with_byte(whole, directory + 46, 'X')), ErrorCode::malformed, "something else"
    );
    expect_error(check(with_byte(whole, 26, 2)), ErrorCode::malformed, "something else");
}

TEST_F(ZipLayoutTest, RefusesAMemberWithAnotherMethodOrEncryptionThanInTheDirectory) {
    expect_error(check(with_byte(whole, 8, 12)), ErrorCode::malformed, "something else");
    expect_error(
        check(with_byte(whole, 6, static_cast<char>(whole[6] ^ 1))),
        ErrorCode::malformed,
        "something else"
    );
}

// The sample's sizes stand behind the data.
TEST_F(ZipLayoutTest, TakesSizesBehindAMemberThatAreTheDirectorys) {
    const test_support::ZipBytes sample(whole);
    const std::size_t told = whole.rfind("PK\x07\x08");
    ASSERT_NE(told, std::string::npos);
    for (const std::size_t at : {told + 1, told + 4, told + 8, told + 12}) {
        expect_error(check(with_byte(whole, at, '?')), ErrorCode::malformed, "something else");
    }
    test_support::ZipBytes unsigned_sizes(std::string(whole).erase(told, 4));
    unsigned_sizes.set(
        unsigned_sizes.end() + 16, 4, static_cast<std::uint32_t>(sample.directory() - 4)
    );
    EXPECT_TRUE(succeeded(check(unsigned_sizes.bytes())));
    test_support::ZipBytes promised(whole);
    const std::size_t flags = promised.local("sample.py") + 6;
    promised.set(flags, 2, promised.get(flags, 2) & ~8U);
    expect_error(check(promised.bytes()), ErrorCode::malformed, "something else");
}

TEST_F(ZipLayoutTest, RefusesSizesThatStandInZip64Fields) {
    for (const std::size_t field : {0U, 4U}) {
        test_support::ZipBytes wide(whole);
        wide.set(wide.entry("sample.py") + 20 + field, 4, 0xFFFFFFFFU);
        expect_error(check(wide.bytes()), ErrorCode::malformed, "zip64");
        wide = test_support::ZipBytes(whole);
        wide.set(wide.local("sample.py") + 18 + field, 4, 0xFFFFFFFFU);
        expect_error(check(wide.bytes()), ErrorCode::malformed, "zip64");
    }
}

TEST_F(ZipLayoutTest, RefusesMembersThatOverlap) {
    // The second entry of the directory leads to the first member, under the first one's name.
    const auto size_at = [&](std::size_t at) {
        return static_cast<std::size_t>(static_cast<unsigned char>(whole[at]));
    };
    const std::size_t first_size = 46 + size_at(directory + 28) + size_at(directory + 30);
    std::string twice = whole.substr(0, directory);
    for (int i = 0; i < 4; ++i) {
        twice += whole.substr(directory, first_size);
    }
    std::string tail = whole.substr(end);
    tail[12] = static_cast<char>((4 * first_size) & 0xFFU);
    tail[13] = static_cast<char>((4 * first_size) >> 8U);
    expect_error(check(twice + tail), ErrorCode::malformed, "overlap");
}

TEST_F(ZipLayoutTest, RefusesAnythingBesideTheArchive) {
    expect_error(check(whole + "x"), ErrorCode::malformed);
    expect_error(check("x" + whole), ErrorCode::malformed);
    expect_error(check(whole + whole), ErrorCode::malformed);
    for (std::size_t size = 0; size < whole.size(); size += 7) {
        EXPECT_FALSE(check(whole.substr(0, size)).has_value()) << size;
    }
}

TEST_F(ZipLayoutTest, RefusesADirectoryThatIsNotWhereItSays) {
    expect_error(check(with_byte(whole, end + 16, 0)), ErrorCode::malformed, "where it says");
    expect_error(check(with_byte(whole, end + 10, 9)), ErrorCode::malformed);
    expect_error(check(whole, {.entries = 2}), ErrorCode::too_large, "2 entries");
}

// No altered byte of head, directory or end may stop the check or let two readings pass as one.
TEST_F(ZipLayoutTest, JudgesEveryAlteredByte) {
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const char value : {'\0', '\xff', 'P'}) {
            static_cast<void>(check(with_byte(whole, at, value)));
        }
    }
}

}  // namespace
}  // namespace heliograph::mirror
