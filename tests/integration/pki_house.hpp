// SPDX-License-Identifier: Apache-2.0
// A folder with an authority in it, and the programs that tests of `pki` run there.
#pragma once

#include <pki/base/file.hpp>
#include <tests/support/places.hpp>
#include <tests/support/process.hpp>
#include <tests/support/temp_folder.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::test_support {

/// Everything happens in one temporary folder; the authority, once made, is its `pki`.
class PkiHouse : public ::testing::Test {
  protected:
    [[nodiscard]] std::string file(const std::string& name) const {
        return (m_temp.path() / name).string();
    }
    [[nodiscard]] bool exists(const std::string& name) const {
        return std::filesystem::exists(m_temp.path() / name);
    }
    void put(const std::string& name, std::string_view text) const {
        const auto written =
            write_file_atomically(file(name), bytes_of(text), FileAccess::owner_only);
        EXPECT_TRUE(written.has_value()) << name;
    }
    [[nodiscard]] std::string content(const std::string& name) const {
        const auto bytes = read_file(file(name), 100'000'000);
        EXPECT_TRUE(bytes.has_value()) << name;
        return bytes ? std::string(text_of(*bytes)) : std::string();
    }

    /// The program pki with this authority, here.
    [[nodiscard]] Command command(std::vector<std::string> arguments) const {
        return {
            .program = std::filesystem::path(program_folder) / "pki",
            .arguments = std::move(arguments),
            .environment = {{"HELIOGRAPH_PKI", file("pki")}, {"HOME", file(".")}},
            .folder = m_temp.path()};
    }
    [[nodiscard]] Outcome pki(std::vector<std::string> arguments) const {
        return run(command(std::move(arguments)));
    }
    /// What it prints; it must end well and complain of nothing.
    std::string must(std::vector<std::string> arguments) const {
        const Outcome outcome = pki(std::move(arguments));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
        EXPECT_EQ(outcome.errors, "");
        return outcome.output;
    }

    /// Another program, here.
    [[nodiscard]] Outcome tool_run(const std::string& program, std::vector<std::string> arguments)
        const {
        return run(
            {.program = program,
             .arguments = std::move(arguments),
             .environment = {{"HOME", file(".")}},
             .folder = m_temp.path()}
        );
    }
    Outcome tool(const std::string& program, std::vector<std::string> arguments) const {
        Outcome outcome = tool_run(program, std::move(arguments));
        EXPECT_EQ(outcome.exit_code, 0) << program << ": " << outcome.output << outcome.errors;
        return outcome;
    }

    test::TempFolder m_temp;
};

}  // namespace heliograph::test_support
