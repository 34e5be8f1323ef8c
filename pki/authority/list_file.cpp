// SPDX-License-Identifier: Apache-2.0
#include <pki/authority/list_file.hpp>
#include <pki/base/file.hpp>
#include <pki/base/folder/atomic_folder.hpp>
#include <pki/x509/chain.hpp>

#include <algorithm>
#include <charconv>

namespace heliograph::pki {

namespace {

using Lists = std::vector<RevocationList>;

Lists::iterator list_like(Lists& lists, const RevocationList& wanted) {
    return std::find_if(lists.begin(), lists.end(), [&wanted](const RevocationList& list) {
        return list.issuer() == wanted.issuer();
    });
}

// None for a list without a number, which is none of ours.
std::uint64_t number_of(const RevocationList& list) {
    const std::string digits = list.number_hex().value_or("");
    std::uint64_t number = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    return read.ec == std::errc() ? number : 0;
}

std::string text_of_lists(const Lists& lists) {
    std::string text;
    for (const RevocationList& list : lists) {
        text += list.to_pem();
    }
    return text;
}

Outcome write_lists(const AuthorityPaths& paths, const Lists& lists) {
    return write_file_atomically(paths.lists(), bytes_of(text_of_lists(lists)));
}

}  // namespace

Result<Lists> published_lists(const std::filesystem::path& file) {
    const auto text = read_file(file, revocation_list_limit_bytes);
    if (!text) {
        return text.error().code() == ErrorCode::not_found ? Result<Lists>(Lists()) : text.error();
    }
    auto lists = RevocationList::parse_pem_list(text_of(*text), chain_revocation_list_limit);
    if (!lists) {
        return std::move(lists).error().at(file.string());
    }
    return lists;
}

bool have_list_of(const Lists& lists, const Certificate& issuer) {
    return std::any_of(lists.begin(), lists.end(), [&issuer](const RevocationList& list) {
        return list.issuer() == issuer.subject();
    });
}

bool are_of_publication(
    const Lists& lists, const std::vector<Issuer>& issuers, std::uint64_t number
) {
    std::uint64_t newest = 0;
    for (const RevocationList& list : lists) {
        newest = std::max(newest, number_of(list));
    }
    return newest == number &&
           std::all_of(issuers.begin(), issuers.end(), [&lists](const Issuer& issuer) {
               return have_list_of(lists, issuer.certificate);
           });
}

Outcome write_list_file(const AuthorityPaths& paths, Lists lists) {
    const auto before = published_lists(paths.lists());
    if (!before) {
        return write_lists(paths, lists);
    }
    for (const RevocationList& list : *before) {
        if (lists.size() < chain_revocation_list_limit && list_like(lists, list) == lists.end()) {
            lists.push_back(list);
        }
    }
    return write_lists(paths, lists);
}

Outcome write_list_file_in_build(const AuthorityPaths& paths, const Lists& lists) {
    return write_file_in_build(paths.lists(), bytes_of(text_of_lists(lists)));
}

Outcome put_list(const AuthorityPaths& paths, const RevocationList& list) {
    HG_TRY(Lists lists, published_lists(paths.lists()));
    const auto place = list_like(lists, list);
    if (place == lists.end()) {
        lists.push_back(list);
    } else {
        *place = list;
    }
    return write_lists(paths, lists);
}

}  // namespace heliograph::pki
