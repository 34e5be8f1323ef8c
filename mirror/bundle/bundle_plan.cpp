// SPDX-License-Identifier: Apache-2.0
#include <mirror/bundle/bundle_plan.hpp>
#include <mirror/journal/changelog.hpp>

namespace heliograph::mirror {

namespace {

void note_event(BundledProject& project, const JournalEvent& event) {
    switch (event.action) {
        case JournalAction::add_file:
            project.joined.insert(*event.filename);
            break;
        case JournalAction::attest_file:
            project.attested.insert(*event.filename);
            break;
        case JournalAction::update_project:
        case JournalAction::clear_quarantine:
            // A follower drops the files of a quarantined project.
            project.files = BundledProject::Files::all;
            return;
        default:
            return;
    }
    if (project.files == BundledProject::Files::none) {
        project.files = BundledProject::Files::named;
    }
}

// All that have a page, listed or not: a change of signers gives each page another signature
// without an event of its own, and a condensed journal does not tell whom it has forgotten.
Outcome add_everybody(const Catalog& catalog, const BundleManifest& manifest, BundlePlan& plan) {
    HG_TRY(const auto projects, catalog.projects());
    for (const auto& project : projects) {
        auto& planned = plan[project.name];
        if (manifest.is_whole() && manifest.since < project.serial) {
            planned.files = BundledProject::Files::all;
        }
    }
    return {};
}

}  // namespace

bool BundledProject::wants(const verify::DistFileName& file, NamedBlob::Part part) const {
    switch (files) {
        case Files::none:
            return false;
        case Files::all:
            return true;
        case Files::named:
            break;
    }
    return joined.contains(file) || (part != NamedBlob::Part::content && attested.contains(file));
}

Result<BundlePlan> plan_bundle(const Catalog& catalog, const BundleManifest& manifest) {
    BundlePlan plan;
    bool everybody = manifest.is_whole();
    verify::Serial since = manifest.journal_since();
    while (since < manifest.to) {
        HG_TRY(
            const auto events,
            catalog.events({.after = since, .up_to = manifest.to}, changelog_limits::events)
        );
        if (events.empty()) {
            break;
        }
        for (const auto& event : events) {
            if (event.project) {
                note_event(plan[*event.project], event);
            } else {
                everybody = true;
            }
        }
        since = events.back().serial;
    }
    if (everybody) {
        HG_CHECK(add_everybody(catalog, manifest, plan));
    }
    return plan;
}

}  // namespace heliograph::mirror
