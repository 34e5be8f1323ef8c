// SPDX-License-Identifier: Apache-2.0
// The static tree that `mirror export` writes (mirror/export/FORMAT.md), or a copy of it.
#include <mirror/check/index_copy.hpp>
#include <mirror/check/plain_file.hpp>
#include <mirror/fleet/index_path.hpp>
#include <pki/base/file.hpp>
#include <verify/index/root_list.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
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

    [[nodiscard]] Result<std::optional<std::vector<verify::ProjectName>>> listed() const override {
        HG_TRY(const auto text, read("simple/index.json", limits::root_list_bytes));
        if (!text) {
            return std::optional<std::vector<verify::ProjectName>>();
        }
        HG_TRY(auto list, verify::parse_root_json(text_of(*text)));
        std::vector<verify::ProjectName> names;
        for (auto& entry : list.projects) {
            names.push_back(std::move(entry.name));
        }
        return std::optional(std::move(names));
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

    [[nodiscard]] Result<std::vector<std::string>> stored_files() const override {
        HG_TRY(auto places, other_page_folders());
        for (const auto* below : {"packages", "integrity"}) {
            const auto folder = m_folder / below;
            std::error_code failure;
            if (!fs::exists(folder, failure)) {
                continue;
            }
            for (fs::recursive_directory_iterator entry(folder, failure), end;
                 !failure && entry != end;
                 entry.increment(failure)) {
                std::error_code ignored;
                if (!entry->is_directory(ignored)) {
                    places.push_back(entry->path().lexically_relative(m_folder).string());
                }
            }
            if (failure) {
                return walk_error(failure, folder);
            }
        }
        return places;
    }

  private:
    /// Below `simple/`, of names that are no project's.
    [[nodiscard]] Result<std::vector<std::string>> other_page_folders() const {
        const auto folder = m_folder / "simple";
        std::vector<std::string> places;
        std::error_code failure;
        for (fs::directory_iterator entry(folder, failure), end; !failure && entry != end;
             entry.increment(failure)) {
            std::error_code ignored;
            const auto name = entry->path().filename().string();
            if (entry->is_directory(ignored) && !verify::parse_normalised_name(name)) {
                places.push_back("simple/" + name);
            }
        }
        if (failure) {
            return walk_error(failure, folder);
        }
        return places;
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
};

}  // namespace

Result<std::unique_ptr<IndexCopy>> open_static_copy(const std::filesystem::path& folder) {
    return std::unique_ptr<IndexCopy>(std::make_unique<StaticCopy>(folder));
}

}  // namespace heliograph::mirror
