// SPDX-License-Identifier: Apache-2.0
// `/pypi/<project>/json` and `/pypi/<project>/<version>/json`, which mirroring tools read. They are
// signed by nobody, so they are made from the stored page and metadata when first asked for, on
// masters and mirrors alike, and kept until the catalogue changes.
#include <mirror/serve/document_reply.hpp>
#include <mirror/serve/route.hpp>
#include <verify/index/legacy_json.hpp>
#include <verify/index/page_json.hpp>
#include <verify/verdict/limits.hpp>

namespace heliograph::mirror {

namespace {

constexpr std::string_view json_member = "/json";

Result<std::string> metadata_text(const ReadView& view, const verify::PageFile& file) {
    if (!file.core_metadata) {
        return std::string();
    }
    HG_TRY(
        const auto text,
        read_blob(view.blobs, *file.core_metadata, verify::limits::core_metadata_bytes)
    );
    return std::string(text_of(text));
}

Result<std::shared_ptr<const Prepared>> prepare_legacy(
    const ReadView& view,
    const verify::ProjectName& project,
    const std::optional<verify::Version>& version
) {
    HG_TRY(const StoredPage stored, view.catalog.page(project, verify::PageForm::json));
    HG_TRY(const auto page, verify::parse_page_json(text_of(stored.body)));
    const auto* file = verify::legacy_subject(page, version);
    if (file == nullptr) {
        return Error(ErrorCode::not_found, "this project offers no such release");
    }
    HG_TRY(const auto text, metadata_text(view, *file));
    const auto scope = version ? verify::LegacyScope::release : verify::LegacyScope::project;
    HG_TRY(const auto document, verify::render_legacy_json(page, *file, text, scope));
    DocumentFields fields{"application/json"};
    fields.more.add("X-PyPI-Last-Serial", std::to_string(stored.serial.value));
    return prepare_bytes(to_bytes(document), std::move(fields));
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
    std::optional<verify::Version> version;
    if (slash != std::string_view::npos) {
        const auto parsed = verify::parse_version(place.substr(slash + 1));
        if (!parsed) {
            return HttpReply::sentence(404, "No release can have such a version.");
        }
        version = *parsed;
    }
    if (project->text() != spelling) {
        const std::string behind(rest.substr(spelling.size() + 1));
        const std::string up = slash == std::string_view::npos ? "../" : "../../";
        return redirect(request, up + project->text() + "/" + behind);
    }
    return reply_cached(request, view, "l/" + std::string(place), [&]() {
        return prepare_legacy(view, *project, version);
    });
}

}  // namespace heliograph::mirror
