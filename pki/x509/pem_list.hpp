// SPDX-License-Identifier: Apache-2.0
// Private: a text of several PEM blocks of one kind.
#pragma once

#include <pki/base/result.hpp>
#include <pki/crypto/pem.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace heliograph::pki {

struct PemListRules {
    std::string_view label;
    std::size_t text_limit_bytes;
    std::size_t max_count;
};

/// @param pem   Blocks of the label only.
/// @param read  Makes a T of the bytes of one.
/// @errors malformed, too_large, and those of @p read with the number of the block.
template <typename T, typename Read>
[[nodiscard]] Result<std::vector<T>> parse_list_of(
    std::string_view pem, const PemListRules& rules, const Read& read
) {
    if (pem.size() > rules.text_limit_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected at most " + std::to_string(rules.text_limit_bytes) + " bytes of PEM, saw " +
                std::to_string(pem.size())
        );
    }
    std::vector<T> list;
    PemReader reader(pem);
    for (;;) {
        HG_TRY(const auto block, reader.next());
        if (!block) {
            return list;
        }
        if (block->label != rules.label) {
            return Error(
                ErrorCode::malformed,
                "expected only PEM blocks " + std::string(rules.label) + ", saw one of " +
                    std::string(block->label)
            );
        }
        if (list.size() == rules.max_count) {
            return Error(
                ErrorCode::too_large,
                "expected at most " + std::to_string(rules.max_count) + " PEM blocks " +
                    std::string(rules.label) + ", saw more"
            );
        }
        HG_TRY(const Bytes der, block->decode());
        auto item = read(der);
        if (!item) {
            return std::move(item).error().at("PEM block " + std::to_string(list.size() + 1));
        }
        list.push_back(std::move(item).value());
    }
}

}  // namespace heliograph::pki
