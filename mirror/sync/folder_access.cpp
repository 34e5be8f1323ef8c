// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/folder_access.hpp>
#include <pki/base/file.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::mirror {

Result<verify::TrustBundle> read_trust(const MirrorFolder& folder) {
    HG_TRY(const auto text, read_file(folder.trust_path(), verify::limits::trust_bundle_bytes));
    auto trust = verify::parse_trust_bundle(text_of(text));
    if (!trust) {
        return std::move(trust).error().at(folder.trust_path().string());
    }
    return trust;
}

Result<UpstreamAccess> reach_upstream(
    const MirrorFolder& folder,
    const verify::TrustBundle& trust,
    const SyncOptions& options,
    const Clock& clock
) {
    if (!folder.marker().upstream) {
        return Error(
            ErrorCode::invalid_argument,
            "expected " + folder.path().string() +
                " to be a mirror with an upstream, it is a master, which follows nobody"
        );
    }
    std::string base = *folder.marker().upstream;
    if (!base.ends_with('/')) {
        base += '/';
    }
    HG_TRY(auto url, Url::parse(base));
    UpstreamAccess access{
        .base = std::move(url), .timeouts = options.timeouts, .stop = options.stop};
    if (access.base.scheme() == UrlScheme::https) {
        HG_TRY(
            access.trust,
            pki::ClientContext::make(
                {.policy = {.roots = trust.roots},
                 .credential = options.credential,
                 .alpn = {},
                 .clock = clock}
            )
        );
    }
    return access;
}

}  // namespace heliograph::mirror
