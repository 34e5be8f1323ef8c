// SPDX-License-Identifier: Apache-2.0
// The part of lint.hpp that tells documents apart, by their first values and even where the rest is
// missing: lengths are not believed.
#include <pki/lint/lint.hpp>
#include <pki/x509/der_reader.hpp>

namespace heliograph::pki {

namespace {

// Behind an identifier and its length; nothing where these are cut off.
ByteSpan behind_header(ByteSpan bytes) {
    if (bytes.size() < 2) {
        return {};
    }
    const auto first = std::to_integer<unsigned>(bytes[1]);
    const std::size_t header = first < 0x80U ? 2 : 2 + (first & 0x7fU);
    return bytes.size() < header ? ByteSpan() : bytes.subspan(header);
}

bool begins_with(ByteSpan bytes, std::uint8_t tag) {
    return !bytes.empty() && std::to_integer<std::uint8_t>(bytes[0]) == tag;
}

std::optional<unsigned> small_number_at(ByteSpan bytes) {
    const bool is_small =
        begins_with(bytes, der_tag::integer) && bytes.size() > 2 && bytes[1] == std::byte{1};
    return is_small ? std::optional(std::to_integer<unsigned>(bytes[2])) : std::nullopt;
}

// An object identifier begins an algorithm; a name begins with a SET.
bool is_algorithm_at(ByteSpan bytes) {
    return begins_with(bytes, der_tag::sequence) &&
           begins_with(behind_header(bytes), der_tag::object_id);
}

}  // namespace

std::string_view lint_kind_name(LintKind kind) {
    switch (kind) {
        case LintKind::revocation_list:
            return "revocation list";
        case LintKind::request:
            return "request";
        case LintKind::ocsp_response:
            return "OCSP response";
        case LintKind::certificate:
            break;
    }
    return "certificate";
}

// Certificate:      { { [0] version, ...    or { serial number, algorithm, ...
// revocation list:  { { 1, algorithm, ...   or { algorithm, ...
// request:          { { 0, subject, ...
// OCSP response:    { ENUMERATED ...
LintKind recognise_document(ByteSpan der) {
    const ByteSpan document = behind_header(der);
    if (begins_with(document, der_tag::enumerated)) {
        return LintKind::ocsp_response;
    }
    const ByteSpan content = behind_header(document);
    if (is_algorithm_at(content)) {
        return LintKind::revocation_list;
    }
    const auto number = small_number_at(content);
    constexpr std::size_t number_octets = 3;
    if (number && *number == 1 && is_algorithm_at(content.subspan(number_octets))) {
        return LintKind::revocation_list;
    }
    if (number && *number == 0 && begins_with(content.subspan(number_octets), der_tag::sequence) &&
        !is_algorithm_at(content.subspan(number_octets))) {
        return LintKind::request;
    }
    return LintKind::certificate;
}

LintReport lint_document(ByteSpan der, LintKind kind, RuleSet rules) {
    switch (kind) {
        case LintKind::revocation_list:
            return lint_revocation_list(der, rules);
        case LintKind::request:
            return lint_request(der, rules);
        case LintKind::ocsp_response:
            return lint_ocsp_response(der, rules);
        case LintKind::certificate:
            break;
    }
    return lint_certificate(der, rules);
}

}  // namespace heliograph::pki
