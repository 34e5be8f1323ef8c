// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/crypto/key_file.hpp>

namespace heliograph::pki {

Result<PrivateKey> load_private_key(const std::filesystem::path& path) {
    return load_private_key(path, PassphraseSource());
}

Result<PrivateKey> load_private_key(
    const std::filesystem::path& path, const PassphraseSource& passphrase
) {
    constexpr std::uint64_t limit_bytes = 1024U * 1024U;
    HG_TRY(const SecretBytes pem, read_secret_file(path, limit_bytes));
    auto key = unlock_private_key(pem.expose(), passphrase);
    if (!key) {
        return std::move(key).error().at(path.string());
    }
    return key;
}

Outcome save_private_key(const std::filesystem::path& path, const PrivateKey& key) {
    const SecretBytes pem = key.to_pem();
    return write_file_atomically(path, pem.expose(), FileAccess::owner_only, Replacement::refused);
}

Outcome save_private_key(
    const std::filesystem::path& path, const PrivateKey& key, const SecretBytes& passphrase
) {
    HG_TRY(const std::string pem, lock_private_key(key, passphrase));
    return write_file_atomically(path, bytes_of(pem), FileAccess::owner_only, Replacement::refused);
}

}  // namespace heliograph::pki
