// SPDX-License-Identifier: Apache-2.0
#include <mirror/publish/member_path.hpp>
#include <mirror/publish/zip_layout.hpp>
#include <pki/base/bytes.hpp>
#include <verify/verdict/finding.hpp>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::mirror {

namespace {

constexpr std::string_view local_signature = "PK\x03\x04";
constexpr std::string_view entry_signature = "PK\x01\x02";
constexpr std::string_view end_signature = "PK\x05\x06";
constexpr std::string_view descriptor_signature = "PK\x07\x08";
constexpr std::string_view locator64_signature = "PK\x06\x07";
constexpr std::size_t local_bytes = 30;
constexpr std::size_t entry_bytes = 46;
constexpr std::size_t end_bytes = 22;
constexpr std::size_t descriptor_bytes = 12;
constexpr std::size_t locator64_bytes = 20;
constexpr std::size_t comment_bytes = 65'535;
constexpr std::uint32_t in_zip64 = 0xFFFFFFFFU;
constexpr std::uint32_t sizes64_field = 0x0001;
constexpr std::size_t sizes64_bytes = 16;
constexpr std::uint32_t unicode_path_field = 0x7075;
constexpr std::uint32_t attributes_field = 0x6C78;
constexpr std::uint32_t told_behind_flag = 8;
constexpr std::uint32_t utf8_flag = 0x800;
// Of the external attributes: the folder of DOS, and the types of Unix in the four highest bits.
constexpr std::uint32_t dos_folder = 0x10;
constexpr std::uint32_t no_type = 0;
constexpr std::uint32_t folder_type = 4;
constexpr std::uint32_t file_type = 8;
constexpr std::uint32_t link_type = 10;

Error bad_layout(std::string message) {
    return {ErrorCode::malformed, "expected a plain zip archive, " + std::move(message)};
}

Error zip64() {
    return {ErrorCode::malformed, "expected a plain zip archive, saw zip64"};
}

// The part of a member's description that both places must agree on.
struct Spelling {
    std::string_view name;
    std::uint32_t method = 0;
    bool is_encrypted = false;
    bool is_utf8 = false;

    friend bool operator==(const Spelling&, const Spelling&) = default;
};

// The three fields that a writer may leave zero before the data, to tell them behind.
struct Content {
    std::uint32_t crc = 0;
    std::uint32_t packed_bytes = 0;
    std::uint32_t unpacked_bytes = 0;

    friend bool operator==(const Content&, const Content&) = default;
};

struct Member {
    Spelling spelling;
    std::uint64_t offset = 0;
    Content content;
};

// Little-endian fields of a record whose size was checked before.
std::uint32_t field16(std::string_view record, std::size_t at) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(record[at + i]); };
    return byte(0) | static_cast<std::uint32_t>(byte(1)) << 8U;
}

std::uint32_t field32(std::string_view record, std::size_t at) {
    return field16(record, at) | field16(record, at + 2) << 16U;
}

Content content_of(std::string_view record, std::size_t at) {
    return {field32(record, at), field32(record, at + 4), field32(record, at + 8)};
}

class ZipLayout {
  public:
    ZipLayout(int descriptor, std::uint64_t file_bytes, const ZipLayoutLimits& limits)
        : m_descriptor(descriptor), m_file_bytes(file_bytes), m_limits(limits) {}

    Outcome run() {
        HG_CHECK(read_directory());
        HG_TRY(auto members, list_members());
        std::sort(members.begin(), members.end(), [](const Member& left, const Member& right) {
            return left.offset < right.offset;
        });
        std::uint64_t end = 0;
        for (const Member& member : members) {
            if (member.offset < end) {
                return bad_layout(
                    "saw members that overlap at '" + verify::printable(member.spelling.name) + "'"
                );
            }
            HG_CHECK(check_gap(end, member.offset));
            HG_TRY(end, end_of(member));
            if (end > m_directory_offset) {
                return bad_layout(
                    "saw '" + verify::printable(member.spelling.name) + "' run into its directory"
                );
            }
        }
        HG_CHECK(check_gap(end, m_directory_offset));
        return check_once(members);
    }

  private:
    Result<std::string> read_at(std::uint64_t offset, std::size_t size) const {
        std::string bytes(size, '\0');
        std::size_t done = 0;
        while (done < size) {
            const auto count = ::pread(
                m_descriptor, bytes.data() + done, size - done, static_cast<::off_t>(offset + done)
            );
            if (count < 0 && errno == EINTR) {
                continue;
            }
            if (count < 0) {
                return system_error(errno, "read the archive");
            }
            if (count == 0) {
                return bad_layout("it ends too early");
            }
            done += static_cast<std::size_t>(count);
        }
        return bytes;
    }

    Outcome read_directory() {
        const std::size_t tail_bytes = static_cast<std::size_t>(
            std::min<std::uint64_t>(m_file_bytes, end_bytes + comment_bytes)
        );
        HG_TRY(const auto tail, read_at(m_file_bytes - tail_bytes, tail_bytes));
        const std::size_t at = tail.rfind(end_signature);
        if (at == std::string::npos || tail.size() - at < end_bytes) {
            return bad_layout("it has no directory at its end");
        }
        const std::string_view end = std::string_view(tail).substr(at);
        if (end.size() != end_bytes + field16(end, 20)) {
            return bad_layout("saw something behind its directory");
        }
        m_count = field16(end, 10);
        const std::uint64_t size = field32(end, 12);
        m_directory_offset = field32(end, 16);
        if (m_count == 0xFFFFU || size == in_zip64 || m_directory_offset == in_zip64) {
            return zip64();
        }
        if (m_count > m_limits.entries || size > m_limits.directory_bytes) {
            return Error(
                ErrorCode::too_large,
                "expected an archive with at most " + std::to_string(m_limits.entries) +
                    " entries of its directory, it has more"
            );
        }
        const std::uint64_t end_offset = m_file_bytes - tail_bytes + at;
        if (m_directory_offset + size != end_offset || field16(end, 8) != m_count) {
            return bad_layout("its directory is not where it says");
        }
        HG_TRY(m_directory, read_at(m_directory_offset, static_cast<std::size_t>(size)));
        // Whatever holds these bytes, a comment too: some follow them to a directory elsewhere.
        const std::string_view directory(m_directory);
        if (directory.size() >= locator64_bytes &&
            directory.substr(directory.size() - locator64_bytes).starts_with(locator64_signature)) {
            return zip64();
        }
        return {};
    }

    Result<std::vector<Member>> list_members() const {
        std::vector<Member> members;
        std::string_view rest = m_directory;
        while (!rest.empty()) {
            if (rest.size() < entry_bytes || !rest.starts_with(entry_signature)) {
                return bad_layout("its directory is damaged");
            }
            const std::size_t name = field16(rest, 28);
            const std::size_t extra = field16(rest, 30);
            const std::size_t whole = entry_bytes + name + extra + field16(rest, 32);
            if (rest.size() < whole) {
                return bad_layout("its directory is damaged");
            }
            const Member member{
                .spelling =
                    {.name = rest.substr(entry_bytes, name),
                     .method = field16(rest, 10),
                     .is_encrypted = (field16(rest, 8) & 1U) != 0,
                     .is_utf8 = (field16(rest, 8) & utf8_flag) != 0},
                .offset = field32(rest, 42),
                .content = content_of(rest, 16)};
            if (member.offset == in_zip64 || member.content.packed_bytes == in_zip64 ||
                member.content.unpacked_bytes == in_zip64) {
                return zip64();
            }
            HG_CHECK(check_name(member.spelling));
            HG_CHECK(check_type(member.spelling.name, field32(rest, 38)));
            HG_CHECK(check_extra(rest.substr(entry_bytes + name, extra)));
            members.push_back(member);
            rest.remove_prefix(whole);
        }
        if (members.size() != m_count) {
            return bad_layout("its directory counts its members wrong");
        }
        return members;
    }

    // Those who read a zip from its front take what lies there for a member.
    static Outcome check_gap(std::uint64_t from, std::uint64_t to) {
        return from == to ? Outcome() : bad_layout("saw something between its members");
    }

    // Of two members with one name, some readers take the first and some the last.
    static Outcome check_once(const std::vector<Member>& members) {
        std::set<std::string> seen;
        for (const Member& member : members) {
            if (!seen.insert(member_path::plain(member.spelling.name)).second) {
                return bad_layout("saw '" + verify::printable(member.spelling.name) + "' twice");
            }
        }
        return {};
    }

    // Some readers turn a backslash into a slash, end a name at a zero byte, or take bytes that are
    // not marked as UTF-8 for another alphabet.
    static Outcome check_name(const Spelling& spelling) {
        const std::string_view name = spelling.name;
        if (name.empty() || name.find('\\') != std::string_view::npos ||
            member_path::has_control_character(name)) {
            return bad_layout(
                "saw the name '" + verify::printable(name) + "', which readers spell differently"
            );
        }
        const bool ascii = std::all_of(name.begin(), name.end(), [](char c) {
            return static_cast<unsigned char>(c) < 0x80;
        });
        if (!ascii && !spelling.is_utf8) {
            return bad_layout(
                "saw the name '" + verify::printable(name) +
                "', which is not ASCII and not marked as UTF-8"
            );
        }
        return {};
    }

    // Python takes for a folder what ends with a slash, others what the attributes call one.
    static Outcome check_type(std::string_view name, std::uint32_t attributes) {
        const std::uint32_t type = attributes >> 28U;
        if (type != no_type && type != folder_type && type != file_type && type != link_type) {
            return bad_layout(
                "saw '" + verify::printable(name) + "' of a type that is not file, folder or link"
            );
        }
        const bool slash = name.ends_with('/');
        const bool folder = type == folder_type || (attributes & dos_folder) != 0;
        const bool other = type == file_type || type == link_type;
        if (folder && !slash) {
            return bad_layout(
                "saw '" + verify::printable(name) + "', a folder by its attributes only"
            );
        }
        if (slash && other) {
            return bad_layout("saw '" + verify::printable(name) + "', a folder by its name only");
        }
        return {};
    }

    // A second name or type beside the first is read by some and not by others, and so are sizes
    // that nothing calls for.
    enum class Sizes64 { unwanted, wanted };
    static Outcome check_extra(std::string_view extra, Sizes64 sizes = Sizes64::unwanted) {
        while (extra.size() >= 4) {
            if (field16(extra, 0) == sizes64_field && sizes == Sizes64::unwanted) {
                return Error(
                    ErrorCode::malformed,
                    "expected the sizes of each member once, saw more of them in zip64 fields"
                );
            }
            if (field16(extra, 0) == attributes_field) {
                return Error(
                    ErrorCode::malformed, "expected the attributes of each member once, saw more"
                );
            }
            if (field16(extra, 0) == unicode_path_field) {
                return Error(
                    ErrorCode::malformed, "expected one name of each member, saw a second"
                );
            }
            extra.remove_prefix(std::min<std::size_t>(extra.size(), 4 + field16(extra, 2)));
        }
        return {};
    }

    static bool has_sizes64(std::string_view extra) {
        while (extra.size() >= 4) {
            if (field16(extra, 0) == sizes64_field) {
                return true;
            }
            extra.remove_prefix(std::min<std::size_t>(extra.size(), 4 + field16(extra, 2)));
        }
        return false;
    }

    // Python's zipfile writes sizes so where it does not know beforehand how large a member gets:
    // both in one field before the data, and as always in the directory. Until 3.11.3 it left them
    // in their ordinary place too. Small ones are the same to all readers.
    static Result<Content> wide_content(std::string_view extra, Content content) {
        HG_CHECK(check_extra(extra, Sizes64::wanted));
        const bool elsewhere =
            content.packed_bytes == in_zip64 && content.unpacked_bytes == in_zip64;
        std::size_t found = 0;
        while (extra.size() >= 4) {
            const std::size_t size = field16(extra, 2);
            if (extra.size() < 4 + size) {
                return zip64();
            }
            if (field16(extra, 0) == sizes64_field) {
                const bool fits = size == sizes64_bytes && field32(extra, 8) == 0 &&
                                  field32(extra, 16) == 0 && field32(extra, 4) != in_zip64 &&
                                  field32(extra, 12) != in_zip64;
                Content wide = content;
                wide.unpacked_bytes = field32(extra, 4);
                wide.packed_bytes = field32(extra, 12);
                if (!fits || !(elsewhere || wide == content) || ++found > 1) {
                    return zip64();
                }
                content = wide;
            }
            extra.remove_prefix(4 + size);
        }
        return found == 1 && extra.empty() ? Result<Content>(content) : zip64();
    }

    // What the member says of itself, held against the directory. @return Where its data end.
    Result<std::uint64_t> end_of(const Member& member) const {
        const std::size_t named = member.spelling.name.size();
        if (member.offset + local_bytes + named > m_directory_offset) {
            return bad_layout("saw a member behind its directory");
        }
        HG_TRY(const auto record, read_at(member.offset, local_bytes + named));
        const std::string_view local(record);
        const Spelling own{
            .name = local.substr(local_bytes),
            .method = field16(local, 8),
            .is_encrypted = (field16(local, 6) & 1U) != 0,
            .is_utf8 = (field16(local, 6) & utf8_flag) != 0};
        Content content = content_of(local, 14);
        const bool told_behind = (field16(local, 6) & told_behind_flag) != 0;
        const std::size_t extra_bytes = field16(local, 28);
        HG_TRY(const auto extra, read_at(member.offset + local_bytes + named, extra_bytes));
        const bool is_wide = content.packed_bytes == in_zip64 || content.unpacked_bytes == in_zip64;
        if (is_wide || has_sizes64(extra)) {
            HG_TRY(content, wide_content(extra, content));
            if (told_behind) {
                return zip64();  // Behind the data the sizes would be wider, to some readers.
            }
        } else {
            HG_CHECK(check_extra(extra));
        }
        if (!local.starts_with(local_signature) || field16(local, 26) != named ||
            own != member.spelling || !agrees(content, member.content, told_behind)) {
            return something_else(member);
        }
        const std::uint64_t end =
            member.offset + local_bytes + named + extra_bytes + member.content.packed_bytes;
        return told_behind ? end_of_told_behind(member, end) : end;
    }

    static Error something_else(const Member& member) {
        return bad_layout(
            "saw a member that says something else than the directory says of '" +
            verify::printable(member.spelling.name) + "'"
        );
    }

    static bool agrees(const Content& local, const Content& wanted, bool told_behind) {
        const auto same = [&](std::uint32_t own, std::uint32_t other) {
            return own == other || (told_behind && own == 0);
        };
        return same(local.crc, wanted.crc) && same(local.packed_bytes, wanted.packed_bytes) &&
               same(local.unpacked_bytes, wanted.unpacked_bytes);
    }

    // The data descriptor, which has its signature or not.
    Result<std::uint64_t> end_of_told_behind(const Member& member, std::uint64_t at) const {
        HG_TRY(const auto record, read_at(at, descriptor_signature.size() + descriptor_bytes));
        const std::string_view told(record);
        for (const std::size_t skipped : {descriptor_signature.size(), std::size_t{0}}) {
            if ((skipped == 0 || told.starts_with(descriptor_signature)) &&
                content_of(told, skipped) == member.content) {
                return at + skipped + descriptor_bytes;
            }
        }
        return something_else(member);
    }

    int m_descriptor;
    std::uint64_t m_file_bytes;
    const ZipLayoutLimits& m_limits;
    std::string m_directory;
    std::uint64_t m_directory_offset = 0;
    std::size_t m_count = 0;
};

}  // namespace

Outcome check_zip_layout(int descriptor, std::uint64_t file_bytes, const ZipLayoutLimits& limits) {
    return ZipLayout(descriptor, file_bytes, limits).run();
}

}  // namespace heliograph::mirror
