// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/page_writer.hpp>
#include <mirror/publish/second_signature.hpp>
#include <pki/crypto/digest_check.hpp>
#include <pki/crypto/signature_check.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

constexpr std::size_t batch_projects = 2'000;
// How many projects a thread checks in a row, with the key looked up once.
constexpr std::size_t projects_in_a_row = 64;

// One page of a project, as far as its second signature goes.
struct SecondSigned {
    pki::Sha256 digest{};
    Bytes signature;
    Bytes body;  ///< Of a key that signs no digests alone.
};
using SecondSignedPages = std::vector<SecondSigned>;  // Both forms of each project, in turn.

Result<SecondSignedPages> read_pages(
    const Catalog& catalog, const std::vector<verify::RootEntry>& projects, bool with_bodies
) {
    SecondSignedPages pages;
    pages.reserve(projects.size() * both_forms.size());
    HG_TRY(const auto digests, catalog.page_digests(projects));
    for (std::size_t at = 0; at < projects.size(); ++at) {
        for (const auto form : both_forms) {
            const bool is_html = form == verify::PageForm::html;
            HG_TRY(auto signature, catalog.other_signature(projects[at].name, form));
            SecondSigned page{
                .digest = is_html ? digests[at].html : digests[at].json,
                .signature = std::move(signature).value_or(Bytes()),
                .body = {}};
            if (with_bodies) {
                HG_TRY(auto stored, catalog.page(projects[at].name, form));
                page.body = std::move(stored.body);
            }
            pages.push_back(std::move(page));
        }
    }
    return pages;
}

Result<bool> is_by(const pki::PublicKey& key, const SecondSigned& page) {
    HG_TRY(
        const auto outcome,
        pki::check_signature(key, pki::SignedBytes(page.body), pki::SignatureBytes(page.signature))
    );
    return outcome == pki::SignatureOutcome::valid;
}

// The first project of the batch with a bad one; the number of projects when there is none.
Result<std::size_t> first_bad(
    const SecondSignedPages& pages, const pki::PublicKey& key, Workers workers
) {
    const std::size_t projects = pages.size() / both_forms.size();
    const std::size_t rows = (projects + projects_in_a_row - 1) / projects_in_a_row;
    std::vector<std::size_t> bad(rows, projects);
    HG_CHECK(for_each_piece(rows, workers, [&](std::size_t row) -> Outcome {
        auto check = pki::DigestCheck::make(key);  // None of a key that signs no digests.
        const std::size_t end = std::min(projects, (row + 1) * projects_in_a_row);
        for (std::size_t at = row * projects_in_a_row; at < end; ++at) {
            for (std::size_t form = 0; form < both_forms.size(); ++form) {
                const auto& page = pages[at * both_forms.size() + form];
                HG_TRY(
                    const bool holds,
                    check ? Result<bool>(check->accepts(page.digest, page.signature))
                          : is_by(key, page)
                );
                if (!holds && bad[row] == projects) {
                    bad[row] = at;
                }
            }
        }
        return {};
    }));
    const auto found =
        std::find_if(bad.begin(), bad.end(), [&](std::size_t at) { return at != projects; });
    return found == bad.end() ? projects : *found;
}

}  // namespace

Result<std::optional<verify::ProjectName>> find_bad_second_signature(
    const Catalog& catalog,
    std::span<const verify::RootEntry> projects,
    const pki::PublicKey& key,
    Workers workers
) {
    const bool with_bodies = !pki::DigestCheck::make(key).has_value();
    for (std::size_t from = 0; from < projects.size(); from += batch_projects) {
        const std::size_t end = std::min(projects.size(), from + batch_projects);
        const std::vector<verify::RootEntry> batch(
            projects.begin() + static_cast<std::ptrdiff_t>(from),
            projects.begin() + static_cast<std::ptrdiff_t>(end)
        );
        HG_TRY(const auto pages, read_pages(catalog, batch, with_bodies));
        HG_TRY(const auto bad, first_bad(pages, key, workers));
        if (bad != batch.size()) {
            return std::optional(batch[bad].name);
        }
    }
    return std::optional<verify::ProjectName>();
}

}  // namespace heliograph::mirror
