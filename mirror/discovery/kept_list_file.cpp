// SPDX-License-Identifier: Apache-2.0
#include <mirror/discovery/kept_list_file.hpp>
#include <pki/base/file.hpp>
#include <pki/base/file_lock.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

Result<std::optional<KeptList>> load_list_of_root(const std::filesystem::path& file) {
    const auto text = read_file(file, kept_list_bytes);
    if (!text) {
        if (text.error().code() == ErrorCode::not_found) {
            return std::optional<KeptList>();
        }
        return text.error();
    }
    auto kept = parse_kept_list(text_of(*text));
    if (!kept) {
        return Error(
                   kept.error().code(),
                   "the record of the newest list of mirrors is damaged, so an old one could pass "
                   "for a new one: " +
                       kept.error().message() + "; restore it, or remove it to start anew"
        )
            .at(file.string());
    }
    return std::optional(*std::move(kept));
}

bool is_newer(const KeptList& left, const KeptList& right) {
    return left.serial != right.serial ? left.serial > right.serial
                                       : left.confirmed > right.confirmed;
}

}  // namespace

std::string kept_list_name(const pki::Sha256& authority, std::string_view index) {
    const auto text = authority.to_hex() + " " + std::string(index);
    return pki::sha256(bytes_of(text)).to_hex() + ".json";
}

Result<std::optional<KeptList>> load_kept_list(const std::vector<std::filesystem::path>& files) {
    std::optional<KeptList> newest;
    for (const auto& file : files) {
        HG_TRY(auto kept, load_list_of_root(file));
        if (kept && (!newest || is_newer(*kept, *newest))) {
            newest = std::move(kept);
        }
    }
    return newest;
}

Outcome save_kept_list(const std::vector<std::filesystem::path>& files, const KeptList& kept) {
    if (files.empty()) {
        return {};
    }
    const auto folder = files.front().parent_path();
    HG_CHECK(make_folder(folder, FileAccess::owner_only));
    HG_TRY(const auto lock, FileLock::wait_for(folder / "lock", std::chrono::seconds(10)));
    const auto text = render_kept_list(kept);
    for (const auto& file : files) {
        HG_TRY(const auto stored, load_list_of_root(file));
        if (!stored || is_newer(kept, *stored)) {
            HG_CHECK(write_file_atomically(file, bytes_of(text)));
        }
    }
    return {};
}

}  // namespace heliograph::mirror
