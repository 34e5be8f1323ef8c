// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/openssl_handle.hpp>
#include <pki/x509/ip_address.hpp>

#include <array>
#include <charconv>
#include <cstdint>

namespace heliograph::pki {

namespace {

Error not_an_address(std::string_view text) {
    return {
        ErrorCode::invalid_argument,
        "expected an IP address or range such as 127.0.0.1, ::1 or 10.0.0.0/8, saw '" +
            std::string(text.substr(0, 64)) + "'"};
}

std::string format_ipv4(ByteSpan octets) {
    std::string text;
    for (const std::byte octet : octets) {
        text += (text.empty() ? "" : ".") + std::to_string(std::to_integer<int>(octet));
    }
    return text;
}

struct ZeroRun {
    std::size_t begin = 8;
    std::size_t size = 1;  // A run of one group is not shortened (RFC 5952, section 4.2.2).
};

ZeroRun longest_zero_run(const std::array<unsigned, 8>& groups) {
    ZeroRun best;
    for (std::size_t begin = 0; begin < 8; ++begin) {
        std::size_t end = begin;
        while (end < 8 && groups[end] == 0) {
            ++end;
        }
        if (end - begin > best.size) {
            best = {begin, end - begin};
        }
    }
    return best;
}

std::string format_ipv6(ByteSpan octets) {
    std::array<unsigned, 8> groups{};
    for (std::size_t i = 0; i < 8; ++i) {
        groups[i] = (std::to_integer<unsigned>(octets[2 * i]) << 8U) |
                    std::to_integer<unsigned>(octets[2 * i + 1]);
    }
    const ZeroRun run = longest_zero_run(groups);
    std::string text;
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == run.begin) {
            text += "::";
            i += run.size - 1;
            continue;
        }
        std::array<char, 4> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), groups[i], 16);
        text += (text.empty() || text.ends_with(':')) ? "" : ":";
        text.append(digits.data(), end.ptr);
    }
    return text;
}

}  // namespace

Result<Bytes> parse_ip(std::string_view text) {
    // The library stops at a NUL; and the longest address is 45 characters.
    if (text.size() > 45 || text.find_first_not_of("0123456789abcdefABCDEF:.") != text.npos) {
        return not_an_address(text);
    }
    const OctetStringHandle octets(a2i_IPADDRESS(std::string(text).c_str()));
    if (octets == nullptr) {
        drain_openssl_errors();
        return not_an_address(text);
    }
    const auto* const start = ASN1_STRING_get0_data(octets.get());
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(octets.get()));
    return to_bytes(std::as_bytes(std::span(start, size)));
}

Result<std::string> format_ip(ByteSpan octets) {
    if (octets.size() == 4) {
        return format_ipv4(octets);
    }
    if (octets.size() == 16) {
        return format_ipv6(octets);
    }
    return Error(ErrorCode::malformed, "expected an IP address of 4 or 16 octets, saw another");
}

Result<Bytes> parse_ip_range(std::string_view text) {
    const std::size_t slash = text.find('/');
    HG_TRY(Bytes range, parse_ip(text.substr(0, slash)));
    const std::size_t size = range.size();
    std::size_t prefix = size * 8;
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
        if (digits.empty() || read.ec != std::errc() || read.ptr != digits.data() + digits.size() ||
            prefix > size * 8) {
            return not_an_address(text);
        }
    }
    range.resize(size * 2);
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
        const auto mark = std::byte{0x80} >> static_cast<int>(bit % 8);
        if (bit < prefix) {
            range[size + bit / 8] |= mark;
        } else if ((range[bit / 8] & mark) != std::byte{0}) {
            return Error(
                ErrorCode::invalid_argument,
                "expected no address bit behind the prefix length, saw '" + std::string(text) + "'"
            );
        }
    }
    return range;
}

Result<std::string> format_ip_range(ByteSpan octets) {
    const std::size_t size = octets.size() / 2;
    HG_TRY(const std::string address, format_ip(octets.first(size)));
    std::size_t prefix = 0;
    bool ended = octets.size() % 2 != 0;
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
        const bool set = (octets[size + bit / 8] & (std::byte{0x80} >> static_cast<int>(bit % 8))
                         ) != std::byte{0};
        if (set && ended) {
            return Error(
                ErrorCode::malformed, "expected a network mask without holes, saw another"
            );
        }
        ended = !set;
        prefix += set ? 1 : 0;
    }
    return address + "/" + std::to_string(prefix);
}

}  // namespace heliograph::pki
