// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/wheel_record.hpp>
#include <pki/base/encoding.hpp>
#include <verify/verdict/finding.hpp>

#include <array>
#include <charconv>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

Error bad_record(std::string message) {
    return {ErrorCode::malformed, std::move(message)};
}

// One field of a line; the separator behind it is left.
Result<std::string> take_field(std::string_view& rest) {
    if (!rest.starts_with('"')) {
        const std::size_t end = std::min(rest.find_first_of(",\r\n"), rest.size());
        std::string field(rest.substr(0, end));
        rest.remove_prefix(end);
        if (field.find('"') != std::string::npos) {
            return bad_record("expected quotes around whole fields of RECORD, saw one inside");
        }
        return field;
    }
    rest.remove_prefix(1);
    std::string field;
    while (true) {
        const std::size_t quote = rest.find('"');
        if (quote == std::string_view::npos) {
            return bad_record("expected the end of a quoted field of RECORD, saw none");
        }
        field += rest.substr(0, quote);
        rest.remove_prefix(quote + 1);
        if (!rest.starts_with('"')) {
            return field;
        }
        field += '"';
        rest.remove_prefix(1);
    }
}

Result<std::vector<std::string>> take_line(std::string_view& rest) {
    std::vector<std::string> fields;
    while (true) {
        HG_TRY(auto field, take_field(rest));
        fields.push_back(std::move(field));
        if (rest.starts_with(',') && fields.size() < 4) {
            rest.remove_prefix(1);
            continue;
        }
        if (rest.starts_with('\r')) {
            rest.remove_prefix(1);
        }
        if (!rest.empty() && !rest.starts_with('\n')) {
            return bad_record("expected lines of three fields in RECORD, saw another shape");
        }
        rest.remove_prefix(rest.empty() ? 0 : 1);
        return fields;
    }
}

Result<RecordLine> read_line(const std::vector<std::string>& fields) {
    RecordLine line;
    const std::string& digest = fields[1];
    if (!digest.empty()) {
        const std::size_t end = std::min(digest.find('='), digest.size());
        const auto algorithm = pki::digest_algorithm_of(std::string_view(digest).substr(0, end));
        if (!algorithm || end == digest.size()) {
            return bad_record(
                "expected digests of sha256, sha384, sha512, sha3 or blake2 in RECORD, saw '" +
                verify::printable(digest) + "'; build the wheel with a tool that writes them"
            );
        }
        HG_TRY(const auto raw, decode_base64url(std::string_view(digest).substr(end + 1)));
        HG_TRY(line.digest, pki::NamedDigest::from_bytes(*algorithm, raw));
    }
    const std::string& size = fields[2];
    if (!size.empty()) {
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), value);
        if (error != std::errc{} || end != size.data() + size.size()) {
            return bad_record("expected a size in RECORD, saw '" + verify::printable(size) + "'");
        }
        line.size_bytes = value;
    }
    return line;
}

// What need not have a digest: RECORD cannot hold its own, and a signature comes after it.
bool is_record_itself(std::string_view path, std::string_view record_path) {
    static constexpr std::array<std::string_view, 3> endings{"", ".jws", ".p7s"};
    for (const std::string_view ending : endings) {
        if (path.starts_with(record_path) && path.substr(record_path.size()) == ending) {
            return true;
        }
    }
    return false;
}

// `folder/` with nothing in it: installers write no file for such a line, and there is none.
bool is_folder_line(const std::string& path, const RecordLine& line, const WheelContent& content) {
    if (!path.ends_with('/') || line.size_bytes.value_or(0) != 0 ||
        (line.digest && *line.digest != pki::named_digest(line.digest->algorithm, {}))) {
        return false;
    }
    if (content.folders.contains(path.substr(0, path.size() - 1))) {
        return true;
    }
    const auto inside = content.files.lower_bound(path);
    return inside != content.files.end() && inside->first.starts_with(path);
}

Outcome check_member(
    const std::string& path, const MemberContent& content, const WheelRecord& record
) {
    const auto line = record.find(path);
    if (line == record.end() || !line->second.digest) {
        return bad_record(
            "expected RECORD to list '" + verify::printable(path) + "' with its digest, it does not"
        );
    }
    HG_ASSERT(content.digest.has_value());
    if (*line->second.digest != *content.digest) {
        return bad_record(
            "expected '" + verify::printable(path) + "' with " + line->second.digest->describe() +
            ", as RECORD says, saw " + content.digest->describe()
        );
    }
    if (line->second.size_bytes && *line->second.size_bytes != content.size_bytes) {
        return bad_record(
            "expected '" + verify::printable(path) + "' with " +
            std::to_string(*line->second.size_bytes) + " bytes, as RECORD says, saw " +
            std::to_string(content.size_bytes)
        );
    }
    return {};
}

}  // namespace

Result<WheelRecord> parse_wheel_record(std::string_view text) {
    if (text.size() > record_limit_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected RECORD of at most " + std::to_string(record_limit_bytes) + " bytes, saw " +
                std::to_string(text.size())
        );
    }
    WheelRecord record;
    while (!text.empty()) {
        HG_TRY(const auto fields, take_line(text));
        if (fields.size() == 1 && fields.front().empty()) {
            continue;
        }
        if (fields.size() != 3 || fields.front().empty()) {
            return bad_record("expected lines of three fields in RECORD, saw another shape");
        }
        HG_TRY(const auto line, read_line(fields));
        if (!record.emplace(fields.front(), line).second) {
            return bad_record(
                "expected every path once in RECORD, saw '" + verify::printable(fields.front()) +
                "' twice"
            );
        }
    }
    return record;
}

Outcome check_wheel_record(
    const WheelRecord& record, const std::string& record_path, const WheelContent& content
) {
    for (const auto& [path, member] : content.files) {
        if (!is_record_itself(path, record_path)) {
            HG_CHECK(check_member(path, member, record));
        }
    }
    for (const auto& [path, line] : record) {
        if (!content.files.contains(path) && !is_folder_line(path, line, content)) {
            return bad_record(
                "expected the wheel to hold '" + verify::printable(path) +
                "', which RECORD lists, it does not"
            );
        }
    }
    return {};
}

}  // namespace heliograph::mirror
