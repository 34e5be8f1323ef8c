// SPDX-License-Identifier: Apache-2.0
// Locks against folders and pages: every file of the lock, none beside it, none without a hash.
#include <mirror/check/lock_check.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace heliograph::mirror {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string linux_wheel = "demo-1.0-py3-none-linux_x86_64.whl";
const std::string other_wheel = "demo-1.0-py3-none-win_amd64.whl";

std::string lock_of(const std::string& wheels) {
    return "lock-version = \"1.0\"\n[[packages]]\nname = \"demo\"\nversion = \"1.0\"\nwheels = [" +
           wheels + "]\n";
}

std::string wheel_of(const std::string& name, const std::string& bytes, std::size_t size) {
    return "{name = \"" + name + "\", size = " + std::to_string(size) + ", hashes = {sha256 = \"" +
           pki::sha256(bytes_of(bytes)).to_hex() + "\"}},";
}

class LockCheckTest : public ::testing::Test {
  protected:
    void write(const std::string& name, const std::string& bytes) const {
        std::ofstream(folder / name, std::ios::binary) << bytes;
    }

    [[nodiscard]] static std::vector<LockEntry> read(const std::string& lock) {
        return lock_entries(parse_lock_file(lock, UnhashedFiles::reported).value());
    }

    /// The id of what is wrong with each item; `-` where nothing is.
    [[nodiscard]] static std::vector<std::string> told(const std::vector<verify::CheckedItem>& items
    ) {
        std::vector<std::string> ids;
        for (const auto& item : items) {
            const auto findings = verify::findings_of(item);
            ids.push_back(item.accepted() ? "-" : findings.front().id);
        }
        return ids;
    }

    [[nodiscard]] std::vector<std::string> check(
        const std::vector<LockEntry>& entries, LockCoverage coverage = LockCoverage::every_file
    ) const {
        return told(check_lock_in_folder(entries, folder.path(), coverage).value());
    }

    test::TempFolder folder;
};

TEST_F(LockCheckTest, FindsEveryFileOfALockWithItsHashAndSize) {
    const auto entries =
        read(lock_of(wheel_of(linux_wheel, "one", 3) + wheel_of(other_wheel, "two", 3)));
    write(linux_wheel, "one");
    EXPECT_THAT(check(entries), ElementsAre("-", "locked-file-missing"));
    EXPECT_THAT(check(entries, LockCoverage::one_of_each_project), ElementsAre("-"));
    write(other_wheel, "twO");
    EXPECT_THAT(check(entries), ElementsAre("-", "file-hash-mismatch"));
    EXPECT_THAT(
        check(entries, LockCoverage::one_of_each_project), ElementsAre("-", "file-hash-mismatch")
    ) << "what is there must be right";
    write(other_wheel, "two");
    EXPECT_THAT(check(entries), ElementsAre("-", "-"));
    EXPECT_THAT(
        check(read(lock_of(wheel_of(linux_wheel, "one", 4)))),
        ElementsAre("file-length-mismatch", "file-not-locked")
    );
}

TEST_F(LockCheckTest, MissesAllFilesOfAnEmptyFolder) {
    const auto entries = read(lock_of(wheel_of(linux_wheel, "one", 3)));
    EXPECT_THAT(
        check(entries, LockCoverage::one_of_each_project), ElementsAre("locked-file-missing")
    );
    EXPECT_EQ(
        check_lock_in_folder(entries, folder / "none", LockCoverage::every_file).error().code(),
        ErrorCode::not_found
    );
}

TEST_F(LockCheckTest, TellsEachFileWithoutAHash) {
    const auto entries = read(lock_of(
        "{name = \"" + linux_wheel + "\"}, {name = \"" + other_wheel +
        "\", hashes = {md5 = \"00\"}}"
    ));
    write(linux_wheel, "one");
    EXPECT_THAT(check(entries), ElementsAre("lock-hash-missing", "lock-hash-missing"));
    const auto requirements =
        lock_entries(parse_partly_hashed_requirements("demo==1.0\nother==2\n").value());
    EXPECT_THAT(check(requirements), ElementsAre("lock-hash-missing", "lock-hash-missing"));
}

TEST_F(LockCheckTest, KnowsFilesOfRequirementsByTheirHashes) {
    const auto hash = [](const std::string& bytes) {
        return " --hash=sha256:" + pki::sha256(bytes_of(bytes)).to_hex();
    };
    const auto entries = lock_entries(
        parse_partly_hashed_requirements("demo==1.0" + hash("one") + hash("two") + "\n").value()
    );
    write(linux_wheel, "one");
    write("demo-2.0-py3-none-any.whl", "two");
    EXPECT_THAT(check(entries), ElementsAre("-", "locked-file-missing", "file-not-locked"))
        << "the bytes of another version are no file of this one";
    write("README", "no distribution");
    write("elsewhere-1.0.tar.gz", "of a project that is not locked");
    EXPECT_THAT(check(entries), ElementsAre("-", "locked-file-missing", "file-not-locked", "-"));
}

TEST_F(LockCheckTest, WantsOneFileOfAProjectUnderWhicheverMarker) {
    const auto hash = [](const std::string& bytes) {
        return " --hash=sha256:" + pki::sha256(bytes_of(bytes)).to_hex() + "\n";
    };
    const auto entries = lock_entries(parse_partly_hashed_requirements(
                                          "demo==1.0 ; sys_platform == 'linux'" + hash("one") +
                                          "demo==0.9 ; sys_platform == 'win32'" + hash("two") +
                                          "colours==2 ; sys_platform == 'win32'" + hash("three")
    )
                                          .value());
    EXPECT_THAT(
        check(entries, LockCoverage::one_of_each_project), ElementsAre("locked-file-missing")
    ) << "what is excused alone is no success";
    write(linux_wheel, "one");
    EXPECT_THAT(check(entries, LockCoverage::one_of_each_project), ElementsAre("-", "-"));
    EXPECT_THAT(check(entries), ElementsAre("-", "locked-file-missing", "locked-file-missing"));
    write("colours-2-py3-none-any.whl", "evil");
    EXPECT_THAT(
        check(entries, LockCoverage::one_of_each_project), ElementsAre("-", "file-not-locked", "-")
    ) << "a marker excuses no other bytes";
}

TEST_F(LockCheckTest, VouchesForNothingThatTheLockDoesNotName) {
    write(linux_wheel, "evil");
    EXPECT_THAT(check({}), ElementsAre("file-not-locked")) << "nothing was found that holds";
    EXPECT_THAT(check(read(lock_of(wheel_of(linux_wheel, "evil", 4)))), ElementsAre("-"));
    write("elsewhere-1.0.tar.gz", "of a project that is not locked");
    write("more-1.0.tar.gz", "of another");
    const auto items =
        check_lock_in_folder(
            read(lock_of(wheel_of(linux_wheel, "evil", 4))), folder.path(), LockCoverage::every_file
        )
            .value();
    ASSERT_EQ(items.size(), 2U) << "one item for all others";
    EXPECT_EQ(items.back().verdict.findings().size(), 2U);
}

TEST_F(LockCheckTest, KnowsTheRightFileInEveryPlace) {
    std::filesystem::create_directories(folder / "a");
    const auto entries = lock_entries(
        parse_partly_hashed_requirements(
            "demo==1.0 --hash=sha256:" + pki::sha256(bytes_of("one")).to_hex()
        )
            .value(),
        "requirements.txt"
    );
    write(linux_wheel, "one");
    write("a/" + linux_wheel, "one");
    EXPECT_THAT(check(entries), ElementsAre("-", "-"));
    write("a/" + linux_wheel, "two");
    EXPECT_THAT(check(entries), ElementsAre("-", "file-not-locked"));
    EXPECT_EQ(entries.front().line, 1U);
    const verify::ProjectPage nothing{.name = entries.front().project, .serial = {1}, .files = {}};
    const auto missing = check_lock_on_page(
        entries.front(), nothing, LockCoverage::every_file, "https://mirror.example/"
    );
    EXPECT_EQ(missing.front().place, "requirements.txt");
    EXPECT_EQ(missing.front().line, 1U);
    EXPECT_EQ(missing.front().verdict.findings().front().source, "https://mirror.example/");
}

TEST_F(LockCheckTest, ComparesALockWithAVerifiedPage) {
    verify::ProjectPage page{
        .name = verify::parse_project_name("demo").value(), .serial = {1}, .files = {}};
    EXPECT_THAT(
        told(check_lock_on_page(
            read(lock_of(wheel_of(linux_wheel, "one", 3))).front(),
            page,
            LockCoverage::every_file,
            "here"
        )),
        ElementsAre("locked-file-missing")
    );
    verify::add_file(
        page,
        {.name = verify::parse_dist_file_name(linux_wheel).value(),
         .sha256 = pki::sha256(bytes_of("one")),
         .size_bytes = 3,
         .upload_time = {},
         .requires_python = {},
         .yanked = "broken",
         .core_metadata = {}}
    );
    const auto compare = [&](const std::string& wheel) {
        return check_lock_on_page(
            read(lock_of(wheel)).front(), page, LockCoverage::every_file, "here"
        );
    };
    const auto held = compare(wheel_of(linux_wheel, "one", 3));
    EXPECT_THAT(told(held), ElementsAre("-"));
    EXPECT_EQ(held.front().verdict.findings().front().id, "file-yanked");
    EXPECT_THAT(told(compare(wheel_of(linux_wheel, "two", 3))), ElementsAre("file-hash-mismatch"));
    EXPECT_THAT(
        told(compare(wheel_of(linux_wheel, "one", 9))), ElementsAre("file-length-mismatch")
    );
}

}  // namespace
}  // namespace heliograph::mirror
