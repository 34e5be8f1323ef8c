// SPDX-License-Identifier: Apache-2.0
// `pki token` as people run it, and Python's cryptography on the other side.
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <tests/support/places.hpp>
#include <tests/support/process.hpp>
#include <tests/support/temp_folder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class PkiToken : public ::testing::Test {
  protected:
    PkiToken() { must({"token", "new", file("a.key")}); }

    [[nodiscard]] std::string file(const std::string& name) const {
        return (m_temp / name).string();
    }
    [[nodiscard]] Outcome pki(std::vector<std::string> arguments, std::string input = {}) const {
        return run(
            {.program = fs::path(program_folder) / "pki",
             .arguments = std::move(arguments),
             .environment = {{"HOME", m_temp.path().string()}},
             .input = std::move(input)}
        );
    }
    std::string must(std::vector<std::string> arguments, std::string input = {}) const {
        const Outcome outcome = pki(std::move(arguments), std::move(input));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
        EXPECT_EQ(outcome.errors, "");
        return outcome.output;
    }
    [[nodiscard]] std::string content(const std::string& name) const {
        return std::string(text_of(read_file(file(name), 1000).value()));
    }
    void put(
        const std::string& name, std::string_view text, FileAccess access = FileAccess::owner_only
    ) const {
        EXPECT_TRUE(write_file_atomically(file(name), bytes_of(text), access).has_value());
    }

    test::TempFolder m_temp;
};

TEST_F(PkiToken, KeyIsForItsOwnerAndNeverReplaced) {
    EXPECT_EQ(
        fs::status(file("a.key")).permissions(), fs::perms::owner_read | fs::perms::owner_write
    );
    const std::string before = content("a.key");
    EXPECT_EQ(before.size(), 44U);
    EXPECT_EQ(pki({"token", "new", file("a.key")}).exit_code, 7);
    EXPECT_EQ(content("a.key"), before);
}

TEST_F(PkiToken, OpensWhatItSealed) {
    const std::string message("line\n\0more", 10);
    const std::string token = must({"token", "seal", "--key", file("a.key")}, message);
    EXPECT_EQ(must({"token", "open", "--key", file("a.key"), "--ttl", "60"}, token), message);
    const auto document =
        parse_json(must({"token", "open", "--key", file("a.key"), "--json"}, token), JsonLimits{});
    ASSERT_TRUE(document.has_value());
    EXPECT_EQ(document->text_member("message_base64").value(), "bGluZQoAbW9yZQ==");
}

TEST_F(PkiToken, EndsByCause) {
    const std::string token = must({"token", "seal", "--key", file("a.key")}, "x");
    const auto open = [this](const std::string& key, const std::string& input) {
        return pki({"token", "open", "--key", file(key), "--ttl", "60"}, input);
    };
    EXPECT_EQ(open("a.key", "no token").exit_code, 1);
    EXPECT_EQ(open("a.key", "").exit_code, 1);
    std::string altered = token;
    altered[20] = altered[20] == 'A' ? 'B' : 'A';
    EXPECT_EQ(open("a.key", altered).exit_code, 1);
    must({"token", "new", file("b.key")});
    const Outcome foreign = open("b.key", token);
    EXPECT_EQ(foreign.exit_code, 1);
    EXPECT_THAT(foreign.errors, HasSubstr("another key"));
    // Of 1985, from the published vectors.
    put("spec.key", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=\n");
    const std::string old =
        "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_"
        "5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4I"
        "wqDA==";
    const Outcome expired = open("spec.key", old);
    EXPECT_EQ(expired.exit_code, 6);
    EXPECT_THAT(expired.errors, HasSubstr("1985-10-26T08:20:00Z"));
    EXPECT_EQ(must({"token", "open", "--key", file("spec.key")}, old), "hello");
    EXPECT_EQ(pki({"token", "open"}, token).exit_code, 2);
    EXPECT_EQ(pki({"token", "open", "--key", file("a.key"), "--ttl", "-1"}, token).exit_code, 2);
    EXPECT_EQ(open("none.key", token).exit_code, 3);
    put("bad.key", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4");
    EXPECT_EQ(open("bad.key", token).exit_code, 7);
    put("loose.key", content("a.key"), FileAccess::everyone);
    const Outcome loose = open("loose.key", token);
    EXPECT_EQ(loose.exit_code, 7);
    EXPECT_THAT(loose.errors, HasSubstr("chmod 600"));
}

TEST_F(PkiToken, NeverPrintsAKey) {
    put("bad.key", content("a.key") + "x");
    for (const char* key : {"a.key", "bad.key"}) {
        for (const char* verb : {"seal", "open", "rotate"}) {
            const Outcome outcome = pki({"token", verb, "--key", file(key), "--verbose"}, "x");
            EXPECT_THAT(outcome.output + outcome.errors, Not(HasSubstr(content("a.key"))));
        }
    }
}

TEST_F(PkiToken, KeysAreChangedWithoutLosingTokens) {
    const std::string token = must({"token", "seal", "--key", file("a.key")}, "kept");
    must({"token", "new", file("b.key")});
    const std::vector<std::string> both = {"--key", file("b.key"), "--key", file("a.key")};
    const auto with_both = [&both](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), both.begin(), both.end());
        return arguments;
    };
    EXPECT_EQ(must(with_both({"token", "open"}), token), "kept");
    const std::string rotated = must(with_both({"token", "rotate"}), token);
    EXPECT_EQ(must({"token", "open", "--key", file("b.key")}, rotated), "kept");
    EXPECT_EQ(pki({"token", "rotate", "--key", file("b.key")}, token).exit_code, 1);
}

class PythonToken : public PkiToken {
  protected:
    PythonToken() { must({"token", "new", file("b.key")}); }
    // Keys are read from the files named, in their order.
    [[nodiscard]] std::string python(const std::string& call, const std::string& input) const {
        const std::string script =
            "import sys\n"
            "from cryptography.fernet import Fernet, MultiFernet\n"
            "ring = MultiFernet([Fernet(open(n, 'rb').read()) for n in sys.argv[1:]])\n"
            "data = sys.stdin.buffer.read()\n"
            "sys.stdout.buffer.write(" +
            call + ")\n";
        const Outcome outcome = run(
            // Debian's python3-cryptography is for Debian's Python, whatever stands first in PATH.
            {.program = "/usr/bin/python3",
             .arguments = {"-c", script, file("b.key"), file("a.key")},
             .input = input}
        );
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
        return outcome.output;
    }
};

TEST_F(PythonToken, OpensOursAndWeOpenTheirs) {
    for (const std::size_t size : {0U, 17U, 20'000U}) {
        const std::string message(size, 'm');
        const std::string ours = must({"token", "seal", "--key", file("a.key")}, message);
        EXPECT_EQ(python("ring.decrypt(data, ttl=60)", ours), message);
        const std::string theirs = python("ring.encrypt(data)", message);
        EXPECT_EQ(must({"token", "open", "--ttl", "60", "--key", file("b.key")}, theirs), message);
        EXPECT_EQ(theirs.size() + 1, ours.size());
    }
}

TEST_F(PythonToken, RotatesOursAndWeRotateTheirs) {
    const std::string ours = must({"token", "seal", "--key", file("a.key")}, "kept");
    const std::string theirs = python("ring.rotate(data)", ours);
    EXPECT_EQ(must({"token", "open", "--key", file("b.key")}, theirs), "kept");
    const std::string back =
        must({"token", "rotate", "--key", file("a.key"), "--key", file("b.key")}, theirs);
    EXPECT_EQ(python("ring.decrypt(data)", back), "kept");
}

TEST_F(PythonToken, AgreesOnWhatIsTooOld) {
    const std::string old = python("ring._fernets[0].encrypt_at_time(data, 1000)", "old");
    EXPECT_EQ(pki({"token", "open", "--key", file("b.key"), "--ttl", "60"}, old).exit_code, 6);
    EXPECT_EQ(must({"token", "open", "--key", file("b.key")}, old), "old");
    const std::string ahead = python("ring._fernets[0].encrypt_at_time(data, 1 << 40)", "ahead");
    EXPECT_EQ(pki({"token", "open", "--key", file("b.key"), "--ttl", "60"}, ahead).exit_code, 1);
    EXPECT_EQ(must({"token", "open", "--key", file("b.key")}, ahead), "ahead");
}

}  // namespace
}  // namespace heliograph::test_support
