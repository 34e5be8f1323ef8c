// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/format_control.hpp>
#include <pki/base/blank.hpp>

#include <algorithm>
#include <string_view>

namespace heliograph::mirror {

namespace {

Error said_twice(const std::string& what) {
    return {
        ErrorCode::invalid_argument,
        "expected each project in --no-binary or in --only-binary, saw " + what + " in both"};
}

}  // namespace

Result<FormatControl::Names> FormatControl::read(const std::vector<std::string>& words) {
    Names read;
    for (const std::string_view word : words) {
        for (std::size_t begin = 0; begin <= word.size();) {
            const auto end = std::min(word.find(',', begin), word.size());
            const auto name = trim_blanks(word.substr(begin, end - begin));
            begin = end + 1;
            if (name == ":all:") {
                read.all = name;
            } else if (name == ":none:") {
                read = Names();
            } else {
                HG_TRY(auto project, verify::parse_project_name(name));
                read.names.insert(std::move(project));
            }
        }
    }
    return read;
}

Result<FormatControl> FormatControl::parse(const FormatWords& words) {
    FormatControl control;
    HG_TRY(control.m_no_binary, read(words.no_binary));
    HG_TRY(control.m_only_binary, read(words.only_binary));
    if (control.m_no_binary.all && control.m_only_binary.all) {
        return said_twice(":all:");
    }
    for (const auto& name : control.m_no_binary.names) {
        if (control.m_only_binary.names.contains(name)) {
            return said_twice(name.text());
        }
    }
    return control;
}

FormatControl::Answer FormatControl::wants(const verify::DistFileName& file) const {
    const bool wheel = file.kind() == verify::FileKind::wheel;
    const auto wanted = [](bool yes) { return yes ? Answer::wanted : Answer::unwanted; };
    if (m_only_binary.names.contains(file.project())) {
        return wanted(wheel);
    }
    if (m_no_binary.names.contains(file.project())) {
        return wanted(!wheel);
    }
    if (m_only_binary.all) {
        return wanted(wheel);
    }
    return wanted(!m_no_binary.all || !wheel);
}

}  // namespace heliograph::mirror
