// SPDX-License-Identifier: Apache-2.0
// What people give to `pki` by mistake: the sentence names the file and what was expected of it,
// and the exit code the cause.
#include <tests/integration/pki_house.hpp>

namespace heliograph::test_support {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PkiMisuse : public PkiHouse {
  protected:
    void expect_fault(
        const std::vector<std::string>& arguments, int exit_code, const std::string& text
    ) const {
        const Outcome outcome = pki(arguments);
        EXPECT_EQ(outcome.exit_code, exit_code) << text << outcome.output << outcome.errors;
        EXPECT_THAT(outcome.errors, HasSubstr(text));
    }
};

TEST_F(PkiMisuse, OfAnOcspResponderIsToldBesideTheRefusal) {
    must({"init"});
    put("empty", "");
    put("words", "no request");
    for (const char* const name : {"empty", "words"}) {
        expect_fault({"ocsp", "answer", name, "--out", "r.der"}, 1, name);
        // RFC 6960, section 4.2.1: what a responder sends then.
        EXPECT_EQ(content("r.der"), std::string("\x30\x03\x0a\x01\x01", 5));
    }
    tool("openssl", {"ocsp", "-issuer", "pki/root.crt", "-serial", "1", "-reqout", "foreign.der"});
    expect_fault({"ocsp", "answer", "foreign.der", "--out", "r.der"}, 1, "unauthorized");
    tool(
        "openssl", {"ocsp", "-issuer", "pki/intermediate.crt", "-serial", "1", "-reqout", "own.der"}
    );
    must({"ocsp", "answer", "own.der", "--out", "r.der"});
}

TEST_F(PkiMisuse, OfAFileAsRevocationListNamesTheFile) {
    must({"init"});
    must({"issue", "server", "localhost"});
    put("empty", "");
    put("words", "no list");
    for (const char* const name : {"empty", "words"}) {
        expect_fault(
            {"verify", "pki/issued/localhost/chain.pem", "--crl", name},
            1,
            "expected revocation lists in PEM or DER, saw none (in " + std::string(name)
        );
    }
}

TEST_F(PkiMisuse, OfAFolderThatLostItsLedgerSaysSo) {
    must({"init"});
    std::filesystem::rename(file("pki/ledger.db"), file("elsewhere"));
    Command there = command({"list"});
    there.environment = {{"HOME", file(".")}};
    there.folder = file("pki");
    const Outcome outcome = run(there);
    EXPECT_EQ(outcome.exit_code, 7);
    EXPECT_THAT(outcome.errors, HasSubstr("ledger.db"));
}

TEST_F(PkiMisuse, OfAConstraintNamesTheFormsThatThereAre) {
    expect_fault(
        {"init", "--permit", "foo:bar"},
        2,
        "dns:ZONE, ip:CIDR, uri:HOST or email:HOST, saw 'foo:bar'"
    );
    expect_fault({"init", "--permit", "ip:bar"}, 2, "an IP address or range");
}

TEST_F(PkiMisuse, OfAPassphraseFileIsNotToldOfTheKey) {
    put("passphrase", "correct horse\n");
    must({"init", "--passphrase-file", "passphrase"});
    const Outcome issued = pki({"issue", "server", "localhost", "--passphrase-file", "nowhere"});
    EXPECT_EQ(issued.exit_code, 3);
    EXPECT_THAT(issued.errors, HasSubstr("nowhere"));
    EXPECT_THAT(issued.errors, Not(HasSubstr("backup")));
    EXPECT_THAT(issued.errors, Not(HasSubstr("intermediate.key")));
}

TEST_F(PkiMisuse, OfAKeyOrPolicyEndsAsALocalFaultAndOfASealedFileAsFalseEvidence) {
    must({"init"});
    must({"issue", "recipient", "alice"});
    must({"issue", "client", "laptop"});
    put("words", "no key");
    const std::string key = content("pki/issued/alice/key.pem");
    put("half", key.substr(0, key.size() / 2));
    put("whole", key);
    expect_fault({"open", "--key", "words", "x.sealed"}, 7, "words");
    expect_fault({"open", "--key", "half", "x.sealed"}, 7, "half");
    expect_fault({"open", "--key", "nowhere", "x.sealed"}, 3, "nowhere");
    expect_fault({"token", "open", "--key", "words", "x"}, 7, "words");
    expect_fault({"whoami", "pki/issued/laptop/cert.pem", "--policy", "words"}, 7, "words");
    put("x.sealed", "no sealed file");
    expect_fault({"open", "--key", "whole", "x.sealed"}, 1, "x.sealed");
}

// A small file system of its own, full to the last block, where making one is allowed.
TEST_F(PkiMisuse, OfAFullDiskSaysThatItIsFullAndNamesTheFileOnce) {
    const std::string program = std::filesystem::path(program_folder) / "pki";
    std::filesystem::create_directory(file("small"));
    const auto on_full_disk = [&](const std::string& act) {
        const std::string script =
            "mount -t tmpfs -o size=1m none small || exit 100; cd small; " + program +
            " init --dir ca > made; dd if=/dev/zero of=filler bs=4096 2> filled; exec " + program +
            " " + act + " --dir ca";
        return run({
            .program = "unshare",
            .arguments = {"-rm", "sh", "-c", script},
            .folder = m_temp.path(),
        });
    };
    const Outcome listed = on_full_disk("list");
    if (listed.exit_code == 1 || listed.exit_code == 100) {
        return;
    }
    EXPECT_EQ(listed.exit_code, 0) << "what is there can be read: " << listed.errors;
    for (const auto& [act, file] :
         {std::pair("issue server localhost", "key.pem"), {"crl", "ledger.db"}}) {
        const Outcome outcome = on_full_disk(act);
        EXPECT_EQ(outcome.exit_code, 7) << act;
        EXPECT_THAT(outcome.errors, HasSubstr("; free some space and")) << act;
        const std::size_t first = outcome.errors.find(file);
        EXPECT_NE(first, std::string::npos) << outcome.errors;
        EXPECT_EQ(outcome.errors.find(file, first + 1), std::string::npos) << outcome.errors;
    }
}

TEST_F(PkiMisuse, OfALibraryAsPkcs11ModuleSaysThatItIsNone) {
    put("passphrase", "1234\n");
    put("words", "no library");
    const auto outcome = [&](const std::string& module) {
        return pki(
            {"init",
             "--pkcs11-module",
             module,
             "--root-key",
             "pkcs11:object=root",
             "--pin-file",
             "passphrase"}
        );
    };
    const Outcome words = outcome(file("words"));
    EXPECT_EQ(words.exit_code, 2);
    EXPECT_THAT(words.errors, HasSubstr("saw a file that is no library"));
    const Outcome library = outcome("libc.so.6");
    EXPECT_THAT(library.errors, Not(HasSubstr("the PIN is another")));
}

TEST_F(PkiMisuse, OfARolePolicyShowsItsFormat) {
    must({"init"});
    must({"issue", "client", "laptop"});
    put("roles.json", R"({"rules": []})");
    expect_fault(
        {"whoami", "pki/issued/laptop/cert.pem", "--policy", "roles.json"},
        7,
        R"(expected a policy {"format": "heliograph-roles-1", "rules": [...]}, saw no text under "format")"
    );
    EXPECT_THAT(must({"whoami", "--help"}), HasSubstr(R"("format": "heliograph-roles-1")"));
}

TEST_F(PkiMisuse, OfAFileThatIsThereSaysThatItStays) {
    must({"init"});
    must({"issue", "recipient", "alice"});
    put("there", "mine");
    put("words", "horse\n");
    const std::string sentence =
        "expected no there yet, saw one, which stays as it is; name another file, or remove it";
    expect_fault({"export", "pem", "alice", "-o", "there"}, 7, sentence);
    expect_fault({"backup", "there", "--passphrase-file", "words"}, 7, sentence);
    expect_fault({"token", "new", "there"}, 7, sentence);
    const std::string recipient = "pki/issued/alice/chain.pem";
    expect_fault({"seal", "words", "--to", recipient, "--out", "there"}, 7, sentence);
    EXPECT_EQ(content("there"), "mine");
}

TEST_F(PkiMisuse, OfABundleForAChainPassesOverItsKey) {
    must({"init"});
    must({"issue", "client", "laptop"});
    must({"issue", "recipient", "alice"});
    const std::string laptop = "pki/issued/laptop/bundle.pem";
    EXPECT_THAT(must({"verify", laptop, "--purpose", "client"}), HasSubstr("good: " + laptop));
    EXPECT_THAT(must({"whoami", laptop}), HasSubstr("spiffe://heliograph/client/laptop"));
    must({"seal", laptop, "--to", "pki/issued/alice/bundle.pem", "--out", "sealed"});
    expect_fault({"verify", "pki/issued/laptop/key.pem"}, 1, "saw a private key alone (in pki");
    expect_fault({"verify", laptop}, 1, "judged for the purpose server; --purpose names another");
}

TEST_F(PkiMisuse, OfAFolderWithABlankIsToldInCommandsThatAShellReads) {
    const std::string place = "my pki's";
    EXPECT_THAT(must({"init", "--dir", place}), HasSubstr("127.0.0.1 --dir 'my pki'\\''s'\n"));
    EXPECT_THAT(
        must({"issue", "server", "localhost", "--dir", place}),
        HasSubstr("mirror serve --tls 'my pki'\\''s/issued/localhost/bundle.pem'")
    );
    must({"issue", "signer", "pages", "--dir", place});
    EXPECT_THAT(must({"renew", "pages", "--dir", place}), HasSubstr("mirror resign --signer"));
}

TEST_F(PkiMisuse, OfAConstraintForOtherKindsOfNamesIsTold) {
    EXPECT_THAT(
        must({"init", "--dir", "a"}),
        HasSubstr("127.0.0.0/8, ::1/128; URIs and mailboxes of any host, for want of --permit")
    );
    EXPECT_THAT(
        must({"init", "--dir", "b", "--permit", "uri:heliograph"}),
        HasSubstr("; mailboxes of any host, for want of --permit email:HOST")
    );
    EXPECT_THAT(
        must({"init", "--dir", "c", "--permit", "uri:heliograph", "--permit", "email:a.org"}),
        Not(HasSubstr("for want of"))
    );
}

TEST_F(PkiMisuse, OfRequestsInOtherFormsIsNone) {
    must({"init"});
    tool(
        "openssl",
        {"req",
         "-new",
         "-noenc",
         "-newkey",
         "ec",
         "-pkeyopt",
         "ec_paramgen_curve:P-256",
         "-keyout",
         "key",
         "-subj",
         "/CN=web",
         "-addext",
         "subjectAltName=DNS:localhost",
         "-config",
         "/dev/null",
         "-out",
         "web.csr"}
    );
    tool("openssl", {"req", "-in", "web.csr", "-outform", "DER", "-out", "web.der"});
    must({"sign", "web.der"});
    std::string pem = content("web.csr");
    for (std::size_t at = 0; (at = pem.find("CERTIFICATE REQ", at)) != std::string::npos; at += 9) {
        pem.insert(at, "NEW ");
    }
    put("new.csr", pem);  // As keytool and certreq write it.
    EXPECT_EQ(must({"lint", "new.csr"}), "request 1: nothing found\n");
    must({"sign", "new.csr", "--name", "other"});
}

TEST_F(PkiMisuse, OfAnOcspResponseSaysWhoReadsIt) {
    must({"init"});
    must({"issue", "server", "localhost"});
    must({"ocsp", "refresh"});
    const std::filesystem::directory_iterator first(file("pki/ocsp"));
    expect_fault(
        {"inspect", first->path().string()}, 1, "saw an OCSP response; 'pki verify --ocsp'"
    );
}

TEST_F(PkiMisuse, OfAWildcardAsNameSaysHowItIsGiven) {
    must({"init", "--permit", "dns:corp.example"});
    expect_fault({"issue", "server", "*.corp.example"}, 2, "NAME --dns '*.corp.example'");
    must({"issue", "server", "corp", "--dns", "*.corp.example"});
    expect_fault({"issue", "server", "::1"}, 2, "NAME --ip '::1'");
    must({"issue", "server", "six", "--ip", "::1"});
}

TEST_F(PkiMisuse, OfLettersThatDnsHasNotSaysHowItHasThem) {
    expect_fault(
        {"init", "--permit", "dns:m\xc3\xbcnchen.de"}, 2, "with labels xn--... for others"
    );
    must({"init", "--permit", "dns:xn--mnchen-3ya.de"});
    expect_fault({"issue", "server", "m\xc3\xbcnchen.de"}, 2, "as DNS has it, with labels xn--");
    must({"issue", "server", "xn--mnchen-3ya.de"});
}

TEST_F(PkiMisuse, OfAnAuthoritysNameForARenewalLeadsToTheRollover) {
    EXPECT_THAT(
        must({"init", "--permit", "dns:localhost", "--permit", "uri:heliograph"}),
        HasSubstr("vouch for:     localhost, 127.0.0.0/8, ::1/128, uri:heliograph; mailboxes")
    ) << "each once";
    expect_fault({"renew", "heliograph Root"}, 2, "'pki rollover start root'");
    expect_fault({"rekey", "heliograph Intermediate"}, 2, "'pki rollover start intermediate'");
}

TEST_F(PkiMisuse, ExamplesOfPeersAreGoodForTheirNames) {
    must({"init", "--permit", "dns:example.org", "--permit", "ip:10.0.0.0/8"});
    EXPECT_THAT(
        must({"issue", "peer", "--help"}),
        HasSubstr("pki issue peer node1 --dns node1.example.org --ip 10.0.0.7")
    );
    must({"issue", "peer", "node1", "--dns", "node1.example.org", "--ip", "10.0.0.7"});
    for (const char* const name : {"node1.example.org", "10.0.0.7"}) {
        must({"verify", "pki/issued/node1/chain.pem", "--name", name});
    }
}

}  // namespace
}  // namespace heliograph::test_support
