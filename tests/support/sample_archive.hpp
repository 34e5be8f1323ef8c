// SPDX-License-Identifier: Apache-2.0
// Wheels and sdists for tests, honest and hostile, written by libarchive.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace heliograph::test_support {

/// One entry of an archive.
struct Member {
    enum class Kind { file, folder, symbolic_link, hard_link, device, pipe };
    std::string path;
    std::string content;  ///< Of a link: where it points.
    Kind kind{Kind::file};
    std::uint64_t zeros{0};  ///< So many zero bytes follow the content: what bombs are made of.
};

/// How a zip stores its members.
enum class Packing { stored, deflated, encrypted };

/// Writes an archive with exactly these members, in this order; nothing is checked or added.
/// @errors std::runtime_error when libarchive refuses.
void write_zip(
    const std::filesystem::path& path,
    const std::vector<Member>& members,
    Packing packing = Packing::deflated
);
void write_tar_gz(const std::filesystem::path& path, const std::vector<Member>& members);

/// One honest distribution.
struct Distribution {
    std::string name{"sample"};  ///< As it stands in METADATA; `-` becomes `_` in file names.
    std::string version{"1.0"};
    std::string requires_python{">=3.8"};
    std::string payload{
        "print('hello')\n"};            ///< Content of its one module; changes the file's digest.
    std::vector<std::string> needs{};   ///< Lines of Requires-Dist.
    std::vector<std::string> extras{};  ///< Lines of Provides-Extra.
};

/// The core metadata text of a distribution.
[[nodiscard]] std::string metadata_of(const Distribution& distribution);

/// `name-version-py3-none-any.whl`.
[[nodiscard]] std::string wheel_name_of(const Distribution& distribution);

/// The members with a WHEEL, if they have none, and a RECORD behind them that lists all of them.
/// @param record_path  `demo-1.0.dist-info/RECORD`.
[[nodiscard]] std::vector<Member> with_record(
    std::vector<Member> members, const std::string& record_path
);

/// The members of its wheel: module, METADATA, WHEEL, RECORD.
[[nodiscard]] std::vector<Member> wheel_members_of(const Distribution& distribution);

/// Writes the wheel into @p folder. @return Its path.
std::filesystem::path write_wheel(
    const std::filesystem::path& folder, const Distribution& distribution = {}
);

/// Writes `name-version.tar.gz` into @p folder. @return Its path.
std::filesystem::path write_sdist(
    const std::filesystem::path& folder, const Distribution& distribution = {}
);

}  // namespace heliograph::test_support
