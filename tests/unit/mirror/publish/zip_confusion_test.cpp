// SPDX-License-Identifier: Apache-2.0
// Threat T16: wheels that hold one thing for us and another for those who install them. What
// Python's zipfile, with which pip installs, reads out of a wheel is exactly what its RECORD lists,
// or the wheel is refused.
#include <mirror/publish/dist_reader.hpp>
#include <pki/base/encoding.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/process.hpp>
#include <tests/support/sample_archive.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/publish/zip_bytes.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;
using test_support::Member;
using test_support::ZipBytes;

constexpr const char* demo_wheel = "demo-1.0-py3-none-any.whl";
constexpr const char* demo_record = "demo-1.0.dist-info/RECORD";
constexpr std::uint32_t dos_maker = 0;
constexpr std::uint32_t dos_folder = 0x10;
constexpr std::uint32_t unix_file = 0100644U << 16U;
constexpr std::uint32_t utf8_flag = 0x800;
constexpr std::uint32_t unix_folder = 0040755U << 16U;

// Says of each wheel what pip would install from it that RECORD does not vouch for.
constexpr const char* installed_unlisted = R"(
import base64, csv, hashlib, io, sys, warnings, zipfile
warnings.simplefilter("ignore")
for line in open(sys.argv[1]):
    title, wheel = line.rstrip("\n").split("\t")
    try:
        z = zipfile.ZipFile(io.BytesIO(base64.b64decode(wheel)))
        record = z.read("demo-1.0.dist-info/RECORD").decode()
        listed = {row[0]: row[1] for row in csv.reader(record.splitlines())}
        content = {n: z.read(n) for n in z.namelist() if not n.endswith("/")}
    except Exception:
        continue
    for name, data in content.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        if listed.get(name) not in ("sha256=" + digest, ""):
            print(f"{title}: {name!a}")
    for name in listed.keys() - content.keys():
        print(f"{title}: without {name!a}")
)";

// What Python reads, held against RECORD.
enum class Python { agrees, differs };

class ZipConfusion : public ::testing::Test {
  protected:
    // Every wheel that a test offered, after Python had its say.
    void TearDown() override {
        const auto path = m_folder / "wheels";
        std::ofstream(path, std::ios::binary) << m_wheels;
        const auto outcome =
            test_support::run({.program = "python3", .arguments = {"-c", installed_unlisted, path}}
            );
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
        for (const auto& [title, python] : m_offered) {
            const bool differs =
                ("\n" + outcome.output).find("\n" + title + ": ") != std::string::npos;
            EXPECT_EQ(differs, python == Python::differs) << title << "\n" << outcome.output;
        }
    }

    // With METADATA, and RECORD that lists all of them.
    static std::vector<Member> listed(std::vector<Member> members) {
        members.push_back(
            {"demo-1.0.dist-info/METADATA",
             test_support::metadata_of({.name = "demo", .version = "1.0"})}
        );
        return test_support::with_record(std::move(members), demo_record);
    }

    [[nodiscard]] ZipBytes zip_of(const std::vector<Member>& members) const {
        const auto path = m_folder / "draft.zip";
        test_support::write_zip(path, members, test_support::Packing::stored);
        return ZipBytes(std::string(text_of(read_file(path, 1'000'000).value())));
    }

    // By Python's zipfile, which leaves room for sizes of 64 bits before each member.
    [[nodiscard]] ZipBytes wide_zip_of(const std::vector<Member>& members) const {
        const auto path = m_folder / "wide.zip";
        std::string script = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], 'w') as z:\n";
        for (const auto& member : members) {
            script += " with z.open(zipfile.ZipInfo('" + member.path +
                      "'), 'w', force_zip64=True) as f:\n  f.write(bytes.fromhex('" +
                      encode_hex(bytes_of(member.content)) + "'))\n";
        }
        const auto made =
            test_support::run({.program = "python3", .arguments = {"-c", script, path.string()}});
        EXPECT_EQ(made.exit_code, 0) << made.errors;
        return ZipBytes(std::string(text_of(read_file(path, 1'000'000).value())));
    }

    [[nodiscard]] ZipBytes wheel_of(
        std::vector<Member> members, const std::vector<Member>& unlisted = {}
    ) const {
        members = listed(std::move(members));
        members.insert(members.end(), unlisted.begin(), unlisted.end());
        return zip_of(members);
    }

    void expect_accepted(const std::string& title, const ZipBytes& wheel) {
        EXPECT_TRUE(succeeded(offer(title, wheel, Python::agrees))) << title;
    }

    // Refused by us; and where Python differs, it would install what RECORD does not list.
    void expect_refused(
        const std::string& title,
        const ZipBytes& wheel,
        const std::string& reason,
        Python python = Python::differs,
        ErrorCode code = ErrorCode::malformed
    ) {
        SCOPED_TRACE(title);
        expect_error(offer(title, wheel, python), code, reason);
    }

    // Python hears of it only when we took it.
    void offer_if_accepted(const std::string& title, const ZipBytes& wheel) {
        if (read(wheel)) {
            keep(title, wheel, Python::agrees);
        }
    }

    [[nodiscard]] std::size_t offered() const { return m_offered.size(); }

  private:
    static Result<DistMetadata> read(const ZipBytes& wheel) {
        const std::string& bytes = wheel.bytes();
        const FileDescriptor file(::memfd_create("wheel", MFD_CLOEXEC));
        EXPECT_EQ(
            ::write(file.get(), bytes.data(), bytes.size()), static_cast<::ssize_t>(bytes.size())
        );
        return read_dist_metadata(file.get(), verify::parse_dist_file_name(demo_wheel).value());
    }

    void keep(const std::string& title, const ZipBytes& wheel, Python python) {
        m_offered.emplace_back(title, python);
        m_wheels.append(title + "\t" + encode_base64(bytes_of(wheel.bytes())) + "\n");
    }

    Result<DistMetadata> offer(const std::string& title, const ZipBytes& wheel, Python python) {
        keep(title, wheel, python);
        return read(wheel);
    }

    test::TempFolder m_folder;
    std::string m_wheels;
    std::vector<std::pair<std::string, Python>> m_offered;
};

TEST_F(ZipConfusion, StartsFromAWheelThatIsTheSameToAll) {
    expect_accepted("plain", wheel_of({{"d/m.py", "x = 1\n"}}));
    expect_accepted("folder", wheel_of({{"d/", "", Member::Kind::folder}, {"d/m.py", "x = 1\n"}}));
}

// Python goes by the name's last character, others by the attributes.
TEST_F(ZipConfusion, RefusesAFileThatIsMarkedAsAFolder) {
    const ZipBytes twice = wheel_of({{"d/m.py", "x = 1\n"}}, {{"d/m.py", "evil()\n"}});
    const std::size_t second = twice.entry("d/m.py", 1);
    ZipBytes marked = twice;
    marked.set(second + 38, 4, unix_folder);
    expect_refused("unix folder", marked, "by its attributes only");
    marked = twice;
    marked.set(second + 5, 1, dos_maker);
    marked.set(second + 38, 4, dos_folder);
    expect_refused("DOS folder", marked, "by its attributes only");
    marked = wheel_of({}, {{"late.py", "evil()\n"}});
    marked.set(marked.entry("late.py") + 38, 4, 0030644U << 16U);
    expect_refused("no known type", marked, "of a type");
}

TEST_F(ZipConfusion, RefusesAFolderThatIsMarkedAsAFile) {
    const std::vector<Member> members{{"d/", "", Member::Kind::folder}, {"d/m.py", "x"}};
    ZipBytes folder = wheel_of(members);
    folder.set(folder.entry("d/") + 38, 4, 0);
    expect_accepted("no attributes", folder);
    folder.set(folder.entry("d/") + 38, 4, unix_file);
    expect_refused("file", folder, "by its name only", Python::agrees);
}

TEST_F(ZipConfusion, RefusesANameThatIsThereTwice) {
    const std::vector<Member> listed{{"d/m.py", "x = 1\n"}};
    expect_refused("file", wheel_of(listed, {{"d/m.py", "evil()\n"}}), "twice");
    const ZipBytes folder = wheel_of(listed, {{"d/m.py/", "", Member::Kind::folder}});
    expect_refused("file and folder", folder, "twice", Python::agrees);
}

// libarchive's own field replaces the attributes that the directory gave.
TEST_F(ZipConfusion, RefusesAttributesInAnExtraField) {
    ZipBytes wheel = wheel_of({}, {{"late.py", "evil()\n"}});
    // The writer's own field (which one depends on its release) becomes the one of attributes.
    const std::size_t local = wheel.local("late.py");
    const std::size_t at = local + 30 + wheel.get(local + 26, 2);
    ASSERT_GE(wheel.get(local + 28, 2), 9U);
    ASSERT_GE(wheel.get(at + 2, 2), 5U);
    wheel.set(at, 2, 0x6C78);
    wheel.set(at + 4, 1, 4);
    wheel.set(at + 5, 4, unix_folder);
    expect_refused("xl", wheel, "attributes", Python::differs);
}

// Some take a backslash for a slash, and some end a name at its first zero byte.
TEST_F(ZipConfusion, RefusesNamesThatReadersSpellDifferently) {
    ZipBytes wheel = wheel_of({{"d/m.py", "x"}});
    wheel.set(wheel.local("d/m.py") + 5, 1, dos_maker);
    wheel.set(wheel.local("d/m.py") + 31, 1, '\\');
    wheel.set(wheel.entry("d/m.py") + 47, 1, '\\');
    expect_refused("backslash", wheel, "d\\m.py");
    wheel = wheel_of({}, {{"late.py_/", "evil()\n"}});
    const std::size_t entry = wheel.entry("late.py_/");
    wheel.set(wheel.local("late.py_/") + 37, 1, 0);
    wheel.set(entry + 53, 1, 0);
    wheel.set(entry + 38, 4, 0);
    expect_refused("zero byte", wheel, "late.py?/");
}

TEST_F(ZipConfusion, TakesNamesBeyondAsciiInUtf8Only) {
    ZipBytes wheel = wheel_of({{"d/\u00e9.py", "x"}});
    expect_refused("unmarked", wheel, "UTF-8");
    const std::size_t entry = wheel.entry("d/\u00e9.py");
    const std::size_t local = wheel.local("d/\u00e9.py");
    wheel.set(entry + 8, 2, wheel.get(entry + 8, 2) | utf8_flag);
    expect_refused("marked once", wheel, "something else", Python::agrees);
    wheel.set(local + 6, 2, wheel.get(local + 6, 2) | utf8_flag);
    expect_accepted("marked", wheel);
}

// Python follows the locator of zip64 to a directory of its own.
TEST_F(ZipConfusion, RefusesASecondDirectoryForReadersOfZip64) {
    ZipBytes wheel = wheel_of({{"a.py", "x"}, {"d/m.py", "x"}});
    const std::size_t directory = wheel.directory();
    const std::size_t last = wheel.entry(demo_record);
    // All members but the first.
    const std::size_t second = wheel.entry("d/m.py");
    const std::string fake = wheel.bytes().substr(second, wheel.end() - second);
    const auto fake_at = static_cast<std::uint32_t>(wheel.end());
    std::string more = fake + "PK\x06\x06" + std::string(52, '\0');
    more += "PK\x06\x07" + std::string(16, '\0');
    wheel.insert_into_directory(fake_at, more);
    wheel.set(last + 32, 2, static_cast<std::uint32_t>(more.size()));
    const std::size_t end64 = fake_at + fake.size();
    wheel.set(end64 + 4, 4, 44);
    for (const std::size_t count : {24U, 32U}) {
        wheel.set(end64 + count, 4, wheel.get(wheel.end() + 10, 2) - 1);
    }
    wheel.set(end64 + 40, 4, static_cast<std::uint32_t>(fake.size()));
    wheel.set(end64 + 48, 4, fake_at);
    wheel.set(end64 + 56 + 8, 4, static_cast<std::uint32_t>(end64));
    wheel.set(end64 + 56 + 16, 4, 1);
    ASSERT_EQ(wheel.directory(), directory);
    expect_refused("locator", wheel, "zip64", Python::differs);
}

// What zipfile writes with force_zip64, where it does not know beforehand how large a member gets.
TEST_F(ZipConfusion, TakesSmallSizesInZip64FieldsThatAreTheDirectorys) {
    const auto members = listed({{"a.py", "x = 1\n"}, {"d/m.py", "y = 2\n"}});
    ZipBytes wheel = wide_zip_of(members);
    const std::size_t extra = wheel.local("a.py") + 30 + 4;
    ASSERT_EQ(wheel.get(extra, 4), 0x00100001U) << "no zip64 before the data";
    // Python until 3.11.3 leaves the sizes in their ordinary place too; here it is always the later
    // one.
    const auto place_sizes = [](ZipBytes& zip, const char* path, bool also_ordinary) {
        for (const std::size_t field : {0U, 4U}) {
            zip.set(
                zip.local(path) + 18 + field,
                4,
                also_ordinary ? zip.get(zip.entry(path) + 20 + field, 4) : 0xFFFFFFFFU
            );
        }
    };
    for (const auto& member : members) {
        place_sizes(wheel, member.path.c_str(), false);
    }
    expect_accepted("wide", wheel);
    for (const std::size_t at : {4U, 8U, 12U, 16U}) {
        ZipBytes other = wheel;
        other.set(extra + at, 1, other.get(extra + at, 1) + 1);
        const bool is_high = at == 8 || at == 16;
        expect_refused(
            "size at " + std::to_string(at),
            other,
            is_high ? "zip64" : "something else",
            Python::agrees
        );
    }
    ZipBytes one = wheel;
    one.set(one.local("a.py") + 18, 4, one.get(one.entry("a.py") + 20, 4));
    expect_refused("one of two", one, "zip64", Python::agrees);
    ZipBytes both = wheel;
    for (const auto& member : members) {
        place_sizes(both, member.path.c_str(), true);
    }
    expect_accepted("both", both);
    both.set(extra + 4, 1, both.get(extra + 4, 1) + 1);
    expect_refused("both, but not the same", both, "zip64", Python::agrees);
    ZipBytes none = wheel;
    none.set(extra, 2, 0xCAFE);
    expect_refused("no field", none, "zip64", Python::agrees);
    ZipBytes longer = wheel;
    longer.set(extra + 2, 2, 17);
    expect_refused("past its end", longer, "zip64", Python::agrees);
}

// libarchive cuts a member where its own header says, Python where the directory does.
TEST_F(ZipConfusion, RefusesAMemberOfAnotherSizeThanInTheDirectory) {
    auto members = listed({{"a.py", "AAAA"}});
    const ZipBytes shorter = zip_of(members);
    members.front().content = "AAAABBBB";
    ZipBytes longer = zip_of(members);
    const std::size_t local = longer.local("a.py");
    for (const std::size_t field : {0U, 4U, 8U}) {
        longer.set(local + 14 + field, 4, shorter.get(shorter.entry("a.py") + 16 + field, 4));
    }
    expect_refused("cut", longer, "something else");
}

// Those who read from the front to the back find it, those who read the directory do not.
TEST_F(ZipConfusion, RefusesAMemberThatTheDirectoryDoesNotName) {
    const ZipBytes other = zip_of({{"late.py", "evil()\n"}});
    ZipBytes wheel = wheel_of({{"a.py", "x"}});
    wheel.insert_before_directory(other.bytes().substr(0, other.directory()));
    expect_refused("hidden", wheel, "between its members", Python::agrees);
}

// Whatever single byte of the records is another: what we still take, Python reads as RECORD says.
TEST_F(ZipConfusion, AgreesWithPythonOnEveryAlteredByte) {
    const ZipBytes wheel = wheel_of({{"d/m.py", "x = 1\n"}, {"e", "y"}});
    std::vector<bool> is_content(wheel.bytes().size(), false);
    for (const auto* name : {"d/m.py", "e", "demo-1.0.dist-info/METADATA", demo_record}) {
        const std::size_t local = wheel.local(name);
        const std::size_t begin = local + 30 + wheel.get(local + 26, 2) + wheel.get(local + 28, 2);
        std::fill_n(
            is_content.begin() + static_cast<std::ptrdiff_t>(begin),
            wheel.get(wheel.entry(name) + 20, 4),
            true
        );
    }
    for (std::size_t at = 0; at < wheel.bytes().size(); ++at) {
        for (const unsigned change : {0x01U, 0x10U, 0x40U, 0xFFU}) {
            if (!is_content[at]) {
                ZipBytes altered = wheel;
                altered.set(at, 1, altered.get(at, 1) ^ change);
                offer_if_accepted(std::to_string(at) + "^" + std::to_string(change), altered);
            }
        }
    }
    EXPECT_GT(offered(), 100U);
}

}  // namespace
}  // namespace heliograph::mirror
