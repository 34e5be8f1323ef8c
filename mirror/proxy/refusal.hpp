// SPDX-License-Identifier: Apache-2.0
// Why the proxy gives a client nothing, in one answer that pip (which shows the reason phrase) and
// uv (which shows a problem document) both tell their users.
#pragma once

#include <mirror/fetch/blame.hpp>
#include <mirror/net/http_message.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// Final refusals are 4xx: pip repeats 5xx, and tells then of an error that is none. 401, 403 and
/// 404 mean something else to uv.
struct Refusal {
    int status = 409;
    std::string title;   ///< `No mirror gave a file that holds`.
    std::string detail;  ///< One sentence, printable.
};

/// 404 when all mirrors agree that it is not there, 409 when something was given and refused, 424
/// when no mirror could be asked, or one claims that its filter leaves it out: it may be elsewhere.
/// The detail is that of the worst failure.
/// @param subject  `page of project wheel`.
/// @thread Safe. @cost Linear in the findings.
[[nodiscard]] Refusal refusal_of(
    std::string_view subject, const std::vector<MirrorFailure>& failures
);

/// 409: this machine failed (disk, threads), or is stopping.
[[nodiscard]] Refusal refusal_of(std::string_view subject, const Error& error);

/// One printable sentence on what a mirror did wrong. @thread Safe.
[[nodiscard]] std::string sentence_of(const MirrorFailure& failure);

/// The answer: reason phrase, `application/problem+json` and X-Request-Id.
/// @thread Safe. @source RFC 9112 section 4; RFC 9457.
[[nodiscard]] HttpReply refuse_with(
    const Refusal& refusal, std::string_view request_id, HeaderList more = {}
);

}  // namespace heliograph::mirror
