// SPDX-License-Identifier: Apache-2.0
#include <verify/index/ascii.hpp>
#include <verify/index/core_metadata.hpp>
#include <verify/index/metadata_fields.hpp>
#include <verify/index/page_text.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <array>
#include <utility>

namespace heliograph::verify {

namespace {

Error malformed(std::string_view expected, std::string_view seen) {
    return {
        ErrorCode::malformed,
        "expected " + std::string(expected) + " in the core metadata, saw '" + printable(seen) +
            "'"};
}

struct Fields {
    std::optional<std::string> metadata_version;
    std::optional<std::string> name;
    std::optional<std::string> version;
    std::optional<std::string> requires_python;

    /// The place of a field that is kept, or nullptr.
    std::optional<std::string>* slot(std::string_view lower_case_name) {
        const std::array<std::pair<std::string_view, std::optional<std::string>*>, 4> slots{{
            {"metadata-version", &metadata_version},
            {"name", &name},
            {"version", &version},
            {"requires-python", &requires_python},
        }};
        for (const auto& [field, place] : slots) {
            if (field == lower_case_name) {
                return place;
            }
        }
        return nullptr;
    }
};

std::string_view next_line(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

/// Header lines up to the first empty line; a line that begins with a space continues the one
/// before.
Result<Fields> read_fields(std::string_view text) {
    Fields fields;
    std::optional<std::string>* open_field = nullptr;
    std::size_t count = 0;
    while (!text.empty()) {
        const std::string_view line = next_line(text);
        if (line.empty()) {
            break;
        }
        if (line.front() == ' ' || line.front() == '\t') {
            if (open_field != nullptr) {
                // No field that is kept is long; a fold of many lines would be joined at quadratic
                // cost.
                if (open_field->value().size() > limits::specifier_chars) {
                    return malformed(
                        "a field of at most " + std::to_string(limits::specifier_chars) + " bytes",
                        line
                    );
                }
                *open_field =
                    ascii::trim(open_field->value() + " " + std::string(ascii::trim(line)));
            }
            continue;
        }
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos || colon == 0) {
            return malformed("header lines 'Name: value'", line);
        }
        if (++count > limits::core_metadata_fields) {
            return too_many_fields();
        }
        open_field = fields.slot(ascii::to_lower(line.substr(0, colon)));
        if (open_field == nullptr) {
            continue;
        }
        if (open_field->has_value()) {
            return malformed("the field " + std::string(line.substr(0, colon)) + " once", line);
        }
        *open_field = ascii::trim(line.substr(colon + 1));
    }
    return fields;
}

/// `1.0` to `2.x`: a later minor version only adds fields, a later major one may change what they
/// mean.
Outcome check_metadata_version(std::string_view text) {
    if (text.size() < 3 || text[1] != '.' || !ascii::is_all_digits(text.substr(2)) ||
        !ascii::is_digit(text[0])) {
        return malformed("a Metadata-Version such as 2.1", text);
    }
    if (text[0] != '1' && text[0] != '2') {
        return Error(
            ErrorCode::malformed,
            "expected Metadata-Version 1.x or 2.x, saw '" + printable(text) + "'"
        );
    }
    return {};
}

}  // namespace

Result<CoreMetadata> parse_core_metadata(std::string_view text) {
    if (text.size() > limits::core_metadata_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected core metadata of at most " + std::to_string(limits::core_metadata_bytes) +
                " bytes, saw " + std::to_string(text.size())
        );
    }
    HG_TRY(auto fields, read_fields(text));
    if (!fields.metadata_version || !fields.name || !fields.version) {
        return malformed("the fields Metadata-Version, Name and Version", text);
    }
    HG_CHECK(check_metadata_version(*fields.metadata_version));
    HG_TRY(auto name, parse_project_name(*fields.name));
    HG_TRY(auto version, parse_version(*fields.version));
    if (fields.requires_python && (fields.requires_python->size() > limits::specifier_chars ||
                                   !page_text::is_plain(*fields.requires_python))) {
        return malformed(
            "a short Requires-Python without control characters", *fields.requires_python
        );
    }
    return CoreMetadata{
        .metadata_version = *std::move(fields.metadata_version),
        .name = std::move(name),
        .version = std::move(version),
        .requires_python = std::move(fields.requires_python),
        .display_name = *std::move(fields.name),
    };
}

}  // namespace heliograph::verify
