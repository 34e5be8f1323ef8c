// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/file_adder.hpp>
#include <mirror/publish/page_writer.hpp>
#include <mirror/publish/publisher.hpp>
#include <mirror/publish/signing_pair.hpp>
#include <mirror/store/unnamed_blob.hpp>
#include <verify/detached/server_key.hpp>

#include <algorithm>
#include <future>
#include <map>
#include <numeric>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace heliograph::mirror {

namespace {

void tell_published(EventSink& events, const std::vector<Result<AddedFile>>& added) {
    for (const auto& file : added) {
        if (file && file->outcome == AddedFile::Outcome::published) {
            events.emit(
                {.level = EventLevel::info,
                 .name = "publish.file.added",
                 .fields =
                     {{"file", file->record.path.name().text()},
                      {"serial", std::to_string(file->serial.value)}}}
            );
        }
    }
}

// What is wrong with this machine stops an import; what is wrong with a file is passed over.
bool is_of_the_file(ErrorCode code) {
    return code != ErrorCode::io && code != ErrorCode::crypto && code != ErrorCode::internal;
}

// Cuts a list of files into batches, in the order of their names: files of one project come
// together, so that its page is rendered once.
class BatchCutter {
  public:
    BatchCutter(const std::vector<std::filesystem::path>& files, const BulkOptions& options)
        : m_files(files), m_options(options), m_order(files.size()) {
        std::iota(m_order.begin(), m_order.end(), std::size_t{0});
        std::stable_sort(m_order.begin(), m_order.end(), [&](std::size_t left, std::size_t right) {
            return name_of(files[left]) < name_of(files[right]);
        });
    }

    // Empty when there is none left.
    std::vector<std::filesystem::path> next() {
        std::vector<std::filesystem::path> batch;
        std::uint64_t bytes = 0;
        while (m_next < m_order.size() && batch.size() < m_options.batch_files &&
               bytes < m_options.batch_bytes) {
            const auto& path = m_files[m_order[m_next++]];
            std::error_code unreadable;  // Taking it in tells why.
            const auto size_bytes = std::filesystem::file_size(path, unreadable);
            bytes += unreadable ? 0 : size_bytes;
            batch.push_back(path);
        }
        return batch;
    }

  private:
    static std::string_view name_of(const std::filesystem::path& path) {
        const std::string_view text(path.native());
        return text.substr(text.rfind('/') + 1);
    }

    const std::vector<std::filesystem::path>& m_files;
    const BulkOptions& m_options;
    std::vector<std::size_t> m_order;
    std::size_t m_next = 0;
};

}  // namespace

Result<std::vector<AddedFile>> Publisher::add(
    const std::vector<std::filesystem::path>& files, const IntakeLimits& limits
) {
    m_parts.events.emit(
        {.level = EventLevel::debug,
         .name = "publish.plan",
         .fields = {{"files", std::to_string(files.size())}}}
    );
    const auto tell = [this](const IntakeFile& file) {
        m_parts.events.emit(
            {.level = EventLevel::debug,
             .name = "publish.file.taken",
             .fields = {{"file", file.record.path.name().text()}}}
        );
    };
    HG_TRY(
        const auto staged,
        stage_files(
            {.files = files, .limits = limits, .workers = {}, .progress = tell}, m_parts.blobs
        )
    );
    const auto& taken = staged.files;
    const auto publish_all = [&]() -> Result<std::vector<AddedFile>> {
        // The disk works while pages are rendered; whatever comes of them, it is waited for.
        // Without another thread to be had, get() does it.
        auto durable = std::async(std::launch::async | std::launch::deferred, [&] {
            return staged.blobs->commit();
        });
        HG_TRY(
            auto outcomes,
            publish(
                {.taken = taken, .durable = [&] { return durable.get(); }}, Refusal::stops_all, {}
            )
        );
        std::vector<AddedFile> added;
        added.reserve(outcomes.size());
        for (auto& outcome : outcomes) {
            HG_TRY(auto file, std::move(outcome));
            added.push_back(std::move(file));
        }
        return added;
    };
    auto added = publish_all();
    if (!added) {
        // The first error is the one to tell; a blob that stays is an orphan, as after a crash.
        static_cast<void>(drop_unpublished(taken));
    }
    return added;
}

Outcome Publisher::drop_unpublished(const std::vector<Result<IntakeFile>>& taken) {
    std::vector<FileRecord> records;
    records.reserve(taken.size());
    for (const auto& file : taken) {
        if (file) {
            records.push_back(file->record);
        }
    }
    return drop_unnamed_blobs(m_parts.catalog, m_parts.blobs, records);
}

Result<std::vector<Result<AddedFile>>> Publisher::publish(
    const Intake& intake, Refusal refusal, const FactsOf& facts
) {
    const auto& taken = intake.taken;
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    const auto now = m_parts.clock.now();
    PageWriter writer(
        {.catalog = m_parts.catalog, .keys = {m_parts.signer, m_parts.beside}, .now = now},
        *transaction
    );
    FileAdder adder({m_parts, *transaction, writer, now, facts});
    std::vector<Result<AddedFile>> added;
    added.reserve(taken.size());
    for (const auto& file : taken) {
        added.push_back(file ? adder.add(*file) : Result<AddedFile>(file.error()));
        if (!added.back() &&
            (refusal == Refusal::stops_all || !is_of_the_file(added.back().error().code()))) {
            return added.back().error();
        }
    }
    if (writer.changed()) {
        HG_CHECK(writer.finish());
    }
    if (intake.durable) {
        HG_CHECK(intake.durable());
    }
    if (!writer.changed()) {
        return added;
    }
    HG_CHECK(transaction->commit());
    tell_published(m_parts.events, added);
    return added;
}

Outcome Publisher::add_bulk(
    const std::vector<std::filesystem::path>& files,
    const BulkOptions& options,
    const BulkReport& report
) {
    // Dropped at the end alone: a batch that is not committed yet may hold the same blob.
    std::vector<FileRecord> refused;
    auto done =
        add_batches(files, options, [&](const auto& path, const auto& taken, const auto& outcome) {
            if (taken && !outcome) {
                refused.push_back(taken->record);
            }
            report(path, outcome);
        });
    auto dropped = drop_unnamed_blobs(m_parts.catalog, m_parts.blobs, refused);
    return done ? std::move(dropped) : std::move(done);
}

Outcome Publisher::add_batches(
    const std::vector<std::filesystem::path>& files,
    const BulkOptions& options,
    const BatchReport& report
) {
    BatchCutter cutter(files, options);
    const auto take_in = [&](const std::vector<std::filesystem::path>& batch) {
        return take_in_files(
            {.files = batch, .limits = options.limits, .workers = options.workers, .progress = {}},
            m_parts.blobs
        );
    };
    auto batch = cutter.next();
    auto taken = take_in(batch);
    while (!batch.empty()) {
        HG_CHECK(taken);
        const bool stopped = options.stop.stop_requested();
        auto next = stopped ? std::vector<std::filesystem::path>() : cutter.next();
        auto next_taken = std::async(std::launch::async, take_in, std::cref(next));
        const auto outcomes = publish({.taken = *taken}, Refusal::is_passed_over, options.facts);
        if (outcomes) {
            // Before the next batch is waited for: these are durable.
            for (std::size_t at = 0; at < batch.size(); ++at) {
                report(batch[at], (*taken)[at], (*outcomes)[at]);
            }
        }
        auto ready = next_taken.get();
        HG_CHECK(outcomes);
        if (stopped) {
            return Error(
                ErrorCode::cancelled,
                "the import was stopped; run the same command again to complete it"
            );
        }
        taken = std::move(ready);
        batch = std::move(next);
    }
    return {};
}

Outcome Publisher::check_evidence(const EvidenceDocuments& documents) const {
    HG_TRY(const auto chain, verify::parse_server_key(documents.signer_chain_pem));
    const bool holds_signer =
        std::any_of(chain.signers.begin(), chain.signers.end(), [&](const auto& signer) {
            return signer.fingerprint() == m_parts.signer.leaf.fingerprint();
        });
    if (!holds_signer) {
        return Error(
            ErrorCode::invalid_argument,
            "expected the signer chain to hold the certificate of the key that signs pages, it "
            "does not"
        );
    }
    if (!documents.revocation_lists_pem.empty()) {
        HG_TRY(const auto lists, verify::parse_server_revocation(documents.revocation_lists_pem));
    }
    return {};
}

Result<verify::Serial> Publisher::publish_evidence(const EvidenceDocuments& documents) {
    HG_CHECK(check_evidence(documents));
    HG_TRY(const auto chain, verify::parse_server_key(documents.signer_chain_pem));
    const auto present = m_parts.catalog.evidence(EvidenceKind::server_key);
    if (!present && present.error().code() != ErrorCode::not_found) {
        return present.error();
    }
    // Pages have the signatures that they have: the key at /serverkey stays theirs.
    for (const auto& signer : chain.signers) {
        auto key = signer.public_key();
        if (present && key.to_pem() == text_of(*present)) {
            return publish_evidence(documents, key, {});
        }
    }
    return publish_evidence(documents, m_parts.signer.key.public_key(), {});
}

Result<verify::Serial> Publisher::publish_evidence(
    const EvidenceDocuments& documents, const pki::PublicKey& server_key, const AlsoWritten& also
) {
    HG_CHECK(check_evidence(documents));
    const std::map<EvidenceKind, std::string> wanted{
        {EvidenceKind::server_key, server_key.to_pem()},
        {EvidenceKind::signer_chain, documents.signer_chain_pem},
        {EvidenceKind::revocation_lists, documents.revocation_lists_pem}};
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    bool changed = false;
    for (const auto& [kind, document] : wanted) {
        const auto present = m_parts.catalog.evidence(kind);
        if (!present && present.error().code() != ErrorCode::not_found) {
            return present.error();
        }
        changed = changed || (present ? text_of(*present) : std::string_view()) != document;
    }
    if (!changed && !also) {
        HG_TRY(const auto state, m_parts.catalog.state());
        return state.last_serial;
    }
    for (const auto& [kind, document] : wanted) {
        HG_CHECK(transaction->put_evidence(kind, bytes_of(document)));
    }
    if (also) {
        HG_CHECK(also(*transaction));
    }
    HG_TRY(const auto serial, transaction->take_serial());
    const auto now = m_parts.clock.now();
    HG_CHECK(transaction->append_event(
        {.serial = serial,
         .time = now,
         .action = JournalAction::change_evidence,
         .project = std::nullopt,
         .filename = std::nullopt,
         .pages = std::nullopt}
    ));
    HG_CHECK(transaction->set_last_modified(now));
    HG_CHECK(transaction->commit());
    m_parts.events.emit(
        {.level = EventLevel::info,
         .name = "publish.evidence.changed",
         .fields = {{"serial", std::to_string(serial.value)}}}
    );
    return serial;
}

Result<const pki::Credential*> signer_to_keep(
    const Publisher::Parts& parts, const pki::Credential& next
) {
    HG_TRY(const auto other_key, parts.catalog.other_key());
    HG_TRY(const auto first_key, server_key_id(parts.catalog));
    const auto next_key = verify::key_id(next.key.public_key());
    const auto signs_beside = [&](const pki::Credential& signer) {
        const auto key = verify::key_id(signer.key.public_key());
        return other_key && key != next_key && (key == first_key || key == other_key);
    };
    for (const auto* signer : {&parts.signer, parts.beside}) {
        if (signer != nullptr && signs_beside(*signer)) {
            return signer;
        }
    }
    return nullptr;
}

}  // namespace heliograph::mirror
