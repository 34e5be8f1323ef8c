// SPDX-License-Identifier: Apache-2.0
// A copy of an index at rest: the static tree that `mirror export` writes, or the folder of a
// mirror. Nothing in it is believed yet.
#pragma once

#include <mirror/fetch/download.hpp>
#include <pki/base/bytes.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <verify/index/page_form.hpp>
#include <verify/index/project_name.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// One form of a page as it lies there.
struct CopiedPage {
    Bytes body;
    std::optional<Bytes> signature;
};

/// The list of projects as it lies there; nobody signs it.
struct CopiedList {
    std::vector<verify::ProjectName> projects;  ///< Of its JSON form.
    bool has_other_html =
        false;  ///< The HTML form does not say the same: more, less, or elsewhere.
};

/// Something that lies in a copy without being of its format.
struct StoredFile {
    std::string place;  ///< Relative to the copy.
    enum class Kind {
        page_promised,  ///< Where only what pages name may lie.
        foreign,        ///< Where the format has no such file.
        distribution,   ///< The same, and an installer could take it.
        linked_folder,  ///< Not looked into.
    } kind = Kind::foreign;
};

/// @thread One thread.
class IndexCopy {
  public:
    IndexCopy() = default;
    IndexCopy(const IndexCopy&) = delete;
    IndexCopy& operator=(const IndexCopy&) = delete;
    virtual ~IndexCopy() = default;

    /// The folder, as it was named.
    [[nodiscard]] virtual std::string source() const = 0;

    /// @param path  signer_chain_path or revocation_lists_path. @return None when it is not there.
    /// @errors io, denied, too_large.
    [[nodiscard]] virtual Result<std::optional<Bytes>> evidence(std::string_view path) const = 0;

    /// The projects that have a page, ascending. @errors io, denied.
    [[nodiscard]] virtual Result<std::vector<verify::ProjectName>> projects() const = 0;

    /// Its list of projects, where it keeps one apart. @errors io, malformed, too_large.
    [[nodiscard]] virtual Result<std::optional<CopiedList>> listed() const = 0;

    /// @return None when it is not there. @errors io, denied, too_large.
    [[nodiscard]] virtual Result<std::optional<CopiedPage>> page(
        const verify::ProjectName& project, verify::PageForm form
    ) const = 0;

    /// Judges the bytes that a page promises. @return None when they are not there.
    /// @errors io, denied, malformed (something else than a file). @cost One pass over them.
    [[nodiscard]] virtual Result<std::optional<verify::Verdict>> check(
        const PromisedDocument& promise
    ) const = 0;

    /// Whether it should hold them: a part of an index does not hold all that pages name.
    [[nodiscard]] virtual bool should_hold(const PromisedDocument& /*promise*/) const {
        return true;
    }

    /// Why it holds nothing of a file that its page names: the word of its filter, which is its own
    /// and signed by nobody; none: it should hold it. @errors io, malformed, too_large.
    [[nodiscard]] virtual Result<std::optional<std::string>> left_out(
        const verify::FilePath& /*file*/
    ) const {
        return std::optional<std::string>();
    }

    /// Whether it may hold no page at all: news of a day on which nothing happened.
    [[nodiscard]] virtual bool may_lack_pages() const { return false; }

    /// Where these bytes lie, for people.
    [[nodiscard]] virtual std::string place_of(const PromisedDocument& promise) const = 0;
    [[nodiscard]] virtual std::string place_of(
        const verify::ProjectName& project, verify::PageForm form
    ) const = 0;

    /// Begin of the last complete run, as it says itself; nobody signed it.
    /// @return None when it does not say. @errors io, malformed.
    [[nodiscard]] virtual Result<std::optional<Instant>> last_modified() const = 0;

    /// All that lies there and that the format does not name by itself.
    /// @errors io. @cost Reads every folder.
    [[nodiscard]] virtual Result<std::vector<StoredFile>> stored_files() const = 0;
};

/// What a folder is.
enum class CopyKind {
    none,         ///< No copy of an index: perhaps a folder of distributions.
    static_tree,  ///< Has `simple/` and `serversig/`.
    mirror,       ///< Has `mirror.json`.
};
/// @thread Safe. @cost A few system calls.
[[nodiscard]] CopyKind kind_of_copy(const std::filesystem::path& folder);

/// @errors not_found (no copy), malformed (both kinds in one folder), those of MirrorFolder::open()
/// and open_catalog().
[[nodiscard]] Result<std::unique_ptr<IndexCopy>> open_copy(const std::filesystem::path& folder);
/// One of the two kinds. @errors As above.
[[nodiscard]] Result<std::unique_ptr<IndexCopy>> open_static_copy(
    const std::filesystem::path& folder
);
[[nodiscard]] Result<std::unique_ptr<IndexCopy>> open_mirror_copy(
    const std::filesystem::path& folder
);

}  // namespace heliograph::mirror
