// SPDX-License-Identifier: Apache-2.0
// A folder with an authority in it, the program pki, and openssl as the judge of what it issues.
#pragma once

#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <tests/support/places.hpp>
#include <tests/support/process.hpp>
#include <tests/support/temp_folder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace heliograph::test_support {

namespace fs = std::filesystem;

class PkiLifecycle : public ::testing::Test {
  protected:
    [[nodiscard]] Command command(std::vector<std::string> arguments) const {
        return {
            .program = fs::path(program_folder) / "pki",
            .arguments = std::move(arguments),
            .environment = {
                {"HOME", m_temp.path().string()}, {"HELIOGRAPH_PKI", folder().string()}}};
    }
    [[nodiscard]] Outcome pki(std::vector<std::string> arguments) const {
        return run(command(std::move(arguments)));
    }
    Outcome must(const std::vector<std::string>& arguments) const {
        Outcome outcome = pki(arguments);
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
        return outcome;
    }
    [[nodiscard]] JsonValue document(std::vector<std::string> arguments) const {
        arguments.emplace_back("--json");
        const Outcome outcome = must(arguments);
        auto value = parse_json(outcome.output, {.text_bytes = 16 * 1024 * 1024});
        EXPECT_TRUE(value.has_value()) << outcome.output;
        return value ? *value : JsonValue();
    }
    [[nodiscard]] std::size_t count_of(std::vector<std::string> arguments) const {
        const JsonValue listed = document(std::move(arguments));
        const auto rows = listed.array_member("certificates");
        return rows ? (*rows)->size() : 0;
    }
    [[nodiscard]] fs::path folder() const { return m_temp / "pki"; }
    [[nodiscard]] fs::path issued(const std::string& name) const {
        return folder() / "issued" / name;
    }

    /// A named pipe: whoever opens one end waits for the other.
    [[nodiscard]] std::string pipe(const std::string& name) const {
        const std::string place = (m_temp / name).string();
        EXPECT_EQ(run({.program = "mkfifo", .arguments = {place}}).exit_code, 0);
        return place;
    }

    void expect_strict(const fs::path& place, const std::string& purpose) const {
        const Outcome judged = run({
            .program = "openssl",
            .arguments =
                {"verify",
                 "-x509_strict",
                 "-crl_check_all",
                 "-purpose",
                 purpose,
                 "-CAfile",
                 folder() / "root.crt",
                 "-untrusted",
                 place / "chain.pem",
                 "-CRLfile",
                 folder() / "crl.pem",
                 place / "cert.pem"},
        });
        EXPECT_EQ(judged.exit_code, 0) << judged.output << judged.errors;
    }

    test::TempFolder m_temp;
};

}  // namespace heliograph::test_support
