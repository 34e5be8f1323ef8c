// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/file_transfer.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

// So often one file is asked for in one run; then it is parked, in nobody's way.
constexpr int most_answers = 5;
constexpr int status_whole = 200;

}  // namespace

Result<HttpResponse> FileTransfer::run(Transport& transport, HttpGet get) {
    BodySink sink{
        [this](const HttpResponse& head) {
            // One that knows no ranges sends it from the beginning.
            m_skip_bytes = head.status == status_whole ? m_gate.seen_bytes() : 0;
            return Outcome();
        },
        [this](ByteSpan piece) { return take(piece); }};
    for (int answer = 1;; ++answer) {
        const auto before = m_gate.seen_bytes();
        get.range_from_bytes = before;
        auto response = transport.fetch(get, sink);
        const bool broke_off = !response && response.error().code() == ErrorCode::network &&
                               m_gate.seen_bytes() > before;
        if (!broke_off || answer == most_answers) {
            return response;
        }
    }
}

Outcome FileTransfer::take(ByteSpan piece) {
    const auto skipped =
        static_cast<std::size_t>(std::min<std::uint64_t>(m_skip_bytes, piece.size()));
    m_skip_bytes -= skipped;
    const auto fresh = piece.subspan(skipped);
    if (m_gate.update(fresh) == verify::FileFlow::stop) {
        m_too_long = true;
        return Error(ErrorCode::too_large, "longer than its page says");
    }
    return m_blob.write(fresh);
}

}  // namespace heliograph::mirror
