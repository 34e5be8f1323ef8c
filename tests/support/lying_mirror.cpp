// SPDX-License-Identifier: Apache-2.0
#include <tests/support/lying_mirror.hpp>
#include <tests/support/plain_client.hpp>

#include <algorithm>
#include <exception>

namespace heliograph::test_support {

bool Target::matches(std::string_view path) const {
    switch (match) {
        case Match::exact:
            return path == text;
        case Match::prefix:
            return path.substr(0, text.size()) == text;
        case Match::suffix:
            return path.size() >= text.size() && path.substr(path.size() - text.size()) == text;
        case Match::anything:
            return true;
    }
    return false;
}

LyingMirror::LyingMirror(std::string honest_url, Greeting greeting, const TlsIdentity& identity)
    : m_honest_url(std::move(honest_url)), m_server(greeting, identity) {
    m_server.otherwise([this](const Request& request) { return answer(request); });
}

void LyingMirror::alter(Target target, Lie lie) {
    const std::lock_guard lock(m_mutex);
    m_lies.push_back({std::move(target), "", std::move(lie)});
}

void LyingMirror::flip_byte(Target target) {
    alter(std::move(target), [](Reply& reply) {
        if (!reply.body.empty()) {
            char& middle = reply.body[reply.body.size() / 2];
            middle = static_cast<char>(static_cast<unsigned char>(middle) ^ 1U);
        }
    });
}

void LyingMirror::edit(Target target, std::string from, std::string to) {
    alter(std::move(target), [from = std::move(from), to = std::move(to)](Reply& reply) {
        for (std::size_t at = reply.body.find(from); at != std::string::npos;
             at = reply.body.find(from, at + to.size())) {
            reply.body.replace(at, from.size(), to);
        }
    });
}

void LyingMirror::swap(Target target, std::string other) {
    const std::lock_guard lock(m_mutex);
    m_lies.push_back({std::move(target), std::move(other), [](Reply&) {}});
}

void LyingMirror::hide(Target target) {
    say(std::move(target), status(404));
}

void LyingMirror::misbehave(Target target, Misbehaviour act, std::uint64_t after_bytes) {
    alter(std::move(target), [act, after_bytes](Reply& reply) {
        reply.act = act;
        reply.act_after = after_bytes;
    });
}

void LyingMirror::say(Target target, Reply reply) {
    alter(std::move(target), [reply = std::move(reply)](Reply& answer) { answer = reply; });
}

void LyingMirror::repent() {
    const std::lock_guard lock(m_mutex);
    m_lies.clear();
    m_memory = Memory::none;
}

void LyingMirror::remember() {
    const std::lock_guard lock(m_mutex);
    m_memory = Memory::remembering;
}

void LyingMirror::replay() {
    const std::lock_guard lock(m_mutex);
    m_memory = Memory::replaying;
}

Reply LyingMirror::truth(const Request& request, const std::string& target) {
    Headers asked;
    for (const char* name : {"Accept", "If-None-Match", "If-Modified-Since", "Range", "If-Range"}) {
        if (std::string value = request.header(name); !value.empty()) {
            asked.emplace_back(name, std::move(value));
        }
    }
    try {
        return plain_get(m_honest_url, target, asked);
    } catch (const std::exception& problem) {
        Reply reply = status(502);
        reply.body = problem.what();
        return reply;
    }
}

bool LyingMirror::is_about_signatures(const Told& told) {
    return told.target.text.starts_with("/serversig");
}

Reply LyingMirror::answer(const Request& request) {
    const std::string path = request.target.substr(0, request.target.find('?'));
    const std::string key = request.target + ' ' + request.header("Accept");
    std::string asked = request.target;
    std::vector<Lie> lies;
    std::optional<Reply> old;
    {
        const std::lock_guard lock(m_mutex);
        for (const Told& told : m_lies) {
            if (told.target.matches(path)) {
                asked = told.instead.empty() ? asked : told.instead;
                lies.push_back(told.lie);
            }
        }
        const auto known = m_remembered.find(asked + ' ' + request.header("Accept"));
        if (m_memory == Memory::replaying && known != m_remembered.end()) {
            old = known->second;
        }
    }
    Reply reply = old ? *std::move(old) : truth(request, asked);
    for (const Lie& lie : lies) {
        lie(reply);
    }
    const std::lock_guard lock(m_mutex);
    if (std::any_of(m_lies.begin(), m_lies.end(), is_about_signatures)) {
        // Nobody would ask for the lie if the page brought its true signature along.
        std::erase_if(reply.headers, [](const auto& header) {
            return header.first == "x-page-signature";
        });
    }
    if (m_memory == Memory::remembering) {
        m_remembered[key] = reply;
    }
    return reply;
}

}  // namespace heliograph::test_support
