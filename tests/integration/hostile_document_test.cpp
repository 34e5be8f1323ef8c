// SPDX-License-Identifier: Apache-2.0
// Threats T15 and T17 against `fetch` and `mirror serve`: documents made to break parsers, names
// made to break out.
#include <tests/integration/adversary.hpp>
#include <tests/support/failing_system.hpp>
#include <tests/support/plain_client.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::Not;

constexpr const char* json_type = "application/vnd.pypi.simple.v1+json";

std::string repeated(const std::string& text, std::size_t times) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

class HostileDocument : public AdversaryTest {};
class HostileName : public AdversaryTest {};

/// Bodies that no parser may accept, each with what it is.
std::vector<std::pair<const char*, std::string>> hostile_pages() {
    const std::string head = R"({"meta":{"api-version":"1.1"},"name":"sample","files":[],)";
    return {
        {"depth 10,000", repeated("[", 10'000)},
        {"depth 10,000, closed", repeated("{\"a\":", 10'000) + "1" + repeated("}", 10'000)},
        {"two names", head + R"("name":"sample"})"},
        {"a lone surrogate", head + R"("x":"\ud800"})"},
        {"a huge integer", head + "\"x\":" + std::string(400, '9') + "}"},
        {"bytes that are no UTF-8", head + "\"x\":\"\xff\xfe\"}"},
        {"NUL", std::string(100, '\0')},
        {"nothing", ""},
    };
}

TEST_F(HostileDocument, AsAPageIsRefusedUnread) {
    expect_refuted({
        {"depth 10,000",
         [](LyingMirror& liar) { liar.say(sample_page, ok(repeated("[", 10'000), json_type)); },
         "page-signature-invalid",
         1},
        {"HTML without end",
         [](LyingMirror& liar) {
             liar.say(sample_page, ok(repeated("<div>", 100'000), "text/html"));
         },
         "page-signature-invalid",
         1},
    });
}

/// Where no signature is demanded the page is read, and that must be safe, too.
TEST_F(HostileDocument, AsAPageIsRefusedWithoutEvidence) {
    ScriptedServer server(Greeting::tls, m_house.server_identity());
    for (const auto& [what, body] : hostile_pages()) {
        SCOPED_TRACE(what);
        server.on("/simple/sample/", ok(body, json_type));
        const Fetched fetched = m_house.fetch({server.url()}, {"--no-verify", "sample"});
        EXPECT_EQ(fetched.outcome.exit_code, 1) << fetched.outcome.output;
        EXPECT_THAT(fetched.outcome.errors, HasSubstr("page-malformed"));
        EXPECT_THAT(fetched.files, IsEmpty());
    }
}

TEST_F(HostileDocument, AsASignerChainOrListIsRefused) {
    const auto say = [](const char* path, const std::string& body) {
        return [path, body](LyingMirror& liar) { liar.say(Target::path(path), ok(body)); };
    };
    const std::string broken =
        "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgI=\n-----END CERTIFICATE-----\n";
    const std::string root = read_text(m_house / "pki/root.crt");
    expect_refuted({
        {"no PEM", say("/serverkey.crt", "hello"), "signer-chain-", 1},
        {"broken DER", say("/serverkey.crt", broken), "signer-chain-malformed", 1},
        {"the root alone", say("/serverkey.crt", root), "signer-chain-", 1},
        {"a hundred certificates",
         say("/serverkey.crt", repeated(root, 100)),
         "document-too-large",
         1},
        {"a broken list",
         say("/serverkey.crl",
             "-----BEGIN X509 CRL-----\nMIIBszCCAVmgAwIBAgI=\n-----END X509 CRL-----\n"),
         "revocation-malformed",
         1},
        {"no list at all", say("/serverkey.crl", "hello"), "revocation-", 1},
    });
}

/// Without evidence the page is all there is: even then no name leaves the destination.
TEST_F(HostileName, InAPageNeverBecomesAPath) {
    for (const std::string name :
         {"../evil-1.0-py3-none-any.whl",
          "/tmp/evil-1.0-py3-none-any.whl",
          "a/../../sample-1.0-py3-none-any.whl",
          "..",
          ".",
          "sample-1.0-py3-none-any.whl/../../x",
          "C:\\\\sample-1.0-py3-none-any.whl",
          "sample-1.0-py3-none-any.whl\\u0000.txt",
          "s\u0430mple-1.0-py3-none-any.whl",
          "other-1.0-py3-none-any.whl",
          "\\u001b[2Jsample-1.0-py3-none-any.whl"}) {
        SCOPED_TRACE(name);
        ScriptedServer server(Greeting::tls, m_house.server_identity());
        const std::string body =
            R"({"meta":{"api-version":"1.1","_last-serial":1},"name":"sample","versions":["1.0"],)"
            R"("files":[{"filename":")" +
            name + R"(","url":"../../files/x","hashes":{"sha256":")" + sha256_hex(m_wheel) +
            R"("},"size":)" + std::to_string(m_wheel.size()) + R"(,"requires-python":">=3.8"}]})";
        server.on("/simple/sample/", ok(body, json_type));
        server.on("/files/x", ok(m_wheel));
        const Fetched fetched = m_house.fetch({server.url()}, {"--no-verify", "sample"});
        EXPECT_NE(fetched.outcome.exit_code, 0) << fetched.outcome.output;
        EXPECT_THAT(fetched.files, IsEmpty());
        EXPECT_FALSE(fs::exists(m_house / "evil-1.0-py3-none-any.whl"));
        EXPECT_THAT(fetched.outcome.errors, Not(HasSubstr("\x1b")));
    }
}

TEST_F(HostileName, OnTheCommandLineIsAUsageErrorOrNotFound) {
    for (const std::string name :
         {"../sample", "sample/../../other", "sa mple", "", "s\u00e4mple", "-", "sample;rm"}) {
        SCOPED_TRACE(name);
        const Fetched fetched = m_house.fetch({m_master->url()}, {"--verify", name});
        EXPECT_EQ(fetched.outcome.exit_code, 2) << fetched.outcome.errors;
        EXPECT_THAT(fetched.files, IsEmpty());
    }
    const std::string long_name(10'000, 'a');
    EXPECT_EQ(m_house.fetch({m_master->url()}, {"--verify", long_name}).outcome.exit_code, 2);
}

TEST_F(HostileName, InARequestNeverLeavesTheServedTree) {
    const std::string digest_path = m_file.substr(0, m_file.rfind('/'));
    for (const std::string target :
         {"/../master/keys/signer.pem",
          "/simple/../../keys/signer.pem",
          "/packages/../keys/signer.pem",
          "/packages/..%2f..%2fkeys/signer.pem",
          "/%2e%2e/%2e%2e/etc/passwd",
          "//etc/passwd",
          "/keys/signer.pem",
          "/catalog.db",
          "/mirror.json",
          "/blobs/",
          "/simple/%00/",
          "/simple/sample%00/",
          "/simple/..%5c..%5c/",
          "/simple/%c0%ae%c0%ae/",
          "/simple/\\..\\/",
          "/serversig/../keys/signer.pem",
          "/serversig/..%2fcatalog.db"}) {
        SCOPED_TRACE(target);
        const Reply reply = plain_get(m_master->url(), target);
        EXPECT_THAT(reply.status, AllOf(Ge(400), Le(499)));
        m_house.expect_no_secret(reply.body);
        EXPECT_THAT(reply.body, Not(HasSubstr("root:x:0")));
    }
    for (const std::string& target :
         {digest_path + "/../" + m_name,
          digest_path + "/other-name-1.0.tar.gz",
          digest_path + "/"}) {
        EXPECT_THAT(plain_get(m_master->url(), target).status, AnyOf(400, 404)) << target;
    }
    const Reply long_name = plain_get(m_master->url(), "/simple/" + std::string(10'000, 'a') + "/");
    EXPECT_THAT(long_name.status, AllOf(Ge(400), Le(499)));
    EXPECT_EQ(plain_get(m_master->url(), m_file).body, m_wheel) << "the server must still be well";
}

TEST_F(HostileName, InARequestLineNeverEndsTheServer) {
    for (const std::string& bytes :
         {std::string("\0\0\0\0\r\n\r\n", 8),
          std::string("GET\r\n\r\n"),
          std::string("GET / HTTP/9.9\r\n\r\n"),
          "GET " + std::string(100'000, 'a') + " HTTP/1.1\r\n\r\n",
          "GET / HTTP/1.1\r\nHost: x\r\n" + repeated("A: b\r\n", 20'000) + "\r\n",
          std::string("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
          std::string("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: "
                      "chunked\r\n\r\n0\r\n\r\n"),
          std::string("POST /simple/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
                      "3\r\n\r\nabc")}) {
        try {
            const std::string said = plain_exchange(m_master->url(), bytes);
            EXPECT_THAT(said, AnyOf(IsEmpty(), HasSubstr("HTTP/1.1 4"), HasSubstr("HTTP/1.1 5")))
                << bytes.substr(0, 60);
        } catch (const std::runtime_error&) {
            // Hanging up on such a client is an answer, too.
        }
    }
    EXPECT_EQ(plain_get(m_master->url(), m_file).body, m_wheel);
}

}  // namespace
}  // namespace heliograph::test_support
