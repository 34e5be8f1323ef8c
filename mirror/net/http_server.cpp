// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/address_limiter.hpp>
#include <mirror/net/http_server.hpp>
#include <mirror/net/listener.hpp>
#include <mirror/net/server_loop.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <thread>
#include <vector>

namespace heliograph::mirror {

namespace {

// A loop's thread takes no signals: they belong to the program's own threads. SIGPIPE among them,
// which sendfile would raise for each client that leaves early. Faults stay deliverable.
void block_signals() {
    sigset_t signals;
    sigfillset(&signals);
    for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS, SIGPROF}) {
        sigdelset(&signals, fault);
    }
    const int outcome = ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    HG_ASSERT(outcome == 0);
}

Outcome check(const ServerOptions& options, const HandlerFactory& factory) {
    if (options.threads == 0 || options.threads > 256 || options.clock == nullptr || !factory) {
        return Error(
            ErrorCode::invalid_argument,
            "expected 1 to 256 server threads, a clock and a handler to serve with"
        );
    }
    return {};
}

}  // namespace

struct HttpServer::Core {
    static Result<std::unique_ptr<Core>> make(
        ServerOptions options, HandlerFactory factory, ListenerSet listeners
    );

    Core(
        ServerOptions given_options,
        HandlerFactory given_factory,
        ListenerSet opened,
        std::vector<FileDescriptor> made
    )
        : options(std::move(given_options)),
          factory(std::move(given_factory)),
          listeners(std::move(opened)),
          wakes(std::move(made)),
          limiter(options.limits.connections_per_address) {}

    ServerOptions options;
    HandlerFactory factory;
    ListenerSet listeners;
    std::vector<FileDescriptor> wakes;
    AddressLimiter limiter;

    Outcome run_loop(std::size_t index);
    void stop() const noexcept;
};

Outcome HttpServer::Core::run_loop(std::size_t index) {
    HG_TRY(RequestHandler handler, factory());
    HG_TRY(
        const std::unique_ptr<ServerLoop> loop,
        ServerLoop::make(
            options, std::move(listeners.sockets[index]), wakes[index], limiter, std::move(handler)
        )
    );
    loop->run();
    return {};
}

void HttpServer::Core::stop() const noexcept {
    for (const FileDescriptor& wake : wakes) {
        const std::uint64_t one = 1;
        // Fails only when the counter is full: then the loop is being woken already.
        [[maybe_unused]] const auto written = ::write(wake.get(), &one, sizeof(one));
    }
}

HttpServer::HttpServer(std::unique_ptr<Core> core) : m_core(std::move(core)) {
}
HttpServer::HttpServer(HttpServer&& other) noexcept = default;
HttpServer& HttpServer::operator=(HttpServer&& other) noexcept = default;
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer::Core>> HttpServer::Core::make(
    ServerOptions options, HandlerFactory factory, ListenerSet listeners
) {
    std::vector<FileDescriptor> wakes;
    for (unsigned i = 0; i < options.threads; ++i) {
        wakes.emplace_back(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
        if (!wakes.back().is_open()) {
            return system_error(errno, "create an event descriptor");
        }
    }
    return std::make_unique<Core>(
        std::move(options), std::move(factory), std::move(listeners), std::move(wakes)
    );
}

Result<HttpServer> HttpServer::listen(ServerOptions options, HandlerFactory factory) {
    HG_CHECK(check(options, factory));
    HG_TRY(auto listeners, open_listeners(options.address, options.port, options.threads));
    HG_TRY(auto core, Core::make(std::move(options), std::move(factory), std::move(listeners)));
    return HttpServer(std::move(core));
}

Result<HttpServer> HttpServer::listen_on(
    FileDescriptor socket, ServerOptions options, HandlerFactory factory
) {
    HG_CHECK(check(options, factory));
    if (options.threads != 1) {
        return Error(
            ErrorCode::invalid_argument, "expected one server thread for one listening socket"
        );
    }
    HG_TRY(auto listeners, listeners_of(std::move(socket)));
    HG_TRY(auto core, Core::make(std::move(options), std::move(factory), std::move(listeners)));
    return HttpServer(std::move(core));
}

Result<FileDescriptor> HttpServer::open_socket(const std::string& address, std::uint16_t port) {
    HG_TRY(auto listeners, open_listeners(address, port, 1));
    return std::move(listeners.sockets.front());
}

std::uint16_t HttpServer::port() const {
    return m_core->listeners.port;
}

void HttpServer::stop() noexcept {
    m_core->stop();
}

Outcome HttpServer::run() {
    Core& core = *m_core;
    std::vector<Outcome> outcomes(core.wakes.size());
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < core.wakes.size(); ++i) {
        threads.emplace_back([&core, &outcomes, i] {
            block_signals();
            outcomes[i] = core.run_loop(i);
            if (!outcomes[i]) {
                core.stop();
            }
        });
    }
    threads.clear();
    for (Outcome& outcome : outcomes) {
        HG_CHECK(std::move(outcome));
    }
    return {};
}

}  // namespace heliograph::mirror
