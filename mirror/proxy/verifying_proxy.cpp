// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/http_server.hpp>
#include <mirror/proxy/proxy_desk.hpp>
#include <mirror/proxy/proxy_path.hpp>
#include <mirror/proxy/verifying_proxy.hpp>
#include <pki/crypto/random.hpp>

#include <optional>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::size_t token_bytes = 16;

// Numeric addresses only are taken by the server, so a prefix says enough.
bool is_loopback(const std::string& address) {
    return address.starts_with("127.") || address == "::1";
}

std::string authority_of(const std::string& host, std::uint16_t port) {
    const bool is_v6 = host.find(':') != std::string::npos;
    return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

// Hands events on without the token, which is in the path of every request that knows it.
class TokenlessEvents final : public EventSink {
  public:
    TokenlessEvents(EventSink& sink, std::string token) : m_sink(sink), m_token(std::move(token)) {}

    void emit(const Event& event) override {
        Event plain = event;
        for (auto& field : plain.fields) {
            if (const auto rest = path_behind_token(field.value, m_token)) {
                field.value = std::string(*rest);
            }
        }
        m_sink.emit(plain);
    }

  private:
    EventSink& m_sink;
    const std::string m_token;
};

}  // namespace

struct VerifyingProxy::Core {
    explicit Core(ProxyPlan plan)
        : files(plan.shelf_bytes),
          clock(plan.crew.clock),
          fetch(
              pages,
              files,
              record,
              clock,
              std::move(plan.spool_folder),
              std::move(plan.policy),
              plan.events
          ),
          crew(forgetting(std::move(plan.crew))) {}

    // What a signer signed who was found out to be revoked is asked for anew.
    CrewPlan forgetting(CrewPlan plan) {
        plan.on_revoked = [this] {
            pages.forget_all();
            files.forget_all();
        };
        return plan;
    }

    PageShelf pages;
    FileShelf files;
    ProxyRecord record;
    const Clock& clock;
    ProxyFetch fetch;
    FetchCrew crew;
    std::optional<TokenlessEvents> access_events;
    std::optional<ProxyDesk> desk;
    std::optional<HttpServer> server;
    std::string url;
};

Result<VerifyingProxy> VerifyingProxy::open(ProxyPlan plan) {
    if (!is_loopback(plan.address)) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a loopback address for a proxy whose only secret is a path, as 127.0.0.1, "
            "saw " +
                plan.address
        );
    }
    HG_ASSERT(plan.crew.policy.page_signature == verify::Demand::required);
    HG_TRY(auto token, pki::random_hex(token_bytes));
    ServerOptions options{
        .address = plan.address,
        .port = plan.port,
        .wakers = WakerUse::all,
        .clock = &plan.crew.clock};
    // A client with many connections at once is what this server is for.
    options.limits.connections_per_address = 1024;
    const std::string address = plan.address;
    auto listener = std::move(plan.listener);
    const AnswerRules rules = plan.rules;
    const std::string_view index = plan.crew.trust.name;
    auto* const events = plan.events;
    auto core = std::make_unique<Core>(std::move(plan));
    if (events != nullptr) {
        options.events = &core->access_events.emplace(*events, token);
    }
    const HandlerFactory factory = [parts = core.get()]() -> Result<RequestHandler> {
        return RequestHandler([parts](const HttpRequest& request) {
            return parts->desk->answer(request);
        });
    };
    HG_TRY(
        core->server,
        listener ? HttpServer::listen_on(std::move(*listener), std::move(options), factory)
                 : HttpServer::listen(std::move(options), factory)
    );
    const auto port = core->server->port();
    core->url = "http://" + authority_of(address, port) + "/" + token + "/";
    core->desk.emplace(
        ProxyDesk::Parts{
            core->pages, core->files, core->record, core->fetch, core->crew, rules, index},
        std::move(token),
        std::vector<std::string>{authority_of(address, port), authority_of("localhost", port)}
    );
    return VerifyingProxy(std::move(core));
}

VerifyingProxy::VerifyingProxy(std::unique_ptr<Core> core) : m_core(std::move(core)) {
}
VerifyingProxy::VerifyingProxy(VerifyingProxy&& other) noexcept = default;
VerifyingProxy& VerifyingProxy::operator=(VerifyingProxy&& other) noexcept = default;
VerifyingProxy::~VerifyingProxy() = default;

const std::string& VerifyingProxy::url() const {
    return m_core->url;
}

std::uint16_t VerifyingProxy::port() const {
    return m_core->server->port();
}

Outcome VerifyingProxy::run() {
    auto served = m_core->server->run();
    auto kept = m_core->crew.stop();
    return served ? std::move(kept) : std::move(served);
}

void VerifyingProxy::stop() noexcept {
    m_core->server->stop();
}

ProxyCounts VerifyingProxy::counts() const {
    return m_core->record.counts();
}

std::vector<ProxyNote> VerifyingProxy::notes() const {
    return m_core->record.notes();
}

}  // namespace heliograph::mirror
