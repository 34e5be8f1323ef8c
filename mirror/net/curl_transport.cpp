// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/curl_handle.hpp>
#include <mirror/net/curl_transfer.hpp>
#include <mirror/net/curl_transport.hpp>
#include <mirror/net/sigpipe_guard.hpp>

#include <algorithm>
#include <list>
#include <optional>

namespace heliograph::mirror {

namespace {

constexpr int redirects_limit = 5;
constexpr long connections_kept = 16;
constexpr std::size_t sessions_kept = 4;

Outcome start_libcurl() {
    static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
    return check_curl(started);
}

bool is_redirect(int status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

// libcurl does not know that two requests trust different roots when the difference lies in a
// context function, so each trust has connections of its own.
struct CurlTransport::Connections {
    struct Session {
        std::optional<pki::ClientContext> trust;
        CurlMultiHandle multi;
        CurlEasyHandle easy;
    };

    std::string user_agent;
    Surroundings surroundings;
    std::list<Session> sessions;  ///< The last used one first.

    [[nodiscard]] Result<Session*> session_for(const std::optional<pki::ClientContext>& trust);
    [[nodiscard]] static Result<CURLcode> drive(
        Session& session, CurlTransfer& transfer, TransferDeadlines& deadlines, const HttpGet& get
    );
    [[nodiscard]] Result<HttpResponse> fetch_once(
        const HttpGet& get, const Url& url, BodySink& sink, TransferDeadlines& deadlines
    );
};

Result<CurlTransport::Connections::Session*> CurlTransport::Connections::session_for(
    const std::optional<pki::ClientContext>& trust
) {
    const auto same = [&](const Session& session) {
        return session.trust.has_value() == trust.has_value() &&
               (!trust || session.trust->native() == trust->native());
    };
    const auto found = std::find_if(sessions.begin(), sessions.end(), same);
    if (found != sessions.end()) {
        sessions.splice(sessions.begin(), sessions, found);
        return &sessions.front();
    }
    Session session{trust, CurlMultiHandle(curl_multi_init()), CurlEasyHandle(curl_easy_init())};
    if (session.multi == nullptr || session.easy == nullptr) {
        return Error(ErrorCode::internal, "libcurl could not allocate a handle");
    }
    HG_CHECK(
        check_curl(curl_multi_setopt(session.multi.get(), CURLMOPT_MAXCONNECTS, connections_kept))
    );
    if (sessions.size() >= sessions_kept) {
        sessions.pop_back();
    }
    sessions.push_front(std::move(session));
    return &sessions.front();
}

Result<CURLcode> CurlTransport::Connections::drive(
    Session& session, CurlTransfer& transfer, TransferDeadlines& deadlines, const HttpGet& get
) {
    CURLM* multi = session.multi.get();
    const std::stop_callback wake(get.stop, [multi] {
        static_cast<void>(curl_multi_wakeup(multi));
    });
    const std::string host = get.url.origin();
    while (true) {
        if (get.stop.stop_requested()) {
            return Error(ErrorCode::cancelled, "the transfer from " + host + " was called off");
        }
        int running = 0;
        HG_CHECK(check_curl(curl_multi_perform(multi, &running)));
        int queued = 0;
        if (const CURLMsg* message = curl_multi_info_read(multi, &queued)) {
            return message->data.result;
        }
        transfer.note_progress();
        const auto now = std::chrono::steady_clock::now();
        if (const auto late = deadlines.passed(now)) {
            return Error(ErrorCode::timeout, "expected from " + host + " " + *late);
        }
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(deadlines.next() - now);
        const auto bounded = std::clamp<long>(static_cast<long>(wait.count()), 0, 1000);
        HG_CHECK(check_curl(curl_multi_poll(multi, nullptr, 0, static_cast<int>(bounded), nullptr))
        );
    }
}

Result<HttpResponse> CurlTransport::Connections::fetch_once(
    const HttpGet& get, const Url& url, BodySink& sink, TransferDeadlines& deadlines
) {
    HG_TRY(
        Session * session, session_for(url.scheme() == UrlScheme::https ? get.trust : std::nullopt)
    );
    CurlTransfer transfer(session->easy.get(), get, url, sink, deadlines);
    HG_CHECK(transfer.prepare(user_agent, surroundings));
    HG_CHECK(check_curl(curl_multi_add_handle(session->multi.get(), session->easy.get())));
    const Result<CURLcode> driven = drive(*session, transfer, deadlines, get);
    // Ends a transfer that is still going; its connection is closed then, not kept.
    HG_CHECK(check_curl(curl_multi_remove_handle(session->multi.get(), session->easy.get())));
    if (!driven) {
        return driven.error();
    }
    return transfer.conclude(*driven);
}

CurlTransport::CurlTransport(std::unique_ptr<Connections> connections)
    : m_connections(std::move(connections)) {
}
CurlTransport::~CurlTransport() = default;

Result<std::unique_ptr<CurlTransport>> CurlTransport::open(
    std::string user_agent, Surroundings surroundings
) {
    HG_CHECK(start_libcurl());
    if (user_agent.find_first_of("\r\n") != std::string::npos) {
        return Error(ErrorCode::invalid_argument, "expected a User-Agent of one line");
    }
    auto connections = std::make_unique<Connections>();
    connections->user_agent = std::move(user_agent);
    connections->surroundings = std::move(surroundings);
    return std::unique_ptr<CurlTransport>(new CurlTransport(std::move(connections)));
}

Result<HttpResponse> CurlTransport::fetch(const HttpGet& request, BodySink& sink) {
    // Plain text is sent with MSG_NOSIGNAL.
    std::optional<SigpipeGuard> guard;
    if (request.url.scheme() == UrlScheme::https) {
        guard.emplace();
    }
    TransferDeadlines deadlines(request.timeouts, std::chrono::steady_clock::now());
    Url url = request.url;
    for (int redirects = 0;; ++redirects) {
        deadlines.begin(std::chrono::steady_clock::now());
        HG_TRY(HttpResponse response, m_connections->fetch_once(request, url, sink, deadlines));
        const auto location = response.headers.find("Location");
        if (!is_redirect(response.status) || !location || redirects == redirects_limit ||
            !request.post_xml.empty()) {
            return response;
        }
        const auto target = url.resolve(*location);
        if (!target || !target->same_origin(url)) {
            return response;
        }
        url = *target;
    }
}

std::string user_agent() {
    return "heliograph/" HELIOGRAPH_VERSION;
}

}  // namespace heliograph::mirror
