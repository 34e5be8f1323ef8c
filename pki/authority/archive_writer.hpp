// SPDX-License-Identifier: Apache-2.0
// How certificates that are issued into one file get there.
#pragma once

#include <pki/authority/authority_request.hpp>
#include <pki/base/result.hpp>
#include <pki/x509/leaf_factory.hpp>

#include <filesystem>
#include <functional>

namespace heliograph::pki {

/// Writes an archive of certificates and keys; each step's error ends the work.
struct ArchiveWriter {
    std::filesystem::path place;
    /// Where it is made: beside its place, hidden.
    std::function<Outcome(const std::filesystem::path& hidden)> begin;
    std::function<Outcome(const IssueRequest&, const MadeLeaf&)> add;
    /// Makes it durable there. Only then do the rows, and with them the archive, come to be.
    std::function<Outcome()> finish;
};

}  // namespace heliograph::pki
