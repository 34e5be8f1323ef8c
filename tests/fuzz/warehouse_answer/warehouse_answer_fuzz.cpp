// SPDX-License-Identifier: Apache-2.0
// Answers of the main index's XML-RPC: rows that are taken ascend, entries are sorted, each once.
#include <mirror/sync/warehouse_answer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace mirror = heliograph::mirror;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto answer = mirror::parse_xml_rpc_answer(text);
    if (!answer || std::holds_alternative<mirror::XmlRpcFailure>(*answer)) {
        return 0;
    }
    const auto& node = std::get<mirror::XmlRpcNode>(*answer);
    const heliograph::verify::Serial since{4};
    if (const auto rows = mirror::read_changelog_rows(node, since)) {
        auto before = since;
        for (const auto& row : *rows) {
            HG_ASSERT(before < row.serial);
            before = row.serial;
        }
    }
    if (const auto entries = mirror::read_package_serials(node)) {
        HG_ASSERT(std::is_sorted(
            entries->begin(),
            entries->end(),
            [](const auto& one, const auto& other) { return one.name < other.name; }
        ));
    }
    if (const auto last = mirror::read_last_serial(node)) {
        HG_ASSERT(*last <= heliograph::verify::max_serial);
    }
    return 0;
}
