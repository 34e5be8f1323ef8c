// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/folder_access.hpp>
#include <mirror/sync/tls_roots.hpp>
#include <mirror/sync/unsigned_upstream.hpp>
#include <pki/base/file.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::mirror {

Result<verify::TrustBundle> read_trust(const MirrorFolder& folder) {
    if (folder.marker().unsigned_terms) {
        return Error(
            ErrorCode::invalid_argument,
            "expected " + folder.path().string() +
                " to be a mirror that checks signatures, it was made with --unsigned and has no "
                "trust bundle; what needs one can be done with a mirror of a signing upstream only"
        );
    }
    HG_TRY(const auto text, read_file(folder.trust_path(), verify::limits::trust_bundle_bytes));
    auto trust = verify::parse_trust_bundle(text_of(text));
    if (!trust) {
        return std::move(trust).error().at(folder.trust_path().string());
    }
    return trust;
}

Result<Following> follow_upstream(
    const MirrorFolder& folder, const SyncOptions& options, const Clock& clock
) {
    const auto& marker = folder.marker();
    if (!marker.upstream) {
        return Error(
            ErrorCode::invalid_argument,
            "expected " + folder.path().string() +
                " to be a mirror with an upstream, it is a master, which follows nobody"
        );
    }
    if (marker.unsigned_terms && options.policy.revocation == verify::Demand::required) {
        return Error(
            ErrorCode::invalid_argument,
            "expected an upstream that signs, whose revocation lists can be demanded; " +
                folder.path().string() + " was made with --unsigned"
        );
    }
    std::string base = *marker.upstream;
    if (!base.ends_with('/')) {
        base += '/';
    }
    HG_TRY(auto url, Url::parse(base));
    Following following{
        .access = {.base = std::move(url), .timeouts = options.timeouts, .stop = options.stop},
        .trust = {},
        .terms = marker.unsigned_terms,
        .policy = marker.unsigned_terms ? verify::unsigned_page_policy() : options.policy};
    std::vector<pki::Certificate> roots;
    if (!following.terms) {
        HG_TRY(following.trust, read_trust(folder));
        roots = following.trust.roots;
    } else if (following.access.base.scheme() == UrlScheme::https) {
        HG_TRY(
            roots,
            following.terms->roots == TlsRoots::own ? read_tls_roots(folder.tls_roots_path())
                                                    : read_system_roots()
        );
    }
    if (following.access.base.scheme() == UrlScheme::https) {
        HG_TRY(
            following.access.trust,
            pki::ClientContext::make(
                {.policy = {.roots = std::move(roots)},
                 .credential = options.credential,
                 .alpn = {},
                 .clock = clock}
            )
        );
    }
    return following;
}

ProjectFilter filter_of(const MirrorFolder& folder) {
    if (!folder.marker().projects) {
        return {};
    }
    std::vector<verify::ProjectName> names;
    for (const auto& text : *folder.marker().projects) {
        auto name = verify::parse_normalised_name(text);
        HG_ASSERT(name.has_value());  // The marker was read.
        names.push_back(*std::move(name));
    }
    return ProjectFilter(std::move(names));
}

std::unique_ptr<Upstream> open_upstream(const Following& following, Transport& transport) {
    if (following.terms) {
        return std::make_unique<UnsignedUpstream>(transport, following.access, *following.terms);
    }
    return std::make_unique<Upstream>(transport, following.access);
}

}  // namespace heliograph::mirror
