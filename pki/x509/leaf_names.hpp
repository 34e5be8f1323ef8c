// SPDX-License-Identifier: Apache-2.0
// Private: what an end certificate is named.
#pragma once

#include <string>
#include <vector>

namespace heliograph::pki {

/// The names of one certificate in normal form, each once.
struct LeafNames {
    std::string common_name;  ///< May be empty.
    std::vector<std::string> dns;
    std::vector<std::string> ip;
    std::vector<std::string> uri;
    std::vector<std::string> email;
};

}  // namespace heliograph::pki
