// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/folder.hpp>
#include <mirror/sync/mirror_setup.hpp>
#include <mirror/sync/tls_roots.hpp>
#include <pki/base/folder/atomic_folder.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

bool is_loopback(const Url& url) {
    const auto& host = url.host();
    return host == "localhost" || host == "::1" || host.starts_with("127.");
}

// A host as it stands in a URL, in normal form: it is compared with those of pages.
Outcome check_file_host(const std::string& host, UrlScheme scheme) {
    const auto url = Url::parse((scheme == UrlScheme::https ? "https://" : "http://") + host + "/");
    if (!url || url->origin().substr(url->origin().find("//") + 2) != host) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a file host as host or host:port in lower case, saw '" +
                verify::printable(host) + "'"
        );
    }
    return {};
}

Outcome check_terms(const MirrorRequest& request) {
    const auto& upstream = request.upstream;
    if (upstream.scheme() == UrlScheme::http && !is_loopback(upstream)) {
        return Error(
            ErrorCode::invalid_argument,
            "expected an https URL of an upstream that signs nothing, saw " + upstream.to_string() +
                "; nothing would vouch for what comes from there"
        );
    }
    for (const auto& host : request.terms->file_hosts) {
        HG_CHECK(check_file_host(host, upstream.scheme()));
    }
    return {};
}

Outcome write_trust(const MirrorFolder& folder, const MirrorRequest& request) {
    if (!request.terms) {
        return write_file_atomically(folder.trust_path(), request.trust_bundle);
    }
    if (request.terms->roots == TlsRoots::system) {
        return {};
    }
    HG_CHECK(write_file_atomically(folder.tls_roots_path(), request.tls_roots));
    HG_TRY([[maybe_unused]] const auto readable, read_tls_roots(folder.tls_roots_path()));
    return {};
}

}  // namespace

Outcome init_mirror(const MirrorRequest& request) {
    if (request.terms) {
        HG_CHECK(check_terms(request));
    } else {
        HG_TRY(
            [[maybe_unused]] const auto readable,
            verify::parse_trust_bundle(text_of(request.trust_bundle))
        );
    }
    HG_TRY(auto place, AtomicFolder::create(request.folder, FileAccess::everyone));
    HG_TRY(
        const auto folder,
        MirrorFolder::init(
            place.path(),
            {.role = MirrorRole::mirror,
             .upstream = request.upstream.to_string(),
             .unsigned_terms = request.terms,
             .projects = request.wanted.projects,
             .files = request.wanted.files,
             .closure = request.wanted.closure}
        )
    );
    HG_CHECK(write_trust(folder, request));
    return place.commit();
}

}  // namespace heliograph::mirror
