// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/crypto/pem.hpp>

#include <algorithm>
#include <array>

namespace heliograph::pki {

namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view dashes = "-----";
constexpr std::size_t longest_label = 64;

bool is_label(std::string_view label) {
    return !label.empty() && label.size() <= longest_label &&
           std::all_of(label.begin(), label.end(), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ';
           });
}

// Where a mark stands at the beginning of a line.
std::size_t find_line(std::string_view text, std::string_view mark) {
    for (std::size_t from = 0;;) {
        const std::size_t at = text.find(mark, from);
        if (at == std::string_view::npos || at == 0 || text[at - 1] == '\n') {
            return at;
        }
        from = at + 1;
    }
}

std::size_t pem_size(std::string_view label, std::size_t der_bytes_count) {
    const std::size_t digits = (der_bytes_count + 2) / 3 * 4;
    constexpr std::size_t marks = std::string_view("-----BEGIN -----\n-----END -----\n").size();
    return marks + 2 * label.size() + digits + (digits + 63) / 64;
}

// Into memory that the caller wipes or does not need to: no copy of a key stays anywhere.
void write_pem(std::string_view label, ByteSpan der, std::span<std::byte> target) {
    auto* cursor = reinterpret_cast<char*>(target.data());
    const auto put = [&cursor](std::string_view text) {
        cursor = std::copy(text.begin(), text.end(), cursor);
    };
    put("-----BEGIN ");
    put(label);
    put("-----\n");
    constexpr std::size_t line_bytes = 48;
    std::array<unsigned char, 65> line{};
    for (std::size_t at = 0; at < der.size(); at += line_bytes) {
        const std::size_t size = std::min(line_bytes, der.size() - at);
        const int digits =
            EVP_EncodeBlock(line.data(), openssl_bytes(der) + at, static_cast<int>(size));
        put({reinterpret_cast<const char*>(line.data()), static_cast<std::size_t>(digits)});
        put("\n");
    }
    OPENSSL_cleanse(line.data(), line.size());
    put("-----END ");
    put(label);
    put("-----\n");
    HG_ASSERT(reinterpret_cast<std::byte*>(cursor) == target.data() + target.size());
}

}  // namespace

Result<std::optional<PemBlock>> PemReader::next() {
    const std::size_t begin = find_line(m_rest, begin_mark);
    if (begin == std::string_view::npos) {
        m_rest = {};
        return std::optional<PemBlock>();
    }
    m_rest.remove_prefix(begin + begin_mark.size());
    const std::size_t line_end = std::min(m_rest.find('\n'), m_rest.size());
    std::string_view line = m_rest.substr(0, line_end);
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    const bool closed = line.ends_with(dashes);
    const std::string_view label = closed ? line.substr(0, line.size() - dashes.size()) : "";
    if (!is_label(label)) {
        return Error(
            ErrorCode::malformed, "expected a PEM block to begin with a label, saw something else"
        );
    }
    m_rest.remove_prefix(std::min(line_end + 1, m_rest.size()));
    const std::string end_mark = "-----END " + std::string(label) + "-----";
    const std::size_t end = find_line(m_rest, end_mark);
    if (end == std::string_view::npos) {
        return Error(
            ErrorCode::malformed,
            "expected the end of the PEM block " + std::string(label) + ", saw the end of the text"
        );
    }
    const PemBlock block{label, m_rest.substr(0, end)};
    m_rest.remove_prefix(end + end_mark.size());
    return std::optional(block);
}

bool PemBlock::is_encrypted_by_headers() const {
    // No base64 looks like either.
    return body.find("Proc-Type:") != std::string_view::npos ||
           body.find("DEK-Info:") != std::string_view::npos;
}

Result<Bytes> PemBlock::decode() const {
    std::string joined;
    joined.reserve(body.size());
    for (const char c : body) {
        if (c != '\n' && c != '\r') {
            joined.push_back(c);
        }
    }
    auto decoded = decode_base64(joined);
    // The block may hold a private key.
    OPENSSL_cleanse(joined.data(), joined.size());
    if (!decoded) {
        return Error(
            ErrorCode::malformed,
            "expected plain base64 in the PEM block " + std::string(label) +
                ", saw something else (an encrypted or damaged file?)"
        );
    }
    return decoded;
}

std::string render_pem(std::string_view label, ByteSpan der) {
    std::string pem(pem_size(label, der.size()), '\0');
    write_pem(label, der, std::as_writable_bytes(std::span(pem)));
    return pem;
}

SecretBytes render_secret_pem(std::string_view label, ByteSpan der) {
    SecretBytes pem(pem_size(label, der.size()));
    write_pem(label, der, pem.writable());
    return pem;
}

}  // namespace heliograph::pki
