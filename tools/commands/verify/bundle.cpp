// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/bundle_check.hpp>
#include <tools/commands/verify/commands.hpp>
#include <tools/commands/verify/inspection.hpp>

#include <CLI/App.hpp>

#include <filesystem>
#include <system_error>
#include <utility>

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
    HG_TRY(const auto inspection, Inspection::open(options.check, options.max_age_hours, console));
    HG_TRY(const auto request, bundle_request(options));
    HG_TRY(auto checked, mirror::check_bundle(request, inspection.basis(), inspection.demands()));
    return inspection.conclude("verify bundle", std::move(checked));
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
