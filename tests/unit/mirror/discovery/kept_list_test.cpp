// SPDX-License-Identifier: Apache-2.0
#include <mirror/discovery/kept_list_file.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

KeptList sample_kept(std::uint64_t serial) {
    return {
        .list =
            {.source = "https://one.example/mirrors.json",
             .document = to_bytes("list " + std::to_string(serial)),
             .signature = to_bytes("signature"),
             .chain_pem = to_bytes("chain"),
             .revocation_pem = std::nullopt},
        .etag = "\"tag\"",
        .confirmed = parse_rfc3339("2026-01-02T03:04:05Z").value(),
        .serial = serial};
}

TEST(KeptListFile, GivesBackTheNewestOfAllRoots) {
    const test::TempFolder folder;
    const auto old_root = folder / "lists/old.json";
    const auto new_root = folder / "lists/new.json";
    ASSERT_TRUE(test::succeeded(save_kept_list({old_root}, sample_kept(3))));
    ASSERT_TRUE(test::succeeded(save_kept_list({old_root, new_root}, sample_kept(4))));
    EXPECT_EQ(load_kept_list({new_root}).value(), sample_kept(4));
    EXPECT_EQ(load_kept_list({folder / "lists/none.json", old_root}).value(), sample_kept(4));
    EXPECT_EQ(load_kept_list({folder / "lists/none.json"}).value(), std::nullopt);
}

TEST(KeptListFile, NeverGoesBack) {
    const test::TempFolder folder;
    const auto file = folder / "lists/one.json";
    ASSERT_TRUE(test::succeeded(save_kept_list({file}, sample_kept(4))));
    ASSERT_TRUE(test::succeeded(save_kept_list({file}, sample_kept(3))));
    EXPECT_EQ(load_kept_list({file}).value(), sample_kept(4));
}

TEST(KeptListFile, RefusesDamageInPlaceOfForgetting) {
    const test::TempFolder folder;
    const auto file = folder / "one.json";
    for (const char* bad :
         {"",
          "{}",
          "null",
          R"({"format":"heliograph-kept-list-1","source":"x","etag":"","confirmed":"never"})"}) {
        ASSERT_TRUE(write_file_atomically(file, bytes_of(bad)));
        heliograph::test::expect_error(
            load_kept_list({file}), ErrorCode::malformed, "remove it to start anew"
        );
    }
}

TEST(KeptList, IsOneOfARootAndAnIndex) {
    const auto root = pki::sha256(bytes_of("root"));
    const auto other = pki::sha256(bytes_of("other"));
    EXPECT_NE(kept_list_name(root, "a"), kept_list_name(root, "b"));
    EXPECT_NE(kept_list_name(root, "a"), kept_list_name(other, "a"));
    EXPECT_EQ(kept_list_name(root, "../../etc").find('/'), std::string::npos);
}

TEST(KeptList, KeepsNoEntityTagThatItWouldNotReadBack) {
    auto kept = sample_kept(1);
    for (const std::string& etag :
         {std::string(), std::string("\"abc\""), std::string(1024, 'x')}) {
        EXPECT_TRUE(may_be_kept(etag));
        kept.etag = etag;
        EXPECT_EQ(parse_kept_list(render_kept_list(kept)).value(), kept);
    }
    for (const std::string& etag :
         {std::string(1025, 'x'), std::string(400, '\xff'), std::string("a\nb")}) {
        EXPECT_FALSE(may_be_kept(etag));
    }
}

TEST(KeptList, RefusesPartsOverTheirLimit) {
    auto kept = sample_kept(1);
    kept.list.signature = Bytes(5000);
    heliograph::test::expect_error(parse_kept_list(render_kept_list(kept)), ErrorCode::too_large);
}

}  // namespace
}  // namespace heliograph::mirror
