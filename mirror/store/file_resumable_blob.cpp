// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/file_resumable_blob.hpp>

#include <utility>

namespace heliograph::mirror {

namespace fs = std::filesystem;

Result<std::unique_ptr<ResumableBlob>> FileResumableBlob::open(
    const fs::path& root, std::shared_ptr<BlobSink> sink, std::unique_ptr<UnfinishedClaim> claim
) {
    const auto incoming = root / "incoming";
    const auto left = claim ? claim->lying() : std::nullopt;
    if (left) {
        auto file = StagedFile::adopt(left->path);
        if (file) {
            auto blob = std::make_unique<FileResumableBlob>(
                incoming, std::move(sink), std::move(claim), *std::move(file)
            );
            blob->m_tag = left->tag;
            blob->m_lasting = Lasting::yes;
            return std::unique_ptr<ResumableBlob>(std::move(blob));
        }
        if (file.error().code() != ErrorCode::not_found) {
            return std::move(file).error();
        }
        claim->forget();
    }
    HG_TRY(auto file, StagedFile::create(incoming));
    return std::unique_ptr<ResumableBlob>(std::make_unique<FileResumableBlob>(
        incoming, std::move(sink), std::move(claim), std::move(file)
    ));
}

FileResumableBlob::FileResumableBlob(
    fs::path incoming,
    std::shared_ptr<BlobSink> sink,
    std::unique_ptr<UnfinishedClaim> claim,
    StagedFile file
)
    : m_incoming(std::move(incoming)),
      m_sink(std::move(sink)),
      m_claim(std::move(claim)),
      m_file(std::move(file)) {
}

FileResumableBlob::~FileResumableBlob() {
    if (m_claim && m_lasting == Lasting::yes && m_keep == Keep::yes) {
        m_file.leave();
        m_claim->leave();
    }
}

Outcome FileResumableBlob::write(ByteSpan bytes) {
    HG_ASSERT(!m_digest);
    m_hasher.update(bytes);
    m_size_bytes += bytes.size();
    HG_CHECK(m_file.write(bytes));
    const bool worth_it = m_size_bytes >= unfinished_limits::least_bytes;
    return worth_it && m_claim && m_lasting == Lasting::no ? make_lasting() : Outcome();
}

Outcome FileResumableBlob::make_lasting() {
    HG_TRY(const auto place, m_claim->take_place(m_tag));
    if (!place) {
        m_lasting = Lasting::not_any_more;
        return {};
    }
    m_lasting = Lasting::yes;
    return m_file.move_to(*place);
}

pki::Sha256 FileResumableBlob::finish() {
    if (!m_digest) {
        m_digest = m_hasher.finish();
    }
    return *m_digest;
}

Result<pki::Sha256> FileResumableBlob::commit() {
    const auto digest = finish();
    m_lasting = Lasting::not_any_more;
    HG_CHECK(m_sink->take({.claim = std::move(m_claim), .file = std::move(m_file), .digest = digest}
    ));
    return digest;
}

Outcome FileResumableBlob::replay(const std::function<Outcome(ByteSpan)>& take) {
    HG_ASSERT(!m_digest && m_size_bytes == 0);
    if (m_lasting != Lasting::yes) {
        return {};
    }
    return m_file.read([&](ByteSpan piece) {
        m_hasher.update(piece);
        m_size_bytes += piece.size();
        return take(piece);
    });
}

void FileResumableBlob::remember_tag(std::string_view tag) {
    // The name of what lies there already is not changed any more.
    if (is_memorable_tag(tag) && m_lasting != Lasting::yes) {
        m_tag = tag;
    }
}

Outcome FileResumableBlob::restart() {
    HG_TRY(auto fresh, StagedFile::create(m_incoming));
    m_file = std::move(fresh);
    if (m_claim) {
        m_claim->forget();
    }
    m_lasting = Lasting::no;
    m_tag.clear();
    static_cast<void>(m_hasher.finish());
    m_digest.reset();
    m_size_bytes = 0;
    return {};
}

}  // namespace heliograph::mirror
