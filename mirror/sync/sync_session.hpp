// SPDX-License-Identifier: Apache-2.0
// Private: one run, from the cursor to the end of the upstream's journal, chapter by chapter.
#pragma once

#include <mirror/journal/cursor.hpp>
#include <mirror/sync/back_off.hpp>
#include <mirror/sync/closure.hpp>
#include <mirror/sync/plan.hpp>
#include <mirror/sync/signer_evidence.hpp>
#include <mirror/sync/store_group.hpp>
#include <mirror/sync/sync_ahead.hpp>
#include <mirror/sync/sync_run.hpp>
#include <mirror/sync/task_pool.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::mirror {

/// Some pages of the journal that are worked off together.
struct Chapter {
    std::vector<JournalEvent> events;
    verify::Serial next;  ///< Where the cursor stands when all of it is done.
    bool more = false;
    bool evidence_changed = false;
    std::optional<SerialRange> gap = std::nullopt;  ///< Of the journal, bridged by the list.
    /// Of an upstream that signs nothing, by its feed.
    struct Withdrawal {
        verify::ProjectName project;
        Instant time;
    };
    std::vector<Withdrawal> withdrawals = {};
};

/// Whether a project with such an outcome is parked. @thread Safe. @cost None.
[[nodiscard]] bool is_pending(ProjectOutcome::Kind kind);

/// @thread One thread, that of the catalogue.
class SyncSession {
  public:
    SyncSession(
        const SyncParts& parts, const std::vector<Upstream*>& workers, const SyncOptions& options
    );

    [[nodiscard]] Result<SyncReport> run();
    /// What run() would look at; writes nothing. Instead of run(), once.
    [[nodiscard]] Result<SyncPreview> preview();

  private:
    /// All that is wanted, by name or for being needed.
    struct Wish {
        ProjectFilter projects;
        FileFilter files;
    };

    [[nodiscard]] Outcome check_rest() const;
    [[nodiscard]] Outcome open_closure();
    [[nodiscard]] Outcome measure_closure();
    [[nodiscard]] Outcome follow_closure();
    [[nodiscard]] Outcome apply_closure(const Wish& before);
    void change_closure();
    [[nodiscard]] bool is_absent_need(const Delivery& delivery) const;
    void note_absent(ProjectOutcome& outcome);
    [[nodiscard]] Outcome open_evidence();
    [[nodiscard]] Outcome take_evidence();
    [[nodiscard]] Outcome apply_filter();
    [[nodiscard]] Outcome refilter(const verify::RootEntry& project);
    void tell_dropped(const FilterEffect& effect);
    [[nodiscard]] Outcome plan_ripe();
    [[nodiscard]] std::string filter_mark() const;
    [[nodiscard]] std::vector<ProjectTask> take_tasks();
    [[nodiscard]] Outcome plan_parked();
    [[nodiscard]] Outcome plan_whole();
    [[nodiscard]] Outcome plan_list();
    [[nodiscard]] bool is_unsigned() const;
    [[nodiscard]] Outcome open_unsigned();
    [[nodiscard]] bool may_ask_feed();
    [[nodiscard]] Result<std::optional<Chapter>> feed_chapter();
    [[nodiscard]] Chapter take_news(const FeedNews& news);
    void tell_feed(UpstreamFeed feed, std::string reason) const;
    [[nodiscard]] Result<Chapter> list_chapter();
    [[nodiscard]] Result<std::optional<RootAnswer>> ask_list(const std::string& known);
    [[nodiscard]] Outcome take_list(const RootAnswer& answer, Chapter& chapter);
    [[nodiscard]] Outcome prepare_unsigned(PreparedTask& prepared);
    void count_chapter(Chapter& chapter);
    void plan_due_list();
    [[nodiscard]] Result<Chapter> read_chapter();
    [[nodiscard]] Result<bool> read_page(Chapter& chapter, const Changelog& page);
    [[nodiscard]] Result<Chapter> bridge_chapter();
    [[nodiscard]] Outcome follow_chapter(Chapter& chapter);
    [[nodiscard]] Outcome run_tasks(std::vector<ProjectTask> tasks);
    [[nodiscard]] Outcome begin_task(ProjectTask task);
    [[nodiscard]] Outcome end_task();
    [[nodiscard]] Outcome settle(Delivery delivery);
    [[nodiscard]] Outcome check_upstream(const ProjectOutcome& outcome);
    [[nodiscard]] Outcome rest(const RetryWish& wish);
    [[nodiscard]] Outcome commit_chapter(const Chapter& chapter);
    void count_withdrawals(const Chapter& chapter);
    [[nodiscard]] bool is_long_gone(const ProjectOutcome& outcome) const;
    [[nodiscard]] bool may_be_rollover(const Delivery& delivery) const;
    [[nodiscard]] PendingProject parked_entry(const Delivery& delivery) const;
    [[nodiscard]] Outcome begin_at_proven();
    [[nodiscard]] Result<bool> step_back(verify::Serial last);
    void doubt_wishes(const verify::RootList& list);
    void refuse_rollback(verify::Serial last);
    void emit_plan(std::size_t tasks, verify::Serial serial) const;
    void note(ProjectOutcome outcome);
    [[nodiscard]] Outcome salvage();
    [[nodiscard]] Result<SyncReport> finish();

    const SyncParts& m_parts;
    const SyncOptions& m_options;
    Instant m_started;
    SyncReport m_report;
    UpstreamState m_upstream;
    TaskList m_tasks;
    std::vector<ProjectTask> m_again;  ///< To be had once more, under other signers.
    std::map<verify::ProjectName, PendingProject> m_parked;
    std::shared_ptr<const verify::SignerSet> m_signers;
    bool m_evidence_is_fresh = false;  ///< Asked for in this chapter already.
    int m_unreachable = 0;
    int m_gaps = 0;
    bool m_stepped_back = false;
    bool m_journal_in_doubt = false;  ///< What stands here, from its beginning.
    bool m_filter_changed = false;
    const ProjectFilter* m_projects;        ///< Those of the parts, or of the closure.
    const FileFilter* m_files;              ///< The same.
    std::optional<Wish> m_closure;          ///< Changed while no worker works.
    bool m_closure_stale = false;           ///< Projects came or went since it was measured.
    bool m_looking_only = false;            ///< Nothing is written.
    FilterPreview m_dropped;                ///< What would be, then.
    std::optional<std::string> m_compared;  ///< Entity tag of the list that this chapter compares.
    std::optional<verify::Serial> m_next;   ///< Of pages that change, where none are stated.
    verify::Serial m_highest;               ///< Of the pages that were stored.
    StoreGroup m_group;
    TaskPool m_pool;
};

}  // namespace heliograph::mirror
