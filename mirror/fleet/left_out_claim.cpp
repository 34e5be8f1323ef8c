// SPDX-License-Identifier: Apache-2.0
#include <mirror/fleet/left_out_claim.hpp>
#include <verify/verdict/finding.hpp>

namespace heliograph::mirror {

std::optional<std::string> left_out_claim(int status, const HeaderList& headers) {
    constexpr int not_found = 404;
    constexpr std::size_t reason_chars = 32;
    const auto reason = headers.find(left_out_field);
    if (status != not_found || !reason) {
        return std::nullopt;
    }
    return "status 404 and its claim, which nobody signed, that its filter leaves the file out (" +
           verify::printable(reason->substr(0, reason_chars)) + ")";
}

}  // namespace heliograph::mirror
