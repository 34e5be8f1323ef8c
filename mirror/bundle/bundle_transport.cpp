// SPDX-License-Identifier: Apache-2.0
#include <mirror/bundle/bundle_transport.hpp>
#include <mirror/fleet/index_path.hpp>
#include <pki/base/encoding.hpp>

#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr int found = 200;

// The number behind `since=`, which Upstream asks for first; none of any other query.
std::optional<verify::Serial> since_in(std::string_view query) {
    constexpr std::string_view key = "since=";
    if (!query.starts_with(key)) {
        return std::nullopt;
    }
    query.remove_prefix(key.size());
    query = query.substr(0, query.find('&'));
    verify::Serial serial;
    const auto parsed = std::from_chars(query.data(), query.data() + query.size(), serial.value);
    if (parsed.ec != std::errc() || parsed.ptr != query.data() + query.size()) {
        return std::nullopt;
    }
    return serial;
}

// NAME of `simple/NAME/`.
std::optional<std::string_view> project_in(std::string_view place) {
    constexpr std::string_view folder = "simple/";
    if (!place.starts_with(folder) || !place.ends_with('/') || place.size() <= folder.size()) {
        return std::nullopt;
    }
    return place.substr(folder.size(), place.size() - folder.size() - 1);
}

}  // namespace

Result<HttpResponse> BundleTransport::fetch(const HttpGet& request, BodySink& sink) {
    if (request.stop.stop_requested()) {
        return Error(ErrorCode::cancelled, "the run was stopped; run the same command again");
    }
    HG_TRY(auto told, answer(request));
    if (told.body.size() > request.limit_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected at most " + std::to_string(request.limit_bytes) + " bytes of " +
                request.url.path() + ", the bundle has " + std::to_string(told.body.size())
        );
    }
    HttpResponse response{
        .status = told.status,
        .headers = std::move(told.headers),
        .body_bytes = told.body.size(),
        .url = request.url};
    if (told.status == found) {
        if (sink.begin) {
            HG_CHECK(sink.begin(response));
        }
        HG_CHECK(sink.write(told.body));
    }
    return response;
}

Result<BundleTransport::Answer> BundleTransport::answer(const HttpGet& request) const {
    const auto document = [](const std::optional<Bytes>& body) {
        return body ? Answer{.status = found, .body = *body} : Answer{};
    };
    const std::string_view place = std::string_view(request.url.path()).substr(1);
    if (place == "changelog") {
        return changelog(request.url.query());
    }
    if (place == signer_chain_path) {
        return document(m_contents.chain_pem);
    }
    if (place == revocation_lists_path) {
        return document(m_contents.revocation_pem);
    }
    if (place == "simple/") {
        if (!m_contents.root_list) {
            return Answer{};
        }
        HG_TRY(auto list, m_contents.spool.read(*m_contents.root_list));
        return Answer{.status = found, .body = std::move(list)};
    }
    if (const auto name = project_in(place)) {
        const bool json = request.accept.find("json") != std::string::npos;
        return page(*name, json ? verify::PageForm::json : verify::PageForm::html);
    }
    // Files lie in the store already; what is asked for did not come along.
    return Answer{};
}

Result<BundleTransport::Answer> BundleTransport::changelog(std::string_view query) const {
    const auto since = since_in(query);
    if (!since) {
        return Answer{};
    }
    HG_TRY(const auto changes, m_contents.changes_since(*since));
    return changes ? Answer{.status = found, .body = to_bytes(render_changelog(*changes))}
                   : Answer{};
}

Result<BundleTransport::Answer> BundleTransport::page(std::string_view name, verify::PageForm form)
    const {
    HG_TRY(const auto project, verify::parse_normalised_name(name));
    const auto bundled = m_contents.pages.find(project);
    if (bundled != m_contents.pages.end()) {
        const auto& wanted = bundled->second.form(form);
        Answer answer{.status = found};
        HG_TRY(answer.body, m_contents.spool.read(wanted.body));
        if (wanted.signature) {
            answer.headers.add(page_signature_field, encode_base64(*wanted.signature));
        }
        return answer;
    }
    const auto refused = m_contents.refused.find(project);
    if (refused != m_contents.refused.end()) {
        return Error(ErrorCode::refused, refused->second);
    }
    if (m_contents.is_gone(project)) {
        return Answer{};
    }
    return Error(
        ErrorCode::not_found,
        "expected the bundle to hold the page of " + project.text() +
            ", it does not; make one that begins earlier (mirror bundle --since), or one of all "
            "(--since 0)"
    );
}

}  // namespace heliograph::mirror
