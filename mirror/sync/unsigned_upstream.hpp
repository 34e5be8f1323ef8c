// SPDX-License-Identifier: Apache-2.0
// An index that signs nothing and tells no journal: the main index, devpi, pypiserver, a
// bandersnatch tree, one of ours. Its list of projects is the feed; its pages, in whatever dialect,
// are made anew in our own form, with files where this mirror serves them.
//
//   page as served -> foreign_page (model) -> places and hashes judged -> ProjectPage -> both forms
//
// What vouches: the certificate of its server, and of each file the SHA-256 that its page states.
#pragma once

#include <mirror/store/folder.hpp>
#include <mirror/sync/upstream.hpp>
#include <mirror/sync/xml_rpc_value.hpp>
#include <verify/index/foreign_page.hpp>

#include <map>
#include <optional>
#include <string>
#include <variant>

namespace heliograph::mirror {

/// @thread, lifetime As Upstream.
class UnsignedUpstream final : public Upstream {
  public:
    /// @param access  Its base is the index's base URL, or the list of projects itself when its
    /// last part is `simple` or `+simple`.
    UnsignedUpstream(Transport& transport, UpstreamAccess access, UnsignedTerms terms);

    [[nodiscard]] Vouching vouching() const override { return Vouching::hashes_and_tls; }

    /// A list that is not sent when it is known. @errors As Upstream.
    [[nodiscard]] Outcome check_line(verify::Serial cursor) override;

    /// The pages as they are here, or made from what the upstream shows. Findings of `reading`:
    /// `file-without-hash`, `file-place-refused`; `file-left-out` (warning).
    /// @errors As Upstream; malformed, too_large, unsupported (the page).
    [[nodiscard]] Result<PageAnswer> pages(const PageQuestion& question) override;

    [[nodiscard]] Result<std::optional<RootAnswer>> projects(const std::string& known) override;

    [[nodiscard]] Result<std::optional<FeedNews>> news(UpstreamFeed feed, verify::Serial since)
        override;
    [[nodiscard]] Result<std::optional<RootAnswer>> project_serials() override;

  protected:
    /// @errors not_found (no page names this file), as pages().
    [[nodiscard]] Result<std::string> place_of(const verify::FilePath& path) override;

  private:
    /// One page as it was read.
    struct ReadPage {
        verify::ForeignPage page;
        Url url;
        std::string tag;
    };
    enum class Absence { gone, unchanged };

    [[nodiscard]] Result<std::variant<ReadPage, Absence>> read_page(
        const verify::ProjectName& project, const std::string& known
    );
    [[nodiscard]] std::optional<std::string> admit_place(
        const verify::ForeignFile& file, const Url& page, verify::Verdict& verdict
    ) const;
    [[nodiscard]] bool is_known_host(const Url& url) const;
    [[nodiscard]] verify::ProjectPage take_page(
        const verify::ProjectName& project, ReadPage read, verify::Verdict& verdict
    );
    void report_left_out(const verify::ForeignPage& page, verify::Verdict& verdict) const;
    void refuse_file(
        const verify::ForeignFile& file, verify::Finding finding, verify::Verdict& verdict
    ) const;

    [[nodiscard]] Result<std::optional<FeedNews>> journal_news(verify::Serial since);
    [[nodiscard]] Result<std::optional<FeedNews>> warehouse_news(verify::Serial since);
    /// @return None: it knows no such call.
    [[nodiscard]] Result<std::optional<XmlRpcNode>> call(
        std::string_view method, std::optional<verify::Serial> serial
    );
    [[nodiscard]] Result<std::optional<XmlRpcNode>> failed_call(
        std::string_view method, const XmlRpcFailure& failure
    );
    [[nodiscard]] Outcome rest_between_calls();

    UnsignedTerms m_terms;
    std::optional<std::chrono::steady_clock::time_point> m_last_call;
    std::string m_list_place;
    std::string m_list_tag;  ///< Of the list that was seen last.
    /// Where the files lie that pages named, of the project that was asked for last.
    std::map<std::string, std::string> m_places;
};

}  // namespace heliograph::mirror
