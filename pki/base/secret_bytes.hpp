// SPDX-License-Identifier: Apache-2.0
// Key material: cannot be copied or printed, and is wiped when it goes.
#pragma once

#include <pki/base/bytes.hpp>

#include <cstddef>
#include <utility>
#include <vector>

namespace heliograph {

/// Owned secret bytes of fixed size.
/// @thread As a vector. @cost Wiping is one pass that the compiler cannot remove.
class SecretBytes {
  public:
    SecretBytes() = default;
    /// Zero bytes, to be filled through writable().
    explicit SecretBytes(std::size_t size_bytes) : m_bytes(size_bytes) {}
    /// Copies from a borrowed place, which the caller wipes.
    explicit SecretBytes(ByteSpan bytes) : m_bytes(bytes.begin(), bytes.end()) {}
    SecretBytes(const SecretBytes&) = delete;
    SecretBytes& operator=(const SecretBytes&) = delete;
    SecretBytes(SecretBytes&& other) noexcept : m_bytes(std::exchange(other.m_bytes, {})) {}
    SecretBytes& operator=(SecretBytes&& other) noexcept;
    ~SecretBytes();

    [[nodiscard]] std::size_t size() const { return m_bytes.size(); }
    [[nodiscard]] bool empty() const { return m_bytes.empty(); }

    /// The only way to the bytes; the name marks every place that handles a secret.
    [[nodiscard]] ByteSpan expose() const { return m_bytes; }
    [[nodiscard]] std::span<std::byte> writable() { return m_bytes; }

  private:
    void wipe();

    std::vector<std::byte> m_bytes;
};

}  // namespace heliograph
