// SPDX-License-Identifier: Apache-2.0
// Gets one file after the other from the mirrors of a list: the first mirror that passes every gate
// wins, every other one is remembered with what it did wrong.
#pragma once

#include <mirror/fetch/file_choice.hpp>
#include <mirror/fetch/mirror_client.hpp>
#include <mirror/fetch/requirement.hpp>
#include <mirror/fleet/mirror_list.hpp>
#include <pki/base/result.hpp>
#include <verify/gate/trust_state.hpp>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

/// Why one mirror did not deliver: it could not be asked (an error), or what it gave was judged
/// (findings).
struct MirrorFailure {
    std::string mirror;  ///< Base URL.
    std::optional<Error> error;
    std::vector<verify::Finding> findings;
};

/// A verified file under its final name.
struct FetchedFile {
    enum class Placement {
        placed,         ///< Downloaded and put there.
        replaced,       ///< The same, in place of a file of this name with other content.
        already_there,  ///< A file of this name stood there, and it has the right hash.
    };

    verify::PageFile file;
    std::filesystem::path path;
    std::uint64_t size_bytes = 0;
    std::string mirror;  ///< Whose bytes; whose page when it was there already.
    verify::Serial serial;
    std::vector<std::string> checks;  ///< What was checked and held.
    std::vector<verify::Finding>
        warnings;  ///< What the policy tolerated, as absent revocation lists.
    Placement placement = Placement::placed;
};

/// What became of one requirement. Without a file, the failures say why.
struct FetchOutcome {
    std::optional<FetchedFile> file;
    std::vector<MirrorFailure> failures;
};

struct FetchRequest {
    Requirement requirement;
    ChoiceTarget target;
    std::filesystem::path folder;  ///< Where the file goes; must exist.
};

/// Watches one fetch: which file from which mirror, and how far it is.
struct FetchWatcher {
    std::function<void(const verify::PageFile& file, const Url& mirror)> on_start;
    DownloadProgress on_progress;
};

/// @thread One thread at a time.
class FetchSession {
  public:
    /// @param basis  Its state and the session's are the same object: @p state.
    /// @param state  Learns the serial of every accepted page; the caller loads and saves it.
    FetchSession(const MirrorList& list, const ClientBasis& basis, verify::TrustState& state);
    ~FetchSession() = default;
    FetchSession(const FetchSession&) = delete;
    FetchSession& operator=(const FetchSession&) = delete;

    /// Tries the mirrors in order, without delay. A mirror that gave false evidence is not asked
    /// again by this session; one that could not be reached goes to the end of the order.
    /// Once a signed page says what the file must be, the other mirrors are asked for its bytes
    /// alone: their own pages may lag behind.
    /// A file never has its final name before every check held; a failed download leaves nothing.
    /// @errors io, denied, exists (the folder); invalid_argument (several files fit). What mirrors
    /// do is no error.
    [[nodiscard]] Result<FetchOutcome> fetch(
        const FetchRequest& request, const FetchWatcher& watcher
    );

  private:
    enum class Standing { good, distrusted };
    struct Candidate {
        MirrorClient client;
        Standing standing = Standing::good;
    };
    struct Try;

    /// Page and choice: what the file will be, or that it is there already.
    [[nodiscard]] Result<Try> ask_page(MirrorClient& client, const FetchRequest& request);
    /// The bytes that a verified page promises.
    [[nodiscard]] Result<Try> ask_file(
        MirrorClient& client, FetchedFile promised, const FetchWatcher& watcher
    );
    /// Whether a serial or a hash of an accepted page is vouched for by its signer.
    [[nodiscard]] bool pages_are_signed() const;
    void note_failure(std::size_t index, const MirrorFailure& failure);

    ClientBasis m_basis;
    verify::TrustState& m_state;
    std::vector<Candidate> m_candidates;
    std::vector<std::size_t> m_order;  ///< Indices into m_candidates, next to be asked first.
};

}  // namespace heliograph::mirror
