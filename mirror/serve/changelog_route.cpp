// SPDX-License-Identifier: Apache-2.0
// `/changelog?since=N&limit=M&wait=S`: what has changed after serial N.
#include <mirror/journal/changelog.hpp>
#include <mirror/net/request_target.hpp>
#include <mirror/serve/changelog_query.hpp>
#include <mirror/serve/document_reply.hpp>
#include <mirror/serve/route.hpp>
#include <pki/base/json.hpp>

#include <charconv>

namespace heliograph::mirror {

namespace {

struct QueryNumber {
    std::uint64_t fallback;
    std::uint64_t largest;
};

constexpr std::uint64_t most_wait_seconds = 30;

// The number, the fallback when absent; none when it is no number up to @p largest.
std::optional<std::uint64_t> number_in_query(
    std::string_view query, std::string_view name, QueryNumber number
) {
    const auto value = query_value(query, name);
    if (!value) {
        return std::nullopt;
    }
    if (!*value) {
        return number.fallback;
    }
    const std::string& text = **value;
    std::uint64_t seen = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seen);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
        seen > number.largest) {
        return std::nullopt;
    }
    return seen;
}

// RFC 9457. Nothing is lost for the follower: the list of projects says all that the events said.
HttpReply history_condensed(verify::Serial since, const Changelog& page) {
    constexpr int gone = 410;
    const std::string oldest = std::to_string(page.checkpoint.value);
    const JsonObject problem{
        {"type", "about:blank"},
        {"title", "Gone"},
        {"status", gone},
        {"detail",
         "The journal no longer tells what happened between serial " + std::to_string(since.value) +
             " and " + oldest +
             ". Compare the list of projects at simple/ (its _last-serial of each project) with "
             "what you have, remove what it does not name, and go on from the list's serial."},
        {"oldest-serial", page.checkpoint.value},
        {"last-serial", page.last_serial.value}};
    HeaderList head;
    head.add("Content-Type", "application/problem+json");
    head.add("Cache-Control", "no-store");
    return {
        gone,
        std::make_shared<const std::string>(head.render()),
        BytesBody{std::make_shared<const Bytes>(to_bytes(render_json(JsonValue(problem))))}};
}

}  // namespace

std::optional<ChangelogQuery> parse_changelog_query(std::string_view query) {
    const std::uint64_t largest = verify::max_serial.value;
    const auto since = number_in_query(query, "since", {0, largest});
    const auto most = number_in_query(query, "limit", {changelog_limits::events, largest});
    const auto wait = number_in_query(query, "wait", {0, most_wait_seconds});
    if (!since || !most || *most == 0 || !wait) {
        return std::nullopt;
    }
    return ChangelogQuery{
        verify::Serial{*since}, static_cast<std::size_t>(*most), std::chrono::seconds(*wait)};
}

Result<HttpReply> answer_changelog(const HttpRequest& request, ReadView& view) {
    const auto query = parse_changelog_query(request.query);
    if (!query) {
        return HttpReply::sentence(
            400,
            "Ask with since=N, limit=M and wait=S, whole numbers, M from 1 to 1000, S up to 30 "
            "seconds."
        );
    }
    HG_TRY(const Changelog page, read_changelog(view.catalog, query->since, query->most));
    if (query->since < page.checkpoint) {
        return history_condensed(query->since, page);
    }
    const auto document = prepare_bytes(to_bytes(render_changelog(page)), {"application/json"});
    return reply_with(request, *document, view.blobs);
}

}  // namespace heliograph::mirror
