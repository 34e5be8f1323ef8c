// SPDX-License-Identifier: Apache-2.0
// A zip archive whose records a test alters in place (APPNOTE.TXT 6.3.9, sections 4.3.7 to 4.3.16).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace heliograph::test_support {

/// Offsets of the records and their fields, and little-endian stores into them.
class ZipBytes {
  public:
    explicit ZipBytes(std::string bytes) : m_bytes(std::move(bytes)) {}

    [[nodiscard]] const std::string& bytes() const { return m_bytes; }
    [[nodiscard]] std::size_t end() const { return m_bytes.rfind("PK\x05\x06"); }
    [[nodiscard]] std::size_t directory() const { return get(end() + 16, 4); }

    /// Where the directory's entry of this name begins; throws when there is none.
    /// @param nth  Which one of several, from 0.
    [[nodiscard]] std::size_t entry(std::string_view name, std::size_t nth = 0) const {
        std::size_t at = directory();
        while (true) {
            const std::size_t named = get(at + 28, 2);
            if (m_bytes.substr(at, 4) != "PK\x01\x02") {
                throw std::out_of_range("no such member: " + std::string(name));
            }
            if (m_bytes.substr(at + 46, named) == name && nth-- == 0) {
                return at;
            }
            at += 46 + named + get(at + 30, 2) + get(at + 32, 2);
        }
    }

    /// Where the header before its data begins.
    [[nodiscard]] std::size_t local(std::string_view name, std::size_t nth = 0) const {
        return get(entry(name, nth) + 42, 4);
    }

    [[nodiscard]] std::uint32_t get(std::size_t at, std::size_t size) const {
        std::uint32_t value = 0;
        for (std::size_t i = size; i-- > 0;) {
            value = value << 8U | static_cast<unsigned char>(m_bytes.at(at + i));
        }
        return value;
    }

    void set(std::size_t at, std::size_t size, std::uint32_t value) {
        for (std::size_t i = 0; i < size; ++i) {
            m_bytes.at(at + i) = static_cast<char>(value >> (8 * i));
        }
    }

    /// Puts bytes before the directory's end or inside of it and keeps the end's fields true.
    void insert_into_directory(std::size_t at, std::string_view more) {
        m_bytes.insert(at, more);
        set(end() + 12, 4, get(end() + 12, 4) + static_cast<std::uint32_t>(more.size()));
    }

    /// Puts bytes before the directory, behind the last member.
    void insert_before_directory(std::string_view more) {
        const std::size_t at = directory();
        m_bytes.insert(at, more);
        set(end() + 16, 4, static_cast<std::uint32_t>(at + more.size()));
    }

  private:
    std::string m_bytes;
};

}  // namespace heliograph::test_support
