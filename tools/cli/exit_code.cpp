// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/exit_code.hpp>

#include <algorithm>
#include <array>

namespace heliograph::tools {

const std::vector<ExitCodeMeaning>& exit_code_meanings() {
    static const std::vector<ExitCodeMeaning> meanings = {
        {ExitCode::done, "done"},
        {ExitCode::evidence_false,
         "evidence is false: a hash, signature, name or serial is wrong, or what is known speaks "
         "against the act"},
        {ExitCode::usage, "usage: the command line or configuration cannot be meant"},
        {ExitCode::not_found, "the named thing does not exist"},
        {ExitCode::evidence_missing, "evidence is missing that was demanded"},
        {ExitCode::network, "network: no usable mirror"},
        {ExitCode::stale, "evidence is stale or expired"},
        {ExitCode::local, "local: disk, permission, another process, or an internal fault"}};
    return meanings;
}

ExitCode exit_code_of(const Error& error) {
    switch (error.code()) {
        case ErrorCode::invalid_argument:
            return ExitCode::usage;
        // What cannot be read as the format it claims to be is evidence against it.
        case ErrorCode::malformed:
        case ErrorCode::too_large:
        case ErrorCode::refused:
            return ExitCode::evidence_false;
        case ErrorCode::not_found:
            return ExitCode::not_found;
        case ErrorCode::network:
        case ErrorCode::timeout:
            return ExitCode::network;
        case ErrorCode::stale:
            return ExitCode::stale;
        case ErrorCode::exists:
        case ErrorCode::denied:
        case ErrorCode::io:
        case ErrorCode::cancelled:
        case ErrorCode::unsupported:
        case ErrorCode::conflict:
        case ErrorCode::crypto:
        case ErrorCode::internal:
            return ExitCode::local;
    }
    return ExitCode::local;
}

ExitCode exit_code_of(verify::Cause cause) {
    switch (cause) {
        case verify::Cause::false_evidence:
            return ExitCode::evidence_false;
        case verify::Cause::missing_evidence:
            return ExitCode::evidence_missing;
        case verify::Cause::stale_evidence:
            return ExitCode::stale;
        case verify::Cause::not_found:
            return ExitCode::not_found;
    }
    return ExitCode::evidence_false;
}

ExitCode exit_code_of(const verify::Verdict& verdict) {
    if (verdict.accepted()) {
        return ExitCode::done;
    }
    const auto cause = verdict.worst_cause();
    return cause ? exit_code_of(*cause) : ExitCode::evidence_missing;
}

ExitCode worse(ExitCode left, ExitCode right) {
    // The order in which causes weigh; a list, since the codes' numbers follow another order.
    static constexpr std::array<ExitCode, 8> heaviest_first{
        ExitCode::evidence_false,
        ExitCode::evidence_missing,
        ExitCode::stale,
        ExitCode::local,
        ExitCode::network,
        ExitCode::usage,
        ExitCode::not_found,
        ExitCode::done};
    const auto weight = [&](ExitCode code) {
        return std::find(heaviest_first.begin(), heaviest_first.end(), code) -
               heaviest_first.begin();
    };
    return weight(left) <= weight(right) ? left : right;
}

}  // namespace heliograph::tools
