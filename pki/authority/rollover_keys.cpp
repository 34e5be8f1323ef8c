// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/rollover_keys.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

std::string option_of(IssuerRole role) {
    return role == IssuerRole::root ? "--root-key" : "--intermediate-key";
}

const std::string& named_for(IssuerRole role, const RolloverRequest& request) {
    return role == IssuerRole::root ? request.root_key_uri : request.intermediate_key_uri;
}

const Issuer& active_issuer(const IssuerSet& issuers, IssuerRole role) {
    const Certificate& active = role == IssuerRole::root ? issuers.root : issuers.intermediate;
    const Issuer* const found = issuers.find(active.serial_hex());
    HG_ASSERT(found != nullptr);
    return *found;
}

// The library of the device: the one that was named now, else that of the keys that are here.
Result<std::filesystem::path> module_for(const KeyPlaces& places, const std::string& uri) {
    if (!places.device.module.empty()) {
        return places.device.module;
    }
    for (const Issuer& issuer : places.issuers.all) {
        const auto address = device_key_address(places.paths.keys() / issuer.key_file);
        if (!address && address.error().code() == ErrorCode::not_found) {
            continue;  // Kept elsewhere.
        }
        if (!address) {
            return address.error();
        }
        if (*address) {
            return (*address)->module;
        }
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected the PKCS #11 module of the device with the key " + uri +
            ", saw none named, and no key of this authority in a device; name it with "
            "--pkcs11-module"
    );
}

// Of all issuers there ever were: a key that was retired, or revoked, is no successor.
Outcome check_is_new(Ledger& ledger, const PrivateKey& key, const std::string& uri) {
    HG_TRY(const auto rows, ledger.issuers());
    for (const IssuerRow& row : rows) {
        HG_TRY(const Certificate issuer, ledger.certificate(row.serial_hex));
        if (key.belongs_to(issuer.public_key())) {
            return Error(
                ErrorCode::invalid_argument,
                "expected a new key, saw that " + uri + " is the key of '" + issuer.subject() +
                    "'; make another in the device, with an id of its own, and name that"
            );
        }
    }
    return {};
}

Result<NextKey> open_named_key(const KeyPlaces& places, const std::string& uri) {
    HG_TRY(std::filesystem::path module, module_for(places, uri));
    Pkcs11Address place{std::move(module), uri};
    HG_TRY(PrivateKey key, open_device_key(place, places.device));
    HG_CHECK(check_is_new(places.ledger, key, uri));
    return NextKey{std::move(key), std::move(place)};
}

Error nobody_named(const Issuer& old, RolloverTarget target) {
    return {
        ErrorCode::invalid_argument,
        "expected the successor of the key of '" + old.certificate.subject() +
            "', which is in a device, saw none named; make one there, with an id of its own, and "
            "name it: 'pki rollover start " +
            std::string(rollover_target_name(target)) + " " + option_of(old.role) + " URI'"};
}

std::string stand_in_words(const Issuer& old) {
    return "the key of '" + old.certificate.subject() +
           "' is in a device: its successor is to be made there before the start, with an id of "
           "its own, and named with " +
           option_of(old.role) + "; this plan is reckoned with another key in its place";
}

}  // namespace

Outcome check_named_keys(const RolloverRequest& request) {
    const bool misplaced =
        (!request.root_key_uri.empty() && request.target != RolloverTarget::root) ||
        (!request.intermediate_key_uri.empty() && request.target == RolloverTarget::signer);
    if (misplaced) {
        return Error(
            ErrorCode::invalid_argument,
            "expected keys of what is followed alone (--root-key for a root, --intermediate-key "
            "for a root or an intermediate), saw another for " +
                std::string(rollover_target_name(request.target))
        );
    }
    if (request.root_key_uri.empty() || request.root_key_uri != request.intermediate_key_uri) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument, "expected two keys for root and intermediate, saw one for both"
    );
}

Result<NextKeys> open_next_keys(
    const KeyPlaces& places, RolloverTarget target, const RolloverRequest& request, StandIn stand_in
) {
    std::vector<std::string> warnings;
    const auto next = [&](IssuerRole role) -> Result<NextKey> {
        const Issuer& old = active_issuer(places.issuers, role);
        const std::string& uri = named_for(role, request);
        if (!uri.empty()) {
            return open_named_key(places, uri);
        }
        HG_TRY(const auto place, device_key_address(places.paths.keys() / old.key_file));
        if (place && stand_in == StandIn::refused) {
            return nobody_named(old, target);
        }
        if (place) {
            warnings.push_back(stand_in_words(old));
        }
        HG_TRY(PrivateKey key, PrivateKey::generate(type_of(old.certificate.public_key())));
        return NextKey{std::move(key)};
    };
    std::optional<NextKey> root;
    if (target == RolloverTarget::root) {
        HG_TRY(root, next(IssuerRole::root));
    }
    HG_TRY(NextKey intermediate, next(IssuerRole::intermediate));
    if (root && root->key.public_key() == intermediate.key.public_key()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected two keys for root and intermediate, saw one for both"
        );
    }
    return NextKeys{std::move(root), std::move(intermediate), std::move(warnings)};
}

Result<std::string> key_options_of(const KeyPlaces& places, const RolloverRequest& request) {
    std::string options;
    for (const IssuerRole role : {IssuerRole::root, IssuerRole::intermediate}) {
        if (role == IssuerRole::root && request.target != RolloverTarget::root) {
            continue;
        }
        const Issuer& old = active_issuer(places.issuers, role);
        HG_TRY(const auto place, device_key_address(places.paths.keys() / old.key_file));
        if (place || !named_for(role, request).empty()) {
            options += " " + option_of(role) + " URI";
        }
    }
    return options;
}

}  // namespace heliograph::pki
