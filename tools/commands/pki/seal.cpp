// SPDX-License-Identifier: Apache-2.0
#include <pki/base/clock.hpp>
#include <pki/seal/sealed_file.hpp>
#include <pki/x509/key_usage.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/commands.hpp>
#include <tools/commands/pki/folder_option.hpp>
#include <tools/commands/pki/judgement.hpp>

#include <CLI/App.hpp>

#include <algorithm>

namespace heliograph::tools::pki_commands {

namespace {

struct SealOptions {
    std::shared_ptr<AuthorityOption> folder;
    std::vector<std::string> to;
    std::vector<std::string> roots;
    std::vector<std::string> lists;
    std::string file;
    std::string out;
    std::string content_type = "application/octet-stream";
    bool any_usage = false;
    bool unverified = false;
};

// What certificates are held against.
struct Trust {
    std::vector<pki::Certificate> roots;
    std::vector<pki::RevocationList> lists;
    pki::RevocationPolicy revocation = pki::RevocationPolicy::if_listed;
};

// The lists of an authority at hand count as well as its root, also where that root was named.
Result<Trust> trust_of(const SealOptions& options) {
    Trust trust;
    HG_TRY(trust.roots, load_roots(options.roots, options.folder->folder));
    if (!options.lists.empty()) {
        HG_TRY(trust.lists, load_lists(options.lists));
        trust.revocation = pki::RevocationPolicy::required;
        return trust;
    }
    const auto folder = find_authority_folder(options.folder->folder);
    if (!folder || !pki::Authority::is_authority(*folder)) {
        return trust;
    }
    // Of another authority of the same name they would only be taken for forged.
    HG_TRY(const auto own, load_certificates((*folder / "root.crt").string()));
    const bool is_trusted =
        std::find_first_of(trust.roots.begin(), trust.roots.end(), own.begin(), own.end()) !=
        trust.roots.end();
    if (is_trusted) {
        HG_TRY(trust.lists, load_lists({(*folder / "crl.pem").string()}));
    }
    return trust;
}

bool has_list_for(const Trust& trust, const pki::Certificate& certificate) {
    return std::any_of(
        trust.lists.begin(),
        trust.lists.end(),
        [&certificate](const pki::RevocationList& list) {
            return list.issuer() == certificate.issuer();
        }
    );
}

struct Recipient {
    std::string file;
    std::vector<pki::Certificate> chain;  // The first one is whose it is.
};

Result<verify::Verdict> judge_recipient(
    const Recipient& recipient, const Trust& trust, const SealOptions& options, Instant now
) {
    const auto& [file, chain] = recipient;
    HG_TRY(
        const auto report,
        pki::check_chain(
            {.leaf = chain.front(),
             .intermediates = {chain.begin() + 1, chain.end()},
             .roots = trust.roots,
             .revocation_lists = trust.lists,
             .purpose = options.any_usage ? pki::ChainPurpose::any : pki::ChainPurpose::recipient,
             .at = now,
             .revocation = trust.revocation}
        )
    );
    verify::Verdict verdict;
    for (const pki::ChainDefect& defect : report.defects) {
        verify::Finding finding = finding_of(defect);
        finding.subject = visible(file) + ": " + finding.subject;
        verdict.add(finding);
    }
    for (const std::string& check : report.checked) {
        verdict.pass(check);
    }
    return verdict;
}

Outcome check_usage(const pki::Certificate& certificate, const SealOptions& options) {
    if (options.any_usage || pki::permits_key_agreement(certificate)) {
        return {};
    }
    return Error(
        ErrorCode::invalid_argument,
        "expected a certificate for key agreement, saw that of '" + certificate.subject() +
            "', whose key is for other uses; ask its owner for one, or seal to it all the same "
            "with --any-usage"
    );
}

// None when the certificate is valid now.
std::optional<std::string> staleness(const pki::Certificate& certificate, Instant now) {
    if (now < certificate.not_before()) {
        return "expected a certificate that is valid now, saw that of '" + certificate.subject() +
               "', which begins at " + format_rfc3339(certificate.not_before()) +
               "; look at the clock of this machine";
    }
    if (now > certificate.not_after()) {
        return "expected a certificate that is valid now, saw that of '" + certificate.subject() +
               "', which ended at " + format_rfc3339(certificate.not_after()) +
               "; ask its owner for the new one";
    }
    return std::nullopt;
}

Result<ExitCode> seal(const SealOptions& options, Console& console) {
    const SystemClock clock;
    const Instant now = clock.now();
    pki::SealRequest request{.recipients = {}, .content_type = options.content_type};
    JsonArray recipients;
    Trust trust;
    if (!options.unverified) {
        HG_TRY(trust, trust_of(options));
    }
    verify::Verdict verdict;
    std::string revocation_words;
    for (const auto& file : options.to) {
        HG_TRY(auto chain, load_chain(file));
        const Recipient recipient{file, std::move(chain)};
        const pki::Certificate& certificate = recipient.chain.front();
        if (const auto sentence = staleness(certificate, now)) {
            console.fail(*sentence);
            return ExitCode::stale;
        }
        HG_CHECK(check_usage(certificate, options));
        if (!options.unverified) {
            HG_TRY(const auto one, judge_recipient(recipient, trust, options, now));
            verdict.merge(one);
            // What was not looked at is said, so that nobody takes it for checked.
            if (!has_list_for(trust, certificate)) {
                revocation_words = "; revocation was not checked (--crl)";
            }
        }
        request.recipients.push_back(certificate.public_key());
        recipients.push_back(JsonObject{
            {"subject", certificate.subject()}, {"fingerprint", certificate.fingerprint().to_hex()}}
        );
    }
    if (!options.unverified && !verdict.accepted()) {
        for (const verify::Finding& finding : verdict.findings()) {
            console.report(finding);
        }
        return exit_code_of(verdict);
    }
    const std::string out = options.out.empty() ? options.file + ".sealed" : options.out;
    HG_TRY(const std::uint64_t size, pki::seal_file({options.file, out}, request));
    console.say(
        "sealed " + format_size(size) + " to " + counted(request.recipients.size(), "recipient") +
        ": " + out + revocation_words
    );
    console.present(JsonObject{
        {"file", out},
        {"size", static_cast<std::int64_t>(size)},
        {"content_type", options.content_type},
        {"recipients", std::move(recipients)}});
    return ExitCode::done;
}

}  // namespace

void add_seal(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"seal",
         "Seal a file of any size to the owners of certificates ('pki issue recipient'), which "
         "must "
         "lead to a trusted root. It does not say who sealed it.",
         "pki seal --to alice/chain.pem report.pdf\n"
         "pki seal --root root.crt --crl crl.pem --to alice/chain.pem --to bob/chain.pem "
         "--type application/pdf --out report.sealed report.pdf"}
    );
    auto options = std::make_shared<SealOptions>();
    options->folder = add_folder_option(verb);
    verb.add_option(
            "--to",
            options->to,
            "Certificate of a recipient (P-256 or X25519), with those that lead to its root behind "
            "it; PEM; repeatable"
    )
        ->type_name("CERT")
        ->required()
        ->allow_extra_args(false);
    verb.add_option("file", options->file, "What to seal")->type_name("FILE")->required();
    verb.add_option("-o,--out", options->out, "Where it goes; must not exist. Else FILE.sealed")
        ->type_name("FILE");
    verb.add_option("--type", options->content_type, "Content type, which recipients are told")
        ->type_name("TYPE")
        ->capture_default_str();
    verb.add_option(
        "--root",
        options->roots,
        "Trusted certificates; else those of the authority in --dir, else the system's; repeatable"
    );
    verb.add_option(
        "--crl",
        options->lists,
        "Revocation lists, then demanded for every certificate; else those of the authority in "
        "--dir count; repeatable"
    );
    verb.add_flag(
        "--unverified",
        options->unverified,
        "Take the certificates as given, from whomever they are: for those that were checked "
        "otherwise"
    );
    verb.add_flag(
        "--any-usage",
        options->any_usage,
        "Also seal to a certificate whose key usage is not key agreement, such as that of a client"
    );
    program.set_action(verb, [options](Console& console) { return seal(*options, console); });
}

}  // namespace heliograph::tools::pki_commands
