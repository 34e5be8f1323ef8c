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

TEST_F(PkiWhoami, AndItsKinAreNotRefusedForDefaultsOfTheFileThatHaveNoUse) {
    put("pki.toml",
        "[whoami]\nrole = \"upload\"\n"
        "[init]\nocsp-url = \"http://ocsp.localhost/\"\n"
        "[issue.client]\narchive = \"all.tar\"\n"
        "[crl]\nif-due = true\n"
        "[trust.install]\nno-system = true\n");
    const auto with_file = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--config", file("pki.toml")});
        return pki(arguments);
    };
    EXPECT_EQ(with_file({"whoami", m_certificate}).exit_code, 0);
    EXPECT_EQ(with_file({"whoami", m_certificate, "--policy", "roles.json"}).exit_code, 1);
    EXPECT_EQ(pki({"whoami", m_certificate, "--role", "upload"}).exit_code, 2) << "typed";
    EXPECT_EQ(
        with_file({"init", "--ephemeral", "--issue", "server:localhost", "--out", "once"})
            .exit_code,
        0
    );
    EXPECT_EQ(with_file({"crl", "--check"}).exit_code, 0);
    EXPECT_EQ(with_file({"issue", "client", "phone"}).exit_code, 0);
    EXPECT_EQ(pki({"issue", "client", "pad", "--archive", "all.tar"}).exit_code, 2) << "typed";
    const Outcome nothing_left = with_file({"trust", "install", "--no-nss"});
    EXPECT_EQ(nothing_left.exit_code, 2) << "the system's store is left alone as the file says";
    EXPECT_THAT(nothing_left.errors, HasSubstr("--no-system"));
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
