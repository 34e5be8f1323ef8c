// SPDX-License-Identifier: Apache-2.0
// Files kept from run to run: taken only when every byte is right, within a bound, and never a
// reason to fail.
#include <mirror/fetch/file_cache.hpp>
#include <tests/unit/mirror/fetch/fetch_session_fixture.hpp>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

namespace heliograph::mirror {
namespace {

namespace fs = std::filesystem;
using heliograph::test::succeeded;

class FileCacheTest : public FetchSessionTest {
  protected:
    FileCacheTest() { m_cache = std::make_shared<FileCache>(m_home / "files", 1'000'000); }

    Result<FetchOutcome> fetch_cached() {
        fs::remove(m_folder / file_name);
        const verify::TrustBundle trust = m_index.trust();
        const ClientBasis basis{m_transport, trust, m_state, m_clock, m_policy, std::nullopt};
        Fleet fleet(list(), m_known, Dice(1));
        auto with_cache = conduct();
        with_cache.cache = m_cache;
        FetchSession session(fleet, basis, m_state, std::move(with_cache));
        return session.fetch(
            {.requirement = parse_requirement("demo").value(),
             .target = {},
             .folder = m_folder.path()},
            m_watcher
        );
    }

    [[nodiscard]] fs::path entry() const {
        const auto hex = wheel().sha256.to_hex();
        return m_home / "files" / hex.substr(0, 2) / hex.substr(2);
    }

    static verify::PageFile file_of(const std::string& bytes) {
        auto file = verify::test_pages::sample_file(file_name);
        file.sha256 = pki::sha256(bytes_of(bytes));
        file.size_bytes = bytes.size();
        return file;
    }

    static verify::FileExpectation expectation_of(const std::string& bytes) {
        verify::FileExpectation expectation;
        expectation.sha256 = pki::sha256(bytes_of(bytes));
        return expectation;
    }

    fs::path write(const std::string& name, const std::string& bytes) const {
        std::ofstream(m_home / name, std::ios::binary) << bytes;
        return m_home / name;
    }

    heliograph::test::TempFolder m_home;
    std::shared_ptr<FileCache> m_cache;
};

TEST_F(FileCacheTest, GivesWhatAnEarlierRunFetchedAndAsksForThePageAlone) {
    expect_right_file(fetch_cached(), one);
    EXPECT_EQ(m_transport.count(file_url(one)), 1U);
    const auto again = fetch_cached();
    expect_right_file(again, one);
    EXPECT_EQ(again->file->origin, FetchedFile::Origin::cache);
    EXPECT_EQ(again->file->size_bytes, content.size());
    EXPECT_EQ(m_transport.count(file_url(one)), 1U);
    EXPECT_EQ(m_transport.count(one + "simple/demo/"), 2U) << "the page says what it must be";
}

TEST_F(FileCacheTest, TakesNothingThatIsNotRightAndForgetsIt) {
    for (const std::string& wrong :
         {std::string(), std::string("the bytes of a wheeL"), content + "!", content.substr(1)}) {
        expect_right_file(fetch_cached(), one);
        fs::remove(m_folder / file_name);
        std::ofstream(entry(), std::ios::binary | std::ios::trunc) << wrong;
        const auto outcome = fetch_cached();
        expect_right_file(outcome, one);
        EXPECT_EQ(outcome->file->origin, FetchedFile::Origin::mirror) << wrong;
        EXPECT_EQ(text_of(read_file(entry(), 1000).value()), content) << "and keeps the right one";
    }
}

TEST_F(FileCacheTest, FollowsNoLinkAndReadsNothingThatIsNoFile) {
    fs::create_directories(entry().parent_path());
    fs::create_symlink(write("elsewhere", content), entry());
    const auto outcome = fetch_cached();
    expect_right_file(outcome, one);
    EXPECT_EQ(outcome->file->origin, FetchedFile::Origin::mirror);
    EXPECT_TRUE(m_cache->folder().trouble());
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(entry()))) << "and keeps the right one";
    fs::remove(entry());
    ASSERT_EQ(::mkfifo(entry().c_str(), 0600), 0);
    expect_right_file(fetch_cached(), one);
    EXPECT_TRUE(fs::is_regular_file(entry()));
}

TEST_F(FileCacheTest, FailsNobodyWhenItsFolderCannotBe) {
    m_cache = std::make_shared<FileCache>(write("a-file", "x") / "files", 1'000'000);
    expect_right_file(fetch_cached(), one);
    EXPECT_TRUE(m_cache->folder().trouble());
}

TEST_F(FileCacheTest, LetsGoOfWhatWasNotUsedForLongest) {
    FileCache cache(m_home / "files", 100);
    const std::string first(40, 'a');
    const std::string second(40, 'b');
    const std::string third(40, 'c');
    for (const auto& bytes : {first, second}) {
        cache.keep(file_of(bytes), write("file", bytes));
        fs::remove(m_home / "file");
    }
    EXPECT_TRUE(cache.place(file_of(first), m_home / "used").value());
    cache.keep(file_of(third), write("file", third));
    fs::remove(m_home / "file");
    cache.folder().sweep();
    EXPECT_TRUE(cache.place(file_of(first), m_home / "one").value());
    EXPECT_FALSE(cache.place(file_of(second), m_home / "two").value());
    EXPECT_TRUE(cache.place(file_of(third), m_home / "three").value());
    const std::string large(101, 'd');
    cache.keep(file_of(large), write("large", large));
    EXPECT_FALSE(cache.place(file_of(large), m_home / "four").value()) << "more than may be kept";
    EXPECT_FALSE(cache.folder().trouble());
}

TEST_F(FileCacheTest, SweepsItsOwnEntriesAndNothingElse) {
    const auto root = m_home / "files";
    const std::string bytes(40, 'a');
    FileCache cache(root, 100);
    cache.keep(pki::sha256(bytes_of(bytes)), bytes_of(bytes));
    // What a link leads to, what is no entry, and a file of the user's with a second name.
    const std::string name(62, 'b');
    fs::create_directories(m_home / "precious");
    const auto precious = write("precious/" + name, std::string(200, 'p'));
    fs::create_directory_symlink(m_home / "precious", root / "bb");
    fs::create_directories(root / "cc");
    const auto stray = write("files/cc/notes.txt", std::string(200, 'n'));
    const auto own = write("own", std::string(200, 'o'));
    fs::create_hard_link(own, root / "cc" / name);
    cache.folder().sweep();
    EXPECT_TRUE(cache.read(expectation_of(bytes)).value());
    for (const auto& kept : {precious, stray, own, root / "cc" / name}) {
        EXPECT_TRUE(fs::exists(kept)) << kept;
    }
    EXPECT_FALSE(cache.folder().trouble());
}

TEST_F(FileCacheTest, LooksAgainWhenTheBoundFallsOrTheMarkLies) {
    const auto root = m_home / "files";
    const std::string bytes(40, 'a');
    const auto wanted = expectation_of(bytes);
    FileCache cache(root, 100);
    cache.keep(wanted.sha256, bytes_of(bytes));
    cache.folder().sweep();
    EXPECT_TRUE(cache.read(wanted).value());
    FileCache(root, 10).folder().sweep();
    EXPECT_FALSE(cache.read(wanted).value()) << "a bound that fell within the hour";
    cache.keep(wanted.sha256, bytes_of(bytes));
    fs::last_write_time(
        root / "swept", fs::file_time_type::clock::now() + std::chrono::hours(9000)
    );
    FileCache(root, 10).folder().sweep();
    EXPECT_FALSE(cache.read(wanted).value()) << "a mark of a clock that was wrong";
}

TEST_F(FileCacheTest, RemovesWhatKilledRunsLeftOnItsWay) {
    const std::string bytes(40, 'a');
    FileCache cache(m_home / "files", 100);
    cache.keep(pki::sha256(bytes_of(bytes)), bytes_of(bytes));
    const auto shard = fs::directory_iterator(m_home / "files")->path();
    for (const auto& folder : {m_home / "files", shard}) {
        for (const auto* name : {".00.new", ".11.new"}) {
            std::ofstream(folder / name) << "half";
        }
        fs::last_write_time(
            folder / ".00.new", fs::file_time_type::clock::now() - std::chrono::hours(2)
        );
    }
    cache.folder().sweep();
    for (const auto& folder : {m_home / "files", shard}) {
        EXPECT_FALSE(fs::exists(folder / ".00.new"));
        EXPECT_TRUE(fs::exists(folder / ".11.new")) << "somebody may be writing it";
    }
}

TEST_F(FileCacheTest, TakesNothingFromAFolderThatOthersMayWriteTo) {
    fs::create_directories(m_home / "files");
    fs::permissions(m_home / "files", fs::perms::others_write, fs::perm_options::add);
    expect_right_file(fetch_cached(), one);
    expect_right_file(fetch_cached(), one);
    EXPECT_EQ(m_transport.count(file_url(one)), 2U);
    ASSERT_TRUE(m_cache->folder().trouble());
    EXPECT_EQ(m_cache->folder().trouble()->code(), ErrorCode::denied);
    EXPECT_TRUE(fs::is_empty(m_home / "files"));
}

TEST_F(FileCacheTest, KeepsTheRightBytesWhateverSizeAPageStates) {
    m_cache->keep(file_of(content), write("file", content));
    auto wrong = file_of(content);
    *wrong.size_bytes += 1;
    EXPECT_FALSE(m_cache->place(wrong, m_home / "out").value());
    EXPECT_TRUE(m_cache->place(file_of(content), m_home / "out").value());
}

TEST_F(FileCacheTest, KeepsOfOneFileWhatComesTwiceAtOnce) {
    std::vector<std::thread> threads;
    const auto path = write("file", content);
    for (int one_of = 0; one_of < 4; ++one_of) {
        threads.emplace_back([&, one_of] {
            FileCache other(m_home / "files", 1'000'000);
            for (int times = 0; times < 20; ++times) {
                other.keep(wheel(), path);
                const auto into = m_home / ("out" + std::to_string(one_of));
                EXPECT_TRUE(other.place(wheel(), into).value());
                EXPECT_EQ(text_of(read_file(into, 1000).value()), content);
            }
            EXPECT_FALSE(other.folder().trouble());
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
}

}  // namespace
}  // namespace heliograph::mirror
