// SPDX-License-Identifier: Apache-2.0
// `pki trust install|uninstall` on the places of this machine itself, as root sees them in a mount
// namespace of the test: the real update-ca-certificates and certutil, and clients that are told
// nothing. The machine keeps what it has.
#include <tests/integration/pki_house.hpp>
#include <tests/support/scripted_server.hpp>

#include <unistd.h>

#include <iostream>
#include <sstream>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

// Each step prints its name and how it ended. The machine's own local roots, most of its others and
// the hooks of other packages are left out, so that the store is what ca-certificates makes of a
// few.
constexpr const char* session = R"sh(
set -u
url=$1
pki=$2
step() { name=$1; shift; "$@" >>log 2>&1 </dev/null; echo "$name $?"; }
mkdir -p machine/certs machine/local machine/hooks
grep -v '^[#!]' /etc/ca-certificates.conf | head -n 5 >machine/conf || exit 90
mount --bind machine/conf /etc/ca-certificates.conf || exit 90
mount --bind machine/certs /etc/ssl/certs || exit 91
mount --bind machine/local /usr/local/share/ca-certificates || exit 92
mount --bind machine/hooks /etc/ca-certificates/update.d || exit 93
PATH=$PATH:/usr/sbin update-ca-certificates --fresh >>log 2>&1 || exit 94
cp -R -P machine/certs before
judge() {
    step "curl-$1" curl -sS --noproxy '*' "$url"
    step "openssl-$1" openssl verify -untrusted pki/intermediate.crt pki/issued/localhost/cert.pem
    step "python-$1" python3 -c 'import sys, urllib.request as u
u.build_opener(u.ProxyHandler({})).open(sys.argv[1])' "$url"
    step "nss-$1" certutil -V -d sql:.pki/nssdb -n server -u V -e
}
judge before
step install "$pki" trust install
judge installed
step again "$pki" trust install
step uninstall "$pki" trust uninstall
judge after
step store-as-before diff -r --no-dereference before machine/certs
step locals-as-before test -z "$(ls machine/local)"
step uninstall-again "$pki" trust uninstall --no-nss
mount -o remount,bind,ro /usr/local/share/ca-certificates || exit 95
step forbidden "$pki" trust install --no-nss
step nothing-changed diff -r --no-dereference before machine/certs
)sh";

class PkiTrustOnThisMachine : public PkiHouse {
  protected:
    /// In a mount namespace of its own; a user who is not root is root of that alone.
    [[nodiscard]] Outcome in_namespace(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), {"--mount", "--"});
        if (::geteuid() != 0) {
            arguments.insert(arguments.begin(), "--map-root-user");
        }
        Command unshare = command(std::move(arguments));
        unshare.program = "unshare";
        return run(unshare);
    }
    [[nodiscard]] bool may_mount() const {
        fs::create_directory(file("from"));
        fs::create_directory(file("to"));
        return in_namespace({"mount", "--bind", file("from"), file("to")}).exit_code == 0;
    }
    static std::map<std::string, int> steps_in(const std::string& output) {
        std::map<std::string, int> steps;
        std::istringstream lines(output);
        std::string name;
        int code = 0;
        while (lines >> name >> code) {
            steps[name] = code;
        }
        return steps;
    }
};

TEST_F(PkiTrustOnThisMachine, ClientsThatAreToldNothingFollowInstallAndUninstall) {
    if (!may_mount()) {
        std::cout << "not tried: mount namespaces are forbidden here\n";
        RecordProperty("not_tried", "mount namespaces are forbidden here");
        return;
    }
    must({"init"});
    must({"issue", "server", "localhost", "--dns", "localhost", "--ip", "127.0.0.1"});
    fs::create_directories(file(".pki/nssdb"));
    const std::string database = "sql:" + file(".pki/nssdb");
    tool("certutil", {"-N", "-d", database, "--empty-password"});
    for (const auto& [name, path] :
         {std::pair("between", "pki/intermediate.crt"),
          {"server", "pki/issued/localhost/cert.pem"}}) {
        tool("certutil", {"-A", "-d", database, "-n", name, "-t", ",,", "-i", file(path)});
    }
    ScriptedServer server(
        Greeting::tls,
        {.chain_pem = content("pki/issued/localhost/chain.pem"),
         .key_pem = content("pki/issued/localhost/key.pem")}
    );
    Reply hello;
    hello.body = "hello";
    server.on("/", hello);
    const Outcome outcome = in_namespace(
        {"sh",
         "-c",
         session,
         "session",
         "https://127.0.0.1:" + std::to_string(server.port()) + "/",
         (fs::path(program_folder) / "pki").string()}
    );
    const std::string log = exists("log") ? content("log") : "";
    ASSERT_EQ(outcome.exit_code, 0) << outcome.errors << log;
    auto steps = steps_in(outcome.output);
    for (const char* client : {"curl", "openssl", "python", "nss"}) {
        EXPECT_NE(steps.at(std::string(client) + "-before"), 0) << client;
        EXPECT_EQ(steps.at(std::string(client) + "-installed"), 0) << client << '\n' << log;
        EXPECT_NE(steps.at(std::string(client) + "-after"), 0) << client;
    }
    for (const char* step :
         {"install",
          "again",
          "uninstall",
          "store-as-before",
          "locals-as-before",
          "nothing-changed"}) {
        EXPECT_EQ(steps.at(step), 0) << step << '\n' << log;
    }
    EXPECT_EQ(steps.at("uninstall-again"), 3);
    EXPECT_EQ(steps.at("forbidden"), 7);
    EXPECT_THAT(log, HasSubstr("run it as root (sudo), or with --no-system"));
}

}  // namespace
}  // namespace heliograph::test_support
