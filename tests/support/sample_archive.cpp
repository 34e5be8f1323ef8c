// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/crypto/digest.hpp>
#include <tests/support/sample_archive.hpp>

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;

struct Closer {
    void operator()(archive* writer) const { archive_write_free(writer); }
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using Writer = std::unique_ptr<archive, Closer>;

void require(const Writer& writer, int result) {
    if (result != ARCHIVE_OK) {
        const char* why = archive_error_string(writer.get());
        throw std::runtime_error(
            std::string("sample archive: ") + (why != nullptr ? why : "failed")
        );
    }
}

void write_body(const Writer& writer, const Member& member) {
    if (!member.content.empty() &&
        archive_write_data(writer.get(), member.content.data(), member.content.size()) < 0) {
        require(writer, ARCHIVE_FATAL);
    }
    const std::string zeros(std::min<std::uint64_t>(member.zeros, 1U << 20U), '\0');
    for (std::uint64_t left = member.zeros; left > 0;) {
        const std::size_t now = std::min<std::uint64_t>(left, zeros.size());
        if (archive_write_data(writer.get(), zeros.data(), now) < 0) {
            require(writer, ARCHIVE_FATAL);
        }
        left -= now;
    }
}

void write_member(const Writer& writer, const Member& member) {
    const std::unique_ptr<archive_entry, Closer> entry(archive_entry_new());
    archive_entry_set_pathname(entry.get(), member.path.c_str());
    archive_entry_set_perm(entry.get(), member.kind == Member::Kind::folder ? 0755 : 0644);
    archive_entry_set_mtime(entry.get(), 315532800, 0);  // 1980-01-01, the earliest a zip can say
    archive_entry_set_size(entry.get(), 0);
    switch (member.kind) {
        case Member::Kind::file:
            archive_entry_set_filetype(entry.get(), AE_IFREG);
            archive_entry_set_size(
                entry.get(), static_cast<la_int64_t>(member.content.size() + member.zeros)
            );
            break;
        case Member::Kind::folder:
            archive_entry_set_filetype(entry.get(), AE_IFDIR);
            break;
        case Member::Kind::symbolic_link:
            archive_entry_set_filetype(entry.get(), AE_IFLNK);
            archive_entry_set_symlink(entry.get(), member.content.c_str());
            break;
        case Member::Kind::hard_link:
            archive_entry_set_filetype(entry.get(), AE_IFREG);
            archive_entry_set_hardlink(entry.get(), member.content.c_str());
            break;
        case Member::Kind::device:
            archive_entry_set_filetype(entry.get(), AE_IFCHR);
            archive_entry_set_rdev(entry.get(), 0x0103);
            break;
        case Member::Kind::pipe:
            archive_entry_set_filetype(entry.get(), AE_IFIFO);
            break;
    }
    require(writer, archive_write_header(writer.get(), entry.get()));
    if (member.kind == Member::Kind::file) {
        write_body(writer, member);
    }
}

void write_all(const Writer& writer, const fs::path& path, const std::vector<Member>& members) {
    require(writer, archive_write_open_filename(writer.get(), path.c_str()));
    for (const Member& member : members) {
        write_member(writer, member);
    }
    require(writer, archive_write_close(writer.get()));
}

std::string file_stem_of(const Distribution& distribution) {
    std::string name = distribution.name;
    std::replace(name.begin(), name.end(), '-', '_');
    return name + "-" + distribution.version;
}

}  // namespace

void write_zip(const fs::path& path, const std::vector<Member>& members, Packing packing) {
    const Writer writer(archive_write_new());
    require(writer, archive_write_set_format_zip(writer.get()));
    const bool stored = packing == Packing::stored;
    require(
        writer,
        archive_write_set_options(
            writer.get(), stored ? "zip:compression=store" : "zip:compression=deflate"
        )
    );
    if (packing == Packing::encrypted) {
        require(writer, archive_write_set_options(writer.get(), "zip:encryption=traditional"));
        require(writer, archive_write_set_passphrase(writer.get(), "not needed"));
    }
    write_all(writer, path, members);
}

void write_tar_gz(const fs::path& path, const std::vector<Member>& members) {
    const Writer writer(archive_write_new());
    require(writer, archive_write_set_format_gnutar(writer.get()));
    require(writer, archive_write_add_filter_gzip(writer.get()));
    write_all(writer, path, members);
}

std::string metadata_of(const Distribution& distribution) {
    std::string text =
        "Metadata-Version: 2.1\nName: " + distribution.name + "\nVersion: " + distribution.version +
        "\nSummary: A sample for tests\nRequires-Python: " + distribution.requires_python + "\n";
    for (const auto& extra : distribution.extras) {
        text += "Provides-Extra: " + extra + "\n";
    }
    for (const auto& need : distribution.needs) {
        text += "Requires-Dist: " + need + "\n";
    }
    return text;
}

std::string wheel_name_of(const Distribution& distribution) {
    return file_stem_of(distribution) + "-py3-none-any.whl";
}

std::vector<Member> with_record(std::vector<Member> members, const std::string& record_path) {
    const std::string wheel_path = record_path.substr(0, record_path.rfind('/') + 1) + "WHEEL";
    if (std::none_of(members.begin(), members.end(), [&](const Member& member) {
            return member.path == wheel_path;
        })) {
        members.push_back(
            {wheel_path,
             "Wheel-Version: 1.0\nGenerator: sample\nRoot-Is-Purelib: true\nTag: py3-none-any\n"}
        );
    }
    std::string record;
    for (const Member& member : members) {
        if (member.kind == Member::Kind::file) {
            pki::Sha256Hasher hasher;
            hasher.update(bytes_of(member.content));
            const std::string zeros(std::min<std::uint64_t>(member.zeros, 1U << 20U), '\0');
            for (std::uint64_t left = member.zeros; left > 0;) {
                const std::size_t now = std::min<std::uint64_t>(left, zeros.size());
                hasher.update(bytes_of(zeros).first(now));
                left -= now;
            }
            record += member.path + ",sha256=" + encode_base64url(hasher.finish().span()) + "," +
                      std::to_string(member.content.size() + member.zeros) + "\n";
        }
    }
    members.push_back({record_path, record + record_path + ",,\n"});
    return members;
}

std::vector<Member> wheel_members_of(const Distribution& distribution) {
    const std::string info = file_stem_of(distribution) + ".dist-info/";
    std::string module = distribution.name;
    std::replace(module.begin(), module.end(), '-', '_');
    return with_record(
        {{module + ".py", distribution.payload}, {info + "METADATA", metadata_of(distribution)}},
        info + "RECORD"
    );
}

fs::path write_wheel(const fs::path& folder, const Distribution& distribution) {
    const fs::path path = folder / wheel_name_of(distribution);
    write_zip(path, wheel_members_of(distribution));
    return path;
}

fs::path write_sdist(const fs::path& folder, const Distribution& distribution) {
    const std::string top = file_stem_of(distribution);
    const fs::path path = folder / (top + ".tar.gz");
    write_tar_gz(
        path,
        {{top + "/", "", Member::Kind::folder},
         {top + "/PKG-INFO", metadata_of(distribution)},
         {top + "/module.py", distribution.payload}}
    );
    return path;
}

}  // namespace heliograph::test_support
