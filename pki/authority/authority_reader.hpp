// SPDX-License-Identifier: Apache-2.0
// What an authority's ledger tells those who only ask: no lock is taken, and nobody is waited for.
#pragma once

#include <pki/authority/authority.hpp>
#include <pki/authority/ledger_entry.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/x509/certificate.hpp>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace heliograph::pki {

/// The ledger as it stands when each question is asked; others may issue and revoke meanwhile. In a
/// folder that cannot be written to, such as a mounted backup, it is read as it lies there; should
/// somebody write to it all the same, by another mount or as another user, the answers from then on
/// are `conflict`, until it is opened anew.
/// @thread One thread at a time.
class AuthorityReader {
  public:
    /// @param clock  Outlives the reader.
    /// @errors not_found (no authority there), unsupported (a ledger of another release that cannot
    ///         be brought up to date here), denied, malformed, io, conflict, internal.
    [[nodiscard]] static Result<AuthorityReader> open(
        const std::filesystem::path& folder, const Clock& clock
    );

    AuthorityReader(const AuthorityReader&) = delete;
    AuthorityReader& operator=(const AuthorityReader&) = delete;
    AuthorityReader(AuthorityReader&&) noexcept;
    AuthorityReader& operator=(AuthorityReader&&) noexcept;
    ~AuthorityReader();

    /// All rows, oldest first. @errors internal, io, conflict.
    [[nodiscard]] Result<std::vector<LedgerEntry>> list() const;
    /// The row of a serial, or all of a name, oldest first; empty if there is none. @errors io,
    /// conflict.
    [[nodiscard]] Result<std::vector<LedgerEntry>> find(const std::string& name_or_serial) const;
    /// @errors not_found, io, conflict.
    [[nodiscard]] Result<Certificate> certificate(const std::string& serial_hex) const;
    /// What an authority would refuse to issue now for its name, or for what holds that name; for
    /// whoever asks somebody for something first. @errors invalid_argument, exists, io, conflict.
    [[nodiscard]] Outcome check_names(std::span<const IssueRequest> requests) const;
    /// The same for the folders where the files are to go. @errors Those of check_names().
    [[nodiscard]] Outcome check_places(std::span<const IssueRequest> requests) const;
    /// How the revocation lists stand. @errors io, conflict.
    [[nodiscard]] Result<ListState> list_state() const;
    /// Hidden folders and archives of issued certificates that have not found their place outside
    /// of the authority. @errors io, conflict.
    [[nodiscard]] Result<std::vector<std::filesystem::path>> waiting() const;

  private:
    struct State;
    explicit AuthorityReader(std::unique_ptr<State> state);

    std::unique_ptr<State> m_state;
};

}  // namespace heliograph::pki
