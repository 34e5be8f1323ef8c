// SPDX-License-Identifier: Apache-2.0
// Private: what is kept of documents about files, and what is said of what is not.
#pragma once

#include <mirror/fetch/blame.hpp>
#include <mirror/fetch/download.hpp>
#include <mirror/fetch/file_cache.hpp>

#include <memory>
#include <string>

namespace heliograph::mirror {

/// The same place, from which a small document goes into the cache, too, when it is right. Others
/// are not kept: the place as it was.
[[nodiscard]] std::unique_ptr<DownloadPlace> keeping_place(
    const PromisedDocument& promise,
    std::unique_ptr<DownloadPlace> place,
    std::shared_ptr<FileCache> cache
);

/// `not-kept`: no earlier run left it here. @param subject  `file demo-1.0.tar.gz`. @thread Safe.
[[nodiscard]] MirrorFailure not_kept(std::string subject);

}  // namespace heliograph::mirror
