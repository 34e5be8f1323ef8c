// SPDX-License-Identifier: Apache-2.0
#include <mirror/bundle/bundle_spool.hpp>
#include <mirror/store/nameless_file.hpp>

#include <utility>

namespace heliograph::mirror {

Result<BundleSpool> BundleSpool::open(const std::filesystem::path& folder) {
    HG_TRY(auto file, open_nameless_file(folder));
    return BundleSpool(std::move(file));
}

Result<SpoolSlice> BundleSpool::add(ByteSpan bytes) {
    const SpoolSlice slice{.offset_bytes = m_size_bytes, .size_bytes = bytes.size()};
    HG_CHECK(write_at(m_file, bytes, m_size_bytes));
    m_size_bytes += bytes.size();
    return slice;
}

Result<Bytes> BundleSpool::read(const SpoolSlice& slice) const {
    return read_at(m_file, slice.offset_bytes, slice.size_bytes);
}

}  // namespace heliograph::mirror
