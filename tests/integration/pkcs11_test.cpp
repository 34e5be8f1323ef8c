// SPDX-License-Identifier: Apache-2.0
// A certificate authority whose keys live in a device, by the library and by the program pki:
// SoftHSM.
#include <pki/base/file.hpp>
#include <pki/crypto/pkcs11_key.hpp>
#include <pki/crypto/signature_check.hpp>
#include <pki/crypto/signer.hpp>
#include <pki/x509/profile.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/places.hpp>
#include <tests/support/process.hpp>
#include <tests/support/temp_folder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

namespace heliograph::test_support {
namespace {

using test::expect_error;
using test::succeeded;

pki::PassphraseSource pin(std::string_view text) {
    return [text]() -> Result<SecretBytes> { return SecretBytes(bytes_of(text)); };
}

/// One device for all tests of the process: its library is loaded once.
class Pkcs11Key : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        s_folder = std::make_unique<test::TempFolder>();
        ASSERT_TRUE(succeeded(make_folder(*s_folder / "tokens", FileAccess::owner_only)));
        put("softhsm.conf",
            "directories.tokendir = " + (*s_folder / "tokens").string() +
                "\nobjectstore.backend = file\nlog.level = ERROR\n");
        ASSERT_EQ(::setenv("SOFTHSM2_CONF", (*s_folder / "softhsm.conf").c_str(), 1), 0);
        softhsm({"--init-token", "--free", "--label", "authority", "--so-pin", "567890"});
        softhsm({"--init-token", "--free", "--label", "twins", "--so-pin", "567890"});
        s_twins.push_back(make_key("one", pki::KeyType::p256, "b1", "twins"));
        s_twins.push_back(make_key("two", pki::KeyType::p256, "b1", "twins"));
        s_root = std::make_unique<pki::PrivateKey>(make_key("root", pki::KeyType::p256, "a1"));
        // Before any other: who is logged in stays so for the life of the process.
        s_wrong_pin = std::make_unique<Result<pki::PrivateKey>>(
            pki::open_pkcs11_key(address("root"), pin("9999"))
        );
        s_issuing =
            std::make_unique<pki::PrivateKey>(make_key("issuing", pki::KeyType::rsa3072, "a2"));
        static_cast<void>(make_key("root-2", pki::KeyType::p256, "a3"));
        static_cast<void>(make_key("issuing-2", pki::KeyType::p256, "a4"));
    }
    static void TearDownTestSuite() {
        s_wrong_pin.reset();
        s_twins.clear();
        s_root.reset();
        s_issuing.reset();
        s_folder.reset();
    }

    static void put(const std::string& name, std::string_view text) {
        ASSERT_TRUE(succeeded(
            write_file_atomically(*s_folder / name, bytes_of(text), FileAccess::owner_only)
        ));
    }
    static void softhsm(std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"--pin", "1234"});
        const Outcome outcome = run(
            {.program = "softhsm2-util",
             .arguments = std::move(arguments),
             .environment = {{"SOFTHSM2_CONF", (*s_folder / "softhsm.conf").string()}}}
        );
        ASSERT_EQ(outcome.exit_code, 0) << outcome.output << outcome.errors;
    }
    // The same key in memory, to compare with: SoftHSM's command only imports.
    static pki::PrivateKey make_key(
        const std::string& name,
        pki::KeyType type,
        const std::string& id,
        const std::string& token = "authority"
    ) {
        auto key = pki::PrivateKey::generate(type).value();
        put(name + ".pem", text_of(key.to_pem().expose()));
        softhsm(
            {"--import",
             (*s_folder / (name + ".pem")).string(),
             "--token",
             token,
             "--label",
             name,
             "--id",
             id,
             "--force"}
        );
        return key;
    }
    static pki::Pkcs11Address address(const std::string& name) {
        return {
            .module = "/usr/lib/softhsm/libsofthsm2.so",
            .uri = "pkcs11:token=authority;object=" + name + ";type=private"};
    }

    static std::unique_ptr<test::TempFolder> s_folder;
    static std::unique_ptr<pki::PrivateKey> s_root;
    static std::unique_ptr<pki::PrivateKey> s_issuing;
    static std::vector<pki::PrivateKey> s_twins;  // Two keys of one id.
    static std::unique_ptr<Result<pki::PrivateKey>> s_wrong_pin;
};

std::unique_ptr<test::TempFolder> Pkcs11Key::s_folder;
std::unique_ptr<pki::PrivateKey> Pkcs11Key::s_root;
std::unique_ptr<pki::PrivateKey> Pkcs11Key::s_issuing;
std::vector<pki::PrivateKey> Pkcs11Key::s_twins;
std::unique_ptr<Result<pki::PrivateKey>> Pkcs11Key::s_wrong_pin;

TEST_F(Pkcs11Key, SignsCertificatesInsideItsDevice) {
    const auto root_key = pki::open_pkcs11_key(address("root"), pin("1234"));
    ASSERT_TRUE(succeeded(root_key));
    EXPECT_EQ(root_key->public_key(), s_root->public_key());
    const auto issuing_key = pki::open_pkcs11_key(address("issuing"), pin("1234"));
    ASSERT_TRUE(succeeded(issuing_key));
    const Instant now = SystemClock().now();
    const auto root = pki::make_root(
        {.common_name = "Device Root",
         .organization = "Example",
         .constraints = pki::loopback_constraints(),
         .validity = pki::validity_from(now, std::chrono::days(30))},
        *root_key
    );
    ASSERT_TRUE(succeeded(root));
    const auto issuing = pki::make_intermediate(
        {.common_name = "Device Issuing",
         .organization = "Example",
         .constraints = {},
         .validity = pki::validity_from(now, std::chrono::days(20)),
         .subject_key = issuing_key->public_key()},
        {*root, *root_key}
    );
    ASSERT_TRUE(succeeded(issuing));
    // The gate inside judges the whole chain strictly.
    const auto leaf_key = pki::PrivateKey::generate().value();
    const auto leaf = pki::make_leaf(
        {.kind = pki::LeafKind::server,
         .common_name = {},
         .dns = {"localhost"},
         .validity = pki::validity_from(now, std::chrono::days(10)),
         .subject_key = leaf_key.public_key()},
        {*issuing, *issuing_key},
        *root
    );
    ASSERT_TRUE(succeeded(leaf));
    put("root.crt", root->to_pem());
    put("issuing.crt", issuing->to_pem());
    put("leaf.crt", leaf->to_pem());
    const Outcome judged = run(
        {.program = "openssl",
         .arguments =
             {"verify",
              "-x509_strict",
              "-CAfile",
              "root.crt",
              "-untrusted",
              "issuing.crt",
              "leaf.crt"},
         .folder = s_folder->path()}
    );
    EXPECT_EQ(judged.exit_code, 0) << judged.errors;
}

// Without an id, or with one of several keys, the device shows some public half.
TEST_F(Pkcs11Key, IsNeverTakenWithThePublicHalfOfAnother) {
    std::size_t refused = 0;
    for (const auto& [name, made] :
         {std::pair("one", &s_twins.at(0)), std::pair("two", &s_twins.at(1))}) {
        pki::Pkcs11Address place = address(name);
        place.uri = "pkcs11:token=twins;object=" + std::string(name) + ";type=private";
        const auto key = pki::open_pkcs11_key(place, pin("1234"));
        if (key) {
            EXPECT_EQ(key->public_key(), made->public_key());
            continue;
        }
        ++refused;
        expect_error(key, ErrorCode::conflict, "an id of its own");
    }
    EXPECT_GT(refused, 0U);
}

TEST_F(Pkcs11Key, MakesDetachedSignatures) {
    for (const char* name : {"root", "issuing"}) {
        const auto key = pki::open_pkcs11_key(address(name), pin("1234"));
        ASSERT_TRUE(succeeded(key));
        const auto signature = pki::sign(*key, bytes_of("a page"));
        ASSERT_TRUE(succeeded(signature));
        const auto checked = pki::check_signature(
            key->public_key(), pki::SignedBytes(bytes_of("a page")), pki::SignatureBytes(*signature)
        );
        ASSERT_TRUE(succeeded(checked));
        EXPECT_EQ(*checked, pki::SignatureOutcome::valid);
    }
}

/// The program, with an authority of its own for each test.
class PkiDevice : public Pkcs11Key {
  protected:
    [[nodiscard]] Outcome pki_run(
        std::vector<std::string> arguments, const std::string& folder = "pki"
    ) const {
        arguments.insert(arguments.end(), {"--dir", (m_temp / folder).string()});
        return run(
            {.program = std::filesystem::path(program_folder) / "pki",
             .arguments = std::move(arguments),
             .environment =
                 {{"SOFTHSM2_CONF", (*s_folder / "softhsm.conf").string()},
                  {"HOME", s_folder->path().string()}},
             .folder = m_temp.path()}
        );
    }
    void must(std::vector<std::string> arguments, const std::string& folder = "pki") const {
        const Outcome outcome = pki_run(std::move(arguments), folder);
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
    }
    void init(std::vector<std::string> keys) const {
        keys.insert(
            keys.begin(), {"init", "--pkcs11-module", address("root").module, "--pin-file", m_pin}
        );
        must(std::move(keys));
    }
    [[nodiscard]] Outcome rollover(
        const std::string& act, const std::string& target, std::vector<std::string> more
    ) const {
        more.insert(more.begin(), {"rollover", act, target, "--pin-file", m_pin});
        return pki_run(std::move(more));
    }
    /// The server's chain as it is sent, by another judge.
    [[nodiscard]] Outcome judged_under(const std::string& root) const {
        return run(
            {.program = "openssl",
             .arguments =
                 {"verify",
                  "-x509_strict",
                  "-crl_check_all",
                  "-CAfile",
                  root,
                  "-CRLfile",
                  "pki/crl.pem",
                  "-untrusted",
                  "pki/issued/localhost/chain.pem",
                  "pki/issued/localhost/cert.pem"},
             .folder = m_temp.path()}
        );
    }
    [[nodiscard]] std::string text_in(const std::string& name) const {
        return std::string(text_of(read_file(m_temp / name, 1 << 20).value()));
    }
    void SetUp() override {
        put("pin", "1234\n");
        put("wrong", "9999\n");
        m_pin = (*s_folder / "pin").string();
    }

    test::TempFolder m_temp;
    std::string m_folder = (m_temp / "pki").string();
    std::string m_pin;
};

TEST_F(PkiDevice, HoldsBothKeysOfAnAuthorityForAllThatItDoes) {
    init({"--root-key", address("root").uri, "--intermediate-key", address("issuing").uri});
    for (const char* key : {"pki/private/root.key", "pki/private/intermediate.key"}) {
        EXPECT_THAT(text_in(key), testing::HasSubstr("pkcs11:token=authority"));
        EXPECT_EQ(text_in(key).find("1234"), std::string::npos);
    }
    must({"issue", "server", "localhost", "--pin-file", m_pin});
    must({"renew", "localhost", "--pin-file", m_pin});
    must({"issue", "client", "laptop", "--pin-file", m_pin});
    must({"revoke", "laptop", "--pin-file", m_pin});
    must({"crl", "--pin-file", m_pin});
    must({"ocsp", "refresh", "--pin-file", m_pin});
    const Outcome judged = judged_under("pki/root.crt");
    EXPECT_EQ(judged.exit_code, 0) << judged.errors;
}

TEST_F(PkiDevice, RollsARootOverToKeysThatWereMadeInTheDevice) {
    init({"--root-key", address("root").uri, "--intermediate-key", address("issuing").uri});
    must({"issue", "server", "localhost", "--pin-file", m_pin});
    const std::string old_root = text_in("pki/root.crt");
    const Outcome planned = pki_run({"rollover", "plan", "root", "--pin-file", m_pin});
    EXPECT_EQ(planned.exit_code, 0) << planned.errors;
    EXPECT_THAT(
        planned.output,
        testing::HasSubstr("pki rollover start root --root-key URI --intermediate-key URI")
    );
    EXPECT_THAT(planned.errors, testing::HasSubstr("is in a device"));
    const std::vector<std::string> keys{
        "--root-key", address("root-2").uri, "--intermediate-key", address("issuing-2").uri};
    EXPECT_EQ(rollover("start", "root", keys).exit_code, 0);
    EXPECT_EQ(rollover("start", "root", keys).exit_code, 0) << "once more, it changes nothing";
    for (const char* key : {"pki/private/root-2.key", "pki/private/intermediate-2.key"}) {
        EXPECT_THAT(text_in(key), testing::HasSubstr("pkcs11:token=authority"));
        EXPECT_EQ(text_in(key).find("1234"), std::string::npos);
    }
    must({"renew", "localhost", "--pin-file", m_pin});
    put("old-root.crt", old_root);
    EXPECT_EQ(judged_under((*s_folder / "old-root.crt").string()).exit_code, 0);
    must({"rollover", "finish", "root", "--clients-ready", "--pin-file", m_pin});
    EXPECT_THAT(text_in("pki/retired/root.key"), testing::HasSubstr("object=root;"));
    must({"issue", "client", "laptop", "--pin-file", m_pin});
    must({"crl", "--pin-file", m_pin});
    EXPECT_EQ(text_in("pki/root.crt").find(old_root), std::string::npos);
    const Outcome judged = judged_under("pki/root.crt");
    EXPECT_EQ(judged.exit_code, 0) << judged.errors;
}

TEST_F(PkiDevice, IsFollowedInADeviceByAnotherKeyAlone) {
    init({"--root-key", address("root").uri, "--intermediate-key", address("issuing").uri});
    const auto refused = [this](const std::string& target, std::vector<std::string> keys) {
        const Outcome outcome = rollover("start", target, std::move(keys));
        EXPECT_EQ(outcome.exit_code, 2) << outcome.errors;
        EXPECT_FALSE(std::filesystem::exists(m_temp / "pki/private/intermediate-2.key"));
        return outcome.errors;
    };
    const std::string fresh = address("issuing-2").uri;
    EXPECT_THAT(refused("intermediate", {}), testing::HasSubstr("--intermediate-key URI"));
    EXPECT_THAT(refused("root", {"--intermediate-key", fresh}), testing::HasSubstr("--root-key"));
    EXPECT_THAT(
        refused("intermediate", {"--intermediate-key", address("root").uri}),
        testing::HasSubstr("a new key")
    );
    EXPECT_THAT(
        refused("root", {"--root-key", fresh, "--intermediate-key", fresh}),
        testing::HasSubstr("two keys")
    );
    EXPECT_THAT(
        refused("intermediate", {"--root-key", fresh}), testing::HasSubstr("what is followed alone")
    );
    EXPECT_EQ(
        rollover("start", "intermediate", {"--intermediate-key", address("none").uri}).exit_code, 7
    );
    // One that is revoked is followed by another, too.
    EXPECT_EQ(rollover("start", "intermediate", {"--intermediate-key", fresh}).exit_code, 0);
    must({"revoke", "heliograph Intermediate 2", "--pin-file", m_pin});
    EXPECT_THAT(
        pki_run({"issue", "server", "localhost", "--pin-file", m_pin}).errors,
        testing::HasSubstr("--intermediate-key URI")
    );
    EXPECT_EQ(rollover("start", "intermediate", {"--intermediate-key", fresh}).exit_code, 2)
        << "a key that was revoked is none to follow with";
    EXPECT_EQ(
        rollover("start", "intermediate", {"--intermediate-key", address("root-2").uri}).exit_code,
        0
    );
    must({"issue", "server", "localhost", "--pin-file", m_pin});
    must({"rollover", "finish", "intermediate", "--pin-file", m_pin});
}

TEST_F(PkiDevice, TakesAnAuthorityWithKeysInFilesIntoTheDevice) {
    must({"init"});
    must({"issue", "server", "localhost"});
    std::vector<std::string> keys{
        "--root-key", address("root-2").uri, "--intermediate-key", address("issuing-2").uri};
    const Outcome unknown = rollover("start", "root", keys);
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_THAT(unknown.errors, testing::HasSubstr("--pkcs11-module"));
    keys.insert(keys.end(), {"--pkcs11-module", address("root").module.string()});
    EXPECT_EQ(rollover("start", "root", keys).exit_code, 0);
    must({"renew", "localhost", "--pin-file", m_pin});
    must({"rollover", "finish", "root", "--clients-ready", "--pin-file", m_pin});
    const Outcome judged = judged_under("pki/root.crt");
    EXPECT_EQ(judged.exit_code, 0) << judged.errors;
}

TEST_F(PkiDevice, IssuesUnderARootInADeviceWithAnIntermediateInAFile) {
    init({"--root-key", address("root").uri});
    must({"issue", "server", "localhost"});
    const std::string before = text_in("pki/crl.pem");
    const Outcome wrong = pki_run({"crl", "--pin-file", (*s_folder / "wrong").string()});
    EXPECT_EQ(wrong.exit_code, 7);
    EXPECT_THAT(wrong.errors, testing::HasSubstr("PIN"));
    EXPECT_EQ(wrong.errors.find("9999"), std::string::npos);
    EXPECT_NE(pki_run({"crl"}).exit_code, 0) << "nobody is there to be asked";
    EXPECT_EQ(text_in("pki/crl.pem"), before);
    const Outcome moved =
        pki_run({"crl", "--pin-file", m_pin, "--pkcs11-module", "/nowhere/module.so"});
    EXPECT_EQ(moved.exit_code, 3);
    must({"revoke", "localhost"});
    EXPECT_NE(text_in("pki/crl.pem"), before) << "the intermediate signs without the device";
    must({"rollover", "start", "intermediate", "--pin-file", m_pin});
    EXPECT_EQ(pki_run({"init", "--root-key", address("root").uri}).exit_code, 7) << "it exists";
}

TEST_F(PkiDevice, IsRestoredFromABackupThatNamesItsKeys) {
    init({"--root-key", address("root").uri});
    put("words", "horse\n");
    const std::string words = (*s_folder / "words").string();
    const Outcome kept = pki_run({"backup", "pki.backup", "--passphrase-file", words});
    EXPECT_EQ(kept.exit_code, 0);
    EXPECT_THAT(kept.errors, testing::HasSubstr("a key of this authority cannot leave the device"));
    must({"restore", "pki.backup", "--passphrase-file", words}, "new");
    EXPECT_EQ(text_in("new/private/root.key"), text_in("pki/private/root.key"));
    must({"crl", "--pin-file", m_pin}, "new");
}

TEST_F(PkiDevice, MakesNothingOfKeysThatItCannotHave) {
    const auto refused = [this](std::vector<std::string> more) {
        more.insert(more.begin(), "init");
        more.insert(more.end(), {"--pin-file", m_pin});
        const Outcome outcome = pki_run(std::move(more));
        EXPECT_FALSE(std::filesystem::exists(m_folder));
        return outcome.exit_code;
    };
    const std::string module = address("root").module.string();
    EXPECT_EQ(refused({"--root-key", address("root").uri}), 2) << "no module";
    EXPECT_EQ(refused({"--pkcs11-module", module}), 2) << "no key";
    EXPECT_EQ(refused({"--pkcs11-module", module, "--root-key", address("none").uri}), 7);
    EXPECT_EQ(
        refused({"--pkcs11-module", module, "--root-key", address("root").uri + "?pin-value=1234"}),
        2
    );
    const std::string uri = address("root").uri;
    EXPECT_EQ(
        refused({"--pkcs11-module", module, "--root-key", uri, "--intermediate-key", uri}), 2
    );
}

TEST_F(Pkcs11Key, IsRefusedByCause) {
    using pki::open_pkcs11_key;
    expect_error(open_pkcs11_key(address("none"), pin("1234")), ErrorCode::denied, "no such key");
    pki::Pkcs11Address foreign = address("root");
    foreign.module = "/nowhere/module.so";
    expect_error(open_pkcs11_key(foreign, pin("1234")), ErrorCode::not_found, "module");
    foreign.module = "module.so";
    expect_error(open_pkcs11_key(foreign, pin("1234")), ErrorCode::invalid_argument, "absolute");
    pki::Pkcs11Address telling = address("root");
    telling.uri += "?pin-value=1234";
    const auto told = open_pkcs11_key(telling, pin("1234"));
    expect_error(told, ErrorCode::invalid_argument, "without a PIN");
    EXPECT_EQ(told.error().describe().find("1234"), std::string::npos);
    expect_error(
        open_pkcs11_key({.module = address("root").module, .uri = "root.key"}, pin("1234")),
        ErrorCode::invalid_argument
    );
    expect_error(open_pkcs11_key(address("root"), pin("")), ErrorCode::invalid_argument);
    expect_error(*s_wrong_pin, ErrorCode::denied, "PIN");
    EXPECT_EQ(s_wrong_pin->error().describe().find("9999"), std::string::npos);
}

}  // namespace
}  // namespace heliograph::test_support
