// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/kept_lists.hpp>
#include <pki/x509/chain.hpp>
#include <verify/detached/server_key.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <string>

namespace heliograph::mirror {

Result<Bytes> join_lists(ByteSpan one, ByteSpan other) {
    HG_TRY(auto lists, verify::parse_server_revocation(text_of(one)));
    HG_TRY(const auto more, verify::parse_server_revocation(text_of(other)));
    lists.insert(lists.end(), more.begin(), more.end());
    std::stable_sort(lists.begin(), lists.end(), [](const auto& left, const auto& right) {
        return left.this_update() > right.this_update();
    });
    std::vector<Bytes> taken;
    std::string text;
    for (const auto& list : lists) {
        const auto pem = list.to_pem();
        if (std::find(taken.begin(), taken.end(), list.to_der()) != taken.end() ||
            text.size() + pem.size() > verify::limits::revocation_bytes) {
            continue;
        }
        if (taken.size() == pki::chain_revocation_list_limit) {
            break;
        }
        taken.push_back(list.to_der());
        text += pem;
    }
    return to_bytes(text);
}

}  // namespace heliograph::mirror
