// SPDX-License-Identifier: Apache-2.0
// `mirror audit` over real TLS, as an operator runs it against somebody's mirror.
#include <pki/base/json.hpp>
#include <tests/integration/household.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class AuditProgram : public ::testing::Test {
  protected:
    AuditProgram() {
        m_wheel = m_house.make_wheel({.version = "1.0"});
        m_house.make_master({m_wheel});
        m_master.emplace(m_house.serve("master"));
        m_house.make_mirror("copy", m_master->url());
        m_house.must("mirror", {"sync", "--dir", "copy"});
        m_copy.emplace(m_house.serve("copy"));
    }

    Outcome audit(std::vector<std::string> more) {
        std::vector<std::string> words{"audit", m_copy->url(), "--trust", "master/trust.json"};
        words.insert(words.end(), more.begin(), more.end());
        return m_house.run("mirror", std::move(words));
    }

    /// Turns a bit of the wheel on the disk of the mirror.
    void alter_the_stored_wheel() {
        const std::string content = read_text(m_wheel);
        for (const auto& entry : fs::recursive_directory_iterator(m_house / "copy")) {
            if (entry.is_regular_file() && fs::file_size(entry) == content.size() &&
                read_text(entry) == content) {
                fs::permissions(entry, fs::perms::owner_write, fs::perm_options::add);
                std::fstream file(entry.path(), std::ios::binary | std::ios::in | std::ios::out);
                file.put(static_cast<char>(content.front() ^ 1));
                return;
            }
        }
        FAIL() << "the mirror does not store the wheel";
    }

    Household m_house;
    fs::path m_wheel;
    std::optional<Serving> m_master;
    std::optional<Serving> m_copy;
};

TEST_F(AuditProgram, FindsNothingAgainstAFaithfulMirror) {
    const Outcome outcome = audit({"--master", m_master->url()});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    EXPECT_THAT(
        outcome.output,
        HasSubstr("1 project listed, 1 page, 1 file and 1 metadata text checked, 0 findings")
    );
}

TEST_F(AuditProgram, NamesAnAlteredFileInEveryKindOfReport) {
    alter_the_stored_wheel();
    const Outcome outcome = audit({"--json", "--sarif", "audit.sarif"});
    EXPECT_EQ(outcome.exit_code, 1);
    const std::string name = m_wheel.filename();
    EXPECT_THAT(
        outcome.errors, HasSubstr(name + ": expected sha256 " + sha256_hex(read_text(m_wheel)))
    );
    EXPECT_THAT(outcome.errors, HasSubstr(m_copy->url()));
    const auto document = parse_json(outcome.output, JsonLimits{});
    ASSERT_TRUE(document);
    EXPECT_EQ((*document->array_member("findings"))->size(), 1U);
    const auto sarif = parse_json(read_text(m_house / "audit.sarif"), JsonLimits{});
    ASSERT_TRUE(sarif);
    EXPECT_EQ(sarif->text_member("version").value(), "2.1.0");
    EXPECT_THAT(read_text(m_house / "audit.sarif"), HasSubstr("file-hash-mismatch"));
}

TEST_F(AuditProgram, TellsWhatTheMasterWithdrewAndTheMirrorStillServes) {
    m_house.must("mirror", {"add", "--dir", "master", m_house.make_wheel({.version = "1.1"})});
    m_house.must("mirror", {"remove", "--dir", "master", m_wheel.filename()});
    const Outcome outcome = audit({"--master", m_master->url()});
    EXPECT_EQ(outcome.exit_code, 6);
    EXPECT_THAT(
        outcome.errors,
        AllOf(
            HasSubstr("expected serial 7, as its master has, saw serial 4"),
            HasSubstr("[removed-file-served]"),
            HasSubstr(m_copy->url())
        )
    );
}

TEST_F(AuditProgram, AsksByHttpsOnly) {
    const Outcome outcome = m_house.run("mirror", {"audit", "http://127.0.0.1:1/"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_THAT(outcome.errors, HasSubstr("https"));
}

}  // namespace
}  // namespace heliograph::test_support
