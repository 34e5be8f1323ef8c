// SPDX-License-Identifier: Apache-2.0
// An authority in a folder of its own, and a clock that stands still: what tests of authorities
// begin with.
#pragma once

#include <pki/authority/authority.hpp>
#include <pki/base/file.hpp>
#include <pki/x509/credential.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/fake_clock.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/pki/x509/sample_chain.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace heliograph::pki {

namespace fs = std::filesystem;
using heliograph::test::expect_error;
using heliograph::test::FakeClock;
using heliograph::test::succeeded;
using heliograph::test::TempFolder;
using std::chrono::days;
using test::sure;

/// The authority, once made, is `pki` in the temporary folder.
class AuthorityFixture : public testing::Test {
  protected:
    [[nodiscard]] fs::path folder() const { return m_temp / "pki"; }
    Authority create(const AuthorityRequest& request = {}) {
        return sure(Authority::create(folder(), request, m_clock));
    }
    Authority reopened() { return sure(Authority::open(folder(), m_clock)); }

    /// For `localhost`, whatever its name.
    static IssueRequest server(const std::string& name = "localhost") {
        return {.kind = LeafKind::server, .name = name, .dns = {"localhost"}, .ip = {"127.0.0.1"}};
    }
    /// An archive that gets no bytes at all.
    static ArchiveWriter empty_archive(const fs::path& place) {
        const auto made = std::make_shared<fs::path>();
        return {
            .place = place,
            .begin =
                [made](const fs::path& hidden) {
                    *made = hidden;
                    return Outcome();
                },
            .add = [](const IssueRequest&, const MadeLeaf&) { return Outcome(); },
            .finish = [made] { return write_file_atomically(*made, {}); }};
    }
    [[nodiscard]] std::vector<RevocationList> lists() const {
        const Bytes text = sure(read_file(folder() / "crl.pem", revocation_list_limit_bytes));
        return sure(RevocationList::parse_pem_list(text_of(text), 8));
    }

    /// Keys come and go: to a place outside, and back.
    void hide(const std::string& key) { fs::rename(folder() / "private" / key, m_temp / key); }
    void bring_back(const std::string& key) {
        fs::rename(m_temp / key, folder() / "private" / key);
    }

    TempFolder m_temp;
    FakeClock m_clock;
};

}  // namespace heliograph::pki
