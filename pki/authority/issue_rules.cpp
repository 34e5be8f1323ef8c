// SPDX-License-Identifier: Apache-2.0
// What is asked of a certificate before anything is made or written: names, life, and that nobody
// has one of the name already.
#include <pki/authority/authority_state.hpp>
#include <pki/authority/place.hpp>
#include <pki/lint/lint.hpp>
#include <pki/x509/ip_address.hpp>

#include <algorithm>
#include <set>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

std::chrono::days life_of(LeafKind kind, const std::optional<std::chrono::days>& asked) {
    switch (kind) {
        case LeafKind::signer:
        case LeafKind::recipient:
            return asked.value_or(std::chrono::days(365));
        case LeafKind::ocsp:
            return asked.value_or(std::chrono::days(30));
        case LeafKind::server:
        case LeafKind::client:
        case LeafKind::peer:
            break;
    }
    return asked.value_or(std::chrono::days(90));
}

Outcome refused_by(const LintReport& report) {
    if (report.accepted()) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument, "the certificate would be refused: " + report.summary()
    );
}

Error name_is_taken(const AuthorityPaths& paths, const LedgerEntry& entry) {
    const std::string place =
        entry.archive ? "the archive " + *entry.archive : place_of(paths, entry).string();
    return {
        ErrorCode::exists,
        "expected no valid certificate of the name " + entry.name + ", saw one until " +
            format_rfc3339(entry.not_after) + " in " + place +
            "; revoke it first with 'pki revoke " + entry.name + "', " +
            (entry.archive ? "rekey it with 'pki rekey " : "renew it with 'pki renew ") +
            entry.name + " --kind " + entry.kind + "', or choose another name"};
}

bool is_within(const fs::path& path, const fs::path& folder) {
    return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first ==
           folder.end();
}

// Both in their one spelling.
struct OwnFolders {
    fs::path authority;
    fs::path issued;
};

Outcome check_is_not_own(const OwnFolders& own, const fs::path& place) {
    const bool is_in_issued = place.parent_path() == own.issued;
    const bool is_hidden = place.filename().string().starts_with('.');
    if (is_within(place, own.authority) && (!is_in_issued || is_hidden)) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a folder outside of the authority's, or one right below its issued/, saw " +
                place.string() + ", which is among its own files; name another"
        );
    }
    return {};
}

Outcome check_holds_no_files(Ledger& ledger, const fs::path& folder) {
    HG_TRY(const auto holder, entry_of_files(ledger, folder));
    if (holder) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a folder of its own for the files, saw one in " + folder.string() +
                ", that of the " + holder->kind + " certificate " + holder->name +
                "; name one beside it"
        );
    }
    return {};
}

// What lies in the folder of another certificate, however deep, goes with that when it is renewed.
class FoldersAbove {
  public:
    explicit FoldersAbove(Ledger& ledger) : m_ledger(ledger) {}

    // @cost A look at each folder above, once.
    Outcome check(const fs::path& place) {
        for (fs::path above = place.parent_path(); above != above.root_path();
             above = above.parent_path()) {
            if (!m_seen.insert(above).second) {
                return {};
            }
            HG_CHECK(check_holds_no_files(m_ledger, above));
        }
        return {};
    }

  private:
    Ledger& m_ledger;
    std::set<fs::path> m_seen;
};

Outcome check_is_over(Ledger& ledger, const fs::path& place, Instant now) {
    HG_TRY(const auto there, entry_of_files(ledger, place));
    if (there && there->state(now) == EntryState::valid) {
        return Error(
            ErrorCode::exists,
            "expected " + place.string() + " to be new or empty, saw the files of the " +
                there->kind + " certificate " + there->name + ", which is valid until " +
                format_rfc3339(there->not_after) + "; name another folder"
        );
    }
    return {};
}

Outcome check_asked_places(
    Ledger& ledger, const AuthorityPaths& paths, std::span<const IssueRequest> requests, Instant now
) {
    const bool is_asked = std::any_of(requests.begin(), requests.end(), [](const auto& request) {
        return request.folder.has_value();
    });
    if (!is_asked) {
        return {};
    }
    const OwnFolders own{delivery_path(paths.folder), delivery_path(paths.issued())};
    const std::vector<fs::path> places = places_of(paths, requests);
    FoldersAbove above(ledger);
    for (std::size_t i = 0; i < requests.size(); ++i) {
        if (!requests[i].folder) {
            continue;
        }
        HG_CHECK(check_is_not_own(own, places[i]));
        HG_CHECK(above.check(places[i]));
        // Elsewhere only what is new or empty is taken at all.
        if (places[i].parent_path() == own.issued) {
            HG_CHECK(check_is_over(ledger, places[i], now));
        }
    }
    return {};
}

}  // namespace

Outcome check_issue_request(const IssueRequest& request) {
    HG_CHECK(check_entry_name(request.name));
    if (!request.role.empty()) {
        HG_CHECK(check_entry_name(request.role));
    }
    if (life_of(request.kind, request.days) < std::chrono::days(1)) {
        return Error(ErrorCode::invalid_argument, "expected at least one day, saw less");
    }
    const bool agrees = request.key_type == KeyType::x25519;
    if (request.kind == LeafKind::recipient && !agrees && request.key_type != KeyType::p256) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a key of x25519 or p256 for a recipient, saw " +
                std::string(key_type_name(request.key_type))
        );
    }
    if (agrees && request.kind != LeafKind::recipient) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a key that signs for a " + std::string(leaf_kind_name(request.kind)) +
                ", saw x25519, which is for recipients"
        );
    }
    return {};
}

Error issued_all_the_same(const std::string& what, const Error& reason) {
    return {
        reason.code(),
        what + " is issued and in the ledger ('pki list'), but " + reason.describe()};
}

std::string words_of(std::span<const IssueRequest> requests) {
    return requests.size() == 1 ? "the certificate " + requests.front().name
                                : "each of " + std::to_string(requests.size()) + " certificates";
}

Outcome pass_lint(ByteSpan certificate_der) {
    return refused_by(lint_certificate(certificate_der, RuleSet::private_authority));
}

Outcome pass_lint(ByteSpan certificate_der, LeafKind kind) {
    LintReport report = lint_certificate(certificate_der, RuleSet::private_authority);
    if (kind == LeafKind::signer || kind == LeafKind::ocsp || kind == LeafKind::recipient) {
        std::erase_if(report.findings, [](const LintFinding& finding) {
            return finding.id == "names-missing";
        });
    }
    return refused_by(report);
}

std::set<LeafKind> kinds_of(std::span<const IssueRequest> requests) {
    std::set<LeafKind> kinds;
    for (const IssueRequest& request : requests) {
        kinds.insert(request.kind);
    }
    return kinds;
}

LeafProfile profile_of(
    const IssueRequest& request,
    const AuthorityIdentity& identity,
    const Certificate& issuer,
    Instant now
) {
    LeafProfile profile{
        .kind = request.kind,
        .common_name = request.name,
        .dns = request.dns,
        .ip = request.ip,
        .uri = request.uri,
        .email = request.email,
        .validity = validity_from(now, life_of(request.kind, request.days)),
        .urls = leaf_urls_of(identity, issuer, request.kind)};
    const bool addressed = request.kind == LeafKind::server || request.kind == LeafKind::peer;
    if (addressed) {
        profile.common_name.clear();  // One of the names below, which the profile picks.
        if (profile.dns.empty() && profile.ip.empty()) {
            (parse_ip(request.name) ? profile.ip : profile.dns).push_back(request.name);
        }
    }
    const bool identified = request.kind == LeafKind::client || request.kind == LeafKind::peer;
    if (profile.uri.empty() && (identified || !request.role.empty())) {
        const std::string role =
            request.role.empty() ? std::string(leaf_kind_name(request.kind)) : request.role;
        profile.uri = {
            "spiffe://" + trust_domain_of(identity.name) + "/" + role + "/" + request.name};
    }
    return profile;
}

Outcome check_names_are_free(
    Ledger& ledger, const AuthorityPaths& paths, std::span<const IssueRequest> requests, Instant now
) {
    std::set<std::string_view> names;
    for (const IssueRequest& request : requests) {
        if (!names.insert(request.name).second) {
            return Error(
                ErrorCode::invalid_argument,
                "expected each name once, saw " + request.name + " again"
            );
        }
    }
    HG_TRY(const auto taken, ledger.valid_among(requests, now));
    if (taken) {
        return name_is_taken(paths, *taken);
    }
    return {};
}

Outcome check_places_are_free(
    Ledger& ledger, const AuthorityPaths& paths, std::span<const IssueRequest> requests, Instant now
) {
    for (const IssueRequest& request : requests) {
        std::error_code ignored;
        const fs::path folder = paths.issued() / request.name;
        if (request.folder || !fs::exists(folder, ignored)) {
            continue;
        }
        // A name of another kind has the folder.
        HG_TRY(const auto there, entry_of_files(ledger, folder));
        if (there && there->state(now) == EntryState::valid) {
            return name_is_taken(paths, *there);
        }
    }
    return check_asked_places(ledger, paths, requests, now);
}

}  // namespace heliograph::pki
