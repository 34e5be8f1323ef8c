// SPDX-License-Identifier: Apache-2.0
// `/integrity/<project>/<version>/<file>/provenance`: the provenance object of a file, as it was
// attached. PEP 740.
#include <mirror/serve/document_reply.hpp>
#include <mirror/serve/left_out_reply.hpp>
#include <mirror/serve/route.hpp>

#include <algorithm>

namespace heliograph::mirror {

namespace {

constexpr std::string_view integrity_type = "application/vnd.pypi.integrity.v1+json";
constexpr std::string_view provenance_member = "/provenance";

// The type to answer with; none means 406.
std::optional<std::string_view> choose_integrity_type(const HttpRequest& request) {
    const auto ranges = parse_accept(request.headers.joined("Accept").value_or("*/*"));
    for (const std::string_view offer : {integrity_type, std::string_view("application/json")}) {
        const std::string_view subtype = offer.substr(offer.find('/') + 1);
        const bool wanted = std::any_of(ranges.begin(), ranges.end(), [&](const MediaRange& range) {
            return range.quality > 0 && (range.type == "*" || range.type == "application") &&
                   (range.subtype == "*" || range.subtype == subtype);
        });
        if (wanted) {
            return offer;
        }
    }
    return std::nullopt;
}

// `project/version/file/provenance`, in the one spelling that pages use.
std::optional<verify::DistFileName> parse_place(std::string_view path) {
    if (!path.ends_with(provenance_member)) {
        return std::nullopt;
    }
    const std::string_view place = path.substr(0, path.size() - provenance_member.size());
    const auto slash = place.rfind('/');
    if (slash == std::string_view::npos) {
        return std::nullopt;
    }
    auto name = verify::parse_dist_file_name(place.substr(slash + 1));
    if (!name || verify::provenance_place(*name) != path) {
        return std::nullopt;
    }
    return *std::move(name);
}

Result<MetadataRecord> find_provenance(const Catalog& catalog, const verify::DistFileName& name) {
    HG_TRY(const auto file, catalog.file_named(name));
    if (file.provenance) {
        return *file.provenance;
    }
    return Error(ErrorCode::not_found, "this file has no provenance object");
}

}  // namespace

Result<HttpReply> answer_integrity(const HttpRequest& request, ReadView& view) {
    const auto name = parse_place(request.path);
    if (!name) {
        return HttpReply::sentence(
            404, "Ask for /integrity/PROJECT/VERSION/FILE/provenance, as a project page links it."
        );
    }
    const auto type = choose_integrity_type(request);
    if (!type) {
        HeaderList more;
        more.add("Vary", "Accept");
        return HttpReply::sentence(
            406,
            "This document is offered as application/vnd.pypi.integrity.v1+json and "
            "application/json only.",
            std::move(more)
        );
    }
    const std::string key = (*type == integrity_type ? "i/" : "k/") + name->text();
    auto reply = reply_cached(request, view, key, [&]() -> Result<std::shared_ptr<const Prepared>> {
        HG_TRY(const auto provenance, find_provenance(view.catalog, *name));
        DocumentFields fields{*type};
        fields.more.add("Vary", "Accept");
        return prepare_blob({provenance.digest, provenance.size_bytes}, std::move(fields));
    });
    if (!reply && reply.error().code() == ErrorCode::not_found) {
        HG_TRY(const auto left_out, view.catalog.left_out_named(*name));
        if (left_out) {
            return left_out_reply(left_out->reason);
        }
    }
    return reply;
}

}  // namespace heliograph::mirror
