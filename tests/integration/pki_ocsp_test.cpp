// SPDX-License-Identifier: Apache-2.0
// `pki verify --ocsp` as people run it, with the responses that the authority signed ahead.
#include <pki/base/json.hpp>
#include <tests/integration/pki_house.hpp>

#include <set>

namespace heliograph::test_support {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PkiVerifyOcsp : public PkiHouse {
  protected:
    PkiVerifyOcsp() {
        must({"init"});
        m_serial = issue("web");
    }
    std::string issue(const std::string& name) {
        const auto made = parse_json(
            must({"issue", "server", name, "--dns", "localhost", "--json"}), JsonLimits{}
        );
        m_end = made->text_member("not_after").value();
        return made->text_member("serial").value();
    }
    [[nodiscard]] static std::string response_of(const std::string& serial) {
        return "pki/ocsp/" + serial + ".der";
    }
    [[nodiscard]] Outcome verify(std::vector<std::string> more) const {
        std::vector<std::string> arguments{"verify", "pki/issued/web/chain.pem"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return pki(std::move(arguments));
    }
    [[nodiscard]] static std::set<std::string> ids_in(const Outcome& outcome) {
        std::set<std::string> ids;
        const auto document = parse_json(outcome.output, JsonLimits{});
        EXPECT_TRUE(document.has_value()) << outcome.output;
        for (const JsonValue& finding : **document->array_member("findings")) {
            ids.insert(finding.text_member("id").value());
        }
        return ids;
    }

    std::string m_serial;
    std::string m_end;  ///< Of the certificate issued last; its response ends before.
};

TEST_F(PkiVerifyOcsp, AcceptsTheResponseThatWasSignedAhead) {
    const Outcome alone = verify({"--ocsp", response_of(m_serial), "--explain"});
    EXPECT_EQ(alone.exit_code, 0) << alone.errors;
    EXPECT_THAT(
        alone.output,
        AllOf(HasSubstr("held: signature of the OCSP response"), HasSubstr("is not revoked"))
    );
    const Outcome both = verify({"--ocsp", response_of(m_serial), "--crl", "pki/crl.pem"});
    EXPECT_EQ(both.exit_code, 0) << both.errors;
}

TEST_F(PkiVerifyOcsp, SaysWhenAndWhyItWasRevoked) {
    must({"revoke", "web", "--reason", "key-compromise"});
    const Outcome revoked = verify({"--ocsp", response_of(m_serial)});
    EXPECT_EQ(revoked.exit_code, 1);
    EXPECT_THAT(revoked.errors, AllOf(HasSubstr("was revoked at 20"), HasSubstr("key-compromise")));
}

TEST_F(PkiVerifyOcsp, AnswersOverAnOlderAnswerAndNothingElse) {
    tool(
        "openssl",
        {"ocsp",
         "-issuer",
         file("pki/intermediate.crt"),
         "-cert",
         file("pki/issued/web/cert.pem"),
         "-reqout",
         file("request.der")}
    );
    must({"ocsp", "answer", "request.der", "--out", "answer.der"});
    must({"ocsp", "answer", "request.der", "--out", "answer.der"});
    EXPECT_EQ(verify({"--ocsp", "answer.der"}).exit_code, 0);
    put("empty", "");
    for (const std::string& name :
         {std::string("pki/ledger.db"),
          std::string("pki/root.crt"),
          std::string("request.der"),
          std::string("empty"),
          response_of(m_serial)}) {
        const std::string before = content(name);
        const Outcome refused = pki({"ocsp", "answer", "request.der", "--out", name});
        EXPECT_EQ(refused.exit_code, 7) << name;
        EXPECT_THAT(refused.errors, HasSubstr("stays as it is")) << name;
        EXPECT_EQ(content(name), before) << name;
    }
}

TEST_F(PkiVerifyOcsp, EndsWithSixForAStaleOne) {
    const Outcome stale = verify({"--ocsp", response_of(m_serial), "--at", m_end, "--json"});
    EXPECT_EQ(stale.exit_code, 6) << stale.errors;
    EXPECT_THAT(ids_in(stale), ElementsAre("ocsp-stale"));
}

TEST_F(PkiVerifyOcsp, DemandsAResponseAboutTheLeaf) {
    const std::string other = issue("other");
    const Outcome foreign = verify({"--ocsp", response_of(other), "--json"});
    EXPECT_EQ(foreign.exit_code, 4);
    EXPECT_THAT(ids_in(foreign), ElementsAre("ocsp-answer-missing", "ocsp-leaf-unanswered"));
    put("nonsense", "nonsense");
    EXPECT_EQ(verify({"--ocsp", "nonsense"}).exit_code, 1);
    EXPECT_EQ(verify({"--ocsp", "absent"}).exit_code, 3);
}

TEST_F(PkiVerifyOcsp, RefusesTheOldGoodResponseUnderAnotherAuthority) {
    std::filesystem::copy_file(file(response_of(m_serial)), file("kept"));
    std::filesystem::rename(file("pki"), file("old"));
    must({"init"});
    issue("web");
    EXPECT_EQ(verify({"--ocsp", "kept"}).exit_code, 4);
}

}  // namespace
}  // namespace heliograph::test_support
