// SPDX-License-Identifier: Apache-2.0
// What is known of mirrors, on disk, shared by all processes of a user. Format: FORMAT.md.
#pragma once

#include <mirror/fleet/fleet.hpp>
#include <pki/base/database/database.hpp>
#include <pki/base/result.hpp>

#include <filesystem>
#include <span>

namespace heliograph::mirror {

enum class LiftedBan { lifted, none_stood };

/// @thread One thread at a time; each process opens its own.
class HealthStore {
  public:
    /// @param file  Made when missing, its folder too.
    /// @errors denied, io, conflict, unsupported (made by a newer release), malformed (no
    /// database).
    [[nodiscard]] static Result<HealthStore> open(const std::filesystem::path& file);

    /// Everything that is known. @errors io, malformed. @cost One read of the table.
    [[nodiscard]] Result<KnownHealth> load();

    /// Applies events to what stands on disk now, other processes' events among it, in one
    /// transaction. Losing the last one at a power cut is taken into the bargain.
    /// @errors io, conflict.
    [[nodiscard]] Outcome record(std::span<const NotedEvent> events, Dice& dice);

    /// Ends the ban of one mirror; the next one still counts as a repetition.
    /// @errors io, conflict.
    [[nodiscard]] Result<LiftedBan> lift_ban(const Url& mirror);

  private:
    explicit HealthStore(Database database) : m_database(std::move(database)) {}
    Database m_database;
};

}  // namespace heliograph::mirror
