// SPDX-License-Identifier: Apache-2.0
#include <verify/index/page_canonical.hpp>
#include <verify/index/page_text.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace heliograph::verify {

namespace {

constexpr std::size_t hex_digits = 64;

// Gives none, or stands still, at the first byte that our own writer would not have put there.
class CanonicalScanner {
  public:
    explicit CanonicalScanner(std::string_view text) : m_rest(text) {}

    [[nodiscard]] bool at_end() const { return m_rest.empty(); }
    [[nodiscard]] std::size_t left() const { return m_rest.size(); }

    bool take(std::string_view literal) {
        if (!m_rest.starts_with(literal)) {
            return false;
        }
        m_rest.remove_prefix(literal.size());
        return true;
    }

    std::optional<std::string_view> take_exactly(std::size_t size) {
        if (m_rest.size() < size) {
            return std::nullopt;
        }
        const auto part = m_rest.substr(0, size);
        m_rest.remove_prefix(size);
        return part;
    }

    // The rest of a text up to its closing quote, which is taken too; a text with escapes is none.
    std::optional<std::string_view> take_text() {
        const std::size_t quote = m_rest.find('"');
        if (quote == std::string_view::npos) {
            return std::nullopt;
        }
        const auto text = m_rest.substr(0, quote);
        if (text.find('\\') != std::string_view::npos) {
            return std::nullopt;
        }
        m_rest.remove_prefix(quote + 1);
        return text;
    }

    // A number as JSON has it: no sign, no leading zero, at most 16 digits.
    std::optional<std::uint64_t> take_number() {
        std::uint64_t value = 0;
        std::size_t size = 0;
        while (size < m_rest.size() && m_rest[size] >= '0' && m_rest[size] <= '9') {
            value = value * 10 + static_cast<std::uint64_t>(m_rest[size] - '0');
            if (++size > 16) {
                return std::nullopt;
            }
        }
        if (size == 0 || (size > 1 && m_rest.front() == '0')) {
            return std::nullopt;
        }
        m_rest.remove_prefix(size);
        return value;
    }

    std::optional<pki::Sha256> take_digest() {
        const auto hex = take_exactly(hex_digits);
        if (!hex) {
            return std::nullopt;
        }
        const auto digest = pki::Sha256::parse_hex(*hex);
        return digest ? std::optional(*digest) : std::nullopt;
    }

  private:
    std::string_view m_rest;
};

std::optional<std::string> free_text(std::optional<std::string_view> text, std::size_t limit) {
    if (!text || text->size() > limit) {
        return std::nullopt;
    }
    return std::string(*text);
}

// The members that a file may lack. @return false when one is there in another writing.
bool read_optional_members(CanonicalScanner& scanner, PageFile& file) {
    if (scanner.take(",\"size\":")) {
        file.size_bytes = scanner.take_number();
        if (!file.size_bytes) {
            return false;
        }
    }
    if (scanner.take(",\"upload-time\":\"")) {
        const auto text = scanner.take_text();
        if (!text) {
            return false;
        }
        const auto time = parse_rfc3339(*text);
        // A fraction, which the general way drops, is not in our writing.
        if (!time || text->size() != 20) {
            return false;
        }
        file.upload_time = *time;
    }
    if (scanner.take(",\"requires-python\":\"")) {
        file.requires_python = free_text(scanner.take_text(), limits::specifier_chars);
        if (!file.requires_python) {
            return false;
        }
    }
    return true;
}

bool read_marks(CanonicalScanner& scanner, PageFile& file) {
    if (scanner.take(",\"yanked\":\"")) {
        file.yanked = free_text(scanner.take_text(), limits::yank_reason_bytes);
        if (!file.yanked) {
            return false;
        }
    } else if (scanner.take(",\"yanked\":true")) {
        file.yanked = "";
    } else if (!scanner.take(",\"yanked\":false")) {
        return false;
    }
    if (scanner.take(",\"core-metadata\":{\"sha256\":\"")) {
        file.core_metadata = scanner.take_digest();
        if (!file.core_metadata || !scanner.take("\"}")) {
            return false;
        }
    }
    if (scanner.take(",\"provenance\":\"")) {
        const auto text = scanner.take_text();
        if (!text || text->size() < hex_digits) {
            return false;
        }
        const auto digest = pki::Sha256::parse_hex(text->substr(text->size() - hex_digits));
        if (!digest) {
            return false;
        }
        file.provenance = *digest;
        std::string expected;
        page_text::append_provenance(expected, file);
        return expected == *text;
    }
    return true;
}

// `aa/bb/rest/name","hashes":{"sha256":"<hex>"}`, where the place and the digest say the same.
std::optional<pki::Sha256> read_place(CanonicalScanner& scanner, std::string_view name) {
    const auto place = scanner.take_exactly(hex_digits + 3);
    if (!place || (*place)[2] != '/' || (*place)[5] != '/' || place->back() != '/' ||
        !scanner.take(name) || !scanner.take("\",\"hashes\":{\"sha256\":\"")) {
        return std::nullopt;
    }
    const auto hex = scanner.take_exactly(hex_digits);
    if (!hex || hex->substr(0, 2) != place->substr(0, 2) ||
        hex->substr(2, 2) != place->substr(3, 2) || hex->substr(4) != place->substr(6, 60) ||
        !scanner.take("\"}")) {
        return std::nullopt;
    }
    const auto digest = pki::Sha256::parse_hex(*hex);
    return digest ? std::optional(*digest) : std::nullopt;
}

std::optional<PageFile> read_file(CanonicalScanner& scanner, const ProjectName& project) {
    if (!scanner.take("{\"filename\":\"")) {
        return std::nullopt;
    }
    const auto text = scanner.take_text();
    if (!text || !scanner.take(",\"url\":\"../../packages/")) {
        return std::nullopt;
    }
    const auto digest = read_place(scanner, *text);
    auto name = parse_dist_file_name(*text);
    if (!digest || !name || name->project() != project) {
        return std::nullopt;
    }
    PageFile file{
        .name = *std::move(name),
        .sha256 = *digest,
        .size_bytes = std::nullopt,
        .upload_time = std::nullopt,
        .requires_python = std::nullopt,
        .yanked = std::nullopt,
        .core_metadata = std::nullopt};
    if (!read_optional_members(scanner, file) || !read_marks(scanner, file) || !scanner.take("}")) {
        return std::nullopt;
    }
    return file;
}

std::optional<StatusMark> read_mark(CanonicalScanner& scanner) {
    if (!scanner.take(",\"project-status\":{\"status\":\"")) {
        return std::nullopt;
    }
    const auto status = scanner.take_text();
    std::optional<std::string> reason;
    if (scanner.take(",\"reason\":\"")) {
        reason = free_text(scanner.take_text(), limits::status_reason_bytes);
        if (!reason) {
            return std::nullopt;
        }
    }
    if (!status || !scanner.take("}")) {
        return std::nullopt;
    }
    const auto mark = page_text::make_status_mark(std::string(*status), reason);
    return mark ? std::optional(*mark) : std::nullopt;
}

bool pass_over_versions(CanonicalScanner& scanner) {
    if (!scanner.take(",\"versions\":[")) {
        return false;
    }
    if (scanner.take("]")) {
        return true;
    }
    do {
        if (!scanner.take("\"") || !scanner.take_text()) {
            return false;
        }
    } while (scanner.take(","));
    return scanner.take("]");
}

bool read_files(CanonicalScanner& scanner, ProjectPage& page) {
    if (!scanner.take(",\"files\":[")) {
        return false;
    }
    if (scanner.take("]")) {
        return true;
    }
    // A wheel's object has some 450 bytes. What is taken by guess is at most half as much again as
    // the page, whatever its text says.
    static_assert(sizeof(PageFile) <= 600);
    page.files.reserve(std::min(scanner.left() / 400, limits::page_files));
    do {
        auto file = read_file(scanner, page.name);
        if (!file || page.files.size() == limits::page_files) {
            return false;
        }
        page.files.push_back(*std::move(file));
    } while (scanner.take(","));
    return scanner.take("]");
}

}  // namespace

std::optional<ProjectPage> read_canonical_page(std::string_view text) {
    // Our writer escapes what is not plain ASCII; whoever writes it otherwise goes the general way.
    const bool plain =
        text.size() <= limits::page_bytes &&
        std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
    CanonicalScanner scanner(text);
    if (!plain || !scanner.take("{\"meta\":{\"api-version\":\"1.4\",\"_last-serial\":")) {
        return std::nullopt;
    }
    const auto serial = scanner.take_number();
    if (!serial || Serial{*serial} > max_serial || !scanner.take("},\"name\":\"")) {
        return std::nullopt;
    }
    const auto spelling = scanner.take_text();
    if (!spelling) {
        return std::nullopt;
    }
    auto name = parse_normalised_name(*spelling);
    auto mark = read_mark(scanner);
    if (!name || !mark || !pass_over_versions(scanner)) {
        return std::nullopt;
    }
    ProjectPage page{
        .name = *std::move(name), .serial = Serial{*serial}, .files = {}, .mark = *std::move(mark)};
    if (!read_files(scanner, page) || !scanner.take("}") || !scanner.at_end() ||
        !page_text::sort_files(page.files) || !page_text::check_offer(page)) {
        return std::nullopt;
    }
    return page;
}

}  // namespace heliograph::verify
