// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/sound_page.hpp>

namespace heliograph::mirror {

Result<StoredPage> sound_page(
    const ReadView& view, const verify::ProjectName& project, verify::PageForm form
) {
    HG_TRY(StoredPage page, view.catalog.page(project, form));
    if (pki::sha256(page.body) != page.digest) {
        return Error(
            ErrorCode::malformed,
            "expected the stored page of project " + project.text() + " with sha256 " +
                page.digest.to_hex() + ", it has another: the disk altered it; restore the folder"
        );
    }
    return page;
}

}  // namespace heliograph::mirror
