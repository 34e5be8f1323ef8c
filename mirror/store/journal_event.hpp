// SPDX-License-Identifier: Apache-2.0
// One row of the journal: what changed, under which serial. The store keeps rows; mirror/journal
// writes them to the wire.
#pragma once

#include <pki/base/clock.hpp>
#include <pki/crypto/digest.hpp>
#include <verify/index/file_name.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/serial.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace heliograph::mirror {

enum class JournalAction {
    create_project,      ///< A project came into being; its first file is an event of its own.
    add_release,         ///< A project has files of a version from here on; each is an event.
    add_file,            ///< A file joined a project's page.
    remove_file,         ///< A file left a project's page.
    remove_release,      ///< All files of a version left a project's page.
    remove_project,      ///< The project is gone, page and files; it has no page digests.
    yank_file,           ///< A file was marked as yanked (PEP 592), or its reason changed.
    unyank_file,         ///< A file is no longer marked.
    yank_release,        ///< All files of a version were marked, or the reason changed.
    unyank_release,      ///< No file of a version is marked any longer.
    attest_file,         ///< A file's provenance object came or changed (PEP 740).
    quarantine_project,  ///< The project offers no files from here on (PEP 792).
    clear_quarantine,    ///< It offers them again.
    change_status,       ///< Another status or reason, neither from nor to quarantine.
    update_project,      ///< Something of it changed: what a follower knows that compared lists.
    change_evidence,     ///< The signer chain or a CRL changed; it has no project.
};

/// The word of an action on the wire: `add-file`... @thread Safe. @cost None.
[[nodiscard]] std::string_view journal_action_name(JournalAction action);

/// @errors malformed (no such action). @thread Safe. @cost None.
[[nodiscard]] Result<JournalAction> parse_journal_action(std::string_view word);

/// The digests of a project's two pages after the commit that holds an event (a batch is one
/// commit).
struct PageDigests {
    pki::Sha256 html;
    pki::Sha256 json;

    friend bool operator==(const PageDigests&, const PageDigests&) = default;
};

/// One event. Which optional members are set follows from the action; parse and append check it.
struct JournalEvent {
    verify::Serial serial;
    Instant time;
    JournalAction action = JournalAction::add_file;
    std::optional<verify::ProjectName> project;
    std::optional<verify::DistFileName> filename;
    std::optional<PageDigests> pages;
    std::optional<verify::Version> version = std::nullopt;  ///< Of an event of a whole release.
    /// Why, for people: of a yank, an unyank or a status; not empty, at most
    /// limits::yank_reason_bytes, as check_status_mark() takes it.
    std::optional<std::string> reason = std::nullopt;

    friend bool operator==(const JournalEvent&, const JournalEvent&) = default;
};

/// How much of a journal is to be kept whole: so many events, or those since an instant.
using HistoryBound = std::variant<std::uint64_t, Instant>;

/// Part of a journal: above `after`, up to and including `up_to`.
struct SerialRange {
    verify::Serial after;
    verify::Serial up_to = verify::max_serial;
};

/// Checks that exactly the members which the action calls for are set; a reason may be.
/// @errors malformed. @thread Safe. @cost None.
[[nodiscard]] Outcome check_shape(const JournalEvent& event);

/// Whether something is no longer offered after it, or yanked. @thread Safe. @cost None.
[[nodiscard]] bool is_withdrawal(JournalAction action);

}  // namespace heliograph::mirror
