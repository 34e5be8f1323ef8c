// SPDX-License-Identifier: Apache-2.0
// `/pypi/<project>/json` and `/pypi/<project>/<version>/json`, which mirroring tools read. They are
// signed by nobody, so they are made from the stored page and metadata when first asked for, on
// masters and mirrors alike, and kept until that page changes.
#include <mirror/serve/document_reply.hpp>
#include <mirror/serve/route.hpp>
#include <mirror/serve/sound_page.hpp>
#include <verify/index/legacy_json.hpp>
#include <verify/index/page_json.hpp>
#include <verify/verdict/limits.hpp>

namespace heliograph::mirror {

namespace {

constexpr std::string_view json_member = "/json";

Result<std::string> metadata_text(const ReadView& view, const verify::PageFile& file) {
    if (!file.core_metadata) {
        const auto record = view.catalog.file(file.path());
        if (!record && record.error().code() != ErrorCode::not_found) {
            return record.error();
        }
        return record ? record->about.value_or("") : std::string();
    }
    auto text = read_blob(view.blobs, *file.core_metadata, verify::limits::core_metadata_bytes);
    if (!text && text.error().code() == ErrorCode::not_found) {
        // Named by the page and yet missing is damage, not absence.
        return Error(
            ErrorCode::io,
            "expected the metadata " + file.core_metadata->to_hex() + " of " + file.name.text() +
                ", but it is missing"
        );
    }
    HG_TRY(const auto bytes, std::move(text));
    return std::string(text_of(bytes));
}

Result<std::shared_ptr<const ParsedPage>> parsed_page(
    ReadView& view, const verify::ProjectName& project
) {
    const auto& last = view.last_page;
    if (last == nullptr || last->counter != view.cache.followed() || last->page.name != project) {
        HG_TRY(const StoredPage stored, sound_page(view, project, verify::PageForm::json));
        HG_TRY(auto page, verify::parse_page_json(text_of(stored.body)));
        view.last_page = std::make_shared<const ParsedPage>(ParsedPage{
            view.cache.followed(), std::move(page), stored.serial, stored.digest});
    }
    return view.last_page;
}

// What is asked for.
struct LegacyPlace {
    verify::ProjectName project;
    std::optional<verify::Version> version;

    [[nodiscard]] std::string text() const {
        return project.text() + (version ? "/" + version->text() : "");
    }
};

Result<std::shared_ptr<const Prepared>> prepare_legacy(
    const ReadView& view,
    const ParsedPage& parsed,
    const verify::PageFile& subject,
    verify::LegacyScope scope
) {
    HG_TRY(const auto text, metadata_text(view, subject));
    HG_TRY(const auto document, verify::render_legacy_json(parsed.page, subject, text, scope));
    DocumentFields fields{"application/json"};
    fields.more.add("X-PyPI-Last-Serial", std::to_string(parsed.serial.value));
    return prepare_bytes(to_bytes(document), std::move(fields));
}

HttpReply redirect_to(const HttpRequest& request, const LegacyPlace& place) {
    const std::string up = place.version ? "../../" : "../";
    return redirect(request, up + place.text() + std::string(json_member));
}

// Kept under the one spelling of a release that the project has, so that others (1.0.0 for 1.0)
// cost no more room.
Result<HttpReply> answer_place(
    const HttpRequest& request, ReadView& view, const LegacyPlace& place
) {
    const std::string key = "l/" + place.text();
    if (const auto ready = view.cache.find(key); ready != nullptr) {
        return reply_with(request, *ready, view.blobs);
    }
    HG_TRY(const auto digest, view.catalog.page_digest(place.project, verify::PageForm::json));
    const std::string lasting_key = key + "/" + digest.to_hex();
    if (auto lasting = view.lasting.find(lasting_key); lasting != nullptr) {
        view.cache.keep(key, lasting);
        return reply_with(request, *lasting, view.blobs);
    }
    HG_TRY(const auto parsed, parsed_page(view, place.project));
    const auto* subject = verify::legacy_subject(parsed->page, place.version);
    if (subject == nullptr) {
        return Error(ErrorCode::not_found, "this project offers no such release");
    }
    if (place.version && place.version->text() != subject->name.version().text()) {
        return redirect_to(request, {place.project, subject->name.version()});
    }
    const auto scope = place.version ? verify::LegacyScope::release : verify::LegacyScope::project;
    HG_TRY(auto document, prepare_legacy(view, *parsed, *subject, scope));
    // A commit between the two reads would put the newer document under the older page.
    if (parsed->digest == digest) {
        view.lasting.keep(lasting_key, document);
    }
    view.cache.keep(key, document);
    return reply_with(request, *document, view.blobs);
}

}  // namespace

Result<HttpReply> answer_legacy(const HttpRequest& request, ReadView& view, std::string_view rest) {
    if (!rest.ends_with(json_member)) {
        return HttpReply::sentence(404, "Ask for /pypi/PROJECT/json.");
    }
    const std::string_view place = rest.substr(0, rest.size() - json_member.size());
    const auto slash = place.find('/');
    const std::string_view spelling = place.substr(0, slash);
    const auto project = verify::parse_project_name(spelling);
    if (!project) {
        return HttpReply::sentence(404, "No project can have such a name.");
    }
    LegacyPlace wanted{*project, std::nullopt};
    if (slash != std::string_view::npos) {
        const auto parsed = verify::parse_version(place.substr(slash + 1));
        if (!parsed) {
            return HttpReply::sentence(404, "No release can have such a version.");
        }
        wanted.version = *parsed;
    }
    if (wanted.text() != place) {
        return redirect_to(request, wanted);
    }
    return answer_place(request, view, wanted);
}

}  // namespace heliograph::mirror
