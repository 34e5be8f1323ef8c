// SPDX-License-Identifier: Apache-2.0
#include <mirror/discovery/kept_list_file.hpp>
#include <mirror/discovery/list_merge.hpp>
#include <mirror/discovery/signed_list_source.hpp>
#include <tools/cli/folder.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/mirror_sources.hpp>

#include <utility>

namespace heliograph::tools {

namespace {

namespace fs = std::filesystem;

using mirror::ListedMirror;
using mirror::MirrorOrigin;

// A list that cannot be meant is a matter of configuration, not evidence against a mirror.
Result<mirror::MirrorList> list_error(Result<mirror::MirrorList> list) {
    if (!list && (list.error().code() == ErrorCode::malformed ||
                  list.error().code() == ErrorCode::unsupported ||
                  list.error().code() == ErrorCode::too_large)) {
        return Error(ErrorCode::invalid_argument, list.error().describe());
    }
    return list;
}

std::string age_of(Instant since, Instant now) {
    const auto days = std::chrono::duration_cast<std::chrono::days>(now - since).count();
    return format_rfc3339(since) + ", " +
           (days < 1 ? "less than a day" : counted(static_cast<std::uint64_t>(days), "day")) +
           " old";
}

Result<std::vector<fs::path>> kept_files(const verify::TrustBundle& trust) {
    const auto home = state_home();
    if (!home) {
        return Error(
            ErrorCode::invalid_argument,
            "expected HOME or XDG_STATE_HOME to be set, to remember the list of mirrors; neither is"
        );
    }
    std::vector<fs::path> files;
    for (const auto& id : verify::authority_ids(trust)) {
        files.push_back(*home / "mirror-lists" / mirror::kept_list_name(id, trust.name));
    }
    return files;
}

void tell_of_kept(
    const mirror::FoundList& found, const std::string& source, Instant now, Console& console
) {
    if (!found.kept_since) {
        return;
    }
    for (auto finding : found.refused.findings()) {
        finding.severity = verify::Severity::warning;
        console.report(finding);
    }
    const std::string why = found.unreachable ? ": " + found.unreachable->describe()
                            : !found.refused.findings().empty()
                                ? ", as what it gave now does not hold"
                                : ", as nobody is asked";
    console.warn(
        "the list of mirrors from " + source + " is the one of " + age_of(*found.kept_since, now) +
        why
    );
}

Result<std::vector<ListedMirror>> signed_mirrors(const MirrorQuestion& question, Console& console) {
    const auto& source = question.options.mirror_list;
    if (question.trust.roots.empty() || question.policy.page_signature == verify::Demand::ignored) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a trust bundle, and evidence to be checked, with --mirror-list, whose list "
            "is signed; saw otherwise; name an unsigned list with --mirrors"
        );
    }
    HG_TRY(auto files, kept_files(question.trust));
    const bool stays = question.reach == MirrorQuestion::Reach::nobody;
    HG_TRY(
        auto found,
        mirror::find_signed_list(
            {.source = source,
             .trust = question.trust,
             .policy = question.policy,
             .transport = question.transport,
             .tls = question.tls,
             .kept_files = std::move(files),
             .now = question.now,
             .reach = stays ? mirror::SignedListRequest::Reach::kept
                            : mirror::SignedListRequest::Reach::source}
        )
    );
    if (!found.mirrors.empty()) {
        tell_of_kept(found, source, question.now, console);
        return std::move(found.mirrors);
    }
    for (const auto& finding : found.verdict.findings()) {
        console.report(finding);
    }
    const auto cause = found.verdict.worst_cause();
    return Error(
        cause == verify::Cause::stale_evidence ? ErrorCode::stale : ErrorCode::refused,
        "expected a signed list of mirrors that holds, " + source + " has none" +
            (found.unreachable ? " to be had: " + found.unreachable->describe() : std::string())
    );
}

Outcome add_named(const MirrorQuestion& question, mirror::ListSources& sources) {
    for (const auto& named : question.options.mirrors) {
        HG_TRY(
            const auto list,
            list_error(mirror::load_mirror_list(named, question.transport, question.tls))
        );
        auto& side = mirror::is_web_address(named) ? sources.proposed : sources.own;
        side.insert(side.end(), list.mirrors.begin(), list.mirrors.end());
    }
    return {};
}

Result<mirror::MirrorList> usual_mirrors(const MirrorQuestion& question) {
    if (!question.trust.mirrors.empty()) {
        std::string text;
        for (const auto& url : question.trust.mirrors) {
            text += url + "\n";
        }
        HG_TRY(auto list, mirror::parse_mirror_list(text));
        for (auto& mirror : list.mirrors) {
            mirror.origin = MirrorOrigin::bundle;
        }
        return list;
    }
    if (const auto file = configured_file("mirrors.txt")) {
        return list_error(mirror::load_mirror_list(file->string(), question.transport, question.tls)
        );
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a list of mirrors, saw none; name one with --mirrors FILE or URL, or put it at " +
            configuration_place("mirrors.txt")
    );
}

}  // namespace

Result<mirror::MirrorList> find_mirrors(const MirrorQuestion& question, Console& console) {
    const auto& options = question.options;
    if (options.mirrors.empty() && options.mirror_list.empty()) {
        return usual_mirrors(question);
    }
    mirror::ListSources sources;
    HG_CHECK(add_named(question, sources));
    if (!options.mirror_list.empty()) {
        HG_TRY(sources.decided, signed_mirrors(question, console));
    }
    HG_TRY(auto merged, mirror::merge_lists(std::move(sources)));
    for (const auto& url : merged.left_out) {
        console.warn(
            url.to_string() + " is not asked: the signed list of mirrors does not hold it"
        );
    }
    return std::move(merged.list);
}

}  // namespace heliograph::tools
