// SPDX-License-Identifier: Apache-2.0
#include <tests/integration/household.hpp>
#include <tests/support/failing_system.hpp>
#include <tests/support/places.hpp>
#include <tests/support/secret_watch.hpp>

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <iterator>
#include <utility>

namespace heliograph::test_support {

namespace fs = std::filesystem;

Serving::Serving(const Command& command, const fs::path& port_file) : m_process(command) {
    (void)m_process.wait_for_line(Stream::output, "https://");
    std::string port = read_text(port_file);
    port.erase(port.find_last_not_of(" \n") + 1);
    m_url = "https://127.0.0.1:" + port + "/";
}

Household::Household() {
    must("pki", {"init", "--dir", "pki"});
    must(
        "pki",
        {"issue", "server", "localhost", "--dns", "localhost", "--ip", "127.0.0.1", "--dir", "pki"}
    );
    must("pki", {"issue", "signer", "page-signer", "--dir", "pki"});
    must("pki", {"crl", "--dir", "pki"});
}

Household::~Household() {
    EXPECT_TRUE(exposed_keys_below(folder()).empty()) << exposed_keys_below(folder()).front();
}

Command Household::command(const std::string& program, std::vector<std::string> arguments) const {
    return {
        .program = fs::path(program_folder) / program,
        .arguments = std::move(arguments),
        .environment =
            {{"HOME", folder() / ("home" + std::to_string(m_client))},
             {"NO_COLOR", "1"},
             {"HELIOGRAPH_RETRIES", "0"},
             // Most of it is about what mirrors give.
             {"HELIOGRAPH_NO_CACHE", "1"}},
        .folder = folder(),
    };
}

Outcome Household::run(const std::string& program, std::vector<std::string> arguments) {
    const Outcome outcome = run_unsynced(folder(), command(program, std::move(arguments)));
    if (program == "pki") {
        m_secrets = secrets_below(folder());
    }
    expect_no_secret(outcome);
    EXPECT_EQ(outcome.signal, 0) << program << " was ended by a signal: " << outcome.errors;
    return outcome;
}

Outcome Household::must(const std::string& program, std::vector<std::string> arguments) {
    const std::string line = program + " " + ::testing::PrintToString(arguments);
    const Outcome outcome = run(program, std::move(arguments));
    EXPECT_EQ(outcome.exit_code, 0) << line << "\n" << outcome.output << outcome.errors;
    return outcome;
}

void Household::expect_no_secret(const Outcome& outcome) const {
    expect_no_secret(outcome.output + outcome.errors);
}

void Household::expect_no_secret(std::string_view text) const {
    const std::vector<std::string> leaks = leaks_in(text, m_secrets);
    EXPECT_TRUE(leaks.empty()) << ::testing::PrintToString(leaks);
}

fs::path Household::make_wheel(const Distribution& distribution) {
    fs::create_directories(folder() / "files");
    return write_wheel(folder() / "files", distribution);
}

void Household::make_master(const std::vector<fs::path>& files) {
    must(
        "mirror",
        {"init",
         "--dir",
         "master",
         "--signer",
         "pki/issued/page-signer/bundle.pem",
         "--root",
         "pki/root.crt",
         "--crl",
         "pki/crl.pem"}
    );
    must("mirror", {"trust", "export", "--dir", "master", "-o", "trust.json"});
    if (!files.empty()) {
        std::vector<std::string> arguments{"add", "--dir", "master"};
        arguments.insert(arguments.end(), files.begin(), files.end());
        must("mirror", std::move(arguments));
    }
}

void Household::make_mirror(const std::string& name, const std::string& upstream) {
    must("mirror", {"init", "--dir", name, "--upstream", upstream, "--trust", "trust.json"});
}

Serving Household::serve(const std::string& name) {
    const fs::path port_file = folder() / (name + ".port");
    fs::remove(port_file);
    return {
        command(
            "mirror",
            {"serve",
             "--dir",
             name,
             "--listen",
             "127.0.0.1:0",
             "--tls",
             "pki/issued/localhost/bundle.pem",
             "--port-file",
             port_file}
        ),
        port_file};
}

TlsIdentity Household::server_identity() const {
    return issued("localhost");
}

TlsIdentity Household::issued(const std::string& name) const {
    const fs::path place = folder() / "pki/issued" / name;
    return {read_text(place / "chain.pem"), read_text(place / "key.pem")};
}

Fetched Household::fetch(
    const std::vector<std::string>& mirrors, std::vector<std::string> arguments
) {
    ++m_client;
    return fetch_again(mirrors, std::move(arguments));
}

Fetched Household::fetch_again(
    const std::vector<std::string>& mirrors, std::vector<std::string> arguments
) {
    const std::string number = std::to_string(++m_destination);
    {
        std::ofstream list(folder() / ("mirrors" + number));
        // Whatever the speed of each: the first one is asked first.
        unsigned priority = 0;
        for (const std::string& mirror : mirrors) {
            list << mirror << " priority=" << priority++ << '\n';
        }
    }
    const fs::path destination = folder() / ("got" + number);
    const std::vector<std::string> more{
        "--mirrors", "mirrors" + number, "--trust", "trust.json", "--dest", destination};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Fetched fetched{run("fetch", std::move(arguments)), {}};
    if (fs::exists(destination)) {
        fetched.files = contents_of(destination);
    }
    return fetched;
}

std::string read_text(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i < size; ++i) {
        hex += digits[digest.at(i) >> 4U];
        hex += digits[digest.at(i) & 15U];
    }
    return hex;
}

std::string package_path(std::string_view content, const std::string& file_name) {
    const std::string hex = sha256_hex(content);
    return "/packages/" + hex.substr(0, 2) + "/" + hex.substr(2, 2) + "/" + hex.substr(4) + "/" +
           file_name;
}

}  // namespace heliograph::test_support
