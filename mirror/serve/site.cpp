// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/call_worker.hpp>
#include <mirror/serve/changelog_wait.hpp>
#include <mirror/serve/prepared.hpp>
#include <mirror/serve/router.hpp>
#include <mirror/serve/site.hpp>
#include <mirror/serve/xml_rpc_call.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

// What all threads are given.
struct SiteShare {
    std::size_t cache_bytes = 0;
    std::shared_ptr<RootIndex> roots;
    FirstLook first_look;
    const Clock* clock = nullptr;
    std::shared_ptr<CallWorker> calls;
    std::shared_ptr<CallWorker> lists;
    AccessLedger* statistics = nullptr;
};

// What one thread serves from. Threads share the list of projects and nothing else.
struct ThreadSite {
    ThreadSite(
        std::unique_ptr<Catalog> opened_catalog, const MirrorFolder& folder, const SiteShare& share
    )
        : catalog(std::move(opened_catalog)),
          blobs(folder.open_blobs()),
          cache(share.cache_bytes),
          view{
              *catalog,
              *blobs,
              folder.marker().role,
              cache,
              0,
              share.roots,
              folder.path(),
              share.clock} {}

    std::unique_ptr<Catalog> catalog;
    std::unique_ptr<BlobStore> blobs;
    PreparedCache cache;
    ReadView view;
    SilentSink silence;
};

// A file and not a text about it; given out whole, by PEP 381 "only GETs answered 200".
bool is_download(const HttpRequest& request, const HttpReply& reply) {
    constexpr int found = 200;
    const std::string_view path = request.path;
    return reply.status == found && request.method == Method::get &&
           path.starts_with("/packages/") && !path.ends_with(".metadata");
}

void count_download(const HttpRequest& request, AccessCounter& counter) {
    const std::string_view path = request.path;
    counter.count(
        path.substr(path.rfind('/') + 1), request.headers.find("User-Agent").value_or("")
    );
}

Result<RequestHandler> make_handler(
    const MirrorFolder& folder, const SiteShare& share, EventSink* events
) {
    HG_TRY(std::unique_ptr<Catalog> catalog, folder.open_catalog());
    auto site = std::make_shared<ThreadSite>(std::move(catalog), folder, share);
    return RequestHandler(
        [site,
         events,
         counter = share.statistics != nullptr ? share.statistics->counter() : nullptr,
         look = share.first_look,
         calls = share.calls,
         lists = share.lists](const HttpRequest& request) -> HttpAnswer {
            if (look) {
                if (auto answer = look(request)) {
                    return *std::move(answer);
                }
            }
            if (auto call = calls->begin(request)) {
                return call;
            }
            if (auto list = lists->begin_list(request, site->view)) {
                return list;
            }
            EventSink& sink = events != nullptr ? *events : site->silence;
            if (auto poll = wait_for_changes(request, site->view, sink, site)) {
                return poll;
            }
            auto reply = answer_request(request, site->view, sink);
            if (counter && is_download(request, reply)) {
                count_download(request, *counter);
            }
            return reply;
        }
    );
}

}  // namespace

Site::Site(HttpServer server) : m_server(std::move(server)) {
}
Site::Site(Site&& other) noexcept = default;
Site& Site::operator=(Site&& other) noexcept = default;
Site::~Site() = default;

Result<Site> Site::open(const MirrorFolder& folder, SiteOptions options) {
    // Opened once here, so that a folder that cannot be served is told of before anybody connects.
    HG_TRY(const std::unique_ptr<Catalog> probe, folder.open_catalog());
    auto& limits = options.server.limits;
    limits.request_body_bytes = std::max(limits.request_body_bytes, xml_rpc_limits::text_bytes);
    EventSink* const events = options.server.events;
    const auto roots = std::make_shared<RootIndex>();
    const SiteShare share{
        options.cache_bytes,
        roots,
        options.first_look,
        options.server.clock,
        std::make_shared<CallWorker>(folder, roots, events),
        std::make_shared<CallWorker>(folder, roots, events),
        options.statistics};
    HG_TRY(
        HttpServer server,
        HttpServer::listen(
            std::move(options.server),
            [folder, events, share] { return make_handler(folder, share, events); }
        )
    );
    return Site(std::move(server));
}

std::uint16_t Site::port() const {
    return m_server.port();
}

Outcome Site::run() {
    return m_server.run();
}

void Site::stop() noexcept {
    m_server.stop();
}

}  // namespace heliograph::mirror
