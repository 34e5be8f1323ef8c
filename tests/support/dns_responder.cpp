// SPDX-License-Identifier: Apache-2.0
#include <tests/support/dns_responder.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace heliograph::test_support {

namespace {

constexpr unsigned alias_type = 5;
constexpr unsigned address_type = 1;
constexpr unsigned service_type = 33;
constexpr std::size_t header_size = 12;

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

std::uint16_t bind_to(int socket, std::uint16_t port) {
    auto address = loopback(port);
    socklen_t size = sizeof address;
    if (bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return 0;
    }
    return ntohs(address.sin_port);
}

unsigned word_at(const std::string& bytes, std::size_t place) {
    return static_cast<unsigned char>(bytes.at(place)) * 256U +
           static_cast<unsigned char>(bytes.at(place + 1));
}

struct Question {
    std::string name;
    unsigned type = 0;
    std::size_t end = 0;
};

Question read_question(const std::string& message) {
    Question question;
    std::size_t at = header_size;
    while (message.at(at) != 0) {
        const auto length = static_cast<unsigned char>(message.at(at));
        question.name += (question.name.empty() ? "" : ".") + message.substr(at + 1, length);
        at += length + 1U;
    }
    question.type = word_at(message, at + 1);
    question.end = at + 5;
    for (char& c : question.name) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return question;
}

std::string header(const std::string& id, unsigned flags, std::size_t records) {
    return id + dns_wire_word(flags) + dns_wire_word(1) +
           dns_wire_word(static_cast<unsigned>(records)) + dns_wire_word(0) + dns_wire_word(0);
}

constexpr unsigned answers = 0x8180;  // an answer, recursion wanted and had
constexpr unsigned truncated = 0x0200;
constexpr unsigned no_such_name = 3;
constexpr unsigned refuses = 5;

}  // namespace

std::string dns_wire_word(unsigned number) {
    return {static_cast<char>(number / 256), static_cast<char>(number % 256)};
}

std::string dns_wire_name(std::string_view name) {
    std::string wire;
    while (!name.empty()) {
        const auto label = name.substr(0, name.find('.'));
        wire += static_cast<char>(label.size());
        wire += label;
        name.remove_prefix(std::min(label.size() + 1, name.size()));
    }
    return wire + '\0';
}

std::string dns_service_data(
    unsigned priority, unsigned weight, unsigned port, std::string_view target
) {
    return dns_wire_word(priority) + dns_wire_word(weight) + dns_wire_word(port) +
           dns_wire_name(target);
}

DnsResponder::DnsResponder() : m_stop(eventfd(0, 0)) {
    // The port that UDP gets may be taken for TCP.
    for (int attempt = 0; attempt < 100 && m_port == 0; ++attempt) {
        m_udp = socket(AF_INET, SOCK_DGRAM, 0);
        m_tcp = socket(AF_INET, SOCK_STREAM, 0);
        const auto port = bind_to(m_udp, 0);
        if (port != 0 && bind_to(m_tcp, port) == port && listen(m_tcp, 16) == 0) {
            m_port = port;
        } else {
            close(m_udp);
            close(m_tcp);
        }
    }
    if (m_port == 0 || m_stop < 0) {
        throw std::runtime_error("expected a port of loopback for a name server");
    }
    m_thread = std::thread([this] { serve(); });
}

DnsResponder::~DnsResponder() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(m_stop, &one, sizeof one);
    m_thread.join();
    close(m_udp);
    close(m_tcp);
    close(m_stop);
}

std::string DnsResponder::address() const {
    return "127.0.0.1:" + std::to_string(m_port);
}

void DnsResponder::tell(const std::string& owner, unsigned type, std::string data) {
    const std::lock_guard lock(m_mutex);
    m_records.emplace(owner, Record{type, std::move(data)});
}

void DnsResponder::tell_alias(const std::string& owner, std::string_view target) {
    tell(owner, alias_type, dns_wire_name(target));
}

void DnsResponder::tell_address(const std::string& owner) {
    tell(owner, address_type, {127, 0, 0, 1});
}

void DnsResponder::tell_service(const std::string& owner, std::string data) {
    tell(owner, service_type, std::move(data));
}

void DnsResponder::serve() {
    for (;;) {
        std::array<pollfd, 3> wanted{{{m_udp, POLLIN, 0}, {m_tcp, POLLIN, 0}, {m_stop, POLLIN, 0}}};
        if (poll(wanted.data(), wanted.size(), -1) < 0 || wanted[2].revents != 0) {
            return;
        }
        if (wanted[0].revents != 0) {
            answer_datagram();
        }
        if (wanted[1].revents != 0) {
            answer_stream();
        }
    }
}

void DnsResponder::answer_datagram() {
    std::array<char, 4096> buffer{};
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const auto got =
        recvfrom(m_udp, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got < static_cast<ssize_t>(header_size)) {
        return;
    }
    const auto reply = answer({buffer.data(), static_cast<std::size_t>(got)}, false);
    if (!reply.empty()) {
        sendto(
            m_udp, reply.data(), reply.size(), 0, reinterpret_cast<const sockaddr*>(&from), size
        );
    }
}

void DnsResponder::answer_stream() {
    const int peer = accept(m_tcp, nullptr, nullptr);
    std::string got;
    std::array<char, 4096> buffer{};
    while (got.size() < 2 || got.size() < 2 + word_at(got, 0)) {
        const auto count = recv(peer, buffer.data(), buffer.size(), 0);
        if (count <= 0) {
            close(peer);
            return;
        }
        got.append(buffer.data(), static_cast<std::size_t>(count));
    }
    const auto reply = answer(got.substr(2, word_at(got, 0)), true);
    const bool lies = m_conduct == DnsConduct::endless_tcp;
    const auto framed =
        dns_wire_word(static_cast<unsigned>(reply.size()) + (lies ? 1000U : 0U)) + reply;
    send(peer, framed.data(), framed.size(), MSG_NOSIGNAL);
    close(peer);
}

std::vector<DnsResponder::Record> DnsResponder::records_of(const std::string& name, unsigned type) {
    const std::lock_guard lock(m_mutex);
    auto range = m_records.equal_range(name);
    if (range.first == range.second) {
        range = m_records.equal_range("*" + name.substr(std::min(name.find('.'), name.size())));
    }
    std::vector<Record> records;
    for (auto record = range.first; record != range.second; ++record) {
        // An alias answers every question.
        if (record->second.type == type || record->second.type == alias_type) {
            records.push_back(record->second);
        }
    }
    return records;
}

std::string DnsResponder::answer(const std::string& question, bool over_tcp) {
    ++m_questions;
    const auto asked = read_question(question);
    const auto conduct = m_conduct.load();
    const auto id =
        conduct == DnsConduct::other_id ? std::string("\x01\x02") : question.substr(0, 2);
    const auto repeated = question.substr(header_size, asked.end - header_size);
    const std::string owner("\xC0\x0C", 2);  // the question's name
    const std::string meta = dns_wire_word(1) + std::string(4, '\0');
    switch (conduct) {
        case DnsConduct::silent:
            return {};
        case DnsConduct::refusing:
            return header(id, answers | refuses, 0) + repeated;
        case DnsConduct::garbage:
            return header(id, answers, 3) + repeated + owner + "noise";
        case DnsConduct::looping: {
            const auto here = header_size + repeated.size();
            const auto loop = dns_wire_word(0xC000U | static_cast<unsigned>(here));
            return header(id, answers, 1) + repeated + loop + dns_wire_word(asked.type) + meta +
                   dns_wire_word(2) + loop;
        }
        case DnsConduct::cut_off:
        case DnsConduct::endless_tcp:
            if (!over_tcp) {
                return header(id, answers | truncated, 0) + repeated;
            }
            break;
        case DnsConduct::honest:
        case DnsConduct::other_id:
            break;
    }
    const auto records = records_of(asked.name, asked.type);
    std::string reply =
        header(id, records.empty() ? answers | no_such_name : answers, records.size()) + repeated;
    for (const auto& record : records) {
        reply += owner + dns_wire_word(record.type) + meta +
                 dns_wire_word(static_cast<unsigned>(record.data.size())) + record.data;
    }
    return reply;
}

}  // namespace heliograph::test_support
