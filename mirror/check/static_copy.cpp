// SPDX-License-Identifier: Apache-2.0
// The static tree that `mirror export` writes (mirror/export/FORMAT.md), or a copy of it.
#include <mirror/check/distribution_folder.hpp>
#include <mirror/check/index_copy.hpp>
#include <mirror/check/plain_file.hpp>
#include <mirror/fleet/index_path.hpp>
#include <mirror/fleet/tree_place.hpp>
#include <mirror/store/left_out_list.hpp>
#include <pki/base/file.hpp>
#include <verify/index/root_list.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace fs = std::filesystem;
namespace limits = verify::limits;

std::string page_file(const verify::ProjectName& project, verify::PageForm form) {
    return page_path(project) + (form == verify::PageForm::json ? "index.json" : "index.html");
}

Error walk_error(const std::error_code& failure, const fs::path& folder) {
    return system_error(failure.value(), "read the folder " + folder.string());
}

class StaticCopy final : public IndexCopy {
  public:
    explicit StaticCopy(fs::path folder) : m_folder(std::move(folder)) {}

    [[nodiscard]] std::string source() const override { return m_folder.string(); }

    [[nodiscard]] Result<std::optional<Bytes>> evidence(std::string_view path) const override {
        return read(
            std::string(path),
            path == signer_chain_path ? limits::server_key_bytes : limits::revocation_bytes
        );
    }

    [[nodiscard]] Result<std::vector<verify::ProjectName>> projects() const override {
        const auto folder = m_folder / "simple";
        std::vector<verify::ProjectName> names;
        std::error_code failure;
        for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
             entry.increment(failure)) {
            std::error_code ignored;
            if (entry->is_directory(ignored)) {
                // Whoever asks by the standard never comes to another name: stored_files() tells
                // it.
                auto name = verify::parse_normalised_name(entry->path().filename().string());
                if (name) {
                    names.push_back(*std::move(name));
                }
            }
        }
        if (failure) {
            return walk_error(failure, folder);
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    [[nodiscard]] Result<std::optional<CopiedList>> listed() const override {
        HG_TRY(const auto json, read("simple/index.json", limits::root_list_bytes));
        HG_TRY(const auto html, read("simple/index.html", limits::root_list_bytes));
        if (!json) {
            return html ? std::optional(CopiedList{{}, true}) : std::nullopt;
        }
        HG_TRY(auto list, verify::parse_root_json(text_of(*json)));
        // Nobody signs it, so only bytes that could not be others are believed to say the same.
        const bool is_same =
            html && text_of(*html) == verify::render_root(list, verify::PageForm::html);
        return std::optional(CopiedList{verify::names_of(std::move(list)), !is_same});
    }

    [[nodiscard]] Result<std::optional<CopiedPage>> page(
        const verify::ProjectName& project, verify::PageForm form
    ) const override {
        HG_TRY(auto body, read(page_file(project, form), limits::page_bytes));
        if (!body) {
            return std::optional<CopiedPage>();
        }
        HG_TRY(auto signature, read(signature_path(project, form), limits::signature_bytes));
        return std::optional(CopiedPage{*std::move(body), std::move(signature)});
    }

    [[nodiscard]] Result<std::optional<verify::Verdict>> check(const PromisedDocument& promise
    ) const override {
        HG_TRY(const auto file, open_plain_file(m_folder / promise.path));
        return judge_opened(file, promise.expectation, place_of(promise));
    }

    [[nodiscard]] Result<std::optional<std::string>> left_out(const verify::FilePath& file
    ) const override {
        const auto& project = file.name().project();
        if (!m_left_out_of || *m_left_out_of != project) {
            HG_TRY(const auto text, read(left_out_place(project), limits::page_bytes));
            m_left_out.clear();
            if (text) {
                auto reasons = parse_left_out_list(text_of(*text));
                if (!reasons) {
                    return std::move(reasons).error().at(
                        (m_folder / left_out_place(project)).string()
                    );
                }
                m_left_out = *std::move(reasons);
            }
            m_left_out_of = project;
        }
        const auto found = m_left_out.find(file.name().text());
        return found == m_left_out.end()
                   ? std::optional<std::string>()
                   : std::optional(std::string(leave_reason_name(found->second)));
    }

    [[nodiscard]] std::string place_of(const PromisedDocument& promise) const override {
        return (m_folder / promise.path).string();
    }
    [[nodiscard]] std::string place_of(const verify::ProjectName& project, verify::PageForm form)
        const override {
        return (m_folder / page_file(project, form)).string();
    }

    [[nodiscard]] Result<std::optional<Instant>> last_modified() const override {
        HG_TRY(const auto text, read("last-modified", limits::last_modified_bytes));
        if (!text) {
            return std::optional<Instant>();
        }
        HG_TRY(const auto instant, parse_last_modified(text_of(*text)));
        return std::optional(instant);
    }

    [[nodiscard]] Result<std::vector<StoredFile>> stored_files() const override {
        std::vector<StoredFile> files;
        HG_CHECK(add_files(m_folder, files));
        // A store of files may well be another disk's, so its folder alone may be a link.
        for (const auto* room : file_rooms) {
            std::error_code ignored;
            if (fs::is_symlink(m_folder / room, ignored)) {
                HG_CHECK(add_files(m_folder / room, files));
            }
        }
        return files;
    }

  private:
    static constexpr std::array<const char*, 2> file_rooms{"packages", "integrity"};

    Outcome add_files(const fs::path& folder, std::vector<StoredFile>& files) const {
        HG_TRY(const auto entries, walk_folder(folder));
        for (const auto& entry : entries) {
            auto place = entry.path.lexically_relative(m_folder).string();
            const bool is_room =
                std::find(file_rooms.begin(), file_rooms.end(), place) != file_rooms.end();
            if (entry.kind == WalkedKind::linked_folder) {
                if (!is_room) {
                    files.push_back({std::move(place), StoredFile::Kind::linked_folder});
                }
            } else if (const auto kind = kind_of(place)) {
                files.push_back({std::move(place), *kind});
            }
        }
        return {};
    }

    // None: the format names it (mirror/export/FORMAT.md).
    static std::optional<StoredFile::Kind> kind_of(const std::string& place) {
        if (place.starts_with("packages/")) {
            return StoredFile::Kind::page_promised;
        }
        if (is_installable_name(place)) {
            return StoredFile::Kind::distribution;
        }
        if (place.starts_with("integrity/")) {
            return StoredFile::Kind::page_promised;
        }
        return tree_place_of(place) == TreePlace::document
                   ? std::nullopt
                   : std::optional(StoredFile::Kind::foreign);
    }

    [[nodiscard]] Result<std::optional<Bytes>> read(
        const std::string& place, std::uint64_t limit_bytes
    ) const {
        auto bytes = read_file(m_folder / place, limit_bytes);
        if (bytes) {
            return std::optional(*std::move(bytes));
        }
        if (bytes.error().code() == ErrorCode::not_found) {
            return std::optional<Bytes>();
        }
        return std::move(bytes).error().at((m_folder / place).string());
    }

    fs::path m_folder;
    // Of the project that was asked for last: files are asked for project by project.
    mutable std::optional<verify::ProjectName> m_left_out_of;
    mutable LeftOutReasons m_left_out;
};

}  // namespace

Result<std::unique_ptr<IndexCopy>> open_static_copy(const std::filesystem::path& folder) {
    return std::unique_ptr<IndexCopy>(std::make_unique<StaticCopy>(folder));
}

}  // namespace heliograph::mirror
