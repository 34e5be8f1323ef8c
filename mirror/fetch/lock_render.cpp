// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/lock_file.hpp>
#include <mirror/fetch/lock_render.hpp>
#include <mirror/fetch/toml_library.hpp>
#include <mirror/fleet/index_path.hpp>

#include <chrono>
#include <sstream>

namespace heliograph::mirror {

namespace {

toml::date_time moment_of(Instant instant) {
    const auto day = std::chrono::floor<std::chrono::days>(instant);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(instant - day);
    return {
        toml::date(
            static_cast<int>(date.year()),
            static_cast<unsigned>(date.month()),
            static_cast<unsigned>(date.day())
        ),
        toml::time(
            static_cast<unsigned>(time.hours().count()),
            static_cast<unsigned>(time.minutes().count()),
            static_cast<unsigned>(time.seconds().count())
        ),
        toml::time_offset(0, 0)};
}

toml::table inline_table() {
    toml::table table;
    table.is_inline(true);
    return table;
}

Result<toml::table> file_table(const verify::PageFile& file, const Url& index) {
    HG_TRY(const auto url, index.resolve(file_path(file.path())));
    auto table = inline_table();
    table.insert("name", file.name.text());
    table.insert("url", url.to_string());
    if (file.upload_time) {
        table.insert("upload-time", moment_of(*file.upload_time));
    }
    if (file.size_bytes) {
        table.insert("size", static_cast<std::int64_t>(*file.size_bytes));
    }
    auto hashes = inline_table();
    hashes.insert("sha256", file.sha256.to_hex());
    table.insert("hashes", std::move(hashes));
    return table;
}

Result<toml::table> package_table(const ResolvedFile& resolved, const LockPlan& plan) {
    const auto& file = resolved.file;
    HG_TRY(const auto index, plan.index.resolve("simple/"));
    toml::table table;
    table.insert("name", file.name.project().text());
    table.insert("version", file.name.version().text());
    table.insert("index", index.to_string());
    // A page may say anything there: what no reader of ours takes is left out.
    if (file.requires_python && verify::parse_specifier_set(*file.requires_python)) {
        table.insert("requires-python", *file.requires_python);
    }
    if (!resolved.needs.empty()) {
        toml::array needs;
        for (const auto& need : resolved.needs) {
            auto entry = inline_table();
            entry.insert("name", need.text());
            needs.push_back(std::move(entry));
        }
        table.insert("dependencies", std::move(needs));
    }
    HG_TRY(auto entry, file_table(file, plan.index));
    if (file.name.kind() == verify::FileKind::wheel) {
        toml::array wheels;
        wheels.push_back(std::move(entry));
        table.insert("wheels", std::move(wheels));
    } else {
        table.insert("sdist", std::move(entry));
    }
    return table;
}

// What the answers of markers hung on, as far as the target tells it.
std::string environment_of(const PythonTarget& python) {
    std::string text;
    for (const auto variable :
         {MarkerVariable::implementation_name,
          MarkerVariable::platform_machine,
          MarkerVariable::python_version,
          MarkerVariable::sys_platform}) {
        const auto& value = python.markers.value(variable);
        if (!value.empty()) {
            text += (text.empty() ? "" : " and ") + std::string(marker_variable_name(variable)) +
                    " == \"" + value + "\"";
        }
    }
    return text;
}

// Markers may ask for the third number too: what was answered for 3.10.12 need not hold for 3.10.2.
std::string least_python(const PythonTarget& python) {
    const bool is_full = python.version.release().size() >= 3;
    return ">=" +
           (is_full ? python.version.text() : python.markers.value(MarkerVariable::python_version));
}

}  // namespace

Result<std::string> render_lock_file(const LockPlan& plan) {
    toml::table root;
    root.insert("lock-version", "1.0");
    root.insert("created-by", "heliograph");
    root.insert("requires-python", least_python(plan.python));
    HG_TRY(const auto environment, parse_environment_marker(environment_of(plan.python)));
    root.insert("environments", toml::array{environment.text()});
    toml::array packages;
    for (const auto& resolved : plan.files) {
        HG_TRY(auto table, package_table(resolved, plan));
        packages.push_back(std::move(table));
    }
    root.insert("packages", std::move(packages));
    std::ostringstream text;
    text << toml::toml_formatter(root) << '\n';
    auto rendered = text.str();
    // Whoever reads it holds it to more rules than the library writes it by.
    if (const auto again = parse_lock_file(rendered); !again) {
        return Error(ErrorCode::unsupported, again.error().describe());
    }
    return rendered;
}

}  // namespace heliograph::mirror
