// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/digest.hpp>
#include <tests/support/foreign_index.hpp>

#include <string_view>
#include <utility>

namespace heliograph::test_support {

namespace {

constexpr std::string_view json_type = "application/vnd.pypi.simple.v1+json";

std::string hex_of(const std::string& content) {
    return pki::sha256(bytes_of(content)).to_hex();
}

}  // namespace

void ForeignIndex::put(const std::string& project, const std::string& file, ForeignIndexFile what) {
    const std::lock_guard lock(m_mutex);
    auto& here = m_projects[project];
    here.files.insert_or_assign(file, std::move(what));
    happen(project, "add py3 file " + file);
    here.serial = m_serial;
}

void ForeignIndex::take_file(const std::string& project, const std::string& file) {
    const std::lock_guard lock(m_mutex);
    auto& here = m_projects.at(project);
    here.files.erase(file);
    happen(project, "remove file " + file);
    here.serial = m_serial;
}

void ForeignIndex::take(const std::string& project) {
    const std::lock_guard lock(m_mutex);
    m_projects.erase(project);
    happen(project, "remove project");
}

void ForeignIndex::quarantine(const std::string& project) {
    const std::lock_guard lock(m_mutex);
    auto& here = m_projects.at(project);
    here.is_quarantined = true;
    happen(project, "project quarantined");
    here.serial = m_serial;
}

void ForeignIndex::claim_serial(std::uint64_t serial) {
    const std::lock_guard lock(m_mutex);
    m_claimed = serial;
}

void ForeignIndex::move_files(const std::string& origin) {
    const std::lock_guard lock(m_mutex);
    m_files_at = origin;
}

void ForeignIndex::speak(Dialect dialect) {
    const std::lock_guard lock(m_mutex);
    m_dialect = dialect;
}

void ForeignIndex::happen(const std::string& project, const std::string& action) {
    m_rows.push_back({project, action, ++m_serial});
}

void ForeignIndex::hide_list() {
    const std::lock_guard lock(m_mutex);
    m_has_list = false;
}

void ForeignIndex::open_feed() {
    const std::lock_guard lock(m_mutex);
    m_has_feed = true;
}

void ForeignIndex::note(const std::string& project, const std::string& action) {
    const std::lock_guard lock(m_mutex);
    happen(project, action);
    if (const auto found = m_projects.find(project); found != m_projects.end()) {
        found->second.serial = m_serial;
    }
}

void ForeignIndex::skip_serials(std::uint64_t count) {
    const std::lock_guard lock(m_mutex);
    m_serial += count;
}

void ForeignIndex::claim_feed_serial(std::uint64_t serial) {
    const std::lock_guard lock(m_mutex);
    m_feed_claim = serial;
}

// As a text for texts: what reads it is tested, not this.
Reply ForeignIndex::answer_call(const std::string& call) const {
    constexpr std::size_t most_rows = 50'000;
    const auto scalar = [](const std::string& kind, const std::string& text) {
        return "<value><" + kind + ">" + text + "</" + kind + "></value>";
    };
    std::string value = scalar("int", std::to_string(m_feed_claim == 0 ? m_serial : m_feed_claim));
    if (const auto since = call.find("<int>"); call.find("since") != std::string::npos) {
        const auto after = std::stoull(call.substr(since + 5));
        std::size_t rows = 0;
        value = "<value><array><data>\n";
        for (const auto& row : m_rows) {
            if (row.serial > after && rows++ < most_rows) {
                value += "<value><array><data>" + scalar("string", row.project) +
                         "<value><nil/></value>" + scalar("int", "1700000000") +
                         scalar("string", row.action) + scalar("int", std::to_string(row.serial)) +
                         "</data></array></value>\n";
            }
        }
        value += "</data></array></value>";
    } else if (call.find("list_packages_with_serial") != std::string::npos) {
        value = "<value><struct>";
        for (const auto& [name, project] : m_projects) {
            value += "<member><name>" + name + "</name>" +
                     scalar("int", std::to_string(project.serial)) + "</member>";
        }
        value += "</struct></value>";
    }
    return ok(
        "<?xml version='1.0' encoding='ASCII'?>\n<methodResponse><params><param>" + value +
            "</param></params></methodResponse>",
        "text/xml"
    );
}

std::uint64_t ForeignIndex::serial() const {
    const std::lock_guard lock(m_mutex);
    return m_serial;
}

Reply ForeignIndex::answer(const Request& request) const {
    const std::lock_guard lock(m_mutex);
    constexpr std::string_view pages = "/simple/";
    const std::string& target = request.target;
    if (m_has_feed && target == "/pypi" && request.method == "POST") {
        return answer_call(request.body);
    }
    if (target == pages && !m_has_list) {
        return status(500);
    }
    if (target == pages) {
        return document(request, list());
    }
    if (target.starts_with(pages)) {
        const auto name = target.substr(pages.size(), target.size() - pages.size() - 1);
        const auto found = m_projects.find(name);
        return found == m_projects.end() ? status(404)
                                         : document(request, page(name, found->second));
    }
    return answer_file(target);
}

Reply ForeignIndex::answer_file(const std::string& target) const {
    constexpr std::string_view files = "/files/";
    constexpr std::string_view metadata = ".metadata";
    if (!target.starts_with(files)) {
        return status(404);
    }
    const bool wants_metadata = target.ends_with(metadata);
    const auto name = target.substr(
        files.size(), target.size() - files.size() - (wants_metadata ? metadata.size() : 0)
    );
    for (const auto& [project, here] : m_projects) {
        const auto found = here.files.find(name);
        if (found != here.files.end() && (!wants_metadata || !found->second.metadata.empty())) {
            return ok(wants_metadata ? found->second.metadata : found->second.content);
        }
    }
    return status(404);
}

Reply ForeignIndex::document(const Request& request, std::string body) const {
    if (m_dialect == Dialect::plain) {
        return ok(std::move(body), "text/html; charset=utf-8");
    }
    const std::string tag = '"' + hex_of(body).substr(0, 16) + '"';
    const bool known = request.header("If-None-Match") == tag;
    Reply reply = known ? status(304) : ok(std::move(body), json_type);
    if (known) {
        reply.body.clear();
    }
    reply.headers.emplace_back("ETag", tag);
    return reply;
}

std::string ForeignIndex::list() const {
    if (m_dialect == Dialect::plain) {
        std::string html = "<html><head><title>Simple Index</title></head><body>\n";
        for (const auto& [name, project] : m_projects) {
            html += "<a href=\"" + name + "/\">" + name + "</a><br>\n";
        }
        return html + "</body></html>\n";
    }
    const bool counted = m_dialect == Dialect::counted;
    std::string json = R"({"meta": {"_last-serial": )" +
                       std::to_string(m_claimed == 0 ? m_serial : m_claimed) +
                       R"(, "api-version": "1.4"}, "projects": [)";
    std::string_view comma;
    for (const auto& [name, project] : m_projects) {
        if (project.is_quarantined) {
            continue;
        }
        // Names as people write them, in an order of the server's own.
        json += std::string(comma) + R"({"name": ")" + static_cast<char>(name[0] - 'a' + 'A') +
                name.substr(1) + '"' +
                (counted ? R"(, "_last-serial": )" + std::to_string(project.serial) : "") + "}";
        comma = ", ";
    }
    return json + "]}";
}

std::string ForeignIndex::page(const std::string& name, const Project& project) const {
    return m_dialect == Dialect::plain ? html_page(project) : json_page(name, project);
}

std::string ForeignIndex::json_page(const std::string& name, const Project& project) const {
    std::string json = R"({"meta": {"_last-serial": )" + std::to_string(project.serial) +
                       R"(, "api-version": "1.4"}, "name": ")" + name +
                       R"(", "project-status": {"status": ")" +
                       (project.is_quarantined ? "quarantined" : "active") +
                       R"("}, "versions": [], "alternate-locations": [], "files": [)";
    std::string_view comma;
    for (const auto& [file, what] : project.files) {
        if (project.is_quarantined) {
            break;
        }
        json +=
            std::string(comma) + R"({"filename": ")" + file + R"(", "url": ")" + m_files_at +
            "/files/" + file + R"(", "size": )" + std::to_string(what.content.size()) +
            R"(, "upload-time": "2024-01-02T03:04:05.678901Z", "requires-python": ">=3.8", )" +
            R"("hashes": {)" +
            (what.hash.empty() ? "" : '"' + what.hash + R"(": ")" + hex_of(what.content) + '"') +
            R"(}, "yanked": )" + (what.yanked.empty() ? "false" : '"' + what.yanked + '"');
        if (!what.metadata.empty()) {
            json += R"(, "core-metadata": {"sha256": ")" + hex_of(what.metadata) + R"("})";
        }
        json += R"(, "provenance": null})";
        comma = ", ";
    }
    return json + "]}";
}

std::string ForeignIndex::html_page(const Project& project) const {
    std::string html = "<html><head><title>Links</title></head><body><h1>Links</h1>\n";
    for (const auto& [file, what] : project.files) {
        html +=
            "<a href=\"" + (m_files_at.empty() ? "../../files/" : m_files_at + "/files/") + file;
        if (!what.hash.empty()) {
            html += "#" + what.hash + "=" + hex_of(what.content);
        }
        html += "\" data-requires-python=\"&gt;=3.8\"";
        html += what.yanked.empty() ? "" : " data-yanked=\"" + what.yanked + "\"";
        html += ">" + file + "</a><br>\n";
    }
    return html + "</body></html>\n";
}

}  // namespace heliograph::test_support
