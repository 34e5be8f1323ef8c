// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/served_check.hpp>
#include <verify/index/root_list.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <random>
#include <utility>

namespace heliograph::mirror {

namespace {

using verify::Cause;
using verify::CheckedItem;

constexpr int status_served = 200;
constexpr std::uint64_t slowest_bytes_per_second = 8192;

// What is downloaded to be looked at is not kept.
class NoPlace final : public DownloadPlace {
  public:
    [[nodiscard]] Outcome write(ByteSpan /*piece*/) override { return {}; }
    [[nodiscard]] Outcome restart() override { return {}; }
    [[nodiscard]] Outcome commit() override { return {}; }
};

// What a mirror can be blamed for; everything else ends the run.
bool is_servers_fault(const Error& error) {
    const auto code = error.code();
    return is_transport_failure(error) || code == ErrorCode::too_large ||
           code == ErrorCode::malformed || code == ErrorCode::not_found;
}

class ServedCheck {
  public:
    ServedCheck(
        const ServedCheckRequest& request, const ClientBasis& basis, const CheckDemands& demands
    )
        : m_request(request),
          m_basis(basis),
          m_demands(demands),
          m_client(request.base, basis),
          m_source(request.base.to_string()),
          m_dice(request.seed) {}

    Result<CopyReport> run() {
        auto projects = m_request.projects;
        if (projects.empty()) {
            HG_TRY(projects, read_list());
        }
        HG_CHECK(check_age());
        for (const auto& project : projects) {
            HG_CHECK(check_page(project));
        }
        HG_CHECK(check_sample());
        return std::move(m_report);
    }

  private:
    CheckedItem& add(CheckedItem item) {
        return m_report.report.items.emplace_back(std::move(item));
    }

    /// Notes what the server did wrong. @errors What it cannot be blamed for.
    static Outcome blame(CheckedItem& item, const Error& error) {
        if (!is_servers_fault(error)) {
            return error;
        }
        item.error = error;
        return {};
    }

    Result<std::optional<Bytes>> get(
        std::string_view place, std::uint64_t limit_bytes, std::string_view accept
    ) {
        HG_TRY(auto url, m_request.base.resolve(place));
        HG_TRY(
            auto document,
            fetch_document(
                m_basis.transport,
                {.url = std::move(url),
                 .limit_bytes = limit_bytes,
                 .trust = m_basis.tls,
                 .accept = std::string(accept),
                 .stop = m_basis.stop}
            )
        );
        if (document.response.status == 404) {
            return std::optional<Bytes>();
        }
        if (document.response.status != status_served) {
            return Error(
                ErrorCode::network,
                "expected status 200 from " + document.response.url.to_string() + ", saw " +
                    std::to_string(document.response.status)
            );
        }
        return std::optional(std::move(document.body));
    }

    Result<std::vector<verify::ProjectName>> read_list() {
        auto& item = add({"list of projects", m_source + "simple/"});
        const auto text =
            get("simple/",
                verify::limits::root_list_bytes,
                verify::page_media_type(verify::PageForm::json));
        if (!text) {
            HG_CHECK(blame(item, text.error()));
            return std::vector<verify::ProjectName>();
        }
        if (!*text) {
            item.verdict.add(
                {.id = "list-not-found",
                 .cause = Cause::not_found,
                 .subject = item.name,
                 .expected = "it to be there",
                 .seen = "status 404",
                 .source = item.place}
            );
            return std::vector<verify::ProjectName>();
        }
        auto list = verify::parse_root_json(text_of(**text));
        if (!list) {
            HG_CHECK(blame(item, list.error()));
            return std::vector<verify::ProjectName>();
        }
        if (list->projects.empty()) {
            item.verdict.add(nothing_signed(item.place));
        }
        item.verdict.pass(item.name);
        return verify::names_of(*std::move(list));
    }

    Outcome check_age() {
        if (!m_demands.max_age) {
            return {};
        }
        const auto text = get("last-modified", verify::limits::last_modified_bytes, "*/*");
        if (!text) {
            return blame(add({"freshness", m_source}), text.error());
        }
        std::optional<Instant> since;
        if (*text) {
            const auto instant = parse_last_modified(text_of(**text));
            since = instant ? std::optional(*instant) : std::nullopt;
        }
        add(check_freshness(since, *m_demands.max_age, m_basis.clock.now(), m_source));
        return {};
    }

    /// The page as far as it is accepted, and an item that tells so.
    Result<std::optional<verify::ProjectPage>> check_form(
        const verify::ProjectName& project, verify::PageForm form
    ) {
        const std::string kind = form == verify::PageForm::json ? "JSON page" : "HTML page";
        auto& item = add(
            {kind + " of project " + project.text(), m_source + "simple/" + project.text() + "/"}
        );
        auto judged = m_client.page(project, form);
        if (!judged) {
            HG_CHECK(blame(item, judged.error()));
            return std::optional<verify::ProjectPage>();
        }
        item.verdict = std::move(judged->verdict);
        return std::move(judged->page);
    }

    // A client reads one form alone, so that both must hold and say the same.
    Outcome check_page(const verify::ProjectName& project) {
        HG_TRY(const auto html, check_form(project, verify::PageForm::html));
        HG_TRY(const auto json, check_form(project, verify::PageForm::json));
        if (!json) {
            return {};
        }
        auto& verdict = m_report.report.items.back().verdict;
        if (html) {
            HG_CHECK(compare(project, *html, *json, verdict));
        }
        m_report.learnt.remember(project, json->serial);
        add_objections(verdict, m_demands.policy, project, m_basis.trust);
        for (const auto& file : json->files) {
            add_objections(verdict, m_demands.policy, file, m_basis.clock.now());
            draw(file);
        }
        return {};
    }

    Outcome compare(
        const verify::ProjectName& project,
        const verify::ProjectPage& html,
        const verify::ProjectPage& json,
        verify::Verdict& verdict
    ) {
        auto difference = compare_forms(html, json, m_source);
        if (!difference) {
            return {};
        }
        // Something may have been published between the two requests: then the first form is a new
        // one by now.
        auto again = m_client.page(project, verify::PageForm::html);
        if (!again && !is_servers_fault(again.error())) {
            return again.error();
        }
        if (!again || !again->page || compare_forms(*again->page, json, m_source)) {
            verdict.add(*std::move(difference));
        }
        return {};
    }

    // A fair sample of all files without keeping all of them.
    void draw(const verify::PageFile& file) {
        ++m_files_seen;
        if (m_sample.size() < m_request.sample_files) {
            m_sample.push_back(file);
            return;
        }
        const auto place = m_dice() % m_files_seen;
        if (place < m_sample.size()) {
            m_sample[place] = file;
        }
    }

    Outcome check_sample() {
        for (const auto& file : m_sample) {
            auto& item =
                add({"file " + file.name.text(), m_source + file.path().absolute().substr(1)});
            Download download(promised_file(file), std::make_unique<NoPlace>());
            auto verdict =
                m_client.download(download, slowest_bytes_per_second, [](std::uint64_t) {});
            if (!verdict) {
                HG_CHECK(blame(item, verdict.error()));
            } else {
                item.verdict = *std::move(verdict);
            }
        }
        return {};
    }

    const ServedCheckRequest& m_request;
    const ClientBasis& m_basis;
    const CheckDemands& m_demands;
    MirrorClient m_client;
    std::string m_source;
    std::mt19937_64 m_dice;
    std::uint64_t m_files_seen = 0;
    std::vector<verify::PageFile> m_sample;
    CopyReport m_report;
};

}  // namespace

Result<CopyReport> check_served(
    const ServedCheckRequest& request, const ClientBasis& basis, const CheckDemands& demands
) {
    return ServedCheck(request, basis, demands).run();
}

}  // namespace heliograph::mirror
