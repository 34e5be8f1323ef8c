// SPDX-License-Identifier: Apache-2.0
// The program verify in a folder of its own, with an authority, two scripted mirrors, a signed page
// and its wheel.
#pragma once

#include <pki/authority/authority.hpp>
#include <pki/base/file.hpp>
#include <pki/x509/credential.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/places.hpp>
#include <tests/support/process.hpp>
#include <tests/support/scripted_server.hpp>
#include <tests/support/temp_folder.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/gate/trust_bundle.hpp>
#include <verify/index/page_html.hpp>
#include <verify/index/page_json.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace heliograph::test_support {

namespace fs = std::filesystem;

inline const std::string wheel_name = "demo-1.0-py3-none-any.whl";
inline const std::string wheel_bytes = "the bytes of a wheel";

template <typename T>
T sure(Result<T> result) {
    EXPECT_TRUE(test::succeeded(result));
    return std::move(result).value();
}

class VerifyProgram : public ::testing::Test {
  protected:
    VerifyProgram() {
        auto authority =
            sure(pki::Authority::create(m_folder / "pki", {.name = "Sample"}, m_clock));
        const auto issued = sure(authority.issue({.kind = pki::LeafKind::signer, .name = "pages"}));
        const auto signer = sure(pki::Credential::load_bundle(issued.folder / "bundle.pem"));
        m_bundle = issued.folder / "bundle.pem";
        m_chain = signer.chain_pem();
        m_lists = std::string(text_of(sure(read_file(m_folder / "pki" / "crl.pem", 1'000'000))));
        const verify::TrustBundle trust{
            .name = "Sample", .roots = {authority.root()}, .mirrors = {}};
        write("trust.json", render_trust_bundle(trust));
        m_page = render_page_json(page_of_demo());
        m_html = render_page_html(page_of_demo());
        m_signature = signed_by_signer(m_page);
        serve(m_one);
        serve(m_two);
        write("mirrors.txt", m_one.url() + "\n" + m_two.url() + "\n");
        write(wheel_name, wheel_bytes);
    }

    static verify::ProjectPage page_of_demo() {
        verify::ProjectPage page{
            .name = verify::parse_project_name("demo").value(), .serial = {7}, .files = {}};
        verify::add_file(
            page,
            {.name = verify::parse_dist_file_name(wheel_name).value(),
             .sha256 = pki::sha256(bytes_of(wheel_bytes)),
             .size_bytes = wheel_bytes.size(),
             .upload_time = std::nullopt,
             .requires_python = std::nullopt,
             .yanked = std::nullopt,
             .core_metadata = std::nullopt}
        );
        return page;
    }

    [[nodiscard]] std::string signed_by_signer(std::string_view page) const {
        const auto key = std::move(sure(pki::Credential::load_bundle(m_bundle)).key);
        return std::string(text_of(sure(verify::sign_page(key, bytes_of(page)))));
    }

    void serve(ScriptedServer& mirror) const {
        const auto html = ok(m_html, "text/html");
        mirror.on("/serversig/demo", ok(signed_by_signer(m_html)));
        mirror.otherwise([page = ok(m_page, "application/vnd.pypi.simple.v1+json"),
                          html](const Request& request) {
            if (!request.target.starts_with("/simple/demo/")) {
                return status(404);
            }
            return request.header("Accept").starts_with("text/html") ? html : page;
        });
        mirror.on("/serversig/demo.json", ok(m_signature));
        mirror.on("/serverkey.crt", ok(m_chain));
        mirror.on("/serverkey.crl", ok(m_lists));
    }

    void write(const std::string& name, std::string_view text) const {
        EXPECT_TRUE(test::succeeded(write_file_atomically(m_folder / name, bytes_of(text))));
    }

    [[nodiscard]] Outcome verify(std::vector<std::string> arguments) const {
        return run(command_of(fs::path(program_folder) / "verify", std::move(arguments)));
    }

    /// In a network namespace in which nothing can be reached, where making one is allowed.
    [[nodiscard]] Outcome verify_unconnected(std::vector<std::string> arguments) const {
        const auto unshare = [&](std::vector<std::string> command) {
            command.insert(command.begin(), "-rn");
            return run(command_of("unshare", std::move(command)));
        };
        if (unshare({"true"}).exit_code != 0) {
            return verify(std::move(arguments));
        }
        arguments.insert(arguments.begin(), fs::path(program_folder) / "verify");
        return unshare(std::move(arguments));
    }

    /// What `mirror export` would write of the JSON form.
    void write_copy(const std::string& name) const {
        for (const auto* place : {"simple/demo", "serversig"}) {
            fs::create_directories(m_folder / name / place);
        }
        write(name + "/simple/demo/index.json", m_page);
        write(name + "/serversig/demo.json", m_signature);
        write(name + "/serverkey.crt", m_chain);
        write(name + "/serverkey.crl", m_lists);
    }

    /// A list of requirements with the hash of these bytes.
    void write_lock(std::string_view bytes) const {
        write(
            "requirements.txt",
            "demo==1.0 --hash=sha256:" + pki::sha256(bytes_of(bytes)).to_hex() + "\n"
        );
    }

    [[nodiscard]] Command command_of(const fs::path& program, std::vector<std::string> arguments)
        const {
        return {
            .program = program,
            .arguments = std::move(arguments),
            .environment =
                {{"HOME", m_folder.path().string()},
                 {"HELIOGRAPH_TRUST", (m_folder / "trust.json").string()},
                 {"HELIOGRAPH_MIRRORS", (m_folder / "mirrors.txt").string()}},
            .folder = m_folder.path()};
    }

    SystemClock m_clock;
    test::TempFolder m_folder;
    ScriptedServer m_one;
    ScriptedServer m_two;
    fs::path m_bundle;
    std::string m_chain;
    std::string m_lists;
    std::string m_page;
    std::string m_html;
    std::string m_signature;
};

}  // namespace heliograph::test_support
