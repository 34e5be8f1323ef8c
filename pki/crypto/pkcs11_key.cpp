// SPDX-License-Identifier: Apache-2.0
// Engines are deprecated since OpenSSL 3.0 in favour of providers; the provider for PKCS #11 is not
// in Debian 12, the engine is everywhere we run.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <pki/crypto/key_policy.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/crypto/pkcs11_key.hpp>
#include <pki/crypto/signature_check.hpp>
#include <pki/crypto/signer.hpp>

#include <dlfcn.h>
#include <openssl/engine.h>

#include <algorithm>
#include <mutex>

namespace heliograph::pki {

namespace {

constexpr std::string_view uri_scheme = "pkcs11:";

/// The engine, which knows one module for the life of the process.
struct LoadedEngine {
    ENGINE* engine = nullptr;
    std::string module;
};

Error no_engine() {
    return openssl_error(
        ErrorCode::unsupported,
        "load OpenSSL's engine pkcs11, which the package libengine-pkcs11-openssl brings"
    );
}

Result<ENGINE*> load_engine(const std::string& module) {
    static LoadedEngine loaded;
    if (loaded.engine != nullptr && loaded.module != module) {
        return Error(
            ErrorCode::conflict,
            "expected one PKCS #11 module in a process, saw " + module + " after " + loaded.module
        );
    }
    if (loaded.engine != nullptr) {
        return loaded.engine;
    }
    ENGINE_load_dynamic();
    using EngineHandle = OpensslHandle<ENGINE, ENGINE_free>;
    EngineHandle engine(ENGINE_by_id("pkcs11"));
    // QUIET: what the engine would print on standard error is told by our own sentence.
    const bool ready =
        engine != nullptr && ENGINE_ctrl_cmd_string(engine.get(), "QUIET", nullptr, 0) == 1 &&
        ENGINE_ctrl_cmd_string(engine.get(), "MODULE_PATH", module.c_str(), 0) == 1 &&
        ENGINE_init(engine.get()) == 1;
    if (!ready) {
        return no_engine();
    }
    // Kept to the end: keys that were opened need it.
    loaded = {engine.release(), module};
    return loaded.engine;
}

// The engine would say so late, by no reason at all and on standard error. The library stays
// loaded: the engine needs it at once.
Outcome check_module(const std::filesystem::path& module) {
    void* const library = ::dlopen(module.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr && ::dlsym(library, "C_GetFunctionList") != nullptr) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected " + module.string() + " to be a PKCS #11 module, saw " +
            (library == nullptr ? "a file that is no library of this machine"
                                : "a library without C_GetFunctionList")
    );
}

Outcome check_address(const Pkcs11Address& address) {
    const bool has_pin = address.uri.find("pin-value") != std::string::npos ||
                         address.uri.find("pin-source") != std::string::npos;
    if (!address.uri.starts_with(uri_scheme) || has_pin) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a URI pkcs11:... without a PIN in it, saw another text; the PIN is asked for"
        );
    }
    if (!address.module.is_absolute()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected the absolute path of a PKCS #11 module, saw " + address.module.string()
        );
    }
    std::error_code ignored;
    if (!std::filesystem::exists(address.module, ignored)) {
        return Error(
            ErrorCode::not_found,
            "expected the PKCS #11 module " + address.module.string() + ", saw no such file"
        );
    }
    return check_module(address.module);
}

// The engine wants a C string, and copies it.
Outcome give_pin(ENGINE* engine, const SecretBytes& pin) {
    const ByteSpan exposed = pin.expose();
    const bool fits = !pin.empty() && pin.size() <= passphrase_limit_bytes &&
                      std::find(exposed.begin(), exposed.end(), std::byte{0}) == exposed.end();
    if (!fits) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a PIN of 1 to 1024 bytes without a zero byte, saw another"
        );
    }
    SecretBytes text(pin.size() + 1);
    std::copy(exposed.begin(), exposed.end(), text.writable().begin());
    const auto* const start = reinterpret_cast<const char*>(text.expose().data());
    return check(ENGINE_ctrl_cmd_string(engine, "PIN", start, 0), "hand over a PIN");
}

// The engine finds the public half by the id of the private one (CKA_ID). Where that is missing, or
// several have it, it may be another's.
Outcome check_halves(const PrivateKey& key, const std::string& uri) {
    if (!checks_signatures(key.public_key())) {
        return {};
    }
    constexpr std::string_view probe = "heliograph: do these two halves belong together?";
    const auto signature = sign(key, bytes_of(probe));
    if (!signature) {
        return signature.error();
    }
    HG_TRY(
        const SignatureOutcome outcome,
        check_signature(key.public_key(), SignedBytes(bytes_of(probe)), SignatureBytes(*signature))
    );
    if (outcome == SignatureOutcome::valid) {
        return {};
    }
    return Error(
        ErrorCode::conflict,
        "expected the device to show the public half of its key " + uri +
            ", saw that of another key; give each key in the device an id of its own (CKA_ID), "
            "the same for both halves"
    );
}

}  // namespace

Result<PrivateKey> open_pkcs11_key(const Pkcs11Address& address, const PassphraseSource& pin) {
    static std::mutex engine_mutex;
    HG_CHECK(check_address(address));
    HG_TRY(const SecretBytes secret, pin());
    const std::lock_guard lock(engine_mutex);
    HG_TRY(ENGINE* const engine, load_engine(address.module.string()));
    HG_CHECK(give_pin(engine, secret));
    PrivateKey::Handle key(ENGINE_load_private_key(engine, address.uri.c_str(), nullptr, nullptr));
    drain_openssl_errors();
    if (key == nullptr) {
        return Error(
            ErrorCode::denied,
            "expected the device to open its key " + address.uri +
                ", saw a refusal: there is no such key, or the PIN is another"
        );
    }
    HG_CHECK(check_key_policy(key.get()));
    PrivateKey opened = PrivateKey::adopt(std::move(key));
    HG_CHECK(check_halves(opened, address.uri));
    return opened;
}

}  // namespace heliograph::pki
