// SPDX-License-Identifier: Apache-2.0
// Whatever a backup holds, no entry leaves its folder or stands there twice, and pieces of any size
// mean the same.
#include <pki/authority/backup_entry.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

namespace {

using heliograph::ByteSpan;
using heliograph::Outcome;
namespace pki = heliograph::pki;

std::string events_of(ByteSpan bytes, std::size_t piece) {
    std::string events;
    std::set<std::string> seen;
    pki::BackupParser parser(
        {[&](const pki::BackupEntry& entry) {
             HG_ASSERT(pki::is_backup_path(entry.path) && seen.insert(entry.path).second);
             events += "begin " + entry.path + "\n";
             return Outcome();
         },
         [&](ByteSpan content) {
             events += heliograph::text_of(content);
             return Outcome();
         },
         [&] {
             events += "end\n";
             return Outcome();
         }}
    );
    while (!bytes.empty()) {
        const std::size_t count = std::min(piece, bytes.size());
        if (!parser.take(bytes.first(count))) {
            return "refused";
        }
        bytes = bytes.subspan(count);
    }
    return parser.finish() ? events : "refused";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteSpan bytes = std::as_bytes(std::span(data, size));
    HG_ASSERT(events_of(bytes, 1) == events_of(bytes, 4096));
    return 0;
}
