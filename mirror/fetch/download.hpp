// SPDX-License-Identifier: Apache-2.0
// One file on its way to its place. The hash of the signed page makes the bytes of all mirrors
// interchangeable, so a download that broke off at one mirror goes on at the next.
#pragma once

#include <pki/base/result.hpp>
#include <verify/gate/file_gate.hpp>
#include <verify/index/project_page.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// One document that a verified page promises, by its digest.
struct PromisedDocument {
    std::string name;  ///< As people call it: `wheel-0.38.4-py3-none-any.whl.metadata`.
    std::string path;  ///< Relative to the base URL of every mirror.
    verify::FileExpectation expectation;
};

/// A file, its core metadata (PEP 658), its provenance (PEP 740).
/// @thread Safe. @cost None.
[[nodiscard]] PromisedDocument promised_file(const verify::PageFile& file);
[[nodiscard]] PromisedDocument promised_metadata(
    const verify::DistFileName& file, const verify::FilePath& path, const pki::Sha256& digest
);
[[nodiscard]] PromisedDocument promised_provenance(
    const verify::DistFileName& file, const pki::Sha256& digest
);

/// Where the bytes of a download go.
/// @thread One thread at a time.
class DownloadPlace {
  public:
    DownloadPlace() = default;
    DownloadPlace(const DownloadPlace&) = delete;
    DownloadPlace& operator=(const DownloadPlace&) = delete;
    virtual ~DownloadPlace() = default;

    /// The next piece. @errors io.
    [[nodiscard]] virtual Outcome write(ByteSpan piece) = 0;
    /// What came so far is wrong or of no use: the next piece is the first. @errors io, denied.
    [[nodiscard]] virtual Outcome restart() = 0;
    /// All bytes are there and right. @errors io.
    [[nodiscard]] virtual Outcome commit() = 0;
};

/// A file that gets its name when it is right. @errors As AtomicFile::create().
[[nodiscard]] Result<std::unique_ptr<DownloadPlace>> open_named_place(
    const std::filesystem::path& path
);

/// Nothing is given to anybody before commit(), as far as the place keeps to it.
/// @thread One thread at a time.
class Download {
  public:
    Download(PromisedDocument promise, std::unique_ptr<DownloadPlace> place);

    [[nodiscard]] const PromisedDocument& promise() const { return m_promise; }
    /// Bytes taken so far: where the next mirror goes on.
    [[nodiscard]] std::uint64_t seen_bytes() const { return m_gate.seen_bytes(); }
    /// The most bytes that the file may have.
    [[nodiscard]] std::uint64_t limit_bytes() const { return m_gate.limit_bytes(); }
    /// Whose bytes these are, in order; each once.
    [[nodiscard]] const std::vector<std::string>& sources() const { return m_sources; }

    /// Takes the next piece. @param source  The mirror that gave it.
    /// @errors too_large (longer than it may be), io.
    [[nodiscard]] Outcome add(ByteSpan piece, const std::string& source);

    /// Forgets all bytes. @errors As DownloadPlace::restart().
    [[nodiscard]] Outcome restart();

    /// The verdict on all bytes, once; then restart() or commit().
    /// @param source  The mirror whose findings these are.
    [[nodiscard]] verify::Verdict judge(const std::string& source);

    /// After an accepted verdict only. @errors As DownloadPlace::commit().
    [[nodiscard]] Outcome commit();

  private:
    PromisedDocument m_promise;
    std::unique_ptr<DownloadPlace> m_place;
    verify::FileGate m_gate;
    std::vector<std::string> m_sources;
};

}  // namespace heliograph::mirror
