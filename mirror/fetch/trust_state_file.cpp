// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/trust_state_file.hpp>
#include <pki/base/file.hpp>
#include <pki/base/file_lock.hpp>
#include <verify/verdict/limits.hpp>

namespace heliograph::mirror {

namespace {

Result<verify::TrustState> load_state_of_root(const std::filesystem::path& file) {
    const auto text = read_file(file, verify::limits::trust_state_bytes);
    if (!text) {
        if (text.error().code() == ErrorCode::not_found) {
            return verify::TrustState();
        }
        return text.error();
    }
    auto state = verify::parse_trust_state(text_of(*text));
    if (!state) {
        return Error(
                   state.error().code(),
                   "the record of serials seen is damaged, so an old page could pass for a new "
                   "one: " +
                       state.error().message() + "; restore it, or remove it to start anew"
        )
            .at(file.string());
    }
    return state;
}

}  // namespace

Result<verify::TrustState> load_trust_state(const std::vector<std::filesystem::path>& files) {
    verify::TrustState state;
    for (const auto& file : files) {
        HG_TRY(const auto stored, load_state_of_root(file));
        state.merge(stored);
    }
    return state;
}

Outcome save_trust_state(
    const std::vector<std::filesystem::path>& files, const verify::TrustState& state
) {
    if (files.empty()) {
        return {};
    }
    const auto folder = files.front().parent_path();
    HG_CHECK(make_folder(folder, FileAccess::owner_only));
    HG_TRY(const auto lock, FileLock::wait_for(folder / "lock", std::chrono::seconds(10)));
    HG_TRY(auto highest, load_trust_state(files));
    highest.merge(state);
    for (const auto& file : files) {
        HG_TRY(const auto stored, load_state_of_root(file));
        if (stored != highest) {
            HG_CHECK(write_file_atomically(file, bytes_of(verify::render_trust_state(highest))));
        }
    }
    return {};
}

}  // namespace heliograph::mirror
