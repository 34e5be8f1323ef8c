// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/bulk.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/tar_writer.hpp>

#include <algorithm>

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
    if (line.find("days") != nullptr) {
        HG_TRY(const auto days, line.integer_member("days"));
        if (days < 1 || days > 3650) {
            return Error(ErrorCode::malformed, "expected 1 to 3650 days, saw another number");
        }
        request.days = std::chrono::days(days);
    }
    static constexpr std::string_view known[] = {"name", "dns", "ip", "uri", "email", "days"};
    for (const auto& [name, value] : *line.if_object()) {
        if (std::find(std::begin(known), std::end(known), name) == std::end(known)) {
            return Error(
                ErrorCode::malformed,
                "expected name, dns, ip, uri, email and days only, saw '" + name.substr(0, 40) + "'"
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
            return std::move(request).error().at(options.list + " line " + std::to_string(number));
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

}  // namespace

Result<ExitCode> issue_from_list(const BulkOptions& options, Console& console) {
    if (!options.archive.empty() && !options.output.empty()) {
        return Error(ErrorCode::invalid_argument, "expected --out or --archive, saw both");
    }
    HG_TRY(auto requests, read_list(options));
    const SystemClock clock;
    HG_TRY(auto authority, open_authority(options.authority, clock));
    std::size_t count = 0;
    if (options.archive.empty()) {
        HG_TRY(
            count,
            authority.issue_many(
                requests,
                [&authority](const pki::IssueRequest& request, const pki::MadeLeaf& leaf) {
                    return authority.write_issued(request, leaf);
                }
            )
        );
    } else {
        // The ledger must not look for files in a folder that there is not.
        for (auto& request : requests) {
            request.folder = std::filesystem::path(options.archive) / request.name;
        }
        HG_TRY(auto archive, TarWriter::create(options.archive));
        const std::string issuer = pki::render_pem_list(authority.sent_along());
        HG_TRY(
            count,
            authority.issue_many(
                requests,
                [&](const pki::IssueRequest& request, const pki::MadeLeaf& leaf) -> Outcome {
                    HG_CHECK(archive.add(request.name + "/key.pem", leaf.key_pem.expose()));
                    const std::string chain = leaf.certificate_pem + issuer;
                    HG_CHECK(archive.add(request.name + "/cert.pem", bytes_of(leaf.certificate_pem))
                    );
                    return archive.add(request.name + "/chain.pem", bytes_of(chain));
                }
            )
        );
        HG_CHECK(archive.commit());
    }
    const std::string place = !options.archive.empty()  ? options.archive
                              : !options.output.empty() ? options.output
                                                        : (authority.folder() / "issued").string();
    console.say("issued " + counted(count, "certificate") + " into " + place);
    console.present(JsonObject{
        {"kind", pki::leaf_kind_name(options.pattern.kind)},
        {"issued", static_cast<std::int64_t>(count)},
        {"place", place}});
    return ExitCode::done;
}

}  // namespace heliograph::tools::pki_commands
