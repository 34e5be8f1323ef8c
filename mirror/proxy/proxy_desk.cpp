// SPDX-License-Identifier: Apache-2.0
#include <mirror/proxy/proxy_desk.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

HttpReply redirect_to(std::string location, const HttpRequest& request) {
    if (!request.query.empty()) {
        location += "?" + request.query;
    }
    HeaderList more;
    more.add("Location", location);
    return HttpReply::sentence(301, "This page is at " + location + ".", std::move(more));
}

std::string content_type_of(const DocumentAsked& asked) {
    return std::holds_alternative<FileAsked>(asked) ? "application/octet-stream"
           : std::holds_alternative<MetadataAsked>(asked)
               ? "text/plain; charset=utf-8"
               : "application/vnd.pypi.integrity.v1+json";
}

std::string lower_case(std::string_view text) {
    std::string lowered(text);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return lowered;
}

}  // namespace

ProxyDesk::ProxyDesk(const Parts& parts, std::string token, std::vector<std::string> hosts)
    : m_parts(parts), m_token(std::move(token)), m_hosts(std::move(hosts)) {
}

std::string ProxyDesk::next_id() {
    return std::to_string(++m_requests);
}

Asking ProxyDesk::asking(const HttpRequest& request) {
    return {request, next_id(), m_parts.rules};
}

bool ProxyDesk::is_for_us(const HttpRequest& request) const {
    const auto host = request.headers.find("Host");
    return host && std::find(m_hosts.begin(), m_hosts.end(), lower_case(*host)) != m_hosts.end();
}

HttpAnswer ProxyDesk::answer(const HttpRequest& request) {
    if (!is_for_us(request)) {
        return HttpReply::refusal(421, "This is a verifying proxy of another name.");
    }
    const auto rest = path_behind_token(request.path, m_token);
    if (!rest) {
        return HttpReply::refusal(404, "There is nothing here without the token of this proxy.");
    }
    m_parts.record.count_request();
    if (request.method != Method::get && request.method != Method::head) {
        HeaderList more;
        more.add("Allow", "GET, HEAD");
        return refuse_with(
            {405,
             "This proxy serves downloads",
             "the verifying proxy takes no uploads; upload to the index itself"},
            next_id(),
            std::move(more)
        );
    }
    auto asked = parse_proxy_path(*rest);
    if (const auto* page = std::get_if<PageAsked>(&asked)) {
        return answer_page(request, page->project);
    }
    if (auto* moved = std::get_if<PageMoved>(&asked)) {
        return redirect_to(std::move(moved->location), request);
    }
    if (auto* file = std::get_if<FileAsked>(&asked)) {
        return answer_document(request, std::move(*file));
    }
    if (auto* metadata = std::get_if<MetadataAsked>(&asked)) {
        return answer_document(request, std::move(*metadata));
    }
    if (auto* provenance = std::get_if<ProvenanceAsked>(&asked)) {
        return answer_document(request, std::move(*provenance));
    }
    if (std::holds_alternative<VerdictAsked>(asked)) {
        return answer_verdict();
    }
    if (std::holds_alternative<MetricsAsked>(asked)) {
        return answer_metrics();
    }
    const bool root = std::holds_alternative<RootListAsked>(asked);
    return refuse_with(
        {404,
         "Not behind this proxy",
         root ? "nobody signs the list of all projects; ask for one project"
              : "the verifying proxy gives out pages and files of projects only"},
        next_id()
    );
}

std::optional<Refusal> ProxyDesk::objection(
    ProxyNote::Kind kind, const std::string& subject, const verify::ProjectName& project
) {
    auto why = m_parts.fetch.policy().objection(project, m_parts.index);
    return why ? std::optional(m_parts.fetch.object(kind, subject, *std::move(why))) : std::nullopt;
}

HttpAnswer ProxyDesk::answer_page(const HttpRequest& request, const verify::ProjectName& project) {
    if (const auto refusal =
            objection(ProxyNote::Kind::page, "page of project " + project.text(), project)) {
        return refuse_with(*refusal, next_id());
    }
    if (const auto page = m_parts.pages.fresh(project, std::chrono::steady_clock::now())) {
        return answer_with_page(request, *page);
    }
    auto [job, duty] = m_parts.pages.job(project);
    auto exchange = std::make_unique<PageExchange>(asking(request), job);
    if (duty == Found<PageJob>::Duty::start) {
        m_parts.crew.submit(m_parts.fetch.page_task(project, std::move(job)));
    }
    return exchange;
}

HttpAnswer ProxyDesk::answer_document(const HttpRequest& request, DocumentAsked asked) {
    const auto& file = file_of(asked);
    if (const auto refusal =
            objection(ProxyNote::Kind::file, "file " + file.text(), file.project())) {
        return refuse_with(*refusal, next_id());
    }
    const auto make = [&](FileJob::Past past) {
        const auto digest = std::holds_alternative<FileAsked>(asked)
                                ? std::get<FileAsked>(asked).path.digest().to_hex()
                                : pki::sha256(bytes_of(shelf_key(asked))).to_hex();
        return std::make_shared<FileJob>(digest, content_type_of(asked), past);
    };
    if (request.method == Method::head) {
        const auto page = m_parts.pages.any(file_of(asked).project());
        const auto listed = page != nullptr ? find_listed(page->page, asked) : std::nullopt;
        if (listed && listed->document.expectation.size_bytes) {
            return answer_with_size(
                *make(FileJob::Past::clean), *listed->document.expectation.size_bytes
            );
        }
    }
    auto [job, duty] = m_parts.files.job(shelf_key(asked), make);
    auto exchange = std::make_unique<FileExchange>(asking(request), job);
    if (duty == Found<FileJob>::Duty::start) {
        m_parts.crew.submit(m_parts.fetch.file_task(std::move(asked), std::move(job)));
    }
    return exchange;
}

HttpAnswer ProxyDesk::answer_metrics() const {
    HeaderList fields;
    fields.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    fields.add("Cache-Control", "no-store");
    return HttpReply{
        200,
        std::make_shared<const std::string>(fields.render()),
        BytesBody{
            std::make_shared<const Bytes>(to_bytes(render_metrics(m_parts.record.counts())))}};
}

HttpAnswer ProxyDesk::answer_verdict() const {
    HeaderList fields;
    fields.add("Content-Type", "application/json");
    fields.add("Cache-Control", "no-store");
    const auto document = json_of(m_parts.record.counts(), m_parts.record.notes());
    return HttpReply{
        200,
        std::make_shared<const std::string>(fields.render()),
        BytesBody{std::make_shared<const Bytes>(
            to_bytes(render_json(document, JsonLayout::indented) + "\n")
        )}};
}

}  // namespace heliograph::mirror
