// SPDX-License-Identifier: Apache-2.0
// `/serversig/<project>` (HTML page) and `/serversig/<project>.json` (JSON page): the signature
// over the exact bytes of a page. PEP 381.
#include <mirror/serve/document_reply.hpp>
#include <mirror/serve/route.hpp>

namespace heliograph::mirror {

Result<HttpReply> answer_signature(
    const HttpRequest& request, ReadView& view, std::string_view rest
) {
    constexpr std::string_view json_ending = ".json";
    std::string_view spelling = rest;
    if (spelling.ends_with('/')) {
        spelling.remove_suffix(1);  // The reference client of PEP 381 asks so.
    }
    verify::PageForm form = verify::PageForm::html;
    if (spelling.ends_with(json_ending)) {
        spelling.remove_suffix(json_ending.size());
        form = verify::PageForm::json;
    }
    const auto project = verify::parse_project_name(spelling);
    if (!project) {
        return HttpReply::sentence(404, "No project can have such a name.");
    }
    const std::string ending = form == verify::PageForm::json ? std::string(json_ending) : "";
    if (project->text() != spelling) {
        return redirect(request, (rest.ends_with('/') ? "../" : "") + project->text() + ending);
    }
    return reply_cached(
        request,
        view,
        "s/" + project->text() + ending,
        [&]() -> Result<std::shared_ptr<const Prepared>> {
            HG_TRY(StoredPage page, view.catalog.page(*project, form));
            if (page.signature.empty()) {
                return Error(
                    ErrorCode::not_found, "expected a signature of this page here, nobody signed it"
                );
            }
            return prepare_bytes(std::move(page.signature), {"application/octet-stream"});
        }
    );
}

}  // namespace heliograph::mirror
