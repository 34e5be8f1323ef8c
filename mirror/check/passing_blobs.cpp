// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/passing_blobs.hpp>

#include <optional>
#include <utility>

namespace heliograph::mirror {

namespace {

class PassingWriter final : public BlobWriter {
  public:
    Outcome write(ByteSpan bytes) override {
        m_hasher.update(bytes);
        m_size_bytes += bytes.size();
        return {};
    }
    [[nodiscard]] std::uint64_t size_bytes() const override { return m_size_bytes; }
    [[nodiscard]] pki::Sha256 finish() override { return m_hasher.finish(); }
    Result<pki::Sha256> commit() override { return m_hasher.finish(); }

  private:
    pki::Sha256Hasher m_hasher;
    std::uint64_t m_size_bytes = 0;
};

// Leaves nothing for anybody.
class PassingResumable final : public ResumableBlob {
  public:
    Outcome write(ByteSpan bytes) override { return m_writer->write(bytes); }
    [[nodiscard]] std::uint64_t size_bytes() const override { return m_writer->size_bytes(); }
    [[nodiscard]] pki::Sha256 finish() override { return m_writer->finish(); }
    Result<pki::Sha256> commit() override { return m_writer->commit(); }
    Outcome replay(const std::function<Outcome(ByteSpan)>& /*take*/) override { return {}; }
    [[nodiscard]] const std::string& tag() const override { return m_tag; }
    void remember_tag(std::string_view tag) override { m_tag = tag; }
    Outcome restart() override {
        m_writer.emplace();
        return {};
    }
    void keep() override {}

  private:
    std::optional<PassingWriter> m_writer{std::in_place};
    std::string m_tag;
};

class PassingBatch final : public BlobBatch {
  public:
    [[nodiscard]] Result<std::unique_ptr<BlobWriter>> begin() override {
        return std::unique_ptr<BlobWriter>(std::make_unique<PassingWriter>());
    }
    [[nodiscard]] Result<std::unique_ptr<ResumableBlob>> begin_resumable(
        const pki::Sha256& /*digest*/
    ) override {
        return std::unique_ptr<ResumableBlob>(std::make_unique<PassingResumable>());
    }
    Outcome absorb(BlobBatch& /*other*/) override { return {}; }
    void rest() override {}
    Outcome commit() override { return {}; }
};

}  // namespace

Result<std::unique_ptr<BlobWriter>> PassingBlobs::begin() {
    return std::unique_ptr<BlobWriter>(std::make_unique<PassingWriter>());
}

Result<std::unique_ptr<BlobBatch>> PassingBlobs::begin_batch() {
    return std::unique_ptr<BlobBatch>(std::make_unique<PassingBatch>());
}

Result<OpenBlob> PassingBlobs::open(const pki::Sha256& digest) const {
    return Error(ErrorCode::not_found, "expected the blob " + digest.to_hex() + ", none is kept");
}

}  // namespace heliograph::mirror
