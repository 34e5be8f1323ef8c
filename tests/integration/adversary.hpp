// SPDX-License-Identifier: Apache-2.0
// The stage for attacks on `fetch`: one liar in front of an honest master, and what must come out
// of every lie.
#pragma once

#include <tests/integration/household.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace heliograph::test_support {

/// One lie and how it must end.
struct Lie {
    std::string name;
    std::function<void(LyingMirror&)> tell;
    std::string finding;  ///< How the id begins that must be reported; empty for a failure that is
                          ///< no finding.
    int exit_alone;       ///< Exit code when nobody honest is left.
};

/// Where a mirror keeps the page of `sample`.
inline const Target sample_page = Target::path("/simple/sample/");

/// A master with two projects, `sample` and `other`, served over TLS.
class AdversaryTest : public ::testing::Test {
  protected:
    AdversaryTest();

    /// With one honest mirror left the user gets the right file and the liar is named, in text and
    /// in JSON; with none left nothing is placed and the exit code says why.
    void expect_refuted(const Lie& lie);
    void expect_refuted(const std::vector<Lie>& lies);

    /// The same for a bad server that is no proxy: it is there already, at that URL.
    void expect_refuted_server(const std::string& bad_url, const Lie& lie);

    Household m_house;
    std::string m_name;   ///< File name of the wheel of `sample`.
    std::string m_wheel;  ///< Its content.
    std::string m_other;  ///< Content of the wheel of `other`.
    std::string m_file;   ///< Path on the server of the wheel of `sample`.
    std::string m_other_file;
    std::optional<Serving> m_master;
};

}  // namespace heliograph::test_support
