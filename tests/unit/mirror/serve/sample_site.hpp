// SPDX-License-Identifier: Apache-2.0
// A small index in memory, filled by hand, with what the routes serve.
#pragma once

#include <mirror/store/memory_blob_store.hpp>
#include <mirror/store/memory_catalog.hpp>
#include <verify/index/file_path.hpp>
#include <verify/index/page_html.hpp>

#include <stdexcept>
#include <string>

namespace heliograph::test {

template <typename T>
T sure(Result<T> result) {
    if (!result) {
        throw std::runtime_error(result.error().describe());
    }
    return *std::move(result);
}
inline void sure(const Outcome& outcome) {
    if (!outcome) {
        throw std::runtime_error(outcome.error().describe());
    }
}

inline const std::string wheel_content = "PK, but not really a wheel: " + std::string(200, 'w');
inline const std::string wheel_metadata = "Metadata-Version: 2.1\nName: wheel\nVersion: 0.1\n";
inline const std::string html_page = "<!DOCTYPE html><title>wheel</title><!--SERIAL 4-->";
inline const std::string json_page = R"({"meta":{"api-version":"1.1","_last-serial":4}})";

inline verify::FilePath wheel_path() {
    return {
        pki::sha256(bytes_of(wheel_content)),
        sure(verify::parse_dist_file_name("wheel-0.1-py3-none-any.whl"))};
}

inline mirror::StoredPage stored(const std::string& body, const std::string& signature) {
    return {to_bytes(body), pki::sha256(bytes_of(body)), to_bytes(signature), verify::Serial{4}};
}

inline void put_blob(mirror::BlobStore& blobs, const std::string& content) {
    const auto writer = sure(blobs.begin());
    sure(writer->write(bytes_of(content)));
    sure(writer->commit());
}

/// Fills a catalogue and a blob store with one project, `wheel`, at serial 4.
inline void fill(mirror::Catalog& catalog, mirror::BlobStore& blobs) {
    put_blob(blobs, wheel_content);
    put_blob(blobs, wheel_metadata);
    const auto wheel = sure(verify::parse_project_name("wheel"));
    const auto change = sure(catalog.begin());
    sure(change->put_page(wheel, verify::PageForm::html, stored(html_page, "html signature")));
    sure(change->put_page(wheel, verify::PageForm::json, stored(json_page, "json signature")));
    sure(change->put_file(
        {wheel_path(),
         wheel_content.size(),
         mirror::MetadataRecord{pki::sha256(bytes_of(wheel_metadata)), wheel_metadata.size()}}
    ));
    sure(change->put_evidence(mirror::EvidenceKind::server_key, bytes_of("the key")));
    sure(change->put_evidence(mirror::EvidenceKind::signer_chain, bytes_of("the chain")));
    sure(change->append_event(
        {verify::Serial{4},
         Instant(std::chrono::seconds(1'767'323'045)),
         mirror::JournalAction::add_file,
         wheel,
         wheel_path().name(),
         mirror::PageDigests{pki::sha256(bytes_of(html_page)), pki::sha256(bytes_of(json_page))}}
    ));
    sure(change->set_last_serial(verify::Serial{4}));
    sure(change->set_last_modified(Instant(std::chrono::seconds(1'767'323'045))));
    sure(change->commit());
}

}  // namespace heliograph::test
