// SPDX-License-Identifier: Apache-2.0
// Makes the folder of a master with many small projects, for sync_bench.py: pages, signatures and
// journal as `mirror add` makes them, files of random bytes.
// Usage: sync_bench_master FOLDER PROJECTS FILES BYTES [bare], which is without metadata texts.
#include <mirror/store/folder.hpp>
#include <pki/base/file.hpp>
#include <pki/x509/credential.hpp>
#include <tests/support/test_authority.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/index/page_json.hpp>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <random>
#include <string>

namespace {

using heliograph::Bytes;
using heliograph::bytes_of;
using heliograph::Outcome;
using heliograph::Result;
namespace mirror = heliograph::mirror;
namespace pki = heliograph::pki;
namespace test_support = heliograph::test_support;
namespace verify = heliograph::verify;

struct Size {
    std::uint64_t projects;
    std::uint64_t files;
    std::uint64_t file_bytes;
    bool bare = false;
};

class MasterMaker {
  public:
    MasterMaker(
        const mirror::MirrorFolder& folder,
        mirror::CatalogTransaction& change,
        const pki::Credential& signer
    )
        : m_blobs(folder.open_blobs()), m_change(change), m_signer(signer) {}

    Outcome add_project(std::uint64_t number, const Size& size) {
        const std::string name = "project-" + std::to_string(number);
        HG_TRY(const auto project, verify::parse_normalised_name(name));
        verify::ProjectPage page{.name = project, .serial = {}, .files = {}};
        for (std::uint64_t file = 0; file < size.files; ++file) {
            HG_CHECK(add_file(page, file, size));
        }
        page.serial = m_serial;
        mirror::PageDigests digests;
        HG_TRY(digests.html, put_page(page, verify::PageForm::html));
        HG_TRY(digests.json, put_page(page, verify::PageForm::json));
        for (auto& event : m_events) {
            event.pages = digests;
            HG_CHECK(m_change.append_event(event));
        }
        m_events.clear();
        return {};
    }

    /// After the last project.
    Outcome put_blobs() { return m_batch ? m_batch->commit() : Outcome(); }

  private:
    Result<pki::Sha256> put_blob(const Bytes& content) {
        if (!m_batch) {
            HG_TRY(m_batch, m_blobs->begin_batch());
        }
        HG_TRY(const auto blob, m_batch->begin());
        HG_CHECK(blob->write(content));
        return blob->commit();
    }

    static std::optional<mirror::MetadataRecord> record_of(
        const std::optional<pki::Sha256>& digest, const std::string& text
    ) {
        if (!digest) {
            return std::nullopt;
        }
        return mirror::MetadataRecord{.digest = *digest, .size_bytes = text.size()};
    }

    Outcome add_file(verify::ProjectPage& page, std::uint64_t number, const Size& size) {
        const std::string stem = "project_" + page.name.text().substr(8);
        const std::string version = "1." + std::to_string(number);
        Bytes content(size.file_bytes);
        for (auto& byte : content) {
            byte = static_cast<std::byte>(m_random());
        }
        const std::string text =
            "Metadata-Version: 2.1\nName: " + page.name.text() + "\nVersion: " + version + "\n";
        HG_TRY(const auto digest, put_blob(content));
        std::optional<pki::Sha256> metadata;
        if (!size.bare) {
            HG_TRY(metadata, put_blob(heliograph::to_bytes(text)));
        }
        HG_TRY(auto file, verify::parse_dist_file_name(stem + "-" + version + "-py3-none-any.whl"));
        HG_CHECK(m_change.put_file(
            {.path = verify::FilePath(digest, file),
             .size_bytes = content.size(),
             .metadata = record_of(metadata, text)}
        ));
        HG_TRY(m_serial, m_change.take_serial());
        m_events.push_back(
            {.serial = m_serial,
             .time = heliograph::SystemClock().now(),
             .action = mirror::JournalAction::add_file,
             .project = page.name,
             .filename = file,
             .pages = std::nullopt}
        );
        static_cast<void>(verify::add_file(
            page,
            {.name = std::move(file),
             .sha256 = digest,
             .size_bytes = content.size(),
             .upload_time = heliograph::SystemClock().now(),
             .requires_python = ">=3.8",
             .yanked = std::nullopt,
             .core_metadata = metadata}
        ));
        return {};
    }

    Result<pki::Sha256> put_page(const verify::ProjectPage& page, verify::PageForm form) {
        auto body = heliograph::to_bytes(verify::render_page(page, form));
        HG_TRY(auto signature, verify::sign_page(m_signer.key, body));
        const auto digest = pki::sha256(body);
        HG_CHECK(m_change.put_page(
            page.name,
            form,
            {.body = std::move(body),
             .digest = digest,
             .signature = std::move(signature),
             .serial = page.serial}
        ));
        return digest;
    }

    std::unique_ptr<mirror::BlobStore> m_blobs;
    std::unique_ptr<mirror::BlobBatch> m_batch;
    mirror::CatalogTransaction& m_change;
    const pki::Credential& m_signer;
    verify::Serial m_serial;
    std::vector<mirror::JournalEvent> m_events;
    std::mt19937 m_random{1};  // NOLINT: the same bytes every time
};

Outcome make(const char* path, const Size& size) {
    const test_support::TestAuthority authority;
    const auto identity = authority.issue(
        {.purpose = test_support::Purpose::signer,
         .common_name = "page signer",
         .alternative_names = ""}
    );
    HG_TRY(
        const auto signer,
        pki::Credential::parse_bundle(bytes_of(identity.key_pem + identity.chain_pem))
    );
    HG_TRY(const auto folder, mirror::MirrorFolder::init(path, {mirror::MirrorRole::master, {}}));
    HG_TRY(auto root, pki::Certificate::parse_pem(authority.root_pem()));
    const verify::TrustBundle trust{
        .name = "bench index", .roots = {std::move(root)}, .mirrors = {}};
    HG_CHECK(heliograph::write_file_atomically(
        folder.trust_path(), bytes_of(verify::render_trust_bundle(trust))
    ));
    HG_TRY(const auto catalog, folder.open_catalog());
    HG_TRY(const auto change, catalog->begin());
    HG_CHECK(change->put_evidence(mirror::EvidenceKind::signer_chain, bytes_of(signer.chain_pem()))
    );
    MasterMaker maker(folder, *change, signer);
    for (std::uint64_t project = 0; project < size.projects; ++project) {
        HG_CHECK(maker.add_project(project, size));
    }
    HG_CHECK(maker.put_blobs());
    return change->commit();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5 && argc != 6) {
        std::fprintf(stderr, "usage: sync_bench_master FOLDER PROJECTS FILES BYTES [bare]\n");
        return 2;
    }
    const Outcome outcome = make(
        argv[1], {std::stoull(argv[2]), std::stoull(argv[3]), std::stoull(argv[4]), argc == 6}
    );
    if (!outcome) {
        std::fprintf(stderr, "%s\n", outcome.error().describe().c_str());
        return 7;
    }
    return 0;
}
