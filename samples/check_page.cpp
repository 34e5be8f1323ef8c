// SPDX-License-Identifier: Apache-2.0
// Checks one project page offline: no network, no database, only heliograph::verify.
//
//   check_page TRUST PROJECT PAGE SIGNATURE CHAIN CRL
//
// TRUST is what `mirror trust export` wrote. The others are bodies that a mirror serves: PAGE is
// the HTML of /simple/PROJECT/, SIGNATURE /serversig/PROJECT, CHAIN /serverkey.crt and CRL
// /serverkey.crl.
#include <pki/base/clock.hpp>
#include <pki/base/file.hpp>
#include <verify/gate/page_gate.hpp>
#include <verify/verdict/limits.hpp>

#include <iostream>
#include <span>
#include <string_view>

namespace {

using heliograph::Bytes;
using heliograph::Result;
namespace verify = heliograph::verify;

struct Files {
    Bytes trust;
    Bytes page;
    Bytes signature;
    Bytes chain;
    Bytes revocation;
};

// HG_TRY hands an Error on to the caller: "could not check" is never mixed with "checked and bad".
Result<Files> read_files(std::span<char*> names) {
    Files files;
    HG_TRY(files.trust, heliograph::read_file(names[0], verify::limits::trust_bundle_bytes));
    HG_TRY(files.page, heliograph::read_file(names[2], verify::limits::page_bytes));
    HG_TRY(files.signature, heliograph::read_file(names[3], verify::limits::signature_bytes));
    HG_TRY(files.chain, heliograph::read_file(names[4], verify::limits::server_key_bytes));
    HG_TRY(files.revocation, heliograph::read_file(names[5], verify::limits::revocation_bytes));
    return files;
}

Result<verify::PageJudgement> judge(const Files& files, std::string_view project) {
    HG_TRY(const auto wanted, verify::parse_project_name(project));
    HG_TRY(const auto trust, verify::parse_trust_bundle(heliograph::text_of(files.trust)));
    const verify::PageEvidence page{
        .wanted = wanted,
        .form = verify::PageForm::html,
        .page = files.page,
        .signature = files.signature,
        .source = "the files given",
    };
    const verify::SignerEvidence signer{
        .chain_pem = files.chain,
        .revocation_pem = files.revocation,
        .source = "the files given",
    };
    const verify::TrustState nothing_seen_before;
    return verify::judge_page(
        page,
        signer,
        {.trust = trust,
         .state = nothing_seen_before,
         .policy = verify::strict_page_policy(),
         .at = heliograph::SystemClock().now()}
    );
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        std::cerr << "usage: check_page TRUST PROJECT PAGE SIGNATURE CHAIN CRL\n";
        return 2;
    }
    const std::span<char*> words(argv + 1, 6);
    const auto files = read_files(words);
    if (!files) {
        std::cerr << files.error().describe() << "\n";
        return 7;
    }
    const auto judgement = judge(*files, words[1]);
    if (!judgement) {
        std::cerr << judgement.error().describe() << "\n";
        return 7;
    }
    for (const std::string& check : judgement->verdict.passed()) {
        std::cout << "good: " << check << "\n";
    }
    if (!judgement->page) {
        std::cout << judgement->verdict.describe() << "\n";
        return 1;
    }
    for (const verify::PageFile& file : judgement->page->files) {
        std::cout << "file: " << file.name.text() << " sha256 " << file.sha256.to_hex() << "\n";
    }
    return 0;
}
