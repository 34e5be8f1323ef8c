// SPDX-License-Identifier: Apache-2.0
#include <pki/base/secret_bytes.hpp>
#include <tools/commands/pki/tar_writer.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <system_error>

namespace heliograph::tools::pki_commands {

namespace {

constexpr std::size_t block_bytes = 512;
constexpr std::uint64_t member_limit_bytes = 0xffffffff;
using Block = std::array<char, block_bytes>;

void put_text(Block& block, std::size_t at, std::string_view text) {
    std::copy(text.begin(), text.end(), block.begin() + static_cast<std::ptrdiff_t>(at));
}

void put_octal(Block& block, std::size_t at, std::uint64_t value, int digits) {
    std::array<char, 24> text{};
    const int size = std::snprintf(
        text.data(), text.size(), "%0*llo", digits, static_cast<unsigned long long>(value)
    );
    put_text(block, at, {text.data(), static_cast<std::size_t>(size)});
}

// POSIX.1-1988, section 10.1.1: name, mode, uid, gid, size, mtime, checksum, type, magic.
Block header_of(const std::string& name, std::uint64_t size) {
    constexpr std::size_t checksum_at = 148;
    Block block{};
    put_text(block, 0, name);
    put_octal(block, 100, 0600, 7);
    put_octal(block, 108, 0, 7);
    put_octal(block, 116, 0, 7);
    put_octal(block, 124, size, 11);
    put_octal(block, 136, 0, 11);
    put_text(block, checksum_at, "        ");
    block[156] = '0';
    put_text(block, 257, "ustar");
    put_text(block, 263, "00");
    std::uint64_t sum = 0;
    for (const char c : block) {
        sum += static_cast<unsigned char>(c);
    }
    put_octal(block, checksum_at, sum, 6);
    block[checksum_at + 6] = '\0';
    return block;
}

}  // namespace

Result<TarWriter> TarWriter::create(const std::filesystem::path& path) {
    // Now, while nothing is lost by it: commit() comes after what is in the archive was signed.
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored))) {
        return system_error(EEXIST, "write " + path.string());
    }
    HG_TRY(AtomicFile file, AtomicFile::create(path, FileAccess::owner_only));
    return TarWriter(std::move(file));
}

Outcome TarWriter::add(const std::string& name, std::initializer_list<ByteSpan> content) {
    HG_ASSERT(!name.empty() && name.size() <= 100);
    std::uint64_t size = 0;
    for (const ByteSpan part : content) {
        size += part.size();
    }
    if (size > member_limit_bytes) {
        return Error(ErrorCode::too_large, "expected a member of at most 4 GiB, saw more");
    }
    const Block header = header_of(name, size);
    const std::size_t over = size % block_bytes;
    // One call of the system for a member; there are keys among them.
    SecretBytes member(block_bytes + size + (over == 0 ? 0 : block_bytes - over));
    const ByteSpan head = bytes_of({header.data(), header.size()});
    auto* end = std::copy(head.begin(), head.end(), member.writable().data());
    for (const ByteSpan part : content) {
        end = std::copy(part.begin(), part.end(), end);
    }
    std::fill(end, member.writable().data() + member.size(), std::byte{0});
    return m_file.write(member.expose());
}

Outcome TarWriter::commit() {
    static constexpr std::array<char, 2 * block_bytes> end{};
    HG_CHECK(m_file.write(bytes_of({end.data(), end.size()})));
    return m_file.commit(Replacement::refused);
}

}  // namespace heliograph::tools::pki_commands
