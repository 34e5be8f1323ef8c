// SPDX-License-Identifier: Apache-2.0
// Threat T16: hostile archives.
#include <mirror/publish/dist_reader.hpp>
#include <pki/base/encoding.hpp>
#include <pki/base/file.hpp>
#include <pki/crypto/digest.hpp>
#include <pki/crypto/named_digest.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/sample_archive.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/publish/gzip_maker.hpp>

#include <fcntl.h>

#include <cstring>
#include <filesystem>

namespace heliograph::mirror {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::succeeded;
using test_support::Member;
using test_support::with_record;
using test_support::write_tar_gz;
using test_support::write_zip;
using Kind = Member::Kind;

constexpr const char* wheel_name = "demo-1.0-py3-none-any.whl";
constexpr const char* sdist_name = "demo-1.0.tar.gz";
constexpr const char* record_path = "demo-1.0.dist-info/RECORD";

std::string metadata_text(const std::string& name, const std::string& version) {
    return test_support::metadata_of({.name = name, .version = version});
}

class DistReader : public ::testing::Test {
  protected:
    static Result<DistMetadata> read_path(const fs::path& path, const DistLimits& limits = {}) {
        const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        EXPECT_TRUE(file.is_open()) << path;
        return read_dist_metadata(
            file.get(), verify::parse_dist_file_name(path.filename().string()).value(), limits
        );
    }

    Result<DistMetadata> read_wheel(
        const std::vector<Member>& entries, const DistLimits& limits = {}
    ) {
        write_zip(m_folder / wheel_name, with_record(entries, record_path));
        return read_path(m_folder / wheel_name, limits);
    }

    Result<DistMetadata> read_sdist(
        const std::vector<Member>& entries, const DistLimits& limits = {}
    ) {
        write_tar_gz(m_folder / sdist_name, entries);
        return read_path(m_folder / sdist_name, limits);
    }

    static Member wheel_metadata(
        const std::string& name = "demo", const std::string& version = "1.0"
    ) {
        return {.path = "demo-1.0.dist-info/METADATA", .content = metadata_text(name, version)};
    }

    static Member sdist_metadata(
        const std::string& name = "demo", const std::string& version = "1.0"
    ) {
        return {.path = "demo-1.0/PKG-INFO", .content = metadata_text(name, version)};
    }

    test::TempFolder m_folder;
};

TEST_F(DistReader, ReadsAWheel) {
    const auto dist = read_wheel({{"demo/__init__.py", "x"}, wheel_metadata()});
    ASSERT_TRUE(succeeded(dist));
    EXPECT_EQ(dist->text, metadata_text("demo", "1.0"));
    EXPECT_EQ(dist->metadata.name.text(), "demo");
    EXPECT_EQ(dist->metadata.requires_python, ">=3.8");
}

TEST_F(DistReader, ReadsASourceArchive) {
    const auto dist = read_sdist(
        {sdist_metadata(),
         {.path = "demo-1.0/link", .content = "setup.py", .kind = Kind::symbolic_link}}
    );
    ASSERT_TRUE(succeeded(dist));
    EXPECT_EQ(dist->text, metadata_text("demo", "1.0"));
}

TEST_F(DistReader, ReadsASourceArchiveInAZipFile) {
    write_zip(m_folder / "demo-1.0.zip", {sdist_metadata()});
    EXPECT_TRUE(succeeded(read_path(m_folder / "demo-1.0.zip")));
}

TEST_F(DistReader, RefusesAWheelThatNoInstallerReads) {
    auto members = with_record({wheel_metadata()}, record_path);
    std::erase_if(members, [](const Member& member) { return member.path.ends_with("/WHEEL"); });
    write_zip(m_folder / wheel_name, members);
    expect_error(read_path(m_folder / wheel_name), ErrorCode::malformed, "a file WHEEL");
}

TEST_F(DistReader, ComparesFolderNamesInNormalisedForm) {
    write_zip(
        m_folder / "zope_interface-1.0-py3-none-any.whl",
        with_record(
            {{.path = "Zope.Interface-1.0.dist-info/METADATA",
              .content = metadata_text("Zope.Interface", "1.0.0")}},
            "Zope.Interface-1.0.dist-info/RECORD"
        )
    );
    EXPECT_TRUE(succeeded(read_path(m_folder / "zope_interface-1.0-py3-none-any.whl")));
}

TEST_F(DistReader, LeavesMetadataOfVendoredProjectsAlone) {
    const auto dist = read_wheel(
        {{.path = "demo/_vendor/other-2.0.dist-info/METADATA",
          .content = metadata_text("other", "2.0")},
         wheel_metadata()}
    );
    EXPECT_TRUE(succeeded(dist));
}

TEST_F(DistReader, ReadsRealWheels) {
    std::size_t seen = 0;
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator("/usr/share/python-wheels", absent)) {
        if (entry.path().extension() == ".whl") {
            EXPECT_TRUE(succeeded(read_path(entry.path()))) << entry.path();
            ++seen;
        }
    }
    EXPECT_TRUE(absent || seen > 0);
}

TEST_F(DistReader, RefusesAnArchiveWithoutMetadata) {
    expect_error(read_wheel({{"demo/__init__.py", "x"}}), ErrorCode::malformed, "saw none");
    expect_error(
        read_sdist({{.path = "demo-1.0/setup.py", .content = "x"}}),
        ErrorCode::malformed,
        "saw none"
    );
}

TEST_F(DistReader, RefusesARequiresPythonThatIsNoSpecifier) {
    for (const char* wrong : {"not a specifier", ">=three", "3.8", ">=3.8 or so"}) {
        const auto path =
            test_support::write_wheel(m_folder.path(), {.name = "demo", .requires_python = wrong});
        expect_error(read_path(path), ErrorCode::malformed, wrong);
    }
}

TEST_F(DistReader, RefusesMetadataOfAnotherProject) {
    expect_error(
        read_wheel({wheel_metadata("other")}), ErrorCode::malformed, "metadata of project demo"
    );
    expect_error(
        read_sdist({sdist_metadata("other")}), ErrorCode::malformed, "metadata of project demo"
    );
    expect_error(
        read_wheel(
            {{.path = "other-1.0.dist-info/METADATA", .content = metadata_text("demo", "1.0")}}
        ),
        ErrorCode::malformed,
        "folder named after"
    );
}

TEST_F(DistReader, RefusesMetadataOfAnotherVersion) {
    expect_error(read_wheel({wheel_metadata("demo", "1.1")}), ErrorCode::malformed, "version 1.0");
    expect_error(
        read_sdist({{.path = "demo-1.1/PKG-INFO", .content = metadata_text("demo", "1.0")}}),
        ErrorCode::malformed,
        "folder named after"
    );
}

TEST_F(DistReader, RefusesTwoMetadataFiles) {
    expect_error(read_wheel({wheel_metadata(), wheel_metadata()}), ErrorCode::malformed, "twice");
    expect_error(read_sdist({sdist_metadata(), sdist_metadata()}), ErrorCode::malformed, "saw two");
}

TEST_F(DistReader, RefusesMetadataThatIsALink) {
    for (const auto kind : {Kind::symbolic_link, Kind::hard_link}) {
        expect_error(
            read_sdist({{.path = "demo-1.0/PKG-INFO", .content = "/etc/passwd", .kind = kind}}),
            ErrorCode::malformed,
            "plain file"
        );
    }
    expect_error(
        read_wheel(
            {{.path = "demo-1.0.dist-info/METADATA",
              .content = "/etc/passwd",
              .kind = Kind::symbolic_link}}
        ),
        ErrorCode::malformed,
        "plain file"
    );
}

TEST_F(DistReader, RefusesDevices) {
    for (const auto kind : {Kind::device, Kind::pipe}) {
        expect_error(
            read_sdist({sdist_metadata(), {.path = "demo-1.0/null", .content = "", .kind = kind}}),
            ErrorCode::malformed,
            "device"
        );
    }
}

TEST_F(DistReader, RefusesPathsThatLeaveTheArchive) {
    for (const auto* path :
         {"../evil", "demo/../../evil", "/etc/evil", "c:evil", "demo/..", "demo/..\\evil"}) {
        expect_error(
            read_sdist({sdist_metadata(), {.path = path, .content = "x"}}),
            ErrorCode::malformed,
            "inside the archive"
        );
        expect_error(
            read_wheel({{.path = path, .content = "x"}, wheel_metadata()}),
            ErrorCode::malformed,
            std::strchr(path, '\\') == nullptr ? "inside the archive" : "spell differently"
        );
    }
}

TEST_F(DistReader, RefusesMoreEntriesThanTheCap) {
    std::vector<Member> entries{sdist_metadata()};
    for (int i = 0; i < 20; ++i) {
        entries.push_back({.path = "demo-1.0/" + std::to_string(i), .content = ""});
    }
    expect_error(read_sdist(entries, {.entries = 20}), ErrorCode::too_large, "20 entries");
    EXPECT_TRUE(succeeded(read_sdist(entries, {.entries = 21})));
}

TEST_F(DistReader, RefusesLongPaths) {
    const Member entry{.path = "demo-1.0/" + std::string(200, 'a'), .content = ""};
    expect_error(
        read_sdist({sdist_metadata(), entry}, {.path_bytes = 100}), ErrorCode::too_large, "path"
    );
}

TEST_F(DistReader, RefusesABombByItsRatio) {
    const Member bomb{.path = "demo-1.0/zeros", .content = "", .zeros = 2'000'000};
    const DistLimits limits{.ratio_free_bytes = 1'000'000};
    for (const auto& answer :
         {read_sdist({sdist_metadata(), bomb}, limits),
          read_wheel({bomb, wheel_metadata()}, limits)}) {
        expect_error(answer, ErrorCode::too_large, "1000000 bytes of unpacked content");
        expect_error(answer, ErrorCode::too_large, "ratio 50");
        expect_error(answer, ErrorCode::too_large, "'demo-1.0/zeros'");
    }
    const auto beyond = read_sdist({sdist_metadata(), bomb}, {.ratio_free_bytes = 1'000});
    expect_error(beyond, ErrorCode::too_large, "50 bytes of unpacked content for each of its ");
    EXPECT_TRUE(succeeded(read_sdist({sdist_metadata(), bomb})));
}

TEST_F(DistReader, RefusesMoreUnpackedBytesThanTheCap) {
    std::string noise(100'000, ' ');
    for (std::size_t i = 0; i < noise.size(); ++i) {
        noise[i] = static_cast<char>((i * 2654435761U) >> 13U);
    }
    const DistLimits limits{.unpacked_bytes = 50'000};
    expect_error(
        read_sdist({sdist_metadata(), {.path = "demo-1.0/noise", .content = noise}}, limits),
        ErrorCode::too_large,
        "50000 bytes of unpacked content, saw more from its member 'demo-1.0/noise'"
    );
}

// A header that promises 8 EiB makes a reader skip for ever; the stated size must be judged before.
TEST_F(DistReader, RefusesAnAbsurdSizeBeforeItSkips) {
    std::string header(512, '\0');
    std::memcpy(header.data(), "demo-1.0/huge", 13);
    std::memcpy(header.data() + 100, "0000644", 7);
    std::memcpy(header.data() + 124, "\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12);
    std::memcpy(header.data() + 136, "00000000000", 11);
    header[156] = '0';
    std::memcpy(header.data() + 257, "ustar\00000", 8);
    std::memset(header.data() + 148, ' ', 8);
    unsigned sum = 0;
    for (const char c : header) {
        sum += static_cast<unsigned char>(c);
    }
    static_cast<void>(std::snprintf(header.data() + 148, 7, "%06o", sum));
    write_gzip(m_folder / sdist_name, header + std::string(10'000, '\0'));
    EXPECT_FALSE(read_path(m_folder / sdist_name).has_value());
}

// Thousands of extension headers one after another drive a recursive reader out of its stack.
TEST_F(DistReader, RefusesAnEndlessChainOfExtensionHeaders) {
    std::string header(512, '\0');
    std::memcpy(header.data(), "pax", 3);
    std::memcpy(header.data() + 100, "0000644", 7);
    std::memcpy(header.data() + 124, "00000000000", 11);
    std::memcpy(header.data() + 136, "00000000000", 11);
    header[156] = 'g';
    std::memcpy(header.data() + 257, "ustar\00000", 8);
    std::memset(header.data() + 148, ' ', 8);
    unsigned sum = 0;
    for (const char c : header) {
        sum += static_cast<unsigned char>(c);
    }
    static_cast<void>(std::snprintf(header.data() + 148, 7, "%06o", sum));
    std::string content;
    for (int i = 0; i < 120'000; ++i) {
        content += header;
    }
    write_gzip(m_folder / sdist_name, content);
    EXPECT_FALSE(read_path(m_folder / sdist_name).has_value());
}

TEST_F(DistReader, RefusesEncryptedMetadata) {
    write_zip(m_folder / wheel_name, {wheel_metadata()}, test_support::Packing::encrypted);
    expect_error(read_path(m_folder / wheel_name), ErrorCode::malformed, "encrypted");
}

TEST_F(DistReader, RefusesTruncatedArchives) {
    test_support::write_wheel(m_folder.path(), {.name = "demo"});
    write_tar_gz(
        m_folder / sdist_name,
        {sdist_metadata(), {.path = "demo-1.0/data", .content = std::string(100'000, 'x')}}
    );
    for (const auto* name : {wheel_name, sdist_name}) {
        const auto size = fs::file_size(m_folder / name);
        for (const auto keep : {size / 2, size / 4, std::uintmax_t{20}, std::uintmax_t{0}}) {
            fs::resize_file(m_folder / name, keep);
            expect_error(read_path(m_folder / name), ErrorCode::malformed);
        }
    }
}

TEST_F(DistReader, RefusesFilesThatAreNoArchive) {
    for (const auto* name : {wheel_name, sdist_name}) {
        ASSERT_TRUE(
            succeeded(write_file_atomically(m_folder / name, bytes_of(std::string(5000, 'x'))))
        );
        expect_error(read_path(m_folder / name), ErrorCode::malformed);
    }
}

TEST_F(DistReader, RefusesAZipFileThatCallsItselfATarFile) {
    write_zip(m_folder / sdist_name, {sdist_metadata()});
    expect_error(read_path(m_folder / sdist_name), ErrorCode::malformed);
}

TEST_F(DistReader, RefusesMetadataWithADamagedByte) {
    write_zip(m_folder / wheel_name, {wheel_metadata()}, test_support::Packing::stored);
    auto bytes = read_file(m_folder / wheel_name, 1'000'000).value();
    // Still a sound text: only the checksum of the member tells.
    const auto place = text_of(bytes).find(">=3.8");
    ASSERT_NE(place, std::string_view::npos);
    bytes[place + 4] ^= std::byte{1};
    ASSERT_TRUE(succeeded(write_file_atomically(m_folder / wheel_name, bytes)));
    expect_error(read_path(m_folder / wheel_name), ErrorCode::malformed, "CRC");
}

// The wheel with RECORD as it is, but for this change.
std::vector<Member> with_changed_record(
    std::vector<Member> members, const std::string& what, const std::string& with
) {
    members = with_record(std::move(members), record_path);
    std::string& record = members.back().content;
    const auto at = record.find(what);
    EXPECT_NE(at, std::string::npos) << record;
    record.replace(at, what.size(), with);
    return members;
}

TEST_F(DistReader, RefusesAWheelWhoseRecordDisagreesWithItsContent) {
    const std::vector<Member> members{{"demo.py", "x = 1\n"}, wheel_metadata()};
    const auto refuse = [&](const std::vector<Member>& changed, const std::string& reason) {
        write_zip(m_folder / wheel_name, changed);
        expect_error(read_path(m_folder / wheel_name), ErrorCode::malformed, reason);
    };
    refuse(members, "a file RECORD");
    refuse(
        with_changed_record(members, "demo.py,sha256=", "other.py,sha256="), "to list 'demo.py'"
    );
    refuse(with_changed_record(members, ",6\n", ",7\n"), "with 7 bytes");
    refuse(with_changed_record(members, "RECORD,,\n", "RECORD,,\nghost.py,,\n"), "ghost.py");
    refuse(with_changed_record(members, "RECORD,,\n", "RECORD,,\ndemo.py,,\n"), "twice");
    refuse(
        with_changed_record(members, "demo.py,sha256=", "demo.py,,6\nx,sha256="), "list 'demo.py'"
    );
    auto altered = with_record(members, record_path);
    altered.front().content = "x = 2\n";
    refuse(altered, "as RECORD says");
    auto unlisted = with_record(members, record_path);
    unlisted.push_back({"late.py", "x"});
    refuse(unlisted, "to list 'late.py'");
}

TEST_F(DistReader, TakesRecordsWithoutSizesAndWithQuotedPaths) {
    const std::vector<Member> members{{"de,mo.py", "x = 1\n"}, wheel_metadata()};
    write_zip(m_folder / wheel_name, with_changed_record(members, "de,mo.py,", "\"de,mo.py\","));
    EXPECT_TRUE(succeeded(read_path(m_folder / wheel_name)));
    const std::vector<Member> plain{{"demo.py", "x = 1\n"}, wheel_metadata()};
    write_zip(m_folder / wheel_name, with_changed_record(plain, ",6\n", ",\r\n"));
    EXPECT_TRUE(succeeded(read_path(m_folder / wheel_name)));
}

// As cmake 3.27.0 and others made by auditwheel of that time do it.
TEST_F(DistReader, TakesRecordsThatListFolders) {
    const std::string nothing = "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n";
    const std::vector<Member> members{
        {"demo/", "", Kind::folder},
        {"demo/empty/", "", Kind::folder},
        {"demo/__init__.py", "x = 1\n"},
        wheel_metadata()};
    const auto with_lines = [&](const std::string& lines) {
        write_zip(
            m_folder / wheel_name, with_changed_record(members, "RECORD,,\n", "RECORD,,\n" + lines)
        );
        return read_path(m_folder / wheel_name);
    };
    EXPECT_TRUE(succeeded(with_lines("demo/," + nothing + "demo/empty/,,\n")));
    EXPECT_TRUE(succeeded(with_lines("demo-1.0.dist-info/," + nothing))) << "has no entry";
    for (const std::string& line :
         {std::string("ghost/,,\n"),
          "../," + nothing,
          "/," + nothing,
          "dem/," + nothing,
          std::string("demo/empty,,\n"),
          std::string("demo/__init__.py/,,\n"),
          std::string("demo/,,7\n"),
          "demo/,sha256=" + std::string(43, 'A') + ",0\n"}) {
        expect_error(with_lines(line), ErrorCode::malformed, "which RECORD lists");
    }
}

// "sha256 or better", of what hashlib guarantees.
TEST_F(DistReader, HoldsContentAgainstWhicheverDigestRecordNames) {
    const std::vector<Member> members{{"demo.py", "x = 1\n"}, wheel_metadata()};
    const std::string by_default =
        "sha256=" + encode_base64url(pki::sha256(bytes_of("x = 1\n")).span());
    for (const std::string name :
         {"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512", "blake2b", "blake2s"}) {
        const auto algorithm = pki::digest_algorithm_of(name);
        ASSERT_TRUE(algorithm.has_value()) << name;
        auto value = pki::named_digest(*algorithm, bytes_of("x = 1\n")).value;
        const auto with_value = [&] {
            const auto line = name + "=" + encode_base64url(value);
            write_zip(m_folder / wheel_name, with_changed_record(members, by_default, line));
            return read_path(m_folder / wheel_name);
        };
        EXPECT_TRUE(succeeded(with_value())) << name;
        value.back() ^= std::byte{1};
        expect_error(with_value(), ErrorCode::malformed, "'demo.py' with " + name);
        value.pop_back();
        expect_error(with_value(), ErrorCode::malformed, name + " value of");
    }
}

TEST_F(DistReader, RefusesDigestsInRecordThatAreWeakerThanSha256OrUnknown) {
    for (const std::string name : {"md5=", "sha1=", "sha224=", "SHA256=", "shake_128=", "=", "x"}) {
        write_zip(
            m_folder / wheel_name,
            with_changed_record({{"demo.py", "x"}, wheel_metadata()}, "sha256=", name)
        );
        expect_error(read_path(m_folder / wheel_name), ErrorCode::malformed, "digests of sha256");
    }
}

TEST_F(DistReader, RefusesAMemberThatIsThereTwice) {
    const std::vector<Member> twice{{"demo.py", "x"}, {"./demo.py", "y"}, wheel_metadata()};
    expect_error(read_wheel(twice), ErrorCode::malformed, "twice");
    expect_error(
        read_sdist({sdist_metadata(), {"demo-1.0/a", "x"}, {"demo-1.0//a", "y"}}),
        ErrorCode::malformed,
        "twice"
    );
}

TEST_F(DistReader, RefusesEveryLinkInAWheel) {
    expect_error(
        read_wheel(
            {{.path = "demo.py", .content = "other.py", .kind = Kind::symbolic_link},
             wheel_metadata()}
        ),
        ErrorCode::malformed,
        "a link"
    );
}

TEST_F(DistReader, RefusesLinksOfASourceArchiveThatLeadOutside) {
    for (const auto* target : {"/etc/passwd", "../../evil", "a/../../../evil", "c:evil", "..\\x"}) {
        expect_error(
            read_sdist(
                {sdist_metadata(),
                 {.path = "demo-1.0/link", .content = target, .kind = Kind::symbolic_link}}
            ),
            ErrorCode::malformed,
            "lead outside"
        );
    }
    expect_error(
        read_sdist(
            {sdist_metadata(),
             {.path = "demo-1.0/link", .content = "../evil", .kind = Kind::hard_link}}
        ),
        ErrorCode::malformed,
        "lead outside"
    );
    EXPECT_TRUE(succeeded(read_sdist(
        {sdist_metadata(),
         {.path = "demo-1.0/a/link", .content = "../b", .kind = Kind::symbolic_link}}
    )));
}

// What a path is spelt with says nothing about how deep it lies.
TEST_F(DistReader, MeasuresTheDepthOfALinkWhereItLies) {
    for (const auto* path : {"demo-1.0/./././l", "demo-1.0////l", "././demo-1.0/l"}) {
        expect_error(
            read_sdist({sdist_metadata(), {path, "../../etc/passwd", Kind::symbolic_link}}),
            ErrorCode::malformed,
            "lead outside"
        );
    }
}

// `a/up` is a link to the archive's folder, so that `a/up/../..` is outside of it.
TEST_F(DistReader, RefusesLinksThatClimbByWayOfAnother) {
    expect_error(
        read_sdist(
            {sdist_metadata(),
             {"demo-1.0/a/b/up", "../..", Kind::symbolic_link},
             {"demo-1.0/l", "a/b/up/../../etc/passwd", Kind::symbolic_link}}
        ),
        ErrorCode::malformed,
        "lead outside"
    );
}

TEST_F(DistReader, RefusesMembersBehindALink) {
    const Member link{"demo-1.0/x/y", "../z", Kind::symbolic_link};
    const Member behind{"demo-1.0/x/./y/deep/l", "../../..", Kind::symbolic_link};
    expect_error(
        read_sdist({sdist_metadata(), link, behind}), ErrorCode::malformed, "behind the link"
    );
    expect_error(
        read_sdist({sdist_metadata(), behind, link}), ErrorCode::malformed, "behind the link"
    );
    EXPECT_TRUE(succeeded(read_sdist(
        {sdist_metadata(),
         link,
         {"demo-1.0/x/y.py", "x"},
         {"demo-1.0/lib.so", "lib.so.1", Kind::symbolic_link},
         {"demo-1.0/lib.so.1", "lib.so.1.2", Kind::symbolic_link},
         {"demo-1.0/lib.so.1.2", "x"},
         {"demo-1.0/other.so", "demo-1.0/lib.so.1.2", Kind::hard_link}}
    )));
}

// The same text, two folders higher.
TEST_F(DistReader, RefusesHardLinksToALink) {
    const Member link{"demo-1.0/a/b/l", "../../x", Kind::symbolic_link};
    for (const auto* target : {"demo-1.0/a/b/l", "demo-1.0/a/./b/l", "demo-1.0/a/b/l/y"}) {
        expect_error(
            read_sdist({sdist_metadata(), link, {"demo-1.0/h", target, Kind::hard_link}}),
            ErrorCode::malformed,
            "hard links"
        );
    }
}

}  // namespace
}  // namespace heliograph::mirror
