// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/trust_state_file.hpp>
#include <pki/base/file.hpp>
#include <pki/base/file_lock.hpp>
#include <verify/verdict/limits.hpp>

namespace heliograph::mirror {

Result<verify::TrustState> load_trust_state(const std::filesystem::path& file) {
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

Outcome save_trust_state(const std::filesystem::path& file, const verify::TrustState& state) {
    const auto folder = file.parent_path();
    HG_CHECK(make_folder(folder, FileAccess::owner_only));
    HG_TRY(const auto lock, FileLock::wait_for(folder / "lock", std::chrono::seconds(10)));
    HG_TRY(auto stored, load_trust_state(file));
    const auto before = stored;
    stored.merge(state);
    if (stored == before) {
        return {};
    }
    return write_file_atomically(file, bytes_of(verify::render_trust_state(stored)));
}

}  // namespace heliograph::mirror
