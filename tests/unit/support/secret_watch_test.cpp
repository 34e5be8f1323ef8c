// SPDX-License-Identifier: Apache-2.0
#include <tests/support/secret_watch.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/support/test_authority.hpp>

#include <gtest/gtest.h>

#include <fstream>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;

TEST(SecretWatch, FindsAKeyInEveryFormAndNothingElse) {
    const test::TempFolder folder;
    const TlsIdentity identity = TestAuthority().issue();
    std::ofstream(folder / "key.pem") << identity.key_pem;
    std::ofstream(folder / "cert.pem") << identity.chain_pem;
    const auto secrets = secrets_below(folder.path());
    ASSERT_GE(secrets.size(), 5U);  // two lines or more, two spellings of hex, base64
    for (const std::string& secret : secrets) {
        EXPECT_EQ(leaks_in("log: " + secret + "!", secrets).size(), 1U);
    }
    EXPECT_FALSE(leaks_in(identity.key_pem, secrets).empty());
    EXPECT_TRUE(leaks_in(identity.chain_pem, secrets).empty());
}

TEST(SecretWatch, FindsAKeyFileThatOthersMayRead) {
    const test::TempFolder folder;
    std::ofstream(folder / "key.pem") << TestAuthority().issue().key_pem;
    fs::permissions(folder / "key.pem", fs::perms(0640));
    EXPECT_EQ(exposed_keys_below(folder.path()).size(), 1U);
    fs::permissions(folder / "key.pem", fs::perms(0600));
    EXPECT_TRUE(exposed_keys_below(folder.path()).empty());
}

}  // namespace
}  // namespace heliograph::test_support
