// SPDX-License-Identifier: Apache-2.0
// What an upstream that signs nothing tells of changes, besides its list: a journal in our JSON, or
// the main index's XML-RPC.
#include <mirror/journal/cursor.hpp>
#include <mirror/sync/unsigned_upstream.hpp>
#include <mirror/sync/warehouse_answer.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr int feed_ok = 200;

// What says that there is nothing of that kind, and not that it cannot be had now.
bool says_no_such_feed(int status) {
    constexpr int timed_out = 408;
    constexpr int too_many = 429;
    return status >= 300 && status < 500 && status != timed_out && status != too_many;
}

FeedNews news_of(const Changelog& page, verify::Serial since) {
    FeedNews news{.changes = {}, .next = since, .last = page.last_serial, .more = page.more};
    for (const auto& event : page.events) {
        news.next = event.serial;
        if (!event.project) {
            continue;
        }
        const bool is_removal = event.action == JournalAction::remove_project;
        news.changes.push_back(
            {.project = *event.project,
             .serial = event.serial,
             .time = event.time,
             .kind = is_removal ? FeedChange::Kind::removal
                                : (is_withdrawal(event.action) ? FeedChange::Kind::withdrawal
                                                               : FeedChange::Kind::other)}
        );
    }
    if (!page.more) {
        news.next = page.last_serial;
    }
    return news;
}

FeedChange::Kind kind_of_row(const WarehouseRow& row) {
    switch (change_of(row.action)) {
        case WarehouseChange::removal:
            return FeedChange::Kind::removal;
        case WarehouseChange::withdrawal:
            return FeedChange::Kind::withdrawal;
        case WarehouseChange::other:
            break;
    }
    return FeedChange::Kind::other;
}

FeedNews news_of(const std::vector<WarehouseRow>& rows, verify::Serial last) {
    FeedNews news{
        .changes = {},
        .next = rows.back().serial,
        .last = std::max(last, rows.back().serial),
        .more = rows.size() == warehouse_rows};
    for (const auto& row : rows) {
        if (row.project) {
            news.changes.push_back(
                {.project = *row.project,
                 .serial = row.serial,
                 .time = row.time,
                 .kind = kind_of_row(row)}
            );
        }
    }
    return news;
}

}  // namespace

Result<std::optional<FeedNews>> UnsignedUpstream::news(UpstreamFeed feed, verify::Serial since) {
    switch (feed) {
        case UpstreamFeed::journal:
            return journal_news(since);
        case UpstreamFeed::warehouse:
            return warehouse_news(since);
        case UpstreamFeed::undecided:
        case UpstreamFeed::list:
            break;
    }
    return std::optional<FeedNews>();
}

Result<std::optional<FeedNews>> UnsignedUpstream::journal_news(verify::Serial since) {
    if (m_list_place.empty()) {
        return std::optional<FeedNews>();  // Its base is a list, beside which no journal lies.
    }
    HG_TRY(const auto page, changes_since(since));
    if (!page) {
        return std::optional<FeedNews>();
    }
    // By the rules of a journal that is signed: a page that leads nowhere would be asked for ever.
    HG_TRY([[maybe_unused]] const auto in_order, sort_changes(since, *page));
    return std::optional(news_of(*page, since));
}

Result<std::optional<FeedNews>> UnsignedUpstream::warehouse_news(verify::Serial since) {
    HG_TRY(const auto answer, call("changelog_last_serial", std::nullopt));
    if (!answer) {
        return std::optional<FeedNews>();
    }
    HG_TRY(const auto last, read_last_serial(*answer));
    if (last <= since) {
        return std::optional(FeedNews{.changes = {}, .next = since, .last = last, .more = false});
    }
    HG_TRY(const auto told, call("changelog_since_serial", since));
    if (!told) {
        return std::optional<FeedNews>();
    }
    HG_TRY(const auto rows, read_changelog_rows(*told, since));
    if (rows.empty()) {
        return Error(
            ErrorCode::malformed,
            "expected " + source() + " to tell what happened between serial " +
                std::to_string(since.value) + " and its last, " + std::to_string(last.value) +
                "; it tells nothing"
        );
    }
    return std::optional(news_of(rows, last));
}

Result<std::optional<RootAnswer>> UnsignedUpstream::project_serials() {
    HG_TRY(const auto last, call("changelog_last_serial", std::nullopt));
    if (!last) {
        return std::optional<RootAnswer>();
    }
    HG_TRY(const auto serial, read_last_serial(*last));
    HG_TRY(const auto told, call("list_packages_with_serial", std::nullopt));
    if (!told) {
        return std::optional<RootAnswer>();
    }
    HG_TRY(auto projects, read_package_serials(*told));
    return std::optional(RootAnswer{
        .list = {.serial = serial, .projects = std::move(projects)},
        .etag = {},
        .numbering = PageNumbering::upstream});
}

// The main index asks for a pause between two calls.
Outcome UnsignedUpstream::rest_between_calls() {
    const auto now = std::chrono::steady_clock::now();
    if (m_last_call) {
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock(mutex);
        wake.wait_until(lock, stop(), *m_last_call + call_pause(), [] { return false; });
        if (stop().stop_requested()) {
            return Error(ErrorCode::cancelled, "the call to " + source() + " was called off");
        }
    }
    m_last_call = std::max(now, std::chrono::steady_clock::now());
    return {};
}

Result<std::optional<XmlRpcNode>> UnsignedUpstream::call(
    std::string_view method, std::optional<verify::Serial> serial
) {
    HG_CHECK(rest_between_calls());
    HG_TRY(
        const auto document,
        get(
            {.place = m_list_place.empty() ? "../pypi" : "pypi",
             .limit_bytes = xml_rpc_answer_limits::text_bytes,
             .accept = "text/xml",
             .post_xml = render_xml_rpc_call(method, serial)}
        )
    );
    const auto& response = document.response;
    if (says_no_such_feed(response.status)) {
        return std::optional<XmlRpcNode>();
    }
    if (response.status != feed_ok) {
        return Error(
            ErrorCode::network,
            "expected status 200 from " + response.url.to_string() + ", saw " +
                std::to_string(response.status)
        );
    }
    auto answer = parse_xml_rpc_answer(text_of(document.body));
    if (!answer) {
        return std::move(answer).error().at(response.url.to_string());
    }
    if (const auto* const failure = std::get_if<XmlRpcFailure>(&*answer)) {
        return failed_call(method, *failure);
    }
    return std::optional(std::get<XmlRpcNode>(*std::move(answer)));
}

Result<std::optional<XmlRpcNode>> UnsignedUpstream::failed_call(
    std::string_view method, const XmlRpcFailure& failure
) {
    constexpr std::int64_t no_such_method = -32601;
    if (failure.code == no_such_method) {
        return std::optional<XmlRpcNode>();
    }
    if (failure.text.starts_with("HTTPTooManyRequests")) {
        note_wish({.scope = RetryWish::Scope::client, .pause = std::chrono::seconds(0)});
    }
    return Error(
        ErrorCode::network,
        "expected " + source() + " to answer " + std::string(method) + ", it says " +
            std::to_string(failure.code) + ": " + verify::printable(failure.text)
    );
}

}  // namespace heliograph::mirror
