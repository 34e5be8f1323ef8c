// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/archive_budget.hpp>

#include <algorithm>
#include <string>

namespace heliograph::mirror {

namespace {

std::uint64_t saturated_product(std::uint64_t ratio, std::uint64_t bytes) {
    std::uint64_t product = 0;
    return __builtin_mul_overflow(ratio, bytes, &product) ? UINT64_MAX : product;
}

}  // namespace

Error over_archive_limit(std::string_view what, std::uint64_t limit, std::string_view unit) {
    return {
        ErrorCode::too_large,
        "expected an archive with at most " + std::to_string(limit) + " " + std::string(unit) +
            " of " + std::string(what) + ", it has more; it is not published"};
}

ArchiveBudget::ArchiveBudget(const DistLimits& limits, std::uint64_t file_bytes)
    : m_limits(limits),
      m_most_bytes(std::min(
          limits.unpacked_bytes,
          std::max(limits.ratio_free_bytes, saturated_product(limits.ratio, file_bytes))
      )) {
}

Outcome ArchiveBudget::take(std::string_view path, std::uint64_t size_bytes) {
    if (++m_entries > m_limits.entries) {
        return over_archive_limit("its directory", m_limits.entries, "entries");
    }
    if (path.size() > m_limits.path_bytes) {
        return over_archive_limit("an entry's path", m_limits.path_bytes, "bytes");
    }
    if (size_bytes > m_most_bytes - m_unpacked_bytes) {
        return over_archive_limit("unpacked content", m_most_bytes, "bytes");
    }
    m_unpacked_bytes += size_bytes;
    return {};
}

}  // namespace heliograph::mirror
