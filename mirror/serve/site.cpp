// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/prepared.hpp>
#include <mirror/serve/router.hpp>
#include <mirror/serve/site.hpp>

namespace heliograph::mirror {

namespace {

// What all threads are given.
struct SiteShare {
    std::size_t cache_bytes = 0;
    std::shared_ptr<RootIndex> roots;
    FirstLook first_look;
};

// What one thread serves from. Threads share the list of projects and nothing else.
struct ThreadSite {
    ThreadSite(
        std::unique_ptr<Catalog> opened_catalog,
        std::unique_ptr<BlobStore> opened_blobs,
        MirrorRole role,
        const SiteShare& share
    )
        : catalog(std::move(opened_catalog)),
          blobs(std::move(opened_blobs)),
          cache(share.cache_bytes),
          view{*catalog, *blobs, role, cache, 0, share.roots} {}

    std::unique_ptr<Catalog> catalog;
    std::unique_ptr<BlobStore> blobs;
    PreparedCache cache;
    ReadView view;
    SilentSink silence;
};

Result<RequestHandler> make_handler(
    const MirrorFolder& folder, const SiteShare& share, EventSink* events
) {
    HG_TRY(std::unique_ptr<Catalog> catalog, folder.open_catalog());
    auto site = std::make_shared<ThreadSite>(
        std::move(catalog), folder.open_blobs(), folder.marker().role, share
    );
    return RequestHandler([site, events, look = share.first_look](const HttpRequest& request) {
        if (look) {
            if (auto answer = look(request)) {
                return *std::move(answer);
            }
        }
        EventSink& sink = events != nullptr ? *events : site->silence;
        return HttpAnswer(answer_request(request, site->view, sink));
    });
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
    EventSink* const events = options.server.events;
    HG_TRY(
        HttpServer server,
        HttpServer::listen(
            std::move(options.server),
            [folder,
             events,
             share =
                 SiteShare{
                     options.cache_bytes, std::make_shared<RootIndex>(), options.first_look}] {
                return make_handler(folder, share, events);
            }
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
