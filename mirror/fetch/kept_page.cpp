// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/kept_page.hpp>
#include <pki/base/json.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace limits = verify::limits;

constexpr std::string_view kept_page_format = "heliograph-kept-page-1";
constexpr std::size_t kept_head_bytes = 4096;

void append_part(Bytes& to, ByteSpan part) {
    to.insert(to.end(), part.begin(), part.end());
}

Error kept_damaged(const std::string& expected) {
    return {ErrorCode::malformed, "expected " + expected + " in a page that was kept"};
}

/// What is left of the body while its parts are taken.
class KeptParts {
  public:
    explicit KeptParts(ByteSpan body) : m_rest(body) {}

    Result<Bytes> take(const JsonValue& head, std::string_view name, std::uint64_t most_bytes) {
        HG_TRY(const auto stated, head.integer_member(name));
        if (stated < 0) {
            return kept_damaged("the length of its " + std::string(name));
        }
        const auto length = static_cast<std::uint64_t>(stated);
        if (length > most_bytes) {
            return Error(
                ErrorCode::too_large,
                "expected at most " + std::to_string(most_bytes) + " bytes of " +
                    std::string(name) + " in a page that was kept"
            );
        }
        if (length > m_rest.size()) {
            return kept_damaged("all bytes of its " + std::string(name));
        }
        const auto part = m_rest.first(static_cast<std::size_t>(length));
        m_rest = m_rest.subspan(part.size());
        return Bytes(part.begin(), part.end());
    }

    [[nodiscard]] bool empty() const { return m_rest.empty(); }

  private:
    ByteSpan m_rest;
};

}  // namespace

Bytes render_kept_page(const KeptPage& kept) {
    Bytes body = kept.page;
    append_part(body, kept.signature);
    append_part(body, kept.chain_pem);
    if (kept.revocation_pem) {
        append_part(body, *kept.revocation_pem);
    }
    const auto lists = kept.revocation_pem ? JsonValue(kept.revocation_pem->size()) : JsonValue();
    const auto head = render_json(JsonObject{
        {"format", kept_page_format},
        {"source", kept.source},
        {"serial", kept.serial.value},
        {"page", kept.page.size()},
        {"signature", kept.signature.size()},
        {"chain", kept.chain_pem.size()},
        {"lists", lists},
        {"sha256", pki::sha256(body).to_hex()}});
    Bytes document = to_bytes(head + "\n");
    append_part(document, body);
    return document;
}

Result<KeptPage> parse_kept_page(ByteSpan bytes) {
    const auto start = text_of(bytes.first(std::min(bytes.size(), kept_head_bytes)));
    const auto end = start.find('\n');
    if (end == std::string_view::npos) {
        return kept_damaged("a first line of at most 4096 bytes");
    }
    HG_TRY(const auto head, parse_json(start.substr(0, end), {.text_bytes = kept_head_bytes}));
    HG_TRY(const auto format, head.text_member("format"));
    if (format != kept_page_format) {
        return Error(ErrorCode::unsupported, "expected a page that this release kept");
    }
    const auto body = bytes.subspan(end + 1);
    HG_TRY(const auto digest, head.text_member("sha256"));
    if (digest != pki::sha256(body).to_hex()) {
        return kept_damaged("the bytes that were put there");
    }
    KeptPage kept;
    HG_TRY(kept.source, head.text_member("source"));
    HG_TRY(const auto serial, head.integer_member("serial"));
    if (serial < 0) {
        return kept_damaged("the serial of the page");
    }
    kept.serial.value = static_cast<std::uint64_t>(serial);
    KeptParts parts(body);
    HG_TRY(kept.page, parts.take(head, "page", limits::page_bytes));
    HG_TRY(kept.signature, parts.take(head, "signature", limits::signature_bytes));
    HG_TRY(kept.chain_pem, parts.take(head, "chain", limits::server_key_bytes));
    const auto* const lists = head.find("lists");
    if (lists != nullptr && !lists->is_null()) {
        HG_TRY(kept.revocation_pem, parts.take(head, "lists", limits::revocation_bytes));
    }
    if (!parts.empty()) {
        return kept_damaged("nothing behind its parts");
    }
    return kept;
}

}  // namespace heliograph::mirror
