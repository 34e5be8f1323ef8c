// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/address_limiter.hpp>
#include <pki/base/result.hpp>

namespace heliograph::mirror {

Admission AddressLimiter::admit(const ClientKey& client) {
    const std::lock_guard lock(m_mutex);
    std::size_t& count = m_connections[client];
    if (count >= m_most) {
        return Admission::refused;
    }
    ++count;
    return Admission::granted;
}

void AddressLimiter::release(const ClientKey& client) {
    const std::lock_guard lock(m_mutex);
    const auto found = m_connections.find(client);
    HG_ASSERT(found != m_connections.end() && found->second > 0);
    if (--found->second == 0) {
        m_connections.erase(found);
    }
}

}  // namespace heliograph::mirror
