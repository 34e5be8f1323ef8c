// SPDX-License-Identifier: Apache-2.0
// Keys of end certificates as people keep them: under a passphrase, each for one use.
#include <pki/authority/authority.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <tests/integration/pki_house.hpp>

#include <regex>

namespace heliograph::test_support {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class PkiKey : public PkiHouse {
  protected:
    PkiKey() {
        must({"init"});
        put("secret", "horse battery\n");
        put("wrong", "donkey battery\n");
    }
    [[nodiscard]] std::string key_file(const std::string& name) const {
        return content("pki/issued/" + name + "/key.pem");
    }
    void expect_encrypted(const std::string& name) const {
        for (const std::string part : {"key.pem", "bundle.pem"}) {
            EXPECT_THAT(
                content("pki/issued/" + name + "/" + part),
                AllOf(HasSubstr("BEGIN ENCRYPTED PRIVATE KEY"), Not(HasSubstr("BEGIN PRIVATE KEY")))
            ) << part;
        }
    }
    /// The public key that the openssl command finds in a key file.
    [[nodiscard]] std::string public_key(const std::string& key) const {
        return tool(
                   "openssl",
                   {"pkey", "-in", file(key), "-passin", "file:" + file("secret"), "-pubout"}
        )
            .output;
    }
    [[nodiscard]] std::string certified_key(const std::string& name) const {
        return tool(
                   "openssl",
                   {"x509", "-in", file("pki/issued/" + name + "/cert.pem"), "-pubkey", "-noout"}
        )
            .output;
    }
    void request(const std::string& key, const std::string& passphrase = "none") const {
        tool(
            "openssl",
            {"req",
             "-new",
             "-key",
             file(key),
             "-passin",
             passphrase == "none" ? "pass:" : "file:" + file(passphrase),
             "-config",
             "/dev/null",
             "-subj",
             "/CN=borrowed",
             "-addext",
             "subjectAltName=DNS:localhost",
             "-out",
             file("borrowed.csr")}
        );
    }
    [[nodiscard]] std::string listed() const { return must({"list"}); }
};

TEST_F(PkiKey, IsEncryptedOnRequestSoThatOpensslOpensIt) {
    const Outcome made = pki({"issue", "server", "localhost", "--key-passphrase-file", "secret"});
    EXPECT_EQ(made.exit_code, 0) << made.errors;
    EXPECT_THAT(
        made.output,
        AllOf(
            HasSubstr("its key is encrypted"),
            HasSubstr("pki export pem localhost"),
            Not(HasSubstr("mirror serve --tls"))
        )
    ) << "a server could not open it by itself";
    expect_encrypted("localhost");
    EXPECT_EQ(public_key("pki/issued/localhost/key.pem"), certified_key("localhost"));
    const std::string shown =
        tool("openssl", {"asn1parse", "-in", file("pki/issued/localhost/key.pem")}).output;
    EXPECT_THAT(shown, AllOf(HasSubstr("PBES2"), HasSubstr("scrypt"), HasSubstr("aes-256-cbc")));
}

TEST_F(PkiKey, IsStretchedByPbkdf2ForProgramsWithoutScrypt) {
    must({"issue", "client", "laptop", "--key-passphrase-file", "secret", "--key-kdf", "pbkdf2"});
    must(
        {"export",
         "pem",
         "laptop",
         "-o",
         "laptop.pem",
         "--kdf",
         "pbkdf2",
         "--passphrase-file",
         "secret",
         "--key-passphrase-file",
         "secret"}
    );
    for (const std::string written : {"pki/issued/laptop/key.pem", "laptop.pem"}) {
        const std::string shown = tool("openssl", {"asn1parse", "-in", file(written)}).output;
        EXPECT_THAT(shown, AllOf(HasSubstr("PBKDF2"), Not(HasSubstr("scrypt")))) << written;
        EXPECT_EQ(public_key(written), certified_key("laptop"));
    }
    EXPECT_EQ(pki({"rekey", "laptop", "--key-kdf", "md5"}).exit_code, 2);
    EXPECT_EQ(pki({"issue", "client", "phone", "--key-kdf", "pbkdf2"}).exit_code, 2);
    EXPECT_EQ(pki({"export", "pem", "laptop", "--kdf", "pbkdf2", "-o", "no.pem"}).exit_code, 2);
}

TEST_F(PkiKey, ThatOthersHaveIsNotCertifiedAnew) {
    must({"issue", "client", "laptop"});
    const auto rows = parse_json(must({"list", "--json"}), JsonLimits{});
    ASSERT_TRUE(rows.has_value());
    const std::string serial =
        rows->array_member("certificates").value()->back().text_member("serial").value();
    must({"renew", "laptop"});
    must({"revoke", serial, "--reason", "key-compromise"});
    const Outcome again = pki({"renew", "laptop"});
    EXPECT_EQ(again.exit_code, 1);
    EXPECT_THAT(again.errors, AllOf(HasSubstr("others have that key"), HasSubstr("pki rekey")));
    must({"rekey", "laptop"});
}

TEST_F(PkiKey, OfEveryOneInAListIsEncrypted) {
    put("names.jsonl",
        "{\"name\":\"a\",\"dns\":[\"a.localhost\"]}\n{\"name\":\"b\",\"dns\":[\"b.localhost\"]}\n");
    must({"issue", "server", "--from", "names.jsonl", "--key-passphrase-file", "secret"});
    expect_encrypted("a");
    expect_encrypted("b");
    EXPECT_EQ(public_key("pki/issued/b/key.pem"), certified_key("b"));
}

TEST_F(PkiKey, StaysAsItLiesWhenACertificateIsRenewed) {
    must({"issue", "client", "laptop", "--key-passphrase-file", "secret"});
    const std::string before = key_file("laptop");
    must({"renew", "laptop"});
    EXPECT_EQ(key_file("laptop"), before);
    expect_encrypted("laptop");
    must({"renew", "laptop", "--key-passphrase-file", "secret"});
    EXPECT_EQ(key_file("laptop"), before);
    EXPECT_EQ(public_key("pki/issued/laptop/key.pem"), certified_key("laptop"));
    const Outcome wrong = pki({"renew", "laptop", "--key-passphrase-file", "wrong"});
    EXPECT_EQ(wrong.exit_code, 7);
    EXPECT_THAT(wrong.errors, HasSubstr("passphrase of this private key"));
}

TEST_F(PkiKey, OfARekeyIsNotInTheClearWhereTheOldOneWasNot) {
    must({"issue", "client", "laptop", "--key-passphrase-file", "secret"});
    must({"issue", "client", "phone"});
    const std::string before = listed();
    const std::string place = file("pki/issued/phone/key.pem");
    std::filesystem::permissions(place, std::filesystem::perms(0644));
    const Outcome open_to_all = pki({"rekey", "phone"});
    EXPECT_EQ(open_to_all.exit_code, 7) << "nobody may look whether it is encrypted by now";
    EXPECT_THAT(open_to_all.errors, HasSubstr("chmod"));
    const Outcome clear = pki({"rekey", "laptop"});
    EXPECT_EQ(clear.exit_code, 2);
    EXPECT_THAT(clear.errors, HasSubstr("--key-passphrase-file"));
    EXPECT_EQ(listed(), before);
    const std::string old = key_file("laptop");
    must({"rekey", "laptop", "--key-passphrase-file", "secret"});
    EXPECT_NE(key_file("laptop"), old);
    expect_encrypted("laptop");
    EXPECT_EQ(public_key("pki/issued/laptop/key.pem"), certified_key("laptop"));
}

TEST_F(PkiKey, ThatCannotBeLookedAtIsNotTakenForOneInTheClear) {
    must({"issue", "client", "laptop"});
    must({"issue", "client", "tablet", "--key-passphrase-file", "secret"});
    const std::string place = "pki/issued/laptop/key.pem";
    tool(
        "openssl",
        {"pkey",
         "-traditional",
         "-aes256",
         "-in",
         file(place),
         "-passout",
         "file:" + file("secret"),
         "-out",
         file("older.pem")}
    );
    const std::string older = content("older.pem");
    EXPECT_THAT(older, AllOf(HasSubstr("BEGIN EC PRIVATE KEY"), HasSubstr("Proc-Type")));
    const std::string of_rsa = std::regex_replace(older, std::regex("EC PRIVATE"), "RSA PRIVATE");
    const std::string before = listed();
    for (const std::string& text :
         {older, of_rsa, std::string("-----BEGIN PRIVATE KEY-----\nAAAA\n"), std::string("key")}) {
        put(place, text);
        const Outcome refused = pki({"rekey", "laptop"});
        EXPECT_NE(refused.exit_code, 0) << text;
        EXPECT_THAT(refused.errors, HasSubstr("--key-passphrase-file")) << text;
        EXPECT_NE(pki({"renew", "laptop"}).exit_code, 0) << text;
    }
    std::filesystem::remove(file(place));
    put("pki/issued/laptop/bundle.pem", key_file("tablet"));
    EXPECT_EQ(pki({"rekey", "laptop"}).exit_code, 2) << "the bundle tells how it was kept";
    EXPECT_EQ(listed(), before);
    must({"rekey", "laptop", "--key-passphrase-file", "secret"});
    expect_encrypted("laptop");
}

TEST_F(PkiKey, OtherThanInTheBundleIsKeptByNoRenewalThatDoesNotOpenIt) {
    must({"issue", "client", "laptop", "--key-passphrase-file", "secret"});
    must({"issue", "client", "tablet", "--key-passphrase-file", "secret"});
    const std::string bundle = content("pki/issued/laptop/bundle.pem");
    const std::string own = key_file("laptop");
    put("pki/issued/laptop/key.pem", key_file("tablet"));
    const Outcome unchecked = pki({"renew", "laptop"});
    EXPECT_EQ(unchecked.exit_code, 7);
    EXPECT_THAT(unchecked.errors, HasSubstr("--key-passphrase-file"));
    EXPECT_EQ(content("pki/issued/laptop/bundle.pem"), bundle);
    const Outcome checked = pki({"renew", "laptop", "--key-passphrase-file", "secret"});
    EXPECT_EQ(checked.exit_code, 7);
    EXPECT_THAT(checked.errors, HasSubstr("saw another key"));
    EXPECT_EQ(content("pki/issued/laptop/bundle.pem"), bundle);
    put("pki/issued/laptop/key.pem", own);
    must({"renew", "laptop"});
}

TEST_F(PkiKey, StaysThoughItsBundleWasGivenToAServersGroup) {
    const auto give_to_group = [&](const std::string& part) {
        std::filesystem::permissions(
            file("pki/issued/laptop/" + part), std::filesystem::perms(0640)
        );
    };
    must({"issue", "client", "laptop", "--key-passphrase-file", "secret"});
    const std::string before = key_file("laptop");
    give_to_group("bundle.pem");
    must({"renew", "laptop"});
    EXPECT_EQ(key_file("laptop"), before);
    expect_encrypted("laptop");
    give_to_group("key.pem");
    const Outcome key_of_many = pki({"renew", "laptop"});
    EXPECT_EQ(key_of_many.exit_code, 7) << "the key's own file is for its owner alone";
    EXPECT_THAT(key_of_many.errors, HasSubstr("chmod"));
}

TEST_F(PkiKey, IsLookedForInABundleThatWasGivenToAServersGroup) {
    must({"issue", "client", "phone"});
    std::filesystem::remove(file("pki/issued/phone/key.pem"));
    std::filesystem::permissions(file("pki/issued/phone/bundle.pem"), std::filesystem::perms(0640));
    must({"rekey", "phone"});
}

TEST_F(PkiKey, InTheClearNeedsNoPassphraseAndWhoNamesOneIsTold) {
    must({"issue", "client", "laptop"});
    const std::string before = listed();
    const Outcome refused = pki({"renew", "laptop", "--key-passphrase-file", "secret"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.errors, HasSubstr("pki rekey laptop"));
    EXPECT_EQ(listed(), before);
    const Outcome due =
        pki({"renew", "--due", "--within", "1/1", "--key-passphrase-file", "secret"});
    EXPECT_EQ(due.exit_code, 0);
    EXPECT_THAT(due.errors, AllOf(HasSubstr("laptop is not encrypted"), HasSubstr("pki rekey")));
    request("pki/issued/laptop/key.pem");
    must({"sign", "borrowed.csr", "--kind", "server", "--name", "far"});
    EXPECT_EQ(pki({"renew", "far", "--key-passphrase-file", "secret"}).exit_code, 2);
}

TEST_F(PkiKey, IsAskedAboutBeforeTheAuthorityIsHeldAndNeverInVain) {
    must({"issue", "client", "laptop"});
    const std::vector<std::string> no_source{"--key-passphrase-fd", "77"};
    const auto with = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), no_source.begin(), no_source.end());
        return pki(arguments);
    };
    EXPECT_THAT(with({"issue", "client", "laptop"}).errors, HasSubstr("no valid certificate"));
    EXPECT_THAT(with({"rekey", "nobody"}).errors, HasSubstr("nobody"));
    EXPECT_THAT(with({"rollover", "start", "signer"}).errors, HasSubstr("a valid page signer"));
    must({"issue", "signer", "page-signer"});
    put("names.jsonl", "{\"name\":\"a\",\"dns\":[\"a.localhost\"]}\n");
    const SystemClock clock;
    const auto held = pki::Authority::open(file("pki"), clock);
    ASSERT_TRUE(held.has_value());
    for (const auto& arguments : std::vector<std::vector<std::string>>{
             {"issue", "client", "tablet"},
             {"issue", "server", "--from", "names.jsonl"},
             {"rekey", "laptop"},
             {"rollover", "start", "signer"}}) {
        const Outcome asked = with(arguments);
        EXPECT_EQ(asked.exit_code, 2) << arguments.front();
        EXPECT_THAT(asked.errors, HasSubstr("an open descriptor")) << arguments.front();
    }
}

TEST_F(PkiKey, DefaultsOfTheFileThatHaveNoUseAreNoUsageErrors) {
    put("pki.toml",
        "[renew]\nwithin = \"1/2\"\nevery = 60\ndue = true\nkey-passphrase-file = \"secret\"\n"
        "[rekey]\nwithin = \"1/2\"\nkey-kdf = \"pbkdf2\"\n"
        "[issue.client]\nkey-kdf = \"pbkdf2\"\n"
        "[export.pem]\nkdf = \"pbkdf2\"\n"
        "[rollover.start]\nkey-passphrase-file = \"secret\"\n");
    const auto with_file = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--config", file("pki.toml")});
        const Outcome outcome = pki(arguments);
        return std::to_string(outcome.exit_code) + outcome.errors;
    };
    EXPECT_EQ(with_file({"issue", "client", "laptop"}), "0");
    EXPECT_EQ(with_file({"renew", "laptop"}), "0");
    EXPECT_EQ(with_file({"rekey", "laptop"}), "0");
    EXPECT_EQ(with_file({"export", "pem", "laptop", "-o", "laptop.pem"}), "0");
    EXPECT_EQ(with_file({"rollover", "start", "intermediate"}), "0");
    EXPECT_THAT(with_file({"renew", "laptop", "--within", "1/2"}), HasSubstr("--due only"));
    EXPECT_THAT(with_file({"renew", "laptop", "--due"}), HasSubstr("either a name or --due"));
    EXPECT_THAT(with_file({"rekey", "laptop", "--key-kdf", "pbkdf2"}), HasSubstr("--key-kdf"));
}

TEST_F(PkiKey, OfASignerThatIsRolledOverFollowsTheOldOne) {
    must({"issue", "signer", "page-signer", "--key-passphrase-file", "secret"});
    EXPECT_EQ(pki({"rollover", "start", "signer"}).exit_code, 2);
    EXPECT_EQ(pki({"rollover", "start", "root", "--key-passphrase-file", "secret"}).exit_code, 2);
    must({"rollover", "start", "signer", "--key-passphrase-file", "secret"});
    expect_encrypted("page-signer-2");
}

TEST_F(PkiKey, UnderAPassphraseIsExportedByWhoeverKnowsIt) {
    must({"issue", "client", "laptop", "--key-passphrase-file", "secret"});
    must(
        {"export",
         "p12",
         "laptop",
         "-o",
         "laptop.p12",
         "--passphrase-file",
         "wrong",
         "--key-passphrase-file",
         "secret"}
    );
    must({"export", "pem", "laptop", "-o", "laptop.pem", "--key-passphrase-file", "secret"});
    EXPECT_THAT(content("laptop.pem"), HasSubstr("BEGIN PRIVATE KEY"));
    EXPECT_EQ(
        pki({"export", "pem", "laptop", "-o", "no.pem", "--key-passphrase-file", "wrong"})
            .exit_code,
        7
    );
    EXPECT_FALSE(exists("no.pem"));
    must({"revoke", "laptop"});
}

TEST_F(PkiKey, OfARecipientOpensWithItsPassphrase) {
    must({"issue", "recipient", "alice", "--key-type", "x25519", "--key-passphrase-file", "secret"}
    );
    put("letter", "to alice\n");
    must({"seal", "--to", "pki/issued/alice/chain.pem", "letter"});
    must(
        {"open",
         "--key",
         "pki/issued/alice/bundle.pem",
         "letter.sealed",
         "--out",
         "opened",
         "--passphrase-file",
         "secret"}
    );
    EXPECT_EQ(content("opened"), "to alice\n");
}

TEST_F(PkiKey, UnderAPassphraseIsRefusedByAServerInOneSentence) {
    must({"issue", "signer", "page-signer", "--key-passphrase-file", "secret"});
    const Outcome made = run(
        {.program = std::filesystem::path(program_folder) / "mirror",
         .arguments =
             {"init",
              "--dir",
              file("master"),
              "--signer",
              file("pki/issued/page-signer/bundle.pem"),
              "--root",
              file("pki/root.crt")},
         .environment = {{"HOME", file(".")}},
         .folder = m_temp.path()}
    );
    EXPECT_NE(made.exit_code, 0);
    EXPECT_THAT(made.errors, AllOf(HasSubstr("encrypted one"), HasSubstr("pki export pem")));
}

TEST_F(PkiKey, OfTheAuthorityIsNeverCertifiedForAnybody) {
    must({"issue", "client", "laptop"});
    must({"rollover", "start", "intermediate"});
    const std::string before = listed();
    for (const std::string key : {"root.key", "intermediate.key", "intermediate-2.key"}) {
        request("pki/private/" + key);
        const Outcome refused = pki({"sign", "borrowed.csr"});
        EXPECT_EQ(refused.exit_code, 1) << key << refused.output;
        EXPECT_THAT(refused.errors, HasSubstr("which signs certificates")) << key;
    }
    EXPECT_EQ(listed(), before);
    EXPECT_FALSE(exists("pki/issued/borrowed"));
}

TEST_F(PkiKey, OfASignerOrResponderIsForNothingElse) {
    must({"issue", "signer", "page-signer"});
    must({"issue", "client", "laptop"});
    request("pki/issued/page-signer/key.pem");
    EXPECT_EQ(pki({"sign", "borrowed.csr"}).exit_code, 1);
    request("pki/issued/laptop/key.pem");
    const Outcome responder = pki({"sign", "borrowed.csr", "--kind", "ocsp"});
    EXPECT_NE(responder.exit_code, 0);
    must({"sign", "borrowed.csr"});
    must({"revoke", "laptop", "--reason", "key-compromise"});
    const Outcome stolen = pki({"sign", "borrowed.csr", "--name", "again"});
    EXPECT_EQ(stolen.exit_code, 1);
    EXPECT_THAT(stolen.errors, HasSubstr("others have that key"));
}

TEST_F(PkiKey, KindsSayWhichNamesTheyHaveNoRoomFor) {
    struct Refusal {
        std::string kind;
        std::vector<std::string> names;
        std::string reason;
    };
    for (const auto& [kind, names, reason] : std::vector<Refusal>{
             {"server", {"--email", "a@localhost"}, "DNS names, IP addresses and one URI"},
             {"client", {"--dns", "localhost"}, "one URI, its identity, and e-mail addresses"},
             {"signer", {"--role", "release"}, "signs pages"},
             {"signer", {"--email", "a@localhost"}, "signs pages"},
             {"ocsp", {"--ip", "127.0.0.1"}, "answers for its issuer"},
             {"recipient",
              {"--uri", "spiffe://localhost/a"},
              "common name and e-mail addresses"}}) {
        std::vector<std::string> arguments{"issue", kind, "localhost"};
        arguments.insert(arguments.end(), names.begin(), names.end());
        const Outcome refused = pki(arguments);
        EXPECT_EQ(refused.exit_code, 2) << kind << " " << names[0];
        EXPECT_THAT(refused.errors, AllOf(HasSubstr("kind " + kind), HasSubstr(reason)));
    }
    must({"issue", "server", "localhost", "--uri", "spiffe://heliograph/web/localhost"});
    EXPECT_FALSE(exists("pki/issued/signer"));
}

TEST_F(PkiKey, MailboxesOutsideOfThePermittedHostAreRefused) {
    must(
        {"init",
         "--dir",
         file("mail"),
         "--permit",
         "email:example.org",
         "--permit",
         "email:.example.net"}
    );
    const auto issue = [&](const std::string& name, const std::string& mailbox) {
        return pki({"issue", "client", name, "--email", mailbox, "--dir", file("mail")}).exit_code;
    };
    EXPECT_EQ(issue("a", "a@example.org"), 0);
    EXPECT_EQ(issue("b", "b@lab.example.net"), 0);
    EXPECT_EQ(issue("c", "c@sub.example.org"), 2);
    EXPECT_EQ(issue("d", "d@example.net"), 2);
    EXPECT_THAT(must({"inspect", file("mail/root.crt")}), HasSubstr("example.net"));
    put("mail.jsonl",
        "{\"name\":\"e\",\"email\":[\"e@example.org\"]}\n{\"name\":\"f\",\"email\":[\"f@example."
        "com\"]}\n");
    EXPECT_EQ(pki({"issue", "client", "--from", "mail.jsonl", "--dir", file("mail")}).exit_code, 2);
    tool(
        "openssl",
        {"verify",
         "-x509_strict",
         "-CAfile",
         file("mail/root.crt"),
         "-untrusted",
         file("mail/issued/b/chain.pem"),
         file("mail/issued/b/cert.pem")}
    );
}

}  // namespace
}  // namespace heliograph::test_support
