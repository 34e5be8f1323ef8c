// SPDX-License-Identifier: Apache-2.0
// samples/check_page.cpp with the documents that a real master serves.
#include <tests/integration/household.hpp>
#include <tests/support/places.hpp>
#include <tests/support/plain_client.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;

class CheckPageSample : public ::testing::Test {
  protected:
    void SetUp() override {
        m_house.make_master({m_house.make_wheel()});
        const Serving master = m_house.serve("master");
        save("page", plain_get(master.url(), "/simple/sample/", {{"Accept", "text/html"}}).body);
        save("signature", plain_get(master.url(), "/serversig/sample").body);
        save("chain", plain_get(master.url(), "/serverkey.crt").body);
        save("crl", plain_get(master.url(), "/serverkey.crl").body);
    }

    void save(const std::string& name, const std::string& body) {
        std::ofstream(m_house / name, std::ios::binary) << body;
    }

    Outcome check(const std::string& project) {
        return test_support::run(
            {.program = check_page_program,
             .arguments = {"trust.json", project, "page", "signature", "chain", "crl"},
             .folder = m_house.folder()}
        );
    }

    Household m_house;
};

TEST_F(CheckPageSample, AcceptsWhatAMasterServes) {
    const Outcome outcome = check("sample");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
    EXPECT_THAT(outcome.output, HasSubstr("good: "));
    EXPECT_THAT(outcome.output, HasSubstr("file: sample-1.0-py3-none-any.whl sha256 "));
}

TEST_F(CheckPageSample, RefusesAnAlteredPage) {
    std::string page = read_text(m_house / "page");
    page[page.find("sha256=") + 7] ^= 1;
    save("page", page);
    const Outcome outcome = check("sample");
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.output, HasSubstr("[page-signature-invalid]"));
}

TEST_F(CheckPageSample, RefusesThePageOfAnotherProject) {
    const Outcome outcome = check("other");
    EXPECT_EQ(outcome.exit_code, 1);
    EXPECT_THAT(outcome.output, HasSubstr("[page-name-mismatch]"));
}

TEST_F(CheckPageSample, TellsAMissingFileFromABadOne) {
    std::filesystem::remove(m_house / "signature");
    EXPECT_EQ(check("sample").exit_code, 7);
}

}  // namespace
}  // namespace heliograph::test_support
