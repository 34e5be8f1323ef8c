// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/trust_state_file.hpp>
#include <tools/cli/folder.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/fetch/fetch_house.hpp>
#include <tools/commands/mirror_sources.hpp>
#include <tools/commands/transport.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::tools::fetch_commands {

namespace {

// What volunteers who run mirrors put up with from one client.
constexpr std::size_t requests_per_mirror = 4;
constexpr std::size_t most_requests = 16;

verify::PagePolicy policy_of(const FetchOptions& options) {
    switch (verification_of(options)) {
        case Verification::none:
            return verify::no_evidence_page_policy();
        case Verification::standard:
            return verify::default_page_policy();
        case Verification::strict:
            break;
    }
    return verify::strict_page_policy();
}

// What earlier runs kept, and this one keeps; none of it where there is no home for it.
struct Caches {
    std::shared_ptr<mirror::FileCache> files;
    std::shared_ptr<mirror::PageCache> pages;
};

Result<Caches> caches_of(const FetchOptions& options, const verify::TrustBundle& trust) {
    const auto home = cache_home();
    if (options.offline && (options.no_cache || options.no_verify || !home)) {
        return Error(
            ErrorCode::invalid_argument,
            "expected --offline with the cache of earlier runs, whose pages are signed, saw " +
                std::string(
                    !home               ? "neither HOME nor XDG_CACHE_HOME"
                    : options.no_verify ? "--no-verify"
                                        : "--no-cache (or HELIOGRAPH_NO_CACHE)"
                )
        );
    }
    if (options.no_cache || !home) {
        return Caches{};
    }
    // An eighth for pages.
    const std::uint64_t most_bytes = options.cache_mib << 20U;
    Caches caches{std::make_shared<mirror::FileCache>(*home / "files", most_bytes), nullptr};
    auto ids = verify::authority_ids(trust);
    if (!options.no_verify && !ids.empty()) {
        caches.pages =
            std::make_shared<mirror::PageCache>(*home / "pages", most_bytes / 8, std::move(ids));
    }
    return caches;
}

// Opens no socket, whatever is asked for.
class NoTransport final : public mirror::Transport {
  public:
    [[nodiscard]] Result<mirror::HttpResponse> fetch(
        const mirror::HttpGet& request, mirror::BodySink& /*sink*/
    ) override {
        return Error(
            ErrorCode::invalid_argument,
            "expected all that is needed at hand, as --offline asks nobody, saw a need for " +
                request.url.to_string()
        );
    }
};

Result<std::unique_ptr<mirror::Transport>> open_no_transport() {
    return std::unique_ptr<mirror::Transport>(std::make_unique<NoTransport>());
}

void close_cache(mirror::CacheFolder& cache, std::string_view what, Console& console) {
    cache.sweep();
    if (const auto trouble = cache.trouble()) {
        console.warn(
            std::string(what) + " are not kept as they should be: " + trouble->describe() +
            "; mend that, or say --no-cache"
        );
    }
}

unsigned threads_for(const FetchOptions& options, const mirror::MirrorList& mirrors) {
    const auto usual = std::min(most_requests, requests_per_mirror * mirrors.mirrors.size());
    return options.jobs.value_or(static_cast<unsigned>(usual));
}

}  // namespace

Result<std::unique_ptr<FetchHouse>> FetchHouse::open(
    const FetchOptions& options, Console& console
) {
    auto house = std::make_unique<FetchHouse>(FleetState::open(console));
    auto& self = *house;
    verify::TrustState state;
    if (!options.no_verify) {
        HG_TRY(self.m_trust, load_trust(options.trust));
        HG_TRY(self.m_state_files, trust_state_paths(self.m_trust));
        HG_TRY(state, local_fault(mirror::load_trust_state(self.m_state_files)));
    } else if (!options.trust.empty()) {
        HG_TRY(self.m_trust, load_trust(options.trust));
    }
    HG_TRY(auto tls, make_client_context(self.m_trust, options.tls, self.m_clock));
    HG_TRY(const auto caches, caches_of(options, self.m_trust));
    self.m_cache = caches.files;
    self.m_pages = caches.pages;
    LateTransport reaching;
    NoTransport staying;
    mirror::Transport& transport =
        options.offline ? static_cast<mirror::Transport&>(staying) : reaching;
    HG_TRY(
        auto mirrors,
        find_mirrors(
            {.options = options,
             .trust = self.m_trust,
             .transport = transport,
             .tls = tls,
             .policy = policy_of(options),
             .now = self.m_clock.now(),
             .reach =
                 options.offline ? MirrorQuestion::Reach::nobody : MirrorQuestion::Reach::anybody},
            console
        )
    );
    self.m_first_mirror = mirrors.mirrors.front().url;
    const auto threads = threads_for(options, mirrors);
    mirror::CrewPlan plan{
        .mirrors = std::move(mirrors),
        .known = self.m_fleet.known(),
        .trust = self.m_trust,
        .clock = self.m_clock,
        .policy = policy_of(options),
        .tls = std::move(tls),
        .state = std::move(state),
        .conduct =
            {.retries = {},
             .keep_evidence = self.m_fleet.evidence_keeper(),
             .cache = self.m_cache,
             .pages = self.m_pages,
             .reach = options.offline ? mirror::FetchConduct::Reach::kept
                                      : mirror::FetchConduct::Reach::mirrors},
        .open_transport = options.offline ? open_no_transport : open_transport,
        .keep = {},
        .most_threads = threads};
    plan.conduct.retries.rounds = options.retries + 1;
    plan.keep = [&self](const auto& noted, const auto& learnt) -> Outcome {
        // What is known of mirrors is a convenience: only serials that were seen are owed.
        if (auto kept = self.m_fleet.keep(noted); !kept) {
            self.m_unkept = std::move(kept).error();
        }
        return mirror::save_trust_state(self.m_state_files, learnt);
    };
    self.m_crew.emplace(std::move(plan));
    return house;
}

Result<std::filesystem::path> FetchHouse::scratch() {
    if (!m_scratch) {
        HG_TRY(auto folder, ScratchFolder::make());
        m_scratch.emplace(std::move(folder));
    }
    return m_scratch->path();
}

Outcome FetchHouse::close(Console& console) {
    auto stopped = m_crew->stop();
    if (m_unkept) {
        FleetState::warn_of(console, *m_unkept);
    }
    if (m_cache) {
        close_cache(m_cache->folder(), "fetched files", console);
    }
    if (m_pages) {
        close_cache(m_pages->folder(), "pages", console);
    }
    return stopped;
}

}  // namespace heliograph::tools::fetch_commands
