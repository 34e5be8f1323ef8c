// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/page_writer.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/index/page_json.hpp>

#include <optional>
#include <utility>

namespace heliograph::mirror {

namespace {

Result<StoredPage> render_signed(
    const verify::ProjectPage& page, verify::PageForm form, const pki::PrivateKey& key
) {
    auto body = to_bytes(verify::render_page(page, form));
    HG_TRY(auto signature, verify::sign_page(key, body));
    const auto digest = pki::sha256(body);
    return StoredPage{
        .body = std::move(body),
        .digest = digest,
        .signature = std::move(signature),
        .serial = page.serial};
}

}  // namespace

Result<verify::ProjectPage*> PageWriter::page_of(const verify::ProjectName& project) {
    const auto known = m_pages.find(project);
    if (known != m_pages.end()) {
        return &known->second;
    }
    const auto stored = m_parts.catalog.page(project, verify::PageForm::json);
    verify::ProjectPage page{.name = project, .serial = {}, .files = {}};
    if (stored) {
        // What a damaged disk gives back must not be signed as if we had said it.
        if (pki::sha256(stored->body) != stored->digest) {
            return Error(
                ErrorCode::malformed,
                "expected the stored page of project " + project.text() + " to have sha256 " +
                    stored->digest.to_hex() +
                    ", it has another: the disk altered it; restore the folder"
            );
        }
        HG_TRY(page, verify::parse_page(text_of(stored->body), verify::PageForm::json));
    } else if (stored.error().code() != ErrorCode::not_found) {
        return stored.error();
    }
    return &m_pages.emplace(project, std::move(page)).first->second;
}

Result<verify::Serial> PageWriter::note(JournalAction action, const verify::DistFileName& file) {
    const auto page = m_pages.find(file.project());
    HG_ASSERT(page != m_pages.end());
    HG_TRY(const auto serial, m_transaction.take_serial());
    page->second.serial = serial;
    m_changes.push_back({.serial = serial, .action = action, .file = file});
    return serial;
}

Outcome PageWriter::finish() {
    std::map<verify::ProjectName, PageDigests> digests;
    for (const auto& change : m_changes) {
        const auto& project = change.file.project();
        if (digests.contains(project)) {
            continue;
        }
        const auto& page = m_pages.at(project);
        const auto& key = m_parts.signer.key;
        HG_TRY(const auto html, render_signed(page, verify::PageForm::html, key));
        HG_TRY(const auto json, render_signed(page, verify::PageForm::json, key));
        HG_CHECK(m_transaction.put_page(project, verify::PageForm::html, html));
        HG_CHECK(m_transaction.put_page(project, verify::PageForm::json, json));
        digests.emplace(project, PageDigests{.html = html.digest, .json = json.digest});
    }
    for (const auto& change : m_changes) {
        HG_CHECK(m_transaction.append_event(
            {.serial = change.serial,
             .time = m_parts.now,
             .action = change.action,
             .project = change.file.project(),
             .filename = change.file,
             .pages = digests.at(change.file.project())}
        ));
    }
    return m_transaction.set_last_modified(m_parts.now);
}

}  // namespace heliograph::mirror
