// SPDX-License-Identifier: Apache-2.0
// One file on its way to its place. The hash of the signed page makes the bytes of all mirrors
// interchangeable, so a download that broke off at one mirror goes on at the next.
#pragma once

#include <pki/base/file.hpp>
#include <pki/base/result.hpp>
#include <verify/gate/file_gate.hpp>
#include <verify/index/project_page.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// Nothing stands under the final name before commit().
/// @thread One thread at a time.
class Download {
  public:
    /// @param path  The final name; its folder must exist.
    /// @errors As AtomicFile::create().
    [[nodiscard]] static Result<Download> begin(
        const verify::PageFile& file, const std::filesystem::path& path
    );

    [[nodiscard]] const verify::PageFile& file() const { return m_file; }
    /// Bytes taken so far: where the next mirror goes on.
    [[nodiscard]] std::uint64_t seen_bytes() const { return m_gate.seen_bytes(); }
    /// The most bytes that the file may have.
    [[nodiscard]] std::uint64_t limit_bytes() const { return m_gate.limit_bytes(); }
    /// Whose bytes these are, in order; each once.
    [[nodiscard]] const std::vector<std::string>& sources() const { return m_sources; }

    /// Takes the next piece. @param source  The mirror that gave it.
    /// @errors too_large (longer than it may be), io.
    [[nodiscard]] Outcome add(ByteSpan piece, const std::string& source);

    /// Forgets all bytes. @errors As AtomicFile::create().
    [[nodiscard]] Outcome restart();

    /// The verdict on all bytes, once; then restart() or commit().
    /// @param source  The mirror whose findings these are.
    [[nodiscard]] verify::Verdict judge(const std::string& source);

    /// Puts the file in its place, after an accepted verdict only. @errors As AtomicFile::commit().
    [[nodiscard]] Outcome commit();

  private:
    Download(const verify::PageFile& file, std::filesystem::path path, AtomicFile into);

    verify::PageFile m_file;
    std::filesystem::path m_path;
    AtomicFile m_into;
    verify::FileGate m_gate;
    std::vector<std::string> m_sources;
};

}  // namespace heliograph::mirror
