// SPDX-License-Identifier: Apache-2.0
// The files behind a page: let in when the page names them and they are what it says.
#include <mirror/bundle/bundle_intake.hpp>
#include <verify/gate/file_gate.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

namespace limits = verify::limits;

// What a kill may cost: so much is unpacked again.
constexpr std::size_t batch_blobs = 2048;
constexpr std::uint64_t batch_bytes = std::uint64_t{128} * 1024 * 1024;

constexpr std::string_view blob_folder = "blobs/";

}  // namespace

void BundleIntake::want(const verify::ProjectPage& page) {
    for (const auto& file : page.files) {
        m_wanted.emplace(
            file.sha256,
            WantedPart{
                .size_bytes = file.size_bytes,
                .limit_bytes = limits::file_bytes,
                .subject = "file " + file.name.text()}
        );
        if (file.core_metadata) {
            m_wanted.emplace(
                *file.core_metadata,
                WantedPart{
                    .size_bytes = std::nullopt,
                    .limit_bytes = limits::core_metadata_bytes,
                    .subject = "metadata of " + file.name.text()}
            );
        }
        if (file.provenance) {
            m_wanted.emplace(
                *file.provenance,
                WantedPart{
                    .size_bytes = std::nullopt,
                    .limit_bytes = limits::provenance_bytes,
                    .subject = "provenance of " + file.name.text()}
            );
        }
    }
}

Outcome BundleIntake::take_blobs() {
    while (m_entry && m_entry->name.starts_with(blob_folder)) {
        HG_TRY(
            const auto digest,
            pki::Sha256::parse_hex(std::string_view(m_entry->name).substr(blob_folder.size()))
        );
        m_listing.add(m_entry->name, m_entry->size_bytes, digest);
        const auto wanted = m_wanted.extract(digest);
        if (!wanted.empty()) {
            HG_CHECK(take_blob(digest, wanted.mapped()));
        } else if (m_page_let_in) {
            return unexpected("files that the page before them names, each once,");
        }
        HG_CHECK(next());
    }
    return {};
}

Outcome BundleIntake::take_blob(const pki::Sha256& digest, const WantedPart& wanted) {
    const auto size_bytes = m_entry->size_bytes;
    m_carried.push_back(digest);
    HG_TRY(const bool held, holds_blob(m_parts.blobs, digest, size_bytes));
    if (held) {
        return {};  // From an earlier try, or from another way.
    }
    verify::FileGate gate(
        {.subject = wanted.subject,
         .sha256 = digest,
         .size_bytes = wanted.size_bytes,
         .source = m_parts.source,
         .limit_bytes = wanted.limit_bytes}
    );
    if (!m_batch) {
        HG_TRY(m_batch, m_parts.blobs.begin_batch());
    }
    HG_TRY(const auto blob, m_batch->begin());
    bool is_too_long = false;
    auto read = m_reader.read([&](ByteSpan piece) -> Outcome {
        is_too_long = gate.update(piece) == verify::FileFlow::stop;
        return is_too_long ? Outcome(Error(ErrorCode::malformed, "too long")) : blob->write(piece);
    });
    if (!read && !is_too_long) {
        return read;
    }
    auto verdict = gate.finish();
    if (!verdict.accepted()) {
        return refuse_blob(digest, std::move(verdict));
    }
    HG_TRY(const auto seen, blob->commit());
    HG_ASSERT(seen == digest);
    m_staged.push_back(digest);
    m_staged_bytes += size_bytes;
    const bool full = m_staged.size() >= batch_blobs || m_staged_bytes >= batch_bytes;
    return full ? store_batch() : Outcome();
}

Outcome BundleIntake::refuse_blob(const pki::Sha256& digest, verify::Verdict verdict) {
    if (m_parts.faults == nullptr) {
        return Error(ErrorCode::malformed, verdict.describe());
    }
    m_parts.faults->files.emplace(digest, std::move(verdict));
    return {};
}

Outcome BundleIntake::store_batch() {
    if (m_batch) {
        HG_CHECK(m_batch->commit());
        m_batch.reset();
    }
    m_stored.insert(m_stored.end(), m_staged.begin(), m_staged.end());
    m_stored_bytes += std::exchange(m_staged_bytes, 0);
    m_staged.clear();
    return {};
}

}  // namespace heliograph::mirror
