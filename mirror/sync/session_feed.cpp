// SPDX-License-Identifier: Apache-2.0
// An upstream that signs nothing and tells what changed: its feed is asked in place of its list,
// which is compared once a day, and whenever the feed fails.
#include <mirror/sync/sync_session.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::array<UpstreamFeed, 2> known_feeds{UpstreamFeed::journal, UpstreamFeed::warehouse};

// What comes of asking somebody for a feed that he has not.
bool may_mean_none(const Error& error) {
    return error.code() == ErrorCode::malformed || error.code() == ErrorCode::unsupported ||
           error.code() == ErrorCode::too_large;
}

}  // namespace

bool SyncSession::may_ask_feed() {
    if (m_upstream.numbering != PageNumbering::upstream || m_report.to.value == 0 ||
        m_options.reconcile == Reconcile::yes || m_filter_changed) {
        return false;
    }
    const bool due =
        !m_upstream.reconciled || m_started - *m_upstream.reconciled >= m_options.list_interval;
    if (due && m_upstream.feed == UpstreamFeed::list) {
        m_upstream.feed = UpstreamFeed::undecided;  // It may have one by now.
    }
    return !due && m_upstream.feed != UpstreamFeed::list;
}

// @return None: the list tells.
Result<std::optional<Chapter>> SyncSession::feed_chapter() {
    if (!may_ask_feed()) {
        return std::optional<Chapter>();
    }
    for (const auto feed : known_feeds) {
        const bool chosen = m_upstream.feed == feed;
        if (!chosen && m_upstream.feed != UpstreamFeed::undecided) {
            continue;
        }
        auto news = m_parts.upstream.news(feed, m_report.to);
        if (!news) {
            const auto wish = m_parts.upstream.take_wish();
            if (wish && wish->scope == RetryWish::Scope::client) {
                HG_CHECK(rest(*wish));
                return std::move(news).error();
            }
            if (news.error().code() == ErrorCode::cancelled) {
                return std::move(news).error();
            }
            if (!chosen && may_mean_none(news.error())) {
                continue;
            }
            tell_feed(feed, news.error().describe());
            return std::optional<Chapter>();
        }
        if (*news && (*news)->last < m_report.to) {
            tell_feed(
                feed,
                "expected serial " + std::to_string(m_report.to.value) +
                    " or higher, which it showed before; its last serial is " +
                    std::to_string((*news)->last.value)
            );
            return std::optional<Chapter>();
        }
        if (*news) {
            m_upstream.feed = feed;
            return std::optional(take_news(**news));
        }
        if (chosen) {
            tell_feed(feed, "there is no such feed any more, or not from so far back");
            m_upstream.feed = UpstreamFeed::undecided;
            return std::optional<Chapter>();
        }
    }
    m_upstream.feed = UpstreamFeed::list;
    return std::optional<Chapter>();
}

Chapter SyncSession::take_news(const FeedNews& news) {
    Chapter chapter{.events = {}, .next = news.next, .more = news.more};
    for (const auto& change : news.changes) {
        m_tasks.add(
            {.project = change.project,
             .wanted = change.serial,
             .expect = change.kind == FeedChange::Kind::removal ? ProjectTask::Expect::removal
                                                                : ProjectTask::Expect::page,
             .digests = std::nullopt}
        );
        if (change.kind != FeedChange::Kind::other) {
            chapter.withdrawals.push_back({.project = change.project, .time = change.time});
        }
    }
    if (m_report.to < chapter.next) {
        chapter.gap = SerialRange{.after = m_report.to, .up_to = chapter.next};
    }
    m_upstream.last_serial = std::max(m_upstream.last_serial, news.last);
    m_upstream.answered = m_parts.clock.now();
    m_upstream.not_before.reset();
    return chapter;
}

void SyncSession::tell_feed(UpstreamFeed feed, std::string reason) const {
    m_parts.events.emit(
        {.level = EventLevel::warning,
         .name = "sync.feed",
         .fields =
             {{"feed", feed == UpstreamFeed::journal ? "journal" : "xml-rpc"},
              {"instead", "list"},
              {"reason", std::move(reason)}}}
    );
}

}  // namespace heliograph::mirror
