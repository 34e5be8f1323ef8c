// SPDX-License-Identifier: Apache-2.0
#include <verify/index/file_path.hpp>
#include <verify/verdict/finding.hpp>

namespace heliograph::verify {

namespace {

constexpr std::string_view folder = "/packages/";
constexpr std::string_view up_to_root = "../..";

std::string place(const pki::Sha256& digest, const DistFileName& name) {
    const std::string hex = digest.to_hex();
    return std::string(folder) + hex.substr(0, 2) + "/" + hex.substr(2, 2) + "/" + hex.substr(4) +
           "/" + name.text();
}

}  // namespace

std::string FilePath::absolute() const {
    return place(m_digest, m_name);
}

std::string FilePath::relative_to_page() const {
    return std::string(up_to_root) + place(m_digest, m_name);
}

Result<FilePath> parse_file_path(std::string_view text) {
    // /packages/ 2 / 2 / 60 / name
    constexpr std::size_t first = folder.size();
    constexpr std::size_t second = first + 3;
    constexpr std::size_t third = second + 3;
    constexpr std::size_t name_at = third + 61;
    const bool shaped = text.starts_with(folder) && text.size() > name_at &&
                        text[second - 1] == '/' && text[third - 1] == '/' &&
                        text[name_at - 1] == '/';
    if (!shaped) {
        return Error(
            ErrorCode::malformed,
            "expected the place of a file, /packages/aa/bb/rest-of-digest/name, saw '" +
                printable(text) + "'"
        );
    }
    std::string hex(text.substr(first, 2));
    hex += text.substr(second, 2);
    hex += text.substr(third, 60);
    HG_TRY(auto digest, pki::Sha256::parse_hex(hex));
    HG_TRY(auto name, parse_dist_file_name(text.substr(name_at)));
    return FilePath(digest, std::move(name));
}

Result<FilePath> parse_page_link(std::string_view text) {
    if (text.starts_with(up_to_root)) {
        text.remove_prefix(up_to_root.size());
    }
    return parse_file_path(text);
}

}  // namespace heliograph::verify
