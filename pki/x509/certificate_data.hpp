// SPDX-License-Identifier: Apache-2.0
// Private: what a Certificate keeps.
#pragma once

#include <pki/crypto/openssl_handle.hpp>
#include <pki/x509/certificate.hpp>

#include <mutex>
#include <optional>

namespace heliograph::pki {

struct Certificate::Data {
    /// The library's form; of one that our own reader read it is made when somebody wants it.
    mutable X509Handle handle;
    mutable std::once_flag handle_wanted;
    Bytes der;
    Sha256 fingerprint;
    std::string subject;
    std::string issuer;
    std::string common_name;
    std::string serial_hex;
    Instant not_before;
    Instant not_after;
    bool is_ca = false;
    bool is_self_issued = false;
    std::vector<std::string> dns_names;
    std::vector<std::string> ip_addresses;
    std::vector<std::string> uris;
    std::vector<std::string> email_addresses;
    std::vector<ExtendedKeyUsage> usages;
    std::optional<PublicKey> public_key;
    bool has_supported_key = true;

    Outcome read_names();
    Outcome read_validity();
    Outcome read_extensions();
    Outcome read_alternative_names();
    Outcome read_public_key(KeyDemand demand);
    [[nodiscard]] std::string key_algorithm() const;
};

}  // namespace heliograph::pki
