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
        .serial = page.serial,
        .status = page.mark.status};
}

}  // namespace

Error damaged_page(const verify::ProjectName& project, const std::string& seen) {
    return {
        ErrorCode::malformed,
        "expected the stored page of project " + project.text() + " as it was signed, " + seen +
            ": the disk altered it; restore the folder"};
}

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
            return damaged_page(
                project, "with sha256 " + stored->digest.to_hex() + ", it has another"
            );
        }
        HG_TRY(page, verify::parse_page(text_of(stored->body), verify::PageForm::json));
        if (page.mark.status == verify::ProjectStatus::quarantined) {
            HG_TRY(page.files, shelved_files(project));
            m_shelved.insert(project);
        }
    } else if (stored.error().code() != ErrorCode::not_found) {
        return stored.error();
    }
    return &m_pages.emplace(project, std::move(page)).first->second;
}

Result<std::vector<verify::PageFile>> PageWriter::shelved_files(const verify::ProjectName& project
) {
    HG_TRY(const auto body, m_parts.catalog.shelf(project));
    if (!body) {
        return damaged_page(project, "with the files that it keeps back, there are none");
    }
    HG_TRY(auto page, verify::parse_page(text_of(*body), verify::PageForm::json));
    return std::move(page.files);
}

Result<verify::ProjectPage*> PageWriter::known_page_of(const verify::ProjectName& project) {
    HG_TRY(auto* const page, page_of(project));
    if (page->serial.value == 0) {
        return Error(
            ErrorCode::not_found,
            "expected a project " + project.text() + " here, there is none; see: mirror list"
        );
    }
    return page;
}

Result<verify::Serial> PageWriter::note(PageChange change) {
    const auto page = m_pages.find(change.project);
    HG_ASSERT(page != m_pages.end());
    HG_TRY(const auto serial, m_transaction.take_serial());
    page->second.serial = serial;
    m_changes.push_back({.serial = serial, .change = std::move(change)});
    return serial;
}

Result<PageDigests> PageWriter::put_pages(const verify::ProjectPage& page) {
    const auto& key = m_parts.signer.key;
    HG_TRY(const auto html, render_signed(page, verify::PageForm::html, key));
    HG_TRY(const auto json, render_signed(page, verify::PageForm::json, key));
    HG_CHECK(m_transaction.put_page(page.name, verify::PageForm::html, html));
    HG_CHECK(m_transaction.put_page(page.name, verify::PageForm::json, json));
    return PageDigests{.html = html.digest, .json = json.digest};
}

Result<PageDigests> PageWriter::put(verify::ProjectPage& page) {
    if (page.mark.status != verify::ProjectStatus::quarantined) {
        if (m_shelved.contains(page.name)) {
            HG_CHECK(m_transaction.unshelve(page.name));
        }
        return put_pages(page);
    }
    const auto mark = std::exchange(page.mark, {});
    const auto shelf = verify::render_page(page, verify::PageForm::json);
    HG_CHECK(m_transaction.shelve(page.name, bytes_of(shelf)));
    return put_pages({.name = page.name, .serial = page.serial, .files = {}, .mark = mark});
}

Outcome PageWriter::finish() {
    std::map<verify::ProjectName, PageDigests> digests;
    for (const auto& noted : m_changes) {
        const auto& project = noted.change.project;
        if (!digests.contains(project)) {
            HG_TRY(const auto pages, put(m_pages.at(project)));
            digests.emplace(project, pages);
        }
    }
    for (const auto& [serial, change] : m_changes) {
        HG_CHECK(m_transaction.append_event(
            {.serial = serial,
             .time = m_parts.now,
             .action = change.action,
             .project = change.project,
             .filename = change.file,
             .pages = digests.at(change.project),
             .version = change.version}
        ));
    }
    return m_transaction.set_last_modified(m_parts.now);
}

}  // namespace heliograph::mirror
