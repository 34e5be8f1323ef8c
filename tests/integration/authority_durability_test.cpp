// SPDX-License-Identifier: Apache-2.0
// Threat T19 against `pki init`, `issue`, `renew` and `revoke`: after a kill or a power loss at any
// moment the same command completes, no key is ever readable by others, and no half authority can
// be mistaken for a whole one.
#include <pki/authority/authority.hpp>
#include <pki/authority/follow_up.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/file.hpp>
#include <pki/x509/credential.hpp>
#include <tests/integration/household.hpp>
#include <tests/support/failing_system.hpp>
#include <tests/support/forgetful_disk.hpp>
#include <tests/support/secret_watch.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AuthorityDurability : public ::testing::Test {
  protected:
    fs::path fresh_root() {
        const fs::path root = m_house / ("case" + std::to_string(++m_cases));
        fs::create_directory(root);
        return root;
    }

    fs::path root_with_authority() {
        const fs::path root = fresh_root();
        copy_folder(m_house / "pki", root / "pki");
        return root;
    }

    [[nodiscard]] Command init(const fs::path& root) const {
        return m_house.command("pki", {"init", "--dir", root / "pki"});
    }

    [[nodiscard]] Command issue(const fs::path& root) const {
        return m_house.command("pki", {"issue", "client", "laptop", "--dir", root / "pki"});
    }

    /// Either `pki init` made nothing yet and can be run, or what it made is a whole authority.
    void expect_authority(const fs::path& root) {
        const Outcome again = m_house.run("pki", {"init", "--dir", root / "pki"});
        if (again.exit_code != 0) {
            EXPECT_EQ(again.exit_code, 7) << again.errors;
            EXPECT_THAT(again.errors, HasSubstr("pki"));
        }
        m_house.must("pki", {"issue", "client", "after", "--dir", root / "pki"});
        EXPECT_THAT(exposed_keys_below(root), IsEmpty());
    }

    /// The certificate can be issued again, and the key belongs to it.
    void expect_issuable(const fs::path& root) {
        EXPECT_THAT(exposed_keys_below(root), IsEmpty());
        const Outcome again = run_unsynced(root, issue(root));
        const fs::path made = root / "pki/issued/laptop";
        EXPECT_TRUE(again.exit_code == 0 || fs::exists(made / "bundle.pem")) << again.errors;
        const Outcome matches = run({
            .program = "openssl",
            .arguments = {"x509", "-in", made / "cert.pem", "-noout", "-pubkey"},
        });
        const Outcome key = run({
            .program = "openssl",
            .arguments = {"pkey", "-in", made / "key.pem", "-pubout"},
        });
        EXPECT_EQ(matches.output, key.output);
        EXPECT_NE(key.output, "");
        m_house.must("pki", {"issue", "client", "after", "--dir", root / "pki"});
    }

    template <typename Fresh, typename Run, typename Expect>
    void expect_survives_every_kill(Fresh fresh, Run command, Expect expect) {
        for (std::uint64_t nth = 1;; nth = next_nth(nth)) {
            const fs::path root = fresh();
            const FaultyRun killed = run_with(KillNth{nth}, root, command(root));
            SCOPED_TRACE("step " + std::to_string(nth) + ": " + killed.where());
            if (!killed.struck()) {
                EXPECT_EQ(killed.outcome.exit_code, 0) << killed.outcome.errors;
                EXPECT_GT(nth, 5U);
                break;
            }
            EXPECT_THAT(exposed_keys_below(root), IsEmpty());
            expect(root);
            if (HasFailure()) {
                break;
            }
            fs::remove_all(root);
        }
    }

    template <typename Expect>
    void expect_survives_power_loss(const fs::path& root, const Command& command, Expect expect) {
        const ForgetfulDisk disk(root);
        const FaultyRun recorded = run_with(Record{}, root, command);
        ASSERT_EQ(recorded.outcome.exit_code, 0) << recorded.outcome.errors;
        for (const Survival survival :
             {Survival::synced_only, Survival::names_first, Survival::bytes_first}) {
            const auto images = disk.images_to_try(recorded.steps, survival);
            for (const DiskImage& image : images) {
                SCOPED_TRACE(
                    "survival " + std::to_string(static_cast<int>(survival)) + ", after " +
                    (image.after_step == 0 ? "nothing"
                                           : describe(recorded.steps[image.after_step - 1]))
                );
                const fs::path left = m_house / ("image" + std::to_string(++m_cases));
                image.write_to(left);
                expect(left, &image == &images.back());
                if (HasFailure()) {
                    return;
                }
                fs::remove_all(left);
            }
        }
    }

    /// Makes an authority with the certificate `steady`, and says how to make it again, in the same
    /// place: the ledger knows where files outside of it lie.
    std::function<fs::path()> remade_with_steady(const fs::path& place) {
        const fs::path root = root_with_authority();
        const Command issue_it = m_house.command(
            "pki", {"issue", "client", "steady", "--dir", root / "pki", "--out", root / place}
        );
        EXPECT_EQ(run_unsynced(root, issue_it).exit_code, 0);
        const fs::path kept = m_house / "kept";
        fs::remove_all(kept);
        copy_folder(root, kept);
        return [kept, root] {
            fs::remove_all(root);
            copy_folder(kept, root);
            return root;
        };
    }
    [[nodiscard]] Command act(const std::string& verb, const fs::path& root) const {
        return m_house.command("pki", {verb, "steady", "--dir", root / "pki"});
    }
    [[nodiscard]] pki::Authority opened(const fs::path& root) const {
        auto authority = pki::Authority::open(root / "pki", m_clock);
        if (!authority.has_value()) {
            throw std::runtime_error(authority.error().describe());
        }
        return std::move(authority).value();
    }
    static std::string serial_in(const fs::path& folder) {
        const auto credential = pki::Credential::load_bundle(folder / "bundle.pem");
        EXPECT_TRUE(credential.has_value()) << credential.error().describe();
        return credential ? credential->leaf.serial_hex() : std::string();
    }
    static std::set<std::string> names_in(const fs::path& folder) {
        std::set<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder)) {
            names.insert(entry.path().filename().string());
        }
        return names;
    }

    /// The old certificate or the new one is in place with its key, nothing is beside it, and the
    /// ledger lists what there is, once.
    void expect_one_of_two(const fs::path& root, const fs::path& place) {
        auto authority = opened(root);
        const auto rows = authority.find("steady").value();
        EXPECT_THAT(rows.size(), ::testing::AnyOf(1U, 2U));
        const fs::path files = root / place;
        EXPECT_EQ(serial_in(files), rows.back().serial_hex);
        EXPECT_EQ(names_in(files.parent_path()).count(files.filename().string()), 1U);
        for (const std::string& name : names_in(files.parent_path())) {
            EXPECT_THAT(name, ::testing::Not(HasSubstr(".tmp")));
        }
        for (std::size_t i = 0; i + 1 < rows.size(); ++i) {
            EXPECT_EQ(serial_in(root / "pki/retired" / rows[i].serial_hex), rows[i].serial_hex);
        }
    }

    /// What is revoked is on the list, or waits for the next who signs; never neither.
    void expect_revocation_is_told(const fs::path& root) {
        auto authority = opened(root);
        const auto rows = authority.find("steady").value();
        ASSERT_EQ(rows.size(), 1U);
        const auto& row = rows.front();
        const auto is_listed = [&] {
            const auto text = read_file(root / "pki/crl.pem", pki::revocation_list_limit_bytes);
            const auto lists = pki::RevocationList::parse_pem_list(text_of(text.value()), 2);
            return std::any_of(lists.value().begin(), lists.value().end(), [&](const auto& list) {
                return list.lists(row.serial_hex);
            });
        };
        if (row.revoked_at && authority.list_state().value() != pki::ListState::behind) {
            EXPECT_TRUE(is_listed());
        }
        EXPECT_TRUE(row.revoked_at || !is_listed());
        EXPECT_TRUE(authority.revoke({row.serial_hex}).has_value());
        EXPECT_TRUE(is_listed());
    }

    /// A list of two names, and how it is issued into a place below the root.
    [[nodiscard]] Command issue_two(
        const fs::path& root, const std::string& option, const fs::path& place
    ) const {
        const std::string list = "{\"name\":\"one\"}\n{\"name\":\"two\"}";
        EXPECT_TRUE(write_file_atomically(m_house / "two.jsonl", bytes_of(list)).has_value());
        std::vector<std::string> words{
            "issue", "client", "--from", m_house / "two.jsonl", "--dir", root / "pki"};
        if (!option.empty()) {
            words.insert(words.end(), {option, root / place});
        }
        return m_house.command("pki", words);
    }

    /// The keys of the two are where the ledger says, or there is none of them anywhere; nothing
    /// is left beside them, and what was not done can be done by the same command.
    void expect_all_or_none(const fs::path& root, const Command& command, const fs::path& place) {
        const std::set<std::string> names{"one", "two"};
        const bool in_archive = place.extension() == ".tar";
        for (int round = 0; round < 2; ++round) {
            std::map<std::string, std::string> serials;
            const auto rows = opened(root).list().value();
            for (const pki::LedgerEntry& entry : rows) {
                if (names.count(entry.name) == 1) {
                    EXPECT_TRUE(serials.emplace(entry.name, entry.serial_hex).second);
                }
            }
            ASSERT_THAT(serials.size(), ::testing::AnyOf(0U, names.size()));
            const bool issued = !serials.empty();
            EXPECT_TRUE(!in_archive || fs::exists(root / place) == issued);
            for (const std::string& name : names) {
                ASSERT_EQ(fs::exists(root / place / name), issued && !in_archive) << name;
                if (issued && !in_archive) {
                    EXPECT_EQ(serial_in(root / place / name), serials[name]);
                }
            }
            for (const auto& entry : fs::recursive_directory_iterator(root)) {
                EXPECT_THAT(entry.path().filename().string(), ::testing::Not(HasSubstr(".tmp")));
            }
            EXPECT_THAT(exposed_keys_below(root), IsEmpty());
            if (issued) {
                return;
            }
            ASSERT_EQ(run_unsynced(root, command).exit_code, 0);
        }
    }

    // A kill takes nothing from memory, and power loss is a model here: where files live there,
    // nobody waits for a disk.
    struct InMemory {
        InMemory() {
            std::error_code none;
            if (fs::is_directory("/dev/shm", none)) {
                EXPECT_EQ(::setenv("TMPDIR", "/dev/shm", 1), 0);
            }
        }
    };

    InMemory m_before_the_house;
    Household m_house;
    SystemClock m_clock;
    int m_cases{0};
};

TEST_F(AuthorityDurability, InitSurvivesAKillBeforeEverySystemCall) {
    expect_survives_every_kill(
        [this] { return fresh_root(); },
        [this](const fs::path& root) { return init(root); },
        [this](const fs::path& root) { expect_authority(root); }
    );
}

TEST_F(AuthorityDurability, InitSurvivesPowerLossAtEveryMoment) {
    const fs::path root = fresh_root();
    expect_survives_power_loss(root, init(root), [this](const fs::path& left, bool acknowledged) {
        if (acknowledged) {
            m_house.must("pki", {"issue", "client", "first", "--dir", left / "pki"});
        }
        expect_authority(left);
    });
}

TEST_F(AuthorityDurability, IssueSurvivesAKillBeforeEverySystemCall) {
    expect_survives_every_kill(
        [this] { return root_with_authority(); },
        [this](const fs::path& root) { return issue(root); },
        [this](const fs::path& root) { expect_issuable(root); }
    );
}

TEST_F(AuthorityDurability, IssueSurvivesPowerLossAtEveryMoment) {
    const fs::path root = root_with_authority();
    expect_survives_power_loss(root, issue(root), [this](const fs::path& left, bool acknowledged) {
        if (acknowledged) {
            EXPECT_TRUE(fs::exists(left / "pki/issued/laptop/bundle.pem"));
        }
        expect_issuable(left);
    });
}

TEST_F(AuthorityDurability, RenewSurvivesAKillBeforeEverySystemCall) {
    for (const fs::path place : {"pki/issued/steady", "outside"}) {
        expect_survives_every_kill(
            remade_with_steady(place),
            [this](const fs::path& root) { return act("renew", root); },
            [&](const fs::path& root) { expect_one_of_two(root, place); }
        );
    }
}

TEST_F(AuthorityDurability, ARenewalIsToldOfOrLeftToBeToldOfByAKillBeforeEverySystemCall) {
    const auto told = [](const fs::path& root) { return root.string() + ".told"; };
    expect_survives_every_kill(
        remade_with_steady("pki/issued/steady"),
        [&](const fs::path& root) {
            Command command = act("renew", root);
            command.arguments.insert(
                command.arguments.end(), {"--exec", "echo renewed > " + told(root)}
            );
            return command;
        },
        [&](const fs::path& root) {
            auto authority = opened(root);
            const bool is_renewed = authority.find("steady").value().size() == 2;
            const bool is_pending = !pki::FollowUps(authority).pending().value().empty();
            EXPECT_EQ(is_renewed, is_pending || fs::exists(told(root)));
        }
    );
}

TEST_F(AuthorityDurability, RevokeSurvivesAKillBeforeEverySystemCall) {
    expect_survives_every_kill(
        remade_with_steady("pki/issued/steady"),
        [this](const fs::path& root) { return act("revoke", root); },
        [this](const fs::path& root) { expect_revocation_is_told(root); }
    );
}

// Into the authority's own folders, into others, and into one archive.
struct Bulk {
    std::string option;
    fs::path place;
};
const std::array<Bulk, 3> bulk_places{
    {{"", "pki/issued"}, {"--out", "out"}, {"--archive", "two.tar"}}};

TEST_F(AuthorityDurability, AListIsIssuedWholeOrNotAtAllByAKillBeforeEverySystemCall) {
    // Folders elsewhere are walked by ARowNeverComesWithoutItsKey.
    for (const Bulk& bulk : {bulk_places.front(), bulk_places.back()}) {
        SCOPED_TRACE(bulk.place);
        expect_survives_every_kill(
            [this] { return root_with_authority(); },
            [&](const fs::path& root) { return issue_two(root, bulk.option, bulk.place); },
            [&](const fs::path& root) {
                expect_all_or_none(root, issue_two(root, bulk.option, bulk.place), bulk.place);
            }
        );
    }
}

TEST_F(AuthorityDurability, AListIsIssuedWholeOrNotAtAllOnAFullDisk) {
    for (const Bulk& bulk : bulk_places) {
        for (std::uint64_t nth = 1; !HasFailure(); nth = next_nth(nth) + 1) {
            const fs::path root = root_with_authority();
            const Command command = issue_two(root, bulk.option, bulk.place);
            const FaultyRun full = run_with(FailNth{nth, ENOSPC}, root, command);
            SCOPED_TRACE("step " + std::to_string(nth) + ": " + full.where());
            if (!full.struck()) {
                break;
            }
            m_house.expect_no_secret(full.outcome);
            EXPECT_THAT(full.outcome.exit_code, ::testing::AnyOf(0, 7)) << full.outcome.errors;
            expect_all_or_none(root, command, bulk.place);
            fs::remove_all(root);
        }
    }
}

TEST_F(AuthorityDurability, AListIsIssuedWholeOrNotAtAllByPowerLoss) {
    for (const Bulk& bulk : {bulk_places.front(), bulk_places.back()}) {
        const fs::path root = root_with_authority();
        const Command command = issue_two(root, bulk.option, bulk.place);
        // The ledger names places, so every image is looked at in the same one.
        expect_survives_power_loss(root, command, [&](const fs::path& left, bool acknowledged) {
            fs::remove_all(root);
            fs::rename(left, root);
            if (acknowledged) {
                EXPECT_EQ(opened(root).find("two").value().size(), 1U);
            }
            expect_all_or_none(root, command, bulk.place);
        });
        if (HasFailure()) {
            break;
        }
    }
}

TEST_F(AuthorityDurability, ARowNeverComesWithoutItsKey) {
    for (const fs::path place : {"pki/issued/laptop", "outside"}) {
        expect_survives_every_kill(
            [this] { return root_with_authority(); },
            [&](const fs::path& root) {
                return m_house.command(
                    "pki",
                    {"issue", "client", "laptop", "--dir", root / "pki", "--out", root / place}
                );
            },
            [&](const fs::path& root) {
                const auto rows = opened(root).find("laptop").value();
                ASSERT_EQ(rows.size(), fs::exists(root / place) ? 1U : 0U);
                if (!rows.empty()) {
                    EXPECT_EQ(serial_in(root / place), rows.front().serial_hex);
                }
            }
        );
    }
}

TEST_F(AuthorityDurability, SaysSoOnAFullDisk) {
    for (std::uint64_t nth = 1;; nth = next_nth(nth)) {
        const fs::path root = root_with_authority();
        const FaultyRun full = run_with(FailNth{nth, ENOSPC}, root, issue(root));
        SCOPED_TRACE("step " + std::to_string(nth) + ": " + full.where());
        if (!full.struck()) {
            break;
        }
        m_house.expect_no_secret(full.outcome);
        if (full.outcome.exit_code != 0) {
            EXPECT_EQ(full.outcome.exit_code, 7) << full.outcome.errors;
            EXPECT_THAT(full.outcome.errors, HasSubstr("error: "));
        }
        expect_issuable(root);
        if (HasFailure()) {
            break;
        }
        fs::remove_all(root);
    }
}

}  // namespace
}  // namespace heliograph::test_support
