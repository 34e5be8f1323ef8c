// SPDX-License-Identifier: Apache-2.0
#include <tools/cli/local_fault.hpp>
#include <tools/commands/mirror/master.hpp>
#include <tools/commands/mirror/upload_option.hpp>

#include <CLI/App.hpp>

#include <chrono>

namespace heliograph::tools::mirror_commands {

namespace {

// `mirror add` may be at work in the folder; an upload waits for it, but not as long as its client.
constexpr std::chrono::seconds publish_patience{60};

// The rules of the file, and one more for each --upload-role.
Result<pki::RolePolicy> role_policy_of(const UploadFlags& flags) {
    std::vector<pki::RoleRule> rules;
    if (!flags.role_file.empty()) {
        HG_TRY(const auto policy, local_fault(pki::RolePolicy::load(flags.role_file)));
        rules = policy.rules();
    }
    for (const std::string& uri : flags.roles) {
        rules.push_back({.uri = uri, .roles = {"upload"}});
    }
    return pki::RolePolicy::make(std::move(rules));
}

}  // namespace

mirror::UploadLimits UploadFlags::limits() const {
    mirror::UploadLimits limits;
    limits.file_bytes = largest_file;
    limits.project_bytes = largest_project;
    limits.at_once = at_once;
    return limits;
}

std::shared_ptr<UploadFlags> add_upload_options(CLI::App& verb) {
    auto flags = std::make_shared<UploadFlags>();
    auto* uploads = verb.add_flag(
        "--uploads",
        flags->uploads,
        "Take uploads at /legacy/ (twine, uv publish, poetry) with tokens of: mirror token new"
    );
    verb.add_option(
            "--upload-role",
            flags->roles,
            "URI of a client certificate that may upload to every project, without a token (twine "
            "upload --client-cert bundle.pem -u x)"
    )
        ->type_name("URI")
        ->needs(uploads);
    verb.add_option(
            "--roles",
            flags->role_file,
            "Roles of client certificates, read at the start: upload for every project, "
            "upload:NAME "
            "for one; try it with: pki whoami"
    )
        ->type_name("FILE")
        ->needs(uploads);
    verb.add_option("--upload-file-limit", flags->largest_file, "Largest file taken")
        ->type_name("BYTES")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40U))
        ->capture_default_str()
        ->needs(uploads);
    verb.add_option(
            "--upload-project-limit", flags->largest_project, "All files of a project together"
    )
        ->type_name("BYTES")
        ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 50U))
        ->capture_default_str()
        ->needs(uploads);
    verb.add_option(
            "--uploads-at-once",
            flags->at_once,
            "Uploads taken at the same time; half of them of one uploader"
    )
        ->check(CLI::Range(1, 64))
        ->capture_default_str()
        ->needs(uploads);
    return flags;
}

Outcome check_plain_uploads(const std::string& address) {
    if (address.starts_with("127.") || address == "::1") {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected --tls BUNDLE with --uploads at " + address +
            ": tokens travel with each upload, and without TLS anybody on the way could read them; "
            "--plain takes uploads on 127.0.0.1 and ::1 only"
    );
}

Result<std::optional<mirror::UploadService>> open_uploads(
    const mirror::MirrorFolder& folder,
    const UploadFlags& flags,
    mirror::UploadOptions::Scheme scheme,
    const Clock& clock,
    EventSink& events
) {
    if (!flags.uploads) {
        return std::optional<mirror::UploadService>();
    }
    const std::string place = folder.path().string();
    {
        // Told now, and not to the first client: a mirror's folder, a signer that does not do. That
        // somebody else writes at this moment is no fault.
        auto probe = open_master(place);
        if (!probe && probe.error().code() != ErrorCode::conflict) {
            return std::move(probe).error();
        }
    }
    mirror::UploadOptions options;
    options.folder = folder.path();
    HG_TRY(options.roles.policy, role_policy_of(flags));
    options.limits = flags.limits();
    options.scheme = scheme;
    options.events = &events;
    options.master = [place, &clock, &events](const mirror::MasterStep& step) -> Outcome {
        HG_TRY(auto master, open_master(place, {.lock_patience = publish_patience}));
        HG_TRY(const auto verdict, judge_signer(master, clock.now()));
        if (!verdict.accepted()) {
            return Error(ErrorCode::denied, "clients would refuse it: " + verdict.describe());
        }
        auto publisher = master.publisher(clock, events);
        return step(*master.catalog, publisher);
    };
    HG_TRY(auto service, mirror::UploadService::open(std::move(options)));
    return std::optional(std::move(service));
}

}  // namespace heliograph::tools::mirror_commands
