// SPDX-License-Identifier: Apache-2.0
#include <mirror/discovery/kept_list.hpp>
#include <pki/base/encoding.hpp>
#include <pki/base/json.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::string_view kept_list_format = "heliograph-kept-list-1";
constexpr JsonLimits kept_json{.text_bytes = kept_list_bytes, .depth = 2, .values = 64};
constexpr std::size_t source_limit = 8192;
constexpr std::size_t etag_limit = 1024;

Error kept_list_damaged(const std::string& expected) {
    return {ErrorCode::malformed, "expected " + expected + " in the list of mirrors that was kept"};
}

Result<Bytes> take_part(const JsonValue& value, std::string_view name, std::uint64_t most_bytes) {
    HG_TRY(const auto text, value.text_member(name));
    HG_TRY(auto bytes, decode_base64(text));
    if (bytes.size() > most_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected at most " + std::to_string(most_bytes) + " bytes of '" + std::string(name) +
                "' in the list of mirrors that was kept"
        );
    }
    return bytes;
}

Result<std::string> take_text(const JsonValue& value, std::string_view name, std::size_t most) {
    HG_TRY(auto text, value.text_member(name));
    if (text.size() > most) {
        return kept_list_damaged("a shorter '" + std::string(name) + "'");
    }
    return text;
}

Result<SignedList> take_list(const JsonValue& value) {
    SignedList list;
    HG_TRY(list.source, take_text(value, "source", source_limit));
    HG_TRY(list.document, take_part(value, "list", verify::mirrors_document_bytes));
    HG_TRY(list.signature, take_part(value, "signature", verify::limits::signature_bytes));
    HG_TRY(list.chain_pem, take_part(value, "chain", verify::limits::server_key_bytes));
    const auto* lists = value.find("revocation");
    if (lists == nullptr) {
        return kept_list_damaged("'revocation'");
    }
    if (!lists->is_null()) {
        HG_TRY(
            list.revocation_pem, take_part(value, "revocation", verify::limits::revocation_bytes)
        );
    }
    return list;
}

std::string base64_of(const std::optional<Bytes>& bytes) {
    return encode_base64(bytes ? ByteSpan(*bytes) : ByteSpan());
}

}  // namespace

bool may_be_kept(std::string_view etag) {
    return etag.size() <= etag_limit &&
           std::all_of(etag.begin(), etag.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

verify::SeenMirrors KeptList::seen() const {
    return {serial, pki::sha256(list.document)};
}

Result<KeptList> parse_kept_list(std::string_view text) {
    HG_TRY(const auto value, parse_json(text, kept_json));
    HG_TRY(const auto format, value.text_member("format"));
    if (format != kept_list_format) {
        return Error(
            ErrorCode::unsupported,
            "expected a kept list of mirrors of format " + std::string(kept_list_format) +
                ", saw another"
        );
    }
    KeptList kept;
    HG_TRY(kept.list, take_list(value));
    HG_TRY(kept.etag, take_text(value, "etag", etag_limit));
    HG_TRY(const auto confirmed, value.text_member("confirmed"));
    HG_TRY(kept.confirmed, parse_rfc3339(confirmed));
    HG_TRY(const auto serial, value.integer_member("serial"));
    if (serial < 1) {
        return kept_list_damaged("a serial of 1 or more");
    }
    kept.serial = static_cast<std::uint64_t>(serial);
    return kept;
}

std::string render_kept_list(const KeptList& kept) {
    const auto& lists = kept.list.revocation_pem;
    return render_json(
               JsonObject{
                   {"format", kept_list_format},
                   {"source", kept.list.source},
                   {"etag", kept.etag},
                   {"confirmed", format_rfc3339(kept.confirmed)},
                   {"serial", kept.serial},
                   {"list", encode_base64(kept.list.document)},
                   {"signature", base64_of(kept.list.signature)},
                   {"chain", base64_of(kept.list.chain_pem)},
                   {"revocation", lists ? JsonValue(base64_of(lists)) : JsonValue()}},
               JsonLayout::indented
           ) +
           "\n";
}

}  // namespace heliograph::mirror
