// SPDX-License-Identifier: Apache-2.0
// What a client remembers between runs so that nobody can take it back in time: the highest serial
// seen of each project.
#pragma once

#include <pki/base/result.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/serial.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace heliograph::verify {

/// A value; whoever fetches loads and saves it. Serials only rise.
/// @thread As a map.
class TrustState {
  public:
    /// The highest serial seen in an accepted page of this project.
    [[nodiscard]] std::optional<Serial> seen(const ProjectName& project) const;

    /// Remembers a serial; a lower one than the one known changes nothing.
    void remember(const ProjectName& project, Serial serial);

    /// Takes the higher serial of both for every project: two processes may have learnt different
    /// things.
    void merge(const TrustState& other);

    [[nodiscard]] const std::map<ProjectName, Serial>& serials() const { return m_serials; }

    friend bool operator==(const TrustState&, const TrustState&) = default;

  private:
    std::map<ProjectName, Serial> m_serials;
};

/// Reads `{"format":"heliograph-trust-state-1","projects":{"wheel":12}}`.
/// @param text  At most limits::trust_state_bytes.
/// @errors malformed, too_large, unsupported (another format version).
/// @thread Safe. @cost Linear.
[[nodiscard]] Result<TrustState> parse_trust_state(std::string_view text);

/// Writes the same; parse_trust_state() reads it back as the same value.
/// @thread Safe. @cost Linear.
[[nodiscard]] std::string render_trust_state(const TrustState& state);

}  // namespace heliograph::verify
