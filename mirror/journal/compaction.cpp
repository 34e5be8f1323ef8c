// SPDX-License-Identifier: Apache-2.0
#include <mirror/journal/compaction.hpp>

namespace heliograph::mirror {

Result<CompactionReport> compact_journal(Catalog& catalog, const HistoryBound& bound) {
    CompactionReport report;
    HG_TRY(report.checkpoint, catalog.checkpoint_for(bound));
    {
        HG_TRY(const auto transaction, catalog.begin());
        HG_TRY(report.dropped, transaction->condense_journal(report.checkpoint));
        HG_CHECK(transaction->commit());
    }
    HG_CHECK(catalog.give_back_room());
    HG_TRY(const auto state, catalog.state());
    report.last_serial = state.last_serial;
    HG_TRY(report.kept, catalog.event_count());
    return report;
}

}  // namespace heliograph::mirror
