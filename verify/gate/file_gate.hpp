// SPDX-License-Identifier: Apache-2.0
// The judgement on one file while it streams by: length and hash against what a verified page says.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/project_page.hpp>
#include <verify/verdict/limits.hpp>
#include <verify/verdict/verdict.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace heliograph::verify {

/// What the file must be.
struct FileExpectation {
    std::string subject;  ///< `file wheel-0.38.4-py3-none-any.whl`.
    pki::Sha256 sha256;
    std::optional<std::uint64_t> size_bytes;  ///< None when the page does not say (HTML pages).
    std::string source;  ///< From whom the bytes come: the mirror's base URL or a local file.
    std::uint64_t limit_bytes = limits::file_bytes;  ///< Whatever size is stated.
};

/// The expectation that a page entry sets.
/// @thread Safe. @cost None.
[[nodiscard]] FileExpectation expect_file(const PageFile& file, std::string source);

/// Whether the gate wants more bytes.
enum class FileFlow {
    more,
    stop,  ///< The file is already longer than it may be: stop reading, finish() says why.
};

/// Feeds on the bytes of one file.
/// Findings of finish(): `file-length-mismatch`, `file-hash-mismatch`.
/// @thread One thread at a time.
class FileGate {
  public:
    explicit FileGate(FileExpectation expectation);

    /// The most bytes that the file may have: its stated size, but never more than the limit.
    [[nodiscard]] std::uint64_t limit_bytes() const;

    /// Takes the next piece. After `stop` further pieces are ignored.
    /// @cost One pass.
    [[nodiscard]] FileFlow update(ByteSpan piece);

    [[nodiscard]] std::uint64_t seen_bytes() const { return m_seen_bytes; }

    /// The verdict on all pieces; once.
    [[nodiscard]] Verdict finish();

  private:
    FileExpectation m_expectation;
    pki::Sha256Hasher m_hasher;
    std::uint64_t m_seen_bytes = 0;
    FileFlow m_flow = FileFlow::more;
};

}  // namespace heliograph::verify
