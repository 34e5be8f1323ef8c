// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/key_store.hpp>
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>

namespace heliograph::pki {

namespace {

constexpr std::uint64_t key_file_limit_bytes = 1024U * 1024U;
constexpr std::string_view device_key_kind = "heliograph-device-key-1";

// PEM never begins so, and no text before a PEM block of ours does.
bool names_device(ByteSpan text) {
    return !text.empty() && text.front() == std::byte{'{'};
}

Result<Pkcs11Address> parse_device_key(std::string_view text) {
    HG_TRY(const JsonValue document, parse_json(text, {.text_bytes = 16384, .depth = 2}));
    HG_TRY(const std::string kind, document.text_member("kind"));
    HG_TRY(const std::string module, document.text_member("module"));
    HG_TRY(std::string uri, document.text_member("uri"));
    if (kind != device_key_kind) {
        return Error(
            ErrorCode::malformed,
            "expected a file of the kind " + std::string(device_key_kind) + ", saw another"
        );
    }
    return Pkcs11Address{module, std::move(uri)};
}

// What stands in a file of ours and cannot be read is damage, not somebody's evidence.
Result<PrivateKey> open_key_in_file(ByteSpan text, const KeyAccess& access) {
    auto key = unlock_private_key(text, access.passphrase);
    if (key || (key.error().code() != ErrorCode::malformed &&
                key.error().code() != ErrorCode::not_found)) {
        return key;
    }
    return Error(ErrorCode::io, key.error().message() + "; restore the file from your backup");
}

Result<PrivateKey> open_named_key(ByteSpan text, const KeyAccess& access) {
    if (!names_device(text)) {
        return open_key_in_file(text, access);
    }
    HG_TRY(Pkcs11Address address, parse_device_key(text_of(text)));
    if (!access.device.module.empty()) {
        address.module = access.device.module;
    }
    return open_device_key(address, access.device);
}

}  // namespace

Result<PrivateKey> open_device_key(const Pkcs11Address& address, const DeviceAccess& device) {
    if (!device.pin) {
        return Error(
            ErrorCode::unsupported,
            "expected a way to ask for the PIN of the device with the key " + address.uri +
                ", saw none; give it with --pin-file or --pin-fd"
        );
    }
    return open_pkcs11_key(address, device.pin);
}

std::string render_device_key(const Pkcs11Address& address) {
    return render_json(
               JsonObject{
                   {"kind", std::string(device_key_kind)},
                   {"module", address.module.string()},
                   {"uri", address.uri}},
               JsonLayout::indented
           ) +
           "\n";
}

Result<std::optional<Pkcs11Address>> device_key_address(const std::filesystem::path& path) {
    HG_TRY(const SecretBytes text, read_secret_file(path, key_file_limit_bytes));
    if (!names_device(text.expose())) {
        return std::optional<Pkcs11Address>();
    }
    auto address = parse_device_key(text_of(text.expose()));
    if (!address) {
        return std::move(address).error().at(path.string());
    }
    return std::optional(std::move(address).value());
}

Result<bool> is_device_key(const std::filesystem::path& path) {
    HG_TRY(const auto address, device_key_address(path));
    return address.has_value();
}

std::string published_name(const Certificate& issuer) {
    constexpr std::size_t digits = 16;
    return issuer.fingerprint().to_hex().substr(0, digits);
}

Result<PrivateKey> load_authority_key(
    const std::filesystem::path& path, const Certificate& certificate, const KeyAccess& access
) {
    const auto text = read_secret_file(path, key_file_limit_bytes);
    if (!text && text.error().code() == ErrorCode::not_found) {
        return Error(
            ErrorCode::io,
            "expected the key of '" + certificate.subject() + "' in " + path.string() +
                ", saw no such file; bring it there from where it is kept (its backup, or the disk "
                "that is offline) and run the same command again"
        );
    }
    if (!text) {
        return text.error();
    }
    auto opened = open_named_key(text->expose(), access);
    if (!opened) {
        return std::move(opened).error().at(path.string());
    }
    PrivateKey key = std::move(opened).value();
    if (!key.belongs_to(certificate.public_key())) {
        return Error(
            ErrorCode::conflict,
            "expected " + path.string() + " to hold the key of '" + certificate.subject() +
                "', saw another key; restore the file from your backup"
        );
    }
    return key;
}

Result<Certificate> load_authority_certificate(const std::filesystem::path& path) {
    HG_TRY(const Bytes text, read_file(path, certificate_limit_bytes * 2));
    auto certificate = Certificate::parse_pem(text_of(text));
    if (!certificate) {
        return std::move(certificate).error().at(path.string());
    }
    return certificate;
}

}  // namespace heliograph::pki
