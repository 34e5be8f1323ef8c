// SPDX-License-Identifier: Apache-2.0
// Which files of a page a filter keeps, and the form in which a marker holds it.
#include <mirror/store/file_filter_form.hpp>
#include <tests/support/expect_error.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using Names = std::vector<std::string>;

const Instant now{std::chrono::hours(1000)};

verify::PageFile file(const std::string& name, std::uint64_t size_bytes = 10) {
    return {
        .name = verify::parse_dist_file_name(name).value(),
        .sha256 = pki::sha256(bytes_of(name)),
        .size_bytes = size_bytes,
        .upload_time = now - std::chrono::hours(100),
        .requires_python = {},
        .yanked = {},
        .core_metadata = {}};
}

verify::ProjectPage page_of(const Names& names) {
    verify::ProjectPage page{
        .name = verify::parse_normalised_name("demo").value(), .serial = {1}, .files = {}};
    for (const auto& name : names) {
        verify::add_file(page, file(name));
    }
    return page;
}

Names kept(const FileFilter& filter, const verify::ProjectPage& page) {
    Names names;
    const auto decisions = decide_files(filter, page, now);
    for (std::size_t at = 0; at < decisions.size(); ++at) {
        if (!decisions[at].left_out) {
            names.push_back(page.files[at].name.text());
        }
    }
    return names;
}

FileFilter read(const std::string& text) {
    return parse_file_filter(parse_json(text, {}).value()).value();
}

TEST(FileFilter, OfNothingKeepsEverything) {
    EXPECT_TRUE(FileFilter{}.is_everything());
    EXPECT_EQ(mark_of({}), "");
    EXPECT_EQ(kept({}, page_of({"demo-1.0.tar.gz"})), Names{"demo-1.0.tar.gz"});
}

TEST(FileFilter, KeepsTheVersionsThatAnySpecifierOfTheProjectAccepts) {
    const auto page = page_of({"demo-1.0.tar.gz", "demo-2.0.tar.gz", "demo-3.0.tar.gz"});
    EXPECT_EQ(
        kept(read(R"({"specifiers":{"demo":["<2","==3.*"]}})"), page),
        (Names{"demo-1.0.tar.gz", "demo-3.0.tar.gz"})
    );
    EXPECT_EQ(kept(read(R"({"specifiers":{"other":["<2"]}})"), page).size(), 3U);
}

TEST(FileFilter, KeepsTheNewestFinalReleasesAndPreReleasesOnlyWhereThereIsNothingElse) {
    const auto filter = read(R"({"latest":2})");
    EXPECT_EQ(
        kept(
            filter,
            page_of(
                {"demo-1.0.tar.gz", "demo-2.0.tar.gz", "demo-10.0.tar.gz", "demo-11.0rc1.tar.gz"}
            )
        ),
        (Names{"demo-2.0.tar.gz", "demo-10.0.tar.gz"})
    );
    EXPECT_EQ(
        kept(filter, page_of({"demo-1.0a1.tar.gz", "demo-1.0a2.tar.gz", "demo-1.0a3.tar.gz"})),
        (Names{"demo-1.0a2.tar.gz", "demo-1.0a3.tar.gz"})
    );
}

TEST(FileFilter, CountsNoYankedReleaseUnlessAllAreYanked) {
    const auto filter = read(R"({"latest":1})");
    auto page = page_of({"demo-1.0.tar.gz", "demo-2.0.tar.gz"});
    auto whole = file("demo-3.0.tar.gz");
    whole.yanked = "does not start";
    verify::add_file(page, whole);
    EXPECT_EQ(kept(filter, page), Names{"demo-2.0.tar.gz"});
    auto half = file("demo-3.0-py3-none-any.whl");
    verify::add_file(page, half);
    EXPECT_EQ(kept(filter, page).size(), 2U) << "a release of which something is offered counts";
    for (auto& one : page.files) {
        one.yanked = "";
    }
    EXPECT_EQ(kept(filter, page).size(), 2U);
    auto early = page_of({"demo-4.0rc1.tar.gz"});
    verify::add_file(early, whole);
    EXPECT_EQ(kept(filter, early), Names{"demo-4.0rc1.tar.gz"}) << "rather than what is yanked";
}

TEST(FileFilter, CountsReleasesOfWhichTheOtherConditionsLeaveAnything) {
    EXPECT_EQ(
        kept(
            read(R"({"latest":1,"file-type":"wheel"})"),
            page_of({"demo-1.0-py3-none-any.whl", "demo-2.0.tar.gz"})
        ),
        Names{"demo-1.0-py3-none-any.whl"}
    );
}

TEST(FileFilter, KeepsWheelsForThePlatformsAndAlwaysThoseForAny) {
    EXPECT_EQ(
        kept(
            read(R"({"platforms":["manylinux*_x86_64"]})"),
            page_of(
                {"demo-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
                 "demo-1.0-cp311-cp311-manylinux_2_17_aarch64.whl",
                 "demo-1.0-cp311-cp311-win_amd64.whl",
                 "demo-1.0-py3-none-any.whl",
                 "demo-1.0.tar.gz"}
            )
        ),
        (Names{
            "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
            "demo-1.0-py3-none-any.whl",
            "demo-1.0.tar.gz"})
    );
}

TEST(FileFilter, KeepsWheelsForThePythonsByTagAndByTagWithAbi) {
    EXPECT_EQ(
        kept(
            read(R"({"python-tags":["cp311","cp3*-abi3","py3"]})"),
            page_of(
                {"demo-1.0-cp311-cp311-linux_x86_64.whl",
                 "demo-1.0-cp310-cp310-linux_x86_64.whl",
                 "demo-1.0-cp38-abi3-linux_x86_64.whl",
                 "demo-1.0-py2.py3-none-any.whl"}
            )
        ),
        (Names{
            "demo-1.0-cp311-cp311-linux_x86_64.whl",
            "demo-1.0-cp38-abi3-linux_x86_64.whl",
            "demo-1.0-py2.py3-none-any.whl"})
    );
}

TEST(FileFilter, LeavesOutWhatIsTooLargeOrOfAnUnknownSize) {
    auto page = page_of({"demo-1.0.tar.gz"});
    verify::add_file(page, file("demo-2.0.tar.gz", 11));
    auto unknown = file("demo-3.0.tar.gz");
    unknown.size_bytes.reset();
    verify::add_file(page, unknown);
    EXPECT_EQ(kept(read(R"({"most-bytes":10})"), page), Names{"demo-1.0.tar.gz"});
}

TEST(FileFilter, LeavesOutWhatIsTooYoungOrOfAnUnknownAgeAndSaysUntilWhen) {
    auto page = page_of({"demo-1.0.tar.gz"});
    auto young = file("demo-2.0.tar.gz");
    young.upload_time = now - std::chrono::seconds(10);
    verify::add_file(page, young);
    auto unknown = file("demo-3.0.tar.gz");
    unknown.upload_time.reset();
    verify::add_file(page, unknown);
    const auto filter = read(R"({"least-age-seconds":60})");
    const auto left_out = left_out_of(filter, page, now);
    ASSERT_EQ(left_out.size(), 2U);
    EXPECT_EQ(left_out[0].ripe, now + std::chrono::seconds(50));
    EXPECT_EQ(left_out[1].ripe, std::nullopt);
    EXPECT_EQ(left_out_of(filter, page, now + std::chrono::seconds(50)).size(), 1U);
}

TEST(FileFilter, KeepsOfALockedProjectItsLockedFilesAlone) {
    const auto page = page_of({"demo-1.0.tar.gz", "demo-1.0-py3-none-any.whl"});
    const auto locked = pki::sha256(bytes_of("demo-1.0.tar.gz")).to_hex();
    EXPECT_EQ(
        kept(read(R"({"locked":{"demo":[")" + locked + R"("]}})"), page), Names{"demo-1.0.tar.gz"}
    );
    EXPECT_EQ(kept(read(R"({"locked":{"other":[]}})"), page).size(), 2U);
}

TEST(FileFilter, KeepsOfALockedProjectWhatTheLockAndTheSpecifiersBothName) {
    const auto page = page_of({"demo-1.0.tar.gz", "demo-2.0.tar.gz", "demo-3.0.tar.gz"});
    const auto first = pki::sha256(bytes_of("demo-1.0.tar.gz")).to_hex();
    const std::string lock =
        R"("locked":{"demo":[")" + first + R"("]},"locked-versions":{"demo":["==2.*"]})";
    EXPECT_EQ(kept(read("{" + lock + "}"), page), (Names{"demo-1.0.tar.gz", "demo-2.0.tar.gz"}))
        << "a file by its hash, or by its version where the lock states none";
    EXPECT_EQ(
        kept(read("{" + lock + R"(,"specifiers":{"demo":[">=2"]}})"), page),
        Names{"demo-2.0.tar.gz"}
    );
    EXPECT_EQ(kept(read(R"({"locked-versions":{"demo":["==2.*"]}})"), page).size(), 1U);
    EXPECT_EQ(kept(read(R"({"locked-versions":{"other":["==2.*"]}})"), page).size(), 3U);
}

TEST(FileFilter, HasOneFormAndOneMark) {
    const std::string text =
        R"({"locked":{"demo":[]},"locked-versions":{"demo":["==2.*"]},"specifiers":{"demo":[">=1"]},"file-type":"sdist",)"
        R"("platforms":["any"],"python-tags":["py3"],"most-bytes":1,"least-age-seconds":2,"latest":3})";
    EXPECT_EQ(render_json(json_of_file_filter(read(text))), text);
    EXPECT_NE(mark_of(read(R"({"latest":3})")), mark_of(read(R"({"latest":4})")));
}

TEST(FileFilter, OfAHostileMarkerIsRefused) {
    for (const auto* text :
         {R"([])",
          R"({"latest":0})",
          R"({"latest":-1})",
          R"({"latest":"3"})",
          R"({"most-bytes":-1})",
          R"({"least-age-seconds":99999999999})",
          R"({"file-type":"egg"})",
          R"({"platforms":["../x"]})",
          R"({"platforms":[""]})",
          R"({"python-tags":"py3"})",
          R"({"specifiers":{"demo":["=>1"]}})",
          R"({"specifiers":{"De_mo":["1"]}})",
          R"({"locked-versions":[]})",
          R"({"locked-versions":{"demo":"==1"}})",
          R"({"locked":{"demo":["ab"]}})"}) {
        expect_error(parse_file_filter(parse_json(text, {}).value()), ErrorCode::malformed);
    }
    expect_error(
        parse_file_filter(parse_json(R"({"least-ages":1})", {}).value()), ErrorCode::unsupported
    );
    expect_error(parse_tag_pattern(std::string(65, 'a')), ErrorCode::too_large);
}

TEST(TagPattern, TakesTimeLinearInBothWhateverItsStars) {
    const auto pattern = parse_tag_pattern(std::string(32, '*') + std::string(31, 'a')).value();
    EXPECT_FALSE(pattern.matches(std::string(4000, 'a') + "b"));
    EXPECT_TRUE(pattern.matches(std::string(4000, 'a')));
    EXPECT_TRUE(parse_tag_pattern("*").value().matches(""));
}

}  // namespace
}  // namespace heliograph::mirror
