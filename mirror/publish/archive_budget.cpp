// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/archive_budget.hpp>
#include <verify/verdict/finding.hpp>

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
      m_file_bytes(file_bytes),
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
        return too_much_content(path, size_bytes);
    }
    m_unpacked_bytes += size_bytes;
    return {};
}

Error ArchiveBudget::too_much_content(std::string_view path, std::uint64_t size_bytes) const {
    const std::string limit =
        m_most_bytes == m_limits.unpacked_bytes
            ? std::to_string(m_most_bytes) + " bytes of unpacked content"
        : m_most_bytes == m_limits.ratio_free_bytes
            ? std::to_string(m_most_bytes) + " bytes of unpacked content, which a file of " +
                  std::to_string(m_file_bytes) + " bytes may have (ratio " +
                  std::to_string(m_limits.ratio) + " beyond that)"
            : std::to_string(m_limits.ratio) + " bytes of unpacked content for each of its " +
                  std::to_string(m_file_bytes) + " bytes (ratio)";
    return {
        ErrorCode::too_large,
        "expected an archive with at most " + limit + ", saw more from its member '" +
            verify::printable(path) + "' on, which states " + std::to_string(size_bytes) +
            " bytes after " + std::to_string(m_unpacked_bytes) + " of others; it is not published"};
}

}  // namespace heliograph::mirror
