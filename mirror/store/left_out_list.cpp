// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/left_out_list.hpp>
#include <pki/base/json.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::string_view list_format = "heliograph-left-out-1";

}  // namespace

std::string render_left_out_list(std::span<const LeftOutFile> files) {
    LeftOutReasons sorted;
    for (const auto& file : files) {
        sorted.emplace(file.path.name().text(), file.reason);
    }
    JsonObject members;
    for (const auto& [name, reason] : sorted) {
        members.emplace_back(name, leave_reason_name(reason));
    }
    return render_json(JsonObject{{"format", list_format}, {"files", std::move(members)}}) + "\n";
}

Result<LeftOutReasons> parse_left_out_list(std::string_view text) {
    HG_TRY(
        const auto document,
        parse_json(text, {.text_bytes = verify::limits::page_bytes, .depth = 3})
    );
    HG_TRY(const auto format, document.text_member("format"));
    if (format != list_format) {
        return Error(
            ErrorCode::malformed,
            "expected a list of files left out of format " + std::string(list_format) + ", saw '" +
                verify::printable(format) + "'"
        );
    }
    HG_TRY(const auto* const files, document.object_member("files"));
    LeftOutReasons reasons;
    for (const auto& [name, value] : *files) {
        const auto* const word = value.if_text();
        if (word == nullptr) {
            return Error(
                ErrorCode::malformed,
                "expected a reason for which '" + verify::printable(name) +
                    "' is left out, saw something else than text"
            );
        }
        HG_TRY(const auto reason, parse_leave_reason(*word));
        reasons.emplace(name, reason);
    }
    return reasons;
}

}  // namespace heliograph::mirror
