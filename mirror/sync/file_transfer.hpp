// SPDX-License-Identifier: Apache-2.0
// Private: one file through its gate into its blob, over as many answers as it takes: a download
// that broke off goes on where it stopped. Only the whole is judged, by its length and hash.
#pragma once

#include <mirror/net/http_client.hpp>
#include <mirror/store/blob_store.hpp>
#include <verify/gate/file_gate.hpp>

#include <utility>

namespace heliograph::mirror {

/// @thread One thread at a time.
class FileTransfer {
  public:
    /// The blob must outlive it.
    FileTransfer(verify::FileExpectation expectation, BlobWriter& blob)
        : m_gate(std::move(expectation)), m_blob(blob) {}

    /// One byte more than is right, so that the gate sees and names a file that is too long.
    [[nodiscard]] std::uint64_t limit_bytes() const { return m_gate.limit_bytes() + 1; }

    /// Asks until the whole answer is here, an answer breaks off without any news, or it broke off
    /// too often.
    /// @return The last answer. @errors As Transport::fetch().
    [[nodiscard]] Result<HttpResponse> run(Transport& transport, HttpGet get);

    /// Whether more came than may: the verdict says so, whatever run() gave.
    [[nodiscard]] bool is_too_long() const { return m_too_long; }

    /// On all that came; once.
    [[nodiscard]] verify::Verdict finish() { return m_gate.finish(); }

  private:
    [[nodiscard]] Outcome take(ByteSpan piece);

    verify::FileGate m_gate;
    BlobWriter& m_blob;
    std::uint64_t m_skip_bytes = 0;  ///< Of an answer that begins anew: what is here already.
    bool m_too_long = false;
};

}  // namespace heliograph::mirror
