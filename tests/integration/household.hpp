// SPDX-License-Identifier: Apache-2.0
// A whole house in a temporary folder, built by the real programs: an authority, a master, mirrors,
// clients. Whatever a program says on the way is searched for private keys.
#pragma once

#include <tests/support/lying_mirror.hpp>
#include <tests/support/process.hpp>
#include <tests/support/sample_archive.hpp>
#include <tests/support/temp_folder.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace heliograph::test_support {

/// A `mirror serve` in the background.
class Serving {
  public:
    Serving(const Command& command, const std::filesystem::path& port_file);

    /// `https://127.0.0.1:PORT/`.
    [[nodiscard]] const std::string& url() const { return m_url; }
    [[nodiscard]] Process& process() { return m_process; }

  private:
    Process m_process;
    std::string m_url;
};

/// What `fetch` did with a list of mirrors.
struct Fetched {
    Outcome outcome;
    std::map<std::string, std::string>
        files;  ///< All that lies in its destination afterwards, by name.
};

/// The folder holds `pki/` from the start; the rest is made on request.
class Household {
  public:
    Household();
    ~Household();
    Household(const Household&) = delete;
    Household& operator=(const Household&) = delete;

    [[nodiscard]] const std::filesystem::path& folder() const { return m_folder.path(); }
    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
        return m_folder / name;
    }

    /// How to run `program` here: in this folder, with a home of its own.
    [[nodiscard]] Command command(const std::string& program, std::vector<std::string> arguments)
        const;

    /// Runs it to its end, whatever that is; its fsyncs are left out.
    Outcome run(const std::string& program, std::vector<std::string> arguments);

    /// Runs it and expects exit code 0.
    Outcome must(const std::string& program, std::vector<std::string> arguments);

    /// `mirror init` of a master in `master/`, with `trust.json` beside it, and `mirror add` of the
    /// files.
    void make_master(const std::vector<std::filesystem::path>& files);

    /// A sample wheel in `files/`.
    std::filesystem::path make_wheel(const Distribution& distribution = {});

    /// `mirror init --upstream` of the folder @p name.
    void make_mirror(const std::string& name, const std::string& upstream);

    /// `mirror serve --dir name` over TLS with the household's server certificate.
    [[nodiscard]] Serving serve(const std::string& name);

    /// The certificate and key of 127.0.0.1 made by this authority: for servers that lie in its
    /// name.
    [[nodiscard]] TlsIdentity server_identity() const;

    /// A certificate and key that `pki issue` made.
    [[nodiscard]] TlsIdentity issued(const std::string& name) const;

    /// `fetch ARGUMENTS --mirrors LIST --trust trust.json --dest NEW`, by a client that knows
    /// nothing yet.
    Fetched fetch(const std::vector<std::string>& mirrors, std::vector<std::string> arguments);

    /// The same client once more: it remembers what the last fetch taught it.
    Fetched fetch_again(
        const std::vector<std::string>& mirrors, std::vector<std::string> arguments
    );

    /// Searches what a program said for any private key in this house.
    void expect_no_secret(const Outcome& outcome) const;
    void expect_no_secret(std::string_view text) const;

  private:
    test::TempFolder m_folder;
    std::vector<std::string> m_secrets;
    int m_client{0};  ///< Each has a home of its own.
    int m_destination{0};
};

/// The whole content of a file.
[[nodiscard]] std::string read_text(const std::filesystem::path& path);

/// Lower-case hex SHA-256.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// Where a file of that content and name is served: `/packages/aa/bb/rest/name`.
[[nodiscard]] std::string package_path(std::string_view content, const std::string& file_name);

}  // namespace heliograph::test_support
