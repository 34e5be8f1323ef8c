// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/mirror_client.hpp>
#include <mirror/fleet/index_path.hpp>
#include <verify/gate/file_gate.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::mirror {

namespace {

namespace limits = verify::limits;

// A mirror that is slower than this is left for the next one: a hostile one could otherwise hold a
// client for as long as it likes.
constexpr std::uint64_t rate_floor_bytes_per_second = 8192;

constexpr std::chrono::milliseconds document_deadline = std::chrono::minutes(2);

FetchTimeouts client_timeouts(std::uint64_t limit_bytes) {
    using std::chrono::seconds;
    const auto at_the_floor =
        seconds(static_cast<seconds::rep>(limit_bytes / rate_floor_bytes_per_second));
    return {
        .connect = seconds(5),
        .first_byte = seconds(10),
        .silence = seconds(10),
        .whole = at_the_floor + seconds(30),
        .rate_floor_bytes_per_second = rate_floor_bytes_per_second,
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

verify::Finding too_long(const verify::PageFile& file, const Error& error, std::string source) {
    return {
        .id = "file-length-mismatch",
        .severity = verify::Severity::error,
        .cause = verify::Cause::false_evidence,
        .subject = "file " + file.name.text(),
        .expected = file.size_bytes ? std::to_string(*file.size_bytes) + " bytes"
                                    : "no more bytes than the limit",
        .seen = error.message(),
        .source = std::move(source),
        .advice = "use another mirror and report this one"};
}

}  // namespace

MirrorClient::MirrorClient(Url base, const ClientBasis& basis)
    : m_base(std::move(base)), m_basis(basis) {
}

Result<HttpGet> MirrorClient::request(const std::string& path, std::uint64_t limit_bytes) const {
    HG_TRY(auto url, m_base.resolve(path));
    HttpGet get{.url = std::move(url), .limit_bytes = limit_bytes};
    get.timeouts = client_timeouts(limit_bytes);
    get.trust = m_basis.tls;
    return get;
}

Result<std::optional<Bytes>> MirrorClient::document(HttpGet get) {
    // A page may be large, but its limit is no promise of size: at the rate floor a mirror could
    // hold us for hours.
    get.timeouts.whole = std::min(get.timeouts.whole, document_deadline);
    HG_TRY(auto answer, fetch_document(m_basis.transport, get));
    if (answer.response.status == 404) {
        return std::optional<Bytes>();
    }
    if (answer.response.status != 200) {
        return wrong_status(answer.response);
    }
    return std::optional(std::move(answer.body));
}

Result<const verify::SignerSet*> MirrorClient::signers() {
    if (m_signers) {
        return &*m_signers;
    }
    std::optional<Bytes> chain;
    std::optional<Bytes> lists;
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
    if (chain) {
        evidence.chain_pem = *chain;
    }
    if (lists) {
        evidence.revocation_pem = *lists;
    }
    HG_TRY(
        m_signers,
        verify::judge_signers(evidence, m_basis.trust, m_basis.policy, m_basis.clock.now())
    );
    return &*m_signers;
}

Result<verify::PageJudgement> MirrorClient::page(const verify::ProjectName& project) {
    HG_TRY(auto page_get, request(page_path(project), limits::page_bytes));
    page_get.accept = verify::page_media_type(verify::PageForm::json);
    HG_TRY(const auto page, document(std::move(page_get)));
    if (!page) {
        verify::Verdict verdict;
        verdict.add(
            not_there("project-not-found", "page of project " + project.text(), m_base.to_string())
        );
        return verify::PageJudgement{std::move(verdict), std::nullopt};
    }
    std::optional<Bytes> signature;
    if (m_basis.policy.page_signature != verify::Demand::ignored) {
        HG_TRY(
            auto signature_get,
            request(signature_path(project, verify::PageForm::json), limits::signature_bytes)
        );
        HG_TRY(signature, document(std::move(signature_get)));
    }
    HG_TRY(const auto* signer_set, signers());
    verify::PageEvidence evidence{
        .wanted = project,
        .form = verify::PageForm::json,
        .page = *page,
        .signature = {},
        .source = m_base.to_string()};
    if (signature) {
        evidence.signature = *signature;
    }
    return verify::judge_page(evidence, *signer_set, m_basis.state);
}

Result<verify::Verdict> MirrorClient::download(
    const verify::PageFile& file, AtomicFile& into, const DownloadProgress& progress
) {
    const std::string source = m_base.to_string();
    verify::FileGate gate(verify::expect_file(file, source));
    HG_TRY(auto get, request(file_path(file.path()), gate.limit_bytes()));
    // What the sink refuses is our disk's fault; what the transport refuses is the mirror's.
    std::optional<Error> disk;
    BodySink sink;
    sink.write = [&](ByteSpan piece) -> Outcome {
        if (gate.update(piece) == verify::FileFlow::stop) {
            return Error(ErrorCode::too_large, "the body is longer than it may be");
        }
        if (auto written = into.write(piece); !written) {
            disk = written.error();
            return std::move(written).error();
        }
        progress(gate.seen_bytes());
        return {};
    };
    const auto response = m_basis.transport.fetch(get, sink);
    verify::Verdict verdict;
    if (!response) {
        if (disk || response.error().code() != ErrorCode::too_large) {
            return response.error();
        }
        verdict.add(too_long(file, response.error(), source));
        return verdict;
    }
    if (response->status == 404) {
        verdict.add(not_there("file-not-found", "file " + file.name.text(), source));
        return verdict;
    }
    if (response->status != 200) {
        return wrong_status(*response);
    }
    return gate.finish();
}

}  // namespace heliograph::mirror
