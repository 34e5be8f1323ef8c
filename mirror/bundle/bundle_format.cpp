// SPDX-License-Identifier: Apache-2.0
#include <mirror/bundle/bundle_format.hpp>
#include <pki/base/json.hpp>
#include <verify/verdict/finding.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

constexpr std::string_view manifest_format = "heliograph-bundle-1";
constexpr std::string_view seal_format = "heliograph-bundle-end-1";

JsonLimits document_limits() {
    return {.text_bytes = bundle_limits::document_bytes, .depth = 2, .values = 64};
}

Result<JsonValue> read_document(std::string_view text, std::string_view format) {
    HG_TRY(auto document, parse_json(text, document_limits()));
    HG_TRY(const auto seen, document.text_member("format"));
    if (seen != format) {
        return Error(
            ErrorCode::unsupported,
            "expected a document of format " + std::string(format) + ", saw '" +
                verify::printable(seen) + "'"
        );
    }
    return document;
}

Result<verify::Serial> serial_member(const JsonValue& document, std::string_view name) {
    HG_TRY(const auto number, document.integer_member(name));
    if (number < 0 || static_cast<std::uint64_t>(number) > verify::max_serial.value) {
        return Error(
            ErrorCode::malformed,
            "expected " + std::string(name) + " to be a serial, saw " + std::to_string(number)
        );
    }
    return verify::Serial{static_cast<std::uint64_t>(number)};
}

}  // namespace

std::string render_bundle_manifest(const BundleManifest& manifest) {
    return render_json(JsonObject{
        {"format", manifest_format},
        {"since", manifest.since.value},
        {"to", manifest.to.value},
        {"checkpoint", manifest.checkpoint.value},
        {"made", format_rfc3339(manifest.made)}});
}

std::string render_bundle_seal(const BundleSeal& seal) {
    return render_json(JsonObject{
        {"format", seal_format}, {"entries", seal.entries}, {"listing", seal.listing.to_hex()}});
}

Result<BundleManifest> parse_bundle_manifest(std::string_view text) {
    HG_TRY(const auto document, read_document(text, manifest_format));
    BundleManifest manifest;
    HG_TRY(manifest.since, serial_member(document, "since"));
    HG_TRY(manifest.to, serial_member(document, "to"));
    HG_TRY(manifest.checkpoint, serial_member(document, "checkpoint"));
    HG_TRY(const auto made, document.text_member("made"));
    HG_TRY(manifest.made, parse_rfc3339(made));
    if (manifest.to < std::max(manifest.since, manifest.checkpoint)) {
        return Error(
            ErrorCode::malformed,
            "expected a bundle to end at or above its beginning and its checkpoint, it is from " +
                std::to_string(manifest.since.value) + " to " + std::to_string(manifest.to.value) +
                " with checkpoint " + std::to_string(manifest.checkpoint.value)
        );
    }
    return manifest;
}

Result<BundleSeal> parse_bundle_seal(std::string_view text) {
    HG_TRY(const auto document, read_document(text, seal_format));
    HG_TRY(const auto entries, document.integer_member("entries"));
    if (entries < 0) {
        return Error(ErrorCode::malformed, "expected a number of entries, saw one below zero");
    }
    HG_TRY(const auto listing, document.text_member("listing"));
    HG_TRY(const auto digest, pki::Sha256::parse_hex(listing));
    return BundleSeal{.entries = static_cast<std::uint64_t>(entries), .listing = digest};
}

void BundleListing::add(
    std::string_view name, std::uint64_t size_bytes, const pki::Sha256& content
) {
    const std::string line =
        std::string(name) + " " + std::to_string(size_bytes) + " " + content.to_hex() + "\n";
    m_hasher.update(bytes_of(line));
    ++m_entries;
}

BundleSeal BundleListing::seal() {
    return {.entries = m_entries, .listing = m_hasher.finish()};
}

}  // namespace heliograph::mirror
