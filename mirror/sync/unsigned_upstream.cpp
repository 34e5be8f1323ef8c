// SPDX-License-Identifier: Apache-2.0
#include <mirror/sync/page_set.hpp>
#include <mirror/sync/unsigned_upstream.hpp>
#include <verify/index/page_json.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace heliograph::mirror {

namespace {

constexpr int foreign_ok = 200;
constexpr int foreign_not_modified = 304;
constexpr std::string_view foreign_types =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.1";
constexpr std::string_view no_hash_advice =
    "nothing vouches for such a file; ask the upstream's operator to state SHA-256 hashes";

// Only what the answer says of itself decides; a server that names no type is not guessed at.
Result<verify::PageForm> form_of(const HttpResponse& response) {
    const auto field = response.headers.find("Content-Type");
    std::string type(field.value_or(""));
    type.erase(std::min(type.find_first_of("; \t"), type.size()));
    std::transform(type.begin(), type.end(), type.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (type == "application/vnd.pypi.simple.v1+json" || type == "application/json") {
        return verify::PageForm::json;
    }
    if (type == "text/html" || type == "application/vnd.pypi.simple.v1+html") {
        return verify::PageForm::html;
    }
    return Error(
        ErrorCode::unsupported,
        "expected JSON or HTML of the simple API from " + response.url.to_string() +
            ", saw the type '" + verify::printable(type) + "'"
    );
}

Error foreign_status(const HttpResponse& response, std::string_view expected) {
    return {
        ErrorCode::network,
        "expected status " + std::string(expected) + " from " + response.url.to_string() +
            ", saw " + std::to_string(response.status)};
}

std::string tag_of(const HttpResponse& response) {
    constexpr std::size_t longest_tag = 512;
    const auto tag = response.headers.find("ETag");
    return tag && tag->size() <= longest_tag ? std::string(*tag) : std::string();
}

// The main index says it of HTML pages too.
std::optional<verify::Serial> serial_of(const HttpResponse& response) {
    const auto field = response.headers.find("X-PyPI-Last-Serial");
    std::uint64_t number = 0;
    if (!field) {
        return std::nullopt;
    }
    const char* const end = field->data() + field->size();
    const auto parsed = std::from_chars(field->data(), end, number);
    const bool sound = parsed.ec == std::errc() && parsed.ptr == end && !field->empty() &&
                       verify::Serial{number} <= verify::max_serial;
    return sound ? std::optional(verify::Serial{number}) : std::nullopt;
}

bool is_list_url(const Url& base) {
    return base.path().ends_with("/simple/") || base.path().ends_with("/+simple/");
}

// An HTML page states no sizes; of files that are here they are known.
void borrow_sizes(verify::ProjectPage& page, const verify::ProjectPage& local) {
    std::map<verify::DistFileName, const verify::PageFile*> known;
    for (const auto& file : local.files) {
        known.emplace(file.name, &file);
    }
    for (auto& file : page.files) {
        const auto found = known.find(file.name);
        if (!file.size_bytes && found != known.end() && found->second->sha256 == file.sha256) {
            file.size_bytes = found->second->size_bytes;
        }
    }
}

PageSet render_forms(const verify::ProjectPage& page) {
    return {
        .html = {to_bytes(bytes_of(verify::render_page(page, verify::PageForm::html))), {}},
        .json = {to_bytes(bytes_of(verify::render_page(page, verify::PageForm::json))), {}}};
}

// The page that is here, where the disk kept what was stored and nothing forbids to take it; none:
// the upstream alone is asked. Nobody signed it, so that its digests are all there is.
std::optional<verify::ProjectPage> sound_local(const PageQuestion& question) {
    const auto* const local = question.local;
    if (local == nullptr || question.reuse == PageQuestion::Reuse::refused ||
        digests_of(local->pages) != local->digests) {
        return std::nullopt;
    }
    auto page = verify::parse_page(text_of(local->pages.json.body), verify::PageForm::json);
    if (!page || digests_of(render_forms(*page)) != local->digests) {
        return std::nullopt;
    }
    return *std::move(page);
}

// A page that is made here names what is here, and nothing else.
std::vector<LeftOutFile> leave_out(const PageQuestion& question, verify::ProjectPage& page) {
    if (question.filter == nullptr) {
        return {};
    }
    const auto decisions = decide_files(*question.filter, page, question.now);
    std::vector<LeftOutFile> left_out;
    std::vector<verify::PageFile> kept;
    for (std::size_t at = 0; at < decisions.size(); ++at) {
        auto& file = page.files[at];
        if (decisions[at].left_out) {
            left_out.push_back(left_out_by(decisions[at], file));
        } else {
            kept.push_back(std::move(file));
        }
    }
    page.files = std::move(kept);
    return left_out;
}

}  // namespace

UnsignedUpstream::UnsignedUpstream(Transport& transport, UpstreamAccess access, UnsignedTerms terms)
    : Upstream(transport, std::move(access)),
      m_terms(std::move(terms)),
      m_list_place(is_list_url(base()) ? "" : "simple/") {
}

Outcome UnsignedUpstream::check_line(verify::Serial /*cursor*/) {
    HG_TRY([[maybe_unused]] const auto answer, projects(m_list_tag));
    return {};
}

Result<std::optional<RootAnswer>> UnsignedUpstream::projects(const std::string& known) {
    HG_TRY(
        const auto document,
        get(
            {.place = m_list_place,
             .limit_bytes = verify::limits::root_list_bytes,
             .accept = std::string(foreign_types),
             .if_none_match = known}
        )
    );
    const auto& response = document.response;
    if (response.status == foreign_not_modified && !known.empty()) {
        return std::optional<RootAnswer>();
    }
    if (response.status != foreign_ok) {
        return foreign_status(response, "200");
    }
    HG_TRY(const auto form, form_of(response));
    auto list = verify::parse_foreign_list(text_of(document.body), form);
    if (!list) {
        return std::move(list).error().at(response.url.to_string());
    }
    const auto stated = list->serial ? list->serial : serial_of(response);
    const bool counts =
        stated && std::all_of(list->projects.begin(), list->projects.end(), [](const auto& entry) {
            return entry.serial.has_value();
        });
    RootAnswer answer{
        .list = {.serial = counts ? *stated : verify::Serial{}, .projects = {}},
        .etag = tag_of(response),
        .numbering = counts ? PageNumbering::upstream : PageNumbering::own};
    answer.list.projects.reserve(list->projects.size());
    for (auto& entry : list->projects) {
        answer.list.projects.push_back(
            {.name = std::move(entry.name), .serial = counts ? *entry.serial : verify::Serial{}}
        );
    }
    m_list_tag = answer.etag;
    return std::optional(std::move(answer));
}

Result<std::variant<UnsignedUpstream::ReadPage, UnsignedUpstream::Absence>>
UnsignedUpstream::read_page(const verify::ProjectName& project, const std::string& known) {
    using Answer = std::variant<ReadPage, Absence>;
    HG_TRY(
        const auto document,
        get(
            {.place = m_list_place + project.text() + "/",
             .limit_bytes = verify::limits::page_bytes,
             .accept = std::string(foreign_types),
             .if_none_match = known}
        )
    );
    const auto& response = document.response;
    constexpr int not_found = 404;
    constexpr int gone = 410;
    if (response.status == not_found || response.status == gone) {
        return Answer(Absence::gone);
    }
    if (response.status == foreign_not_modified && !known.empty()) {
        return Answer(Absence::unchanged);
    }
    if (response.status != foreign_ok) {
        return foreign_status(response, "200, 304 or 404");
    }
    HG_TRY(const auto form, form_of(response));
    auto page = verify::parse_foreign_page(project, text_of(document.body), form);
    if (!page) {
        return std::move(page).error().at(response.url.to_string());
    }
    if (!page->serial) {
        page->serial = serial_of(response);
    }
    return Answer(ReadPage{.page = *std::move(page), .url = response.url, .tag = tag_of(response)});
}

Result<PageAnswer> UnsignedUpstream::pages(const PageQuestion& question) {
    const auto* const local = question.local;
    const auto here = sound_local(question);
    const bool may_reuse = here && question.next;
    HG_TRY(auto answer, read_page(question.project, may_reuse ? question.tag : std::string()));
    if (const auto* const absence = std::get_if<Absence>(&answer)) {
        m_places.clear();
        if (*absence == Absence::gone) {
            return PageAnswer{.state = PageAnswer::State::gone, .pages = {}};
        }
        return PageAnswer{
            .state = PageAnswer::State::unchanged, .pages = local->pages, .tag = question.tag};
    }
    auto& read = std::get<ReadPage>(answer);
    const auto stated = read.page.serial;
    PageAnswer made{.state = PageAnswer::State::pages, .pages = {}, .tag = std::move(read.tag)};
    auto page = take_page(question.project, std::move(read), made.reading);
    if (here) {
        borrow_sizes(page, *here);
    }
    made.left_out = leave_out(question, page);
    if (local != nullptr) {
        // The same as was stored here; whether it still stands here is another question.
        page.serial = local->serial;
        made.pages = render_forms(page);
        // What says the same under a higher serial is as new as that serial.
        if (digests_of(made.pages) == local->digests &&
            (question.next || !stated || *stated == local->serial)) {
            made.state = here ? PageAnswer::State::unchanged : PageAnswer::State::pages;
            return made;
        }
    }
    page.serial = question.next ? *question.next : stated.value_or(verify::Serial{});
    made.pages = render_forms(page);
    return made;
}

Result<std::string> UnsignedUpstream::place_of(const verify::FilePath& path) {
    const auto& name = path.name();
    auto found = m_places.find(name.text());
    if (found == m_places.end()) {
        HG_TRY([[maybe_unused]] const auto answer, pages({.project = name.project()}));
        found = m_places.find(name.text());
    }
    if (found == m_places.end()) {
        return Error(
            ErrorCode::not_found,
            "expected a page of " + source() + " to say where " + name.text() +
                " lies, it names no such file any more"
        );
    }
    return found->second;
}

verify::ProjectPage UnsignedUpstream::take_page(
    const verify::ProjectName& project, ReadPage read, verify::Verdict& verdict
) {
    m_places.clear();
    report_left_out(read.page, verdict);
    verify::ProjectPage page{
        .name = project, .serial = {}, .files = {}, .mark = std::move(read.page.mark)};
    page.files.reserve(read.page.files.size());
    for (auto& file : read.page.files) {
        const auto place = admit_place(file, read.url, verdict);
        if (!file.sha256) {
            refuse_file(
                file,
                {.id = "file-without-hash",
                 .cause = verify::Cause::missing_evidence,
                 .expected = "the page to state its SHA-256",
                 .seen = "none",
                 .advice = std::string(no_hash_advice)},
                verdict
            );
        }
        if (!place || !file.sha256) {
            continue;
        }
        m_places.emplace(file.name.text(), *place);
        const bool has_metadata_place = place->find('?') == std::string::npos;
        page.files.push_back(
            {.name = std::move(file.name),
             .sha256 = *file.sha256,
             .size_bytes = file.size_bytes,
             .upload_time = file.upload_time,
             .requires_python = std::move(file.requires_python),
             .yanked = std::move(file.yanked),
             .core_metadata = has_metadata_place ? file.core_metadata : std::nullopt}
        );
    }
    return page;
}

// A page must not send this mirror to wherever it likes: another scheme, or a host inside our own
// network.
std::optional<std::string> UnsignedUpstream::admit_place(
    const verify::ForeignFile& file, const Url& page, verify::Verdict& verdict
) const {
    const auto url = page.resolve(file.url);
    if (url && url->scheme() == base().scheme() && is_known_host(*url)) {
        return url->to_string();
    }
    const bool is_other_host = url && url->scheme() == base().scheme();
    refuse_file(
        file,
        {.id = "file-place-refused",
         .expected = "its place on " + base().origin() + " or on a host named by --file-host",
         .seen = url ? url->origin() : "a link that is none",
         .advice = is_other_host ? "if that host belongs to the upstream, make the mirror with "
                                   "--file-host " +
                                       url->host()
                                 : "tell the upstream's operator"},
        verdict
    );
    return std::nullopt;
}

bool UnsignedUpstream::is_known_host(const Url& url) const {
    if (url.same_origin(base())) {
        return true;
    }
    const auto& hosts = m_terms.file_hosts;
    const std::string authority = url.origin().substr(url.origin().find("//") + 2);
    return std::find(hosts.begin(), hosts.end(), authority) != hosts.end();
}

void UnsignedUpstream::report_left_out(const verify::ForeignPage& page, verify::Verdict& verdict)
    const {
    if (page.left_out.empty()) {
        return;
    }
    verdict.add({
        .id = "file-left-out",
        .severity = verify::Severity::warning,
        .subject = "file " + page.left_out.front(),
        .expected = "wheels and source archives of this project",
        .seen =
            std::to_string(page.left_out.size()) + " others, this the first: they are not mirrored",
        .source = source(),
    });
}

void UnsignedUpstream::refuse_file(
    const verify::ForeignFile& file, verify::Finding finding, verify::Verdict& verdict
) const {
    finding.subject = "file " + file.name.text();
    finding.source = source();
    verdict.add(std::move(finding));
}

}  // namespace heliograph::mirror
