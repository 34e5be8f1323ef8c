// SPDX-License-Identifier: Apache-2.0
// Private: a resumable blob of the file store.
//
//   incoming/ ── enough of it to be worth keeping ──> unfinished/ ── whole and right ──> its name
#pragma once

#include <mirror/store/blob_sink.hpp>
#include <mirror/store/blob_store.hpp>

#include <filesystem>
#include <optional>

namespace heliograph::mirror {

class FileResumableBlob final : public ResumableBlob {
  public:
    /// @param root  `blobs`. @param claim  Null: another writes this blob; it is written without
    /// lasting.
    /// @errors io, denied.
    [[nodiscard]] static Result<std::unique_ptr<ResumableBlob>> open(
        const std::filesystem::path& root,
        std::shared_ptr<BlobSink> sink,
        std::unique_ptr<UnfinishedClaim> claim
    );

    /// As open() made them.
    FileResumableBlob(
        std::filesystem::path incoming,
        std::shared_ptr<BlobSink> sink,
        std::unique_ptr<UnfinishedClaim> claim,
        StagedFile file
    );
    FileResumableBlob(const FileResumableBlob&) = delete;
    FileResumableBlob& operator=(const FileResumableBlob&) = delete;
    ~FileResumableBlob() override;

    Outcome write(ByteSpan bytes) override;
    [[nodiscard]] std::uint64_t size_bytes() const override { return m_size_bytes; }
    [[nodiscard]] pki::Sha256 finish() override;
    Result<pki::Sha256> commit() override;
    Outcome replay(const std::function<Outcome(ByteSpan)>& take) override;
    [[nodiscard]] const std::string& tag() const override { return m_tag; }
    void remember_tag(std::string_view tag) override;
    Outcome restart() override;
    void keep() override { m_keep = Keep::yes; }

  private:
    enum class Keep { no, yes };
    /// Whether it lies where a later writer finds it.
    enum class Lasting { no, not_any_more, yes };

    [[nodiscard]] Outcome make_lasting();

    std::filesystem::path m_incoming;
    std::shared_ptr<BlobSink> m_sink;
    std::unique_ptr<UnfinishedClaim> m_claim;  ///< Goes after the file.
    StagedFile m_file;
    pki::Sha256Hasher m_hasher;
    std::uint64_t m_size_bytes = 0;
    std::string m_tag;
    std::optional<pki::Sha256> m_digest;
    Lasting m_lasting = Lasting::no;
    Keep m_keep = Keep::no;
};

}  // namespace heliograph::mirror
