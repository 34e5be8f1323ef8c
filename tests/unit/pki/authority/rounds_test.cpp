// SPDX-License-Identifier: Apache-2.0
// Two hundred acts upon one authority, each killed (SIGKILL) at another moment of its life. Each
// act is a process of its own; it says over a pipe what it was told is done, and that must be true
// afterwards: no certificate is lost, double or unlisted, and no revocation is forgotten. The
// programs themselves are killed in pki_lifecycle_test.cpp, and at every system call in
// authority_durability_test.cpp.
#include <pki/authority/authority.hpp>
#include <pki/base/file.hpp>
#include <pki/x509/credential.hpp>
#include <pki/x509/revocation_list.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace heliograph::pki {
namespace {

namespace fs = std::filesystem;
using heliograph::test::succeeded;

/// What an act has been told to be done: `issued SERIAL` or `revoked SERIAL`, one a line.
using Acknowledged = std::map<std::string, std::string>;

constexpr int rounds = 200;
constexpr std::size_t serial_digits_limit = 64;

class AuthorityRounds : public ::testing::Test {
  protected:
    [[nodiscard]] fs::path folder() const { return m_temp / "pki"; }

    [[nodiscard]] Authority open() const {
        auto authority = Authority::open(folder(), m_clock);
        if (!authority.has_value()) {
            throw std::runtime_error(authority.error().describe());
        }
        return std::move(authority).value();
    }

    /// Issue, renew, rekey and revoke by turns, as four rounds on one name and one that stays.
    [[nodiscard]] Result<std::vector<std::string>> act(int round) const {
        HG_TRY(auto authority, Authority::open(folder(), m_clock));
        const std::string name = "client-" + std::to_string(round / 4);
        switch (round % 4) {
            case 0: {
                HG_TRY(const auto made, authority.issue({.kind = LeafKind::client, .name = name}));
                return std::vector{"issued " + made.certificate.serial_hex()};
            }
            case 1:
            case 2: {
                const KeyChange change = round % 4 == 1 ? KeyChange::same_key : KeyChange::new_key;
                HG_TRY(const auto made, authority.renew({.name = "steady", .key = change}));
                return std::vector{"issued " + made.certificate.serial_hex()};
            }
            default: {
                HG_TRY(
                    const auto rows,
                    authority.revoke({.name_or_serial = name, .scope = RevokeScope::all_of_name})
                );
                std::vector<std::string> told;
                for (const LedgerEntry& row : rows) {
                    told.push_back("revoked " + row.serial_hex);
                }
                return told;
            }
        }
    }

    /// Runs one act in a process of its own and kills it after so long, or when it has said that it
    /// is done; what it said until then goes into the list, and an act that said nothing counts as
    /// killed.
    void run_and_kill(int round, std::chrono::nanoseconds life) {
        std::array<int, 2> ends{};
        ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        const FileDescriptor reading(ends[0]);
        FileDescriptor writing(ends[1]);
        const pid_t child = ::fork();
        ASSERT_GE(child, 0);
        if (child == 0) {
            if (const auto told = act(round)) {
                for (const std::string& line : *told) {
                    static_cast<void>(!::write(writing.get(), (line + "\n").data(), line.size() + 1)
                    );
                }
            }
            ::_exit(0);
        }
        writing.close();
        wait_for_word(reading, life);
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        int status = 0;
        ASSERT_EQ(::waitpid(child, &status, 0), child);
        const auto told_before = m_told.size();
        take_what_was_said(reading);
        m_killed += WIFSIGNALED(status) && m_told.size() == told_before ? 1 : 0;
    }

    static void wait_for_word(const FileDescriptor& reading, std::chrono::nanoseconds longest) {
        constexpr std::int64_t second = 1'000'000'000;
        const timespec limit{
            .tv_sec = static_cast<time_t>(longest.count() / second),
            .tv_nsec = static_cast<long>(longest.count() % second)};
        pollfd word{.fd = reading.get(), .events = POLLIN, .revents = 0};
        ASSERT_GE(::ppoll(&word, 1, &limit, nullptr), 0);
    }

    void take_what_was_said(const FileDescriptor& reading) {
        std::string text(16 * serial_digits_limit, '\0');
        const auto count = ::read(reading.get(), text.data(), text.size());
        ASSERT_GE(count, 0);
        text.resize(static_cast<std::size_t>(count));
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = text.find('\n', at);
            ASSERT_NE(end, std::string::npos) << text;
            const std::string line = text.substr(at, end - at);
            const std::size_t blank = line.find(' ');
            m_told[line.substr(blank + 1)] = line.substr(0, blank);
            at = end + 1;
        }
    }

    void expect_whole() const {
        const Authority authority = open();
        const auto rows = authority.list();
        ASSERT_TRUE(succeeded(rows));
        std::map<std::string, LedgerEntry> by_serial;
        for (const LedgerEntry& row : *rows) {
            EXPECT_TRUE(by_serial.emplace(row.serial_hex, row).second) << "double " << row.name;
            EXPECT_TRUE(succeeded(authority.certificate(row.serial_hex)));
        }
        expect_told_is_true(by_serial);
        expect_newest_in_place(authority);
        for (const char* place : {"issued", "retired"}) {
            expect_listed(folder() / place, by_serial);
        }
    }

    /// The files that people use are those of the newest certificate: a renewal that is entered and
    /// not in place would never be due again.
    void expect_newest_in_place(const Authority& authority) const {
        const auto newest = authority.newest("steady");
        ASSERT_TRUE(succeeded(newest));
        const auto held = Credential::load_bundle(folder() / "issued/steady/bundle.pem");
        ASSERT_TRUE(succeeded(held));
        EXPECT_EQ(held->leaf.serial_hex(), newest->serial_hex);
    }

    void expect_told_is_true(const std::map<std::string, LedgerEntry>& rows) const {
        const auto text = read_file(folder() / "crl.pem", revocation_list_limit_bytes);
        ASSERT_TRUE(succeeded(text));
        const auto lists = RevocationList::parse_pem_list(text_of(*text), 2);
        ASSERT_TRUE(succeeded(lists));
        for (const auto& [serial, what] : m_told) {
            const auto row = rows.find(serial);
            ASSERT_NE(row, rows.end()) << serial << " is lost";
            if (what == "revoked") {
                EXPECT_TRUE(row->second.revoked_at.has_value()) << serial;
                EXPECT_TRUE(lists->at(0).lists(serial) || lists->at(1).lists(serial)) << serial;
            }
        }
    }

    static void expect_listed(
        const fs::path& place, const std::map<std::string, LedgerEntry>& rows
    ) {
        std::set<std::string> seen;
        std::error_code none;
        for (const auto& entry : fs::directory_iterator(place, none)) {
            EXPECT_FALSE(entry.path().filename().string().starts_with("."))
                << entry.path() << " is left over after the authority was opened";
            const auto held = Credential::load_bundle(entry.path() / "bundle.pem");
            ASSERT_TRUE(succeeded(held)) << entry.path();
            EXPECT_EQ(rows.count(held->leaf.serial_hex()), 1U) << entry.path() << " is unlisted";
            EXPECT_TRUE(seen.insert(held->leaf.serial_hex()).second) << entry.path();
        }
    }

    // A kill, unlike a power cut, takes nothing from memory: where files live there, nobody waits
    // for a disk.
    static heliograph::test::TempFolder in_memory() {
        std::error_code none;
        if (fs::is_directory("/dev/shm", none)) {
            EXPECT_EQ(::setenv("TMPDIR", "/dev/shm", 1), 0);
        }
        return {};
    }

    heliograph::test::TempFolder m_temp{in_memory()};
    SystemClock m_clock;
    Acknowledged m_told;
    int m_killed = 0;
};

TEST_F(AuthorityRounds, KilledAtRandomTwoHundredTimesLoseNothing) {
    ASSERT_TRUE(succeeded(Authority::create(folder(), {}, m_clock)));
    ASSERT_TRUE(succeeded(open().issue({.kind = LeafKind::client, .name = "steady"})));
    std::chrono::nanoseconds whole{0};
    for (int round = 0; round < rounds && !HasFatalFailure(); ++round) {
        // A new key, and nobody kills it: so long takes a whole act here and now.
        if (round % 8 == 2) {
            const auto begin = std::chrono::steady_clock::now();
            run_and_kill(round, std::chrono::minutes(1));
            whole = std::chrono::steady_clock::now() - begin;
            continue;
        }
        // Moments spread evenly over the life of an act and a little more, in no order.
        run_and_kill(round, whole * ((round * 77) % rounds) * 5 / (4 * rounds));
        if (round % 50 == 49) {
            expect_whole();
        }
    }
    EXPECT_GT(m_killed, rounds / 10) << "hardly an act was killed: nothing is proven";
    EXPECT_GE(m_told.size(), rounds / 8) << "hardly an act came to its end: nothing is proven";
    for (const KeyChange change : {KeyChange::same_key, KeyChange::new_key}) {
        EXPECT_TRUE(succeeded(open().renew({.name = "steady", .key = change})));
    }
    EXPECT_TRUE(succeeded(open().publish_revocation_lists()));
    expect_whole();
}

}  // namespace
}  // namespace heliograph::pki
