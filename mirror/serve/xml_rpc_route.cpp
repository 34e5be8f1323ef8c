// SPDX-License-Identifier: Apache-2.0
// `POST /pypi`, `/pypi/` and `/RPC2`: the three calls of the main index that mirrors use.
#include <mirror/serve/route.hpp>
#include <mirror/serve/xml_rpc_call.hpp>
#include <mirror/serve/xml_rpc_reply.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

namespace heliograph::mirror {

namespace {

// Followers ask again until they get fewer.
constexpr std::size_t most_rows = 50'000;

// Calls that the main index had or has, and that nobody needs to follow it.
constexpr std::array<std::string_view, 15> other_methods{
    "browse",
    "changelog",
    "list_packages",
    "package_data",
    "package_releases",
    "package_roles",
    "package_urls",
    "release_data",
    "release_downloads",
    "release_urls",
    "search",
    "system.multicall",
    "top_packages",
    "updated_releases",
    "user_packages"};

// As people write them, each looked up once.
class DisplayNames {
  public:
    explicit DisplayNames(const Catalog& catalog) : m_catalog(catalog) {}

    Result<std::string> of(const verify::ProjectName& project) {
        const auto known = m_names.find(project);
        if (known != m_names.end()) {
            return known->second;
        }
        HG_TRY(auto name, m_catalog.display_name(project));
        return m_names.emplace(project, std::move(name)).first->second;
    }

  private:
    const Catalog& m_catalog;
    std::unordered_map<verify::ProjectName, std::string> m_names;
};

Result<std::string> changelog_rows(const Catalog& catalog, verify::Serial since) {
    HG_TRY(const auto state, catalog.state());
    std::vector<WarehouseEvent> rows;
    DisplayNames names(catalog);
    verify::Serial after = since;
    // Events without a project give no row, so that one page of events can be too few.
    while (rows.size() < most_rows && after < state.last_serial) {
        HG_TRY(
            const auto events,
            catalog.events({.after = after, .up_to = state.last_serial}, most_rows - rows.size())
        );
        if (events.empty()) {
            break;
        }
        for (const auto& event : events) {
            if (auto row = to_warehouse_event(event)) {
                HG_TRY(row->name, names.of(*event.project));
                rows.push_back(*std::move(row));
            }
        }
        after = events.back().serial;
    }
    return render_events(rows);
}

// What the root list names: a quarantined project stands in neither, since a follower that takes
// the list for the whole would go on naming what is not offered (PEP 792).
Result<std::string> package_rows(const Catalog& catalog) {
    HG_TRY(const auto states, catalog.projects_since(0, verify::limits::root_projects));
    std::map<std::string, verify::Serial> listed;
    for (const auto& state : states) {
        if (state.presence == ProjectPresence::listed) {
            const auto& name = state.entry.name.text();
            listed.emplace(
                state.display_name.empty() ? name : state.display_name, state.entry.serial
            );
        }
    }
    return render_packages(listed);
}

std::string wrong_parameters(std::string_view wanted) {
    return render_fault(
        XmlRpcFault::invalid_parameters, "invalid method parameters: " + std::string(wanted)
    );
}

Result<std::string> answer_call(const XmlRpcCall& call, const Catalog& catalog) {
    const auto& given = call.parameters;
    if (call.method == "changelog_last_serial") {
        if (!given.empty()) {
            return wrong_parameters("changelog_last_serial takes none");
        }
        HG_TRY(const auto state, catalog.state());
        return render_serial(state.last_serial);
    }
    if (call.method == "changelog_since_serial") {
        const auto* since = given.size() == 1 ? std::get_if<std::int64_t>(given.data()) : nullptr;
        if (since == nullptr || *since < 0 || std::cmp_greater(*since, verify::max_serial.value)) {
            return wrong_parameters("changelog_since_serial takes one serial, an int");
        }
        return changelog_rows(catalog, {static_cast<std::uint64_t>(*since)});
    }
    if (call.method == "list_packages_with_serial") {
        if (!given.empty()) {
            return wrong_parameters("list_packages_with_serial takes none");
        }
        return package_rows(catalog);
    }
    if (std::find(other_methods.begin(), other_methods.end(), call.method) != other_methods.end()) {
        return render_fault(
            XmlRpcFault::wrapped,
            "RuntimeError: this index does not offer " + call.method +
                "; use the simple API (/simple/) and changelog_since_serial"
        );
    }
    return render_fault(XmlRpcFault::method_not_found, "method not found");
}

}  // namespace

Result<HttpReply> answer_xml_rpc(const HttpRequest& request, ReadView& view) {
    std::string xml;
    if (request.arrival == BodyArrival::streamed) {
        return HttpReply::sentence(
            413, "An XML-RPC call comes with a Content-Length of at most 16384 bytes."
        );
    }
    const auto call = parse_xml_rpc_call(text_of(request.body));
    if (call) {
        HG_TRY(xml, answer_call(*call, view.catalog));
    } else {
        xml = render_fault(XmlRpcFault::parse, "parse error: " + call.error().message());
    }
    return xml_reply(xml);
}

}  // namespace heliograph::mirror
