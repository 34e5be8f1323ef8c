// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/openssl_handle.hpp>
#include <pki/ocsp/ocsp_fields.hpp>
#include <pki/ocsp/response_check.hpp>
#include <pki/x509/chain.hpp>
#include <pki/x509/issued_signature.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

namespace heliograph::pki {

namespace {

using Code = OcspDefectCode;

constexpr std::string_view answers_clause = "RFC 6960 section 3.2";
constexpr std::string_view responder_clause = "RFC 6960 section 4.2.2.2";

// What certificate ids are made with; SHA-1 does no harm there, since nothing is signed with it.
constexpr std::array<std::pair<std::string_view, const char*>, 4> id_digests{
    {{"1.3.14.3.2.26", "SHA1"},
     {"2.16.840.1.101.3.4.2.1", "SHA256"},
     {"2.16.840.1.101.3.4.2.2", "SHA384"},
     {"2.16.840.1.101.3.4.2.3", "SHA512"}}};

Result<Bytes> digest_of(ByteSpan bytes, const char* name) {
    Bytes digest(EVP_MAX_MD_SIZE);
    std::size_t size = 0;
    HG_CHECK(check(
        EVP_Q_digest(
            nullptr,
            name,
            nullptr,
            bytes.data(),
            bytes.size(),
            reinterpret_cast<unsigned char*>(digest.data()),
            &size
        ),
        "digest for a certificate id"
    ));
    digest.resize(size);
    return digest;
}

bool same_bytes(ByteSpan left, ByteSpan right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end());
}

Result<bool> names_issuer(const OcspIdField& id, const CertificateFields& issuer) {
    const auto known =
        std::find_if(id_digests.begin(), id_digests.end(), [&id](const auto& digest) {
            return digest.first == id.digest;
        });
    if (known == id_digests.end()) {
        return false;
    }
    HG_TRY(const Bytes name, digest_of(issuer.subject.raw, known->second));
    HG_TRY(const Bytes key, digest_of(issuer.key, known->second));
    return same_bytes(name, id.issuer_name_hash) && same_bytes(key, id.issuer_key_hash);
}

Result<bool> is_responder(const OcspResponderField& responder, const CertificateFields& fields) {
    if (responder.name) {
        return responder.name->same_as(fields.subject);
    }
    HG_ASSERT(responder.key_hash.has_value());
    HG_TRY(const Bytes hash, digest_of(fields.key, "SHA1"));
    return same_bytes(hash, *responder.key_hash);
}

std::string status_word(std::uint32_t status) {
    constexpr std::array<std::string_view, 7> words{
        "successful",
        "malformedRequest",
        "internalError",
        "tryLater",
        "status 4",
        "sigRequired",
        "unauthorized"};
    return status < words.size() ? std::string(words[status]) : "status " + std::to_string(status);
}

// RFC 5280, section 5.3.1.
std::string reason_word(std::optional<std::uint32_t> reason) {
    constexpr std::array<std::string_view, 11> words{
        "unspecified",
        "key-compromise",
        "ca-compromise",
        "affiliation-changed",
        "superseded",
        "cessation-of-operation",
        "certificate-hold",
        "reason 7",
        "remove-from-crl",
        "privilege-withdrawn",
        "aa-compromise"};
    const std::uint32_t code = reason.value_or(0);
    return code < words.size() ? std::string(words[code]) : "reason " + std::to_string(code);
}

class ResponseJudge {
  public:
    ResponseJudge(const OcspFields& response, const OcspQuestion& question)
        : m_response(response), m_question(question) {}

    Result<OcspReport> judge() {
        if (m_response.has_unknown_critical) {
            add(
                {Code::malformed,
                 "ocsp-extension-unknown",
                 "RFC 6960 section 4.4",
                 "no critical extension that is unknown here",
                 "one"}
            );
        }
        HG_CHECK(find_answers());
        if (m_answers.empty()) {
            add(
                {Code::no_answer,
                 "ocsp-answer-missing",
                 std::string(answers_clause),
                 "an answer about a certificate of the chain",
                 m_response.answers.empty() ? "no answer at all"
                                            : "answers about other certificates only; ask for the "
                                              "response to this one"}
            );
            return std::move(m_report);
        }
        HG_CHECK(judge_signature());
        for (const OcspAnswerField* const answer : m_answers) {
            judge_times(*answer);
            judge_state(*answer);
        }
        return std::move(m_report);
    }

  private:
    // Under two certificate ids a response says the same twice; so is what is wrong with it.
    void add(OcspDefect defect) {
        const bool known = std::any_of(
            m_report.defects.begin(),
            m_report.defects.end(),
            [&defect](const OcspDefect& one) {
                return one.id == defect.id && one.seen == defect.seen;
            }
        );
        if (!known) {
            m_report.defects.push_back(std::move(defect));
        }
    }

    void pass(std::string held) {
        if (std::find(m_report.checked.begin(), m_report.checked.end(), held) ==
            m_report.checked.end()) {
            m_report.checked.push_back(std::move(held));
        }
    }

    Outcome find_answers() {
        const std::vector<Certificate>& path = m_question.path;
        for (std::size_t place = 0; place + 1 < path.size() && m_answers.empty(); ++place) {
            HG_TRY(const auto below, read_certificate_fields(path[place].to_der()));
            HG_TRY(const auto above, read_certificate_fields(path[place + 1].to_der()));
            for (const OcspAnswerField& answer : m_response.answers) {
                if (!same_bytes(answer.id.serial, below.serial)) {
                    continue;
                }
                HG_TRY(const bool issued_here, names_issuer(answer.id, above));
                if (issued_here) {
                    m_answers.push_back(&answer);
                    m_report.place = place;
                }
            }
        }
        return {};
    }

    [[nodiscard]] const Certificate& issuer() const { return m_question.path[*m_report.place + 1]; }

    Outcome judge_signature() {
        HG_TRY(const auto fields, read_certificate_fields(issuer().to_der()));
        HG_TRY(const bool by_issuer, is_responder(m_response.responder, fields));
        if (by_issuer) {
            return check_signature(issuer(), "the issuer");
        }
        for (const ByteSpan der : m_response.certificates) {
            // What we cannot read cannot speak for anybody.
            const auto sent = Certificate::parse_der(der);
            const auto sent_fields = read_certificate_fields(der);
            if (!sent || !sent_fields) {
                continue;
            }
            HG_TRY(const bool speaks, is_responder(m_response.responder, *sent_fields));
            if (speaks) {
                return judge_delegate(*sent);
            }
        }
        refuse_responder("somebody else, and no certificate that vouches for them");
        return {};
    }

    void refuse_responder(std::string seen) {
        add(
            {Code::wrong_responder,
             "ocsp-responder-unauthorized",
             std::string(responder_clause),
             "a response by the issuer or by who holds its certificate for OCSP signing",
             std::move(seen)}
        );
    }

    // The delegate stands directly below the issuer, whatever stands above it (section 4.2.2.2).
    Outcome judge_delegate(const Certificate& delegate) {
        const auto above =
            m_question.path.begin() + static_cast<std::ptrdiff_t>(*m_report.place) + 1;
        const ChainRequest request{
            .leaf = delegate,
            .intermediates = {above, m_question.path.end() - 1},
            .roots = {m_question.path.back()},
            .purpose = ChainPurpose::ocsp,
            .at = m_question.at,
            .revocation = RevocationPolicy::not_checked,
            .rules = m_question.rules};
        HG_TRY(const ChainReport report, check_chain(request));
        if (!report.accepted()) {
            refuse_responder("the certificate of " + delegate.subject() + ": " + report.summary());
            return {};
        }
        if (report.path.size() < 2 || !(report.path[1] == issuer())) {
            refuse_responder(
                "the certificate of " + delegate.subject() + ", which another authority issued"
            );
            return {};
        }
        return check_signature(delegate, delegate.subject() + " on behalf of the issuer");
    }

    Outcome check_signature(const Certificate& signer, const std::string& who) {
        IssuedSignature signature = IssuedSignature::unsupported;
        if (const auto& key = signer.key_if_readable()) {
            HG_TRY(
                signature,
                check_issued_signature(
                    {m_response.algorithm, m_response.signed_part, m_response.signature}, *key
                )
            );
        }
        if (signature == IssuedSignature::good) {
            pass("signature of the OCSP response by " + who);
            return {};
        }
        const bool weak = signature == IssuedSignature::weak;
        add(
            {Code::bad_signature,
             weak ? "ocsp-signature-weak" : "ocsp-signature-invalid",
             weak ? "RFC 6194 section 3" : std::string(answers_clause),
             "a signature of " + signer.subject() + " over the response",
             weak
                 ? "one over a broken digest: " + signature_algorithm_name(m_response.algorithm.oid)
             : signature == IssuedSignature::unsupported
                 ? "an unknown algorithm: " + signature_algorithm_name(m_response.algorithm.oid)
                 : std::string("a wrong one")}
        );
        return {};
    }

    void judge_times(const OcspAnswerField& answer) {
        const Instant at = m_question.at;
        if (answer.this_update > at + ocsp_clock_tolerance) {
            add(
                {Code::from_future,
                 "ocsp-from-future",
                 std::string(answers_clause),
                 "a response that is not made after " + format_rfc3339(at),
                 "one of " + format_rfc3339(answer.this_update) +
                     "; check the clock of this machine"}
            );
            return;
        }
        if (!answer.next_update) {
            add(
                {Code::stale,
                 "ocsp-next-update-missing",
                 "RFC 5019 section 2.2.4",
                 "a response that says until when it is good",
                 "one that was good for the moment only, at " + format_rfc3339(answer.this_update)}
            );
            return;
        }
        if (at > *answer.next_update) {
            add(
                {Code::stale,
                 "ocsp-stale",
                 std::string(answers_clause),
                 "a response that is good at " + format_rfc3339(at),
                 "one that ended at " + format_rfc3339(*answer.next_update) +
                     "; get a new one from the responder"}
            );
            return;
        }
        pass(
            "OCSP response current from " + format_rfc3339(answer.this_update) + " to " +
            format_rfc3339(*answer.next_update)
        );
    }

    void judge_state(const OcspAnswerField& answer) {
        const std::string whose = m_question.path[*m_report.place].subject();
        switch (answer.state) {
            case OcspState::good:
                pass("OCSP: " + whose + " is not revoked");
                return;
            case OcspState::revoked:
                add(
                    {Code::revoked,
                     "ocsp-revoked",
                     "RFC 6960 section 2.2",
                     "a certificate that is not revoked",
                     "one that was revoked at " + format_rfc3339(answer.revoked_at) + ": " +
                         reason_word(answer.reason)}
                );
                return;
            case OcspState::unknown:
                break;
        }
        add(
            {Code::unknown,
             "ocsp-unknown",
             "RFC 6960 section 2.2",
             "a responder that knows the certificate",
             "one that does not"}
        );
    }

    const OcspFields& m_response;
    const OcspQuestion& m_question;
    std::vector<const OcspAnswerField*> m_answers;
    OcspReport m_report;
};

}  // namespace

std::string_view ocsp_defect_name(OcspDefectCode code) {
    switch (code) {
        case Code::malformed:
            return "ocsp-malformed";
        case Code::unsuccessful:
            return "ocsp-unsuccessful";
        case Code::no_answer:
            return "ocsp-no-answer";
        case Code::wrong_responder:
            return "ocsp-wrong-responder";
        case Code::bad_signature:
            return "ocsp-bad-signature";
        case Code::from_future:
            return "ocsp-from-future";
        case Code::stale:
            return "ocsp-stale";
        case Code::revoked:
            return "ocsp-revoked";
        case Code::unknown:
            break;
    }
    return "ocsp-unknown";
}

bool OcspReport::has(OcspDefectCode code) const {
    return std::any_of(defects.begin(), defects.end(), [code](const OcspDefect& defect) {
        return defect.code == code;
    });
}

Result<OcspReport> check_ocsp_response(ByteSpan response, const OcspQuestion& question) {
    const auto fields = read_ocsp_fields(response);
    OcspReport report;
    if (!fields) {
        report.defects.push_back(
            {Code::malformed,
             "ocsp-malformed",
             "RFC 6960 section 4.2.1",
             "an OCSP response in DER",
             fields.error().message()}
        );
        return report;
    }
    if (fields->status != 0) {
        report.defects.push_back(
            {Code::unsuccessful,
             "ocsp-unsuccessful",
             "RFC 6960 section 2.3",
             "a successful response",
             status_word(fields->status)}
        );
        return report;
    }
    return ResponseJudge(*fields, question).judge();
}

}  // namespace heliograph::pki
