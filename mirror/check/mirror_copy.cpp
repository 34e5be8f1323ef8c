// SPDX-License-Identifier: Apache-2.0
// The folder of a master or a mirror, read beside whoever writes to it.
#include <mirror/check/distribution_folder.hpp>
#include <mirror/check/index_copy.hpp>
#include <mirror/check/plain_file.hpp>
#include <mirror/fleet/index_path.hpp>
#include <mirror/store/catalog.hpp>
#include <mirror/store/folder.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

template <typename T>
Result<std::optional<T>> if_found(Result<T> result) {
    if (result) {
        return std::optional(*std::move(result));
    }
    if (result.error().code() == ErrorCode::not_found) {
        return std::optional<T>();
    }
    return std::move(result).error();
}

class MirrorCopy final : public IndexCopy {
  public:
    MirrorCopy(
        std::string source, std::unique_ptr<Catalog> catalog, std::unique_ptr<BlobStore> blobs
    )
        : m_source(std::move(source)), m_catalog(std::move(catalog)), m_blobs(std::move(blobs)) {}

    [[nodiscard]] std::string source() const override { return m_source; }

    [[nodiscard]] Result<std::optional<Bytes>> evidence(std::string_view path) const override {
        const auto kind =
            path == signer_chain_path ? EvidenceKind::signer_chain : EvidenceKind::revocation_lists;
        return if_found(m_catalog->evidence(kind));
    }

    [[nodiscard]] Result<std::vector<verify::ProjectName>> projects() const override {
        HG_TRY(auto entries, m_catalog->projects());
        std::vector<verify::ProjectName> names;
        names.reserve(entries.size());
        for (auto& entry : entries) {
            names.push_back(std::move(entry.name));
        }
        return names;
    }

    [[nodiscard]] Result<std::optional<CopiedList>> listed() const override {
        return std::optional<CopiedList>();
    }

    [[nodiscard]] Result<std::optional<CopiedPage>> page(
        const verify::ProjectName& project, verify::PageForm form
    ) const override {
        HG_TRY(auto stored, if_found(m_catalog->page(project, form)));
        if (!stored) {
            return std::optional<CopiedPage>();
        }
        return std::optional(CopiedPage{std::move(stored->body), std::move(stored->signature)});
    }

    [[nodiscard]] Result<std::optional<verify::Verdict>> check(const PromisedDocument& promise
    ) const override {
        HG_TRY(const auto blob, if_found(m_blobs->open(promise.expectation.sha256)));
        return judge_opened(blob, promise.expectation, place_of(promise));
    }

    // What is here is served, whatever else the folder says of it, and has to be right.
    [[nodiscard]] Result<std::optional<std::string>> left_out(const verify::FilePath& file
    ) const override {
        HG_TRY(const auto record, if_found(m_catalog->file(file)));
        if (record) {
            return std::optional<std::string>();
        }
        HG_TRY(const auto found, m_catalog->left_out(file));
        return found ? std::optional(std::string(leave_reason_name(found->reason))) : std::nullopt;
    }

    [[nodiscard]] std::string place_of(const PromisedDocument& promise) const override {
        const auto hex = promise.expectation.sha256.to_hex();
        return m_source + "/blobs/" + hex.substr(0, 2) + "/" + hex;
    }
    [[nodiscard]] std::string place_of(
        const verify::ProjectName& /*project*/, verify::PageForm /*form*/
    ) const override {
        return m_source + "/catalog.db";
    }

    [[nodiscard]] Result<std::optional<Instant>> last_modified() const override {
        HG_TRY(const auto state, m_catalog->state());
        return state.last_modified;
    }

    // A blob that nothing names is swept, and served to nobody. No file of such a folder has a name
    // that an installer takes.
    [[nodiscard]] Result<std::vector<StoredFile>> stored_files() const override {
        HG_TRY(const auto entries, walk_folder(m_source));
        std::vector<StoredFile> files;
        for (const auto& entry : entries) {
            if (entry.kind == WalkedKind::file && is_installable_name(entry.path.string())) {
                files.push_back(
                    {entry.path.lexically_relative(m_source).string(),
                     StoredFile::Kind::distribution}
                );
            }
        }
        return files;
    }

  private:
    std::string m_source;
    std::unique_ptr<Catalog> m_catalog;
    std::unique_ptr<BlobStore> m_blobs;
};

}  // namespace

Result<std::unique_ptr<IndexCopy>> open_mirror_copy(const std::filesystem::path& folder) {
    HG_TRY(const auto opened, MirrorFolder::open(folder));
    HG_TRY(auto catalog, opened.open_catalog());
    return std::unique_ptr<IndexCopy>(
        std::make_unique<MirrorCopy>(folder.string(), std::move(catalog), opened.open_blobs())
    );
}

}  // namespace heliograph::mirror
