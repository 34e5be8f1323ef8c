// SPDX-License-Identifier: Apache-2.0
// Threats T15 and T16 against `mirror add`: whatever a file is called and holds, either it is an
// honest distribution or nothing is published and the error names it.
#include <tests/integration/household.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

class HostileFile : public ::testing::Test {
  protected:
    HostileFile() {
        m_house.make_master({m_house.make_wheel({.name = "honest"})});
        fs::create_directory(m_house / "hostile");
    }

    [[nodiscard]] fs::path path(const std::string& name) const {
        return m_house / "hostile" / name;
    }

    /// `mirror add` of it is refused with an error that names it, and nothing changed.
    void expect_refused(const fs::path& file, const std::string& reason) {
        SCOPED_TRACE(reason);
        const std::string before = m_house.must("mirror", {"status", "--dir", "master"}).output;
        const Outcome outcome = m_house.run("mirror", {"add", "--dir", "master", "--", file});
        EXPECT_THAT(outcome.exit_code, AnyOf(1, 2, 7)) << outcome.output << outcome.errors;
        EXPECT_THAT(outcome.errors, HasSubstr("error: "));
        EXPECT_THAT(outcome.output, Not(HasSubstr("published")));
        EXPECT_EQ(m_house.must("mirror", {"status", "--dir", "master"}).output, before);
        m_house.must("mirror", {"verify", "--dir", "master"});
    }

    void expect_wheel_refused(const std::vector<Member>& members, const std::string& reason) {
        const fs::path file = path("sample-1.0-py3-none-any.whl");
        write_zip(file, members);
        expect_refused(file, reason);
    }

    void expect_sdist_refused(const std::vector<Member>& members, const std::string& reason) {
        const fs::path file = path("sample-1.0.tar.gz");
        write_tar_gz(file, members);
        expect_refused(file, reason);
    }

    static std::vector<Member> with(Member more) {
        std::vector<Member> members = wheel_members_of({});
        const std::string record = members.back().path;
        members.back() = std::move(more);
        return with_record(std::move(members), record);
    }

    static std::vector<Member> sdist_with(Member more) {
        return {{"sample-1.0/PKG-INFO", metadata_of({})}, std::move(more)};
    }

    Household m_house;
};

TEST_F(HostileFile, WithABombInsideIsRefused) {
    constexpr std::uint64_t huge = 300ULL << 20U;
    expect_wheel_refused(with({"bomb", "", Member::Kind::file, huge}), "a wheel of zeros");
    expect_sdist_refused(
        sdist_with({"sample-1.0/bomb", "", Member::Kind::file, huge}), "an sdist of zeros"
    );
    std::vector<Member> members = wheel_members_of({});
    members[1].zeros = huge;
    expect_wheel_refused(members, "metadata of zeros");
}

TEST_F(HostileFile, WithTooManyEntriesIsRefused) {
    std::vector<Member> members = wheel_members_of({});
    for (int i = 0; i < 200'001; ++i) {
        members.push_back({std::to_string(i), ""});
    }
    expect_wheel_refused(members, "200,001 entries");
}

TEST_F(HostileFile, ThatClimbsOutOfItsFolderIsRefused) {
    expect_wheel_refused(with({"../climb", "x"}), "a wheel that climbs");
    expect_wheel_refused(with({"/etc/absolute", "x"}), "a wheel with an absolute path");
    expect_sdist_refused(sdist_with({"sample-1.0/../../climb", "x"}), "an sdist that climbs");
    expect_sdist_refused(sdist_with({"/etc/absolute", "x"}), "an sdist with an absolute path");
    expect_wheel_refused(with({std::string(5000, 'a'), "x"}), "a path of 5,000 characters");
}

TEST_F(HostileFile, WhoseMetadataIsNoPlainFileIsRefused) {
    std::vector<Member> members = wheel_members_of({});
    members[1] = {members[1].path, "/etc/hostname", Member::Kind::symbolic_link};
    expect_wheel_refused(members, "metadata that is a link");
    for (const auto kind :
         {Member::Kind::symbolic_link,
          Member::Kind::hard_link,
          Member::Kind::device,
          Member::Kind::pipe}) {
        expect_sdist_refused(
            {{"sample-1.0/PKG-INFO", "/etc/hostname", kind}},
            "metadata of kind " + std::to_string(static_cast<int>(kind))
        );
    }
}

TEST_F(HostileFile, WhoseMetadataIsOfAnotherProjectIsRefused) {
    std::vector<Member> members = wheel_members_of({});
    members[1].content = metadata_of({.name = "honest"});
    expect_wheel_refused(members, "another project");
    members[1].content = metadata_of({.version = "2.0"});
    expect_wheel_refused(members, "another version");
    expect_wheel_refused(
        wheel_members_of({.name = "honest"}), "the whole wheel of another project"
    );
    members = wheel_members_of({});
    members.push_back(members[1]);
    expect_wheel_refused(members, "two metadata files");
    expect_wheel_refused({{"module.py", "x"}}, "no metadata");
    members[1].content = "";
    expect_wheel_refused({members[0], members[1]}, "empty metadata");
    members[1].content = "Metadata-Version: 2.1\nName: sample\nName: honest\nVersion: 1.0\n";
    expect_wheel_refused({members[0], members[1]}, "two names");
}

TEST_F(HostileFile, ThatIsDamagedIsRefused) {
    const std::string whole = read_text(write_wheel(m_house / "hostile", {}));
    const fs::path wheel = path("sample-1.0-py3-none-any.whl");
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{30}, whole.size() / 2, whole.size() - 1}) {
        std::ofstream(wheel, std::ios::binary) << whole.substr(0, size);
        expect_refused(wheel, "a wheel cut after " + std::to_string(size));
    }
    const fs::path sdist = write_sdist(m_house / "hostile", {.payload = std::string(100'000, 'x')});
    const std::string packed = read_text(sdist);
    for (const std::size_t size : {packed.size() / 2, packed.size() - 1}) {
        std::ofstream(sdist, std::ios::binary) << packed.substr(0, size);
        expect_refused(sdist, "an sdist cut after " + std::to_string(size));
    }
    write_zip(wheel, wheel_members_of({}), Packing::encrypted);
    expect_refused(wheel, "an encrypted wheel");
    write_tar_gz(wheel, {{"sample-1.0.dist-info/METADATA", metadata_of({})}});
    expect_refused(wheel, "a tar that says it is a wheel");
}

TEST_F(HostileFile, WithANameThatIsNoDistributionIsRefused) {
    const std::string wheel = read_text(m_house.make_wheel({}));
    for (const std::string name :
         {"sample.whl",
          "sample-1.0.whl",
          "sample-1.0-py3-none-any.whl.exe",
          "sam ple-1.0-py3-none-any.whl",
          "sample-1.0-py3-none-any.whl\n",
          "s\u00e4mple-1.0-py3-none-any.whl",
          "sample-1.0-py3-none-any.WHL ",
          "-sample-1.0-py3-none-any.whl",
          "sample-1.0\\..-py3-none-any.whl",
          "sample-bad!version-py3-none-any.whl",
          "\xff\xfe-1.0-py3-none-any.whl",
          "sample-1.0-py3-none-<script>.whl",
          ".whl",
          "sample-1.0.tar.gz.asc"}) {
        std::ofstream(path(name), std::ios::binary) << wheel;
        expect_refused(path(name), "named " + name);
    }
}

TEST_F(HostileFile, ThatIsNoRegularFileIsRefused) {
    const fs::path name = path("sample-1.0-py3-none-any.whl");
    fs::create_directory(name);
    expect_refused(name, "a folder");
    fs::remove(name);
    const Outcome absent = m_house.run("mirror", {"add", "--dir", "master", name});
    EXPECT_EQ(absent.exit_code, 3) << absent.errors;
    EXPECT_THAT(absent.errors, HasSubstr(name.string()));
}

TEST_F(HostileFile, AmongHonestOnesPublishesNoneOfThem) {
    const fs::path honest = m_house.make_wheel({.name = "second"});
    const fs::path hostile = path("sample-1.0-py3-none-any.whl");
    write_zip(hostile, {{"module.py", "x"}});
    const Outcome outcome = m_house.run("mirror", {"add", "--dir", "master", honest, hostile});
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.errors, HasSubstr(hostile.filename().string()));
    EXPECT_EQ(m_house.run("mirror", {"list", "--dir", "master", "second"}).exit_code, 3);
}

TEST_F(HostileFile, OfAPublishedNameWithOtherBytesIsRefused) {
    const fs::path changed = m_house.make_wheel({.name = "honest", .payload = "other bytes"});
    const Outcome outcome = m_house.run("mirror", {"add", "--dir", "master", changed});
    EXPECT_NE(outcome.exit_code, 0);
    EXPECT_THAT(outcome.errors, HasSubstr("honest-1.0-py3-none-any.whl"));
    m_house.must("mirror", {"verify", "--dir", "master"});
}

}  // namespace
}  // namespace heliograph::test_support
