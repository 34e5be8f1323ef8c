// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/scrub_note.hpp>
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <verify/index/project_name.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::string_view note_format = "heliograph-scrub-1";
constexpr std::uint64_t note_limit_bytes = 64 * 1024;

Result<Instant> instant_member(const JsonValue& document, std::string_view name) {
    HG_TRY(const auto text, document.text_member(name));
    return parse_rfc3339(text);
}

Result<std::uint64_t> count_member(const JsonValue& document, std::string_view name) {
    HG_TRY(const auto count, document.integer_member(name));
    if (count < 0) {
        return Error(ErrorCode::malformed, "expected a count as " + std::string(name));
    }
    return static_cast<std::uint64_t>(count);
}

Result<ScrubNote> parse_note(std::string_view text) {
    HG_TRY(const auto document, parse_json(text, {}));
    HG_TRY(const auto format, document.text_member("format"));
    if (format != note_format) {
        return Error(ErrorCode::malformed, "expected the note of a check");
    }
    ScrubNote note;
    HG_TRY(note.began, instant_member(document, "began"));
    HG_TRY(note.ended, instant_member(document, "ended"));
    HG_TRY(note.projects, count_member(document, "projects"));
    HG_TRY(note.stored_files, count_member(document, "stored-files"));
    HG_TRY(note.bytes, count_member(document, "bytes"));
    HG_TRY(note.damaged_projects, count_member(document, "damaged-projects"));
    if (document.find("unsettled-projects") != nullptr) {  // Not in notes of releases before.
        HG_TRY(note.unsettled_projects, count_member(document, "unsettled-projects"));
    }
    HG_TRY(const auto* const damaged, document.array_member("damaged"));
    for (const auto& one : *damaged) {
        const auto* name = one.if_text();
        if (name == nullptr || note.damaged.size() == ScrubNote::most_named) {
            return Error(ErrorCode::malformed, "expected names of projects");
        }
        HG_TRY(const auto project, verify::parse_normalised_name(*name));
        note.damaged.push_back(project.text());
    }
    return note;
}

}  // namespace

Outcome save_scrub_note(const std::filesystem::path& place, const ScrubNote& note) {
    JsonArray damaged;
    for (const auto& project : note.damaged) {
        damaged.emplace_back(project);
    }
    const auto text = render_json(JsonValue(JsonObject{
        {"format", note_format},
        {"began", format_rfc3339(note.began)},
        {"ended", format_rfc3339(note.ended)},
        {"projects", note.projects},
        {"stored-files", note.stored_files},
        {"bytes", note.bytes},
        {"damaged-projects", note.damaged_projects},
        {"unsettled-projects", note.unsettled_projects},
        {"damaged", std::move(damaged)}}));
    return write_file_atomically(place, bytes_of(text));
}

Result<std::optional<ScrubNote>> load_scrub_note(const std::filesystem::path& place) {
    const auto text = read_file(place, note_limit_bytes);
    if (!text) {
        if (text.error().code() == ErrorCode::not_found) {
            return std::optional<ScrubNote>();
        }
        return text.error();
    }
    // A damaged note is as good as none: the next round writes another.
    auto note = parse_note(text_of(*text));
    return note ? std::optional(*std::move(note)) : std::optional<ScrubNote>();
}

}  // namespace heliograph::mirror
