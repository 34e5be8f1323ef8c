// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/index_copy.hpp>
#include <mirror/store/folder.hpp>

#include <system_error>

namespace heliograph::mirror {

namespace {

bool is_static_tree(const std::filesystem::path& folder) {
    std::error_code ignored;
    return std::filesystem::is_directory(folder / "simple", ignored) &&
           std::filesystem::is_directory(folder / "serversig", ignored);
}

}  // namespace

CopyKind kind_of_copy(const std::filesystem::path& folder) {
    if (MirrorFolder::is_mirror(folder)) {
        return CopyKind::mirror;
    }
    return is_static_tree(folder) ? CopyKind::static_tree : CopyKind::none;
}

Result<std::unique_ptr<IndexCopy>> open_copy(const std::filesystem::path& folder) {
    switch (kind_of_copy(folder)) {
        case CopyKind::static_tree:
            return open_static_copy(folder);
        case CopyKind::mirror:
            if (is_static_tree(folder)) {
                return Error(
                    ErrorCode::malformed,
                    "expected one copy of an index in " + folder.string() +
                        ", saw mirror.json beside simple/ and serversig/: one of the two would not "
                        "be looked at"
                );
            }
            return open_mirror_copy(folder);
        case CopyKind::none:
            break;
    }
    return Error(
        ErrorCode::not_found,
        "expected " + folder.string() +
            " to be a tree that mirror export wrote (simple/ and serversig/) or the folder of a "
            "mirror, it is neither"
    );
}

}  // namespace heliograph::mirror
