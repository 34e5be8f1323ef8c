// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/file_transfer.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace heliograph::mirror {

namespace {

// So often one file is asked for in one run; then it is parked, in nobody's way.
constexpr int most_answers = 5;
constexpr int status_whole = 200;

}  // namespace

FileTransfer::FileTransfer(verify::FileExpectation expectation, ResumableBlob& blob)
    : m_expectation(std::move(expectation)), m_gate(m_expectation), m_blob(blob) {
}

Outcome FileTransfer::resume() {
    auto replayed = m_blob.replay([this](ByteSpan piece) {
        m_resumed = true;
        return m_gate->update(piece) == verify::FileFlow::stop
                   ? Outcome(Error(ErrorCode::too_large, "longer than its page says"))
                   : Outcome();
    });
    if (!replayed && replayed.error().code() == ErrorCode::too_large) {
        return restart();
    }
    return replayed;
}

Outcome FileTransfer::restart() {
    m_gate.emplace(m_expectation);
    m_skip_bytes = 0;
    m_too_long = false;
    m_resumed = false;
    return m_blob.restart();
}

bool FileTransfer::is_whole() const {
    return m_expectation.size_bytes && m_gate->seen_bytes() == *m_expectation.size_bytes;
}

Result<HttpResponse> FileTransfer::run(Transport& transport, HttpGet get) {
    BodySink sink{
        [this](const HttpResponse& head) { return begin(head); },
        [this](ByteSpan piece) { return take(piece); }};
    for (int answer = 1;; ++answer) {
        const auto before = m_gate->seen_bytes();
        get.range_from_bytes = before;
        get.if_range = m_blob.tag();
        auto response = transport.fetch(get, sink);
        const bool broke_off = !response && response.error().code() == ErrorCode::network &&
                               m_gate->seen_bytes() > before;
        if (!broke_off || answer == most_answers) {
            return response;
        }
    }
}

Outcome FileTransfer::begin(const HttpResponse& head) {
    const auto field = head.headers.find("ETag");
    const std::string tag(field ? *field : std::string_view());
    if (head.status == status_whole) {
        // What is here is the beginning of another file than the one that comes now.
        if (!tag.empty() && !m_blob.tag().empty() && tag != m_blob.tag()) {
            HG_CHECK(restart());
        }
        // One that knows no ranges sends it from the beginning.
        m_skip_bytes = m_gate->seen_bytes();
    } else {
        m_skip_bytes = 0;
    }
    m_blob.remember_tag(tag);
    return {};
}

Outcome FileTransfer::take(ByteSpan piece) {
    const auto skipped =
        static_cast<std::size_t>(std::min<std::uint64_t>(m_skip_bytes, piece.size()));
    m_skip_bytes -= skipped;
    const auto fresh = piece.subspan(skipped);
    if (m_gate->update(fresh) == verify::FileFlow::stop) {
        m_too_long = true;
        return Error(ErrorCode::too_large, "longer than its page says");
    }
    return m_blob.write(fresh);
}

}  // namespace heliograph::mirror
