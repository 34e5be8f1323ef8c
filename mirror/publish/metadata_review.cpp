// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/metadata_header.hpp>
#include <mirror/publish/metadata_review.hpp>
#include <verify/index/dependency_metadata.hpp>
#include <verify/verdict/limits.hpp>

namespace heliograph::mirror {

// As the page promises it; none of what cannot be read as it was stored.
std::optional<Bytes> MetadataReview::promised_text(const verify::PageFile& file) const {
    auto text = read_blob(m_parts.blobs, *file.core_metadata, verify::limits::core_metadata_bytes);
    const bool is_whole = text && pki::sha256(*text) == *file.core_metadata;
    return is_whole ? std::optional(*std::move(text)) : std::nullopt;
}

Result<bool> MetadataReview::is_promised_in_vain(const verify::PageFile& file) const {
    if (file.name.kind() != verify::FileKind::sdist || !file.core_metadata) {
        return false;
    }
    const auto text = promised_text(file);
    if (!text) {
        return false;
    }
    HG_TRY(const auto standing, verify::standing_of_metadata(text_of(*text), file.name.kind()));
    return standing == verify::DependencyStanding::decided_by_build;
}

Result<MetadataReview::Effect> MetadataReview::look_at(verify::ProjectPage& page) {
    auto effect = Effect::none;
    if (!m_seen.insert(page.name).second) {
        return effect;
    }
    for (auto& file : page.files) {
        HG_TRY(const bool in_vain, is_promised_in_vain(file));
        if (in_vain) {
            HG_TRY(effect, take_back(file));
        }
    }
    return effect;
}

Result<MetadataReview::Effect> MetadataReview::take_back(verify::PageFile& file) {
    if (!file.core_metadata) {
        return Effect::none;
    }
    HG_TRY(auto record, m_parts.catalog.file_named(file.name));
    record.metadata.reset();
    if (const auto text = promised_text(file); text && !record.about) {
        record.about = metadata_header(text_of(*text));
    }
    HG_CHECK(m_parts.transaction.put_file(record));
    file.core_metadata.reset();
    return Effect::taken_back;
}

}  // namespace heliograph::mirror
