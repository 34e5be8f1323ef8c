// SPDX-License-Identifier: Apache-2.0
#include <verify/index/ascii.hpp>
#include <verify/index/metadata_fields.hpp>
#include <verify/verdict/limits.hpp>

namespace heliograph::verify {

Error too_many_fields() {
    return {
        ErrorCode::too_large,
        "expected core metadata of at most " + std::to_string(limits::core_metadata_fields) +
            " fields, saw more"};
}

Result<MetadataFields> read_metadata_fields(std::string_view text) {
    if (text.size() > limits::core_metadata_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected core metadata of at most " + std::to_string(limits::core_metadata_bytes) +
                " bytes, saw " + std::to_string(text.size())
        );
    }
    MetadataFields fields;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.empty()) {
            fields.description = text;
            break;
        }
        const bool folded = line.front() == ' ' || line.front() == '\t';
        const std::size_t colon = line.find(':');
        if (folded && !fields.headers.empty()) {
            std::string& value = fields.headers.back().second;
            value += ' ';
            value += ascii::trim(line);
        } else if (!folded && colon != std::string_view::npos && colon > 0) {
            if (fields.headers.size() == limits::core_metadata_fields) {
                return too_many_fields();
            }
            fields.headers.emplace_back(
                ascii::to_lower(line.substr(0, colon)), ascii::trim(line.substr(colon + 1))
            );
        }
    }
    return fields;
}

}  // namespace heliograph::verify
