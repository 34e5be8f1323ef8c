// SPDX-License-Identifier: Apache-2.0
// `/packages/<aa>/<bb>/<rest>/<file>` and the same with `.metadata` (PEP 658). Only what the
// catalogue records is given out: a blob alone is not published.
#include <mirror/serve/document_reply.hpp>
#include <mirror/serve/left_out_reply.hpp>
#include <mirror/serve/route.hpp>
#include <verify/index/file_path.hpp>

namespace heliograph::mirror {

Result<HttpReply> answer_file(const HttpRequest& request, ReadView& view) {
    constexpr std::string_view metadata_ending = ".metadata";
    std::string_view path = request.path;
    const bool metadata = path.ends_with(metadata_ending);
    if (metadata) {
        path.remove_suffix(metadata_ending.size());
    }
    const auto place = verify::parse_file_path(path);
    if (!place) {
        return HttpReply::sentence(404, "No file can have such a place.");
    }
    auto reply =
        reply_cached(request, view, request.path, [&]() -> Result<std::shared_ptr<const Prepared>> {
            HG_TRY(const FileRecord record, view.catalog.file(*place));
            if (!metadata) {
                return prepare_blob(
                    {place->digest(), record.size_bytes},
                    {"application/octet-stream", Freshness::immutable}
                );
            }
            if (!record.metadata) {
                return Error(ErrorCode::not_found, "this file has no core metadata");
            }
            return prepare_blob(
                {record.metadata->digest, record.metadata->size_bytes},
                {"text/plain; charset=utf-8", Freshness::immutable}
            );
        });
    if (!reply && reply.error().code() == ErrorCode::not_found) {
        HG_TRY(const auto left_out, view.catalog.left_out(*place));
        if (left_out) {
            return left_out_reply(left_out->reason);
        }
    }
    return reply;
}

}  // namespace heliograph::mirror
