// SPDX-License-Identifier: Apache-2.0
// Counts the connections of each client over all threads of a server. Private to this room.
#pragma once

#include <mirror/net/socket_address.hpp>

#include <cstddef>
#include <map>
#include <mutex>

namespace heliograph::mirror {

enum class Admission { granted, refused };

/// @thread Safe. @cost One lock for each connection made or ended, none for a request.
class AddressLimiter {
  public:
    explicit AddressLimiter(std::size_t most) : m_most(most) {}

    /// Whoever is granted must be released once.
    [[nodiscard]] Admission admit(const ClientKey& client);
    void release(const ClientKey& client);

  private:
    std::size_t m_most;
    std::mutex m_mutex;
    std::map<ClientKey, std::size_t> m_connections;
};

}  // namespace heliograph::mirror
