// SPDX-License-Identifier: Apache-2.0
// A mirror that follows a master through a Transport that tells the truth or lies.
#pragma once

#include <mirror/store/memory_blob_store.hpp>
#include <mirror/store/memory_catalog.hpp>
#include <mirror/sync/sync_run.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>
#include <tests/unit/mirror/sync/served_catalog.hpp>
#include <verify/index/page_json.hpp>

#include <algorithm>
#include <string>

namespace heliograph::mirror {

inline verify::ProjectName project(std::string_view name) {
    return verify::parse_normalised_name(name).value();
}

/// Says this status instead.
inline ServedCatalog::Lie say(int status) {
    return [status](const ServedAnswer&) -> Result<ServedAnswer> {
        return ServedAnswer{status, "no"};
    };
}

/// Flips one bit in the middle.
inline Result<ServedAnswer> flip(ServedAnswer answer) {
    answer.body[answer.body.size() / 2] ^= 1;
    return answer;
}

// A follower with a store of its own.
class Follower {
  public:
    explicit Follower(const TestMaster& master)
        : upstream_catalog(master.catalog, master.blobs), m_master(master) {}

    /// One worker, so that requests come in the order of the tasks; parked projects are tried at
    /// once unless a test is about their turns.
    Result<SyncReport> try_sync(const SyncOptions& options = {.parked = ParkedTries::all}) {
        const auto trust = m_master.trust();
        const UpstreamAccess access{.base = Url::parse("http://upstream.example/").value()};
        Upstream upstream(upstream_catalog, access);
        Upstream worker(upstream_catalog, access);
        return run_sync(
            {.catalog = catalog,
             .blobs = blobs,
             .upstream = upstream,
             .trust = trust,
             .clock = m_master.clock,
             .events = m_events,
             .filter = filter,
             .files = files,
             .closure = closure},
            {&worker},
            options
        );
    }

    SyncReport sync(const SyncOptions& options = {.parked = ParkedTries::all}) {
        auto report = try_sync(options);
        EXPECT_TRUE(test::succeeded(report));
        return report ? *std::move(report) : SyncReport{};
    }

    ServedCatalog upstream_catalog;
    MemoryCatalog catalog;
    MemoryBlobStore blobs;
    ProjectFilter filter;
    FileFilter files;
    std::optional<WantedExtras> closure;

  private:
    const TestMaster& m_master;
    SilentSink m_events;
};

class SyncTest : public ::testing::Test {
  protected:
    static const ProjectOutcome* outcome_of(const SyncReport& report, std::string_view name) {
        const auto found =
            std::find_if(report.projects.begin(), report.projects.end(), [&](const auto& one) {
                return one.project.text() == name;
            });
        return found == report.projects.end() ? nullptr : &*found;
    }

    // Whatever happened: everything here is what the master signed, and every file of a page is
    // here and sound.
    void expect_sound(const Follower& follower) {
        const auto projects = follower.catalog.projects().value();
        for (const auto& entry : projects) {
            const auto page = follower.catalog.page(entry.name, verify::PageForm::json).value();
            EXPECT_EQ(pki::sha256(page.body), page.digest);
            const auto parsed = verify::parse_page_json(text_of(page.body)).value();
            for (const auto& file : parsed.files) {
                EXPECT_EQ(hash_blob(follower.blobs, file.sha256).value(), file.sha256);
                EXPECT_EQ(
                    hash_blob(follower.blobs, *file.core_metadata).value(), *file.core_metadata
                );
                EXPECT_TRUE(test::succeeded(follower.catalog.file(file.path())));
            }
        }
        const auto blobs = follower.blobs.list().value();
        for (const auto& blob : blobs) {
            EXPECT_EQ(hash_blob(follower.blobs, blob).value(), blob)
                << "an unverified blob was stored";
        }
    }

    void expect_same_as_master(const Follower& follower) {
        expect_sound(follower);
        EXPECT_EQ(follower.catalog.projects().value(), master.catalog.projects().value());
        const auto projects = master.catalog.projects().value();
        for (const auto& entry : projects) {
            for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
                const auto here = follower.catalog.page(entry.name, form).value();
                const auto there = master.catalog.page(entry.name, form).value();
                EXPECT_EQ(here.body, there.body);
                EXPECT_EQ(here.signature, there.signature);
                EXPECT_EQ(here.serial, there.serial);
            }
            EXPECT_EQ(
                follower.catalog.files(entry.name).value(), master.catalog.files(entry.name).value()
            );
        }
        EXPECT_EQ(
            follower.catalog.events({}, 1000).value(), master.catalog.events({}, 1000).value()
        );
        EXPECT_EQ(
            follower.catalog.state().value().last_serial, master.catalog.state().value().last_serial
        );
        EXPECT_EQ(
            follower.catalog.evidence(EvidenceKind::signer_chain).value(),
            master.catalog.evidence(EvidenceKind::signer_chain).value()
        );
    }

    std::string file_path(std::string_view name) {
        return master.catalog.files(project(name)).value().at(0).path.absolute();
    }

    TestMaster master;
};

}  // namespace heliograph::mirror
