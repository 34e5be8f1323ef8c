// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/base/file_lock.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <future>

namespace heliograph {
namespace {

using test::expect_error;
using test::succeeded;
using test::TempFolder;
namespace fs = std::filesystem;

std::string content_of(const fs::path& path) {
    const auto bytes = read_file(path, 1024 * 1024);
    return bytes ? std::string(text_of(*bytes)) : "(" + bytes.error().describe() + ")";
}

std::size_t entries_in(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder), fs::directory_iterator())
    );
}

TEST(ErrorTrail, NamesEachPlaceOnce) {
    const Error error = Error(ErrorCode::io, "broken").at("a").at("b").at("a");
    EXPECT_EQ(error.describe(), "broken (in a, in b)");
}

TEST(AtomicFile, AppearsOnlyWithItsCommit) {
    const TempFolder folder;
    auto file = AtomicFile::create(folder / "page", FileAccess::everyone).value();
    ASSERT_TRUE(succeeded(file.write(bytes_of("one "))));
    ASSERT_TRUE(succeeded(file.write(bytes_of("two"))));
    EXPECT_FALSE(fs::exists(folder / "page"));
    ASSERT_TRUE(succeeded(file.commit()));
    EXPECT_EQ(content_of(folder / "page"), "one two");
    EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(AtomicFile, LeavesNoTraceWhenDropped) {
    const TempFolder folder;
    ASSERT_TRUE(succeeded(write_file_atomically(folder / "page", bytes_of("old"))));
    {
        auto file = AtomicFile::create(folder / "page", FileAccess::everyone).value();
        ASSERT_TRUE(succeeded(file.write(bytes_of("new"))));
    }
    EXPECT_EQ(content_of(folder / "page"), "old");
    EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(AtomicFile, RefusesToReplaceWhenToldSo) {
    const TempFolder folder;
    ASSERT_TRUE(succeeded(write_file_atomically(folder / "key", bytes_of("old"))));
    expect_error(
        write_file_atomically(
            folder / "key", bytes_of("new"), FileAccess::owner_only, Replacement::refused
        ),
        ErrorCode::exists
    );
    EXPECT_EQ(content_of(folder / "key"), "old");
    EXPECT_EQ(entries_in(folder.path()), 1U);
}

TEST(AtomicFile, NeverTakesThePlaceOfADeviceOrAPipe) {
    const TempFolder folder;
    const auto pipe = folder / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    fs::create_symlink(pipe, folder / "link to it");
    std::ofstream(folder / "regular") << "kept";
    const FileDescriptor open_file(::open((folder / "regular").c_str(), O_RDONLY | O_CLOEXEC));
    fs::create_symlink("/proc/self/fd/" + std::to_string(open_file.get()), folder / "like stdout");
    for (const std::string name : {"pipe", "link to it", "like stdout"}) {
        expect_error(
            write_file_atomically(folder / name, bytes_of("report")),
            ErrorCode::invalid_argument,
            name
        );
    }
    EXPECT_TRUE(fs::is_fifo(pipe));
    EXPECT_TRUE(fs::is_symlink(folder / "like stdout"));
    EXPECT_EQ(entries_in(folder.path()), 4U) << "a trace was left";
}

TEST(AtomicFile, PassesOverWhatAKilledProcessLeftBehind) {
    const TempFolder folder;
    // The names that this process will try next, as an earlier one of the same id left them.
    for (int i = 0; i < 200; ++i) {
        const std::string left_over =
            ".page." + std::to_string(::getpid()) + "." + std::to_string(i) + ".tmp";
        std::ofstream(folder / left_over) << "left over";
    }
    ASSERT_TRUE(succeeded(write_file_atomically(folder / "page", bytes_of("new"))));
    EXPECT_EQ(content_of(folder / "page"), "new");
    EXPECT_EQ(entries_in(folder.path()), 201U);
}

TEST(AtomicFile, SaysWhichFolderIsMissing) {
    const TempFolder folder;
    expect_error(
        AtomicFile::create(folder / "no" / "page", FileAccess::everyone),
        ErrorCode::not_found,
        "page"
    );
}

TEST(SecretFile, IsWrittenForItsOwnerOnlyWhateverTheUmask) {
    const TempFolder folder;
    const auto old_mask = ::umask(0);
    const auto written =
        write_file_atomically(folder / "key", bytes_of("k"), FileAccess::owner_only);
    ::umask(old_mask);
    ASSERT_TRUE(succeeded(written));
    EXPECT_EQ(
        fs::status(folder / "key").permissions(), fs::perms::owner_read | fs::perms::owner_write
    );
    EXPECT_EQ(text_of(read_secret_file(folder / "key", 10).value().expose()), "k");
}

TEST(SecretFile, IsRefusedWhenOthersMayReadIt) {
    const TempFolder folder;
    ASSERT_TRUE(
        succeeded(write_file_atomically(folder / "key", bytes_of("k"), FileAccess::owner_only))
    );
    fs::permissions(folder / "key", fs::perms::group_read, fs::perm_options::add);
    expect_error(read_secret_file(folder / "key", 10), ErrorCode::denied, "chmod 600");
}

TEST(ReadFile, RefusesWhatIsTooLargeMissingOrNoFile) {
    const TempFolder folder;
    ASSERT_TRUE(succeeded(write_file_atomically(folder / "page", bytes_of("12345"))));
    EXPECT_TRUE(read_file(folder / "page", 5).has_value());
    expect_error(read_file(folder / "page", 4), ErrorCode::too_large, "at most 4 bytes");
    expect_error(read_file(folder / "none", 4), ErrorCode::not_found);
    expect_error(read_file(folder.path(), 4), ErrorCode::invalid_argument, "regular file");
    ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
    expect_error(read_file(folder / "pipe", 4), ErrorCode::invalid_argument, "regular file");
}

TEST(Folder, IsMadeWithItsParents) {
    const TempFolder folder;
    ASSERT_TRUE(succeeded(make_folder(folder.path() / "a" / "b" / "c")));
    ASSERT_TRUE(succeeded(make_folder(folder.path() / "a" / "b" / "c")));
    EXPECT_TRUE(fs::is_directory(folder.path() / "a" / "b" / "c"));
    ASSERT_TRUE(succeeded(write_file_atomically(folder / "file", {})));
    expect_error(make_folder(folder.path() / "file"), ErrorCode::exists);
}

TEST(RemoveFile, IsContentWithWhatIsGone) {
    const TempFolder folder;
    ASSERT_TRUE(succeeded(write_file_atomically(folder / "page", {})));
    EXPECT_TRUE(succeeded(remove_file(folder / "page")));
    EXPECT_FALSE(fs::exists(folder / "page"));
    EXPECT_TRUE(succeeded(remove_file(folder / "page")));
}

TEST(FileLock, NamesTheProcessThatHoldsIt) {
    const TempFolder folder;
    auto first = std::make_optional(FileLock::acquire(folder / "lock").value());
    expect_error(
        FileLock::acquire(folder / "lock"),
        ErrorCode::conflict,
        "process " + std::to_string(::getpid()) + " is"
    );
    first.reset();
    EXPECT_TRUE(succeeded(FileLock::acquire(folder / "lock")));
}

TEST(FileLock, WaitsUntilTheOtherLetsGo) {
    const TempFolder folder;
    auto first = std::make_optional(FileLock::acquire(folder / "lock").value());
    expect_error(
        FileLock::wait_for(folder / "lock", std::chrono::milliseconds(0)), ErrorCode::conflict
    );
    auto second = std::async(std::launch::async, [&] {
        return FileLock::wait_for(folder / "lock", std::chrono::minutes(1));
    });
    first.reset();
    EXPECT_TRUE(succeeded(second.get()));
}

TEST(SecretBytes, MoveAndLeaveNothingBehind) {
    SecretBytes secret(bytes_of("secret"));
    const SecretBytes taken = std::move(secret);
    EXPECT_EQ(text_of(taken.expose()), "secret");
    EXPECT_TRUE(secret.empty()
    );  // NOLINT(bugprone-use-after-move): the moved-from state is the claim
    static_assert(!std::is_copy_constructible_v<SecretBytes> && !std::is_copy_assignable_v<SecretBytes>);
}

}  // namespace
}  // namespace heliograph
