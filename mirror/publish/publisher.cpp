// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/page_writer.hpp>
#include <mirror/publish/publisher.hpp>
#include <mirror/store/unnamed_blob.hpp>
#include <verify/detached/server_key.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace heliograph::mirror {

namespace {

verify::PageFile describe(const IntakeFile& file, Instant now) {
    return {
        .name = file.record.path.name(),
        .sha256 = file.record.path.digest(),
        .size_bytes = file.record.size_bytes,
        .upload_time = now,
        .requires_python = file.metadata.requires_python,
        .yanked = std::nullopt,
        .core_metadata = file.record.metadata->digest,
    };
}

Error name_taken(const verify::PageFile& present, const FileRecord& given) {
    return Error(
               ErrorCode::exists,
               "expected " + present.name.text() + " with the content that is published (sha256 " +
                   present.sha256.to_hex() + "), saw other content (sha256 " +
                   given.path.digest().to_hex() +
                   "); publish it under a new version or build number"
    )
        .at(present.name.text());
}

}  // namespace

Result<std::vector<AddedFile>> Publisher::add(
    const std::vector<std::filesystem::path>& files, const IntakeLimits& limits
) {
    std::vector<IntakeFile> taken;
    taken.reserve(files.size());
    const auto publish_all = [&]() -> Result<std::vector<AddedFile>> {
        m_parts.events.emit(
            {.level = EventLevel::debug,
             .name = "publish.plan",
             .fields = {{"files", std::to_string(files.size())}}}
        );
        for (const auto& path : files) {
            HG_TRY(auto file, take_in_file(path, m_parts.blobs, limits));
            m_parts.events.emit(
                {.level = EventLevel::debug,
                 .name = "publish.file.taken",
                 .fields = {{"file", file.record.path.name().text()}}}
            );
            taken.push_back(std::move(file));
        }
        return publish(taken);
    };
    auto added = publish_all();
    if (!added) {
        std::vector<FileRecord> records;
        records.reserve(taken.size());
        for (const auto& file : taken) {
            records.push_back(file.record);
        }
        // The first error is the one to tell; a blob that stays is an orphan, as after a crash.
        static_cast<void>(drop_unnamed_blobs(m_parts.catalog, m_parts.blobs, records));
    }
    return added;
}

Result<std::vector<AddedFile>> Publisher::publish(const std::vector<IntakeFile>& taken) {
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    const auto now = m_parts.clock.now();
    PageWriter writer(
        {.catalog = m_parts.catalog, .signer = m_parts.signer, .now = now}, *transaction
    );
    std::vector<AddedFile> added;
    added.reserve(taken.size());
    for (const auto& file : taken) {
        const auto& name = file.record.path.name();
        HG_TRY(auto* const page, writer.page_of(name.project()));
        const auto* present = page->find(name);
        if (present != nullptr) {
            if (present->sha256 != file.record.path.digest()) {
                return name_taken(*present, file.record);
            }
            added.push_back(
                {.record = file.record, .outcome = AddedFile::Outcome::same, .serial = page->serial}
            );
            continue;
        }
        static_cast<void>(verify::add_file(*page, describe(file, now)));
        HG_CHECK(transaction->put_file(file.record));
        HG_TRY(const auto serial, writer.note(JournalAction::add_file, name));
        added.push_back(
            {.record = file.record, .outcome = AddedFile::Outcome::published, .serial = serial}
        );
    }
    if (!writer.changed()) {
        return added;
    }
    HG_CHECK(writer.finish());
    HG_CHECK(transaction->commit());
    for (const auto& file : added) {
        if (file.outcome == AddedFile::Outcome::published) {
            m_parts.events.emit(
                {.level = EventLevel::info,
                 .name = "publish.file.added",
                 .fields =
                     {{"file", file.record.path.name().text()},
                      {"serial", std::to_string(file.serial.value)}}}
            );
        }
    }
    return added;
}

Result<verify::Serial> Publisher::remove_file(const verify::DistFileName& name) {
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    PageWriter writer(
        {.catalog = m_parts.catalog, .signer = m_parts.signer, .now = m_parts.clock.now()},
        *transaction
    );
    HG_TRY(const auto records, m_parts.catalog.files(name.project()));
    const auto record =
        std::find_if(records.begin(), records.end(), [&](const FileRecord& candidate) {
            return candidate.path.name() == name;
        });
    HG_TRY(auto* const page, writer.page_of(name.project()));
    if (record == records.end() || verify::remove_file(*page, name) == verify::RemoveFile::absent) {
        return Error(
            ErrorCode::not_found,
            "expected " + name.text() +
                " to be published here, it is not; look at the project's page for its files"
        );
    }
    HG_CHECK(transaction->remove_file(name));
    HG_TRY(const auto serial, writer.note(JournalAction::remove_file, name));
    HG_CHECK(writer.finish());
    HG_CHECK(transaction->commit());
    m_parts.events.emit(
        {.level = EventLevel::info,
         .name = "publish.file.removed",
         .fields = {{"file", name.text()}, {"serial", std::to_string(serial.value)}}}
    );
    HG_CHECK(drop_unnamed_blobs(m_parts.catalog, m_parts.blobs, {*record}));
    return serial;
}

Result<verify::Serial> Publisher::remove_project(const verify::ProjectName& project) {
    HG_TRY(const auto transaction, m_parts.catalog.begin());
    HG_TRY(const auto page, m_parts.catalog.page(project, verify::PageForm::json));
    HG_TRY(const auto records, m_parts.catalog.files(project));
    HG_TRY(const auto serial, transaction->take_serial());
    const auto now = m_parts.clock.now();
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
    m_parts.events.emit(
        {.level = EventLevel::info,
         .name = "publish.project.removed",
         .fields = {{"project", project.text()}, {"serial", std::to_string(serial.value)}}}
    );
    HG_CHECK(drop_unnamed_blobs(m_parts.catalog, m_parts.blobs, records));
    return serial;
}

Result<verify::Serial> Publisher::publish_evidence(const EvidenceDocuments& documents) {
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
    const std::map<EvidenceKind, std::string> wanted{
        {EvidenceKind::server_key, m_parts.signer.key.public_key().to_pem()},
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
    if (!changed) {
        HG_TRY(const auto state, m_parts.catalog.state());
        return state.last_serial;
    }
    for (const auto& [kind, document] : wanted) {
        HG_CHECK(transaction->put_evidence(kind, bytes_of(document)));
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

}  // namespace heliograph::mirror
