// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/bundle_check.hpp>
#include <mirror/fetch/trust_state_file.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/verify/check_options.hpp>
#include <tools/commands/verify/commands.hpp>
#include <tools/commands/verify/report_output.hpp>

#include <CLI/App.hpp>

#include <filesystem>
#include <system_error>

namespace heliograph::tools::verify_commands {

namespace {

struct BundleOptions {
    std::string file;
    std::string digest;
    std::optional<unsigned> max_age_hours;
    CheckOptions check;
};

Result<mirror::BundleCheckRequest> bundle_request(const BundleOptions& options) {
    std::error_code failure;
    mirror::BundleCheckRequest request{
        .file = options.file, .spool_folder = std::filesystem::temp_directory_path(failure)};
    if (failure) {
        return Error(
            ErrorCode::io,
            "expected a folder for temporary files, TMPDIR names none: " + failure.message()
        );
    }
    if (!options.digest.empty()) {
        auto digest = pki::Sha256::parse_hex(options.digest);
        if (!digest) {
            return Error(ErrorCode::invalid_argument, digest.error().describe());
        }
        request.digest = *digest;
    }
    return request;
}

Result<ExitCode> check_bundle_file(const BundleOptions& options, Console& console) {
    HG_TRY(const auto reporter, Reporter::open(options.check.formats, console));
    HG_TRY(const auto request, bundle_request(options));
    HG_TRY(auto policy, policy_file_of(options.check));
    HG_TRY(const auto trust, load_trust(options.check.trust));
    HG_TRY(const auto state_files, trust_state_paths(trust));
    HG_TRY(const auto known, local_fault(mirror::load_trust_state(state_files)));
    const auto page_policy = policy_of(options.check, policy);
    HG_TRY(
        auto checked,
        mirror::check_bundle(
            request,
            {trust, known, page_policy, SystemClock().now()},
            {.policy = std::move(policy), .max_age = max_age_of(options.max_age_hours)}
        )
    );
    HG_CHECK(mirror::save_trust_state(state_files, checked.learnt));
    checked.report.tool = "verify bundle";
    return reporter.conclude(checked.report);
}

}  // namespace

void add_bundle(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"bundle",
         "Check what mirror bundle wrote, without a mirror to take it in and without a socket.",
         "verify bundle news.bundle\n"
         "verify bundle all.bundle --max-age 48"}
    );
    auto options = std::make_shared<BundleOptions>();
    verb.add_option("bundle", options->file, "What mirror bundle wrote")->required();
    verb.add_option(
            "--sha256",
            options->digest,
            "Refuse any other file: the digest that mirror bundle said, brought by another way"
    )
        ->type_name("HEX");
    add_max_age_option(verb, options->max_age_hours);
    add_demand_options(verb, options->check);
    verb.add_flag(
        "--offline", options->check.offline, "Changes nothing: no socket is opened anyway"
    );
    program.set_action(verb, [options](Console& console) {
        return check_bundle_file(*options, console);
    });
}

}  // namespace heliograph::tools::verify_commands
