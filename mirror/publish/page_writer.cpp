// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/page_writer.hpp>
#include <mirror/store/parallel.hpp>
#include <pki/crypto/digest_signer.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/index/page_json.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace heliograph::mirror {

namespace {

// So many pages are held ready at once: those of a whole import would fill the memory.
constexpr std::size_t most_editions = 256;

// Signs as many pages as it is made for, with the key looked up once where the scheme allows it.
class PageSigner {
  public:
    explicit PageSigner(const pki::PrivateKey& key) : m_key(key) {}

    Result<Bytes> sign(const verify::HashedPage& page) {
        if (!pki::signs_digests(m_key)) {
            return verify::sign_page(m_key, page.bytes);
        }
        if (!m_prepared) {
            HG_TRY(m_prepared, pki::DigestSigner::make(m_key));
        }
        return verify::sign_page(*m_prepared, page);
    }

  private:
    const pki::PrivateKey& m_key;
    std::optional<pki::DigestSigner> m_prepared;
};

Result<StoredPage> render_signed(
    const verify::ProjectPage& page, verify::PageForm form, PageSigner& signer
) {
    auto body = to_bytes(verify::render_page(page, form));
    const auto digest = pki::sha256(body);
    HG_TRY(auto signature, signer.sign({.bytes = body, .digest = digest}));
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

// What is offered of a page now, before it is rendered.
struct PageWriter::Edition {
    const verify::ProjectPage* page;
    std::optional<verify::ProjectPage> emptied;  // Of a quarantined project.
    std::array<StoredPage, both_forms.size()> forms{};
    std::array<Bytes, both_forms.size()> other_signatures{};  // During a rollover.

    [[nodiscard]] const verify::ProjectPage& offered() const { return emptied ? *emptied : *page; }
};

Result<PageWriter::Edition> PageWriter::edition_of(verify::ProjectPage& page) {
    Edition edition{.page = &page, .emptied = std::nullopt};
    if (page.mark.status != verify::ProjectStatus::quarantined) {
        if (m_shelved.contains(page.name)) {
            HG_CHECK(m_transaction.unshelve(page.name));
        }
        return edition;
    }
    const auto mark = std::exchange(page.mark, {});
    const auto shelf = verify::render_page(page, verify::PageForm::json);
    HG_CHECK(m_transaction.shelve(page.name, bytes_of(shelf)));
    edition.emptied = {.name = page.name, .serial = page.serial, .files = {}, .mark = mark};
    return edition;
}

// On all cores: the two forms of a large page take as long as hundreds of small ones.
Outcome PageWriter::render(std::vector<Edition>& editions, const SigningPair& signers) const {
    constexpr std::size_t most_in_a_row = 32;
    const std::size_t all = editions.size() * both_forms.size();
    const std::size_t row = std::clamp<std::size_t>(all / 16, 1, most_in_a_row);
    return for_each_piece((all + row - 1) / row, {}, [&](std::size_t piece) -> Outcome {
        PageSigner signer(signers.first.key);
        PageSigner other(signers.other != nullptr ? signers.other->key : signers.first.key);
        for (std::size_t at = piece * row; at < std::min(all, (piece + 1) * row); ++at) {
            auto& edition = editions[at / both_forms.size()];
            const std::size_t form = at % both_forms.size();
            auto& page = edition.forms[form];
            HG_TRY(page, render_signed(edition.offered(), both_forms[form], signer));
            if (signers.other != nullptr) {
                HG_TRY(
                    edition.other_signatures[form],
                    other.sign({.bytes = page.body, .digest = page.digest})
                );
            }
        }
        return {};
    });
}

Outcome PageWriter::put(const Edition& edition) {
    const auto& project = edition.page->name;
    for (std::size_t form = 0; form < both_forms.size(); ++form) {
        HG_CHECK(m_transaction.put_page(project, both_forms[form], edition.forms[form]));
        if (!edition.other_signatures[form].empty()) {
            HG_CHECK(m_transaction.put_other_signature(
                project, both_forms[form], edition.other_signatures[form]
            ));
        }
    }
    const auto display_name = m_display_names.find(project);
    return display_name == m_display_names.end()
               ? Outcome()
               : m_transaction.put_display_name(project, display_name->second);
}

Outcome PageWriter::finish() {
    HG_TRY(const auto signers, signing_pair(m_parts.catalog, m_parts.keys, m_parts.now));
    std::map<verify::ProjectName, PageDigests> digests;
    std::vector<Edition> editions;
    const auto put_all = [&]() -> Outcome {
        HG_CHECK(render(editions, signers));
        for (const auto& edition : editions) {
            HG_CHECK(put(edition));
            const auto& forms = edition.forms;
            digests.at(edition.page->name) = {.html = forms[0].digest, .json = forms[1].digest};
        }
        editions.clear();
        return {};
    };
    for (const auto& noted : m_changes) {
        const auto& project = noted.change.project;
        if (!digests.try_emplace(project).second) {
            continue;
        }
        HG_TRY(auto edition, edition_of(m_pages.at(project)));
        editions.push_back(std::move(edition));
        if (editions.size() == most_editions) {
            HG_CHECK(put_all());
        }
    }
    HG_CHECK(put_all());
    for (const auto& [serial, change] : m_changes) {
        const bool begins = change.action == JournalAction::create_project ||
                            change.action == JournalAction::add_release;
        HG_CHECK(m_transaction.append_event(
            {.serial = serial,
             .time = m_parts.now,
             .action = change.action,
             .project = change.project,
             .filename = change.file,
             .pages = begins ? std::nullopt : std::optional(digests.at(change.project)),
             .version = change.version,
             .reason = change.reason}
        ));
    }
    return m_transaction.set_last_modified(m_parts.now);
}

}  // namespace heliograph::mirror
