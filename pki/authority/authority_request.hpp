// SPDX-License-Identifier: Apache-2.0
// What an authority is asked for: values, one for each act.
#pragma once

#include <pki/authority/ledger_entry.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/error.hpp>
#include <pki/crypto/encrypted_key.hpp>
#include <pki/crypto/key.hpp>
#include <pki/x509/certificate.hpp>
#include <pki/x509/profile.hpp>
#include <pki/x509/request.hpp>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::pki {

/// Whether the root vouches for permitted names only.
enum class Constraint { permitted_names, none };

struct IssueRequest {
    LeafKind kind = LeafKind::server;
    std::string name;  ///< 1 to 64 of a-z A-Z 0-9 . _ -, the first a letter or digit: names the
                       ///< folder and the certificate.
    /// Server and peer only. With neither dns nor ip, the name itself is the server's name.
    std::vector<std::string> dns = {};
    std::vector<std::string> ip = {};
    /// At most one: the identity. A client's and peer's is spiffe://AUTHORITY/ROLE/NAME by default.
    std::vector<std::string> uri = {};
    std::vector<std::string> email = {};  ///< Client and recipient only.
    std::string role = {};                ///< In the identity; by default the kind.
    KeyType key_type = KeyType::p256;     ///< Recipients: p256 or x25519, which is theirs alone.
    std::optional<std::chrono::days> days = {};  ///< By default 90, a signer's and recipient's 365.
    std::optional<std::filesystem::path> folder =
        {};                 ///< Where the files go; by default DIR/issued/NAME.
    KeyLock key_lock = {};  ///< How the key is written.
};

struct AuthorityRequest {
    std::string name =
        "heliograph";  ///< 1 to 48 letters, digits, spaces, dots, hyphens: part of the CA names.
    /// Names beside localhost and loopback, as parse_constraints() reads them. Once a URI host is
    /// named, URIs of other hosts are out of bounds, but for the authority's own identities; once
    /// an e-mail address or host is, so are other addresses.
    std::vector<std::string> permit = {};
    Constraint constraint = Constraint::permitted_names;
    KeyType key_type = KeyType::p256;  ///< Of root and intermediate.
    /// `http://...`: where DIR/public is served; goes into what is issued. Empty: nowhere.
    std::string base_url = {};
    /// `http://...`: where a responder answers for the intermediates (answer_ocsp_request); goes
    /// into end certificates. The files of DIR/ocsp cannot be asked for by that protocol, so it is
    /// not below the base URL by itself. Empty: nowhere.
    std::string ocsp_url = {};
    /// Keys that are in a device already and stay there: the absolute path of its library, and a
    /// URI (RFC 7512, without a PIN) for each. Empty: the key is made here, in a file.
    std::filesystem::path pkcs11_module = {};
    std::string root_key_uri = {};
    std::string intermediate_key_uri = {};
    std::chrono::days root_days{3652};
    std::chrono::days intermediate_days{1826};
    /// Certificates that appear together with the authority, or none of it does; each name once,
    /// and no folders. Ephemeral authorities have a list of their own.
    std::vector<IssueRequest> issue = {};
};

/// What opens keys in devices, if there are any.
struct DeviceAccess {
    /// In place of the library that was named when the authority was made: it may lie elsewhere
    /// here.
    std::filesystem::path module = {};
    PassphraseSource pin = {};
};

struct SignRequest {
    LeafKind kind = LeafKind::server;
    CertificateRequest request;
    std::string name = {};  ///< By default the request's common name, else its first DNS name.
    std::vector<std::string> uri = {};  ///< Identities it may name beside the one issue() gives.
    std::optional<std::chrono::days> days = {};
    std::optional<std::filesystem::path> folder = {};
};

enum class KeyChange { same_key, new_key };

/// What becomes of a passphrase where the same key needs none, being in the clear or elsewhere.
enum class NeedlessPassphrase { refused, passed_over };

/// Whether users of a renewed certificate are to be told of it. What is announced is remembered
/// from the renewal on, and until FollowUps::settle().
enum class FollowUp { none, announced };

struct RenewRequest {
    std::string name;
    KeyChange key = KeyChange::same_key;
    std::optional<LeafKind> kind = {};  ///< Which one, when a name has several; else the newest.
    std::optional<std::chrono::days> days = {};  ///< By default as long as before.
    /// How a new key is written: under a passphrase, if the one before it is. The same key stays as
    /// it is, in the clear or not; an encrypted one is opened with this passphrase, and checked.
    KeyLock key_lock = {};
    NeedlessPassphrase needless = NeedlessPassphrase::refused;
    FollowUp follow_up = FollowUp::none;
};

/// A part of a certificate's life, `1/3`.
struct LifeFraction {
    unsigned numerator = 1;
    unsigned denominator = 3;
};

struct Issued {
    Certificate certificate;
    std::filesystem::path folder;
    IssuedKey key;
    /// Of a renewal: what failed behind the commit, while the new files are in their place.
    std::optional<Error> unfinished = {};
};

/// A new authority, and its first certificates in the order of the requests.
struct BuiltAuthority {
    Certificate root;
    std::vector<Issued> issued;
};

/// What a name means that has several certificates which are still valid.
enum class RevokeScope { only_one, all_of_name };

struct RevokeRequest {
    std::string name_or_serial;
    std::optional<RevocationReason> reason = {};  ///< None: unspecified.
    RevokeScope scope = RevokeScope::only_one;
};

}  // namespace heliograph::pki
