// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/stream.hpp>

#include <algorithm>
#include <cstring>

namespace heliograph::mirror {

Stream::Stream(FileDescriptor socket, IoBuffers& buffers)
    : m_socket(std::move(socket)), m_buffers(buffers) {
}

Outcome Stream::secure(const pki::ServerContext& context) {
    HG_TRY(m_tls, TlsSession::make(context, m_socket, m_buffers));
    return {};
}

IoResult Stream::handshake() {
    if (m_tls == nullptr) {
        return {IoState::done};
    }
    const IoResult result = m_tls->handshake();
    // Also what a failed handshake staged: the alert tells the client why.
    const IoState flushed = flush();
    return result.state == IoState::done ? IoResult{flushed} : result;
}

Result<std::shared_ptr<const pki::PeerIdentity>> Stream::identity() const {
    if (m_tls == nullptr) {
        return std::shared_ptr<const pki::PeerIdentity>();
    }
    return m_tls->identity();
}

IoResult Stream::receive(std::span<std::byte> into) {
    return m_tls != nullptr ? m_tls->read(into) : m_socket.receive(into);
}

IoResult Stream::send(ByteSpan first, ByteSpan second, Follows follows) {
    if (m_tls == nullptr) {
        return m_socket.send(first, second, follows);
    }
    return encrypt(first, second);
}

IoResult Stream::encrypt(ByteSpan first, ByteSpan second) {
    if (!m_pending.empty()) {
        if (const IoState state = flush_pending(); state != IoState::done) {
            return {state};
        }
    }
    std::size_t taken = 0;
    if (!first.empty()) {
        IoBuffer& record = m_buffers.record;
        record.clear();
        for (ByteSpan* part : {&first, &second}) {
            const std::size_t count = std::min(part->size(), record.room().size());
            if (count > 0) {
                std::memcpy(record.room().data(), part->data(), count);
                record.grow(count);
                *part = part->subspan(count);
            }
        }
        taken = record.filled().size();
        if (const IoState state = m_tls->write(record.filled()); state != IoState::done) {
            return {state};
        }
    }
    if (first.empty() && !second.empty() && taken < m_chunk_bytes) {
        const ByteSpan rest = second.first(std::min(second.size(), m_chunk_bytes - taken));
        if (const IoState state = m_tls->write(rest); state != IoState::done) {
            return {state};
        }
        taken += rest.size();
    }
    if (m_buffers.staging.filled().size() >= m_chunk_bytes) {
        return {flush(), taken};
    }
    return {IoState::done, taken};
}

IoResult Stream::send_file(int file, std::uint64_t offset_bytes, std::size_t most_bytes) {
    HG_ASSERT(sends_files());
    return m_socket.send_file(file, offset_bytes, most_bytes);
}

IoState Stream::flush_pending() {
    while (m_pending_sent < m_pending.size()) {
        const IoResult result =
            m_socket.send(ByteSpan(m_pending).subspan(m_pending_sent), {}, Follows::nothing);
        m_pending_sent += result.bytes;
        if (result.state != IoState::done) {
            return result.state;
        }
    }
    m_pending = Bytes();
    m_pending_sent = 0;
    return IoState::done;
}

IoState Stream::flush() {
    IoBuffer& staging = m_buffers.staging;
    if (!m_pending.empty()) {
        const IoState state = flush_pending();
        if (state != IoState::done) {
            // Only small answers to the client's own TLS messages can be staged behind it. Whoever
            // asks for more of them and reads none would have this process keep them all.
            if (m_pending.size() + staging.filled().size() > staging.capacity()) {
                staging.clear();
                return IoState::failed;
            }
            m_pending.insert(m_pending.end(), staging.filled().begin(), staging.filled().end());
            staging.clear();
            return state;
        }
    }
    ByteSpan rest = staging.filled();
    IoResult result;
    while (!rest.empty() && result.state == IoState::done) {
        result = m_socket.send(rest, {}, Follows::nothing);
        rest = rest.subspan(result.bytes);
    }
    m_pending.assign(rest.begin(), rest.end());
    staging.clear();
    if (result.state == IoState::blocked) {
        m_chunk_bytes = std::max(tls_record_bytes, m_chunk_bytes / 2);
    } else {
        m_chunk_bytes = std::min(tls_chunk_bytes, m_chunk_bytes * 2);
    }
    return result.state;
}

void Stream::finish() {
    if (m_tls != nullptr) {
        m_tls->close();
        static_cast<void>(flush());
    }
    m_socket.end_sending();
}

}  // namespace heliograph::mirror
