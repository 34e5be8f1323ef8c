// SPDX-License-Identifier: Apache-2.0
// A whole master in memory, with an authority and a signer of its own: what publish is tested with
// and sync follows.
#pragma once

#include <mirror/publish/publisher.hpp>
#include <mirror/store/memory_blob_store.hpp>
#include <mirror/store/memory_catalog.hpp>
#include <pki/base/event_sink.hpp>
#include <tests/support/fake_clock.hpp>
#include <tests/support/sample_archive.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/support/test_authority.hpp>
#include <verify/gate/trust_bundle.hpp>

#include <optional>
#include <utility>

namespace heliograph::mirror {

/// @thread One thread.
class TestMaster {
  public:
    TestMaster() : m_signer(make_signer()) { publish_evidence(); }

    /// Writes a wheel of its own folder. A payload of your choice changes its digest.
    [[nodiscard]] std::filesystem::path write(
        const std::string& name, const std::string& version, const std::string& payload = "x = 1\n"
    ) {
        const auto place = m_folder.path() / pki::sha256(bytes_of(payload)).to_hex();
        std::filesystem::create_directories(place);
        return test_support::write_wheel(
            place, {.name = name, .version = version, .payload = payload}
        );
    }

    /// Writes and publishes one wheel.
    AddedFile add(
        const std::string& name, const std::string& version, const std::string& payload = "x = 1\n"
    ) {
        return publisher().add({write(name, version, payload)}).value().front();
    }

    [[nodiscard]] Publisher publisher() { return Publisher(parts()); }
    [[nodiscard]] const pki::Credential& signer() const { return m_signer; }

    /// Gives the master another signer of the same authority.
    void roll_signer() {
        m_signer = make_signer();
        publish_evidence();
    }

    /// Another signer of the same authority, not announced to anybody.
    [[nodiscard]] pki::Credential issue_signer(
        test_support::Lifetime lifetime = test_support::Lifetime::current
    ) const {
        return make_signer(lifetime);
    }

    /// Signs with another key from here on, and as long as signers overlap with the former too;
    /// what is published stays.
    void sign_with(pki::Credential signer) {
        m_former = std::exchange(m_signer, std::move(signer));
    }

    [[nodiscard]] Publisher::Parts parts() {
        return {catalog, blobs, m_signer, clock, m_events, m_former ? &*m_former : nullptr};
    }

    [[nodiscard]] verify::TrustBundle trust() const {
        return {
            .name = "test index",
            .roots = {pki::Certificate::parse_pem(m_authority.root_pem()).value()},
            .mirrors = {}};
    }

    MemoryCatalog catalog;
    MemoryBlobStore blobs;
    // The test authority's certificates are valid around the real present.
    test::FakeClock clock{SystemClock().now()};

  private:
    [[nodiscard]] pki::Credential make_signer(
        test_support::Lifetime lifetime = test_support::Lifetime::current
    ) const {
        const auto identity = m_authority.issue(
            {.purpose = test_support::Purpose::signer,
             .common_name = "page signer",
             .alternative_names = "",
             .lifetime = lifetime}
        );
        return pki::Credential::parse_bundle(bytes_of(identity.key_pem + identity.chain_pem))
            .value();
    }

    void publish_evidence() {
        static_cast<void>(publisher().publish_evidence({m_signer.chain_pem(), ""}).value());
    }

    test_support::TestAuthority m_authority;
    test::TempFolder m_folder;
    SilentSink m_events;
    pki::Credential m_signer;
    std::optional<pki::Credential> m_former;
};

}  // namespace heliograph::mirror
