// SPDX-License-Identifier: Apache-2.0
#include <verify/index/ascii.hpp>
#include <verify/index/file_key.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace heliograph::verify {

DistFileKey::Form DistFileKey::form_of(const DistFileName& name) {
    if (name.kind() == FileKind::wheel) {
        return Form::wheel;
    }
    return name.text().ends_with(".zip") ? Form::zip : Form::tar_gz;
}

// The leading digits are a number, the rest is compared as it is written.
std::optional<DistFileKey::Build> DistFileKey::build_of(const DistFileName& name) {
    const std::string_view text = name.build();
    if (text.empty()) {
        return std::nullopt;
    }
    const auto end = std::find_if_not(text.begin(), text.end(), ascii::is_digit);
    const auto digits = static_cast<std::size_t>(end - text.begin());
    return Build{VersionNumber(text.substr(0, digits)), std::string(text.substr(digits))};
}

DistFileKey::DistFileKey(const DistFileName& name)
    : m_project(name.project()),
      m_version(name.version()),
      m_form(form_of(name)),
      m_build(build_of(name)) {
    for (const auto& tag : name.tags()) {
        m_tags.insert(ascii::to_lower(tag.python + '-' + tag.abi + '-' + tag.platform));
    }
}

bool DistFileKey::is_of(const DistFileName& name) const {
    return m_form == form_of(name) && m_project == name.project() && m_version == name.version() &&
           *this == DistFileKey(name);
}

}  // namespace heliograph::verify
