// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/folder.hpp>
#include <mirror/sync/mirror_setup.hpp>
#include <pki/base/atomic_folder.hpp>
#include <verify/gate/trust_bundle.hpp>

namespace heliograph::mirror {

Outcome init_mirror(const MirrorRequest& request) {
    HG_TRY(
        [[maybe_unused]] const auto readable,
        verify::parse_trust_bundle(text_of(request.trust_bundle))
    );
    HG_TRY(auto place, AtomicFolder::create(request.folder, FileAccess::everyone));
    HG_TRY(
        const auto folder,
        MirrorFolder::init(
            place.path(), {.role = MirrorRole::mirror, .upstream = request.upstream.to_string()}
        )
    );
    HG_CHECK(write_file_atomically(folder.trust_path(), request.trust_bundle));
    return place.commit();
}

}  // namespace heliograph::mirror
