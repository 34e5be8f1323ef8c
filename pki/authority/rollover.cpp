// SPDX-License-Identifier: Apache-2.0
// Authority::plan_rollover, rollover_status and start_rollover.
//
//   start:  keys staged, durable -> one ledger transaction -> keys under their names, root.crt,
//           intermediate.crt -> lists
//
// What follows the transaction is done again by whoever opens the authority next, but for the
// lists, which the next issue or the same command makes up for.
#include <pki/authority/rollover_run.hpp>
#include <pki/base/file.hpp>
#include <pki/crypto/key_file.hpp>

#include <algorithm>
#include <system_error>

namespace heliograph::pki {

namespace {

namespace fs = std::filesystem;

// A new root brings a new intermediate, so the two cannot overlap.
Outcome check_nothing_else_is_open(Ledger& ledger, RolloverTarget target) {
    for (const RolloverTarget other : {RolloverTarget::root, RolloverTarget::intermediate}) {
        HG_TRY(const auto row, ledger.last_rollover(other));
        if (row && !row->finished_at && other != target) {
            const std::string name(rollover_target_name(other));
            return Error(
                ErrorCode::conflict,
                "expected no rollover under way, saw one of the " + name +
                    "; end it first with 'pki rollover finish " + name + "'"
            );
        }
    }
    return {};
}

// Keys that come are kept as those that are here.
Result<bool> has_encrypted_key(const AuthorityPaths& paths, const std::vector<Issuer>& issuers) {
    for (const Issuer& issuer : issuers) {
        constexpr std::uint64_t limit = 1024U * 1024U;
        HG_TRY(const SecretBytes text, read_secret_file(paths.keys() / issuer.key_file, limit));
        if (text_of(text.expose()).find("ENCRYPTED PRIVATE KEY") != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

std::vector<std::string> warnings_for(
    RolloverTarget target, const IssuerSet& issuers, const Generation& generation, Instant now
) {
    const std::string end = format_rfc3339(issuers.root.not_after());
    if (target == RolloverTarget::root) {
        constexpr std::chrono::days little{90};
        return issuers.root.not_after() < now + little
                   ? std::vector<std::string>{"clients that have only the old root refuse "
                                              "everything after " +
                                              end + ", whatever is done here"}
                   : std::vector<std::string>();
    }
    const Certificate& made = generation.intermediate().certificate;
    const auto life = made.not_after() - made.not_before();
    return life < issuers.intermediate.not_after() - issuers.intermediate.not_before()
               ? std::vector<std::string>{"the new intermediate ends with its root, at " + end +
                                          "; roll over the root instead"}
               : std::vector<std::string>();
}

}  // namespace

Outcome refuse_gaps(const Simulation& simulation, std::string_view step) {
    if (!simulation.has_gap()) {
        return {};
    }
    return Error(
        ErrorCode::refused,
        "expected every client to go on working after the step '" + std::string(step) +
            "', saw that " + simulation.gaps() + "; nothing was changed"
    );
}

Result<std::vector<ServedLeaf>> RolloverRun::probes(
    const std::vector<LedgerEntry>& olds, const FreshIssuer& issuer, const Certificate& root
) {
    std::vector<ServedLeaf> leaves;
    for (const LedgerEntry& old : olds) {
        HG_TRY(const LeafKind kind, parse_leaf_kind(old.kind));
        HG_TRY(const Certificate certificate, m_state.ledger.certificate(old.serial_hex));
        HG_TRY(
            const Certificate probe,
            make_probe(profile_like(certificate, kind), issuer, root, m_now)
        );
        const auto shown = served_as(probe, kind);
        leaves.insert(leaves.end(), shown.begin(), shown.end());
    }
    if (leaves.empty()) {
        const LeafProfile profile{.kind = LeafKind::signer, .common_name = "probe", .validity = {}};
        HG_TRY(Certificate probe, make_probe(profile, issuer, root, m_now));
        leaves.push_back({std::move(probe), ChainPurpose::signer});
    }
    return leaves;
}

Result<PreparedRollover> RolloverRun::prepare(
    RolloverTarget target, const RolloverRequest& request, StandIn stand_in
) {
    const IssuerSet& issuers = m_state.issuers;
    HG_TRY(const auto rows, m_state.ledger.issuers());
    HG_TRY(const PrivateKey root_key, m_state.key_of(issuers.root));
    HG_TRY(const PrivateKey intermediate_key, m_state.intermediate_key());
    const KeyPlaces places{m_state.paths, issuers, m_state.access.device, m_state.ledger};
    HG_TRY(NextKeys keys, open_next_keys(places, target, request, stand_in));
    std::vector<std::string> warnings = std::move(keys.warnings);
    HG_TRY(
        Generation generation,
        make_generation({target, issuers, rows, m_state.identity, root_key, m_now}, std::move(keys))
    );
    const bool of_root = target == RolloverTarget::root;
    const Certificate& first = generation.issuers.front().certificate;
    const Certificate& old = of_root ? issuers.root : issuers.intermediate;
    RolloverReport report{
        .target = target,
        .phase = RolloverPhase::planned,
        .old_name = old.subject_common_name(),
        .old_serial = old.serial_hex(),
        .old_not_after = old.not_after(),
        .new_name = first.subject_common_name(),
        .new_not_after = first.not_after()};
    HG_TRY(report.key_options, key_options_of(places, request));
    HG_TRY(const auto entries, m_state.ledger.list());
    split_leaves(entries, {issuers.intermediate}, m_now, report);

    const Certificate& new_root = of_root ? first : issuers.root;
    const auto olds = newest_of_each_kind(entries, {issuers.intermediate}, m_now);
    RolloverParts parts{
        .target = target,
        .old_roots = {issuers.root},
        .new_roots = {new_root},
        .old_sent = {issuers.intermediate},
        .new_sent = {generation.intermediate().certificate},
        .new_by_old = generation.new_by_old,
        .old_by_new = generation.old_by_new,
        .old_leaves = {},
        .new_leaves = {},
        .lists = {}};
    HG_TRY(parts.old_chain, presence_of(m_state.ledger, issuers.intermediate, m_now));
    HG_TRY(parts.old_leaves, served_leaves(m_state.ledger, olds, issuers.intermediate));
    HG_TRY(parts.new_leaves, probes(olds, generation.intermediate(), new_root));
    std::vector<IssuerView> views{
        {issuers.root, root_key}, {issuers.intermediate, intermediate_key}};
    for (const FreshIssuer& issuer : generation.issuers) {
        views.push_back({issuer.certificate, issuer.key});
    }
    HG_TRY(parts.lists, lists_in_memory(m_state.ledger, views, {}, m_now));
    report.warnings = warnings_for(target, issuers, generation, m_now);
    report.warnings.insert(report.warnings.end(), warnings.begin(), warnings.end());
    HG_CHECK(add_steps(report, parts, m_now));
    return PreparedRollover{std::move(generation), std::move(report)};
}

Result<RolloverReport> RolloverRun::plan(const RolloverRequest& request) {
    HG_CHECK(check_named_keys(request));
    HG_TRY(const auto last, m_state.ledger.last_rollover(request.target));
    if (last && !last->finished_at) {
        HG_CHECK(check_same_signer(*last, request.signer));
        return report_of(*last);
    }
    if (request.target == RolloverTarget::signer) {
        HG_TRY(const LedgerEntry old, signer_to_follow(request.signer));
        return prepare_signer(old);
    }
    HG_CHECK(check_nothing_else_is_open(m_state.ledger, request.target));
    HG_TRY(PreparedRollover prepared, prepare(request.target, request, StandIn::made_in_memory));
    return std::move(prepared.report);
}

// Under hidden names: until the ledger knows them, whoever opens the authority throws them away.
Outcome RolloverRun::stage_keys(const Generation& generation) {
    remove_staged_keys(m_state.paths);
    HG_TRY(const bool locked, has_encrypted_key(m_state.paths, m_state.issuers.all));
    for (const FreshIssuer& issuer : generation.issuers) {
        const fs::path final_path = m_state.paths.keys() / issuer.row.key_file;
        std::error_code ignored;
        if (fs::exists(final_path, ignored)) {
            return Error(
                ErrorCode::exists,
                "expected no " + final_path.string() + ", saw one; move it elsewhere"
            );
        }
        const fs::path staged = m_state.paths.staged_key(issuer.row.key_file);
        if (issuer.place) {
            HG_CHECK(write_file_atomically(
                staged,
                bytes_of(render_device_key(*issuer.place)),
                FileAccess::owner_only,
                Replacement::refused
            ));
            continue;
        }
        if (!locked) {
            HG_CHECK(save_private_key(staged, issuer.key));
            continue;
        }
        HG_ASSERT(m_state.access.passphrase != nullptr);  // It has opened the keys before.
        HG_TRY(const SecretBytes secret, m_state.access.passphrase());
        HG_CHECK(save_private_key(staged, issuer.key, secret));
    }
    return {};
}

Outcome RolloverRun::enter(const Generation& generation, const RolloverReport& report) {
    RolloverStart start{
        .target = report.target,
        .old_serial = report.old_serial,
        .new_serial = report.new_serial.empty()
                          ? generation.issuers.front().certificate.serial_hex()
                          : report.new_serial,
        .at = m_now,
        .certificates = {}};
    const auto add = [&start](const Certificate& certificate, std::string kind, std::string above) {
        LedgerRecord record = record_of(certificate);
        record.kind = std::move(kind);
        record.name = certificate.subject_common_name();
        record.issuer_serial = std::move(above);
        start.certificates.push_back(std::move(record));
    };
    for (const FreshIssuer& issuer : generation.issuers) {
        add(issuer.certificate, std::string(issuer_role_name(issuer.row.role)), issuer.issuer_serial
        );
        start.issuers.push_back(issuer.row);
    }
    for (const Certificate& cross : generation.new_by_old) {
        add(cross, "cross", report.old_serial);
    }
    for (const Certificate& cross : generation.old_by_new) {
        add(cross, "cross", start.new_serial);
    }
    return m_state.ledger.start_rollover(start);
}

Outcome RolloverRun::reload() {
    HG_TRY(m_state.issuers, IssuerSet::load(m_state.ledger, m_now));
    return settle_issuer_files(m_state.ledger, m_state.paths, m_state.issuers);
}

// After a kill between the ledger and the lists some are missing; else nothing is to be done.
Outcome RolloverRun::complete_lists() {
    HG_TRY(const auto lists, published_lists(m_state.paths.lists()));
    const auto& all = m_state.issuers.all;
    const bool complete = std::all_of(all.begin(), all.end(), [&lists](const Issuer& issuer) {
        return have_list_of(lists, issuer.certificate);
    });
    if (complete) {
        return {};
    }
    HG_TRY(const PublishedLists published, m_authority.publish_revocation_lists());
    static_cast<void>(published);
    return {};
}

// A new intermediate that is revoked before the old one went: nothing could be issued any more, and
// nothing ended. Another one follows it, in the same rollover.
Result<RolloverReport> RolloverRun::replace_intermediate(
    const RolloverRow& row, const RolloverRequest& request
) {
    HG_TRY(
        PreparedRollover prepared, prepare(RolloverTarget::intermediate, request, StandIn::refused)
    );
    HG_CHECK(refuse_gaps(prepared.report.steps.front().simulation, "start"));
    HG_CHECK(stage_keys(prepared.generation));
    prepared.report.target = row.target;
    prepared.report.new_serial = row.target == RolloverTarget::root ? row.new_serial : "";
    HG_CHECK(enter(prepared.generation, prepared.report));
    HG_CHECK(reload());
    HG_CHECK(complete_lists());
    return status(row.target);
}

// A signer's files are made after its row: a kill between leaves a row whose key is gone. One that
// was revoked before it took over is followed by another.
Result<RolloverReport> RolloverRun::resume(const RolloverRow& row, const RolloverRequest& request) {
    if (row.target != RolloverTarget::signer) {
        HG_TRY(
            const Presence active, presence_of(m_state.ledger, m_state.issuers.intermediate, m_now)
        );
        if (active == Presence::not_in_use) {
            return replace_intermediate(row, request);
        }
        HG_CHECK(complete_lists());
        return report_of(row);
    }
    HG_TRY(const auto made, m_state.ledger.find_serial(row.new_serial));
    HG_TRY(const auto old, m_state.ledger.find_serial(row.old_serial));
    HG_ASSERT(made.has_value() && old.has_value());
    HG_TRY(const auto entries, m_state.ledger.list_name(made->name));
    std::error_code ignored;
    const bool usable = newest_like(entries, *made, m_now).state(m_now) == EntryState::valid &&
                        fs::exists(m_state.paths.issued() / made->name / "bundle.pem", ignored);
    return usable ? report_of(row) : start_signer(*old, request.key_lock);
}

Result<RolloverReport> RolloverRun::start(const RolloverRequest& request) {
    HG_CHECK(check_named_keys(request));
    HG_TRY(const auto last, m_state.ledger.last_rollover(request.target));
    if (last && !last->finished_at) {
        HG_CHECK(check_same_signer(*last, request.signer));
        return resume(*last, request);
    }
    if (request.target == RolloverTarget::signer) {
        HG_TRY(const LedgerEntry old, signer_to_follow(request.signer));
        return start_signer(old, request.key_lock);
    }
    HG_CHECK(check_nothing_else_is_open(m_state.ledger, request.target));
    HG_TRY(const PreparedRollover prepared, prepare(request.target, request, StandIn::refused));
    HG_CHECK(refuse_gaps(prepared.report.steps.front().simulation, "start"));
    HG_CHECK(stage_keys(prepared.generation));
    HG_CHECK(enter(prepared.generation, prepared.report));
    HG_CHECK(reload());
    HG_CHECK(complete_lists());
    return status(request.target);
}

Result<RolloverReport> Authority::plan_rollover(const RolloverRequest& request) {
    return RolloverRun(*this).plan(request);
}

Result<RolloverReport> Authority::rollover_status(RolloverTarget target) {
    return RolloverRun(*this).status(target);
}

Result<RolloverReport> Authority::start_rollover(const RolloverRequest& request) {
    return RolloverRun(*this).start(request);
}

Result<RolloverReport> Authority::finish_rollover(const RolloverFinish& request) {
    return RolloverRun(*this).finish(request);
}

}  // namespace heliograph::pki
