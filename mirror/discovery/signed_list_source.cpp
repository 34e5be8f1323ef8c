// SPDX-License-Identifier: Apache-2.0
#include <mirror/discovery/kept_list_file.hpp>
#include <mirror/discovery/signed_list_source.hpp>
#include <mirror/fleet/index_path.hpp>
#include <mirror/fleet/signature_along.hpp>
#include <pki/base/file.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

namespace limits = verify::limits;

constexpr std::string_view signature_ending = ".sig";

Error unexpected_status(const Url& url, int status) {
    return {
        ErrorCode::network,
        "expected a list of mirrors at " + url.to_string() + ", saw status " +
            std::to_string(status)};
}

// What a source says: none when its list is still the one under the entity tag.
struct SourceAnswer {
    std::optional<SignedList> list;
    std::string etag;
};

/// A web server with a list and, beside it, what it is judged by.
class ListServer {
  public:
    ListServer(const SignedListRequest& request, Url place)
        : m_request(request), m_place(std::move(place)) {}

    Result<SourceAnswer> ask(const std::string& known_etag) {
        HttpGet get = get_of(m_place, verify::mirrors_document_bytes);
        get.accept = "application/json";
        get.if_none_match = known_etag;
        HG_TRY(auto document, fetch_document(m_request.transport, get));
        const auto& response = document.response;
        if (response.status == 304 && !known_etag.empty()) {
            return SourceAnswer{std::nullopt, known_etag};
        }
        if (response.status != 200) {
            return unexpected_status(m_place, response.status);
        }
        SignedList list{
            .source = m_request.source,
            .document = std::move(document.body),
            .signature = signature_along(response.headers),
            .chain_pem = {},
            .revocation_pem = {}};
        if (!list.signature) {
            const auto name = m_place.path().substr(m_place.path().rfind('/') + 1);
            HG_TRY(
                list.signature,
                beside(name + std::string(signature_ending), limits::signature_bytes)
            );
        }
        HG_CHECK(renew_evidence(list));
        const std::string etag(response.headers.find("ETag").value_or(""));
        return SourceAnswer{std::move(list), may_be_kept(etag) ? etag : std::string()};
    }

    /// Signer chain and revocation lists as they are now.
    Outcome renew_evidence(SignedList& list) {
        HG_TRY(list.chain_pem, beside(std::string(signer_chain_path), limits::server_key_bytes));
        HG_TRY(
            list.revocation_pem,
            beside(std::string(revocation_lists_path), limits::revocation_bytes)
        );
        return {};
    }

  private:
    [[nodiscard]] HttpGet get_of(Url url, std::uint64_t limit_bytes) const {
        HttpGet get{.url = std::move(url), .limit_bytes = limit_bytes};
        get.trust = m_request.tls;
        return get;
    }

    Result<std::optional<Bytes>> beside(const std::string& name, std::uint64_t limit_bytes) {
        HG_TRY(auto url, m_place.resolve(name));
        HG_TRY(auto document, fetch_document(m_request.transport, get_of(url, limit_bytes)));
        if (document.response.status == 404) {
            return std::optional<Bytes>();
        }
        if (document.response.status != 200) {
            return unexpected_status(url, document.response.status);
        }
        return std::optional(std::move(document.body));
    }

    const SignedListRequest& m_request;
    Url m_place;
};

Result<std::optional<Bytes>> read_beside(
    const std::filesystem::path& file, std::uint64_t limit_bytes
) {
    auto bytes = read_file(file, limit_bytes);
    if (bytes) {
        return std::optional(*std::move(bytes));
    }
    if (bytes.error().code() == ErrorCode::not_found) {
        return std::optional<Bytes>();
    }
    return std::move(bytes).error().at(file.string());
}

Result<SignedList> read_list(const std::filesystem::path& file) {
    SignedList list{.source = file.string()};
    auto document = read_file(file, verify::mirrors_document_bytes);
    if (!document) {
        return std::move(document).error().at(file.string());
    }
    list.document = *std::move(document);
    const auto folder = file.parent_path();
    HG_TRY(
        list.signature,
        read_beside(file.string() + std::string(signature_ending), limits::signature_bytes)
    );
    HG_TRY(list.chain_pem, read_beside(folder / signer_chain_path, limits::server_key_bytes));
    HG_TRY(
        list.revocation_pem, read_beside(folder / revocation_lists_path, limits::revocation_bytes)
    );
    return list;
}

/// One search, in steps: the source, then what was kept.
class ListSearch {
  public:
    explicit ListSearch(const SignedListRequest& request) : m_request(request) {}

    Result<FoundList> run() {
        HG_TRY(m_kept, load_kept_list(m_request.kept_files));
        if (!is_web_address(m_request.source)) {
            HG_TRY(auto list, read_list(m_request.source));
            HG_TRY(auto judgement, judge(list));
            if (judgement.document) {
                return take({std::move(list), {}}, std::move(judgement));
            }
            return FoundList{.mirrors = {}, .verdict = std::move(judgement.verdict)};
        }
        if (m_request.reach == SignedListRequest::Reach::source) {
            HG_TRY(auto found, ask_server());
            if (found) {
                return *std::move(found);
            }
        }
        return use_kept();
    }

  private:
    [[nodiscard]] Result<verify::MirrorsJudgement> judge(const SignedList& list) const {
        return judge_signed_list(
            list,
            {.trust = m_request.trust,
             .policy = m_request.policy,
             .at = m_request.now,
             .seen = m_kept ? std::optional(m_kept->seen()) : std::nullopt}
        );
    }

    // None: nothing that holds is to be had there.
    Result<std::optional<FoundList>> ask_server() {
        using Found = std::optional<FoundList>;
        HG_TRY(auto place, Url::parse(m_request.source));
        ListServer server(m_request, std::move(place));
        const bool is_known = m_kept && m_kept->list.source == m_request.source;
        auto answer = server.ask(is_known ? m_kept->etag : std::string());
        if (!answer) {
            return give_up(std::move(answer).error());
        }
        if (!answer->list) {
            return confirm(server);
        }
        HG_TRY(auto judgement, judge(*answer->list));
        if (judgement.verdict.find("mirror-list-signature-invalid") != nullptr) {
            // A publish, or a new signer, between two requests looks the same: once more.
            answer = server.ask({});
            if (!answer) {
                return give_up(std::move(answer).error());
            }
            HG_TRY(judgement, judge(*answer->list));
        }
        if (!judgement.document) {
            m_refused = std::move(judgement.verdict);
            return Found();
        }
        HG_TRY(
            auto found,
            take({*std::move(answer->list), std::move(answer->etag)}, std::move(judgement))
        );
        return Found(std::move(found));
    }

    // A certificate that does not hold, or an answer over its limit, is a server that is not to be
    // had, too; what is wrong here is not.
    Result<std::optional<FoundList>> give_up(Error error) {
        const auto code = error.code();
        if (!is_transport_failure(error) && code != ErrorCode::stale &&
            code != ErrorCode::too_large && code != ErrorCode::malformed) {
            return error;
        }
        m_unreachable = std::move(error);
        return std::optional<FoundList>();
    }

    // The source says that its list is the kept one.
    Result<std::optional<FoundList>> confirm(ListServer& server) {
        auto list = m_kept->list;
        HG_TRY(auto judgement, judge(list));
        if (!judgement.verdict.findings().empty()) {
            // Revocation lists grow old sooner than a list of mirrors.
            if (auto renewed = server.renew_evidence(list); !renewed) {
                return give_up(std::move(renewed).error());
            }
            HG_TRY(judgement, judge(list));
        }
        if (judgement.document) {
            HG_TRY(auto found, take({std::move(list), m_kept->etag}, std::move(judgement)));
            return std::optional(std::move(found));
        }
        // The same bytes may have been signed anew since.
        auto answer = server.ask({});
        if (!answer) {
            return give_up(std::move(answer).error());
        }
        HG_TRY(judgement, judge(*answer->list));
        if (!judgement.document) {
            m_refused = std::move(judgement.verdict);
            return std::optional<FoundList>();
        }
        HG_TRY(
            auto found,
            take({*std::move(answer->list), std::move(answer->etag)}, std::move(judgement))
        );
        return std::optional(std::move(found));
    }

    struct Accepted {
        SignedList list;
        std::string etag;
    };

    Result<FoundList> take(Accepted accepted, verify::MirrorsJudgement judgement) {
        FoundList found{.mirrors = {}, .verdict = std::move(judgement.verdict)};
        HG_TRY(found.mirrors, mirrors_of(*judgement.document));
        HG_CHECK(save_kept_list(
            m_request.kept_files,
            {.list = std::move(accepted.list),
             .etag = std::move(accepted.etag),
             .confirmed = m_request.now,
             .serial = judgement.document->serial}
        ));
        return found;
    }

    Result<FoundList> use_kept() {
        if (!m_kept || m_kept->list.source != m_request.source) {
            if (m_unreachable) {
                return *std::move(m_unreachable);
            }
            if (m_request.reach == SignedListRequest::Reach::kept) {
                return Error(
                    ErrorCode::not_found,
                    "expected a list of mirrors from " + m_request.source +
                        " that an earlier run kept, there is none; run once without --offline"
                );
            }
            return FoundList{.mirrors = {}, .verdict = std::move(m_refused)};
        }
        HG_TRY(auto judgement, judge(m_kept->list));
        FoundList found{
            .mirrors = {},
            .verdict = std::move(judgement.verdict),
            .kept_since = m_kept->confirmed,
            .unreachable = std::move(m_unreachable),
            .refused = std::move(m_refused)};
        if (judgement.document) {
            HG_TRY(found.mirrors, mirrors_of(*judgement.document));
        } else {
            found.verdict.merge(found.refused);
        }
        return found;
    }

    const SignedListRequest& m_request;
    std::optional<KeptList> m_kept;
    std::optional<Error> m_unreachable;
    verify::Verdict m_refused;
};

}  // namespace

Result<FoundList> find_signed_list(const SignedListRequest& request) {
    return ListSearch(request).run();
}

}  // namespace heliograph::mirror
