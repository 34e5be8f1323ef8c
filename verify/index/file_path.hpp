// SPDX-License-Identifier: Apache-2.0
// Where a file lies on a server: below /packages/, by the digest of its content. Nothing else is a
// file's place.
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/file_name.hpp>

#include <string>
#include <string_view>

namespace heliograph::verify {

/// The place `packages/<h[0:2]>/<h[2:4]>/<h[4:64]>/<file name>`, h being the SHA-256 of the content
/// in lower-case hex.
/// @thread Safe, a value.
class FilePath {
  public:
    FilePath(pki::Sha256 digest, DistFileName name) : m_digest(digest), m_name(std::move(name)) {}

    [[nodiscard]] const pki::Sha256& digest() const { return m_digest; }
    [[nodiscard]] const DistFileName& name() const { return m_name; }

    /// `/packages/aa/bb/rest/file`, from the root of a server.
    [[nodiscard]] std::string absolute() const;

    /// `../../packages/aa/bb/rest/file`, as a project page links it.
    [[nodiscard]] std::string relative_to_page() const;

    friend bool operator==(const FilePath&, const FilePath&) = default;

  private:
    pki::Sha256 m_digest;
    DistFileName m_name;
};

/// Reads `/packages/aa/bb/rest/file`. Percent-escapes are not decoded: no valid path needs one.
/// @errors malformed (any other shape). @thread Safe. @cost One pass.
[[nodiscard]] Result<FilePath> parse_file_path(std::string_view text);

/// Reads a link of a project page: `../../packages/...` or `/packages/...`, without fragment.
/// Links to another host are refused: a page names files of its own server only.
/// @errors malformed. @thread Safe. @cost One pass.
[[nodiscard]] Result<FilePath> parse_page_link(std::string_view text);

}  // namespace heliograph::verify
