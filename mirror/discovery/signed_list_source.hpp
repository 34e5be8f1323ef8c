// SPDX-License-Identifier: Apache-2.0
// Where a signed list comes from: its source, asked no more than needed, else what was kept of it.
#pragma once

#include <mirror/discovery/signed_list.hpp>
#include <mirror/net/http_client.hpp>
#include <pki/base/clock.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::mirror {

struct SignedListRequest {
    /// Whom may be asked.
    enum class Reach {
        source,
        kept,  ///< No server.
    };

    std::string source;  ///< An http or https URL, or a file.
    const verify::TrustBundle& trust;
    verify::PagePolicy policy;
    Transport& transport;
    const std::optional<pki::ClientContext>& tls;
    std::vector<std::filesystem::path> kept_files;  ///< See kept_list_file.hpp.
    Instant now{};
    Reach reach = Reach::source;
};

struct FoundList {
    std::vector<ListedMirror> mirrors = {};  ///< Empty: no list holds, and the verdict says why.
    verify::Verdict verdict = {};  ///< On the list that is used, or on those that were refused.
    /// Set: its source did not give it now, but last then.
    std::optional<Instant> kept_since = std::nullopt;
    std::optional<Error> unreachable = std::nullopt;  ///< Why the source could not be asked.
    verify::Verdict refused = {};  ///< On what a server gave, where the kept one is used.
};

/// A server that is not to be had, or gives what does not hold, costs nothing as long as the kept
/// list does. What a file holds is judged alone.
/// @errors not_found, denied, io (the file; what was kept), network, timeout, stale (no list is
/// kept either), malformed (what was kept is damaged), conflict, crypto.
/// @thread As the transport. @cost One request when nothing changed, three when it did.
[[nodiscard]] Result<FoundList> find_signed_list(const SignedListRequest& request);

}  // namespace heliograph::mirror
