// SPDX-License-Identifier: Apache-2.0
// `pki seal` and `pki open` as people run them, with keys and certificates of the openssl command.
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <tests/integration/pki_house.hpp>
#include <tests/support/places.hpp>
#include <tests/support/process.hpp>
#include <tests/support/temp_folder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr std::string_view message = "for two pairs of eyes\n";

class PkiSealing : public ::testing::Test {
  protected:
    PkiSealing() {
        put("letter", message);
        make_recipient("alice", "keyAgreement");
    }

    [[nodiscard]] std::string file(const std::string& name) const {
        return (m_temp / name).string();
    }
    void put(
        const std::string& name, std::string_view text, FileAccess access = FileAccess::owner_only
    ) const {
        EXPECT_TRUE(write_file_atomically(file(name), bytes_of(text), access).has_value());
    }
    [[nodiscard]] std::string content(const std::string& name) const {
        const auto bytes = read_file(file(name), 100'000'000);
        EXPECT_TRUE(bytes.has_value()) << name;
        return bytes ? std::string(text_of(*bytes)) : std::string();
    }
    void openssl(std::vector<std::string> arguments) const {
        const Outcome outcome = run({.program = "openssl", .arguments = std::move(arguments)});
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    }
    // NAME.key and NAME.crt.
    void make_recipient(const std::string& name, const std::string& usage) const {
        put(name + ".cnf",
            "[req]\ndistinguished_name=dn\nx509_extensions=ext\nprompt=no\n[dn]\nCN=" + name +
                "\n[ext]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical," + usage + "\n");
        openssl(
            {"req",
             "-x509",
             "-newkey",
             "ec",
             "-pkeyopt",
             "ec_paramgen_curve:P-256",
             "-nodes",
             "-days",
             "2",
             "-config",
             file(name + ".cnf"),
             "-keyout",
             file(name + ".key"),
             "-out",
             file(name + ".crt")}
        );
    }
    [[nodiscard]] Outcome pki(std::vector<std::string> arguments) const {
        return run(
            {.program = fs::path(program_folder) / "pki",
             .arguments = std::move(arguments),
             .environment = {{"HOME", m_temp.path().string()}},
             .folder = m_temp.path()}
        );
    }
    std::string must(std::vector<std::string> arguments) const {
        const Outcome outcome = pki(std::move(arguments));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
        EXPECT_EQ(outcome.errors, "");
        return outcome.output;
    }
    [[nodiscard]] std::set<std::string> names() const {
        std::set<std::string> found;
        for (const auto& entry : fs::directory_iterator(m_temp.path())) {
            found.insert(entry.path().filename().string());
        }
        return found;
    }

    test::TempFolder m_temp;
};

TEST_F(PkiSealing, GoesToSeveralAndEachOpensIt) {
    make_recipient("bob", "keyAgreement");
    must(
        {"seal",
         "--unverified",
         "--to",
         "alice.crt",
         "--to",
         "bob.crt",
         "--type",
         "text/plain",
         "letter"}
    );
    for (const char* name : {"alice", "bob"}) {
        const std::string key = std::string(name) + ".key";
        const auto document = parse_json(
            must({"open", "--key", key, "--out", name, "letter.sealed", "--json"}), JsonLimits{}
        );
        ASSERT_TRUE(document.has_value());
        EXPECT_EQ(document->text_member("content_type").value(), "text/plain");
        EXPECT_EQ(content(name), message);
    }
}

TEST_F(PkiSealing, TakesTheOldNameWithoutOut) {
    must({"seal", "--unverified", "--to", "alice.crt", "letter"});
    EXPECT_EQ(pki({"open", "--key", "alice.key", "letter.sealed"}).exit_code, 7) << "it exists";
    EXPECT_EQ(pki({"open", "--key", "alice.key", "letter"}).exit_code, 2);
    fs::remove(file("letter"));
    must({"open", "--key", "alice.key", "letter.sealed"});
    EXPECT_EQ(content("letter"), message);
}

TEST_F(PkiSealing, OfAnAlteredOrCutFileLeavesNothing) {
    must({"seal", "--unverified", "--to", "alice.crt", "letter"});
    const std::string sealed = content("letter.sealed");
    std::string altered = sealed;
    altered[altered.size() - 20] = static_cast<char>(altered[altered.size() - 20] ^ 1);
    put("altered", altered);
    put("cut", std::string_view(sealed).substr(0, sealed.size() - 1));
    const auto before = names();
    for (const char* name : {"altered", "cut", "letter"}) {
        const Outcome refused = pki({"open", "--key", "alice.key", "--out", "out", name});
        EXPECT_EQ(refused.exit_code, 1) << name;
        EXPECT_THAT(refused.errors, HasSubstr(name));
        EXPECT_EQ(names(), before) << name;
    }
}

TEST_F(PkiSealing, EndsByCause) {
    make_recipient("bob", "keyAgreement");
    make_recipient("carol", "digitalSignature");
    must({"seal", "--unverified", "--to", "alice.crt", "letter"});
    const Outcome foreign = pki({"open", "--key", "bob.key", "--out", "out", "letter.sealed"});
    EXPECT_EQ(foreign.exit_code, 1);
    EXPECT_THAT(foreign.errors, HasSubstr("other recipients"));
    const Outcome misused =
        pki({"seal", "--unverified", "--to", "carol.crt", "--out", "out", "letter"});
    EXPECT_EQ(misused.exit_code, 2);
    EXPECT_THAT(misused.errors, HasSubstr("--any-usage"));
    must({"seal", "--unverified", "--to", "carol.crt", "--any-usage", "--out", "carols", "letter"});
    must({"open", "--key", "carol.key", "--out", "opened", "carols"});
    EXPECT_EQ(pki({"seal", "--unverified", "letter"}).exit_code, 2);
    EXPECT_EQ(pki({"seal", "--unverified", "--to", "none.crt", "letter"}).exit_code, 3);
    EXPECT_EQ(pki({"seal", "--unverified", "--to", "alice.crt", "none"}).exit_code, 3);
    EXPECT_EQ(pki({"seal", "--unverified", "--to", "letter", "letter"}).exit_code, 1);
    EXPECT_EQ(pki({"seal", "--unverified", "--to", "alice.crt", "letter"}).exit_code, 7)
        << "it exists";
    fs::permissions(file("alice.key"), fs::perms::group_read, fs::perm_options::add);
    const Outcome loose = pki({"open", "--key", "alice.key", "--out", "out", "letter.sealed"});
    EXPECT_EQ(loose.exit_code, 7);
    EXPECT_THAT(loose.errors, HasSubstr("chmod 600"));
    EXPECT_FALSE(fs::exists(file("out")));
}

TEST_F(PkiSealing, OpensWithAKeyUnderAPassphrase) {
    make_recipient("dora", "keyAgreement");
    openssl(
        {"pkcs8",
         "-topk8",
         "-scrypt",
         "-in",
         file("dora.key"),
         "-out",
         file("locked.key"),
         "-passout",
         "pass:open sesame"}
    );
    fs::permissions(file("locked.key"), fs::perms::owner_read | fs::perms::owner_write);
    EXPECT_THAT(content("locked.key"), HasSubstr("ENCRYPTED"));
    must({"seal", "--unverified", "--to", "dora.crt", "letter"});
    put("right", "open sesame\n");
    put("wrong", "open barley\n");
    put("loose", "open sesame\n", FileAccess::everyone);
    const auto open = [this](const std::string& passphrase) {
        return pki(
            {"open",
             "--key",
             "locked.key",
             "--passphrase-file",
             passphrase,
             "--out",
             "out",
             "letter.sealed"}
        );
    };
    const Outcome wrong = open("wrong");
    EXPECT_EQ(wrong.exit_code, 7);
    EXPECT_THAT(wrong.errors, HasSubstr("passphrase"));
    EXPECT_EQ(wrong.errors.find("barley"), std::string::npos);
    EXPECT_EQ(open("loose").exit_code, 7);
    EXPECT_EQ(open("right").exit_code, 0);
    EXPECT_EQ(content("out"), message);
}

#if !defined(HELIOGRAPH_SANITIZED)
TEST_F(PkiSealing, OfAFileLargerThanAllMemoryAllowedWorks) {
    constexpr std::uintmax_t file_bytes = 80U * 1024U * 1024U;
    put("large", "begin");
    fs::resize_file(file("large"), file_bytes);
    const auto within_64_mib = [this](std::vector<std::string> arguments) {
        arguments.insert(
            arguments.begin(),
            {"-c",
             "ulimit -v 65536 && exec \"$0\" \"$@\"",
             (fs::path(program_folder) / "pki").string()}
        );
        return run({.program = "sh", .arguments = arguments, .folder = m_temp.path()});
    };
    const Outcome sealed = within_64_mib({"seal", "--unverified", "--to", "alice.crt", "large"});
    ASSERT_EQ(sealed.exit_code, 0) << sealed.errors;
    const Outcome opened =
        within_64_mib({"open", "--key", "alice.key", "--out", "out", "large.sealed"});
    ASSERT_EQ(opened.exit_code, 0) << opened.errors;
    EXPECT_EQ(fs::file_size(file("out")), file_bytes);
    EXPECT_EQ(content("out"), content("large"));
}
#endif

class PkiRecipient : public PkiHouse {
  protected:
    void SetUp() override {
        must({"init"});
        must(
            {"issue",
             "recipient",
             "alice",
             "--key-type",
             "x25519",
             "--email",
             "alice@example.org",
             "--out",
             "alice"}
        );
        put("letter", message);
    }
};

TEST_F(PkiRecipient, IsSealedToOnceItsChainHolds) {
    must({"issue", "recipient", "bob", "--out", "bob"});
    must({"seal", "--to", "alice/chain.pem", "--to", "bob/chain.pem", "letter"});
    for (const std::string name : {"alice", "bob"}) {
        must({"open", "--key", name + "/key.pem", "--out", name + ".txt", "letter.sealed"});
        EXPECT_EQ(content(name + ".txt"), message);
        tool(
            "openssl",
            {"verify",
             "-x509_strict",
             "-CAfile",
             "pki/root.crt",
             "-untrusted",
             "pki/intermediate.crt",
             name + "/cert.pem"}
        );
        tool(
            "certtool",
            {"--verify",
             "--verify-purpose",
             "1.3.6.1.5.5.7.3.4",
             "--load-ca-certificate",
             "pki/root.crt",
             "--infile",
             name + "/chain.pem"}
        );
        must({"verify", name + "/chain.pem", "--purpose", "recipient"});
        EXPECT_EQ(pki({"verify", name + "/chain.pem"}).exit_code, 1) << "no server";
    }
    // NSS knows no X25519 in certificates, so P-256 is what is issued unasked.
    fs::create_directory(file("nss"));
    tool("certutil", {"-N", "-d", "sql:nss", "--empty-password"});
    const auto add = [this](const std::string& name, const std::string& trust) {
        tool("certutil", {"-A", "-d", "sql:nss", "-n", name, "-t", trust, "-i", name + ".pem"});
    };
    put("root.pem", content("pki/root.crt"));
    put("intermediate.pem", content("pki/intermediate.crt"));
    put("bob.pem", content("bob/cert.pem"));
    add("root", "C,C,C");
    add("intermediate", ",,");
    add("bob", ",,");
    tool("certutil", {"-V", "-d", "sql:nss", "-n", "bob", "-u", "R"});
    EXPECT_NE(tool_run("certutil", {"-V", "-d", "sql:nss", "-n", "bob", "-u", "S"}).exit_code, 0);
}

// OpenSSL wants keyEncipherment of the certificate itself, which RFC 8813 section 3 forbids for
// keys on curves. All above it must suit, and its CMS seals to it.
TEST_F(PkiRecipient, StandsUnderAnAuthorityThatOpensslTakesForMail) {
    must({"issue", "recipient", "bob", "--out", "bob"});
    const Outcome judged = tool_run(
        "openssl",
        {"verify",
         "-x509_strict",
         "-purpose",
         "smimeencrypt",
         "-CAfile",
         "pki/root.crt",
         "-untrusted",
         "pki/intermediate.crt",
         "bob/cert.pem"}
    );
    EXPECT_THAT(judged.errors, testing::Not(HasSubstr("at 1 depth"))) << judged.errors;
    EXPECT_THAT(judged.errors, testing::Not(HasSubstr("at 2 depth"))) << judged.errors;
    EXPECT_THAT(
        tool("openssl", {"x509", "-noout", "-purpose", "-in", "pki/intermediate.crt"}).output,
        HasSubstr("S/MIME encryption CA : Yes")
    );
    const std::vector<std::string> seal{"cms", "-encrypt", "-binary", "-outform", "DER"};
    const std::vector<std::string> open{"cms", "-decrypt", "-binary", "-inform", "DER"};
    const auto with = [](std::vector<std::string> words, const std::vector<std::string>& more) {
        words.insert(words.end(), more.begin(), more.end());
        return words;
    };
    tool("openssl", with(seal, {"-in", "letter", "-out", "cms", "bob/cert.pem"}));
    const auto opened = tool(
        "openssl", with(open, {"-in", "cms", "-recip", "bob/cert.pem", "-inkey", "bob/key.pem"})
    );
    EXPECT_EQ(opened.output, message);
}

TEST_F(PkiRecipient, OfAnotherAuthorityOrRevokedIsSealedNothing) {
    must(
        {"seal",
         "--root",
         "pki/root.crt",
         "--crl",
         "pki/crl.pem",
         "--to",
         "alice/chain.pem",
         "letter"}
    );
    const auto seal = [this](std::vector<std::string> more) {
        more.insert(more.begin(), {"seal", "--out", "out"});
        more.emplace_back("letter");
        Outcome outcome = pki(std::move(more));
        EXPECT_FALSE(exists("out"));
        return outcome;
    };
    EXPECT_EQ(seal({"--to", "alice/cert.pem"}).exit_code, 4) << "without its intermediate";
    must({"init", "--dir", "other"});
    const Outcome foreign = seal({"--to", "alice/chain.pem", "--dir", "other"});
    EXPECT_EQ(foreign.exit_code, 4);
    EXPECT_THAT(foreign.errors, HasSubstr("alice/chain.pem"));
    must({"issue", "client", "laptop", "--out", "laptop"});
    EXPECT_EQ(seal({"--to", "laptop/chain.pem"}).exit_code, 2) << "for other uses";
    const std::vector<std::string> by_root{"--root", "pki/root.crt", "--to", "alice/chain.pem"};
    auto unlisted = by_root;
    unlisted.insert(unlisted.begin(), {"seal", "--dir", "other", "--out", "unlisted"});
    unlisted.emplace_back("letter");
    EXPECT_THAT(must(unlisted), HasSubstr("revocation was not checked (--crl)"));
    EXPECT_THAT(
        must({"seal", "--to", "alice/chain.pem", "--out", "listed", "letter"}),
        testing::Not(HasSubstr("revocation was"))
    );
    must({"revoke", "alice"});
    for (const auto& options : {std::vector<std::string>{"--to", "alice/chain.pem"}, by_root}) {
        const Outcome revoked = seal(options);
        EXPECT_EQ(revoked.exit_code, 1);
        EXPECT_THAT(revoked.errors, HasSubstr("revoked"));
    }
    must({"seal", "--unverified", "--to", "alice/chain.pem", "--out", "taken", "letter"});
}

TEST_F(PkiRecipient, IsRenewedWithItsKeyAndRekeyedWithOneOfItsType) {
    must({"seal", "--to", "alice/chain.pem", "letter"});
    must({"renew", "alice", "--kind", "recipient"});
    must({"open", "--key", "alice/key.pem", "--out", "same", "letter.sealed"});
    must({"rekey", "alice"});
    EXPECT_EQ(
        pki({"open", "--key", "alice/key.pem", "--out", "new", "letter.sealed"}).exit_code, 1
    );
    EXPECT_THAT(
        tool("openssl", {"x509", "-noout", "-text", "-in", "alice/cert.pem"}).output,
        HasSubstr("X25519")
    );
    EXPECT_EQ(pki({"issue", "recipient", "x", "--key-type", "p384"}).exit_code, 2);
    EXPECT_EQ(pki({"issue", "server", "x", "--key-type", "x25519"}).exit_code, 2);
}

}  // namespace
}  // namespace heliograph::test_support
