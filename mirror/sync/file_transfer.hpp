// SPDX-License-Identifier: Apache-2.0
// Private: one file through its gate into its blob, over as many answers as it takes: a download
// that broke off goes on where it stopped, in this run or in a later one. Only the whole is judged,
// by its length and hash.
#pragma once

#include <mirror/net/http_client.hpp>
#include <mirror/store/blob_store.hpp>
#include <verify/gate/file_gate.hpp>

#include <optional>

namespace heliograph::mirror {

/// @thread One thread at a time.
class FileTransfer {
  public:
    /// The blob must outlive it.
    FileTransfer(verify::FileExpectation expectation, ResumableBlob& blob);

    /// Takes in what an earlier run left of the file; before run(). @errors io.
    [[nodiscard]] Outcome resume();

    /// Whether a part of what is here came from an earlier run.
    [[nodiscard]] bool is_resumed() const { return m_resumed; }

    /// Forgets all that is here. @errors io.
    [[nodiscard]] Outcome restart();

    /// Whether all is here that its page states, so that nobody has to be asked.
    [[nodiscard]] bool is_whole() const;

    /// One byte more than is right, so that the gate sees and names a file that is too long.
    [[nodiscard]] std::uint64_t limit_bytes() const { return m_gate->limit_bytes() + 1; }

    /// Asks until the whole answer is here, an answer breaks off without any news, or it broke off
    /// too often.
    /// @return The last answer. @errors As Transport::fetch().
    [[nodiscard]] Result<HttpResponse> run(Transport& transport, HttpGet get);

    /// Whether more came than may: the verdict says so, whatever run() gave.
    [[nodiscard]] bool is_too_long() const { return m_too_long; }

    /// On all that came; once.
    [[nodiscard]] verify::Verdict finish() { return m_gate->finish(); }

  private:
    [[nodiscard]] Outcome begin(const HttpResponse& head);
    [[nodiscard]] Outcome take(ByteSpan piece);

    verify::FileExpectation m_expectation;
    std::optional<verify::FileGate> m_gate;
    ResumableBlob& m_blob;
    std::uint64_t m_skip_bytes = 0;  ///< Of an answer that begins anew: what is here already.
    bool m_too_long = false;
    bool m_resumed = false;
};

}  // namespace heliograph::mirror
