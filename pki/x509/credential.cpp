// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/crypto/encrypted_key.hpp>
#include <pki/crypto/key_file.hpp>
#include <pki/crypto/pem.hpp>
#include <pki/x509/credential.hpp>

#include <cstdint>

namespace heliograph::pki {

namespace {

constexpr std::uint64_t bundle_limit_bytes = 1024U * 1024U;
constexpr std::size_t chain_limit = 16;

template <typename T>
Result<T> located(Result<T> result, const std::filesystem::path& path) {
    if (!result) {
        return std::move(result).error().at(path.string());
    }
    return result;
}

}  // namespace

// The certificates of a text that may hold a key too: the key's block stays encoded, so no copy of
// it is made.
Result<std::vector<Certificate>> certificates_in(std::string_view pem, KeyDemand demand) {
    if (pem.size() > bundle_limit_bytes) {
        return Error(ErrorCode::too_large, "expected at most 1 MiB of PEM, saw more");
    }
    std::vector<Certificate> chain;
    PemReader reader(pem);
    for (;;) {
        HG_TRY(const auto block, reader.next());
        if (!block) {
            return chain;
        }
        if (block->label != "CERTIFICATE") {
            continue;
        }
        if (chain.size() == chain_limit) {
            return Error(
                ErrorCode::too_large, "expected at most 16 certificates in a bundle, saw more"
            );
        }
        HG_TRY(const Bytes der, block->decode());
        HG_TRY(Certificate certificate, Certificate::parse_der(der, demand));
        chain.push_back(std::move(certificate));
    }
}

Result<Credential> Credential::combine(PrivateKey key, std::vector<Certificate> chain) {
    if (chain.empty()) {
        return Error(
            ErrorCode::not_found, "expected a PEM block CERTIFICATE beside the key, saw none"
        );
    }
    if (!(key.public_key() == chain.front().public_key())) {
        return Error(
            ErrorCode::invalid_argument,
            "expected the private key of the certificate '" + chain.front().subject() +
                "', saw another key; give the key and the certificate that were issued together"
        );
    }
    Certificate leaf = chain.front();
    chain.erase(chain.begin());
    return Credential{std::move(key), std::move(leaf), std::move(chain)};
}

Result<Credential> Credential::parse_bundle(ByteSpan bundle_pem) {
    HG_TRY(const bool encrypted, is_private_key_encrypted(bundle_pem));
    if (encrypted) {
        return Error(
            ErrorCode::unsupported,
            "expected a bundle with a private key that is not encrypted, since programs that serve "
            "and sign start without anybody to ask, saw an encrypted one; write one in the clear "
            "with 'pki export pem NAME --out FILE'"
        );
    }
    HG_TRY(PrivateKey key, PrivateKey::parse_pem(bundle_pem));
    HG_TRY(auto chain, certificates_in(text_of(bundle_pem)));
    return combine(std::move(key), std::move(chain));
}

Result<Credential> Credential::load_bundle(const std::filesystem::path& path) {
    HG_TRY(const SecretBytes bundle, read_secret_file(path, bundle_limit_bytes));
    return located(parse_bundle(bundle.expose()), path);
}

Result<Credential> Credential::load(const Files& files) {
    HG_TRY(PrivateKey key, load_private_key(files.key));
    HG_TRY(const Bytes text, read_file(files.chain, bundle_limit_bytes));
    HG_TRY(
        auto chain, located(Certificate::parse_pem_list(text_of(text), chain_limit), files.chain)
    );
    return located(combine(std::move(key), std::move(chain)), files.key);
}

SecretBytes Credential::to_bundle_pem() const {
    const SecretBytes key_pem = key.to_pem();
    const std::string chain = chain_pem();
    SecretBytes bundle(key_pem.size() + chain.size());
    const auto target = bundle.writable();
    const ByteSpan key_bytes = key_pem.expose();
    const ByteSpan chain_bytes = bytes_of(chain);
    std::copy(key_bytes.begin(), key_bytes.end(), target.begin());
    std::copy(chain_bytes.begin(), chain_bytes.end(), target.subspan(key_pem.size()).begin());
    return bundle;
}

std::string Credential::chain_pem() const {
    return leaf.to_pem() + render_pem_list(intermediates);
}

}  // namespace heliograph::pki
