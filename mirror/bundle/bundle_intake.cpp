// SPDX-License-Identifier: Apache-2.0
#include <mirror/bundle/bundle_intake.hpp>
#include <mirror/fleet/index_path.hpp>
#include <verify/gate/page_gate.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace limits = verify::limits;

// A journal that nobody signed must not unpack to more than it could honestly hold.
std::uint64_t journal_limit_bytes(std::uint64_t archive_bytes) {
    return std::min(
        bundle_limits::journal_bytes,
        bundle_limits::small_journal_bytes + archive_bytes * bundle_limits::journal_density
    );
}

std::optional<ByteSpan> intake_view(const std::optional<Bytes>& document) {
    return document ? std::optional<ByteSpan>(*document) : std::nullopt;
}

}  // namespace

BundleIntake::BundleIntake(BundleReader reader, BundleContents contents, IntakeParts parts)
    : m_reader(std::move(reader)), m_contents(std::move(contents)), m_parts(std::move(parts)) {
}

Outcome BundleIntake::next() {
    if (m_parts.stop.stop_requested()) {
        return Error(
            ErrorCode::cancelled, "the run was stopped; run the same command again to go on"
        );
    }
    HG_TRY(m_entry, m_reader.next());
    return {};
}

bool BundleIntake::is_at(std::string_view name) const {
    return m_entry && m_entry->name == name;
}

Error BundleIntake::unexpected(std::string_view expected) const {
    if (!m_entry) {
        return {
            ErrorCode::malformed,
            "expected " + std::string(expected) + " in " + m_parts.source +
                ", the archive ends; it was cut off, carry it over again"};
    }
    return {
        ErrorCode::malformed,
        "expected " + std::string(expected) + " in " + m_parts.source + ", saw the entry '" +
            verify::printable(m_entry->name) + "'"};
}

// The content of the present entry; then the next one is the present.
Result<Bytes> BundleIntake::take(std::uint64_t limit_bytes) {
    HG_TRY(auto content, m_reader.read_all(limit_bytes));
    m_listing.add(m_entry->name, content.size(), pki::sha256(content));
    HG_CHECK(next());
    return content;
}

Result<BundleManifest> BundleIntake::open() {
    HG_CHECK(next());
    if (!is_at(bundle_manifest_name)) {
        return unexpected("a bundle, which begins with " + std::string(bundle_manifest_name) + ",");
    }
    HG_TRY(const auto text, take(bundle_limits::document_bytes));
    HG_TRY(m_contents.manifest, parse_bundle_manifest(text_of(text)));
    return m_contents.manifest;
}

Outcome BundleIntake::run() {
    HG_CHECK(take_evidence());
    if (m_parts.faults == nullptr && !m_signers->usable()) {
        // Nobody vouches for anything behind it, so that none of it is unpacked.
        return {};
    }
    auto done = take_all();
    if (!done) {
        // What was right so far is kept for the next try; the first error is the one to tell.
        static_cast<void>(store_batch());
        return done;
    }
    HG_TRY(m_digest, m_reader.finish());
    return {};
}

Outcome BundleIntake::take_all() {
    HG_CHECK(take_journal());
    HG_CHECK(take_list());
    HG_CHECK(take_projects());
    HG_CHECK(store_batch());
    return take_seal();
}

Outcome BundleIntake::take_evidence() {
    if (is_at(signer_chain_path)) {
        HG_TRY(m_contents.chain_pem, take(limits::server_key_bytes));
    }
    if (is_at(revocation_lists_path)) {
        HG_TRY(m_contents.revocation_pem, take(limits::revocation_bytes));
    }
    HG_TRY(
        auto signers,
        verify::judge_signers(
            {.chain_pem = intake_view(m_contents.chain_pem),
             .revocation_pem = intake_view(m_contents.revocation_pem),
             .source = m_parts.source},
            m_parts.trust,
            m_parts.policy,
            m_parts.at
        )
    );
    if (signers.usable()) {
        m_signer_verdict.pass("signers of " + m_parts.source);
    } else {
        m_signer_verdict = signers.verdict();
    }
    m_signers = std::move(signers);
    return {};
}

Outcome BundleIntake::take_journal() {
    const auto& manifest = m_contents.manifest;
    verify::Serial since = manifest.journal_since();
    bool more = true;
    while (m_entry && m_entry->name.starts_with("changelog/")) {
        if (!more || !is_at("changelog/" + std::to_string(since.value) + ".json")) {
            return unexpected("the journal from serial " + std::to_string(since.value) + " on");
        }
        if (m_contents.journal.size() >= bundle_limits::changelog_pages ||
            m_contents.spool.size_bytes() > journal_limit_bytes(m_reader.size_bytes()) ||
            m_contents.removed.size() > limits::root_projects) {
            return Error(ErrorCode::too_large, "expected a shorter journal in " + m_parts.source);
        }
        HG_TRY(const auto text, take(limits::changelog_page_bytes));
        HG_TRY(const auto page, parse_changelog(text_of(text)));
        const bool sound = page.last_serial == manifest.to && !page.events.empty() &&
                           page.events.front().serial > since;
        if (!sound) {
            return Error(
                ErrorCode::malformed,
                "expected the events between " + std::to_string(since.value) + " and " +
                    std::to_string(manifest.to.value) + " in " + m_parts.source + ", saw others"
            );
        }
        for (const auto& event : page.events) {
            if (event.project && event.action == JournalAction::remove_project) {
                m_contents.removed.insert(*event.project);
            } else if (event.project) {
                m_contents.removed.erase(*event.project);
            }
        }
        HG_TRY(const auto body, m_contents.spool.add(text));
        m_contents.journal.push_back({.since = since, .body = body});
        since = page.events.back().serial;
        more = page.more;
    }
    // A claim without an event would move the cursor over nothing.
    if (since < manifest.to || (more && !m_contents.journal.empty())) {
        return unexpected("the journal from serial " + std::to_string(since.value) + " on");
    }
    return {};
}

Outcome BundleIntake::take_list() {
    if (!m_contents.manifest.is_whole()) {
        return {};
    }
    if (!is_at("simple/index.json")) {
        return unexpected("the list of projects");
    }
    HG_TRY(const auto list, take(limits::root_list_bytes));
    HG_TRY(m_contents.root_list, m_contents.spool.add(list));
    return {};
}

Outcome BundleIntake::take_projects() {
    constexpr std::string_view folder = "simple/";
    constexpr std::string_view page = "/index.json";
    while (m_entry && !is_at(bundle_seal_name)) {
        const std::string_view name = m_entry->name;
        if (!name.starts_with(folder) || !name.ends_with(page)) {
            return unexpected("the page of a project or the end");
        }
        HG_TRY(
            const auto project,
            verify::parse_normalised_name(
                name.substr(folder.size(), name.size() - folder.size() - page.size())
            )
        );
        // Ascending, so that no project comes twice.
        if (m_last && project <= *m_last) {
            return unexpected("projects in the order of their names");
        }
        m_last = project;
        HG_CHECK(take_project(project));
    }
    return {};
}

Result<std::optional<Bytes>> BundleIntake::take_signature(
    const verify::ProjectName& project, verify::PageForm form
) {
    if (!is_at(signature_path(project, form))) {
        return std::optional<Bytes>();
    }
    HG_TRY(auto signature, take(limits::signature_bytes));
    return std::optional(std::move(signature));
}

Outcome BundleIntake::take_project(const verify::ProjectName& project) {
    m_wanted.clear();
    m_page_let_in = false;
    HG_TRY(const auto json, take(limits::page_bytes));
    BundledPage page;
    HG_TRY(page.json.signature, take_signature(project, verify::PageForm::json));
    HG_TRY(
        auto judgement,
        verify::judge_page(
            {.wanted = project,
             .form = verify::PageForm::json,
             .page = json,
             .signature = intake_view(page.json.signature),
             .source = m_parts.source},
            *m_signers,
            {}
        )
    );
    if (!is_at(page_path(project) + "index.html")) {
        return unexpected("both forms of the page of " + project.text());
    }
    HG_TRY(const auto html, take(limits::page_bytes));
    HG_TRY(page.html.signature, take_signature(project, verify::PageForm::html));
    // What nobody signed is not even kept aside: it must not fill the disk. The HTML form is judged
    // by the sync engine, together with this one.
    if (judgement.page || m_parts.faults != nullptr) {
        HG_TRY(page.json.body, m_contents.spool.add(json));
        HG_TRY(page.html.body, m_contents.spool.add(html));
        m_contents.pages.emplace(project, std::move(page));
    }
    if (judgement.page) {
        m_page_let_in = true;
        want(*judgement.page);
    } else if (m_parts.faults == nullptr) {
        HG_CHECK(refuse(project, judgement.verdict));
    }
    HG_CHECK(take_blobs());
    m_parts.events.emit(
        {.level = EventLevel::debug,
         .name = "unbundle.project",
         .fields = {{"project", project.text()}}}
    );
    return {};
}

Outcome BundleIntake::refuse(const verify::ProjectName& project, const verify::Verdict& verdict) {
    if (m_contents.refused.size() >= bundle_limits::refused_pages) {
        return Error(
            ErrorCode::refused,
            "expected pages that their signer vouches for in " + m_parts.source + ", " +
                std::to_string(m_contents.refused.size()) + " are others; nothing is taken from it"
        );
    }
    m_contents.refused.emplace(project, verdict.describe());
    return {};
}

Outcome BundleIntake::take_seal() {
    if (!is_at(bundle_seal_name)) {
        return unexpected("the end of the bundle");
    }
    HG_TRY(const auto text, m_reader.read_all(bundle_limits::document_bytes));
    HG_TRY(const auto seal, parse_bundle_seal(text_of(text)));
    if (seal != m_listing.seal()) {
        return Error(
            ErrorCode::malformed,
            "expected " + m_parts.source +
                " to hold the entries that its end lists, it holds others; carry it over again"
        );
    }
    HG_CHECK(next());
    return m_entry ? Outcome(unexpected("nothing behind the end")) : Outcome();
}

}  // namespace heliograph::mirror
