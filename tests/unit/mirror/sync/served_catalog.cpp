// SPDX-License-Identifier: Apache-2.0
#include <mirror/journal/changelog.hpp>
#include <tests/unit/mirror/sync/served_catalog.hpp>
#include <verify/index/root_list.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

ServedAnswer ok(ByteSpan body) {
    return {.status = 200, .body = std::string(text_of(body))};
}

}  // namespace

void ServedCatalog::lie(const std::string& path, Lie lie, const std::string& accept) {
    m_lies[path] = {accept, std::move(lie)};
}

std::vector<std::string> ServedCatalog::take_asked() {
    return std::exchange(m_asked, {});
}

Result<HttpResponse> ServedCatalog::fetch(const HttpGet& request, BodySink& sink) {
    const std::lock_guard lock(m_mutex);
    if (m_left == 0) {
        return m_end;
    }
    --m_left;
    const auto& url = request.url;
    m_asked.push_back(url.path() + (url.query().empty() ? "" : "?" + url.query()));
    auto reply = answer(request);
    const auto told = m_lies.find(url.path());
    if (told != m_lies.end() && request.accept.find(told->second.accept) != std::string::npos) {
        // A copy: a lie may end itself.
        const auto lie = told->second.lie;
        HG_TRY(reply, lie(std::move(reply)));
    }
    if (reply.body.size() > request.limit_bytes) {
        return Error(ErrorCode::too_large, "a body over the limit");
    }
    HttpResponse response{
        .status = reply.status, .headers = {}, .body_bytes = reply.body.size(), .url = url};
    for (const auto& [name, value] : reply.headers) {
        response.headers.add(name, value);
    }
    if (reply.status == 200) {
        // In pieces, as from a socket.
        constexpr std::size_t piece_bytes = 1000;
        for (std::size_t at = 0; at < reply.body.size(); at += piece_bytes) {
            HG_CHECK(sink.write(bytes_of(std::string_view(reply.body).substr(at, piece_bytes))));
        }
    }
    return response;
}

ServedAnswer ServedCatalog::answer(const HttpGet& request) const {
    const std::string& path = request.url.path();
    if (path == "/changelog") {
        const auto since = std::stoull(request.url.query().substr(std::string("since=").size()));
        const auto page = read_changelog(*m_catalog, {since}, 1000).value();
        return since < page.checkpoint.value ? ServedAnswer{410, ""}
                                             : ServedAnswer{200, render_changelog(page)};
    }
    if (path == "/serverkey.crt" || path == "/serverkey.crl") {
        const auto document = m_catalog->evidence(
            path.ends_with("crt") ? EvidenceKind::signer_chain : EvidenceKind::revocation_lists
        );
        return document ? ok(*document) : ServedAnswer{};
    }
    if (path == "/simple/") {
        return {
            200,
            verify::render_root(
                {.serial = m_catalog->state().value().last_serial,
                 .projects = m_catalog->projects().value()},
                verify::PageForm::json
            )};
    }
    if (path.starts_with("/simple/")) {
        return page(path.substr(8, path.size() - 9), request);
    }
    if (path.starts_with("/serversig/")) {
        return signature(path.substr(11));
    }
    if (path.starts_with("/integrity/")) {
        return provenance(path);
    }
    return file(path);
}

ServedAnswer ServedCatalog::page(const std::string& name, const HttpGet& request) const {
    const bool json = request.accept.find("json") != std::string::npos;
    const auto page = m_catalog->page(
        verify::parse_normalised_name(name).value(),
        json ? verify::PageForm::json : verify::PageForm::html
    );
    if (!page) {
        return {};
    }
    if (request.if_none_match == '"' + page->digest.to_hex() + '"') {
        return {.status = 304, .body = ""};
    }
    return ok(page->body);
}

ServedAnswer ServedCatalog::signature(std::string name) const {
    const bool json = name.ends_with(".json");
    if (json) {
        name.resize(name.size() - 5);
    }
    const auto page = m_catalog->page(
        verify::parse_normalised_name(name).value(),
        json ? verify::PageForm::json : verify::PageForm::html
    );
    return page ? ok(page->signature) : ServedAnswer{};
}

ServedAnswer ServedCatalog::provenance(const std::string& path) const {
    const std::string place = path.substr(0, path.rfind('/'));
    const auto name = verify::parse_dist_file_name(place.substr(place.rfind('/') + 1)).value();
    const auto files = m_catalog->files(name.project()).value();
    for (const auto& file : files) {
        if (file.path.name() == name && file.provenance) {
            const auto blob = read_blob(*m_blobs, file.provenance->digest, 1U << 26U);
            return blob ? ok(*blob) : ServedAnswer{};
        }
    }
    return {};
}

ServedAnswer ServedCatalog::file(std::string path) const {
    const bool metadata = path.ends_with(".metadata");
    if (metadata) {
        path.resize(path.size() - 9);
    }
    const auto record = m_catalog->file(verify::parse_file_path(path).value());
    if (!record || (metadata && !record->metadata)) {
        return {};
    }
    const auto blob =
        read_blob(*m_blobs, metadata ? record->metadata->digest : record->path.digest(), 1U << 26U);
    return blob ? ok(*blob) : ServedAnswer{};
}

}  // namespace heliograph::mirror
