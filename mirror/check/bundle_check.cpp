// SPDX-License-Identifier: Apache-2.0
#include <mirror/bundle/bundle_intake.hpp>
#include <mirror/check/bundle_check.hpp>
#include <mirror/check/passing_blobs.hpp>
#include <mirror/fleet/index_path.hpp>
#include <verify/index/root_list.hpp>

#include <set>
#include <utility>

namespace heliograph::mirror {

namespace {

/// What one pass over a bundle left.
class BundleCopy final : public IndexCopy {
  public:
    BundleCopy(const BundleIntake& intake, const IntakeFaults& faults, std::string source)
        : m_contents(intake.contents()),
          m_held(intake.stored().begin(), intake.stored().end()),
          m_faults(faults),
          m_source(std::move(source)) {}

    [[nodiscard]] std::string source() const override { return m_source; }

    [[nodiscard]] Result<std::optional<Bytes>> evidence(std::string_view path) const override {
        return path == signer_chain_path ? m_contents.chain_pem : m_contents.revocation_pem;
    }

    [[nodiscard]] Result<std::vector<verify::ProjectName>> projects() const override {
        std::vector<verify::ProjectName> names;
        names.reserve(m_contents.pages.size());
        for (const auto& [name, page] : m_contents.pages) {
            names.push_back(name);
        }
        return names;
    }

    [[nodiscard]] Result<std::optional<CopiedList>> listed() const override {
        if (!m_contents.root_list) {
            return std::optional<CopiedList>();
        }
        HG_TRY(const auto text, m_contents.spool.read(*m_contents.root_list));
        HG_TRY(auto list, verify::parse_root_json(text_of(text)));
        return std::optional(CopiedList{verify::names_of(std::move(list))});
    }

    [[nodiscard]] Result<std::optional<CopiedPage>> page(
        const verify::ProjectName& project, verify::PageForm form
    ) const override {
        const auto found = m_contents.pages.find(project);
        if (found == m_contents.pages.end()) {
            return std::optional<CopiedPage>();
        }
        const auto& bundled = found->second.form(form);
        HG_TRY(auto body, m_contents.spool.read(bundled.body));
        return std::optional(CopiedPage{std::move(body), bundled.signature});
    }

    [[nodiscard]] Result<std::optional<verify::Verdict>> check(const PromisedDocument& promise
    ) const override {
        const auto& digest = promise.expectation.sha256;
        if (const auto fault = m_faults.files.find(digest); fault != m_faults.files.end()) {
            return std::optional(fault->second);
        }
        if (!m_held.contains(digest)) {
            return std::optional<verify::Verdict>();
        }
        // The intake held these bytes against their digest as they went by.
        verify::Verdict verdict;
        verdict.pass("sha256 of " + promise.expectation.subject);
        return std::optional(std::move(verdict));
    }

    [[nodiscard]] bool should_hold(const PromisedDocument& promise) const override {
        const auto& digest = promise.expectation.sha256;
        return m_contents.manifest.since.value == 0 || m_held.contains(digest) ||
               m_faults.files.contains(digest);
    }

    [[nodiscard]] bool may_lack_pages() const override {
        return m_contents.manifest.since.value != 0;
    }

    [[nodiscard]] std::string place_of(const PromisedDocument& /*promise*/) const override {
        return m_source;
    }
    [[nodiscard]] std::string place_of(
        const verify::ProjectName& /*project*/, verify::PageForm /*form*/
    ) const override {
        return m_source;
    }

    [[nodiscard]] Result<std::optional<Instant>> last_modified() const override {
        return std::optional(m_contents.manifest.made);
    }

    // The intake refuses a file that no page before it names.
    [[nodiscard]] Result<std::vector<StoredFile>> stored_files() const override {
        return std::vector<StoredFile>();
    }

  private:
    const BundleContents& m_contents;
    std::set<pki::Sha256> m_held;
    const IntakeFaults& m_faults;
    std::string m_source;
};

verify::CheckedItem check_archive(
    const Outcome& read, const BundleIntake& intake, const BundleCheckRequest& request
) {
    verify::CheckedItem item{"archive", request.file.string()};
    if (!read) {
        item.error = read.error();
        return item;
    }
    if (request.digest && *request.digest != intake.digest()) {
        item.verdict.add(
            {.id = "bundle-digest-mismatch",
             .subject = item.name,
             .expected = "sha256 " + request.digest->to_hex(),
             .seen = "sha256 " + intake.digest().to_hex(),
             .source = item.place,
             .advice = "it is not the one that was made"}
        );
    }
    item.verdict.pass("seal of the archive");
    return item;
}

}  // namespace

Result<CopyReport> check_bundle(
    const BundleCheckRequest& request,
    const verify::JudgementBasis& basis,
    const CheckDemands& demands
) {
    HG_TRY(auto reader, BundleReader::open(request.file));
    HG_TRY(auto spool, BundleSpool::open(request.spool_folder));
    PassingBlobs blobs;
    SilentSink silence;
    IntakeFaults faults;
    BundleIntake intake(
        std::move(reader),
        BundleContents(std::move(spool)),
        {.blobs = blobs,
         .trust = basis.trust,
         .policy = basis.policy,
         .at = basis.at,
         .source = request.file.string(),
         .stop = {},
         .events = silence,
         .faults = &faults}
    );
    HG_TRY([[maybe_unused]] const auto manifest, intake.open());
    const auto read = intake.run();
    const BundleCopy copy(intake, faults, request.file.string());
    HG_TRY(auto checked, check_copy(copy, basis, demands));
    auto& items = checked.report.items;
    items.insert(items.begin(), check_archive(read, intake, request));
    return checked;
}

}  // namespace heliograph::mirror
