// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/trust_state_file.hpp>
#include <pki/base/file.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

verify::ProjectName name(std::string_view text) {
    return verify::parse_project_name(text).value();
}

TEST(TrustStateFile, IsEmptyBeforeTheFirstRun) {
    const test::TempFolder folder;
    EXPECT_TRUE(load_trust_state({folder / "none.json"})->serials().empty());
}

TEST(TrustStateFile, KeepsWhatAnotherProcessLearnt) {
    const test::TempFolder folder;
    const auto path = folder.path() / "state" / "serials.json";
    verify::TrustState first;
    first.remember(name("a"), verify::Serial{5});
    ASSERT_TRUE(test::succeeded(save_trust_state({path}, first)));
    verify::TrustState second;
    second.remember(name("a"), verify::Serial{4});
    second.remember(name("b"), verify::Serial{1});
    ASSERT_TRUE(test::succeeded(save_trust_state({path}, second)));
    const auto stored = load_trust_state({path});
    ASSERT_TRUE(test::succeeded(stored));
    EXPECT_EQ(stored->seen(name("a")), verify::Serial{5});
    EXPECT_EQ(stored->seen(name("b")), verify::Serial{1});
}

TEST(TrustStateFile, DoesNotTakeADamagedFileForAnEmptyOne) {
    const test::TempFolder folder;
    const auto path = folder / "serials.json";
    ASSERT_TRUE(write_file_atomically(path, bytes_of("{")));
    EXPECT_FALSE(load_trust_state({path}));
    EXPECT_FALSE(save_trust_state({path}, {}));
    EXPECT_EQ(text_of(read_file(path, 10).value()), "{");
}

TEST(TrustStateFile, OutlivesAChangeOfRoots) {
    const test::TempFolder folder;
    const auto old_root = folder / "old.json";
    const auto new_root = folder / "new.json";
    verify::TrustState seen;
    seen.remember(name("a"), verify::Serial{5});
    ASSERT_TRUE(test::succeeded(save_trust_state({old_root}, seen)));
    EXPECT_EQ(load_trust_state({new_root, old_root}).value(), seen);
    EXPECT_TRUE(load_trust_state({new_root})->serials().empty());

    verify::TrustState learnt;  // Of another project, while both roots are trusted.
    learnt.remember(name("b"), verify::Serial{7});
    ASSERT_TRUE(test::succeeded(save_trust_state({old_root, new_root}, learnt)));
    for (const auto& root : {old_root, new_root}) {
        const auto stored = load_trust_state({root});
        ASSERT_TRUE(test::succeeded(stored));
        EXPECT_EQ(stored->seen(name("a")), verify::Serial{5});
        EXPECT_EQ(stored->seen(name("b")), verify::Serial{7});
    }
}

TEST(TrustStateFile, ADamagedFileOfOneRootIsNotPassedOver) {
    const test::TempFolder folder;
    const auto damaged = folder / "old.json";
    ASSERT_TRUE(write_file_atomically(damaged, bytes_of("{")));
    EXPECT_FALSE(load_trust_state({folder / "new.json", damaged}));
    EXPECT_FALSE(save_trust_state({folder / "new.json", damaged}, {}));
}

}  // namespace
}  // namespace heliograph::mirror
