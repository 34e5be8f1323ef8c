// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/commands/pki/system_command.hpp>
#include <tools/commands/pki/trust_store.hpp>

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <system_error>

namespace heliograph::tools::pki_commands {

namespace {

namespace fs = std::filesystem;

std::string entry_name(const pki::Certificate& root) {
    return root.subject_common_name() + " " + short_fingerprint(root);
}

// Of another root folder nothing of this machine is read or written.
std::vector<std::string> debian_folders(const fs::path& prefix) {
    if (prefix == "/") {
        return {};
    }
    return {
        "--certsconf",
        prefix / "etc/ca-certificates.conf",
        "--certsdir",
        prefix / "usr/share/ca-certificates",
        "--localcertsdir",
        prefix / "usr/local/share/ca-certificates",
        "--etccertsdir",
        prefix / "etc/ssl/certs",
        "--hooksdir",
        prefix / "etc/ca-certificates/update.d"};
}

Outcome ended_well(const std::string& program, int code) {
    if (code == 0) {
        return {};
    }
    return Error(
        ErrorCode::io,
        "expected " + program + " to end with 0, saw " + std::to_string(code) +
            "; its own words are above"
    );
}

// A temporary copy in a private folder, since certutil reads files only.
class RootFile {
  public:
    [[nodiscard]] static Result<RootFile> make(const pki::Certificate& root) {
        std::error_code failure;
        const fs::path parent = fs::temp_directory_path(failure);
        std::string pattern = (parent / "heliograph-trust-XXXXXX").string();
        if (failure || ::mkdtemp(pattern.data()) == nullptr) {
            return Error(ErrorCode::io, "expected room for a temporary file, saw none");
        }
        RootFile file{fs::path(pattern)};
        HG_CHECK(write_file_atomically(file.path(), bytes_of(root.to_pem())));
        return file;
    }
    RootFile(RootFile&& other) noexcept : m_folder(std::exchange(other.m_folder, fs::path())) {}
    RootFile& operator=(RootFile&&) = delete;
    RootFile(const RootFile&) = delete;
    RootFile& operator=(const RootFile&) = delete;
    ~RootFile() {
        if (!m_folder.empty()) {
            std::error_code ignored;  // A public certificate in a folder for temporary files.
            fs::remove_all(m_folder, ignored);
        }
    }
    [[nodiscard]] fs::path path() const { return m_folder / "root.crt"; }

  private:
    explicit RootFile(fs::path folder) : m_folder(std::move(folder)) {}
    fs::path m_folder;
};

void add_profiles(const fs::path& profiles, std::vector<fs::path>& found) {
    std::error_code failure;
    for (fs::directory_iterator entry(profiles, failure);
         !failure && entry != fs::directory_iterator();
         entry.increment(failure)) {
        std::error_code ignored;
        if (fs::is_regular_file(entry->path() / "cert9.db", ignored)) {
            found.push_back(entry->path());
        }
    }
}

}  // namespace

std::string short_fingerprint(const pki::Certificate& root) {
    return root.fingerprint().to_hex().substr(0, 16);
}

std::optional<SystemStore> find_system_store(const fs::path& prefix) {
    std::error_code ignored;
    const fs::path debian = prefix / "usr/local/share/ca-certificates";
    if (fs::is_directory(debian, ignored)) {
        std::vector<std::string> folders = debian_folders(prefix);
        std::vector<std::string> fresh = folders;
        // Without it the links to what is gone stay.
        fresh.emplace_back("--fresh");
        return SystemStore{debian, "update-ca-certificates", std::move(folders), std::move(fresh)};
    }
    const fs::path fedora = prefix / "etc/pki/ca-trust/source/anchors";
    if (prefix == "/" && fs::is_directory(fedora, ignored)) {
        return SystemStore{fedora, "update-ca-trust", {"extract"}, {"extract"}};
    }
    return std::nullopt;
}

Result<fs::path> change_system_store(
    const SystemStore& store, const pki::Certificate& root, TrustChange change
) {
    const fs::path file = store.anchors / ("heliograph-" + short_fingerprint(root) + ".crt");
    if (::access(store.anchors.c_str(), W_OK) != 0) {
        return Error(
            ErrorCode::denied,
            "expected to write into " + store.anchors.string() +
                ", saw no permission; run it as root (sudo), or with --no-system"
        );
    }
    const bool installing = change == TrustChange::install;
    if (installing) {
        HG_CHECK(write_file_atomically(file, bytes_of(root.to_pem())));
    } else {
        std::error_code ignored;
        if (!fs::exists(file, ignored)) {
            return Error(
                ErrorCode::not_found,
                "expected this root in the system's store, saw no file " + file.string()
            );
        }
        HG_CHECK(remove_file(file));
    }
    HG_TRY(
        const int code,
        run_system_command(store.program, installing ? store.install : store.uninstall)
    );
    HG_CHECK(ended_well(store.program, code));
    return file;
}

std::vector<fs::path> find_nss_databases() {
    std::vector<fs::path> found;
    const char* const home = std::getenv("HOME");
    if (home == nullptr || *home == '\0') {
        return found;
    }
    std::error_code ignored;
    const fs::path chromium = fs::path(home) / ".pki/nssdb";
    if (fs::is_regular_file(chromium / "cert9.db", ignored)) {
        found.push_back(chromium);
    }
    add_profiles(fs::path(home) / ".mozilla/firefox", found);
    add_profiles(fs::path(home) / "snap/firefox/common/.mozilla/firefox", found);
    return found;
}

Outcome change_nss_database(
    const fs::path& folder, const pki::Certificate& root, TrustChange change
) {
    const std::string database = "sql:" + folder.string();
    std::error_code ignored;
    if (!fs::is_regular_file(folder / "cert9.db", ignored)) {
        return Error(
            ErrorCode::not_found,
            "expected an NSS database in " + folder.string() +
                ", saw no cert9.db; 'certutil -N -d " + database + "' makes one"
        );
    }
    if (change == TrustChange::uninstall) {
        HG_TRY(
            const int code,
            run_system_command("certutil", {"-D", "-d", database, "-n", entry_name(root)})
        );
        if (code != 0) {
            return Error(
                ErrorCode::not_found, "expected this root in " + folder.string() + ", saw it not"
            );
        }
        return {};
    }
    HG_TRY(const RootFile file, RootFile::make(root));
    HG_TRY(
        const int code,
        run_system_command(
            "certutil",
            {"-A", "-d", database, "-n", entry_name(root), "-t", "C,,", "-i", file.path().string()}
        )
    );
    return ended_well("certutil", code);
}

std::optional<fs::path> find_system_bundle(const fs::path& prefix) {
    constexpr std::array<const char*, 3> places{
        "etc/ssl/certs/ca-certificates.crt", "etc/pki/tls/certs/ca-bundle.crt", "etc/ssl/cert.pem"};
    for (const char* const place : places) {
        std::error_code ignored;
        if (fs::is_regular_file(prefix / place, ignored)) {
            return prefix / place;
        }
    }
    return std::nullopt;
}

}  // namespace heliograph::tools::pki_commands
