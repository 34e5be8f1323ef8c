// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/connection.hpp>

#include <sys/epoll.h>

#include <cstring>

namespace heliograph::mirror {

namespace {

// A client that sends many requests at once lets others in after so many answers.
constexpr int answers_in_a_row = 64;
// Whoever still sends a refused body fast gets so many periods to see the answer.
constexpr int most_linger_rounds = 15;
constexpr std::uint64_t linger_progress_bytes = 256U * 1024U;
// After so much of it the other connections of the loop get their turn.
constexpr std::size_t linger_share_bytes = 1024U * 1024U;

}  // namespace

Connection::Connection(Accepted accepted, LoopServices& services)
    : m_services(services),
      m_stream(std::move(accepted.socket), services.buffers),
      m_client(accepted.peer.client_key()),
      m_peer{accepted.peer.numeric(), accepted.peer.port(), nullptr},
      m_codec(services.limits),
      m_number(++services.connections),
      m_deadline(*this) {
    services.idle.arm(m_deadline, services.now);
}

Outcome Connection::secure(const pki::ServerContext& context) {
    HG_CHECK(m_stream.secure(context));
    m_state = State::handshaking;
    m_services.handshake.arm(m_deadline, m_services.now);
    return {};
}

Connection::Fate Connection::on_event(std::uint32_t events) {
    m_stream.note_events(events);
    if (m_talk != nullptr && (events & (EPOLLHUP | EPOLLERR)) != 0) {
        return Fate::ended;
    }
    return serve();
}

void Connection::retire() {
    notes.ended = true;
    drop_exchange();
    stop_growing();
    m_deadline.disarm();
}

Connection::Fate Connection::serve() {
    m_answers_in_turn = 0;
    m_taken_in_turn = 0;
    IoBuffer& input = m_services.buffers.input;
    input.clear();
    if (!m_saved_input.empty()) {
        std::memcpy(input.room().data(), m_saved_input.data(), m_saved_input.size());
        input.grow(m_saved_input.size());
    }
    const Fate fate = take_turn();
    // Whatever this turn staged, answers to TLS messages among it, leaves or is kept here: the next
    // connection uses the same buffer.
    if (fate == Fate::ended || m_stream.flush() == IoState::failed) {
        m_stream.discard_staged();
        return Fate::ended;
    }
    if (!input.filled().empty()) {
        m_saved_input.assign(input.filled().begin(), input.filled().end());
    } else if (!m_saved_input.empty()) {
        m_saved_input = Bytes();
    }
    return fate;
}

Connection::Fate Connection::take_turn() {
    while (true) {
        if (const std::optional<Fate> fate = step()) {
            return *fate;
        }
    }
}

std::optional<Connection::Fate> Connection::step() {
    switch (m_state) {
        case State::handshaking:
            return step_handshake();
        case State::reading:
            return step_read();
        case State::inviting:
            return step_invite();
        case State::exchanging:
            return step_exchange();
        case State::writing:
            return step_write();
        case State::lingering:
            break;
    }
    return step_linger();
}

std::optional<Connection::Fate> Connection::step_handshake() {
    const IoResult result = m_stream.handshake();
    if (result.state == IoState::blocked) {
        return Fate::waits;
    }
    if (result.state != IoState::done) {
        m_services.emit(EventLevel::info, "http.handshake.failed", {{"peer", m_peer.address}});
        return Fate::ended;
    }
    auto identity = m_stream.identity();
    if (!identity) {
        return Fate::ended;
    }
    m_peer.identity = *std::move(identity);
    m_state = State::reading;
    m_services.idle.arm(m_deadline, m_services.now);
    return std::nullopt;
}

std::optional<Connection::Fate> Connection::step_read() {
    IoBuffer& input = m_services.buffers.input;
    if (!input.filled().empty()) {
        switch (m_codec.read(text_of(input.filled()), m_services.request)) {
            case HttpCodec::State::complete:
            case HttpCodec::State::streaming:
                answer();
                return std::nullopt;
            case HttpCodec::State::refused:
                refuse(m_codec.refusal());
                return std::nullopt;
            case HttpCodec::State::incomplete:
                break;
        }
    }
    return receive_or(&Connection::wait_for_input);
}

std::optional<Connection::Fate> Connection::receive_or(Fate (Connection::*wait)()) {
    IoBuffer& input = m_services.buffers.input;
    const IoResult result = m_stream.receive(input.room());
    switch (result.state) {
        case IoState::done:
            input.grow(result.bytes);
            return std::nullopt;
        case IoState::blocked:
            return (this->*wait)();
        case IoState::closed:
        case IoState::failed:
            break;
    }
    return Fate::ended;
}

Connection::Fate Connection::wait_for_input() {
    if (m_services.buffers.input.filled().empty()) {
        m_services.idle.arm(m_deadline, m_services.now);
    } else if (m_deadline.list() != &m_services.header) {
        // Armed once for each request: dripping bytes does not move it.
        m_services.header.arm(m_deadline, m_services.now);
    }
    return Fate::waits;
}

void Connection::answer() {
    // The waits for this request are over: who is being answered is not idle, and the next request,
    // which may lie behind this one already, gets a time of its own.
    m_deadline.disarm();
    HttpRequest& request = m_services.request;
    request.peer = m_peer;
    request.turn = m_services.turn;
    if (request.method == Method::post || m_services.wakers == WakerUse::all) {
        request.waker = Waker(m_services.mailbox, m_number);
    }
    m_persistence =
        m_services.phase == LoopPhase::draining ? Persistence::close : m_codec.persistence();
    HttpAnswer answer = m_services.handler(request);
    if (auto* exchange = std::get_if<std::unique_ptr<Exchange>>(&answer)) {
        begin_exchange(std::move(*exchange));
        return;
    }
    if (request.arrival == BodyArrival::streamed) {
        m_persistence = Persistence::close;
        m_body_unread = true;
    }
    auto& reply = std::get<HttpReply>(answer);
    report_access(access_line(), reply.status);
    start_reply(
        std::move(reply), request.method == Method::head ? BodyUse::left_out : BodyUse::sent
    );
    m_services.buffers.input.drop_front(m_codec.consumed_bytes());
    m_codec.reset();
}

void Connection::start_reply(HttpReply reply, BodyUse body) {
    HG_ASSERT(reply.status >= 200 && reply.status <= 599);
    if (std::holds_alternative<GrowingBody>(reply.body) && body == BodyUse::sent) {
        m_grows = true;
        m_services.wakeable.insert_or_assign(m_number, this);
    }
    m_writer.start(std::move(reply), {m_services.date.text(), body, m_persistence});
    m_state = State::writing;
}

Connection::AccessLine Connection::access_line() const {
    if (m_services.events == nullptr) {
        return {};
    }
    const HttpRequest& request = m_services.request;
    return {
        request.method_token,
        request.path,
        std::string(request.headers.find("User-Agent").value_or(""))};
}

void Connection::report_access(const AccessLine& line, int status) const {
    if (m_services.events == nullptr) {
        return;
    }
    m_services.emit(
        EventLevel::debug,
        "http.access",
        {{"peer", m_peer.address},
         {"method", line.method},
         {"path", line.path},
         {"status", std::to_string(status)},
         {"user-agent", line.user_agent}}
    );
}

void Connection::refuse(const RequestRefusal& refusal) {
    m_deadline.disarm();
    m_services.emit(
        EventLevel::info,
        "http.refused",
        {{"peer", m_peer.address},
         {"status", std::to_string(refusal.status)},
         {"reason", std::string(refusal.sentence)}}
    );
    m_persistence = Persistence::close;
    m_writer.start(
        HttpReply::sentence(refusal.status, refusal.sentence),
        {m_services.date.text(), BodyUse::sent, m_persistence}
    );
    m_state = State::writing;
}

void Connection::stop_growing() {
    if (m_grows) {
        m_grows = false;
        m_services.wakeable.erase(m_number);
    }
}

std::optional<Connection::Fate> Connection::step_write() {
    switch (m_writer.advance(m_stream, m_services.buffers)) {
        case ResponseWriter::Progress::done:
            stop_growing();
            return after_answer();
        case ResponseWriter::Progress::starved:
            m_services.patience.arm(m_deadline, m_services.now);
            return Fate::waits;
        case ResponseWriter::Progress::yielded:
            return Fate::goes_on;
        case ResponseWriter::Progress::blocked:
            if (m_deadline.list() != &m_services.write) {
                m_sent_mark = m_stream.sent_bytes();
                m_services.write.arm(m_deadline, m_services.now);
            }
            return Fate::waits;
        case ResponseWriter::Progress::failed:
            break;
    }
    return Fate::ended;
}

std::optional<Connection::Fate> Connection::after_answer() {
    if (m_persistence == Persistence::keep && m_services.phase == LoopPhase::serving) {
        m_state = State::reading;
        return ++m_answers_in_turn < answers_in_a_row ? std::nullopt : std::optional(Fate::goes_on);
    }
    m_stream.finish();
    if (m_services.buffers.input.filled().empty() && !m_body_unread) {
        return Fate::ended;
    }
    // Closing now, with bytes unread, would reset the connection and could take the answer with it.
    // RFC 9112 section 9.6.
    m_services.buffers.input.clear();
    m_state = State::lingering;
    m_services.linger.arm(m_deadline, m_services.now);
    return std::nullopt;
}

std::optional<Connection::Fate> Connection::step_linger() {
    const IoResult result = m_stream.receive_raw(m_services.buffers.input.room());
    m_lingered += result.bytes;
    m_taken_in_turn += result.bytes;
    if (result.state == IoState::done) {
        // A sender that keeps the socket full must not keep the loop, nor its own deadline away.
        return m_taken_in_turn < linger_share_bytes ? std::nullopt : std::optional(Fate::goes_on);
    }
    return result.state == IoState::blocked ? Fate::waits : Fate::ended;
}

Connection::Fate Connection::on_deadline() {
    if (m_deadline.list() == &m_services.write &&
        m_stream.sent_bytes() - m_sent_mark >= m_services.deadlines.write_progress_bytes) {
        m_sent_mark = m_stream.sent_bytes();
        m_services.write.arm(m_deadline, m_services.now);
        return Fate::waits;
    }
    if (m_deadline.list() == &m_services.patience) {
        m_deadline.disarm();  // What is armed next is for serve() to say.
        return serve();
    }
    if (m_deadline.list() == &m_services.body && on_body_deadline() == Fate::waits) {
        return Fate::waits;
    }
    if (m_deadline.list() == &m_services.linger && m_lingered >= linger_progress_bytes &&
        ++m_linger_rounds < most_linger_rounds) {
        m_lingered = 0;
        m_services.linger.arm(m_deadline, m_services.now);
        return Fate::waits;
    }
    if (m_deadline.list() != &m_services.idle && m_deadline.list() != &m_services.linger) {
        m_services.emit(EventLevel::info, "http.timeout", {{"peer", m_peer.address}});
    }
    return Fate::ended;
}

Connection::Fate Connection::on_drain() const {
    if (m_talk != nullptr) {
        return m_talk->exchange->at_stop() == AtStop::finishes ? Fate::waits : Fate::ended;
    }
    return m_state == State::writing || m_state == State::lingering ? Fate::waits : Fate::ended;
}

}  // namespace heliograph::mirror
