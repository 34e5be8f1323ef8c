// SPDX-License-Identifier: Apache-2.0
#include <mirror/discovery/dns_mirrors.hpp>
#include <mirror/discovery/kept_list_file.hpp>
#include <mirror/discovery/list_merge.hpp>
#include <mirror/discovery/metalink.hpp>
#include <mirror/discovery/signed_list_source.hpp>
#include <pki/base/file.hpp>
#include <tools/cli/blame.hpp>
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
    for (const auto& finding : found.verdict.findings()) {
        console.report(finding);
    }
    if (!found.mirrors.empty()) {
        tell_of_kept(found, source, question.now, console);
        return std::move(found.mirrors);
    }
    const auto cause = found.verdict.worst_cause();
    return Error(
        cause == verify::Cause::stale_evidence ? ErrorCode::stale : ErrorCode::refused,
        "expected a signed list of mirrors that holds, " + source + " has none" +
            (found.unreachable ? " to be had: " + found.unreachable->describe() : std::string())
    );
}

// A zone proposes, and only that: what it says reaches nobody who checks nothing.
Result<std::vector<ListedMirror>> zone_mirrors(
    const MirrorQuestion& question, const std::string& source
) {
    HG_TRY(const auto zone, usage_fault(mirror::parse_dns_zone(source)));
    if (question.policy.page_signature == verify::Demand::ignored) {
        return Error(
            ErrorCode::invalid_argument,
            "expected evidence to be checked with " + source +
                ", as nobody signs what the DNS says; saw otherwise; name mirrors in a file"
        );
    }
    if (question.reach == MirrorQuestion::Reach::nobody) {
        return std::vector<ListedMirror>();
    }
    std::optional<mirror::DnsServer> server;
    if (!question.options.dns_server.empty()) {
        HG_TRY(server, usage_fault(mirror::DnsServer::parse(question.options.dns_server)));
    }
    HG_TRY(auto resolver, mirror::DnsResolver::open(server));
    auto mirrors = mirror::find_dns_mirrors(resolver, zone);
    // What a name server says wrong is evidence against nobody: the zone is not to be had.
    if (!mirrors && mirrors.error().code() != ErrorCode::not_found) {
        const auto code =
            mirrors.error().code() == ErrorCode::timeout ? ErrorCode::timeout : ErrorCode::network;
        return with_code(mirrors.error(), code).at(source);
    }
    return mirrors;
}

Result<std::vector<ListedMirror>> named_mirrors(
    const MirrorQuestion& question, const std::string& source
) {
    if (mirror::is_dns_source(source)) {
        return zone_mirrors(question, source);
    }
    HG_TRY(
        auto list, list_error(mirror::load_mirror_list(source, question.transport, question.tls))
    );
    return std::move(list.mirrors);
}

// @return  Why sources that only propose are not to be had: that costs nothing while another one
// names mirrors.
Result<std::vector<Error>> add_named(const MirrorQuestion& question, mirror::ListSources& sources) {
    std::vector<Error> missed;
    for (const auto& named : question.options.mirrors) {
        const bool proposes = mirror::is_dns_source(named) || mirror::is_web_address(named);
        auto mirrors = named_mirrors(question, named);
        if (!mirrors && proposes && mirror::is_transport_failure(mirrors.error())) {
            missed.push_back(std::move(mirrors).error());
            continue;
        }
        HG_CHECK(mirrors);
        auto& side = proposes ? sources.proposed : sources.own;
        side.insert(side.end(), mirrors->begin(), mirrors->end());
    }
    return missed;
}

Outcome add_metalinks(const MirrorQuestion& question, mirror::ListSources& sources) {
    for (const auto& path : question.options.metalinks) {
        HG_TRY(const auto text, read_file(path, mirror::metalink_bytes));
        HG_TRY(const auto metalink, usage_fault(mirror::parse_metalink(text_of(text))));
        const auto mirrors = mirror::mirrors_of(metalink);
        sources.proposed.insert(sources.proposed.end(), mirrors.begin(), mirrors.end());
    }
    return {};
}

bool has_usual_mirrors(const MirrorQuestion& question) {
    return !question.trust.mirrors.empty() || configured_file("mirrors.txt").has_value();
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
    mirror::ListSources sources;
    HG_CHECK(add_metalinks(question, sources));
    if (options.mirrors.empty() && options.mirror_list.empty()) {
        if (sources.proposed.empty()) {
            return usual_mirrors(question);
        }
        if (has_usual_mirrors(question)) {
            HG_TRY(auto usual, usual_mirrors(question));
            sources.own = std::move(usual.mirrors);
        }
    }
    HG_TRY(auto missed, add_named(question, sources));
    if (!options.mirror_list.empty()) {
        HG_TRY(sources.decided, signed_mirrors(question, console));
    }
    auto merged_or = mirror::merge_lists(std::move(sources));
    if (!merged_or && !missed.empty()) {
        return std::move(missed.front());
    }
    HG_TRY(auto merged, std::move(merged_or));
    for (const auto& error : missed) {
        console.warn("mirrors may be missing from the list: " + error.describe());
    }
    for (const auto& url : merged.left_out) {
        console.warn(
            url.to_string() + " is not asked: the signed list of mirrors does not hold it"
        );
    }
    return std::move(merged.list);
}

}  // namespace heliograph::tools
