// SPDX-License-Identifier: Apache-2.0
// Private: pages as they were stored, or not at all.
#pragma once

#include <mirror/serve/read_view.hpp>

namespace heliograph::mirror {

/// A stored page whose bytes are still those of its digest. A client that checks signatures would
/// refuse others; one that does not must be sent elsewhere, too.
/// @errors not_found, malformed (the disk altered it), io. @cost A pass of SHA-256.
[[nodiscard]] Result<StoredPage> sound_page(
    const ReadView& view, const verify::ProjectName& project, verify::PageForm form
);

}  // namespace heliograph::mirror
