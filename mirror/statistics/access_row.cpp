// SPDX-License-Identifier: Apache-2.0
#include <mirror/statistics/access_row.hpp>
#include <mirror/statistics/agent_name.hpp>
#include <verify/index/project_name.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace heliograph::mirror {

namespace {

constexpr std::size_t columns = 4;
constexpr std::size_t field_bytes = 4096;

Error bad_row(std::size_t line, std::string_view expected, std::string_view seen) {
    return {
        ErrorCode::malformed,
        "expected " + std::string(expected) + " in line " + std::to_string(line) + ", saw '" +
            verify::printable(seen) + "'"};
}

bool needs_quotes(std::string_view field) {
    return field.find_first_of(",\"\r\n") != std::string_view::npos;
}

std::string quoted(std::string_view field) {
    std::string text = "\"";
    for (const char letter : field) {
        text += letter;
        if (letter == '"') {
            text += '"';
        }
    }
    return text + '"';
}

std::string as_field(std::string_view field) {
    return needs_quotes(field) ? quoted(field) : std::string(field);
}

bool is_base_name(std::string_view name) {
    return !name.empty() && name.size() <= verify::limits::file_name_bytes &&
           std::all_of(name.begin(), name.end(), [](char letter) {
               return letter >= ' ' && letter <= '~' && letter != '/' && letter != '\\';
           });
}

// Line by line; quoted fields stay on their line.
class CsvReader {
  public:
    explicit CsvReader(std::string_view text) : m_rest(text) {}

    [[nodiscard]] bool at_end() const { return m_rest.empty(); }
    [[nodiscard]] std::size_t line() const { return m_line; }

    Result<std::array<std::string, columns>> row() {
        ++m_line;
        std::array<std::string, columns> fields;
        for (std::size_t column = 0; column < columns; ++column) {
            HG_TRY(fields[column], field());
            const bool last = column + 1 == columns;
            if (!take(last ? '\n' : ',') && !(last && (take_crlf() || at_end()))) {
                return bad_row(m_line, "four fields", m_rest.substr(0, m_rest.find('\n')));
            }
        }
        return fields;
    }

  private:
    bool take(char wanted) {
        if (m_rest.empty() || m_rest.front() != wanted) {
            return false;
        }
        m_rest.remove_prefix(1);
        return true;
    }
    bool take_crlf() {
        if (!m_rest.starts_with("\r\n")) {
            return false;
        }
        m_rest.remove_prefix(2);
        return true;
    }

    Result<std::string> field() {
        if (!take('"')) {
            const auto text = m_rest.substr(0, m_rest.find_first_of(",\r\n"));
            m_rest.remove_prefix(text.size());
            return text.size() <= field_bytes ? Result<std::string>(std::string(text))
                                              : bad_row(m_line, "a shorter field", text);
        }
        std::string text;
        while (text.size() <= field_bytes) {
            const auto run = m_rest.substr(0, m_rest.find_first_of("\"\r\n"));
            text += run;
            m_rest.remove_prefix(run.size());
            if (!take('"')) {
                break;
            }
            if (!take('"')) {
                return text;
            }
            text += '"';
        }
        return bad_row(m_line, "a quoted field that ends", text);
    }

    std::string_view m_rest;
    std::size_t m_line = 0;
};

Result<std::uint64_t> parse_count(std::string_view text, std::size_t line) {
    std::uint64_t count = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() ||
        count > statistics_limits::count) {
        return bad_row(line, "a count", text);
    }
    return count;
}

}  // namespace

std::uint64_t add_counts(std::uint64_t left, std::uint64_t right) {
    return left > statistics_limits::count - std::min(right, statistics_limits::count)
               ? statistics_limits::count
               : left + right;
}

std::string_view access_header() {
    return "# package,filename,useragent,count\n";
}

std::string render_access_row(const AccessKey& key, std::uint64_t count) {
    return as_field(key.package) + "," + as_field(key.filename) + "," + as_field(key.agent) + "," +
           std::to_string(count) + "\n";
}

Outcome for_each_access(std::string_view text, const AccessVisitor& visitor) {
    if (text.size() > statistics_limits::text_bytes) {
        return Error(ErrorCode::too_large, "expected statistics of one day, saw far more");
    }
    CsvReader reader(text);
    while (!reader.at_end()) {
        HG_TRY(auto fields, reader.row());
        if (reader.line() == 1 && fields[0].starts_with('#')) {
            continue;
        }
        const auto project = verify::parse_project_name(fields[0]);
        if (!project) {
            return bad_row(reader.line(), "the name of a project", fields[0]);
        }
        if (!is_base_name(fields[1])) {
            return bad_row(reader.line(), "the name of a file", fields[1]);
        }
        HG_TRY(const auto count, parse_count(fields[3], reader.line()));
        HG_CHECK(visitor(
            {.package = project->text(),
             .filename = std::move(fields[1]),
             .agent = std::string(agent_name(fields[2]))},
            count
        ));
    }
    return {};
}

Result<AccessTable> parse_access_table(std::string_view text) {
    AccessTable table;
    HG_CHECK(for_each_access(text, [&table](AccessKey key, std::uint64_t count) -> Outcome {
        auto& sum = table[std::move(key)];
        sum = add_counts(sum, count);
        return table.size() <= statistics_limits::rows
                   ? Outcome()
                   : Error(
                         ErrorCode::too_large, "expected fewer rows in the statistics of one day"
                     );
    }));
    return table;
}

std::string render_access_table(const AccessTable& table) {
    std::string text(access_header());
    for (const auto& [key, count] : table) {
        text += render_access_row(key, count);
    }
    return text;
}

}  // namespace heliograph::mirror
