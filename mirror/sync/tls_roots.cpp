// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/tls_roots.hpp>
#include <pki/base/file.hpp>

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::uint64_t roots_file_bytes = 1024 * 1024;
constexpr std::size_t most_roots = 512;
constexpr std::string_view pem_begin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view pem_end = "-----END CERTIFICATE-----";

// Debian and its kin; Red Hat and its kin; Alpine and the BSDs.
constexpr std::array<const char*, 3> system_bundles{
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"};

std::filesystem::path system_bundle() {
    if (const char* named = std::getenv("SSL_CERT_FILE"); named != nullptr && *named != '\0') {
        return named;
    }
    std::error_code ignored;
    for (const char* const place : system_bundles) {
        if (std::filesystem::exists(place, ignored)) {
            return place;
        }
    }
    return system_bundles.front();
}

Error no_roots(const std::filesystem::path& file) {
    return {
        ErrorCode::malformed,
        "expected PEM certificates of authorities in " + file.string() +
            ", saw none; name others when the mirror is made, with --ca"};
}

}  // namespace

Result<std::vector<pki::Certificate>> read_tls_roots(const std::filesystem::path& file) {
    HG_TRY(const auto text, read_file(file, roots_file_bytes));
    auto roots = pki::Certificate::parse_pem_list(text_of(text), most_roots);
    if (!roots) {
        return std::move(roots).error().at(file.string());
    }
    return roots->empty() ? Result<std::vector<pki::Certificate>>(no_roots(file))
                          : std::move(roots);
}

Result<std::vector<pki::Certificate>> read_system_roots() {
    const auto file = system_bundle();
    HG_TRY(const auto bytes, read_file(file, roots_file_bytes));
    std::string_view text = text_of(bytes);
    std::vector<pki::Certificate> roots;
    for (auto begin = text.find(pem_begin);
         begin != std::string_view::npos && roots.size() < most_roots;
         begin = text.find(pem_begin)) {
        text.remove_prefix(begin);
        const auto end = text.find(pem_end);
        if (end == std::string_view::npos) {
            break;
        }
        auto root = pki::Certificate::parse_pem(text.substr(0, end + pem_end.size()));
        text.remove_prefix(end);
        if (root) {
            roots.push_back(*std::move(root));
        }
    }
    if (roots.empty()) {
        return no_roots(file);
    }
    return roots;
}

}  // namespace heliograph::mirror
