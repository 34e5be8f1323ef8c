// SPDX-License-Identifier: Apache-2.0
// The kinds of TLS clients that there are, and what each would refuse a server for.
#pragma once

#include <pki/x509/chain.hpp>
#include <verify/verdict/verdict.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::tools::pki_commands {

struct ClientFamily {
    std::string_view word;  ///< For programs.
    std::string_view who;   ///< For people.
    pki::RuleSet rules;     ///< Ours that come closest.
};

/// The lenient first.
[[nodiscard]] std::span<const ClientFamily> client_families();

/// What of our judgement is true of these clients: they know fewer rules than our own profile, and
/// take a common name for a server's.
/// @param report   The judgement on @p request by the family's rules.
/// @param lenient  That by the rules of RFC 5280 alone. @thread Safe.
[[nodiscard]] std::vector<pki::ChainDefect> reasons_of(
    const ClientFamily& family,
    const pki::ChainRequest& request,
    const pki::ChainReport& report,
    const pki::ChainReport& lenient
);

/// Each defect once, with all who refuse for it.
class Refusals {
  public:
    void add(const pki::ChainDefect& defect, std::string_view who);
    void tell(verify::Verdict& verdict) &&;

  private:
    struct Refusal {
        verify::Finding finding;
        std::string by;
    };
    std::vector<Refusal> m_refusals;
};

}  // namespace heliograph::tools::pki_commands
