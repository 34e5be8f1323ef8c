// SPDX-License-Identifier: Apache-2.0
// Private: the acts of a rollover on an open authority.
#pragma once

#include <pki/authority/list_file.hpp>
#include <pki/authority/rollover_generation.hpp>
#include <pki/authority/rollover_parts.hpp>

namespace heliograph::pki {

/// What a start makes durable, with what is said of it.
struct PreparedRollover {
    Generation generation;
    RolloverReport report;
};

/// One act; the functions of Authority say what each promises.
/// @thread That of the authority.
class RolloverRun {
  public:
    explicit RolloverRun(Authority& authority)
        : m_authority(authority), m_state(*authority.m_state), m_now(m_state.clock.now()) {}

    [[nodiscard]] Result<RolloverReport> plan(const RolloverRequest& request);
    [[nodiscard]] Result<RolloverReport> status(RolloverTarget target);
    [[nodiscard]] Result<RolloverReport> start(const RolloverRequest& request);
    [[nodiscard]] Result<RolloverReport> finish(const RolloverFinish& request);
    /// The step `renew`, one certificate at a time: whoever is given @p made in place of @p old
    /// sends another chain. Outside of a rollover nothing changes. @errors refused: a client that
    /// takes the old one would not take it.
    [[nodiscard]] Outcome check_successor(const LedgerEntry& old, const Certificate& made);

  private:
    /// @param target  Of the request, or the intermediate in the midst of the rollover of a root.
    Result<PreparedRollover> prepare(
        RolloverTarget target, const RolloverRequest& request, StandIn stand_in
    );
    Result<LedgerEntry> signer_to_follow(const std::string& name);
    Result<RolloverReport> prepare_signer(const LedgerEntry& old);
    Result<std::vector<ServedLeaf>> probes(
        const std::vector<LedgerEntry>& olds, const FreshIssuer& issuer, const Certificate& root
    );
    Result<RolloverReport> report_of(const RolloverRow& row);
    /// The part that issuers and crosses alone fill, but for what the old ones send: no list is
    /// read, and no row of an end certificate.
    [[nodiscard]] RolloverParts issuers_of(RolloverTarget target) const;
    Result<RolloverParts> parts_of(const RolloverRow& row);
    Result<Certificate> newest_certificate_like(
        const std::string& serial_hex, const std::vector<LedgerEntry>& entries
    );
    Outcome stage_keys(const Generation& generation);
    Outcome enter(const Generation& generation, const RolloverReport& report);
    Result<RolloverReport> start_signer(const LedgerEntry& old, const KeyLock& key_lock);
    Outcome check_same_signer(const RolloverRow& open, const std::string& wanted);
    Result<RolloverReport> resume(const RolloverRow& row, const RolloverRequest& request);
    Result<RolloverReport> replace_intermediate(
        const RolloverRow& row, const RolloverRequest& request
    );
    Result<std::vector<Certificate>> old_intermediates();
    Outcome reload();
    Outcome complete_lists();

    Outcome check_finish(const RolloverRow& row, const RolloverFinish& request);
    Result<std::vector<LedgerEntry>> to_be_revoked(const RolloverRow& row);
    Outcome sign_last_responses(const IssuerView& issuer);
    Outcome sign_for_the_last_time();
    Outcome sign_responses_of_signer(const RolloverRow& row);
    [[nodiscard]] std::vector<Certificate> retiring(IssuerRole role) const;

    Authority& m_authority;
    Authority::State& m_state;
    Instant m_now;
};

}  // namespace heliograph::pki
