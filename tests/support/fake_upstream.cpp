// SPDX-License-Identifier: Apache-2.0
#include <tests/support/fake_upstream.hpp>

#include <utility>

namespace heliograph::test_support {

namespace {

std::string key_of(const Request& request) {
    return request.target + ' ' + request.header("Accept");
}

Reply misbehaving(Reply honest, Misbehaviour act) {
    honest.act = act;
    honest.act_after = honest.body.size() / 2;
    return honest;
}

// Half of the body; to whoever asks for a range, that range of it. @param lie  Replaces its end.
Reply rest_of(Reply honest, const Request& request, std::string_view lie) {
    constexpr std::string_view unit = "bytes=";
    const std::string range = request.header("Range");
    if (!range.starts_with(unit)) {
        return misbehaving(std::move(honest), Misbehaviour::close);
    }
    const std::size_t from = std::stoull(range.substr(unit.size()));
    const std::size_t size = honest.body.size();
    honest.status = 206;
    honest.headers.emplace_back(
        "Content-Range",
        "bytes " + std::to_string(from) + "-" + std::to_string(size - 1) + "/" +
            std::to_string(size)
    );
    honest.body.erase(0, from);
    honest.body.replace(honest.body.size() - lie.size(), lie.size(), lie);
    return honest;
}

}  // namespace

std::string_view fault_name(UpstreamFault fault) {
    switch (fault) {
        case UpstreamFault::none:
            return "None";
        case UpstreamFault::stale:
            return "Stale";
        case UpstreamFault::truncated:
            return "Truncated";
        case UpstreamFault::altered:
            return "Altered";
        case UpstreamFault::longer:
            return "Longer";
        case UpstreamFault::shorter:
            return "Shorter";
        case UpstreamFault::breaks_off:
            return "BreaksOff";
        case UpstreamFault::resumes_wrongly:
            return "ResumesWrongly";
        case UpstreamFault::ranged:
            return "Ranged";
        case UpstreamFault::stalls_wrongly:
            return "StallsWrongly";
        case UpstreamFault::vast:
            return "Vast";
        case UpstreamFault::endless:
            return "Endless";
        case UpstreamFault::drip:
            return "Drip";
        case UpstreamFault::stall:
            return "Stall";
        case UpstreamFault::black_hole:
            return "BlackHole";
        case UpstreamFault::reset:
            return "Reset";
        case UpstreamFault::not_found:
            return "NotFound";
        case UpstreamFault::gone:
            return "Gone";
        case UpstreamFault::server_error:
            return "ServerError";
        case UpstreamFault::unavailable:
            return "Unavailable";
        case UpstreamFault::too_many_requests:
            return "TooManyRequests";
        case UpstreamFault::redirect_loop:
            return "RedirectLoop";
        case UpstreamFault::redirect_away:
            return "RedirectAway";
        case UpstreamFault::garbage:
            return "Garbage";
    }
    return "Unknown";
}

FakeUpstream::FakeUpstream(Truth truth, Greeting greeting, const TlsIdentity& identity)
    : m_truth(std::move(truth)), m_server(greeting, identity) {
    m_server.otherwise([this](const Request& request) { return answer(request); });
}

void FakeUpstream::break_path(const std::string& part, UpstreamFault fault) {
    const std::lock_guard lock(m_mutex);
    m_faults.insert_or_assign(part, fault);
}

void FakeUpstream::heal() {
    const std::lock_guard lock(m_mutex);
    m_faults.clear();
}

void FakeUpstream::freeze() {
    const std::lock_guard lock(m_mutex);
    m_frozen = m_given;
}

Reply FakeUpstream::answer(const Request& request) {
    const std::lock_guard lock(m_mutex);
    const auto fault = fault_of(request.target);
    if (fault == UpstreamFault::stale) {
        const auto frozen = m_frozen.find(key_of(request));
        return frozen == m_frozen.end() ? status(404) : frozen->second;
    }
    Reply honest = m_truth(request);
    m_given.insert_or_assign(key_of(request), honest);
    return falsify(fault, request, std::move(honest));
}

UpstreamFault FakeUpstream::fault_of(const std::string& target) const {
    for (const auto& [part, fault] : m_faults) {
        if (target.find(part) != std::string::npos) {
            return fault;
        }
    }
    return UpstreamFault::none;
}

Reply FakeUpstream::falsify(UpstreamFault fault, const Request& request, Reply honest) const {
    constexpr std::string_view hour = "3600";
    switch (fault) {
        case UpstreamFault::none:
        case UpstreamFault::stale:
            return honest;
        case UpstreamFault::truncated:
            return misbehaving(std::move(honest), Misbehaviour::close);
        case UpstreamFault::altered:
            if (!honest.body.empty()) {
                honest.body[honest.body.size() / 2] ^= 1;
            }
            return honest;
        case UpstreamFault::longer:
            honest.body += 'x';
            return honest;
        case UpstreamFault::shorter:
            honest.body.resize(honest.body.empty() ? 0 : honest.body.size() - 1);
            return honest;
        case UpstreamFault::resumes_wrongly:
            return rest_of(std::move(honest), request, "false");
        case UpstreamFault::breaks_off:
            return rest_of(std::move(honest), request, "");
        case UpstreamFault::ranged:
            return request.header("Range").empty() ? honest : rest_of(honest, request, "");
        case UpstreamFault::stalls_wrongly:
            honest.body[0] ^= 1;
            return misbehaving(std::move(honest), Misbehaviour::stall);
        case UpstreamFault::vast:
            honest.claimed_length = std::uint64_t{1} << 50U;
            return honest;
        case UpstreamFault::endless:
            return misbehaving(std::move(honest), Misbehaviour::endless);
        case UpstreamFault::drip:
            return misbehaving(std::move(honest), Misbehaviour::drip);
        case UpstreamFault::stall:
            return misbehaving(std::move(honest), Misbehaviour::stall);
        case UpstreamFault::black_hole:
            return misbehaving(std::move(honest), Misbehaviour::black_hole);
        case UpstreamFault::reset:
            return misbehaving(std::move(honest), Misbehaviour::reset);
        case UpstreamFault::not_found:
            return status(404);
        case UpstreamFault::gone:
            return status(410);
        case UpstreamFault::server_error:
            return status(500);
        case UpstreamFault::unavailable:
            return status(503, {{"Retry-After", std::string(hour)}});
        case UpstreamFault::too_many_requests:
            return status(429, {{"Retry-After", std::string(hour)}});
        case UpstreamFault::redirect_loop:
            return redirect(request.target);
        case UpstreamFault::redirect_away:
            return redirect("http://127.0.0.1:1" + request.target);
        case UpstreamFault::garbage: {
            Reply garbage;
            garbage.raw = "\x16\x03\x01 this is no HTTP\r\n\r\n";
            return garbage;
        }
    }
    return honest;
}

}  // namespace heliograph::test_support
