// SPDX-License-Identifier: Apache-2.0
// The part of a connection that talks to an Exchange: body in, answer out, neither side hurried.
#include <mirror/net/connection.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

// After this much of one body the other connections of the loop get their turn.
constexpr std::size_t body_share_bytes = 1024U * 1024U;
// What one step costs beside its bytes: a chunk of one byte takes three of them.
constexpr std::size_t body_step_bytes = 1024;

}  // namespace

void Connection::begin_exchange(std::unique_ptr<Exchange> exchange) {
    HG_ASSERT(exchange != nullptr);
    const HttpRequest& request = m_services.request;
    m_talk = std::make_unique<Talk>(Talk{
        .exchange = std::move(exchange),
        .body = BodyReader(m_codec.framing(), m_services.limits.streamed_body_bytes),
        .access = access_line(),
        .reply_body = request.method == Method::head ? BodyUse::left_out : BodyUse::sent,
        .body_began = m_services.now});
    m_services.wakeable.insert_or_assign(m_number, this);
    // A body that was read already is given like one that comes.
    m_services.buffers.input.drop_front(m_codec.head_bytes());
    const bool invites = m_codec.invitation() == HttpCodec::Invitation::awaited &&
                         m_services.buffers.input.filled().empty();
    m_codec.reset();
    m_state = State::exchanging;
    if (invites) {
        m_writer.start_invitation();
        m_state = State::inviting;
    }
}

std::optional<Connection::Fate> Connection::step_invite() {
    switch (m_writer.advance(m_stream, m_services.buffers)) {
        case ResponseWriter::Progress::done:
            m_state = State::exchanging;
            return std::nullopt;
        case ResponseWriter::Progress::yielded:
            return Fate::goes_on;
        case ResponseWriter::Progress::blocked:
            m_services.body.arm(m_deadline, m_services.now);
            return Fate::waits;
        case ResponseWriter::Progress::starved:  // An invitation has no body to wait for.
        case ResponseWriter::Progress::failed:
            break;
    }
    return Fate::ended;
}

std::optional<Connection::Fate> Connection::step_exchange() {
    Talk& talk = *m_talk;
    if (auto reply = talk.exchange->reply()) {
        end_exchange(*std::move(reply));
        return std::nullopt;
    }
    if (!talk.body.is_whole()) {
        return step_body();
    }
    if (!talk.told_end) {
        talk.told_end = true;
        talk.body_ended = m_services.now;
        talk.exchange->end();
        return std::nullopt;
    }
    if (m_services.now - *talk.body_ended >= m_services.deadlines.answer) {
        HeaderList more;
        more.add("Retry-After", "60");
        end_exchange(HttpReply::refusal(
            503, "This request took longer than the server waits; try again.", std::move(more)
        ));
        return std::nullopt;
    }
    return wait_for_exchange();
}

std::optional<Connection::Fate> Connection::step_body() {
    Talk& talk = *m_talk;
    IoBuffer& input = m_services.buffers.input;
    if (!input.filled().empty()) {
        const std::size_t appetite = talk.exchange->appetite_bytes();
        if (appetite == 0) {
            return wait_for_exchange();
        }
        const BodyReader::Step step = talk.body.read(input.filled(), appetite);
        if (step.state == BodyReader::State::refused) {
            const RequestRefusal refusal = talk.body.refusal();
            drop_exchange();
            m_body_unread = true;
            refuse(refusal);
            return std::nullopt;
        }
        if (!step.piece.empty()) {
            talk.exchange->take(step.piece);
        }
        if (step.consumed_bytes > 0) {
            input.drop_front(step.consumed_bytes);
            m_taken_in_turn += step.consumed_bytes + body_step_bytes;
            return m_taken_in_turn < body_share_bytes ? std::nullopt : std::optional(Fate::goes_on);
        }
        if (talk.body.is_whole()) {
            return std::nullopt;
        }
    }
    return receive_or(&Connection::wait_for_body);
}

Connection::Fate Connection::wait_for_body() {
    if (m_deadline.list() != &m_services.body) {
        m_talk->body_mark = m_talk->body.body_bytes();
        m_services.body.arm(m_deadline, m_services.now);
    }
    return Fate::waits;
}

Connection::Fate Connection::wait_for_exchange() {
    m_services.patience.arm(m_deadline, m_services.now);
    return Fate::waits;
}

Connection::Fate Connection::on_body_deadline() {
    if (m_talk == nullptr || m_state != State::exchanging) {
        return Fate::ended;
    }
    const std::uint64_t seen = m_talk->body.body_bytes();
    if (seen - m_talk->body_mark < m_services.deadlines.body_progress_bytes ||
        m_services.now - m_talk->body_began >= m_services.deadlines.body_total) {
        return Fate::ended;
    }
    m_talk->body_mark = seen;
    m_services.body.arm(m_deadline, m_services.now);
    return Fate::waits;
}

void Connection::end_exchange(HttpReply reply) {
    if (!m_talk->body.is_whole()) {
        m_persistence = Persistence::close;
        m_body_unread = true;
    }
    if (m_services.phase == LoopPhase::draining) {
        m_persistence = Persistence::close;
    }
    const BodyUse body = m_talk->reply_body;
    report_access(m_talk->access, reply.status);
    drop_exchange();
    m_deadline.disarm();
    start_reply(std::move(reply), body);
}

void Connection::drop_exchange() {
    if (m_talk != nullptr) {
        m_services.wakeable.erase(m_number);
        m_talk.reset();
    }
}

}  // namespace heliograph::mirror
