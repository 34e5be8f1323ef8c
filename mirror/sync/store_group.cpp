// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/unnamed_blob.hpp>
#include <mirror/sync/store_group.hpp>
#include <verify/index/core_metadata.hpp>
#include <verify/verdict/limits.hpp>

#include <map>
#include <tuple>
#include <utility>

namespace heliograph::mirror {

namespace {

// A group is as large as a kill may cost: its blobs have to be had again.
constexpr std::size_t group_projects = 2048;
constexpr std::uint64_t group_bytes = std::uint64_t{128} * 1024 * 1024;
constexpr std::chrono::milliseconds group_age{1000};

}  // namespace

void StoreGroup::begin_clock() {
    if (!m_begun) {
        m_begun = std::chrono::steady_clock::now();
    }
}

Outcome StoreGroup::take(Delivery& delivery) {
    if (delivery.blobs) {
        begin_clock();
        m_bytes += delivery.outcome.bytes;
        if (m_batch) {
            HG_CHECK(m_batch->absorb(*delivery.blobs));
        } else {
            m_batch = std::move(delivery.blobs);
        }
        delivery.blobs.reset();
    }
    if (delivery.fresh) {
        begin_clock();
        m_bytes += delivery.fresh->pages.html.body.size() + delivery.fresh->pages.json.body.size();
        m_fresh.push_back(*std::move(delivery.fresh));
        delivery.fresh.reset();
    }
    return {};
}

void StoreGroup::remove(const verify::ProjectName& project) {
    begin_clock();
    m_removed.push_back(project);
}

void StoreGroup::remove_untold(const verify::ProjectName& project, Instant time) {
    m_untold.push_back({project, time});
    remove(project);
}

void StoreGroup::retag(const verify::ProjectName& project, std::string tag) {
    begin_clock();
    m_tags.push_back({project, std::move(tag)});
}

void StoreGroup::park(PendingProject entry) {
    begin_clock();
    m_parked.push_back(std::move(entry));
}

void StoreGroup::refilter(FilterEffect effect) {
    begin_clock();
    m_refiltered.push_back(std::move(effect));
}

void StoreGroup::settle(const verify::ProjectName& project) {
    begin_clock();
    std::erase_if(m_parked, [&](const PendingProject& entry) { return entry.project == project; });
    m_settled.push_back(project);
}

std::optional<std::chrono::steady_clock::time_point> StoreGroup::due_at() const {
    return m_begun ? std::optional(*m_begun + group_age) : std::nullopt;
}

bool StoreGroup::is_full() const {
    return m_fresh.size() + m_removed.size() + m_parked.size() + m_refiltered.size() >=
               group_projects ||
           m_bytes >= group_bytes;
}

Outcome StoreGroup::commit(const More& more) {
    if (!m_begun && !more) {
        return {};
    }
    auto done = try_commit(more);
    // After a failure, too: a batch of blobs commits once, and no record goes in without its blobs.
    clear();
    return done;
}

Outcome StoreGroup::try_commit(const More& more) {
    if (m_batch) {
        HG_CHECK(m_batch->commit());
    }
    // What was read before the transaction is what it replaces: nobody else writes.
    HG_TRY(const auto transaction, m_catalog.begin());
    for (const auto& fresh : m_fresh) {
        HG_CHECK(put(*transaction, fresh));
    }
    for (const auto& [project, tag] : m_tags) {
        HG_CHECK(transaction->put_page_tag(project, tag));
    }
    for (const auto& project : m_removed) {
        HG_TRY(const auto former, m_catalog.files(project));
        m_replaced.insert(m_replaced.end(), former.begin(), former.end());
        HG_CHECK(transaction->remove_project(project));
    }
    for (const auto& effect : m_refiltered) {
        for (const auto& record : effect.dropped) {
            HG_CHECK(transaction->remove_file(record.path.name()));
            m_replaced.push_back(record);
        }
        HG_CHECK(transaction->put_left_out(effect.project, effect.left_out));
    }
    for (const auto& [project, time] : m_untold) {
        HG_CHECK(transaction->journal_removal(project, time));
    }
    for (const auto& project : m_settled) {
        HG_CHECK(transaction->clear_pending(project));
    }
    for (const auto& entry : m_parked) {
        HG_CHECK(transaction->put_pending(entry));
    }
    if (more) {
        HG_CHECK(more(*transaction));
    }
    return transaction->commit();
}

void StoreGroup::clear() {
    m_batch.reset();
    m_fresh.clear();
    m_tags.clear();
    m_refiltered.clear();
    m_removed.clear();
    m_untold.clear();
    m_parked.clear();
    m_settled.clear();
    m_bytes = 0;
    m_begun.reset();
}

Outcome StoreGroup::put(CatalogTransaction& transaction, const FreshProject& fresh) {
    const auto& page = fresh.page;
    // Before anything of it is written, which reads would see.
    HG_TRY(const auto newest, m_catalog.newest_serial(page.name));
    const bool is_new = !newest;
    HG_TRY(const auto former, m_catalog.files(page.name));
    std::map<verify::DistFileName, const FileRecord*> known;
    for (const auto& record : former) {
        known.emplace(record.path.name(), &record);
    }
    for (const auto& record : fresh.files) {
        const auto present = known.find(record.path.name());
        const bool same = present != known.end() && *present->second == record;
        if (!same) {
            HG_CHECK(transaction.put_file(record));
        }
        if (present != known.end()) {
            if (!same) {
                m_replaced.push_back(*present->second);
            }
            known.erase(present);
        }
    }
    for (const auto& [name, record] : known) {
        HG_CHECK(transaction.remove_file(name));
        m_replaced.push_back(*record);
    }
    HG_CHECK(
        transaction.put_page(page.name, verify::PageForm::html, stored_form(fresh.pages.html, page))
    );
    HG_CHECK(
        transaction.put_page(page.name, verify::PageForm::json, stored_form(fresh.pages.json, page))
    );
    if (is_new) {
        HG_CHECK(name(transaction, fresh));
    }
    if (fresh.left_out) {
        HG_CHECK(transaction.put_left_out(page.name, *fresh.left_out));
    }
    return fresh.tag ? transaction.put_page_tag(page.name, *fresh.tag) : Outcome();
}

// How people write a project's name, as the metadata of its oldest file say it. Pages do not; where
// nothing else does, it stays the normalised one.
Outcome StoreGroup::name(CatalogTransaction& transaction, const FreshProject& fresh) {
    const auto& page = fresh.page;
    const auto age = [](const verify::PageFile& file) {
        return std::tie(file.upload_time, file.name.version());
    };
    const verify::PageFile* oldest = nullptr;
    for (const auto& file : page.files) {
        if (file.core_metadata && (oldest == nullptr || age(file) < age(*oldest))) {
            oldest = &file;
        }
    }
    if (oldest == nullptr) {
        return {};
    }
    const auto text =
        read_blob(m_blobs, *oldest->core_metadata, verify::limits::core_metadata_bytes);
    if (!text) {
        return text.error().code() == ErrorCode::not_found ? Outcome() : Outcome(text.error());
    }
    const auto metadata = verify::parse_core_metadata(text_of(*text));
    return metadata && metadata->name == page.name
               ? transaction.put_display_name(page.name, metadata->display_name)
               : Outcome();
}

Outcome StoreGroup::drop_replaced() {
    HG_CHECK(drop_unnamed_blobs(m_catalog, m_blobs, m_replaced));
    m_replaced.clear();
    return {};
}

}  // namespace heliograph::mirror
