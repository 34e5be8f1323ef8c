// SPDX-License-Identifier: Apache-2.0
#include <mirror/statistics/bzip2_file.hpp>
#include <mirror/statistics/collection.hpp>
#include <pki/base/file.hpp>
#include <pki/crypto/digest.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t marker_bytes = 1U << 20U;

class Collection {
  public:
    Collection(const CollectRequest& request, Transport& transport, const KnownFile& known)
        : m_request(request),
          m_transport(transport),
          m_known(known),
          m_range{
              .first = request.today - request.reach,
              .last = request.today - std::chrono::days(1)} {}

    Result<CollectReport> run() {
        for (const auto* place : {"stats/days", "stats/months", "stats/columns", "stats/sources"}) {
            HG_CHECK(make_folder(m_request.folder / place));
        }
        for (const auto& mirror : m_request.mirrors) {
            m_report.columns.push_back({.mirror = mirror, .failures = {}});
            HG_CHECK(ask(m_report.columns.back()));
        }
        std::set<std::string> months;
        for (auto day = m_range.first; day <= m_range.last; day += std::chrono::days(1)) {
            HG_CHECK(sum_day(day));
            months.insert(month_of(day));
        }
        for (const auto& month : months) {
            if (month != month_of(m_request.today)) {
                HG_CHECK(sum_month(month));
            }
        }
        return std::move(m_report);
    }

  private:
    struct Source {
        fs::path file;
        std::string line;                ///< Name and digest.
        MirrorColumn* column = nullptr;  ///< Whose it is; null: the master's own.
    };

    static std::string month_of(StatisticsDay day) {
        constexpr std::size_t letters = 7;  // YYYY-MM
        return format_day(day).substr(0, letters);
    }

    [[nodiscard]] fs::path column(const Url& mirror) const {
        return m_request.folder / "stats" / "columns" / column_name(mirror);
    }

    Outcome ask(MirrorColumn& report) {
        const auto& mirror = report.mirror;
        if (mirror.scheme() != UrlScheme::https) {
            report.failures.emplace_back(
                ErrorCode::network,
                "expected an https address, so that the figures come from who they are of, saw " +
                    mirror.to_string()
            );
            return {};
        }
        HG_CHECK(make_folder(column(mirror)));
        const auto address = mirror.to_string() + "\n";
        HG_CHECK(write_file_atomically(column(mirror) / "url.txt", bytes_of(address)));
        for (auto day = m_range.first; day <= m_range.last; day += std::chrono::days(1)) {
            std::error_code unknown;
            if (fs::exists(column(mirror) / day_file_name(day), unknown)) {
                continue;
            }
            const bool answers = ask_day(report, day);
            if (m_request.stop.stop_requested()) {
                return Error(
                    ErrorCode::cancelled, "the run was stopped; run the same command again to go on"
                );
            }
            if (!answers) {
                return {};
            }
        }
        return {};
    }

    // @return Whether it is worth asking that mirror for another day.
    bool ask_day(MirrorColumn& report, StatisticsDay day) {
        constexpr int found = 200;
        constexpr int not_found = 404;
        const auto place = std::string(local_days_place) + "/" + day_file_name(day);
        auto url = report.mirror.resolve(place);
        HG_ASSERT(url.has_value());
        auto document = fetch_document(
            m_transport,
            {.url = *url,
             .limit_bytes = statistics_limits::packed_bytes,
             .timeouts = m_request.timeouts,
             .trust = m_request.trust,
             .stop = m_request.stop}
        );
        if (!document) {
            report.failures.push_back(std::move(document).error().at(url->to_string()));
            return report.failures.back().code() == ErrorCode::too_large;
        }
        if (document->response.status == not_found) {
            ++report.missing;
            return true;
        }
        auto kept =
            document->response.status == found
                ? keep(column(report.mirror) / day_file_name(day), document->body)
                : Outcome(Error(
                      ErrorCode::network,
                      "expected status 200 or 404, saw " + std::to_string(document->response.status)
                  ));
        if (!kept) {
            report.failures.push_back(std::move(kept).error().at(url->to_string()));
            return true;
        }
        ++report.days;
        return true;
    }

    // Read before it is kept, so that nothing lies here that cannot be summed.
    static Outcome keep(const fs::path& file, const Bytes& packed) {
        HG_TRY(const auto text, unpack_bzip2(packed, statistics_limits::text_bytes));
        std::size_t rows = 0;
        HG_CHECK(for_each_access(text, [&rows](const AccessKey&, std::uint64_t) -> Outcome {
            return ++rows <= statistics_limits::rows
                       ? Outcome()
                       : Error(ErrorCode::too_large, "expected fewer rows in a day of one mirror");
        }));
        return write_file_atomically(file, packed);
    }

    Outcome add_source(
        const fs::path& file,
        const std::string& name,
        MirrorColumn* column,
        std::vector<Source>& sources
    ) {
        const auto packed = read_file(file, statistics_limits::packed_bytes);
        if (packed) {
            sources.push_back(
                {.file = file,
                 .line = name + " " + pki::sha256(*packed).to_hex() + "\n",
                 .column = column}
            );
            return {};
        }
        return packed.error().code() == ErrorCode::not_found ? Outcome()
                                                             : pass_over(column, packed.error());
    }

    // What one file lacks is told and keeps nobody else's figures up; a disk that fails ends it.
    Outcome pass_over(MirrorColumn* column, const Error& error) {
        if (error.code() != ErrorCode::malformed && error.code() != ErrorCode::too_large) {
            return error;
        }
        (column != nullptr ? column->failures : m_report.failures).push_back(error);
        return {};
    }

    Outcome sum_day(StatisticsDay day) {
        std::vector<Source> sources;
        HG_CHECK(add_source(
            m_request.folder / local_days_place / day_file_name(day), "own", nullptr, sources
        ));
        for (auto& one : m_report.columns) {
            const auto& mirror = one.mirror;
            HG_CHECK(
                add_source(column(mirror) / day_file_name(day), column_name(mirror), &one, sources)
            );
        }
        HG_TRY(
            const bool written,
            sum(sources,
                fs::path(summed_days_place) / day_file_name(day),
                format_day(day),
                m_request.bounds)
        );
        m_report.days_summed += written ? 1 : 0;
        return {};
    }

    Outcome sum_month(const std::string& month) {
        const auto place = m_request.folder / summed_days_place;
        HG_TRY(const auto first, parse_day(month + "-01"));
        HG_TRY(
            const auto days, days_in(place, {.first = first, .last = first + std::chrono::days(30)})
        );
        // Days are sums of ours: no one of them need be kept short for the others' sake.
        auto bounds = m_request.bounds;
        bounds.source_agents = bounds.agents;
        bounds.source_rows = bounds.rows;
        std::vector<Source> sources;
        for (const auto day : days) {
            if (month_of(day) == month) {
                HG_CHECK(add_source(place / day_file_name(day), format_day(day), nullptr, sources));
            }
        }
        HG_TRY(
            const bool written,
            sum(sources, fs::path(summed_months_place) / (month + ".bz2"), month, bounds)
        );
        m_report.months_summed += written ? 1 : 0;
        return {};
    }

    // The list of sources is written behind the sum: where it fits, the sum does.
    // @return Whether it was written.
    Result<bool> sum(
        const std::vector<Source>& sources,
        const fs::path& place,
        const std::string& name,
        const SumBounds& bounds
    ) {
        if (sources.empty()) {
            return false;
        }
        std::string list;
        for (const auto& source : sources) {
            list += source.line;
        }
        const auto marker = m_request.folder / "stats" / "sources" / name;
        const auto before = read_file(marker, marker_bytes);
        std::error_code unknown;
        if (before && text_of(*before) == list && fs::exists(m_request.folder / place, unknown)) {
            return false;
        }
        BoundedSum total(bounds);
        list.clear();
        for (const auto& source : sources) {
            const auto added = add_file(source, total);
            if (added) {
                list += source.line;  // Else it is told of, and tried again, by every run.
            } else {
                HG_CHECK(pass_over(source.column, added.error()));
            }
        }
        HG_TRY(auto file, Bzip2Writer::create(m_request.folder / place));
        HG_CHECK(file.write(render_access_table(total.table())));
        HG_CHECK(file.commit(Replacement::allowed));
        HG_CHECK(write_file_atomically(marker, bytes_of(list)));
        return true;
    }

    Outcome add_file(const Source& source, BoundedSum& total) const {
        total.begin_source();
        HG_CHECK(visit_access_file(source.file, [&](AccessKey key, std::uint64_t count) -> Outcome {
            HG_TRY(const bool known, m_known(key));
            if (known) {
                total.add(std::move(key), count);
            }
            return {};
        }));
        return total.left_out() == 0
                   ? Outcome()
                   : Error(
                         ErrorCode::too_large,
                         "expected fewer rows in " + source.file.string() + ", " +
                             std::to_string(total.left_out()) + " of them are left out of the sum"
                     );
    }

    const CollectRequest& m_request;
    Transport& m_transport;
    const KnownFile& m_known;
    DayRange m_range;
    CollectReport m_report;
};

}  // namespace

bool CollectReport::complete() const {
    return failures.empty() &&
           std::all_of(columns.begin(), columns.end(), [](const MirrorColumn& column) {
               return column.failures.empty();
           });
}

std::string column_name(const Url& mirror) {
    constexpr std::size_t letters = 32;
    return pki::sha256(bytes_of(mirror.to_string())).to_hex().substr(0, letters);
}

Result<CollectReport> collect_statistics(
    const CollectRequest& request, Transport& transport, const KnownFile& known
) {
    return Collection(request, transport, known).run();
}

}  // namespace heliograph::mirror
