// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/resign.hpp>
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/detached/server_key.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

constexpr std::string_view resign_format = "heliograph-resign-1";
constexpr std::uint64_t resign_limit_bytes = 64 * 1024;
constexpr std::array both_forms{verify::PageForm::html, verify::PageForm::json};

// One page between its reading and its writing.
struct ResignedPage {
    const verify::ProjectName* project;
    verify::PageForm form;
    StoredPage page;
};

// What a damaged disk gives back must not be signed as if we had said it.
Outcome sign_anew(ResignedPage& one, const pki::PrivateKey& key) {
    auto& page = one.page;
    if (pki::sha256(page.body) != page.digest) {
        return Error(
            ErrorCode::malformed,
            "expected the stored page of project " + one.project->text() + " to have sha256 " +
                page.digest.to_hex() + ", it has another: the disk altered it; restore the folder"
        );
    }
    HG_TRY(page.signature, verify::sign_page(key, page.body));
    return {};
}

void keep_once(std::vector<pki::Certificate>& list, const pki::Certificate& certificate) {
    if (std::find(list.begin(), list.end(), certificate) == list.end()) {
        list.push_back(certificate);
    }
}

// Certificates of a second chain behind those of the first; each stands once.
verify::ServerKeyEvidence joined(
    verify::ServerKeyEvidence first, const verify::ServerKeyEvidence& second, Instant now
) {
    std::erase_if(first.signers, [&](const auto& signer) { return signer.not_after() < now; });
    for (const auto& signer : second.signers) {
        if (signer.not_after() >= now) {
            keep_once(first.signers, signer);
        }
    }
    for (const auto& intermediate : second.intermediates) {
        keep_once(first.intermediates, intermediate);
    }
    return first;
}

Result<verify::ServerKeyEvidence> chain_of(const pki::Credential& signer) {
    return verify::parse_server_key(signer.chain_pem());
}

}  // namespace

// How far the signing came, and under whom.
struct Resigner::Progress {
    std::string signer;  ///< Fingerprint, hex.
    std::string after;   ///< The last project of the last batch; empty before the first.
    bool complete = false;
};

Result<Resigner::Progress> Resigner::load(const pki::Certificate& signer) const {
    const Progress none{.signer = signer.fingerprint().to_hex(), .after = {}};
    const auto text = read_file(m_progress, resign_limit_bytes);
    if (!text) {
        if (text.error().code() != ErrorCode::not_found) {
            return text.error();
        }
        // No rollover was ever begun: the first signer has signed everything.
        auto first = none;
        first.complete = signer == m_parts.signer.leaf;
        return first;
    }
    const auto read = [&]() -> Result<Progress> {
        HG_TRY(const auto document, parse_json(text_of(*text), {}));
        HG_TRY(const auto format, document.text_member("format"));
        Progress progress;
        HG_TRY(progress.signer, document.text_member("signer"));
        HG_TRY(progress.after, document.text_member("after"));
        const auto* complete = document.find("complete");
        if (format != resign_format || complete == nullptr || complete->if_boolean() == nullptr) {
            return Error(ErrorCode::malformed, "expected the progress of a resign run");
        }
        progress.complete = *complete->if_boolean();
        return progress;
    };
    auto progress = read();
    // A damaged note, or one of another signer's run, costs signatures and nothing else.
    return progress && progress->signer == none.signer ? std::move(progress)
                                                       : Result<Progress>(none);
}

Outcome Resigner::save(const Progress& progress) const {
    const auto text = render_json(JsonValue(JsonObject{
        {"format", resign_format},
        {"signer", progress.signer},
        {"after", progress.after},
        {"complete", progress.complete}}));
    return write_file_atomically(m_progress, bytes_of(text));
}

Result<verify::Serial> Resigner::publish_chain(const std::string& chain_pem) {
    const auto lists = m_parts.catalog.evidence(EvidenceKind::revocation_lists);
    if (!lists && lists.error().code() != ErrorCode::not_found) {
        return lists.error();
    }
    return Publisher(m_parts).publish_evidence(
        {chain_pem, lists ? std::string(text_of(*lists)) : std::string()}
    );
}

Outcome Resigner::announce(const pki::Credential& next) {
    HG_TRY(const auto stored, m_parts.catalog.evidence(EvidenceKind::signer_chain));
    HG_TRY(auto present, verify::parse_server_key(text_of(stored)));
    HG_TRY(const auto added, chain_of(next));
    // Before anything is announced: from here on, pages count as signed by another.
    HG_TRY(const auto progress, load(next.leaf));
    HG_CHECK(save(progress));
    const auto both = joined(std::move(present), added, m_parts.clock.now());
    const auto chain_pem = verify::render_server_key(both);
    // Clients refuse more signers than they take: better said now than by all of them.
    HG_TRY([[maybe_unused]] const auto readable, verify::parse_server_key(chain_pem));
    HG_TRY([[maybe_unused]] const auto serial, publish_chain(chain_pem));
    return {};
}

Result<ResignReport> Resigner::run(const ResignOptions& options) {
    ResignReport report;
    HG_TRY(auto progress, load(m_parts.signer.leaf));
    HG_TRY(const auto projects, m_parts.catalog.projects());
    auto next = progress.after.empty()
                    ? projects.begin()
                    : std::upper_bound(
                          projects.begin(),
                          projects.end(),
                          progress.after,
                          [](const std::string& after, const verify::RootEntry& entry) {
                              return after < entry.name.text();
                          }
                      );
    if (progress.complete) {
        next = projects.end();
    }
    m_parts.events.emit(
        {.level = EventLevel::debug,
         .name = "resign.plan",
         .fields = {{"projects", std::to_string(projects.end() - next)}}}
    );
    while (next != projects.end()) {
        if (options.stop.stop_requested()) {
            return Error(
                ErrorCode::cancelled,
                "the signing was stopped; run `mirror resign` again to complete it"
            );
        }
        const auto count = std::min<std::ptrdiff_t>(
            projects.end() - next, static_cast<std::ptrdiff_t>(options.batch_projects)
        );
        const std::vector<verify::RootEntry> batch(next, next + count);
        next += count;
        HG_TRY(const auto pages, sign_batch(batch, options.workers));
        progress.after = batch.back().name.text();
        HG_CHECK(save(progress));
        report.projects += batch.size();
        report.pages += pages;
        for (const auto& project : batch) {
            m_parts.events.emit(
                {.level = EventLevel::debug,
                 .name = "resign.project.signed",
                 .fields = {{"project", project.name.text()}}}
            );
        }
    }
    if (!progress.complete) {
        progress.complete = true;
        HG_CHECK(save(progress));
    }
    HG_TRY(const auto stored, m_parts.catalog.evidence(EvidenceKind::signer_chain));
    HG_TRY(const auto present, verify::parse_server_key(text_of(stored)));
    HG_TRY(auto own, chain_of(m_parts.signer));
    const auto ordered = joined(std::move(own), present, m_parts.clock.now());
    HG_TRY(report.serial, publish_chain(verify::render_server_key(ordered)));
    return report;
}

Result<std::size_t> Resigner::sign_batch(
    const std::vector<verify::RootEntry>& projects, Workers workers
) {
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    std::vector<ResignedPage> pages;
    pages.reserve(projects.size() * both_forms.size());
    for (const auto& project : projects) {
        for (const auto form : both_forms) {
            HG_TRY(auto page, m_parts.catalog.page(project.name, form));
            pages.push_back({.project = &project.name, .form = form, .page = std::move(page)});
        }
    }
    HG_CHECK(for_each_piece(pages.size(), workers, [&](std::size_t at) {
        return sign_anew(pages[at], m_parts.signer.key);
    }));
    for (const auto& one : pages) {
        HG_CHECK(transaction->put_page(*one.project, one.form, one.page));
    }
    HG_CHECK(transaction->commit());
    return pages.size();
}

Result<verify::Serial> Resigner::end_overlap() {
    HG_TRY(const auto progress, load(m_parts.signer.leaf));
    HG_TRY(const auto stored, m_parts.catalog.evidence(EvidenceKind::signer_chain));
    HG_TRY(const auto present, verify::parse_server_key(text_of(stored)));
    if (present.signers.size() > 1 && !progress.complete) {
        return Error(
            ErrorCode::conflict,
            "expected every page to be signed by " + m_parts.signer.leaf.subject() +
                " before the other signers go, some may not be; run `mirror resign` first"
        );
    }
    return publish_chain(m_parts.signer.chain_pem());
}

}  // namespace heliograph::mirror
