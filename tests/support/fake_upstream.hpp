// SPDX-License-Identifier: Apache-2.0
// An index over real sockets that does wrong what a test switches on: for one project, for one kind
// of its documents, so that a test sees what becomes of that project and of the others. The truth
// comes from a function; the fake knows nothing of heliograph's formats.
#pragma once

#include <tests/support/scripted_server.hpp>

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace heliograph::test_support {

/// What goes wrong. Each is the same every time.
enum class UpstreamFault {
    none,
    stale,              ///< Answers what it answered before freeze() was called.
    truncated,          ///< Ends the connection in the middle of the body.
    altered,            ///< One bit of the body is another.
    longer,             ///< One byte more than there should be, honestly announced.
    shorter,            ///< One byte less, honestly announced.
    breaks_off,         ///< As truncated, but gives the rest to whoever asks for a range.
    resumes_wrongly,    ///< The same, and the end of that rest is another.
    ranged,             ///< Nothing is wrong, and whoever asks for a range gets it.
    stalls_wrongly,     ///< As stall, and what came before is wrong.
    vast,               ///< Claims a length beyond every limit.
    endless,            ///< The body never ends.
    drip,               ///< One byte, then a long pause, and so on.
    stall,              ///< Falls silent in the middle of the body.
    black_hole,         ///< Never answers.
    reset,              ///< Resets the connection.
    not_found,          ///< 404.
    gone,               ///< 410.
    server_error,       ///< 500.
    unavailable,        ///< 503, Retry-After: 3600.
    too_many_requests,  ///< 429, Retry-After: 3600.
    redirect_loop,      ///< 302 to itself.
    redirect_away,      ///< 302 to another origin.
    garbage,            ///< Bytes that are no HTTP.
};

/// The word of a fault, for the names of parameterised tests.
[[nodiscard]] std::string_view fault_name(UpstreamFault fault);

/// @thread As ScriptedServer.
class FakeUpstream {
  public:
    /// The honest answer to a request; called by one thread at a time.
    using Truth = std::function<Reply(const Request&)>;

    explicit FakeUpstream(
        Truth truth, Greeting greeting = Greeting::http, const TlsIdentity& identity = {}
    );

    /// Answers every path that contains @p part wrongly from now on: `/simple/demo/`,
    /// `demo-1.0-py3-none-any.whl`, `/changelog`.
    void break_path(const std::string& part, UpstreamFault fault);

    /// All is well again.
    void heal();

    /// Remembers every answer given so far, for UpstreamFault::stale.
    void freeze();

    [[nodiscard]] std::string url() const { return m_server.url(); }
    [[nodiscard]] const ScriptedServer& server() const { return m_server; }

  private:
    Reply answer(const Request& request);
    [[nodiscard]] UpstreamFault fault_of(const std::string& target) const;
    Reply falsify(UpstreamFault fault, const Request& request, Reply honest) const;

    Truth m_truth;
    std::mutex m_mutex;
    std::map<std::string, UpstreamFault> m_faults;
    std::map<std::string, Reply> m_given;   ///< By path and Accept.
    std::map<std::string, Reply> m_frozen;  ///< The same, as of freeze().
    ScriptedServer m_server;
};

}  // namespace heliograph::test_support
