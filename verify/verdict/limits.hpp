// SPDX-License-Identifier: Apache-2.0
// The byte limit of every document that comes from outside. A reader stops at limit + 1; nothing is
// read "to the end".
#pragma once

#include <cstddef>
#include <cstdint>

namespace heliograph::verify::limits {

inline constexpr std::uint64_t kibibyte = 1024;
inline constexpr std::uint64_t mebibyte = 1024 * kibibyte;

inline constexpr std::uint64_t page_bytes = 64 * mebibyte;  ///< One project page, HTML or JSON.
inline constexpr std::uint64_t root_list_bytes = 256 * mebibyte;  ///< The list of all projects.
inline constexpr std::uint64_t signature_bytes = 4 * kibibyte;    ///< One detached signature, DER.
inline constexpr std::uint64_t server_key_bytes =
    64 * kibibyte;  ///< /serverkey.crt, and /serverkey.
inline constexpr std::uint64_t revocation_bytes = 8 * mebibyte;       ///< /serverkey.crl.
inline constexpr std::uint64_t trust_bundle_bytes = 1 * mebibyte;     ///< The trust bundle file.
inline constexpr std::uint64_t trust_state_bytes = 64 * mebibyte;     ///< The file of serials seen.
inline constexpr std::uint64_t changelog_page_bytes = 16 * mebibyte;  ///< One page of /changelog.
inline constexpr std::uint64_t core_metadata_bytes = 16 * mebibyte;   ///< METADATA or PKG-INFO.
inline constexpr std::size_t core_metadata_fields = 20'000;           ///< Most header lines of one.
inline constexpr std::uint64_t provenance_bytes = 4 * mebibyte;    ///< A PEP 740 provenance object.
inline constexpr std::uint64_t mirror_list_bytes = 64 * kibibyte;  ///< A list of mirrors.
inline constexpr std::uint64_t last_modified_bytes = 64;           ///< /last-modified.
inline constexpr std::uint64_t file_bytes =
    64 * 1024 * mebibyte;  ///< A file whose size no page states.

inline constexpr std::size_t project_name_chars = 200;  ///< Longest project name.
inline constexpr std::size_t version_chars = 200;       ///< Longest version.
inline constexpr std::size_t specifier_chars =
    2000;  ///< Longest specifier set, 100 clauses at most.
inline constexpr std::size_t specifier_clauses = 100;
inline constexpr std::size_t file_name_bytes = 255;  ///< Longest file name; what file systems take.
inline constexpr std::size_t wheel_tags = 1000;      ///< Most tags one wheel name may expand to.
inline constexpr std::size_t page_files = 200'000;   ///< Most files on one page.
inline constexpr std::size_t root_projects = 5'000'000;   ///< Most projects in the root list.
inline constexpr std::size_t yank_reason_bytes = 4096;    ///< Longest reason of a yank.
inline constexpr std::size_t status_reason_bytes = 4096;  ///< Longest reason of a project's status.
inline constexpr std::size_t attestations = 64;  ///< Most signed statements about one file.
inline constexpr std::size_t signer_certificates =
    4;  ///< Most signer certificates in /serverkey.crt.
inline constexpr std::size_t chain_certificates = 16;  ///< Most certificates in /serverkey.crt.
inline constexpr std::size_t trust_roots = 16;         ///< Most roots in a trust bundle.
inline constexpr std::size_t mirrors = 702;            ///< Most mirrors in a list: a to zz.

}  // namespace heliograph::verify::limits
