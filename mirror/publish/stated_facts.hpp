// SPDX-License-Identifier: Apache-2.0
// What the index that a file comes from says of it, beyond what the file says itself.
#pragma once

#include <pki/base/clock.hpp>

#include <optional>
#include <string>

namespace heliograph::mirror {

struct StatedFacts {
    std::optional<std::string> yanked;  ///< The reason, perhaps empty; none when not yanked.
    std::optional<Instant> upload_time;

    friend bool operator==(const StatedFacts&, const StatedFacts&) = default;
};

}  // namespace heliograph::mirror
