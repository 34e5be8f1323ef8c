// SPDX-License-Identifier: Apache-2.0
#include <mirror/bundle/bundle_contents.hpp>

#include <algorithm>
#include <iterator>

namespace heliograph::mirror {

bool BundleContents::is_gone(const verify::ProjectName& project) const {
    return !pages.contains(project) && !refused.contains(project) &&
           (manifest.is_whole() || removed.contains(project));
}

Result<std::optional<Changelog>> BundleContents::changes_since(verify::Serial since) const {
    if (since < manifest.journal_since()) {
        return std::optional<Changelog>();
    }
    Changelog page{
        .last_serial = manifest.to, .checkpoint = manifest.checkpoint, .events = {}, .more = false};
    auto next = std::upper_bound(
        journal.begin(),
        journal.end(),
        since,
        [](verify::Serial serial, const BundledChangelog& one) { return serial < one.since; }
    );
    if (next != journal.begin()) {
        next = std::prev(next);
    }
    for (; next != journal.end() && page.events.empty(); ++next) {
        HG_TRY(const auto body, spool.read(next->body));
        HG_TRY(auto kept, parse_changelog(text_of(body)));
        std::erase_if(kept.events, [&](const JournalEvent& event) {
            return event.serial <= since;
        });
        page.events = std::move(kept.events);
    }
    page.more = next != journal.end();
    return std::optional(std::move(page));
}

}  // namespace heliograph::mirror
