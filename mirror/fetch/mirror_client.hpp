// SPDX-License-Identifier: Apache-2.0
// One mirror as a client sees it: pages with their evidence, files with their hash. It judges
// through the gates and decides nothing itself.
#pragma once

#include <mirror/fetch/download.hpp>
#include <mirror/fetch/page_cache.hpp>
#include <mirror/fleet/evidence_file.hpp>
#include <mirror/fleet/mirror_health.hpp>
#include <mirror/net/http_client.hpp>
#include <mirror/net/url.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/result.hpp>
#include <pki/tls/client_context.hpp>
#include <verify/gate/page_gate.hpp>
#include <verify/gate/signer_set.hpp>
#include <verify/verdict/verdict.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace heliograph::mirror {

/// What every mirror is judged by. The references outlive the client.
struct ClientBasis {
    Transport& transport;
    const verify::TrustBundle& trust;
    const verify::TrustState& state;
    const Clock& clock;
    verify::PagePolicy policy;
    std::optional<pki::ClientContext> tls;  ///< For https mirrors.
    /// Signers that some mirror's lists soundly take back: no other mirror makes them good again.
    std::vector<pki::Sha256> revoked = {};
    /// Ends every request with `cancelled`.
    std::stop_token stop = {};
    /// Gets every accepted page with its evidence, and spares the mirror what is in it; null:
    /// nobody does.
    PageCache* pages = nullptr;
};

/// Bytes of the file so far.
using DownloadProgress = std::function<void(std::uint64_t done_bytes)>;

/// @thread One thread at a time.
class MirrorClient {
  public:
    MirrorClient(Url base, const ClientBasis& basis);

    [[nodiscard]] const Url& base() const { return m_base; }

    /// Gets and judges the page of a project in one of its forms; once more, with everything around
    /// it, before it says that a signature is wrong, for a publish or a new signer between two
    /// requests looks the same. A page that is not there is a verdict with the finding
    /// `project-not-found`; what the mirror lacks of the evidence is the gate's to judge.
    /// @errors network, timeout (the mirror did not answer properly), crypto.
    /// A page that an earlier run kept is not sent again: the mirror says that it has the same, and
    /// what was kept is judged anew, by the signers that this mirror names now.
    /// @cost One request, a second one when the page does not bring its signature along; two more,
    /// for the signer, the first time.
    [[nodiscard]] Result<verify::PageJudgement> page(
        const verify::ProjectName& project, verify::PageForm form = verify::PageForm::json
    );

    /// Gets the bytes that @p download still lacks; the caller commits if and only if the verdict
    /// is accepted. Findings: those of FileGate, and `file-not-found`. After an error the bytes so
    /// far stay in @p download, for the next mirror to go on from.
    /// @param floor_bytes_per_second  Slower than this for ten seconds is a timeout.
    /// @errors network, timeout, io (the disk).
    /// @cost One request, a second one when there is no such part; one pass.
    [[nodiscard]] Result<verify::Verdict> download(
        Download& download, std::uint64_t floor_bytes_per_second, const DownloadProgress& progress
    );

    /// Signers that this mirror's evidence soundly takes back. @cost Linear in the candidates.
    [[nodiscard]] std::vector<pki::Sha256> revoked() const {
        return m_signers ? m_signers->revoked() : std::vector<pki::Sha256>();
    }

    /// What the requests since the last call showed, oldest first.
    [[nodiscard]] std::vector<HealthEvent> take_events() { return std::exchange(m_events, {}); }
    /// What the last request showed.
    [[nodiscard]] MirrorEvent last_event() const { return m_last_event; }
    /// The documents of the last page() as they came.
    [[nodiscard]] const std::vector<ReceivedDocument>& received() const { return m_received; }

  private:
    [[nodiscard]] Result<HttpGet> request(const std::string& path, std::uint64_t limit_bytes) const;
    /// Whether a page that was kept may be the answer.
    enum class Reuse { allowed, refused };
    [[nodiscard]] Result<verify::PageJudgement> ask_page(
        const verify::ProjectName& project, verify::PageForm form, Reuse reuse
    );
    struct Document {
        /// Unchanged: it is the one that the request named by its entity tag.
        enum class State { given, unchanged };

        State state = State::given;
        Bytes body = {};
        HeaderList headers = {};
    };
    /// None: nothing is kept that could be the answer.
    [[nodiscard]] std::optional<KeptPage> kept_page(
        const verify::ProjectName& project, verify::PageForm form, Reuse reuse
    );
    void keep(const verify::PageEvidence& evidence, verify::Serial serial);
    /// None when the mirror says that it has no such document.
    [[nodiscard]] Result<std::optional<Document>> document(HttpGet get);
    /// The signature that the page brings along, else that of /serversig, if there is any.
    [[nodiscard]] Result<std::optional<Bytes>> signature_of(
        const Document& page, const verify::ProjectName& project, verify::PageForm form
    );
    [[nodiscard]] Result<const verify::SignerSet*> signers();
    /// One request, timed and remembered.
    [[nodiscard]] Result<HttpResponse> perform(const HttpGet& get, BodySink& sink);
    /// What the download still lacks; the whole when this mirror says that there is no such part.
    [[nodiscard]] Result<HttpResponse> perform_part(
        HttpGet get, Download& download, BodySink& sink
    );

    Url m_base;
    const ClientBasis& m_basis;
    std::optional<verify::SignerSet> m_signers;
    std::optional<Bytes> m_chain_pem;    ///< By which these were judged.
    std::optional<Bytes> m_sound_lists;  ///< Of the lists, those to be kept.
    bool m_answered_kept = false;        ///< The last page is one that an earlier run kept.
    std::vector<HealthEvent> m_events;
    MirrorEvent m_last_event = MirrorEvent::nothing;
    std::vector<ReceivedDocument> m_received;
};

/// Holds what one mirror told of revoked signers against all mirrors of this basis: those that were
/// judged before are judged anew when they are asked next. @thread None of them is in use.
void learn_revocations(ClientBasis& basis, const MirrorClient& from);

}  // namespace heliograph::mirror
