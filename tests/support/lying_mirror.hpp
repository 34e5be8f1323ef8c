// SPDX-License-Identifier: Apache-2.0
// A mirror that lies: it passes every request on to an honest server and alters what a test tells
// it to alter. To a client it is a mirror with a good name, a good certificate and bad bytes.
#pragma once

#include <tests/support/scripted_server.hpp>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::test_support {

/// Which requests a lie is about: the exact path, or every path with that ending or beginning.
struct Target {
    enum class Match { exact, prefix, suffix, anything };
    Match match{Match::anything};
    std::string text;

    [[nodiscard]] static Target path(std::string text) { return {Match::exact, std::move(text)}; }
    [[nodiscard]] static Target below(std::string text) { return {Match::prefix, std::move(text)}; }
    [[nodiscard]] static Target ending(std::string text) {
        return {Match::suffix, std::move(text)};
    }
    [[nodiscard]] static Target any() { return {}; }
    [[nodiscard]] bool matches(std::string_view path) const;
};

/// The front. Lies are applied in the order they were told; a request no lie matches is passed on
/// unchanged.
/// @thread  As ScriptedServer.
class LyingMirror {
  public:
    using Lie = std::function<void(Reply&)>;

    /// @param honest_url  Base URL of the honest server behind; it must outlive the mirror.
    explicit LyingMirror(
        std::string honest_url, Greeting greeting = Greeting::http, const TlsIdentity& identity = {}
    );

    /// Alters what the honest server says about @p target.
    void alter(Target target, Lie lie);

    /// Flips the lowest bit of the byte in the middle of the body.
    void flip_byte(Target target);

    /// Replaces every occurrence of @p from in the body. Content-Length follows.
    void edit(Target target, std::string from, std::string to);

    /// Answers @p target with what the honest server says about the path @p other.
    void swap(Target target, std::string other);

    /// Answers 404 for @p target.
    void hide(Target target);

    /// Misbehaves while it sends @p target: the bytes are true until then.
    void misbehave(Target target, Misbehaviour act, std::uint64_t after_bytes = 0);

    /// Answers exactly this, whatever the honest server says.
    void say(Target target, Reply reply);

    /// Forgets all lies told so far.
    void repent();

    /// Every answer given from now on is also remembered by path and Accept header.
    void remember();

    /// Answers what was remembered, for ever, with the lies told since; asks the honest server only
    /// for what was not.
    void replay();

    [[nodiscard]] std::string url() const { return m_server.url(); }
    [[nodiscard]] const ScriptedServer& server() const { return m_server; }

  private:
    struct Told {
        Target target;
        std::string instead;  ///< path to ask for instead; empty for the same
        Lie lie;
    };
    enum class Memory { none, remembering, replaying };

    static bool is_about_signatures(const Told& told);
    Reply answer(const Request& request);
    Reply truth(const Request& request, const std::string& target);

    std::string m_honest_url;
    std::mutex m_mutex;
    std::vector<Told> m_lies;
    Memory m_memory{Memory::none};
    std::map<std::string, Reply> m_remembered;
    ScriptedServer m_server;
};

}  // namespace heliograph::test_support
