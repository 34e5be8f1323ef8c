// SPDX-License-Identifier: Apache-2.0
// pylock.toml: hashes decide, places do not; what is no index file is refused.
#include <mirror/fetch/lock_file.hpp>
#include <mirror/fetch/pdm_settings.hpp>
#include <tests/support/expect_error.hpp>

#include <gtest/gtest.h>

namespace heliograph::mirror {
namespace {

const std::string digest_of_sdist(64, 'a');
const std::string digest_of_wheel(64, 'b');

std::string head() {
    return "lock-version = \"1.0\"\ncreated-by = \"hand\"\n";
}

std::string package(const std::string& more) {
    return head() + "[[packages]]\nname = \"Demo\"\nversion = \"1.0\"\n" + more;
}

std::string wheel(const std::string& name, const std::string& hashes) {
    return "wheels = [{name = \"" + name + "\", hashes = {" + hashes + "}}]\n";
}

TEST(LockFile, NamesFilesByTheirHashesAlone) {
    const auto lock = parse_lock_file(
        head() + "requires-python = \">=3.8\"\nenvironments = [\"os_name == 'posix'\"]\n" +
        "[[packages]]\nname = \"Demo\"\nversion = \"1.0\"\nmarker = \"os_name == 'nt'\"\n" +
        "sdist = {url = \"https://x.example/a/demo-1.0.tar.gz?q#f\", hashes = {sha256 = \"" +
        digest_of_sdist + "\"}}\n" +
        wheel("demo-1.0-py3-none-any.whl", "sha512 = \"00\", sha256 = \"" + digest_of_wheel + "\"")
    );
    ASSERT_TRUE(test::succeeded(lock));
    EXPECT_EQ(lock->environments.size(), 1U);
    const auto requirements = requirements_of(*lock);
    ASSERT_EQ(requirements.size(), 1U);
    EXPECT_EQ(requirements[0].text(), "demo==1.0; os_name == \"nt\"");
    ASSERT_EQ(requirements[0].hashes.size(), 2U);
    EXPECT_EQ(requirements[0].hashes[0].to_hex(), digest_of_sdist);
    EXPECT_EQ(requirements[0].hashes[1].to_hex(), digest_of_wheel);
}

TEST(LockFile, MayBeEmpty) {
    EXPECT_TRUE(parse_lock_file(head() + "packages = []\n")->packages.empty());
}

TEST(LockFile, RefusesWhatDoesNotComeFromAnIndex) {
    for (const std::string other : {"vcs", "directory", "archive"}) {
        test::expect_error(
            parse_lock_file(package(other + " = {path = \"x\"}\n")), ErrorCode::unsupported, other
        );
    }
    test::expect_error(
        parse_lock_file("lock-version = \"2.0\"\npackages = []"), ErrorCode::unsupported
    );
}

TEST(LockFile, RefusesFilesThatAreNotOfThePackageOrHaveNoHash) {
    const std::string good = "sha256 = \"" + digest_of_wheel + "\"";
    for (const auto& more :
         {std::string(),
          wheel("other-1.0-py3-none-any.whl", good),
          wheel("demo-2.0-py3-none-any.whl", good),
          wheel("demo-1.0.tar.gz", good),
          wheel("../demo-1.0-py3-none-any.whl", good),
          wheel("demo-1.0-py3-none-any.whl", "sha512 = \"00\""),
          wheel("demo-1.0-py3-none-any.whl", "sha256 = 1"),
          wheel("demo-1.0-py3-none-any.whl", "sha256 = \"xyz\""),
          std::string("wheels = 1\n"),
          std::string("wheels = [1]\n"),
          std::string("sdist = []\n")}) {
        test::expect_error(parse_lock_file(package(more)), ErrorCode::malformed);
    }
}

std::string repeated(std::string_view text, std::size_t times) {
    std::string whole;
    for (std::size_t i = 0; i < times; ++i) {
        whole += text;
    }
    return whole;
}

TEST(LockFile, RefusesKeysThatNestTooDeep) {
    const std::string deep = repeated("a.", 50'000);
    for (const auto& hostile :
         {deep + "a=1\n",
          "[" + deep + "a]\n",
          "x = {" + repeated("a .\t", 20'000) + "a = 1}\n",
          repeated(R"("=\"".'#'.)", 10'000) + "a=1\n",
          "x = \"\\\"\" # it's \"\"\"\n" + deep + "a=1\n",
          "x = \"\"\"\n\\\"\"\"\"\"\"\n" + deep + "a=1\n",
          "x = '''\n\\'''''\n" + deep + "a=1\n",
          "x = ''\r\n" + deep + "a=1\n",
          repeated("x.a = {", 40) + "b = 1" + repeated("}", 40) + "\n",
          "x = [{" + repeated("a.", 33) + "a = 1}]\n",
          repeated("a.", 33) + "a = 1\n"}) {
        test::expect_error(
            parse_lock_file(head() + hostile + "packages = []\n"), ErrorCode::malformed, "dots"
        );
    }
}

TEST(LockFile, TakesDotsThatNestNothing) {
    const std::string dots(100, '.');
    for (const auto& harmless :
         {"x = \"" + dots + "\" # " + dots + "\n",
          "x = '''\n" + dots + "\n'''\n",
          "x = [" + repeated("1.5, ", 100) + "1.5]\n",
          repeated("a.", 32) + "a = 1\n"}) {
        EXPECT_TRUE(test::succeeded(parse_lock_file(head() + "packages = []\n" + harmless)));
    }
}

// toml++ takes for granted that these never come.
TEST(LockFile, RefusesHeadersWithoutANameAndValuesThatAreNone) {
    for (const std::string header : {"[!]\n", " [ \t=]\n", "[[.a]]\n", "[[[a]]]\n", "[\n", "[[#"}) {
        for (const std::string before : {"", "x = [\n[1],\n[2]\n]\n", "[a]\n"}) {
            test::expect_error(
                parse_lock_file(head() + "packages = []\n" + before + header), ErrorCode::malformed
            );
        }
    }
    for (const std::string value : {"[}", "[1,}", "{a=}", "[", "}", "[[}]"}) {
        test::expect_error(
            parse_lock_file(head() + "packages = []\nx = " + value + "\n"), ErrorCode::malformed
        );
    }
    const std::string named = "[a]\n[ \"b\" ]\n[['c']]\n[[ 1-_ ]]\nx = [\n[1],\n[\n2]]\n";
    EXPECT_TRUE(test::succeeded(parse_lock_file(head() + "packages = []\n" + named)));
}

TEST(LockFile, RefusesControlCharacters) {
    for (const std::string control : {"# \r x\n", "# \f\n", "x = \"\v\"\n", "\x7f\n"}) {
        test::expect_error(
            parse_lock_file(head() + "packages = []\n" + control), ErrorCode::malformed
        );
    }
}

TEST(LockFile, RefusesOtherTexts) {
    const std::string deep = head() + "x = " + std::string(100'000, '[');
    for (const auto& text :
         {std::string(),
          std::string("lock-version = \"1.0\"\n"),
          std::string("lock-version = 1.0\npackages = []\n"),
          head() + "packages = 3\n",
          head() + "packages = [3]\n",
          head() + "requires-python = \"what?\"\npackages = []\n",
          head() + "environments = [1]\npackages = []\n",
          std::string("no TOML at all"),
          deep}) {
        test::expect_error(parse_lock_file(text), ErrorCode::malformed);
    }
    for (const std::string& text : {std::string("\xff\xfe"), head() + "x = \"\u00fc\"\n"}) {
        test::expect_error(parse_lock_file(text), ErrorCode::unsupported);
    }
    test::expect_error(
        parse_lock_file(std::string(lock_file_bytes + 1, '\n')), ErrorCode::too_large
    );
}

TEST(PdmSettings, TellsSourcesHoweverTheyAreWritten) {
    for (const std::string text :
         {"[[tool.pdm.source]]\nname = \"x\"\n",
          "tool.pdm.source = []\n",
          "[tool]\npdm = {source = [{url = \"x\"}]}\n",
          "[tool.\"pdm\"]\n\"s\\u006furce\" = 1 # \xC3\xBC\n"}) {
        const auto seen = sources_in_pyproject(text);
        ASSERT_TRUE(test::succeeded(seen)) << text;
        EXPECT_EQ(*seen, PdmSources::named) << text;
    }
    EXPECT_EQ(
        sources_in_pyproject("[project]\nsource = \"\xC3\xBC\"\n[tool.pdm]\nx.source = 1\n")
            .value(),
        PdmSources::none_named
    );
    for (const std::string text :
         {"[pypi.extra]\nurl = \"x\"\n", "pypi.extra.url = \"x\"\n", "\"pypi.extra\" = {}\n"}) {
        EXPECT_EQ(sources_in_pdm_toml(text).value(), PdmSources::named) << text;
    }
    EXPECT_EQ(
        sources_in_pdm_toml("[pypi]\nurl = \"x\"\n[python]\nuse_venv = true\n").value(),
        PdmSources::none_named
    );
    for (const std::string text : {"tool = [", "[!]", "x = [}", "\xEF\xBB\xBF[tool]"}) {
        test::expect_error(sources_in_pyproject(text), ErrorCode::malformed);
    }
    EXPECT_FALSE(sources_in_pdm_toml(std::string(pdm_settings_bytes + 1, ' ')));
}

}  // namespace
}  // namespace heliograph::mirror
