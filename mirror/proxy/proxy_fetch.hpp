// SPDX-License-Identifier: Apache-2.0
// The tasks of the proxy's crew: one verified page, one verified file. Private to this room.
#pragma once

#include <mirror/fetch/fetch_crew.hpp>
#include <mirror/fetch/fetch_session.hpp>
#include <mirror/proxy/proxy_path.hpp>
#include <mirror/proxy/proxy_policy.hpp>
#include <mirror/proxy/proxy_record.hpp>
#include <mirror/proxy/shelf.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/event_sink.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <variant>

namespace heliograph::mirror {

/// What is asked for below a page.
using DocumentAsked = std::variant<FileAsked, MetadataAsked, ProvenanceAsked>;

/// The file that it belongs to; its key on the shelf, which is its path on every server.
[[nodiscard]] const verify::DistFileName& file_of(const DocumentAsked& asked);
[[nodiscard]] std::string shelf_key(const DocumentAsked& asked);

/// A promise of the page's for what was asked.
struct Listed {
    PromisedDocument document;
    ProxyNote::Kind kind = ProxyNote::Kind::file;
};

/// What the page says of it, if it lists it at all.
[[nodiscard]] std::optional<Listed> find_listed(
    const verify::ProjectPage& page, const DocumentAsked& asked
);

/// @thread Safe.
class ProxyFetch {
  public:
    /// @param events  Outlives it; null: nobody is told.
    ProxyFetch(
        PageShelf& pages,
        FileShelf& files,
        ProxyRecord& record,
        const Clock& clock,
        std::filesystem::path spool_folder,
        ProxyPolicy policy,
        EventSink* events
    );

    /// Records that the policy keeps this out. @return  What the client is told.
    [[nodiscard]] Refusal object(ProxyNote::Kind kind, std::string subject, std::string why);
    [[nodiscard]] const ProxyPolicy& policy() const { return m_policy; }

    [[nodiscard]] FetchCrew::Task page_task(
        const verify::ProjectName& project, const std::shared_ptr<PageJob>& job
    );
    [[nodiscard]] FetchCrew::Task file_task(
        const DocumentAsked& asked, const std::shared_ptr<FileJob>& job
    );

  private:
    [[nodiscard]] PageJob::Result get_page(
        FetchSession& session, const verify::ProjectName& project
    );
    struct Delivered {
        std::uint64_t size_bytes = 0;
    };
    [[nodiscard]] std::variant<Delivered, Refusal> get_file(
        FetchSession& session, const DocumentAsked& asked, const std::shared_ptr<FileJob>& job
    );
    [[nodiscard]] Refusal refused(
        ProxyNote::Kind kind, std::string subject, Refusal refusal, std::vector<MirrorFailure> why
    );
    void verified(ProxyNote note);

    PageShelf& m_pages;
    FileShelf& m_files;
    ProxyRecord& m_record;
    const Clock& m_clock;
    const std::filesystem::path m_spool_folder;
    const ProxyPolicy m_policy;
    EventSink* const m_events;
};

}  // namespace heliograph::mirror
