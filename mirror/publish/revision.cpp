// SPDX-License-Identifier: Apache-2.0
// Changes of what is published: removals, yanks, statuses, provenance.
#include <mirror/publish/page_writer.hpp>
#include <mirror/publish/publisher.hpp>
#include <mirror/store/unnamed_blob.hpp>
#include <verify/attest/provenance.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace heliograph::mirror {

enum class YankWay { yank, unyank };

struct Publisher::Removal {
    PageChange change;
    std::function<bool(const verify::DistFileName&)> concerns;
    std::string what;  ///< For people: `demo 1.0`.
};

// What a file's page is to say of its yank.
struct Publisher::YankMark {
    YankWay way = YankWay::yank;
    std::optional<std::string> reason;  ///< Of a yank, none: that which stands there.

    [[nodiscard]] std::optional<std::string> after(const std::optional<std::string>& before) const {
        if (way == YankWay::unyank) {
            return std::nullopt;
        }
        return reason ? reason : before.value_or("");
    }
};

namespace {

void tell_revision(
    EventSink& events, std::string name, const std::string& what, verify::Serial serial
) {
    events.emit(
        {.level = EventLevel::info,
         .name = std::move(name),
         .fields = {{"what", what}, {"serial", std::to_string(serial.value)}}}
    );
}

Error not_published(const std::string& what) {
    return {
        ErrorCode::not_found,
        "expected " + what +
            " to be published here, it is not; look at the project's page for its files"};
}

// The page's own reader has the last word on what a reason may hold.
Outcome check_reason(const std::string& reason, std::size_t limit_bytes) {
    if (reason.size() > limit_bytes) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a reason of at most " + std::to_string(limit_bytes) + " bytes, saw " +
                std::to_string(reason.size())
        );
    }
    if (!verify::check_status_mark({.reason = reason})) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a reason in UTF-8 without control characters, saw '" +
                verify::printable(reason) + "'"
        );
    }
    return {};
}

// Who and what a yank is about.
struct YankScope {
    PageChange change;
    std::string what;
    std::function<bool(const verify::PageFile&)> concerns;
};

// An empty reason is none to a reader of the journal.
std::optional<std::string> told(const std::optional<std::string>& reason) {
    return reason && !reason->empty() ? reason : std::nullopt;
}

YankScope scope_of(const YankTarget& target, YankWay way) {
    const bool yanks = way == YankWay::yank;
    if (const auto* release = std::get_if<ReleaseName>(&target)) {
        return {
            .change =
                {.action = yanks ? JournalAction::yank_release : JournalAction::unyank_release,
                 .project = release->project,
                 .version = release->version},
            .what = release->project.text() + " " + release->version.text(),
            .concerns = [version = release->version](const verify::PageFile& file) {
                return file.name.version() == version;
            }};
    }
    const auto& name = std::get<verify::DistFileName>(target);
    return {
        .change =
            {.action = yanks ? JournalAction::yank_file : JournalAction::unyank_file,
             .project = name.project(),
             .file = name},
        .what = name.text(),
        .concerns = [name](const verify::PageFile& file) { return file.name == name; }};
}

JournalAction action_of(verify::ProjectStatus from, verify::ProjectStatus to) {
    constexpr auto quarantined = verify::ProjectStatus::quarantined;
    if (from != quarantined && to == quarantined) {
        return JournalAction::quarantine_project;
    }
    return from == quarantined && to != quarantined ? JournalAction::clear_quarantine
                                                    : JournalAction::change_status;
}

Result<MetadataRecord> store_document(BlobStore& blobs, const std::string& text) {
    HG_TRY(const auto blob, blobs.begin());
    HG_CHECK(blob->write(bytes_of(text)));
    HG_TRY(const auto digest, blob->commit());
    return MetadataRecord{.digest = digest, .size_bytes = text.size()};
}

}  // namespace

Result<std::vector<FileRecord>> Publisher::records_of(const verify::ProjectName& project) const {
    HG_TRY(auto records, m_parts.catalog.files(project));
    HG_TRY(auto withheld, m_parts.catalog.withheld_files(project));
    std::move(withheld.begin(), withheld.end(), std::back_inserter(records));
    return records;
}

Result<verify::Serial> Publisher::take_off(const Removal& removal) {
    const auto& project = removal.change.project;
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    PageWriter writer(
        {.catalog = m_parts.catalog,
         .keys = {m_parts.signer, m_parts.beside},
         .now = m_parts.clock.now()},
        *transaction
    );
    HG_TRY(const auto records, records_of(project));
    HG_TRY(auto* const page, writer.page_of(project));
    std::vector<FileRecord> former;
    for (const auto& record : records) {
        const auto& name = record.path.name();
        if (!removal.concerns(name)) {
            continue;
        }
        static_cast<void>(verify::remove_file(*page, name));
        HG_CHECK(transaction->remove_file(name));
        HG_CHECK(transaction->retire_file(record.path));
        former.push_back(record);
    }
    if (former.empty()) {
        return not_published(removal.what);
    }
    HG_TRY(const auto serial, writer.note(removal.change));
    HG_CHECK(writer.finish());
    HG_CHECK(transaction->commit());
    tell_revision(m_parts.events, "publish.removed", removal.what, serial);
    HG_CHECK(drop_unnamed_blobs(m_parts.catalog, m_parts.blobs, former));
    return serial;
}

Result<verify::Serial> Publisher::remove_file(const verify::DistFileName& name) {
    return take_off(
        {.change = {.action = JournalAction::remove_file, .project = name.project(), .file = name},
         .concerns = [&](const verify::DistFileName& candidate) { return candidate == name; },
         .what = name.text()}
    );
}

Result<verify::Serial> Publisher::remove_release(const ReleaseName& release) {
    return take_off(
        {.change =
             {.action = JournalAction::remove_release,
              .project = release.project,
              .version = release.version},
         .concerns = [&](const verify::DistFileName& candidate
                     ) { return candidate.version() == release.version; },
         .what = release.project.text() + " " + release.version.text()}
    );
}

Result<verify::Serial> Publisher::remove_project(const verify::ProjectName& project) {
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    HG_TRY(const auto page, m_parts.catalog.page(project, verify::PageForm::json));
    HG_TRY(const auto records, records_of(project));
    HG_TRY(const auto serial, transaction->take_serial());
    const auto now = m_parts.clock.now();
    for (const auto& record : records) {
        HG_CHECK(transaction->retire_file(record.path));
    }
    HG_CHECK(transaction->remove_project(project));
    HG_CHECK(transaction->append_event(
        {.serial = serial,
         .time = now,
         .action = JournalAction::remove_project,
         .project = project,
         .filename = std::nullopt,
         .pages = std::nullopt}
    ));
    HG_CHECK(transaction->set_last_modified(now));
    HG_CHECK(transaction->commit());
    tell_revision(m_parts.events, "publish.project.removed", project.text(), serial);
    HG_CHECK(drop_unnamed_blobs(m_parts.catalog, m_parts.blobs, records));
    return serial;
}

Result<Revision> Publisher::mark_yanked(const YankTarget& target, const YankMark& mark) {
    HG_CHECK(check_reason(mark.reason.value_or(""), verify::limits::yank_reason_bytes));
    auto scope = scope_of(target, mark.way);
    scope.change.reason = told(mark.reason);
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    PageWriter writer(
        {.catalog = m_parts.catalog,
         .keys = {m_parts.signer, m_parts.beside},
         .now = m_parts.clock.now()},
        *transaction
    );
    HG_TRY(auto* const page, writer.known_page_of(scope.change.project));
    std::size_t concerned = 0;
    std::size_t changed = 0;
    for (auto& file : page->files) {
        if (!scope.concerns(file)) {
            continue;
        }
        ++concerned;
        auto wanted = mark.after(file.yanked);
        if (file.yanked != wanted) {
            file.yanked = std::move(wanted);
            ++changed;
        }
    }
    if (concerned == 0) {
        return not_published(scope.what);
    }
    if (changed == 0) {
        return Revision{.effect = Revision::Effect::same, .serial = page->serial};
    }
    HG_TRY(const auto serial, writer.note(scope.change));
    HG_CHECK(writer.finish());
    HG_CHECK(transaction->commit());
    const bool yanks = mark.way == YankWay::yank;
    tell_revision(
        m_parts.events, yanks ? "publish.yanked" : "publish.unyanked", scope.what, serial
    );
    return Revision{.effect = Revision::Effect::changed, .serial = serial};
}

Result<Revision> Publisher::yank(
    const YankTarget& target, const std::optional<std::string>& reason
) {
    return mark_yanked(target, {.way = YankWay::yank, .reason = reason});
}

Result<Revision> Publisher::unyank(
    const YankTarget& target, const std::optional<std::string>& reason
) {
    return mark_yanked(target, {.way = YankWay::unyank, .reason = reason});
}

Result<Revision> Publisher::set_status(
    const verify::ProjectName& project,
    verify::ProjectStatus status,
    const std::optional<std::string>& reason
) {
    HG_CHECK(check_reason(reason.value_or(""), verify::limits::status_reason_bytes));
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    PageWriter writer(
        {.catalog = m_parts.catalog,
         .keys = {m_parts.signer, m_parts.beside},
         .now = m_parts.clock.now()},
        *transaction
    );
    HG_TRY(auto* const page, writer.known_page_of(project));
    const bool keeps = !reason && page->mark.status == status;
    const verify::StatusMark mark{
        .status = status, .reason = keeps ? page->mark.reason : reason.value_or("")};
    if (page->mark == mark) {
        return Revision{.effect = Revision::Effect::same, .serial = page->serial};
    }
    const auto action = action_of(page->mark.status, mark.status);
    page->mark = mark;
    HG_TRY(
        const auto serial,
        writer.note({.action = action, .project = project, .reason = told(mark.reason)})
    );
    HG_CHECK(writer.finish());
    HG_CHECK(transaction->commit());
    tell_revision(
        m_parts.events,
        "publish.status." + std::string(verify::project_status_name(mark.status)),
        project.text(),
        serial
    );
    return Revision{.effect = Revision::Effect::changed, .serial = serial};
}

Result<Attested> Publisher::attest(const verify::DistFileName& name, const std::string& document) {
    HG_TRY(const auto provenance, verify::parse_provenance(document));
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    PageWriter writer(
        {.catalog = m_parts.catalog,
         .keys = {m_parts.signer, m_parts.beside},
         .now = m_parts.clock.now()},
        *transaction
    );
    HG_TRY(const auto records, records_of(name.project()));
    const auto record =
        std::find_if(records.begin(), records.end(), [&](const FileRecord& candidate) {
            return candidate.path.name() == name;
        });
    if (record == records.end()) {
        return not_published(name.text());
    }
    HG_TRY(auto verdict, verify::check_provenance(provenance, record->path, "the given object"));
    if (!verdict.accepted()) {
        return Attested{.verdict = std::move(verdict), .revision = std::nullopt};
    }
    HG_TRY(auto* const page, writer.known_page_of(name.project()));
    if (record->provenance && record->provenance->digest == pki::sha256(bytes_of(document))) {
        return Attested{
            .verdict = std::move(verdict),
            .revision = Revision{.effect = Revision::Effect::same, .serial = page->serial}};
    }
    const auto file = std::find_if(page->files.begin(), page->files.end(), [&](const auto& one) {
        return one.name == name;
    });
    if (file == page->files.end()) {
        return damaged_page(name.project(), "without " + name.text() + ", which is recorded");
    }
    FileRecord attested = *record;
    HG_TRY(attested.provenance, store_document(m_parts.blobs, document));
    HG_CHECK(transaction->put_file(attested));
    file->provenance = attested.provenance->digest;
    HG_TRY(
        const auto serial,
        writer.note({.action = JournalAction::attest_file, .project = name.project(), .file = name})
    );
    HG_CHECK(writer.finish());
    HG_CHECK(transaction->commit());
    tell_revision(m_parts.events, "publish.attested", name.text(), serial);
    HG_CHECK(drop_unnamed_blobs(m_parts.catalog, m_parts.blobs, {*record}));
    return Attested{
        .verdict = std::move(verdict),
        .revision = Revision{.effect = Revision::Effect::changed, .serial = serial}};
}

}  // namespace heliograph::mirror
