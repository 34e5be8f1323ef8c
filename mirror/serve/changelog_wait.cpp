// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/changelog_query.hpp>
#include <mirror/serve/changelog_wait.hpp>
#include <mirror/serve/router.hpp>

#include <chrono>
#include <utility>

namespace heliograph::mirror {

namespace {

using SteadyClock = std::chrono::steady_clock;

class ChangelogWait final : public Exchange {
  public:
    struct Parts {
        HttpRequest request;
        ReadView& view;
        EventSink& events;
        std::shared_ptr<const void> keeper;
        verify::Serial since;
        SteadyClock::time_point until;
        std::uint64_t counter;
    };
    explicit ChangelogWait(Parts parts) : m_parts(std::move(parts)) {}

    // There is no body: see below.
    [[nodiscard]] std::size_t appetite_bytes() override { return 0; }
    void take(ByteSpan /*piece*/) override {}
    void end() override {}
    [[nodiscard]] AtStop at_stop() const override { return AtStop::ends; }

    [[nodiscard]] std::optional<HttpReply> reply() override {
        if (SteadyClock::now() < m_parts.until && !has_news()) {
            return std::nullopt;
        }
        m_parts.request.turn = 0;
        return answer_request(m_parts.request, m_parts.view, m_parts.events);
    }

  private:
    // What cannot be read is news too: the answer tells it.
    bool has_news() {
        const auto counter = m_parts.view.catalog.change_counter();
        if (!counter) {
            return true;
        }
        if (*counter == m_parts.counter) {
            return false;
        }
        m_parts.counter = *counter;
        const auto state = m_parts.view.catalog.state();
        return !state || m_parts.since < state->last_serial;
    }

    Parts m_parts;
};

}  // namespace

std::unique_ptr<Exchange> wait_for_changes(
    const HttpRequest& request,
    ReadView& view,
    EventSink& events,
    std::shared_ptr<const void> keeper
) {
    if (request.path != "/changelog" || request.method != Method::get) {
        return nullptr;
    }
    // A body makes no sense here, and each piece of one would ask the catalogue again.
    if (request.arrival == BodyArrival::streamed || !request.body.empty()) {
        return nullptr;
    }
    const auto query = parse_changelog_query(request.query);
    if (!query || query->wait.count() == 0) {
        return nullptr;
    }
    const auto counter = view.catalog.change_counter();
    const auto state = view.catalog.state();
    if (!counter || !state || query->since < state->last_serial) {
        return nullptr;
    }
    return std::make_unique<ChangelogWait>(ChangelogWait::Parts{
        .request = request,
        .view = view,
        .events = events,
        .keeper = std::move(keeper),
        .since = query->since,
        .until = SteadyClock::now() + query->wait,
        .counter = *counter});
}

}  // namespace heliograph::mirror
