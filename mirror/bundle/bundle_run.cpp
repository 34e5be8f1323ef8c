// SPDX-License-Identifier: Apache-2.0
#include <mirror/bundle/bundle_plan.hpp>
#include <mirror/bundle/bundle_run.hpp>
#include <mirror/bundle/bundle_writer.hpp>
#include <mirror/fleet/index_path.hpp>
#include <mirror/journal/changelog.hpp>
#include <verify/index/page_json.hpp>
#include <verify/index/root_list.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <set>
#include <system_error>
#include <utility>

namespace heliograph::mirror {

namespace {

class Bundling {
  public:
    Bundling(const Catalog& catalog, const BlobStore& blobs, BundleWriter archive)
        : m_catalog(catalog), m_blobs(blobs), m_archive(std::move(archive)) {}

    Result<BundleReport> run(
        const BundleManifest& manifest, const BundleRequest& request, EventSink& events
    ) {
        m_report.manifest = manifest;
        const auto text = render_bundle_manifest(manifest);
        HG_CHECK(m_archive.put(std::string(bundle_manifest_name), bytes_of(text)));
        HG_CHECK(put_evidence(EvidenceKind::signer_chain, signer_chain_path));
        HG_CHECK(put_evidence(EvidenceKind::revocation_lists, revocation_lists_path));
        HG_CHECK(put_journal());
        if (manifest.is_whole()) {
            HG_CHECK(put_list());
        }
        HG_TRY(const auto plan, plan_bundle(m_catalog, manifest));
        events.emit(
            {.level = EventLevel::debug,
             .name = "bundle.plan",
             .fields = {{"projects", std::to_string(plan.size())}}}
        );
        for (const auto& [project, wanted] : plan) {
            if (request.stop.stop_requested()) {
                return Error(ErrorCode::cancelled, "the bundle was stopped; none was made");
            }
            HG_CHECK(put_project(project, wanted));
            events.emit(
                {.level = EventLevel::debug,
                 .name = "bundle.project.written",
                 .fields = {{"project", project.text()}}}
            );
        }
        HG_TRY(m_report.digest, m_archive.finish());
        m_report.size_bytes = m_archive.size_bytes();
        return m_report;
    }

  private:
    Outcome put_evidence(EvidenceKind kind, std::string_view place) {
        const auto document = m_catalog.evidence(kind);
        if (document) {
            return m_archive.put(std::string(place), *document);
        }
        return document.error().code() == ErrorCode::not_found ? Outcome()
                                                               : Outcome(document.error());
    }

    Outcome put_journal() {
        const auto& manifest = m_report.manifest;
        verify::Serial since = manifest.journal_since();
        bool more = since < manifest.to;
        while (more) {
            HG_TRY(
                auto events,
                m_catalog.events(
                    {.after = since, .up_to = manifest.to}, changelog_limits::events + 1
                )
            );
            more = events.size() > changelog_limits::events;
            if (more) {
                events.pop_back();
            }
            if (events.empty()) {
                return {};
            }
            const auto reached = events.back().serial;
            const Changelog page{
                .last_serial = manifest.to,
                .checkpoint = manifest.checkpoint,
                .events = std::move(events),
                .more = more};
            HG_CHECK(m_archive.put(
                "changelog/" + std::to_string(since.value) + ".json",
                bytes_of(render_changelog(page))
            ));
            since = reached;
        }
        return {};
    }

    // Quarantined projects have a page and stand in no list.
    Outcome put_list() {
        HG_TRY(const auto states, m_catalog.projects_since(0, verify::limits::root_projects));
        verify::RootList list{.serial = m_report.manifest.to, .projects = {}};
        for (const auto& state : states) {
            if (state.presence == ProjectPresence::listed) {
                list.projects.push_back(state.entry);
            }
        }
        std::sort(
            list.projects.begin(),
            list.projects.end(),
            [](const auto& left, const auto& right) { return left.name < right.name; }
        );
        const auto json = verify::render_root(list, verify::PageForm::json);
        return m_archive.put("simple/index.json", bytes_of(json));
    }

    Outcome put_project(const verify::ProjectName& project, const BundledProject& wanted) {
        const auto json = m_catalog.page(project, verify::PageForm::json);
        if (!json) {
            // Removed; the journal or the list says so.
            return json.error().code() == ErrorCode::not_found ? Outcome() : Outcome(json.error());
        }
        HG_CHECK(put_form(project, verify::PageForm::json, *json));
        HG_TRY(const auto html, m_catalog.page(project, verify::PageForm::html));
        HG_CHECK(put_form(project, verify::PageForm::html, html));
        ++m_report.projects;
        auto page = verify::parse_page(text_of(json->body), verify::PageForm::json);
        if (!page) {
            return Error(ErrorCode::io, page.error().message()).at("page of " + project.text());
        }
        m_put.clear();
        for (const auto& file : page->files) {
            HG_CHECK(put_file(file, wanted));
        }
        return {};
    }

    Outcome put_form(
        const verify::ProjectName& project, verify::PageForm form, const StoredPage& page
    ) {
        const std::string suffix = form == verify::PageForm::json ? "json" : "html";
        HG_CHECK(m_archive.put(page_path(project) + "index." + suffix, page.body));
        return page.signature.empty()
                   ? Outcome()
                   : m_archive.put(signature_path(project, form), page.signature);
    }

    Outcome put_file(const verify::PageFile& file, const BundledProject& wanted) {
        const auto put_part = [&](const std::optional<pki::Sha256>& digest,
                                  NamedBlob::Part part) -> Outcome {
            if (!digest || !wanted.wants(file.name, part) || !m_put.insert(*digest).second) {
                return {};
            }
            const auto blob = m_blobs.open(*digest);
            if (!blob) {
                return Error(blob.error()).at(file.name.text());
            }
            ++m_report.blobs;
            return m_archive.put_blob(*digest, *blob);
        };
        HG_CHECK(put_part(file.sha256, NamedBlob::Part::content));
        HG_CHECK(put_part(file.core_metadata, NamedBlob::Part::metadata));
        return put_part(file.provenance, NamedBlob::Part::provenance);
    }

    const Catalog& m_catalog;
    const BlobStore& m_blobs;
    BundleWriter m_archive;
    BundleReport m_report;
    std::set<pki::Sha256> m_put;  ///< Of the present project.
};

// A mirror may stand above its newest event, where its upstream told of none of those between. The
// bundle ends at an event, so that whoever takes it in can tell that the journal is all there.
Result<verify::Serial> end_of_journal(const Catalog& catalog, const CatalogState& state) {
    auto end = state.checkpoint;
    if (end < state.last_serial) {
        const SerialRange newest{
            .after = {state.last_serial.value - 1}, .up_to = state.last_serial};
        HG_TRY(const auto events, catalog.events(newest, 1));
        end = events.empty() ? end : state.last_serial;
    }
    bool more = end < state.last_serial;
    while (more) {
        HG_TRY(
            const auto events,
            catalog.events({.after = end, .up_to = state.last_serial}, changelog_limits::events)
        );
        more = !events.empty();
        end = more ? events.back().serial : end;
    }
    return end;
}

Outcome check_giver(const MirrorFolder& folder) {
    if (folder.marker().unsigned_terms) {
        return Error(
            ErrorCode::invalid_argument,
            "expected the folder of a master, or of a mirror that checks signatures: nothing would "
            "vouch for a bundle of " +
                folder.path().string() + ", whose upstream signs nothing"
        );
    }
    if (folder.marker().projects || !folder.marker().files.is_everything()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a folder with all projects and files: " + folder.path().string() +
                " has some only, and whoever took its bundle in would miss the others; "
                "run: mirror filter --all and mirror sync, or make the bundle elsewhere"
        );
    }
    return {};
}

}  // namespace

Result<BundleReport> bundle_folder(
    const MirrorFolder& named, const BundleRequest& request, const Clock& clock, EventSink& events
) {
    HG_CHECK(check_giver(named));
    std::error_code unknown;
    if (std::filesystem::exists(request.file, unknown)) {
        return Error(
            ErrorCode::exists,
            "expected a new file, " + request.file.string() + " exists; remove it or name another"
        );
    }
    HG_TRY(const auto lock, named.lock());
    // Another filter may have been chosen until the lock was held.
    HG_TRY(const auto folder, MirrorFolder::open(named.path()));
    HG_CHECK(check_giver(folder));
    HG_TRY(const auto catalog, folder.open_catalog());
    const auto blobs = folder.open_blobs();
    HG_TRY(const auto state, catalog->state());
    if (state.last_serial < request.since) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --since to be at most the serial " + std::to_string(state.last_serial.value) +
                " that " + folder.path().string() + " has reached, saw " +
                std::to_string(request.since.value)
        );
    }
    HG_TRY(const auto end, end_of_journal(*catalog, state));
    HG_TRY(auto archive, BundleWriter::create(request.file));
    return Bundling(*catalog, *blobs, std::move(archive))
        .run(
            {.since = request.since,
             .to = std::max(end, request.since),
             .checkpoint = state.checkpoint,
             .made = clock.now()},
            request,
            events
        );
}

}  // namespace heliograph::mirror
