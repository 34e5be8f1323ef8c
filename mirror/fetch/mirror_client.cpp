// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/mirror_client.hpp>
#include <mirror/fleet/index_path.hpp>
#include <mirror/fleet/left_out_claim.hpp>
#include <mirror/fleet/retry.hpp>
#include <mirror/fleet/signature_along.hpp>
#include <verify/gate/file_gate.hpp>
#include <verify/gate/sound_lists.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace limits = verify::limits;

using SteadyTime = std::chrono::steady_clock::time_point;

// A mirror that is slower than this is left for the next one: a hostile one could otherwise hold a
// client for as long as it likes.
constexpr std::uint64_t least_floor_bytes_per_second = 8192;

constexpr std::chrono::milliseconds document_deadline = std::chrono::minutes(2);

constexpr std::chrono::milliseconds client_silence = std::chrono::seconds(10);
constexpr std::chrono::seconds rest_unsaid{30};

FetchTimeouts client_timeouts(std::uint64_t limit_bytes, std::uint64_t floor_bytes_per_second) {
    using std::chrono::seconds;
    const auto at_the_floor =
        seconds(static_cast<seconds::rep>(limit_bytes / floor_bytes_per_second));
    return {
        .connect = seconds(5),
        .first_byte = seconds(10),
        .silence = client_silence,
        .whole = at_the_floor + seconds(30),
        .rate_floor_bytes_per_second = floor_bytes_per_second,
        .rate_window = seconds(10)};
}

Error wrong_status(const HttpResponse& response) {
    std::string message = "expected status 200 or 404 from " + response.url.to_string() + ", saw " +
                          std::to_string(response.status);
    if (const auto wait = response.headers.find("Retry-After")) {
        message += " (it asks to come back after " + verify::printable(*wait) + ")";
    }
    return {ErrorCode::network, std::move(message)};
}

// When a request and its answer happened, for whoever ranks mirrors.
struct Timing {
    SteadyTime start = std::chrono::steady_clock::now();
    std::optional<SteadyTime> head;
    SteadyTime last = start;
    std::uint64_t bytes = 0;
};

std::chrono::microseconds between(SteadyTime from, SteadyTime to) {
    return std::chrono::duration_cast<std::chrono::microseconds>(to - from);
}

// Whether the server says, as it must, that its file has no byte from there on.
bool lacks_the_part(const HttpGet& get, const HttpResponse& response) {
    constexpr int range_not_satisfiable = 416;
    return get.range_from_bytes > 0 && response.status == range_not_satisfiable;
}

MirrorEvent kind_of(const HttpGet& get, const HttpResponse& response) {
    const auto status = response.status;
    const bool rests = response.headers.find("Retry-After").has_value();
    if (status == 429 || (status == 503 && rests)) {
        return MirrorEvent::busy;
    }
    if (status >= 500 || status == 408) {
        return MirrorEvent::unhealthy;
    }
    // Its filter leaves the file out, as it says and nobody signs: no success, and no failure.
    if (left_out_claim(status, response.headers)) {
        return MirrorEvent::nothing;
    }
    const bool answers = status == 200 || status == 206 || status == 304 || status == 404 ||
                         lacks_the_part(get, response);
    return answers ? MirrorEvent::delivered : MirrorEvent::refused;
}

MirrorEvent kind_of(const Error& error, const Timing& timing) {
    if (error.code() == ErrorCode::timeout && timing.head) {
        // Bytes came until a moment ago, so it was too slow, not silent.
        const auto quiet = std::chrono::steady_clock::now() - timing.last;
        return quiet < client_silence / 2 ? MirrorEvent::slow : MirrorEvent::unreachable;
    }
    if (is_transport_failure(error)) {
        return timing.head ? MirrorEvent::cut_short : MirrorEvent::unreachable;
    }
    return MirrorEvent::nothing;
}

verify::Finding not_there(std::string id, std::string subject, std::string source) {
    return {
        .id = std::move(id),
        .severity = verify::Severity::error,
        .cause = verify::Cause::not_found,
        .subject = std::move(subject),
        .expected = "it to be there",
        .seen = "status 404",
        .source = std::move(source),
        .advice = {}};
}

// A mirror of some files says of the others that it left them out. Anybody may say so, of any file:
// it is told as that mirror's word.
verify::Finding absent_file(
    const HttpResponse& response, const std::string& subject, const std::string& source
) {
    auto claim = left_out_claim(response.status, response.headers);
    if (!claim) {
        return not_there("file-not-found", subject, source);
    }
    auto finding = not_there("file-left-out", subject, source);
    finding.seen = *std::move(claim);
    finding.advice = "ask another mirror, or the master";
    return finding;
}

verify::Finding too_long(
    const verify::FileExpectation& wanted, const Error& error, std::string source
) {
    return {
        .id = "file-length-mismatch",
        .severity = verify::Severity::error,
        .cause = verify::Cause::false_evidence,
        .subject = wanted.subject,
        .expected = wanted.size_bytes ? std::to_string(*wanted.size_bytes) + " bytes"
                                      : "no more bytes than the limit",
        .seen = error.message(),
        .source = std::move(source),
        .advice = "use another mirror and report this one"};
}

// Whether these were judged when it was known already which of them are revoked.
bool knows_of(const std::vector<pki::Sha256>& revoked, const verify::SignerSet& signers) {
    const auto& candidates = signers.candidates();
    return std::none_of(candidates.begin(), candidates.end(), [&](const auto& candidate) {
        const auto& fingerprint = candidate.certificate.fingerprint();
        return candidate.verdict.find("signer-revoked") == nullptr &&
               std::find(revoked.begin(), revoked.end(), fingerprint) != revoked.end();
    });
}

}  // namespace

MirrorClient::MirrorClient(Url base, const ClientBasis& basis)
    : m_base(std::move(base)), m_basis(basis) {
}

Result<HttpGet> MirrorClient::request(const std::string& path, std::uint64_t limit_bytes) const {
    HG_TRY(auto url, m_base.resolve(path));
    HttpGet get{.url = std::move(url), .limit_bytes = limit_bytes};
    get.timeouts = client_timeouts(limit_bytes, least_floor_bytes_per_second);
    get.trust = m_basis.tls;
    get.stop = m_basis.stop;
    return get;
}

Result<HttpResponse> MirrorClient::perform(const HttpGet& get, BodySink& sink) {
    Timing timing;
    BodySink timed;
    timed.begin = [&](const HttpResponse& head) -> Outcome {
        timing.head = std::chrono::steady_clock::now();
        timing.last = *timing.head;
        return sink.begin ? sink.begin(head) : Outcome();
    };
    timed.write = [&](ByteSpan piece) -> Outcome {
        timing.last = std::chrono::steady_clock::now();
        timing.bytes += piece.size();
        return sink.write(piece);
    };
    auto response = m_basis.transport.fetch(get, timed);
    const auto end = std::chrono::steady_clock::now();
    HealthEvent event{.kind = MirrorEvent::nothing, .at = m_basis.clock.now()};
    event.kind = response ? kind_of(get, *response) : kind_of(response.error(), timing);
    event.first_byte = between(timing.start, timing.head.value_or(end));
    event.body = timing.head ? between(*timing.head, end) : std::chrono::microseconds(0);
    event.body_bytes = timing.bytes;
    if (event.kind == MirrorEvent::busy) {
        event.rest = rest_asked_for(response->headers).value_or(rest_unsaid);
    }
    m_last_event = event.kind;
    m_events.push_back(std::move(event));
    return response;
}

Result<HttpResponse> MirrorClient::perform_part(HttpGet get, Download& download, BodySink& sink) {
    get.range_from_bytes = download.seen_bytes();
    auto response = perform(get, sink);
    if (!response || !lacks_the_part(get, *response)) {
        return response;
    }
    // Of the file that this mirror has, the bytes so far are no beginning. They were others'.
    HG_CHECK(download.restart());
    get.range_from_bytes = 0;
    return perform(get, sink);
}

Result<std::optional<MirrorClient::Document>> MirrorClient::document(HttpGet get) {
    // A page may be large, but its limit is no promise of size: at the rate floor a mirror could
    // hold us for hours.
    get.timeouts.whole = std::min(get.timeouts.whole, document_deadline);
    Bytes body;
    BodySink sink;
    sink.write = [&](ByteSpan piece) -> Outcome {
        body.insert(body.end(), piece.begin(), piece.end());
        return {};
    };
    HG_TRY(auto response, perform(get, sink));
    m_received.push_back({get.url.to_string(), response.status, body.size(), pki::sha256(body)});
    if (response.status == 404) {
        return std::optional<Document>();
    }
    const bool is_unchanged = response.status == 304 && !get.if_none_match.empty();
    if (response.status != 200 && !is_unchanged) {
        return wrong_status(response);
    }
    return std::optional(Document{
        is_unchanged ? Document::State::unchanged : Document::State::given,
        std::move(body),
        std::move(response.headers)});
}

Result<const verify::SignerSet*> MirrorClient::signers() {
    if (m_signers && knows_of(m_basis.revoked, *m_signers)) {
        return &*m_signers;
    }
    std::optional<Document> chain;
    std::optional<Document> lists;
    if (m_basis.policy.page_signature != verify::Demand::ignored) {
        HG_TRY(auto chain_get, request(std::string(signer_chain_path), limits::server_key_bytes));
        HG_TRY(chain, document(std::move(chain_get)));
        HG_TRY(
            auto lists_get, request(std::string(revocation_lists_path), limits::revocation_bytes)
        );
        HG_TRY(lists, document(std::move(lists_get)));
    }
    verify::SignerEvidence evidence{.chain_pem = {}, .revocation_pem = {}, .source = {}};
    evidence.source = m_base.to_string();
    evidence.revoked = m_basis.revoked;
    if (chain) {
        evidence.chain_pem = chain->body;
    }
    if (lists) {
        evidence.revocation_pem = lists->body;
    }
    HG_TRY(
        m_signers,
        verify::judge_signers(evidence, m_basis.trust, m_basis.policy, m_basis.clock.now())
    );
    if (m_basis.pages != nullptr) {
        HG_TRY(const auto sound, verify::sound_lists(evidence, m_basis.trust, m_basis.clock.now()));
        m_sound_lists = sound.empty() ? std::nullopt : std::optional(to_bytes(sound));
        m_chain_pem = chain ? std::optional(std::move(chain->body)) : std::nullopt;
    }
    return &*m_signers;
}

Result<std::optional<Bytes>> MirrorClient::signature_of(
    const Document& page, const verify::ProjectName& project, verify::PageForm form
) {
    if (m_basis.policy.page_signature == verify::Demand::ignored) {
        return std::optional<Bytes>();
    }
    if (auto along = signature_along(page.headers)) {
        return std::optional(*std::move(along));
    }
    HG_TRY(auto get, request(signature_path(project, form), limits::signature_bytes));
    HG_TRY(auto signature, document(std::move(get)));
    return signature ? std::optional(std::move(signature->body)) : std::nullopt;
}

Result<verify::PageJudgement> MirrorClient::page(
    const verify::ProjectName& project, verify::PageForm form
) {
    HG_TRY(auto judgement, ask_page(project, form, Reuse::allowed));
    // A signature that was kept beside the same bytes may be of a signer who is none any more, or
    // is over: what our own cache holds is no fault of this mirror's.
    const auto& verdict = judgement.verdict;
    const bool is_of_cache = m_answered_kept && !verdict.accepted();
    if (!is_of_cache && verdict.find("page-signature-invalid") == nullptr) {
        return judgement;
    }
    m_signers.reset();
    return ask_page(project, form, Reuse::refused);
}

std::optional<KeptPage> MirrorClient::kept_page(
    const verify::ProjectName& project, verify::PageForm form, Reuse reuse
) {
    if (m_basis.pages == nullptr || form != verify::PageForm::json || reuse == Reuse::refused) {
        return std::nullopt;
    }
    auto found = m_basis.pages->find(project);
    if (!found) {
        m_basis.pages->folder().note(std::move(found).error());
        return std::nullopt;
    }
    return *found ? std::optional(std::move((*found)->page)) : std::nullopt;
}

Result<verify::PageJudgement> MirrorClient::ask_page(
    const verify::ProjectName& project, verify::PageForm form, Reuse reuse
) {
    m_received.clear();
    m_answered_kept = false;
    HG_TRY(auto page_get, request(page_path(project), limits::page_bytes));
    page_get.accept = verify::page_media_type(form);
    auto kept = kept_page(project, form, reuse);
    if (kept) {
        // Of masters and mirrors, the entity tag of a page is its digest.
        page_get.if_none_match = "\"" + pki::sha256(kept->page).to_hex() + "\"";
    }
    HG_TRY(auto page, document(std::move(page_get)));
    if (!page) {
        verify::Verdict verdict;
        verdict.add(
            not_there("project-not-found", "page of project " + project.text(), m_base.to_string())
        );
        return verify::PageJudgement{std::move(verdict), std::nullopt};
    }
    std::optional<Bytes> signature;
    m_answered_kept = page->state == Document::State::unchanged;
    if (m_answered_kept) {
        page->body = std::move(kept->page);
        signature = std::move(kept->signature);
    } else {
        HG_TRY(signature, signature_of(*page, project, form));
    }
    HG_TRY(const auto* signer_set, signers());
    verify::PageEvidence evidence{
        .wanted = project,
        .form = form,
        .page = page->body,
        .signature = {},
        .source = m_base.to_string()};
    if (signature) {
        evidence.signature = *signature;
    }
    HG_TRY(auto judgement, verify::judge_page(evidence, *signer_set, m_basis.state));
    if (judgement.verdict.accepted()) {
        keep(evidence, judgement.page->serial);
    }
    return judgement;
}

// Only what can be judged again is worth it.
void MirrorClient::keep(const verify::PageEvidence& evidence, verify::Serial serial) {
    if (m_basis.pages == nullptr || evidence.form != verify::PageForm::json ||
        !evidence.signature || !m_chain_pem) {
        return;
    }
    m_basis.pages->keep(
        evidence.wanted,
        {.source = m_base.to_string(),
         .serial = serial,
         .page = to_bytes(evidence.page),
         .signature = to_bytes(*evidence.signature),
         .chain_pem = *m_chain_pem,
         .revocation_pem = m_sound_lists}
    );
}

Result<verify::Verdict> MirrorClient::download(
    Download& download, std::uint64_t floor_bytes_per_second, const DownloadProgress& progress
) {
    const std::string source = m_base.to_string();
    const auto& promise = download.promise();
    HG_TRY(auto get, request(promise.path, download.limit_bytes()));
    get.timeouts = client_timeouts(download.limit_bytes(), floor_bytes_per_second);
    // What the sink refuses is our disk's fault; what the transport refuses is the mirror's.
    std::optional<Error> disk;
    const auto on_disk = [&](Outcome done) -> Outcome {
        if (!done && done.error().code() != ErrorCode::too_large) {
            disk = done.error();
        }
        return done;
    };
    BodySink sink;
    sink.begin = [&](const HttpResponse& head) -> Outcome {
        // A server may give the whole where a part was asked for.
        return head.status == 200 && download.seen_bytes() > 0 ? on_disk(download.restart())
                                                               : Outcome();
    };
    sink.write = [&](ByteSpan piece) -> Outcome {
        HG_CHECK(on_disk(download.add(piece, source)));
        progress(download.seen_bytes());
        return {};
    };
    const auto response = perform_part(std::move(get), download, sink);
    verify::Verdict verdict;
    if (!response) {
        if (disk || response.error().code() != ErrorCode::too_large) {
            return response.error();
        }
        verdict.add(too_long(promise.expectation, response.error(), source));
        return verdict;
    }
    if (response->status == 404) {
        verdict.add(absent_file(*response, promise.expectation.subject, source));
        return verdict;
    }
    if (response->status != 200 && response->status != 206) {
        return wrong_status(*response);
    }
    return download.judge(source);
}

void learn_revocations(ClientBasis& basis, const MirrorClient& from) {
    for (const auto& fingerprint : from.revoked()) {
        if (std::find(basis.revoked.begin(), basis.revoked.end(), fingerprint) ==
            basis.revoked.end()) {
            basis.revoked.push_back(fingerprint);
        }
    }
}

}  // namespace heliograph::mirror
