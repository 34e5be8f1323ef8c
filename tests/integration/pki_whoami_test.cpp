// SPDX-License-Identifier: Apache-2.0
// `pki whoami` as people run it.
#include <pki/base/json.hpp>
#include <tests/integration/pki_house.hpp>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;

class PkiWhoami : public PkiHouse {
  protected:
    PkiWhoami() {
        must({"init"});
        must({"issue", "client", "laptop"});
        put("roles.json",
            R"({"format": "heliograph-roles-1", "rules": [
                {"prefix": "spiffe://heliograph/client/", "roles": ["read"]},
                {"uri": "spiffe://heliograph/client/laptop", "roles": ["upload:wheel"]}]})");
    }

    const std::string m_certificate = "pki/issued/laptop/cert.pem";
};

TEST_F(PkiWhoami, ShowsIdentityAndRoles) {
    const std::string shown = must({"whoami", m_certificate, "--policy", "roles.json"});
    EXPECT_THAT(shown, HasSubstr("identity: spiffe://heliograph/client/laptop\n"));
    EXPECT_THAT(shown, HasSubstr("roles:    read, upload:wheel\n"));
    const auto document = parse_json(
        must({"whoami", m_certificate, "--policy", "roles.json", "--json"}), JsonLimits{}
    );
    ASSERT_TRUE(document.has_value());
    EXPECT_EQ((*document->array_member("roles"))->size(), 2U);
}

TEST_F(PkiWhoami, KeepsTheKeyOverARenewal) {
    const auto key_of = [this] {
        const auto document = parse_json(must({"whoami", m_certificate, "--json"}), JsonLimits{});
        return document->text_member("key").value();
    };
    const std::string before = key_of();
    must({"renew", "laptop"});
    EXPECT_EQ(key_of(), before);
    must({"rekey", "laptop"});
    EXPECT_NE(key_of(), before);
}

TEST_F(PkiWhoami, EndsByCause) {
    const std::vector<std::string> start{"whoami", m_certificate, "--policy", "roles.json"};
    const auto with = [&start](std::vector<std::string> more) {
        more.insert(more.begin(), start.begin(), start.end());
        return more;
    };
    EXPECT_EQ(pki(with({"--role", "read"})).exit_code, 0);
    const Outcome refused = pki(with({"--role", "upload"}));
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.errors, HasSubstr("saw one with read, upload:wheel"));
    const Outcome nobody = pki({"whoami", "pki/root.crt"});
    EXPECT_EQ(nobody.exit_code, 4);
    EXPECT_THAT(nobody.errors, HasSubstr("no client certificate"));
    EXPECT_EQ(pki({"whoami", "absent"}).exit_code, 3);
    put("roles.json", "{}");
    EXPECT_EQ(pki(start).exit_code, 7) << "the server's own file";
}

}  // namespace
}  // namespace heliograph::test_support
