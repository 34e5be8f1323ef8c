// SPDX-License-Identifier: Apache-2.0
// A text of certificates and lists: the first certificate is judged under the last one as its root,
// with all between them and every list. Whatever it says, the judgement ends, and what is accepted
// has a path from the one to the other.
#include <pki/crypto/pem.hpp>
#include <pki/x509/chain.hpp>

#include <cstdint>

// Of C linkage, so the folder of its name does not matter.
namespace heliograph::pki {

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = text_of(std::as_bytes(std::span(data, size)));
    std::vector<Certificate> certificates;
    std::vector<RevocationList> lists;
    PemReader reader(text);
    for (;;) {
        const auto block = reader.next();
        if (!block || !*block) {
            break;
        }
        const auto der = (*block)->decode();
        if (!der) {
            continue;
        }
        if (auto one = Certificate::parse_der(*der); one && certificates.size() < 18) {
            certificates.push_back(std::move(one).value());
        } else if (auto list = RevocationList::parse_der(*der); list && lists.size() < 8) {
            lists.push_back(std::move(list).value());
        }
    }
    if (certificates.empty()) {
        return 0;
    }
    for (const RuleSet rules : {RuleSet::rfc5280, RuleSet::private_authority, RuleSet::webpki}) {
        const Certificate& leaf = certificates.front();
        const Certificate& root = certificates.back();
        std::vector<Certificate> between;
        if (certificates.size() > 2) {
            between.assign(certificates.begin() + 1, certificates.end() - 1);
        }
        const auto report = check_chain(
            {.leaf = leaf,
             .intermediates = between,
             .roots = {root},
             .revocation_lists = lists,
             .purpose = ChainPurpose::any,
             .at = leaf.not_before(),
             .revocation = RevocationPolicy::if_listed,
             .rules = rules}
        );
        HG_ASSERT(report.has_value());
        HG_ASSERT(
            !report->accepted() || (report->path.front() == leaf && report->path.back() == root)
        );
    }
    return 0;
}

}  // namespace heliograph::pki
