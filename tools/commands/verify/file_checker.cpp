// SPDX-License-Identifier: Apache-2.0
#include <mirror/check/copy_check.hpp>
#include <mirror/fetch/placement.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/verify/file_checker.hpp>

namespace heliograph::tools::verify_commands {

Result<verify::CheckedItem> FileChecker::check(const LocalFile& file) {
    const auto suits = [&](const verify::ProjectPage& page) {
        return page.find(file.name) != nullptr
                   ? std::nullopt
                   : std::optional(verify::Finding{
                         .id = "file-not-listed",
                         .cause = verify::Cause::not_found,
                         .subject = "file " + file.name.text(),
                         .expected = "a place on the verified page of project " +
                                     file.name.project().text(),
                         .seen = "the page does not list " + file.name.text()});
    };
    HG_TRY(auto found, m_finder.find(file.name.project(), suits));
    if (found.answer == nullptr) {
        found.failure.name = "file " + file.name.text();
        found.failure.place = file.path.string();
        return std::move(found.failure);
    }
    auto item = judge(file, *found.answer);
    // What stands in the way of this one file, be it a bad disk, says nothing of the others.
    if (!item && item.error().code() != ErrorCode::cancelled &&
        item.error().code() != ErrorCode::crypto && item.error().code() != ErrorCode::internal) {
        return verify::CheckedItem{
            "file " + file.name.text(), file.path.string(), {}, std::move(item).error()};
    }
    return item;
}

Result<verify::CheckedItem> FileChecker::judge(const LocalFile& file, const MirrorAnswer& answer)
    const {
    const auto& listed = *answer.page->find(file.name);
    const auto folder = file.path.parent_path();
    HG_TRY(auto verdict, mirror::judge_present_file(folder.empty() ? "." : folder, listed));
    if (!verdict) {
        return Error(
            ErrorCode::not_found, "expected the file " + file.path.string() + ", saw none"
        );
    }
    verify::CheckedItem item{"file " + file.name.text(), file.path.string(), answer.verdict};
    if (verdict->accepted() && listed.yanked) {
        item.verdict.add(
            {.id = "file-yanked",
             .severity = verify::Severity::warning,
             .cause = verify::Cause::not_found,
             .subject = item.name,
             .expected = "a file that was not yanked",
             .seen = "the right file, but yanked" +
                     (listed.yanked->empty() ? std::string() : ": " + visible(*listed.yanked)),
             .source = answer.mirror}
        );
    }
    mirror::add_objections(item.verdict, m_policy, file.name.project(), m_index.trust());
    mirror::add_objections(item.verdict, m_policy, listed, m_index.now());
    item.verdict.merge(*std::move(verdict));
    return item;
}

}  // namespace heliograph::tools::verify_commands
