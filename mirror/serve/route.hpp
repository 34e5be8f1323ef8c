// SPDX-License-Identifier: Apache-2.0
// The routes: each turns one request into one answer. A name or digest from the request becomes a
// strict type before anything is looked up; nothing from the wire becomes a file-system path
// (threat T15). Private to this room.
#pragma once

#include <mirror/net/http_message.hpp>
#include <mirror/serve/read_view.hpp>
#include <pki/base/event_sink.hpp>
#include <pki/base/result.hpp>

#include <string_view>

namespace heliograph::mirror {

/// Forgets what was made ready when the catalogue has changed. @errors io.
/// @cost Once for all requests of a turn: three system calls.
Outcome follow_catalog(const HttpRequest& request, ReadView& view);

/// 503: the folder's own content cannot be read now.
[[nodiscard]] HttpReply unreadable_reply();
/// 503: the machine has no room for what the answer takes.
[[nodiscard]] HttpReply overloaded_reply();

/// What failed inside, as `serve.failed`.
void tell_failure(const HttpRequest& request, const Error& error, EventSink& events);

/// Whether answer_root_list() has nothing to render; then what it answers with is made ready.
[[nodiscard]] Result<bool> is_root_list_at_hand(const HttpRequest& request, ReadView& view);

/// Each is given the part of the path behind its prefix, and answers by itself what concerns the
/// request (301, 400, 404, 406, 416).
/// @errors not_found (nothing of that name), io, malformed (the folder's own content).
/// @thread That of the view.
[[nodiscard]] Result<HttpReply> answer_root_list(const HttpRequest& request, ReadView& view);
[[nodiscard]] Result<HttpReply> answer_page(
    const HttpRequest& request, ReadView& view, std::string_view rest
);
[[nodiscard]] Result<HttpReply> answer_signature(
    const HttpRequest& request, ReadView& view, std::string_view rest
);
[[nodiscard]] Result<HttpReply> answer_file(const HttpRequest& request, ReadView& view);
[[nodiscard]] Result<HttpReply> answer_integrity(const HttpRequest& request, ReadView& view);
[[nodiscard]] Result<HttpReply> answer_legacy(
    const HttpRequest& request, ReadView& view, std::string_view rest
);
[[nodiscard]] Result<HttpReply> answer_changelog(const HttpRequest& request, ReadView& view);
[[nodiscard]] Result<HttpReply> answer_last_modified(const HttpRequest& request, ReadView& view);
[[nodiscard]] Result<HttpReply> answer_evidence(
    const HttpRequest& request, ReadView& view, EvidenceKind kind
);
/// The list of mirrors; its signature comes along.
[[nodiscard]] Result<HttpReply> answer_signed_mirrors(const HttpRequest& request, ReadView& view);
/// Of a POST; the body is at hand.
[[nodiscard]] Result<HttpReply> answer_xml_rpc(const HttpRequest& request, ReadView& view);
[[nodiscard]] Result<HttpReply> answer_daytime(const HttpRequest& request, ReadView& view);
[[nodiscard]] Result<HttpReply> answer_mirrors(const HttpRequest& request, ReadView& view);
/// @param rest  `local-stats/...` or `stats/...`.
[[nodiscard]] Result<HttpReply> answer_statistics(
    const HttpRequest& request, ReadView& view, std::string_view rest
);

}  // namespace heliograph::mirror
