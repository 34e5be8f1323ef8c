// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/http_server.hpp>
#include <mirror/net/process_channel.hpp>
#include <tools/commands/verify/confined_room.hpp>

#include <sched.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace heliograph::tools::verify_commands {

namespace {

constexpr int given_up = 127;

ByteSpan bytes_of_report(const ConfinementReport& report) {
    return std::as_bytes(std::span(&report, 1));
}

// A parent that has gone is noticed when it is next asked.
void tell(const FileDescriptor& channel, ConfinementReport report) {
    static_cast<void>(mirror::send_bytes(channel, bytes_of_report(report)));
}

[[noreturn]] void give_up(const FileDescriptor& channel, ConfinementReport report) {
    tell(channel, report);
    ::_exit(given_up);
}

std::string read_to_end(const FileDescriptor& channel) {
    std::string text;
    std::array<std::byte, 4096> piece{};
    while (true) {
        const auto received = mirror::receive_bytes(channel, piece);
        if (!received) {
            ::_exit(given_up);
        }
        text += text_of(ByteSpan(piece).first(received->count));
        if (received->count < piece.size()) {
            return text;
        }
    }
}

void wait_for_maps(const FileDescriptor& channel) {
    std::array<std::byte, 1> byte{};
    const auto received = mirror::receive_bytes(channel, byte);
    if (!received || received->count != byte.size()) {
        ::_exit(given_up);
    }
}

[[noreturn]] void become(const FileDescriptor& channel, std::string text) {
    std::vector<char*> words;
    std::vector<char*> environment;
    bool is_whole = false;
    for (std::size_t at = 0; at < text.size(); at += std::strlen(&text[at]) + 1) {
        const char mark = text[at];
        if (mark == word_mark) {
            words.push_back(&text[at + 1]);
        } else if (mark == setting_mark) {
            environment.push_back(&text[at + 1]);
        } else if (mark == end_mark) {
            is_whole = true;
        } else if (::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
            give_up(channel, {ConfinementStep::started, errno});
        }
    }
    // The parent has given up, or has gone.
    if (!is_whole) {
        ::_exit(given_up);
    }
    words.push_back(nullptr);
    environment.push_back(nullptr);
    static_cast<void>(::signal(SIGPIPE, SIG_DFL));
    ::execvpe(words.front(), words.data(), environment.data());
    give_up(channel, {ConfinementStep::started, errno});
}

}  // namespace

void run_confined(const FileDescriptor& channel) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) {
        give_up(channel, {ConfinementStep::unshared, errno});
    }
    tell(channel, {ConfinementStep::unshared, 0});
    wait_for_maps(channel);
    if (const auto refused = mirror::bring_loopback_up()) {
        give_up(channel, {ConfinementStep::loopback_up, refused.value()});
    }
    {
        const auto listener = mirror::HttpServer::open_socket("127.0.0.1", 0);
        if (!listener) {
            give_up(channel, {ConfinementStep::listening, EADDRNOTAVAIL});
        }
        const ConfinementReport report{ConfinementStep::listening, 0};
        static_cast<void>(mirror::send_bytes_with(channel, bytes_of_report(report), *listener));
    }
    become(channel, read_to_end(channel));
}

}  // namespace heliograph::tools::verify_commands
