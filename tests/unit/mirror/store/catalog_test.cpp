// SPDX-License-Identifier: Apache-2.0
// One contract, two catalogues: every test runs on both.
#include <mirror/store/catalog.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/store/catalog_contract.hpp>

#include <functional>
#include <optional>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

TYPED_TEST_SUITE(CatalogContract, CatalogMakers);

TYPED_TEST(CatalogContract, BeginsEmptyAtSerialZero) {
    const auto state = this->catalog().state().value();
    EXPECT_EQ(state.last_serial, verify::Serial{0});
    EXPECT_FALSE(state.last_modified);
    EXPECT_TRUE(this->catalog().projects().value().empty());
    EXPECT_TRUE(this->catalog().pending().value().empty());
    expect_error(
        this->catalog().page(sample::project(), verify::PageForm::html),
        ErrorCode::not_found,
        "wheel"
    );
    expect_error(
        this->catalog().evidence(EvidenceKind::signer_chain), ErrorCode::not_found, "signer-chain"
    );
}

TYPED_TEST(CatalogContract, GivesBackWhatOneTransactionPut) {
    const auto page = sample::page("<html>", 1);
    const auto file = sample::file();
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_EQ(transaction.take_serial().value(), verify::Serial{1});
        EXPECT_TRUE(succeeded(transaction.put_page(sample::project(), verify::PageForm::html, page))
        );
        EXPECT_TRUE(succeeded(
            transaction.put_page(sample::project(), verify::PageForm::json, sample::page("{}", 1))
        ));
        EXPECT_TRUE(succeeded(transaction.put_file(file)));
        EXPECT_TRUE(succeeded(transaction.append_event(sample::added(1))));
        EXPECT_TRUE(
            succeeded(transaction.put_evidence(EvidenceKind::signer_chain, bytes_of("chain")))
        );
        EXPECT_TRUE(succeeded(transaction.set_last_modified(sample::time)));
    });
    const auto stored = this->catalog().page(sample::project(), verify::PageForm::html).value();
    EXPECT_EQ(stored.body, page.body);
    EXPECT_EQ(stored.digest, page.digest);
    EXPECT_EQ(stored.signature, page.signature);
    EXPECT_EQ(stored.serial, page.serial);
    EXPECT_EQ(
        text_of(this->catalog().page(sample::project(), verify::PageForm::json).value().body), "{}"
    );
    EXPECT_EQ(this->catalog().file(file.path).value(), file);
    EXPECT_EQ(this->catalog().file_named(file.path.name()).value(), file);
    EXPECT_EQ(this->catalog().files(sample::project()).value(), std::vector{file});
    EXPECT_EQ(this->catalog().events({}, 10).value(), std::vector{sample::added(1)});
    EXPECT_EQ(text_of(this->catalog().evidence(EvidenceKind::signer_chain).value()), "chain");
    EXPECT_EQ(this->catalog().state().value().last_modified, sample::time);
    const std::vector<verify::RootEntry> projects{{.name = sample::project(), .serial = {1}}};
    EXPECT_EQ(this->catalog().projects().value(), projects);
}

TYPED_TEST(CatalogContract, ForgetsATransactionThatWasDropped) {
    {
        const auto transaction = this->catalog().begin().value();
        ASSERT_TRUE(succeeded(transaction->take_serial()));
        ASSERT_TRUE(succeeded(
            transaction->put_page(sample::project(), verify::PageForm::html, sample::page("x", 1))
        ));
        ASSERT_TRUE(succeeded(transaction->put_file(sample::file())));
        ASSERT_TRUE(succeeded(transaction->append_event(sample::added(1))));
    }
    EXPECT_EQ(this->catalog().state().value().last_serial, verify::Serial{0});
    EXPECT_TRUE(this->catalog().projects().value().empty());
    EXPECT_TRUE(this->catalog().files(sample::project()).value().empty());
    EXPECT_TRUE(this->catalog().events({}, 10).value().empty());
    this->write([](CatalogTransaction& transaction) {
        EXPECT_EQ(transaction.take_serial().value(), verify::Serial{1});
    });
}

TYPED_TEST(CatalogContract, TakesTheNextTransactionAfterACommit) {
    const auto first = this->catalog().begin().value();
    ASSERT_TRUE(succeeded(first->commit()));
    EXPECT_TRUE(succeeded(this->catalog().begin()));
}

TYPED_TEST(CatalogContract, LooksFilesUpByContentAndName) {
    const auto file = sample::file();
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.put_file(file)));
    });
    const verify::FilePath other_content(pki::sha256(bytes_of("other")), file.path.name());
    expect_error(
        this->catalog().file(other_content), ErrorCode::not_found, file.path.name().text()
    );
    const verify::FilePath other_name(file.path.digest(), sample::name("wheel-9-py3-none-any.whl"));
    expect_error(this->catalog().file(other_name), ErrorCode::not_found);
    expect_error(this->catalog().file_named(other_name.name()), ErrorCode::not_found);
}

TYPED_TEST(CatalogContract, KnowsWhichBlobsAreNamed) {
    const auto file = sample::file();
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.put_file(file)));
    });
    EXPECT_TRUE(this->catalog().names_blob(file.path.digest()).value());
    EXPECT_TRUE(this->catalog().names_blob(file.metadata->digest).value());
    EXPECT_FALSE(this->catalog().names_blob(pki::sha256(bytes_of("other"))).value());
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.remove_file(file.path.name())));
        expect_error(transaction.remove_file(file.path.name()), ErrorCode::not_found);
    });
    EXPECT_FALSE(this->catalog().names_blob(file.path.digest()).value());
}

TYPED_TEST(CatalogContract, ReplacesTheSignatureAloneOfAPage) {
    const auto page = sample::page("<html>", 1);
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.put_page(sample::project(), verify::PageForm::html, page))
        );
    });
    const auto before = this->catalog().projects_since(0, 10).value().back().revision;
    this->write([](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.put_signature(
            sample::project(), verify::PageForm::html, bytes_of("another")
        )));
        expect_error(
            transaction.put_signature(sample::project(), verify::PageForm::json, bytes_of("none")),
            ErrorCode::not_found,
            "wheel"
        );
    });
    const auto after = this->catalog().page(sample::project(), verify::PageForm::html).value();
    EXPECT_EQ(text_of(after.signature), "another");
    EXPECT_EQ(after.body, page.body);
    EXPECT_EQ(
        this->catalog().page_digest(sample::project(), verify::PageForm::html).value(), page.digest
    );
    EXPECT_TRUE(this->catalog().projects_since(before, 10).value().empty())
        << "no change of the list of projects";
}

TYPED_TEST(CatalogContract, KeepsPendingProjectsUntilCleared) {
    PendingProject entry{
        .project = sample::project(),
        .wanted = {4},
        .cause = PendingCause::refused,
        .reason = "a hash was wrong",
        .attempts = 1,
        .since = sample::time,
        .last_try = sample::time,
        .next_try = sample::time + std::chrono::seconds(30),
    };
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.put_pending(entry)));
    });
    entry.attempts = 2;
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.put_pending(entry)));
    });
    EXPECT_EQ(this->catalog().pending().value(), std::vector{entry});
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.clear_pending(entry.project)));
        EXPECT_TRUE(succeeded(transaction.clear_pending(entry.project)));
    });
    EXPECT_TRUE(this->catalog().pending().value().empty());
}

TYPED_TEST(CatalogContract, CountsPendingProjectsByCauseAndListsTheLongestFirst) {
    const auto put = [&](const char* name, PendingCause cause, std::chrono::seconds since) {
        this->write([&](CatalogTransaction& transaction) {
            EXPECT_TRUE(succeeded(transaction.put_pending(
                {.project = verify::parse_normalised_name(name).value(),
                 .wanted = {4},
                 .cause = cause,
                 .reason = "because",
                 .attempts = 1,
                 .since = sample::time + since,
                 .last_try = sample::time,
                 .next_try = sample::time}
            )));
        });
    };
    EXPECT_EQ(this->catalog().pending_overview(5).value().total(), 0U);
    put("a", PendingCause::refused, std::chrono::seconds(2));
    put("b", PendingCause::gone, std::chrono::seconds(1));
    put("c", PendingCause::refused, std::chrono::seconds(3));
    const auto overview = this->catalog().pending_overview(2).value();
    EXPECT_EQ(overview.refused, 2U);
    EXPECT_EQ(overview.gone, 1U);
    EXPECT_EQ(overview.failed, 0U);
    ASSERT_EQ(overview.longest.size(), 2U);
    EXPECT_EQ(overview.longest[0].project.text(), "b");
    EXPECT_EQ(overview.longest[1].project.text(), "a");
}

TYPED_TEST(CatalogContract, RemembersWhatTheUpstreamShowed) {
    UpstreamState state{
        .last_serial = {9},
        .answered = sample::time,
        .not_before = std::nullopt,
        .reconciled = sample::time,
        .list_etag = "\"abc\"",
        .pages_unjudged = true,
        .numbering = PageNumbering::own,
        .filter = "abc"};
    EXPECT_EQ(this->catalog().upstream_state().value(), UpstreamState{});
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.put_upstream_state(state)));
    });
    EXPECT_EQ(this->catalog().upstream_state().value(), state);
}

TYPED_TEST(CatalogContract, KeepsThePageTagOfAProjectAsLongAsItIsHere) {
    const auto demo = sample::project("demo");
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.put_page_tag(demo, "\"early\"")));
        EXPECT_TRUE(
            succeeded(transaction.put_page(demo, verify::PageForm::json, sample::page("page", 1)))
        );
    });
    EXPECT_EQ(this->catalog().page_tag(demo).value(), "") << "it was not here yet";
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.put_page_tag(demo, "\"one\"")));
    });
    EXPECT_EQ(this->catalog().page_tag(demo).value(), "\"one\"");
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.remove_project(demo)));
    });
    EXPECT_EQ(this->catalog().page_tag(demo).value(), "");
}

TYPED_TEST(CatalogContract, RemovesEvidenceThatIsReplacedByNothing) {
    this->write([](CatalogTransaction& transaction) {
        EXPECT_TRUE(
            succeeded(transaction.put_evidence(EvidenceKind::revocation_lists, bytes_of("a")))
        );
        EXPECT_TRUE(
            succeeded(transaction.put_evidence(EvidenceKind::revocation_lists, bytes_of("b")))
        );
    });
    EXPECT_EQ(text_of(this->catalog().evidence(EvidenceKind::revocation_lists).value()), "b");
    this->write([](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.put_evidence(EvidenceKind::revocation_lists, {})));
    });
    expect_error(this->catalog().evidence(EvidenceKind::revocation_lists), ErrorCode::not_found);
}

TYPED_TEST(CatalogContract, CountsChangesForCaches) {
    const auto before = this->catalog().change_counter().value();
    EXPECT_EQ(this->catalog().change_counter().value(), before);
    this->write([](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.set_last_serial({1})));
    });
    const auto after = this->catalog().change_counter().value();
    EXPECT_NE(after, before);
    EXPECT_EQ(this->catalog().change_counter().value(), after);
}

TYPED_TEST(CatalogContract, TellsEveryChangeOfProjectsByItsRevision) {
    const auto put = [&](std::string_view name, std::uint64_t serial, verify::ProjectStatus status
                     ) {
        this->write([&](CatalogTransaction& transaction) {
            auto page = sample::page("x", serial);
            page.status = status;
            for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
                EXPECT_TRUE(succeeded(transaction.put_page(sample::project(name), form, page)));
            }
        });
    };
    put("wheel", 1, verify::ProjectStatus::active);
    put("demo", 2, verify::ProjectStatus::archived);
    const auto all = this->catalog().projects_since(0, 10).value();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1].entry.name.text(), "demo");
    EXPECT_EQ(all[1].presence, ProjectPresence::listed);
    const auto seen = all[1].revision;
    EXPECT_TRUE(this->catalog().projects_since(seen, 10).value().empty());
    put("demo", 2, verify::ProjectStatus::archived);
    EXPECT_TRUE(this->catalog().projects_since(seen, 10).value().empty())
        << "the same page again is no change";
    put("wheel", 3, verify::ProjectStatus::quarantined);
    const auto changed = this->catalog().projects_since(seen, 10).value();
    ASSERT_EQ(changed.size(), 1U);
    EXPECT_EQ(changed[0].presence, ProjectPresence::withheld);
    EXPECT_EQ(changed[0].entry.serial, verify::Serial{3});
    EXPECT_EQ(
        this->catalog().page(sample::project(), verify::PageForm::json).value().status,
        verify::ProjectStatus::quarantined
    );
    this->write([](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.remove_project(sample::project("demo"))));
    });
    const auto removed = this->catalog().projects_since(changed[0].revision, 10).value();
    ASSERT_EQ(removed.size(), 1U);
    EXPECT_EQ(removed[0].presence, ProjectPresence::removed) << "a tombstone stays";
    EXPECT_EQ(this->catalog().projects().value().size(), 1U);
    EXPECT_EQ(this->catalog().projects_since(0, 1).value().size(), 1U);
}

TYPED_TEST(CatalogContract, KeepsTheFilesOfAShelvedProjectBack) {
    auto file = sample::file();
    file.provenance =
        MetadataRecord{.digest = pki::sha256(bytes_of("provenance")), .size_bytes = 10};
    this->write([&](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.put_file(file)));
        EXPECT_TRUE(succeeded(transaction.shelve(sample::project(), bytes_of("page"))));
    });
    EXPECT_TRUE(this->catalog().files(sample::project()).value().empty());
    expect_error(this->catalog().file(file.path), ErrorCode::not_found);
    expect_error(this->catalog().file_named(file.path.name()), ErrorCode::not_found);
    EXPECT_EQ(this->catalog().withheld_files(sample::project()).value(), std::vector{file});
    EXPECT_EQ(text_of(*this->catalog().shelf(sample::project()).value()), "page");
    for (const auto& digest :
         {file.path.digest(), file.metadata->digest, file.provenance->digest}) {
        EXPECT_TRUE(this->catalog().names_blob(digest).value());
    }
    this->write([](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.unshelve(sample::project())));
    });
    EXPECT_EQ(this->catalog().files(sample::project()).value(), std::vector{file});
    EXPECT_TRUE(this->catalog().withheld_files(sample::project()).value().empty());
    EXPECT_FALSE(this->catalog().shelf(sample::project()).value());
}

TYPED_TEST(CatalogContract, ListsRetiredFilesOfAProjectInEverySpelling) {
    const std::vector<std::string> own{
        "Foo-Bar-2.0.tar.gz", "foo.bar-1.0.tar.gz", "foo_bar-1.0-py3-none-any.whl"};
    const auto path = [](const std::string& name) {
        return verify::FilePath(
            pki::sha256(bytes_of(name)), verify::parse_dist_file_name(name).value()
        );
    };
    this->write([&](CatalogTransaction& transaction) {
        for (const auto& name : own) {
            EXPECT_TRUE(succeeded(transaction.retire_file(path(name))));
        }
        for (const std::string other : {"foo-1.0.tar.gz", "foobar-1.0.tar.gz", "Zoo-1.0.zip"}) {
            EXPECT_TRUE(succeeded(transaction.retire_file(path(other))));
        }
    });
    std::vector<std::string> listed;
    const auto project = verify::parse_normalised_name("foo-bar").value();
    const auto files = this->catalog().retired_files(project).value();
    for (const auto& file : files) {
        EXPECT_EQ(file, path(file.name().text()));
        listed.push_back(file.name().text());
    }
    EXPECT_EQ(listed, own);
}

TYPED_TEST(CatalogContract, RemembersTheContentOfRetiredNames) {
    EXPECT_FALSE(this->catalog().retired(sample::name()).value());
    this->write([](CatalogTransaction& transaction) {
        EXPECT_TRUE(succeeded(transaction.retire_file(sample::file().path)));
        EXPECT_TRUE(succeeded(transaction.retire_file(sample::file().path)));
        EXPECT_TRUE(succeeded(transaction.remove_project(sample::project())));
    });
    EXPECT_EQ(this->catalog().retired(sample::name()).value(), sample::file().path.digest());
    EXPECT_EQ(
        this->catalog().retired_files(sample::name().project()).value(),
        std::vector{sample::file().path}
    );
}

}  // namespace
}  // namespace heliograph::mirror
