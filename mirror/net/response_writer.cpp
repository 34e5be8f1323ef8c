// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/response_writer.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>

namespace heliograph::mirror {

namespace {

// After this much of one answer the other connections of the loop get their turn.
constexpr std::uint64_t share_bytes = 1024U * 1024U;

bool states_length(int status) {
    return status != 204 && status != 304 && status >= 200;
}

void append_number(std::string& text, std::uint64_t number) {
    std::array<char, 24> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    text.append(digits.data(), end);
}

IoResult read_piece(const FileBody& body, std::uint64_t from, std::size_t most, IoBuffer& buffer) {
    buffer.clear();
    while (buffer.filled().size() < most) {
        const std::size_t have = buffer.filled().size();
        const auto count = ::pread(
            body.file->get(),
            buffer.room().data(),
            most - have,
            static_cast<off_t>(body.offset_bytes + from + have)
        );
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count <= 0) {
            return {IoState::failed};
        }
        buffer.grow(static_cast<std::size_t>(count));
    }
    return {IoState::done, most};
}

}  // namespace

void ResponseWriter::start(HttpReply reply, const ReplyFrame& frame) {
    HG_ASSERT(!m_busy);
    m_busy = true;
    m_head_sent = 0;
    m_body_sent = 0;
    const std::uint64_t size = body_size_bytes(reply.body);
    m_head.assign("HTTP/1.1 ");
    append_number(m_head, static_cast<std::uint64_t>(reply.status));
    const std::string_view reason =
        reply.reason != nullptr ? std::string_view(*reply.reason) : reason_phrase(reply.status);
    m_head.append(" ").append(reason).append("\r\n").append(frame.date_line);
    if (reply.head != nullptr) {
        m_head.append(*reply.head);
    }
    if (states_length(reply.status)) {
        m_head.append("Content-Length: ");
        append_number(m_head, size);
        m_head.append("\r\n");
    }
    if (frame.persistence == Persistence::close) {
        m_head.append("Connection: close\r\n");
    }
    m_head.append("\r\n");
    const bool bodiless = frame.body == BodyUse::left_out || !states_length(reply.status);
    m_body = bodiless ? ReplyBody(NoBody{}) : std::move(reply.body);
    m_body_size = bodiless ? 0 : size;
}

void ResponseWriter::start_invitation() {
    HG_ASSERT(!m_busy);
    m_busy = true;
    m_head_sent = 0;
    m_body_sent = 0;
    m_head.assign("HTTP/1.1 100 Continue\r\n\r\n");
    m_body = NoBody{};
    m_body_size = 0;
}

ByteSpan ResponseWriter::head_rest() const {
    return bytes_of(std::string_view(m_head).substr(m_head_sent));
}

void ResponseWriter::account(std::size_t bytes) {
    const std::size_t of_head = std::min(bytes, m_head.size() - m_head_sent);
    m_head_sent += of_head;
    m_body_sent += bytes - of_head;
}

IoResult ResponseWriter::step_file(const FileBody& body, Stream& stream, IoBuffers& buffers) {
    const std::uint64_t left = body.length_bytes - m_body_sent;
    if (stream.sends_files() && left >= copied_body_bytes) {
        if (m_head_sent < m_head.size()) {
            return stream.send(head_rest(), {}, Follows::more);
        }
        const auto most = static_cast<std::size_t>(std::min(left, share_bytes));
        return stream.send_file(body.file->get(), body.offset_bytes + m_body_sent, most);
    }
    const auto most =
        static_cast<std::size_t>(std::min<std::uint64_t>(left, stream.appetite_bytes()));
    const IoResult read = read_piece(body, m_body_sent, most, buffers.file);
    if (read.state != IoState::done) {
        return read;
    }
    return stream.send(head_rest(), buffers.file.filled(), Follows::nothing);
}

IoResult ResponseWriter::step_growing(const GrowingBody& body, Stream& stream, IoBuffers& buffers) {
    // Asked first: what was released before it broke off is right, but of no use to anybody.
    if (body.released->given_up()) {
        return {IoState::failed};
    }
    const std::uint64_t end = std::min(body.released->end_bytes(), m_body_size);
    if (end == m_body_sent) {
        return stream.send(head_rest(), {}, Follows::nothing);
    }
    return step_file({body.file, 0, end}, stream, buffers);
}

bool ResponseWriter::is_starved() const {
    const auto* growing = std::get_if<GrowingBody>(&m_body);
    return growing != nullptr && m_head_sent == m_head.size() && !growing->released->given_up() &&
           m_body_sent < m_body_size && growing->released->end_bytes() <= m_body_sent;
}

IoResult ResponseWriter::step(Stream& stream, IoBuffers& buffers) {
    if (const auto* growing = std::get_if<GrowingBody>(&m_body)) {
        return step_growing(*growing, stream, buffers);
    }
    if (const auto* file = std::get_if<FileBody>(&m_body)) {
        return step_file(*file, stream, buffers);
    }
    ByteSpan body;
    if (const auto* bytes = std::get_if<BytesBody>(&m_body)) {
        body = ByteSpan(*bytes->bytes).subspan(static_cast<std::size_t>(m_body_sent));
    }
    const ByteSpan head = head_rest();
    return head.empty() ? stream.send(body, {}, Follows::nothing)
                        : stream.send(head, body, Follows::nothing);
}

ResponseWriter::Progress ResponseWriter::flush_or(Stream& stream, Progress otherwise) {
    const IoState flushed = stream.flush();
    if (flushed == IoState::done) {
        return otherwise;
    }
    return flushed == IoState::blocked ? Progress::blocked : Progress::failed;
}

ResponseWriter::Progress ResponseWriter::advance(Stream& stream, IoBuffers& buffers) {
    std::uint64_t moved = 0;
    while (m_head_sent < m_head.size() || m_body_sent < m_body_size) {
        if (moved >= share_bytes) {
            return flush_or(stream, Progress::yielded);
        }
        if (is_starved()) {
            return flush_or(stream, Progress::starved);
        }
        const IoResult result = step(stream, buffers);
        account(result.bytes);
        moved += result.bytes;
        if (result.state == IoState::blocked) {
            return Progress::blocked;
        }
        if (result.state != IoState::done) {
            return Progress::failed;
        }
    }
    if (const Progress flushed = flush_or(stream, Progress::done); flushed != Progress::done) {
        return flushed;
    }
    m_busy = false;
    m_body = NoBody{};
    return Progress::done;
}

}  // namespace heliograph::mirror
