// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/file_adder.hpp>
#include <verify/index/file_key.hpp>

#include <algorithm>
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
        .core_metadata =
            file.record.metadata ? std::optional(file.record.metadata->digest) : std::nullopt,
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

// Which of two spellings an installer takes is nobody's choice.
Outcome check_spelling(const verify::ProjectPage& page, const verify::DistFileName& name) {
    const verify::DistFileKey key(name);
    const auto other =
        std::find_if(page.files.begin(), page.files.end(), [&](const verify::PageFile& file) {
            return key.is_of(file.name);
        });
    if (other == page.files.end()) {
        return {};
    }
    return Error(
               ErrorCode::exists,
               "expected each file of a release once, " + other->name.text() +
                   " is published and " + name.text() +
                   " is the same to installers; publish it under a new version or build number"
    )
        .at(name.text());
}

Outcome check_takes_files(const verify::ProjectPage& page, const verify::DistFileName& name) {
    if (verify::takes_files(page.mark.status)) {
        return {};
    }
    return Error(
               ErrorCode::refused,
               "expected project " + page.name.text() + " to take files, it is " +
                   std::string(verify::project_status_name(page.mark.status)) +
                   "; to let it: mirror status set active " + page.name.text()
    )
        .at(name.text());
}

Error name_used_up(const verify::FilePath& former, const verify::FilePath& given) {
    const bool same_name = former.name() == given.name();
    return Error(
               ErrorCode::exists,
               "expected " + given.name().text() + " with the content that " +
                   (same_name ? "it" : former.name().text() + ", the same to installers,") +
                   " had before its removal (sha256 " + former.digest().to_hex() +
                   "), saw other content (sha256 " + given.digest().to_hex() +
                   "); a file name is never used again: publish it under a new version or build "
                   "number"
    )
        .at(given.name().text());
}

// A file that joins a yanked release is yanked with it: else the release would be offered again.
std::optional<std::string> yank_of_release(
    const verify::ProjectPage& page, const verify::Version& version
) {
    std::optional<std::string> reason;
    for (const auto& file : page.files) {
        if (file.name.version() == version) {
            if (!file.yanked) {
                return std::nullopt;
            }
            reason = file.yanked;
        }
    }
    return reason;
}

// What the main index's journal says before the first file of a project or of a release.
Outcome note_beginnings(
    PageWriter& writer, const verify::ProjectPage& page, const verify::DistFileName& name
) {
    if (page.serial.value == 0) {
        HG_CHECK(writer.note({.action = JournalAction::create_project, .project = page.name}));
    }
    const bool is_known =
        std::any_of(page.files.begin(), page.files.end(), [&](const verify::PageFile& file) {
            return file.name.version() == name.version();
        });
    if (!is_known) {
        HG_CHECK(writer.note(
            {.action = JournalAction::add_release, .project = page.name, .version = name.version()}
        ));
    }
    return {};
}

// @return The serial of the file's own event.
Result<verify::Serial> put_on_page(
    PageWriter& writer, verify::ProjectPage& page, verify::PageFile description
) {
    const auto name = description.name;
    HG_CHECK(note_beginnings(writer, page, name));
    static_cast<void>(verify::add_file(page, std::move(description)));
    return writer.note({.action = JournalAction::add_file, .project = page.name, .file = name});
}

}  // namespace

Result<AddedFile> FileAdder::add(const IntakeFile& file) {
    const auto& name = file.record.path.name();
    HG_TRY(auto* const page, m_parts.writer.page_of(name.project()));
    if (page->find(name) != nullptr) {
        return stay(*page, file);
    }
    HG_CHECK(check_takes_files(*page, name));
    HG_CHECK(check_removed(file.record));
    HG_TRY(
        const auto stated, m_parts.facts ? m_parts.facts(file.record) : std::optional<StatedFacts>()
    );
    if (!stated) {  // What a page of another index lists is taken over as it was.
        HG_CHECK(check_spelling(*page, name));
    }
    auto description = describe(file, m_parts.now);
    description.yanked = stated ? stated->yanked : yank_of_release(*page, name.version());
    if (stated && stated->upload_time) {
        // One still to come would hide the file from whoever asks for what was there before.
        description.upload_time = std::min(*stated->upload_time, m_parts.now);
    }
    HG_TRY([[maybe_unused]] const auto effect, m_review.look_at(*page));
    HG_CHECK(m_parts.transaction.put_file(file.record));
    if (page->serial.value == 0) {
        m_parts.writer.name(page->name, file.metadata.display_name);
    }
    HG_TRY(const auto serial, put_on_page(m_parts.writer, *page, std::move(description)));
    return AddedFile{
        .record = file.record, .outcome = AddedFile::Outcome::published, .serial = serial};
}

// No removed file comes back with other content, however its name is written now. What a name in
// its own spelling stood for is what counts, where it was removed itself.
Outcome FileAdder::check_removed(const FileRecord& given) {
    const auto& name = given.path.name();
    if (!m_removed || m_removed->first != name.project()) {
        HG_TRY(auto files, m_parts.publisher.catalog.retired_files(name.project()));
        m_removed.emplace(name.project(), std::move(files));
    }
    const auto& removed = m_removed->second;
    auto former = std::find_if(removed.begin(), removed.end(), [&](const verify::FilePath& file) {
        return file.name() == name;
    });
    if (former == removed.end()) {
        const verify::DistFileKey key(name);
        former = std::find_if(removed.begin(), removed.end(), [&](const verify::FilePath& file) {
            return key.is_of(file.name()) && file.digest() != given.path.digest();
        });
    }
    if (former == removed.end() || former->digest() == given.path.digest()) {
        return {};
    }
    return name_used_up(*former, given.path);
}

// A name that the page has. That its metadata are no longer offered is an event of its own.
Result<AddedFile> FileAdder::stay(verify::ProjectPage& page, const IntakeFile& file) {
    const auto& name = file.record.path.name();
    const auto present =
        std::find_if(page.files.begin(), page.files.end(), [&](const verify::PageFile& one) {
            return one.name == name;
        });
    if (present->sha256 != file.record.path.digest()) {
        return name_taken(*present, file.record);
    }
    auto effect = MetadataReview::Effect::none;
    if (!file.record.metadata && verify::takes_files(page.mark.status)) {
        HG_TRY(effect, m_review.take_back(*present));
    }
    if (effect == MetadataReview::Effect::taken_back) {
        HG_TRY([[maybe_unused]] const auto others, m_review.look_at(page));
        HG_CHECK(m_parts.writer.note(
            {.action = JournalAction::add_file, .project = page.name, .file = name}
        ));
    }
    return AddedFile{
        .record = file.record, .outcome = AddedFile::Outcome::same, .serial = page.serial};
}

}  // namespace heliograph::mirror
