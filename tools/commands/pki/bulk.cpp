// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/bulk.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/new_passphrase.hpp>
#include <tools/commands/pki/tar_writer.hpp>

#include <algorithm>
#include <optional>

namespace heliograph::tools::pki_commands {

namespace {

constexpr std::uint64_t list_limit_bytes = 256ULL * 1024 * 1024;

Result<std::vector<std::string>> texts_in(const JsonValue& line, std::string_view name) {
    std::vector<std::string> texts;
    if (line.find(name) == nullptr) {
        return texts;
    }
    HG_TRY(const auto* const array, line.array_member(name));
    for (const auto& item : *array) {
        const auto* const text = item.if_text();
        if (text == nullptr) {
            return Error(
                ErrorCode::malformed, "expected texts in '" + std::string(name) + "', saw another"
            );
        }
        texts.push_back(*text);
    }
    return texts;
}

Result<pki::IssueRequest> request_in(std::string_view text, const BulkOptions& options) {
    HG_TRY(const JsonValue line, parse_json(text, {.text_bytes = 65536, .depth = 4}));
    pki::IssueRequest request = options.pattern;
    HG_TRY(request.name, line.text_member("name"));
    HG_TRY(request.dns, texts_in(line, "dns"));
    HG_TRY(request.ip, texts_in(line, "ip"));
    HG_TRY(request.uri, texts_in(line, "uri"));
    HG_TRY(request.email, texts_in(line, "email"));
    if (line.find("role") != nullptr) {
        HG_TRY(request.role, line.text_member("role"));
    }
    if (line.find("days") != nullptr) {
        HG_TRY(const auto days, line.integer_member("days"));
        if (days < 1 || days > 3650) {
            return Error(ErrorCode::malformed, "expected 1 to 3650 days, saw another number");
        }
        request.days = std::chrono::days(days);
    }
    static constexpr std::string_view known[] = {
        "name", "dns", "ip", "uri", "email", "role", "days"};
    for (const auto& [name, value] : *line.if_object()) {
        if (std::find(std::begin(known), std::end(known), name) == std::end(known)) {
            return Error(
                ErrorCode::malformed,
                "expected name, dns, ip, uri, email, role and days only, saw '" +
                    name.substr(0, 40) + "'"
            );
        }
    }
    if (!options.output.empty()) {
        request.folder = std::filesystem::path(options.output) / request.name;
    }
    return request;
}

Result<std::vector<pki::IssueRequest>> read_list(const BulkOptions& options) {
    HG_TRY(const Bytes bytes, read_file(options.list, list_limit_bytes));
    std::vector<pki::IssueRequest> requests;
    std::string_view rest = text_of(bytes);
    for (std::size_t number = 1; !rest.empty(); ++number) {
        const auto end = rest.find('\n');
        const auto line = rest.substr(0, end);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
            continue;
        }
        auto request = request_in(line, options);
        if (!request) {
            // What the operator wrote is no evidence: a line that cannot be meant.
            return Error(ErrorCode::invalid_argument, request.error().message())
                .at(options.list + " line " + std::to_string(number));
        }
        requests.push_back(std::move(request).value());
    }
    if (requests.empty()) {
        return Error(
            ErrorCode::invalid_argument,
            "expected at least one line in " + options.list + ", saw none"
        );
    }
    return requests;
}

Outcome fill_archive(
    pki::Authority& authority,
    const std::vector<pki::IssueRequest>& requests,
    const std::filesystem::path& place
) {
    std::optional<TarWriter> tar;
    const std::string above = pki::render_pem_list(authority.sent_along());
    return authority.issue_into_archive(
        requests,
        {.place = place,
         .begin = [&tar](const std::filesystem::path& hidden) -> Outcome {
             HG_TRY(tar, TarWriter::create(hidden));
             return {};
         },
         .add = [&](const pki::IssueRequest& request, const pki::MadeLeaf& leaf) -> Outcome {
             const std::string chain = leaf.certificate_pem + above;
             const ByteSpan key = leaf.key_pem.expose();
             HG_CHECK(tar->add(request.name + "/key.pem", {key}));
             HG_CHECK(tar->add(request.name + "/cert.pem", {bytes_of(leaf.certificate_pem)}));
             HG_CHECK(tar->add(request.name + "/chain.pem", {bytes_of(chain)}));
             return tar->add(request.name + "/bundle.pem", {key, bytes_of(chain)});
         },
         .finish = [&tar] { return tar->commit(); }}
    );
}

}  // namespace

Result<ExitCode> issue_from_list(const BulkOptions& options, Console& console) {
    if (!options.archive.empty() && !options.output.empty()) {
        return Error(ErrorCode::invalid_argument, "expected --out or --archive, saw both");
    }
    HG_TRY(const auto requests, read_list(options));
    HG_CHECK(ask_before_issue(options.authority, requests, options.archive));
    const SystemClock clock;
    HG_TRY(auto authority, open_authority(options.authority, clock));
    if (options.archive.empty()) {
        HG_CHECK(authority.issue_many(requests));
    } else {
        HG_CHECK(fill_archive(authority, requests, options.archive));
    }
    const std::string place = !options.archive.empty()  ? options.archive
                              : !options.output.empty() ? options.output
                                                        : (authority.folder() / "issued").string();
    console.say("issued " + counted(requests.size(), "certificate") + " into " + place);
    console.present(JsonObject{
        {"kind", pki::leaf_kind_name(options.pattern.kind)},
        {"issued", static_cast<std::int64_t>(requests.size())},
        {"place", place}});
    return ExitCode::done;
}

}  // namespace heliograph::tools::pki_commands
