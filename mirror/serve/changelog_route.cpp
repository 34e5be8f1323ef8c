// SPDX-License-Identifier: Apache-2.0
// `/changelog?since=N&limit=M`: what has changed after serial N.
#include <mirror/journal/changelog.hpp>
#include <mirror/net/request_target.hpp>
#include <mirror/serve/document_reply.hpp>
#include <mirror/serve/route.hpp>

#include <charconv>

namespace heliograph::mirror {

namespace {

// The number, the fallback when absent; none when it is no number of that range.
std::optional<std::uint64_t> number_in_query(
    const HttpRequest& request, std::string_view name, std::uint64_t fallback
) {
    const auto value = query_value(request.query, name);
    if (!value) {
        return std::nullopt;
    }
    if (!*value) {
        return fallback;
    }
    const std::string& text = **value;
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
        number > verify::max_serial.value) {
        return std::nullopt;
    }
    return number;
}

}  // namespace

Result<HttpReply> answer_changelog(const HttpRequest& request, ReadView& view) {
    const auto since = number_in_query(request, "since", 0);
    const auto most = number_in_query(request, "limit", changelog_limits::events);
    if (!since || !most || *most == 0) {
        return HttpReply::sentence(
            400, "Ask with since=N and limit=M, both whole numbers, M from 1 to 1000."
        );
    }
    HG_TRY(
        const Changelog page,
        read_changelog(view.catalog, verify::Serial{*since}, static_cast<std::size_t>(*most))
    );
    const auto document = prepare_bytes(to_bytes(render_changelog(page)), {"application/json"});
    return reply_with(request, *document, view.blobs);
}

}  // namespace heliograph::mirror
