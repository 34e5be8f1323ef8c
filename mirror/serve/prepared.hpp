// SPDX-License-Identifier: Apache-2.0
// Answers made ready: everything about a document but the request. Pages are served as the bytes
// that were stored and signed; nothing is rendered for a request that finds its answer here.
#pragma once

#include <mirror/net/http_message.hpp>
#include <mirror/store/blob_store.hpp>

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

namespace heliograph::mirror {

/// Content of a blob, opened for each answer, so that a repaired blob is served at once.
struct BlobReference {
    pki::Sha256 digest;
    std::uint64_t size_bytes = 0;
};

/// One document, ready to be sent.
struct Prepared {
    std::string etag;  ///< Strong, with its quotes.
    std::shared_ptr<const std::string> head;
    std::variant<BytesBody, BlobReference> content;
};

/// `"<sha256>"`.
[[nodiscard]] std::string etag_of(const pki::Sha256& digest);

/// Answers kept by path and type, as long as the catalogue does not change, least recently used
/// first out.
/// @thread One. @cost Constant for each call.
class PreparedCache {
  public:
    explicit PreparedCache(std::size_t limit_bytes) : m_limit_bytes(limit_bytes) {}

    /// Forgets everything when the catalogue has changed since the last call.
    void follow(std::uint64_t change_counter);

    [[nodiscard]] std::shared_ptr<const Prepared> find(std::string_view key);
    /// Documents larger than a quarter of the limit are not kept.
    void keep(std::string key, std::shared_ptr<const Prepared> prepared);

    [[nodiscard]] std::size_t size_bytes() const { return m_size_bytes; }

    /// The change counter that was followed last: what was read under another one may be old.
    [[nodiscard]] std::uint64_t followed() const { return m_counter; }

  private:
    struct Entry {
        std::string key;
        std::shared_ptr<const Prepared> prepared;
        std::size_t size_bytes;
    };

    void drop_oldest();

    std::size_t m_limit_bytes;
    std::size_t m_size_bytes = 0;
    std::uint64_t m_counter = 0;
    std::list<Entry> m_entries;  ///< The last used one first.
    // Keys are views into the entries, which do not move.
    std::unordered_map<std::string_view, std::list<Entry>::iterator> m_index;
};

}  // namespace heliograph::mirror
