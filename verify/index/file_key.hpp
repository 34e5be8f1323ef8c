// SPDX-License-Identifier: Apache-2.0
// What installers tell files of an index apart by: not the text of their names.
#pragma once

#include <verify/index/file_name.hpp>

#include <optional>
#include <set>
#include <string>

namespace heliograph::verify {

/// The file that a name stands for, whatever its spelling: `Foo_Bar-1.0.tar.gz` and
/// `foo.bar-1.0.0.tar.gz` have one key, and so have `a-1-01-py3.PY2-none-any.whl` and
/// `a-1-1-py2.py3-none-any.whl`.
/// @thread Safe, a value.
/// @source PEP 503 (project), PEP 440 (version), PEP 427 and PEP 425 (build number, tags).
class DistFileKey {
  public:
    /// @cost The name's tags, sorted.
    explicit DistFileKey(const DistFileName& name);

    /// Whether this name stands for the same file. @cost That of a key when project, version and
    /// kind agree; else little.
    [[nodiscard]] bool is_of(const DistFileName& name) const;

    friend bool operator==(const DistFileKey&, const DistFileKey&) = default;

  private:
    enum class Form { wheel, tar_gz, zip };
    struct Build {
        VersionNumber number;
        std::string suffix;
        friend bool operator==(const Build&, const Build&) = default;
    };

    [[nodiscard]] static Form form_of(const DistFileName& name);
    [[nodiscard]] static std::optional<Build> build_of(const DistFileName& name);

    ProjectName m_project;
    Version m_version;
    Form m_form;
    std::optional<Build> m_build;
    std::set<std::string> m_tags;  ///< `py3-none-any`, in lower case.
};

}  // namespace heliograph::verify
