// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/pdm_settings.hpp>
#include <mirror/fetch/toml_key_guard.hpp>
#include <mirror/fetch/toml_library.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>
#include <string>

namespace heliograph::mirror {

namespace {

template <typename Look>
Result<PdmSources> look_at_toml(std::string_view text, Look look) {
    if (text.size() > pdm_settings_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected settings of at most " + std::to_string(pdm_settings_bytes) + " bytes, saw " +
                std::to_string(text.size())
        );
    }
    // The library reaches code that it calls unreachable when such characters stand where a blank
    // could; in texts and comments, where TOML has them, it does not matter here what they are.
    std::string plain(text);
    std::replace_if(
        plain.begin(),
        plain.end(),
        [](char byte) { return static_cast<unsigned char>(byte) > 0x7f; },
        '_'
    );
    HG_CHECK(check_toml_keys(plain));
    try {
        return look(toml::parse(plain)) ? PdmSources::named : PdmSources::none_named;
    } catch (const toml::parse_error& error) {
        return Error(
            ErrorCode::malformed,
            "expected TOML, saw in line " + std::to_string(error.source().begin.line) + ": " +
                verify::printable(error.description())
        );
    } catch (const TomlDoubt&) {
        return Error(ErrorCode::malformed, "expected TOML, saw something else");
    }
}

// pdm looks at whole names with their dots, so a dot in quotes counts as well.
bool names_a_source(const toml::table& pypi) {
    return std::any_of(pypi.begin(), pypi.end(), [](const auto& member) {
        return member.second.is_table() || member.second.is_array() ||
               member.first.str().find('.') != std::string_view::npos;
    });
}

}  // namespace

Result<PdmSources> sources_in_pyproject(std::string_view text) {
    return look_at_toml(text, [](const toml::table& root) {
        return !!root["tool"]["pdm"]["source"];
    });
}

Result<PdmSources> sources_in_pdm_toml(std::string_view text) {
    return look_at_toml(text, [](const toml::table& root) {
        return std::any_of(root.begin(), root.end(), [](const auto& member) {
            const auto* table = member.second.as_table();
            return (member.first.str() == "pypi" && (table == nullptr || names_a_source(*table))) ||
                   member.first.str().starts_with("pypi.");
        });
    });
}

}  // namespace heliograph::mirror
