// SPDX-License-Identifier: Apache-2.0
#include <mirror/journal/changelog.hpp>
#include <pki/base/json.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr std::string_view changelog_format = "heliograph-changelog-1";
// A page of the most events and pending projects has some 30,000 values; the rest is room for
// members unknown to us.
constexpr JsonLimits json_limits{
    .text_bytes = verify::limits::changelog_page_bytes, .depth = 16, .values = 200'000};

std::int64_t to_json(verify::Serial serial) {
    return static_cast<std::int64_t>(serial.value);
}

JsonValue text_or_null(const std::optional<std::string>& text) {
    return text ? JsonValue(*text) : JsonValue();
}

JsonValue render_event(const JournalEvent& event) {
    std::optional<std::string> project;
    std::optional<std::string> filename;
    std::optional<std::string> html;
    std::optional<std::string> json;
    if (event.project) {
        project = event.project->text();
    }
    if (event.filename) {
        filename = event.filename->text();
    }
    if (event.pages) {
        html = event.pages->html.to_hex();
        json = event.pages->json.to_hex();
    }
    JsonObject object{
        {"serial", to_json(event.serial)},
        {"time", format_rfc3339(event.time)},
        {"project", text_or_null(project)},
        {"action", journal_action_name(event.action)},
        {"filename", text_or_null(filename)},
        {"page-html-sha256", text_or_null(html)},
        {"page-json-sha256", text_or_null(json)}};
    if (event.version) {
        object.emplace_back("version", event.version->text());
    }
    if (event.reason) {
        object.emplace_back("reason", *event.reason);
    }
    return object;
}

Result<verify::Serial> parse_serial(const JsonValue& object, std::string_view member) {
    HG_TRY(const auto number, object.integer_member(member));
    if (number < 0 || std::cmp_greater(number, verify::max_serial.value)) {
        return Error(
            ErrorCode::malformed,
            "expected " + std::string(member) + " to be a serial from 0 to 2^53 - 1, saw " +
                std::to_string(number)
        );
    }
    return verify::Serial{static_cast<std::uint64_t>(number)};
}

Result<std::optional<std::string>> optional_text(const JsonValue& object, std::string_view member) {
    const JsonValue* value = object.find(member);
    if (value == nullptr || value->is_null()) {
        return std::optional<std::string>();
    }
    HG_TRY(auto text, object.text_member(member));
    return std::optional<std::string>(std::move(text));
}

Result<std::optional<PageDigests>> parse_pages(const JsonValue& object) {
    HG_TRY(const auto html, optional_text(object, "page-html-sha256"));
    HG_TRY(const auto json, optional_text(object, "page-json-sha256"));
    if (!html && !json) {
        return std::optional<PageDigests>();
    }
    if (!html || !json) {
        return Error(
            ErrorCode::malformed, "expected the digests of both pages or of none, saw one"
        );
    }
    HG_TRY(const auto html_digest, pki::Sha256::parse_hex(*html));
    HG_TRY(const auto json_digest, pki::Sha256::parse_hex(*json));
    return std::optional(PageDigests{.html = html_digest, .json = json_digest});
}

Result<JournalEvent> parse_event(const JsonValue& object) {
    JournalEvent event;
    HG_TRY(event.serial, parse_serial(object, "serial"));
    HG_TRY(const auto time, object.text_member("time"));
    HG_TRY(event.time, parse_rfc3339(time));
    HG_TRY(const auto action, object.text_member("action"));
    HG_TRY(event.action, parse_journal_action(action));
    HG_TRY(const auto project, optional_text(object, "project"));
    if (project) {
        HG_TRY(event.project, verify::parse_normalised_name(*project));
    }
    HG_TRY(const auto filename, optional_text(object, "filename"));
    if (filename) {
        HG_TRY(event.filename, verify::parse_dist_file_name(*filename));
    }
    HG_TRY(const auto version, optional_text(object, "version"));
    if (version) {
        HG_TRY(event.version, verify::parse_version(*version));
    }
    HG_TRY(event.reason, optional_text(object, "reason"));
    HG_TRY(event.pages, parse_pages(object));
    HG_CHECK(check_shape(event));
    return event;
}

Result<std::vector<JournalEvent>> parse_events(const JsonArray& array) {
    if (array.size() > changelog_limits::events) {
        return Error(
            ErrorCode::too_large,
            "expected at most " + std::to_string(changelog_limits::events) + " events, saw " +
                std::to_string(array.size())
        );
    }
    std::vector<JournalEvent> events;
    events.reserve(array.size());
    for (std::size_t i = 0; i < array.size(); ++i) {
        auto event = parse_event(array[i]);
        if (!event) {
            return std::move(event).error().at("events[" + std::to_string(i) + "]");
        }
        if (!events.empty() && event->serial <= events.back().serial) {
            return Error(
                ErrorCode::malformed,
                "expected ascending serials, saw " + std::to_string(event->serial.value) +
                    " after " + std::to_string(events.back().serial.value)
            );
        }
        events.push_back(*std::move(event));
    }
    return events;
}

}  // namespace

Result<Changelog> read_changelog(const Catalog& catalog, verify::Serial since, std::size_t most) {
    most = std::clamp<std::size_t>(most, 1, changelog_limits::events);
    // The state first: a writer may commit between the reads, and what it adds must not show below
    // an old last serial.
    HG_TRY(const auto state, catalog.state());
    HG_TRY(auto events, catalog.events({.after = since, .up_to = state.last_serial}, most + 1));
    // And the checkpoint last: events that were read before a compaction are whole.
    HG_TRY(const auto afterwards, catalog.state());
    Changelog page{
        .last_serial = state.last_serial,
        .checkpoint = std::min(afterwards.checkpoint, state.last_serial),
        .events = {},
        .more = events.size() > most};
    if (page.more) {
        events.pop_back();
    }
    page.events = std::move(events);
    return page;
}

std::string render_changelog(const Changelog& page) {
    JsonArray events;
    events.reserve(page.events.size());
    for (const auto& event : page.events) {
        events.push_back(render_event(event));
    }
    JsonObject document{
        {"meta",
         JsonObject{
             {"format", changelog_format},
             {"last-serial", to_json(page.last_serial)},
             {"checkpoint", to_json(page.checkpoint)}}},
        {"events", std::move(events)},
        {"more", page.more}};
    return render_json(JsonValue(std::move(document)));
}

Result<Changelog> parse_changelog(std::string_view text) {
    HG_TRY(const auto document, parse_json(text, json_limits));
    const JsonValue* meta = document.find("meta");
    if (meta == nullptr) {
        return Error(ErrorCode::malformed, "expected a changelog with a member meta, saw none");
    }
    HG_TRY(const auto format, meta->text_member("format"));
    if (format != changelog_format) {
        return Error(
            ErrorCode::malformed,
            "expected a changelog of format " + std::string(changelog_format) + ", saw '" +
                verify::printable(format) + "'"
        );
    }
    Changelog page;
    HG_TRY(page.last_serial, parse_serial(*meta, "last-serial"));
    if (meta->find("checkpoint") != nullptr) {
        HG_TRY(page.checkpoint, parse_serial(*meta, "checkpoint"));
    }
    if (page.checkpoint > page.last_serial) {
        return Error(
            ErrorCode::malformed,
            "expected a checkpoint up to the last serial " +
                std::to_string(page.last_serial.value) + ", saw " +
                std::to_string(page.checkpoint.value)
        );
    }
    HG_TRY(const auto* const events, document.array_member("events"));
    HG_TRY(page.events, parse_events(*events));
    if (!page.events.empty() && page.events.back().serial > page.last_serial) {
        return Error(
            ErrorCode::malformed,
            "expected no event above the last serial " + std::to_string(page.last_serial.value) +
                ", saw " + std::to_string(page.events.back().serial.value)
        );
    }
    const JsonValue* more = document.find("more");
    if (more == nullptr || more->if_boolean() == nullptr) {
        return Error(ErrorCode::malformed, "expected a member more that is true or false");
    }
    page.more = *more->if_boolean();
    return page;
}

}  // namespace heliograph::mirror
