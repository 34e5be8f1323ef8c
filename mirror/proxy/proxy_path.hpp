// SPDX-License-Identifier: Apache-2.0
// What a client of the proxy asks for: everything lies behind a secret first segment.
//
//   /<token>/simple/<project>/                 a verified page
//   /<token>/packages/aa/bb/rest/<file>        a verified file, or its metadata with `.metadata`
//   /<token>/integrity/<project>/<version>/<file>/provenance
//   /<token>/verdict                           what was verified and what was refused
//   /<token>/metrics                           the same in numbers, for Prometheus
#pragma once

#include <verify/index/file_path.hpp>
#include <verify/index/project_name.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace heliograph::mirror {

struct PageAsked {
    verify::ProjectName project;
};
/// A page under another spelling of its name: where it is, relative to what was asked for.
struct PageMoved {
    std::string location;
};
struct FileAsked {
    verify::FilePath path;
};
struct MetadataAsked {
    verify::FilePath path;
};
struct ProvenanceAsked {
    verify::DistFileName file;
};
struct VerdictAsked {};
struct MetricsAsked {};
/// The list of all projects, which nobody signs.
struct RootListAsked {};
struct NothingOfThatKind {};

using ProxyPath = std::variant<
    PageAsked,
    PageMoved,
    FileAsked,
    MetadataAsked,
    ProvenanceAsked,
    VerdictAsked,
    MetricsAsked,
    RootListAsked,
    NothingOfThatKind>;

/// The rest of the path behind `/<token>`, in time that does not depend on how much of it is right.
/// @param path   Decoded, begins with `/`.
/// @return       A view into @p path that begins with `/`; none when the first segment is another.
/// @thread Safe. @cost One pass over the token.
[[nodiscard]] std::optional<std::string_view> path_behind_token(
    std::string_view path, std::string_view token
);

/// Reads the path behind the token. Whatever is no strict name or place is NothingOfThatKind.
/// @thread Safe. @cost One pass. @source PEP 503; PEP 658; PEP 740.
[[nodiscard]] ProxyPath parse_proxy_path(std::string_view path);

}  // namespace heliograph::mirror
