// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/folder.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <unistd.h>

#include <fstream>

namespace heliograph::mirror {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::succeeded;

const MirrorMarker master{.role = MirrorRole::master, .upstream = std::nullopt};
const MirrorMarker mirror_of{.role = MirrorRole::mirror, .upstream = "https://index.example/"};

class Folder : public ::testing::Test {
  protected:
    void write_marker(std::string_view text) const { std::ofstream(path / "mirror.json") << text; }

    test::TempFolder temp;
    fs::path path = temp / "master";
};

TEST_F(Folder, OpensAsItWasMade) {
    ASSERT_TRUE(succeeded(MirrorFolder::init(path, mirror_of)));
    const auto folder = MirrorFolder::open(path);
    ASSERT_TRUE(succeeded(folder));
    EXPECT_EQ(folder->marker().role, MirrorRole::mirror);
    EXPECT_EQ(folder->marker().upstream, "https://index.example/");
    EXPECT_TRUE(succeeded(folder->open_catalog()));
    EXPECT_TRUE(folder->open_blobs()->list().value().empty());
}

TEST_F(Folder, KeepsItsKeysFromOthers) {
    ASSERT_TRUE(succeeded(MirrorFolder::init(path, master)));
    const auto keys = fs::status(path / "keys").permissions();
    EXPECT_EQ(keys & (fs::perms::group_all | fs::perms::others_all), fs::perms::none);
    fs::permissions(path / "keys", fs::perms(0750));
    expect_error(MirrorFolder::open(path), ErrorCode::denied, "chmod 700");
}

TEST_F(Folder, IsRefusedWhenAnybodyMayWriteToIt) {
    ASSERT_TRUE(succeeded(MirrorFolder::init(path, master)));
    fs::permissions(path, fs::perms(0777));
    expect_error(MirrorFolder::open(path), ErrorCode::denied, "chmod o-w");
}

TEST_F(Folder, IsMadeOnceOnly) {
    ASSERT_TRUE(succeeded(MirrorFolder::init(path, master)));
    expect_error(MirrorFolder::init(path, mirror_of), ErrorCode::exists, "not to be a mirror yet");
    EXPECT_EQ(MirrorFolder::open(path).value().marker().role, MirrorRole::master);
}

TEST_F(Folder, IsNotMadeAmongOtherPeoplesFiles) {
    fs::create_directory(path);
    std::ofstream(path / "thesis.txt") << "years of work";
    expect_error(MirrorFolder::init(path, master), ErrorCode::exists, "thesis.txt");
    EXPECT_TRUE(fs::exists(path / "thesis.txt"));
    EXPECT_FALSE(fs::exists(path / "catalog.db"));
}

TEST_F(Folder, IsMadeAfterAnInitThatWasInterrupted) {
    ASSERT_TRUE(succeeded(MirrorFolder::init(path, master)));
    fs::remove(path / "mirror.json");
    expect_error(MirrorFolder::open(path), ErrorCode::not_found, "mirror init");
    EXPECT_TRUE(succeeded(MirrorFolder::init(path, master)));
}

TEST_F(Folder, IsNotFoundWhereThereIsNone) {
    expect_error(MirrorFolder::open(path), ErrorCode::not_found, "mirror init --help");
    fs::create_directory(path);
    expect_error(MirrorFolder::open(path), ErrorCode::not_found, "mirror.json");
    EXPECT_FALSE(MirrorFolder::is_mirror(path));
}

TEST_F(Folder, OfANewerReleaseIsNotTouched) {
    ASSERT_TRUE(succeeded(MirrorFolder::init(path, master)));
    write_marker(R"({"format":"heliograph-mirror-2","role":"master","upstream":null})");
    expect_error(MirrorFolder::open(path), ErrorCode::unsupported, "heliograph-mirror-2");
}

TEST_F(Folder, WithAMarkerOfSomethingElseIsRefused) {
    ASSERT_TRUE(succeeded(MirrorFolder::init(path, master)));
    for (const auto* text : {
             "",
             "[]",
             "{",
             R"({"format":"other-1","role":"master","upstream":null})",
             R"({"format":"heliograph-mirror-1","role":"master","upstream":"https://a.example/"})",
             R"({"format":"heliograph-mirror-1","role":"mirror","upstream":null})",
             R"({"format":"heliograph-mirror-1","role":"mirror","upstream":7})",
             R"({"format":"heliograph-mirror-1","role":"queen","upstream":null})",
             R"({"format":"heliograph-mirror-1","role":"mirror","upstream":"https://a.example/","projects":["../x"]})",
             R"({"format":"heliograph-mirror-1","role":"mirror","upstream":"https://a.example/","evidence":true})",
             R"({"format":"heliograph-mirror-1","role":"mirror","upstream":"https://a.example/","closure":{}})",
             R"({"format":"heliograph-mirror-1","role":"mirror","upstream":"https://a.example/","projects":["x"],"closure":[]})",
             R"({"format":"heliograph-mirror-1","role":"mirror","upstream":"https://a.example/","projects":["x"],"closure":{"x":[1]}})",
             R"({"format":"heliograph-mirror-1","role":"mirror","upstream":"https://a.example/","evidence":"hashes-and-tls","tls-roots":"own"})",
             R"({"format":"heliograph-mirror-1","role":"master","upstream":null,"evidence":"hashes-and-tls","tls-roots":"own","file-hosts":[]})",
             R"({"format":"heliograph-mirror-1","format":"heliograph-mirror-1","role":"master","upstream":null})",
         }) {
        write_marker(text);
        expect_error(MirrorFolder::open(path), ErrorCode::malformed);
    }
}

TEST_F(Folder, IsLockedByOneAtATime) {
    ASSERT_TRUE(succeeded(MirrorFolder::init(path, master)));
    const auto folder = MirrorFolder::open(path).value();
    {
        const auto first = folder.lock();
        ASSERT_TRUE(succeeded(first));
        expect_error(folder.lock(), ErrorCode::conflict, std::to_string(::getpid()));
    }
    EXPECT_TRUE(succeeded(folder.lock()));
}

TEST(MirrorMarker, OfUnknownEvidenceIsRefused) {
    expect_error(
        parse_marker(
            R"({"format":"heliograph-mirror-1","role":"mirror","upstream":"https://a.example/","evidence":"luck","tls-roots":"own","file-hosts":[]})"
        ),
        ErrorCode::unsupported
    );
}

TEST(MirrorMarker, ReadsWhatItWrites) {
    auto of_unsigned = mirror_of;
    of_unsigned.unsigned_terms =
        UnsignedTerms{.roots = TlsRoots::own, .file_hosts = {"files.example:8443"}};
    auto of_some = mirror_of;
    of_some.projects = {"demo", "other"};
    auto of_needed = of_some;
    const auto name = [](std::string_view text) {
        return verify::parse_normalised_name(text).value();
    };
    of_needed.closure = WantedExtras{{name("demo"), {name("fast"), name("slow")}}};
    for (const auto& marker : {master, mirror_of, of_unsigned, of_some, of_needed}) {
        const auto parsed = parse_marker(render_marker(marker));
        ASSERT_TRUE(succeeded(parsed));
        EXPECT_EQ(parsed->role, marker.role);
        EXPECT_EQ(parsed->upstream, marker.upstream);
        EXPECT_EQ(parsed->unsigned_terms, marker.unsigned_terms);
        EXPECT_EQ(parsed->projects, marker.projects);
        EXPECT_EQ(parsed->closure, marker.closure);
    }
}

}  // namespace
}  // namespace heliograph::mirror
