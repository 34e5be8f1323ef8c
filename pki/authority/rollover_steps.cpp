// SPDX-License-Identifier: Apache-2.0
// The steps of a rollover in the words of those who take them.
#include <pki/authority/rollover_world.hpp>

namespace heliograph::pki {

namespace {

using Steps = std::vector<RolloverStep>;

const std::string keeper = "whoever keeps this authority";
const std::string holders = "whoever runs servers and clients with certificates";
const std::string publishers = "whoever runs the master";

std::string until(Instant end) {
    return " (until " + format_rfc3339(end) + ")";
}

RolloverStep renew_step(std::string before) {
    return {
        .id = "renew",
        .who = holders,
        .acts = {
            "first give crl.pem to whoever checks against it (on each master: mirror crl crl.pem): "
            "strict clients refuse a certificate whose issuer has no list there",
            "pki renew NAME, for every certificate that 'pki rollover status' lists; then give the "
            "new files to the server or client and have it read them",
            "page signers: pki renew NAME, then on the master mirror resign --signer "
            "issued/NAME/bundle.pem, and when every mirror has followed mirror resign "
            "--end-overlap",
            std::move(before)}};
}

Steps root_steps(const RolloverReport& report) {
    return {
        {.id = "start",
         .who = keeper,
         .acts =
             {"pki rollover start root" + report.key_options,
              "makes the root '" + report.new_name + "'" + until(report.new_not_after) +
                  ", the same as vouched for by '" + report.old_name +
                  "', the old one as vouched for by the new, and an intermediate below the new one",
              "from then on pki issue and pki renew sign with the new intermediate; chain.pem and "
              "bundle.pem carry the new root as vouched for by the old one, so that clients of "
              "either root follow; root.crt holds both roots, crl.pem the lists of old and new"}},
        {.id = "distribute",
         .who = "everybody who runs clients, before the step 'finish'",
         .acts =
             {"give every client the new root.crt, which holds both roots",
              "on each master: mirror crl crl.pem, mirror trust replace --root root.crt, mirror "
              "trust export -o trust.json; on each mirror: mirror trust replace --trust "
              "trust.json; "
              "to each client of the index: the new trust.json",
              "give nobody the new root alone yet: chains that were not renewed lead to the old "
              "one"}},
        renew_step("until 'finish' the old ones stay good beside them"),
        {.id = "finish",
         .who = keeper,
         .acts =
             {"pki rollover finish root --clients-ready",
              "revokes the old intermediate, what is left under it, and the cross-certificates; "
              "takes the old root out of root.crt; crl.pem keeps the last lists of the old ones; "
              "puts the old keys into retired/",
              "from then on clients with the old root only refuse everything"}},
        {.id = "tidy",
         .who = "everybody who runs clients, soon",
         .acts = {
             "give clients the root.crt of then, which holds the new root alone; on masters and "
             "mirrors: mirror crl crl.pem and mirror trust replace, as in the step 'distribute'",
             "until then the old key could still vouch for anything to clients that trust both",
             "destroy the old keys, in retired/ or in their device, when nothing needs them"}}};
}

Steps intermediate_steps(const RolloverReport& report) {
    return {
        {.id = "start",
         .who = keeper,
         .acts =
             {"pki rollover start intermediate" + report.key_options,
              "makes the intermediate '" + report.new_name + "'" + until(report.new_not_after) +
                  "; clients need nothing new, for it stands below the same root",
              "from then on pki issue and pki renew sign with it; crl.pem and the OCSP responses "
              "of both go on"}},
        renew_step("until 'finish' the old ones stay good beside them"),
        {.id = "finish",
         .who = keeper,
         .acts = {
             "pki rollover finish intermediate",
             "revokes '" + report.old_name +
                 "' and what is left under it, and puts its key into retired/",
             "on each master: mirror crl crl.pem"}}};
}

Steps signer_steps(const RolloverReport& report) {
    return {
        {.id = "start",
         .who = keeper,
         .acts =
             {"pki rollover start signer " + report.old_name,
              "makes the page signer '" + report.new_name + "'" + until(report.new_not_after) +
                  " with a new key, in issued/" + report.new_name +
                  "; clients need nothing new, for the certificate travels with the index"}},
        {.id = "resign",
         .who = publishers,
         .acts =
             {"mirror resign --signer issued/" + report.new_name +
                  "/bundle.pem: pages are good under either signer",
              "when every mirror has followed: mirror resign --end-overlap"}},
        {.id = "finish",
         .who = keeper,
         .acts = {
             "pki rollover finish signer",
             "revokes every certificate of '" + report.old_name +
                 "'; then on the master: mirror crl crl.pem"}}};
}

}  // namespace

std::string_view rollover_target_name(RolloverTarget target) {
    switch (target) {
        case RolloverTarget::root:
            return "root";
        case RolloverTarget::intermediate:
            return "intermediate";
        case RolloverTarget::signer:
            break;
    }
    return "signer";
}

Result<RolloverTarget> parse_rollover_target(std::string_view text) {
    for (const RolloverTarget target :
         {RolloverTarget::root, RolloverTarget::intermediate, RolloverTarget::signer}) {
        if (text == rollover_target_name(target)) {
            return target;
        }
    }
    return Error(ErrorCode::invalid_argument, "expected root, intermediate or signer, saw another");
}

std::string_view rollover_phase_name(RolloverPhase phase) {
    switch (phase) {
        case RolloverPhase::planned:
            return "planned";
        case RolloverPhase::overlap:
            return "overlap";
        case RolloverPhase::finished:
            break;
    }
    return "finished";
}

Steps rollover_steps(const RolloverReport& report) {
    switch (report.target) {
        case RolloverTarget::root:
            return root_steps(report);
        case RolloverTarget::intermediate:
            return intermediate_steps(report);
        case RolloverTarget::signer:
            break;
    }
    return signer_steps(report);
}

}  // namespace heliograph::pki
