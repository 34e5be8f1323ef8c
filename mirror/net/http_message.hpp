// SPDX-License-Identifier: Apache-2.0
// HTTP messages as values: what a handler is asked and what it answers. RFC 9110.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/file.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace heliograph::pki {
struct PeerIdentity;
}

namespace heliograph::mirror {

/// Methods that any room handles; every other token is `other` (answer 405 with Allow, or 501).
enum class Method { get, head, post, other };

/// Header fields in order of arrival. Names compare without case. Storage is one growing text, so
/// that a reused list allocates nothing.
/// @thread As a vector. @cost Look-ups are linear in the number of fields (limited by the server to
/// 100).
class HeaderList {
  public:
    struct Field {
        std::string_view name;
        std::string_view value;
    };

    /// @param name   A token of RFC 9110 section 5.1; anything else is our bug.
    /// @param value  Without CR, LF or NUL; anything else is our bug (codecs refuse such input
    /// before it comes here).
    void add(std::string_view name, std::string_view value);
    void clear();

    [[nodiscard]] std::size_t size() const { return m_entries.size(); }
    [[nodiscard]] bool empty() const { return m_entries.empty(); }
    [[nodiscard]] Field at(std::size_t index) const;

    /// The first field of that name.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;
    /// All fields of that name, joined by `, ` as RFC 9110 section 5.2 allows for lists; none when
    /// there is no such field.
    [[nodiscard]] std::optional<std::string> joined(std::string_view name) const;

    /// `Name: value` CR LF, for each field.
    [[nodiscard]] std::string render() const;

  private:
    struct Entry {
        std::size_t begin;
        std::size_t name_size;
        std::size_t value_size;
    };

    std::string m_text;
    std::vector<Entry> m_entries;
};

/// Who is at the other end of a connection.
struct Peer {
    std::string address;  ///< Numeric, IPv4-mapped addresses as IPv4.
    std::uint16_t port = 0;
    /// The verified client certificate; null without TLS or when none was given.
    std::shared_ptr<const pki::PeerIdentity> identity;
};

class Mailbox;

/// Has the server ask an Exchange again. Harmless when its connection is gone.
/// @thread Safe. @cost A lock, and mostly one system call.
class Waker {
  public:
    Waker() = default;  ///< Wakes nobody.
    Waker(std::shared_ptr<Mailbox> mailbox, std::uint64_t connection)
        : m_mailbox(std::move(mailbox)), m_connection(connection) {}

    void wake() const;

  private:
    std::shared_ptr<Mailbox> m_mailbox;
    std::uint64_t m_connection = 0;
};

/// When a handler is asked: with the whole body at hand, or when the body is still to come.
enum class BodyArrival { whole, streamed };

/// One parsed request. The server reuses the object: a handler copies what it keeps.
struct HttpRequest {
    Method method = Method::get;
    /// The method as sent.
    std::string method_token;
    /// Percent-decoded exactly once: UTF-8, begins with `/`, without NUL, control characters,
    /// backslash, encoded slash,
    /// `.` or `..` segments (such requests are answered 400 before a handler sees them).
    std::string path;
    /// As sent, without `?`.
    std::string query;
    HeaderList headers;
    /// At most ServerLimits::request_body_bytes; empty when it is streamed.
    Bytes body;
    /// Streamed: a longer or chunked body, or one that the client holds back until it is asked for.
    /// It comes through an Exchange, or not at all.
    BodyArrival arrival = BodyArrival::whole;
    /// What Content-Length says; none for a chunked body.
    std::optional<std::uint64_t> stated_body_bytes;
    /// For the Exchange that answers this request; set with POST, and with every method where
    /// ServerOptions::wakers says so.
    Waker waker;
    Peer peer;
    /// Which turn of the server's loop this request came in with. Requests of one turn are answered
    /// within an instant: what a handler found out for one (that nothing was committed, say) holds
    /// for the others. 0 outside of a server: assume nothing.
    std::uint64_t turn = 0;

    /// Empties all but the peer and the turn.
    void clear();
};

/// Stored bytes, shared by all replies that carry them.
struct BytesBody {
    std::shared_ptr<const Bytes> bytes;
};

/// A range of an open file. Its length is promised in Content-Length: a file that turns out shorter
/// ends the connection.
struct FileBody {
    std::shared_ptr<const FileDescriptor> file;
    std::uint64_t offset_bytes = 0;
    std::uint64_t length_bytes = 0;
};

/// How much of a file that is still being written may be given out. Whoever writes it also wakes
/// the connections that wait (HttpRequest::waker).
/// @thread Safe.
class ReleasedBytes {
  public:
    /// All bytes before @p end_bytes are right and in the file. Never goes back.
    void release(std::uint64_t end_bytes) { m_end.store(end_bytes, std::memory_order_release); }
    /// There will be no more: connections that wait for some end.
    void give_up() { m_given_up.store(true, std::memory_order_release); }

    [[nodiscard]] std::uint64_t end_bytes() const { return m_end.load(std::memory_order_acquire); }
    [[nodiscard]] bool given_up() const { return m_given_up.load(std::memory_order_acquire); }

  private:
    std::atomic<std::uint64_t> m_end{0};
    std::atomic<bool> m_given_up{false};
};

/// A whole file that is still being written. Its length is promised in Content-Length; when its
/// writer gives up, the connection ends before it.
struct GrowingBody {
    std::shared_ptr<const FileDescriptor> file;
    std::uint64_t length_bytes = 0;
    std::shared_ptr<const ReleasedBytes> released;
};

struct NoBody {};

using ReplyBody = std::variant<NoBody, BytesBody, FileBody, GrowingBody>;

[[nodiscard]] std::uint64_t body_size_bytes(const ReplyBody& body);

/// One answer. The server adds the status line, Date, Content-Length (except with 304 and 204) and
/// Connection, and leaves the body out when the request was HEAD. Handlers answer HEAD exactly as
/// GET.
struct HttpReply {
    int status = 200;
    /// Rendered by HeaderList::render(), shared between replies; null means no fields.
    std::shared_ptr<const std::string> head;
    ReplyBody body;
    /// Stands in the status line instead of the standard phrase: printable ASCII. Null: the
    /// standard one.
    std::shared_ptr<const std::string> reason = nullptr;

    /// A sentence that stands in the status line too, for clients (twine, uv) that show only that.
    /// What is not printable ASCII becomes `?` there, and it is cut after 400 bytes.
    [[nodiscard]] static HttpReply refusal(int status, std::string_view text, HeaderList more = {});

    /// A reply of one plain sentence, `text/plain; charset=utf-8`, newline added.
    /// @param more  Further fields, for example Allow or Location.
    [[nodiscard]] static HttpReply sentence(
        int status, std::string_view text, HeaderList more = {}
    );
};

/// `Not Found` for 404; `Unknown` for a code without a phrase. @source RFC 9110 section 15.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace heliograph::mirror
