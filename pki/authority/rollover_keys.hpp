// SPDX-License-Identifier: Apache-2.0
// Private: where the keys of the next root and intermediate come from. One in a device was made
// there before, and is named.
#pragma once

#include <pki/authority/authority_state.hpp>

#include <optional>
#include <string>
#include <vector>

namespace heliograph::pki {

struct NextKey {
    PrivateKey key;
    std::optional<Pkcs11Address> place = {};  ///< In a device; none: it is kept in a file.
};

struct NextKeys {
    std::optional<NextKey> root;  ///< Where the root is followed.
    NextKey intermediate;
    std::vector<std::string> warnings = {};
};

/// Where the keys of now are, and what opens those in devices.
struct KeyPlaces {
    const AuthorityPaths& paths;
    const IssuerSet& issuers;
    const DeviceAccess& device;
    Ledger& ledger;
};

/// What happens where the key that goes is in a device and no successor was named.
enum class StandIn { refused, made_in_memory };

/// Opens the keys that are named and makes the others. A key in a device is followed by one in a
/// device; one in a file by either.
/// @param target  root or intermediate.
/// @errors invalid_argument (a successor that is not named, or is a key of this authority already,
/// or no module for it), those of open_device_key(), crypto.
[[nodiscard]] Result<NextKeys> open_next_keys(
    const KeyPlaces& places, RolloverTarget target, const RolloverRequest& request, StandIn stand_in
);

/// That keys are named for what is followed alone. @errors invalid_argument.
[[nodiscard]] Outcome check_named_keys(const RolloverRequest& request);

/// The options of a start that name keys in devices, ` --root-key URI`; empty: it needs none.
[[nodiscard]] Result<std::string> key_options_of(
    const KeyPlaces& places, const RolloverRequest& request
);

}  // namespace heliograph::pki
