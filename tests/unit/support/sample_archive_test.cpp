// SPDX-License-Identifier: Apache-2.0
// Read back by Python's own zipfile and tarfile: what the tests call a wheel must be one to the
// world.
#include <tests/support/process.hpp>
#include <tests/support/sample_archive.hpp>
#include <tests/support/temp_folder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;

std::string python(const std::string& program, const std::filesystem::path& archive) {
    const Outcome outcome = run({.program = "python3", .arguments = {"-c", program, archive}});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    return outcome.output;
}

TEST(SampleArchive, WheelIsReadableByOthers) {
    const test::TempFolder folder;
    const auto wheel = write_wheel(folder.path(), {.name = "my-sample", .version = "2.0"});
    EXPECT_EQ(wheel.filename(), "my_sample-2.0-py3-none-any.whl");
    const std::string metadata = python(
        "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None;"
        "print(z.read('my_sample-2.0.dist-info/METADATA').decode())",
        wheel
    );
    EXPECT_THAT(metadata, HasSubstr("Name: my-sample\nVersion: 2.0\n"));
}

TEST(SampleArchive, SdistIsReadableByOthers) {
    const test::TempFolder folder;
    const auto sdist = write_sdist(folder.path(), {.name = "my-sample", .version = "2.0"});
    const std::string metadata = python(
        "import sys, tarfile; t = tarfile.open(sys.argv[1]);"
        "print(t.extractfile('my_sample-2.0/PKG-INFO').read().decode())",
        sdist
    );
    EXPECT_THAT(metadata, HasSubstr("Name: my-sample\nVersion: 2.0\n"));
}

TEST(SampleArchive, HoldsHostileMembersAsTold) {
    const test::TempFolder folder;
    write_tar_gz(
        folder / "evil.tar.gz",
        {{"../climb", "x"},
         {"link", "/etc/passwd", Member::Kind::symbolic_link},
         {"device", "", Member::Kind::device},
         {"bomb", "", Member::Kind::file, 100'000'000}}
    );
    const std::string listing = python(
        "import sys, tarfile\n"
        "for m in tarfile.open(sys.argv[1]): print(m.name, m.type, m.linkname, m.size)",
        folder / "evil.tar.gz"
    );
    EXPECT_THAT(listing, HasSubstr("../climb b'0'"));
    EXPECT_THAT(listing, HasSubstr("link b'2' /etc/passwd"));
    EXPECT_THAT(listing, HasSubstr("device b'3'"));
    EXPECT_THAT(listing, HasSubstr("bomb b'0'  100000000"));
    EXPECT_LT(std::filesystem::file_size(folder / "evil.tar.gz"), 200'000U);
}

TEST(SampleArchive, EncryptsWhenTold) {
    const test::TempFolder folder;
    write_zip(folder / "locked.zip", {{"a", "secret"}}, Packing::encrypted);
    const std::string flag = python(
        "import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).infolist()[0].flag_bits & 1)",
        folder / "locked.zip"
    );
    EXPECT_EQ(flag, "1\n");
}

}  // namespace
}  // namespace heliograph::test_support
