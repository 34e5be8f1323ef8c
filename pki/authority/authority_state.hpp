// SPDX-License-Identifier: Apache-2.0
// Private: what an open authority holds; shared by the sources of its acts.
#pragma once

#include <pki/authority/authority.hpp>
#include <pki/authority/folder_stage.hpp>
#include <pki/authority/issuer.hpp>
#include <pki/authority/key_store.hpp>
#include <pki/authority/ledger.hpp>
#include <pki/base/file_lock.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::pki {

/// Who signs, as the ledger has it: root and intermediate that are active, then those that retire.
struct IssuerSet {
    Certificate root;
    Certificate intermediate;
    std::vector<Issuer> all;           ///< Roots first, in each role the active one first.
    std::vector<Certificate> crosses;  ///< Good ones, while a root retires.

    /// @errors malformed (a ledger without an active root or intermediate), io.
    [[nodiscard]] static Result<IssuerSet> load(Ledger& ledger, Instant now);

    [[nodiscard]] const Issuer* find(std::string_view serial_hex) const;
    [[nodiscard]] std::vector<Certificate> of_role(IssuerRole role) const;
    /// What end certificates send along: the intermediate, then the cross-certificate that leads
    /// from the active root to those that retire.
    [[nodiscard]] std::vector<Certificate> sent_along() const;
};

/// The key of an issuer; or why it is not here, being kept elsewhere or in a device that did not
/// open it.
struct KeyAtHand {
    Issuer issuer;
    Result<PrivateKey> key;
};

struct Authority::State {
    AuthorityPaths paths;
    FileLock lock;
    Ledger ledger;
    IssuerSet issuers;
    const Clock& clock;
    AuthorityIdentity identity;
    KeyAccess access;

    [[nodiscard]] const Certificate& root() const { return issuers.root; }
    [[nodiscard]] const Certificate& intermediate() const { return issuers.intermediate; }
    /// The key of an issuer that is not retired. @errors Those of load_authority_key.
    [[nodiscard]] Result<PrivateKey> key_of(const Certificate& issuer) const;
    /// Of all issuers, in their order; each device is asked once. @errors Those of
    /// load_authority_key() for a key in a file.
    [[nodiscard]] Result<std::vector<KeyAtHand>> keys_at_hand() const;
    [[nodiscard]] Result<PrivateKey> intermediate_key() const { return key_of(intermediate()); }
    /// The part of the gate that looks at the issuer: the key of the intermediate, if nobody
    /// revoked it and it may issue certificates of these kinds. Every end certificate that leaves
    /// is signed with a key from here. @errors refused; those of load_authority_key.
    [[nodiscard]] Result<PrivateKey> issuing_key(const std::set<LeafKind>& kinds);
};

/// @errors not_found, io (a part of one is missing): with what to do.
[[nodiscard]] Outcome check_is_authority(const std::filesystem::path& folder);
/// The ledger of an authority. @errors Those of Ledger::open, but io for a damaged one, or one of
/// no authority: what is false here is the disk.
[[nodiscard]] Result<Ledger> open_ledger(const AuthorityPaths& paths, OpenMode mode);

/// How the lists stand, by the ledger and crl.pem. @param issuers  That are not retired. @errors
/// io.
[[nodiscard]] Result<ListState> list_state_of(
    Ledger& ledger, const AuthorityPaths& paths, const std::vector<Issuer>& issuers, Instant now
);

/// What can be seen in a folder: nothing where that cannot be listed, or not to its end.
[[nodiscard]] std::vector<std::filesystem::path> paths_in(const std::filesystem::path& folder);

/// Brings the files that follow from the ledger in line with it: keys that a killed process had not
/// put in place, those that it never entered, keys of retired issuers, root.crt and
/// intermediate.crt. Does nothing when all is as it should be. @errors io, denied.
[[nodiscard]] Outcome settle_issuer_files(
    Ledger& ledger, const AuthorityPaths& paths, const IssuerSet& issuers
);
/// Removes keys that wait for the ledger, whole or in part; those that it knows have their names.
void remove_staged_keys(const AuthorityPaths& paths);

/// Keys and certificates of a new authority, in memory alone.
struct FreshAuthority {
    PrivateKey root_key;
    PrivateKey intermediate_key;
    Certificate root;
    Certificate intermediate;
};
[[nodiscard]] Result<FreshAuthority> make_fresh_authority(
    const AuthorityRequest& request, Instant now, const DeviceAccess& device = {}
);

class Delivery;
/// Where issue_many() and issue_into_archive() differ.
struct BulkDelivery {
    const Delivery& files;
    std::function<Outcome(std::size_t, const MadeLeaf&)> take;  ///< Of the request at this index.
    std::function<Outcome()> hold;                              ///< Makes durable what was taken.
    std::span<const std::filesystem::path> places;  ///< One for each request; none in an archive.
    std::filesystem::path archive = {};             ///< Empty: folders.
};

/// What issue_one() signs, enters and writes: the one way for a single certificate.
struct SingleIssue {
    IssueRequest request;
    PublicKey key;
    ByteSpan key_pem;           ///< Empty: made elsewhere.
    std::string succeeds = {};  ///< Serial of the signer that it is to follow; empty: none.
};

struct LeafIssuer {
    const AuthorityIdentity& identity;
    const IssuerView& issuer;
    const Certificate& root;
    Instant now;
};
/// The gate for a single certificate: profile, names, the whole chain judged strictly, and lint.
/// @errors Those of make_leaf() and pass_lint().
[[nodiscard]] Result<Certificate> make_gated_leaf(
    const SingleIssue& wanted, const LeafIssuer& issuer
);

[[nodiscard]] std::set<LeafKind> kinds_of(std::span<const IssueRequest> requests);

/// What issue() asks of a name, a role and a life before anything is made. @errors
/// invalid_argument.
[[nodiscard]] Outcome check_issue_request(const IssueRequest& request);

/// That no name comes twice, and none of them has a valid certificate of its kind. @errors
/// invalid_argument, exists, io. @cost A look into an index for each.
[[nodiscard]] Outcome check_names_are_free(
    Ledger& ledger, const AuthorityPaths& paths, std::span<const IssueRequest> requests, Instant now
);

/// That no folder in DIR/issued that is to be used holds a valid certificate of another kind.
/// @errors exists, io.
[[nodiscard]] Outcome check_places_are_free(
    Ledger& ledger, const AuthorityPaths& paths, std::span<const IssueRequest> requests, Instant now
);

/// An error behind the commit: what was issued is, whatever became of its files and lists.
/// @param what  `the certificate web`.
[[nodiscard]] Error issued_all_the_same(const std::string& what, const Error& reason);
/// `the certificate web`, or how many.
[[nodiscard]] std::string words_of(std::span<const IssueRequest> requests);

/// The lint half of the gate: nothing leaves that our strict reader refuses, whatever lint has
/// rules for, nor with an error of the rules for private authorities.
/// @errors invalid_argument: the sentence tells every error.
[[nodiscard]] Outcome pass_lint(ByteSpan certificate_der);
/// The same for an end certificate: nobody connects to a signer or a responder, so they need no
/// names.
[[nodiscard]] Outcome pass_lint(ByteSpan certificate_der, LeafKind kind);

/// 1 to 48 letters, digits, spaces, dots, hyphens, beginning with a letter or digit. @errors
/// invalid_argument.
[[nodiscard]] Outcome check_authority_name(const std::string& name);

/// 1 to 64 of letters, digits, `.`, `_`, `-`, beginning with a letter or digit: safe as a file
/// name. @errors invalid_argument.
[[nodiscard]] Outcome check_entry_name(const std::string& name);

/// `Example Org` as the trust domain of identities: `example-org`. @source SPIFFE ID, section 2.1.
[[nodiscard]] std::string trust_domain_of(const std::string& authority_name);

/// What others find under the base URL, for certificates of this issuer.
[[nodiscard]] DistributionUrls urls_of(const std::string& base_url, const Certificate& issuer);

/// The same for an end certificate, with the responder. A responder itself is vouched for by none.
/// @source RFC 6960 section 4.2.2.2.1.
[[nodiscard]] DistributionUrls leaf_urls_of(
    const AuthorityIdentity& identity, const Certificate& issuer, LeafKind kind
);

/// What is asked for, as a profile without a key.
[[nodiscard]] LeafProfile profile_of(
    const IssueRequest& request,
    const AuthorityIdentity& identity,
    const Certificate& issuer,
    Instant now
);

/// Names and kind of a certificate that is to have a successor; life, key and URLs are open.
[[nodiscard]] LeafProfile profile_like(const Certificate& old, LeafKind kind);
/// The type of key that a successor gets: RSA of any length is followed by RSA 3072.
[[nodiscard]] KeyType type_of(const PublicKey& key);

/// The response for one certificate of this issuer, signed now, into DIR/ocsp/SERIAL.der.
/// @param life  By validity_from(): it begins that much before now.
[[nodiscard]] Outcome presign_ocsp(
    const AuthorityPaths& paths,
    const LedgerEntry& entry,
    const IssuerView& issuer,
    const Validity& life,
    FolderStage stage = FolderStage::in_place
);
inline constexpr std::chrono::days ocsp_days{7};

/// The newest end certificate of a name, and of a kind if it is given, that nobody revoked. @errors
/// not_found (no such name), invalid_argument (only revoked ones, or others), io.
[[nodiscard]] Result<LedgerEntry> newest_unrevoked(
    Ledger& ledger, const std::string& name, std::optional<LeafKind> kind = std::nullopt
);

/// The row of the certificate whose files are in a folder; none for any other content. @errors io,
/// denied: what cannot be read is no reason to remove it.
[[nodiscard]] Result<std::optional<LedgerEntry>> entry_of_files(
    Ledger& ledger, const std::filesystem::path& folder
);

/// Whether the first was entered before the second; both are of one name. @errors io.
[[nodiscard]] Result<bool> is_older(
    Ledger& ledger, const LedgerEntry& first, const LedgerEntry& second
);

/// Where the files of a renewed certificate are made whole: beside those that they replace.
[[nodiscard]] std::filesystem::path staging_for(const std::filesystem::path& target);

/// Puts staged files into the place of those before them, which are retired; staged files that the
/// ledger does not know go. Repeatable after a kill at any moment. @errors io.
[[nodiscard]] Outcome finish_renewal(
    Ledger& ledger, const AuthorityPaths& paths, const std::filesystem::path& target
);
/// Forgets that files may be staged for a folder of the user's, once a certificate of ours is seen
/// in it: what lies on a disk that is not there waits for it. @errors io.
[[nodiscard]] Outcome forget_staging(Ledger& ledger, const std::string& kept);
/// finish_renewal() for whatever is staged in DIR/issued, and in folders of the user's that the
/// ledger names; one of these that cannot be reached now waits for the next time. @errors io.
[[nodiscard]] Outcome finish_renewals(Ledger& ledger, const AuthorityPaths& paths);

/// Key, certificate, chain and bundle; without a key only the certificates.
struct LeafFiles {
    ByteSpan key_pem;  ///< May be empty.
    std::string certificate_pem;
    std::string issuers_pem;
};
[[nodiscard]] Outcome write_leaf_files(const std::filesystem::path& folder, const LeafFiles& files);

}  // namespace heliograph::pki
