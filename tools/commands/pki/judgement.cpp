// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/crypto/pem.hpp>
#include <pki/x509/credential.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/judgement.hpp>

#include <array>

namespace heliograph::tools::pki_commands {

namespace {

constexpr std::uint64_t evidence_limit_bytes = pki::revocation_list_limit_bytes;

// The system's store holds whatever the world trusts: a root that we could not use anyway is no
// reason to use none.
Result<std::vector<pki::Certificate>> system_roots() {
    constexpr std::array<const char*, 3> places{
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem"};
    for (const char* const place : places) {
        const auto bytes = read_file(place, evidence_limit_bytes);
        if (!bytes) {
            continue;
        }
        std::vector<pki::Certificate> roots;
        pki::PemReader reader(text_of(*bytes));
        for (;;) {
            HG_TRY(const auto block, reader.next());
            if (!block || roots.size() == pki::chain_root_limit) {
                return roots;
            }
            HG_TRY(const Bytes der, block->decode());
            if (auto root = pki::Certificate::parse_der(der)) {
                roots.push_back(std::move(root).value());
            }
        }
    }
    return Error(
        ErrorCode::not_found,
        "expected trusted roots: an authority's folder (--dir), --root FILE or a system store, saw "
        "none"
    );
}

}  // namespace

namespace {

std::string advice_for(const pki::ChainDefect& defect) {
    const bool cut_short = defect.code == pki::ChainDefectCode::untrusted_issuer;
    return (cut_short ? "give the certificates in between, too (chain.pem), or the root; see "
                      : "see ") +
           defect.clause;
}

}  // namespace

Error as_refused(const Error& error) {
    return error.code() == ErrorCode::unsupported ? Error(ErrorCode::refused, error.message())
                                                  : error;
}

verify::Cause cause_of(pki::ChainDefectCode code) {
    switch (code) {
        case pki::ChainDefectCode::expired:
        case pki::ChainDefectCode::not_yet_valid:
        case pki::ChainDefectCode::revocation_list_expired:
            return verify::Cause::stale_evidence;
        case pki::ChainDefectCode::untrusted_issuer:
        case pki::ChainDefectCode::revocation_unknown:
            return verify::Cause::missing_evidence;
        default:
            return verify::Cause::false_evidence;
    }
}

verify::Finding finding_of(const pki::ChainDefect& defect) {
    return {
        .id = defect.id,
        .severity = verify::Severity::error,
        .cause = cause_of(defect.code),
        .subject = defect.subject,
        .expected = defect.expected,
        .seen = defect.seen,
        .source = {},
        .advice = advice_for(defect)};
}

bool looks_like_der(ByteSpan bytes) {
    return !bytes.empty() && bytes.front() == std::byte{0x30};
}

verify::Verdict verdict_of(const pki::ChainReport& report) {
    verify::Verdict verdict;
    for (const pki::ChainDefect& defect : report.defects) {
        verdict.add(finding_of(defect));
    }
    for (const std::string& check : report.checked) {
        verdict.pass(check);
    }
    return verdict;
}

Result<std::vector<pki::Certificate>> load_certificates(
    const std::string& file, pki::KeyDemand demand
) {
    HG_TRY(const Bytes bytes, read_file(file, evidence_limit_bytes));
    if (looks_like_der(bytes)) {
        auto one = pki::Certificate::parse_der(bytes, demand);
        if (!one) {
            return as_refused(one.error()).at(file);
        }
        return std::vector<pki::Certificate>{std::move(one).value()};
    }
    constexpr std::size_t limit = pki::chain_root_limit;
    auto list = pki::Certificate::parse_pem_list(text_of(bytes), limit, demand);
    if (!list) {
        return as_refused(list.error()).at(file);
    }
    if (list->empty()) {
        return Error(ErrorCode::malformed, "expected certificates in PEM or DER, saw none")
            .at(file);
    }
    return list;
}

Result<std::vector<pki::Certificate>> load_chain(const std::string& file, pki::KeyDemand demand) {
    HG_TRY(const Bytes bytes, read_file(file, evidence_limit_bytes));
    if (looks_like_der(bytes) ||
        text_of(bytes).find("PRIVATE KEY-----") == std::string_view::npos) {
        return load_certificates(file, demand);
    }
    auto list = pki::certificates_in(text_of(bytes), demand);
    if (!list) {
        return as_refused(list.error()).at(file);
    }
    if (list->empty()) {
        return Error(ErrorCode::malformed, "expected certificates, saw a private key alone")
            .at(file);
    }
    return list;
}

Result<std::vector<pki::Certificate>> load_roots(
    const std::vector<std::string>& files, const std::string& authority_folder
) {
    std::vector<pki::Certificate> roots;
    for (const std::string& file : files) {
        HG_TRY(auto some, load_certificates(file, pki::KeyDemand::any));
        roots.insert(roots.end(), some.begin(), some.end());
    }
    if (!roots.empty()) {
        return roots;
    }
    const auto folder = find_authority_folder(authority_folder);
    if (folder && pki::Authority::is_authority(*folder)) {
        return load_certificates((*folder / "root.crt").string());
    }
    return system_roots();
}

Result<std::vector<pki::RevocationList>> load_lists(const std::vector<std::string>& files) {
    std::vector<pki::RevocationList> lists;
    for (const std::string& file : files) {
        HG_TRY(const Bytes bytes, read_file(file, evidence_limit_bytes));
        if (looks_like_der(bytes)) {
            auto one = pki::RevocationList::parse_der(bytes);
            if (!one) {
                return std::move(one).error().at(file);
            }
            lists.push_back(std::move(one).value());
            continue;
        }
        auto some =
            pki::RevocationList::parse_pem_list(text_of(bytes), pki::chain_revocation_list_limit);
        if (!some) {
            return std::move(some).error().at(file);
        }
        if (some->empty()) {
            return Error(ErrorCode::malformed, "expected revocation lists in PEM or DER, saw none")
                .at(file);
        }
        lists.insert(lists.end(), some->begin(), some->end());
    }
    return lists;
}

}  // namespace heliograph::tools::pki_commands
