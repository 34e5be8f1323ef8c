// SPDX-License-Identifier: Apache-2.0
#include <mirror/export/export_run.hpp>
#include <mirror/export/tree_writer.hpp>
#include <mirror/fleet/index_path.hpp>
#include <mirror/fleet/tree_place.hpp>
#include <mirror/journal/changelog.hpp>
#include <mirror/store/left_out_list.hpp>
#include <pki/base/clock.hpp>
#include <verify/detached/server_key.hpp>
#include <verify/index/page_json.hpp>
#include <verify/index/root_list.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::string_view changelog_folder = "changelog";
constexpr std::string_view since_prefix = "since-";
constexpr std::string_view json_suffix = ".json";

std::string changelog_place(std::uint64_t since) {
    return std::string(changelog_folder) + "/" + std::string(since_prefix) + std::to_string(since) +
           std::string(json_suffix);
}

// The serial in the name of a changelog page; none of any other name.
std::optional<std::uint64_t> since_of(std::string_view name) {
    if (!name.starts_with(since_prefix) || !name.ends_with(json_suffix)) {
        return std::nullopt;
    }
    name.remove_prefix(since_prefix.size());
    name.remove_suffix(json_suffix.size());
    std::uint64_t serial = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), serial);
    if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) {
        return std::nullopt;
    }
    return serial;
}

class Export {
  public:
    Export(
        const MirrorFolder& folder, const Catalog& catalog, const BlobStore& blobs, TreeWriter tree
    )
        : m_folder(folder), m_catalog(catalog), m_blobs(blobs), m_tree(std::move(tree)) {}

    Result<ExportReport> run(const ExportRequest& request, EventSink& events) {
        HG_CHECK(put_evidence());
        HG_TRY(const auto state, m_catalog.state());
        HG_TRY(auto projects, m_catalog.projects());
        events.emit(
            {.level = EventLevel::debug,
             .name = "export.plan",
             .fields = {{"projects", std::to_string(projects.size())}}}
        );
        for (const auto& project : projects) {
            if (request.stop.stop_requested()) {
                return Error(
                    ErrorCode::cancelled,
                    "the export was stopped; run the same command again to complete it"
                );
            }
            HG_CHECK(put_project(project.name));
            events.emit(
                {.level = EventLevel::debug,
                 .name = "export.project.written",
                 .fields = {{"project", project.name.text()}}}
            );
        }
        ExportReport report{.projects = projects.size()};
        HG_CHECK(put_list(state.last_serial));
        HG_CHECK(put_changelog(state));
        if (state.last_modified) {
            const auto line = format_last_modified(*state.last_modified) + "\n";
            HG_CHECK(m_tree.put("last-modified", bytes_of(line)));
        }
        HG_CHECK(m_tree.finish());
        report.written = m_tree.written();
        report.kept = m_tree.kept();
        report.removed = m_tree.removed();
        report.left_out = m_left_out;
        report.foreign = m_tree.foreign();
        return report;
    }

  private:
    // First, so that no page is there before the certificate that it needs.
    Outcome put_evidence() {
        const auto put = [this](EvidenceKind kind, std::string_view place) -> Outcome {
            const auto document = m_catalog.evidence(kind);
            if (document) {
                return m_tree.put(std::string(place), *document);
            }
            return document.error().code() == ErrorCode::not_found ? Outcome()
                                                                   : Outcome(document.error());
        };
        HG_CHECK(put(EvidenceKind::signer_chain, signer_chain_path));
        HG_CHECK(put(EvidenceKind::revocation_lists, revocation_lists_path));
        // A mirror must not give out the server key (PEP 381).
        if (m_folder.marker().role == MirrorRole::master) {
            HG_CHECK(put(EvidenceKind::server_key, "serverkey"));
            HG_CHECK(put(EvidenceKind::mirrors, mirrors_document_path));
            HG_CHECK(put(EvidenceKind::mirrors_signature, mirrors_signature_path));
        }
        return m_tree.flush();
    }

    // Quarantined projects have a page and stand in no list.
    Outcome put_list(verify::Serial serial) {
        HG_TRY(const auto states, m_catalog.projects_since(0, verify::limits::root_projects));
        verify::RootList list{.serial = serial, .projects = {}};
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
        const auto html = verify::render_root(list, verify::PageForm::html);
        HG_CHECK(m_tree.put("simple/index.html", bytes_of(html)));
        const auto json = verify::render_root(list, verify::PageForm::json);
        return m_tree.put("simple/index.json", bytes_of(json));
    }

    // Only what a page names is served, whatever the records say.
    Outcome put_project(const verify::ProjectName& project) {
        HG_TRY(const auto html, m_catalog.page(project, verify::PageForm::html));
        HG_TRY(const auto json, m_catalog.page(project, verify::PageForm::json));
        auto page = verify::parse_page(text_of(json.body), verify::PageForm::json);
        if (!page) {
            return std::move(page).error().at("page of project " + project.text());
        }
        std::vector<LeftOutFile> left_out_files;
        for (const auto& file : page->files) {
            HG_TRY(const auto left_out, m_catalog.left_out(file.path()));
            if (left_out) {
                left_out_files.push_back(*left_out);
                continue;
            }
            HG_CHECK(put_blob(file_path(file.path()), file.sha256));
            // The places of these two do not hold their digests, so that their bytes are compared.
            if (file.core_metadata) {
                HG_TRY(
                    const auto document,
                    read_blob(m_blobs, *file.core_metadata, verify::limits::core_metadata_bytes)
                );
                HG_CHECK(m_tree.put(file_path(file.path()) + ".metadata", document));
            }
            if (file.provenance) {
                HG_TRY(
                    const auto document,
                    read_blob(m_blobs, *file.provenance, verify::limits::provenance_bytes)
                );
                HG_CHECK(m_tree.put(provenance_path(file.name), document));
            }
        }
        // By the mirror's filter: the tree answers 404 for them, and says why in a list beside.
        if (!left_out_files.empty()) {
            m_left_out += left_out_files.size();
            const auto list = render_left_out_list(left_out_files);
            HG_CHECK(m_tree.put(left_out_place(project), bytes_of(list)));
        }
        const auto folder = page_path(project);
        HG_CHECK(m_tree.put(folder + "index.html", html.body));
        HG_CHECK(put_signature(project, verify::PageForm::html, html.signature));
        HG_CHECK(m_tree.put(folder + "index.json", json.body));
        return put_signature(project, verify::PageForm::json, json.signature);
    }

    // A mirror of an upstream that signs nothing has none. During a signer's rollover both lie
    // there, each under the name of its key too.
    Outcome put_signature(
        const verify::ProjectName& project, verify::PageForm form, const Bytes& signature
    ) {
        if (signature.empty()) {
            return {};
        }
        HG_CHECK(m_tree.put(signature_path(project, form), signature));
        HG_TRY(const auto other_key, m_catalog.other_key());
        if (!other_key) {
            return {};
        }
        HG_TRY(const auto key_pem, m_catalog.evidence(EvidenceKind::server_key));
        HG_TRY(const auto key, pki::PublicKey::parse_pem(text_of(key_pem)));
        HG_CHECK(m_tree.put(signature_path(project, form, verify::key_id(key)), signature));
        HG_TRY(const auto other, m_catalog.other_signature(project, form));
        return other ? m_tree.put(signature_path(project, form, *other_key), *other) : Outcome();
    }

    Outcome put_blob(const std::string& place, const pki::Sha256& digest) {
        auto blob = m_blobs.open(digest);
        if (!blob) {
            return std::move(blob).error().at(place);
        }
        return m_tree.put_blob(place, *blob);
    }

    // Every beginning of a page that was ever shown stays one: a follower may stand there.
    // But for those below the journal's checkpoint: a follower there has to compare the list.
    Outcome put_changelog(const CatalogState& state) {
        const verify::Serial last = state.last_serial;
        std::set<std::uint64_t> beginnings{state.checkpoint.value, last.value};
        HG_TRY(const auto names, m_tree.names_in(std::string(changelog_folder)));
        for (const auto& name : names) {
            const auto since = since_of(name);
            if (since && *since > state.checkpoint.value && *since < last.value) {
                beginnings.insert(*since);
            }
        }
        for (auto next = beginnings.begin(); std::next(next) != beginnings.end(); ++next) {
            HG_CHECK(put_changelog_pages({*next}, {*std::next(next)}));
        }
        const Changelog end{.last_serial = last, .events = {}, .more = false};
        return m_tree.put(changelog_place(last.value), bytes_of(render_changelog(end)));
    }

    // The pages between two beginnings: as many as the limit of a page asks for.
    Outcome put_changelog_pages(verify::Serial since, verify::Serial until) {
        while (since < until) {
            HG_TRY(
                auto events,
                m_catalog.events({.after = since, .up_to = until}, changelog_limits::events)
            );
            if (events.empty()) {
                // Nothing between: the next beginning is reached all the same.
                const Changelog none{.last_serial = until, .events = {}, .more = false};
                return m_tree.put(changelog_place(since.value), bytes_of(render_changelog(none)));
            }
            const auto reached = events.back().serial;
            const Changelog page{.last_serial = reached, .events = std::move(events), .more = true};
            HG_CHECK(m_tree.put(changelog_place(since.value), bytes_of(render_changelog(page))));
            since = reached;
        }
        return {};
    }

    const MirrorFolder& m_folder;
    const Catalog& m_catalog;
    const BlobStore& m_blobs;
    TreeWriter m_tree;
    std::size_t m_left_out = 0;
};

}  // namespace

Result<ExportReport> export_folder(
    const MirrorFolder& folder, const ExportRequest& request, EventSink& events
) {
    HG_TRY(const auto lock, folder.lock());
    HG_TRY(const auto catalog, folder.open_catalog());
    const auto blobs = folder.open_blobs();
    HG_TRY(auto tree, TreeWriter::open(request.tree));
    return Export(folder, *catalog, *blobs, std::move(tree)).run(request, events);
}

}  // namespace heliograph::mirror
