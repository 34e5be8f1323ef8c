// SPDX-License-Identifier: Apache-2.0
// The files of a renewed certificate, between the moment when they are whole and the moment when
// they have replaced those before them. A killed renewal is finished by whoever comes next:
//
//   staged and not entered   goes: nobody was given this certificate
//   staged and entered       takes its place; what stood there is retired
//   in its place             what it replaced is retired
#include <pki/authority/authority_state.hpp>
#include <pki/authority/place.hpp>
#include <pki/base/file.hpp>
#include <pki/crypto/pem.hpp>
#include <pki/crypto/random.hpp>
#include <pki/x509/certificate_fields.hpp>

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>

namespace heliograph::pki {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view staging_end = ".renewed.tmp";

// Both names stay taken at every moment. A file system that cannot exchange gets two renames.
Outcome exchange(const fs::path& one, const fs::path& other) {
    if (::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0) {
        return sync_folder(other.parent_path());
    }
    const int reason = errno;
    std::error_code failure;
    if (reason == ENOENT && !fs::exists(fs::symlink_status(other, failure))) {
        fs::rename(one, other, failure);  // Somebody took the old files away.
        return failure
                   ? Outcome(system_error(failure.value(), "put " + other.string() + " in place"))
                   : sync_folder(other.parent_path());
    }
    if (reason != EINVAL && reason != ENOSYS) {
        return system_error(reason, "exchange " + other.string());
    }
    const fs::path aside = fs::path(one) += ".old";
    fs::rename(other, aside, failure);
    if (!failure) {
        fs::rename(one, other, failure);
    }
    if (!failure) {
        fs::rename(aside, one, failure);
    }
    return failure ? Outcome(system_error(failure.value(), "exchange " + other.string()))
                   : sync_folder(other.parent_path());
}

// All that the files of a certificate consist of.
constexpr std::array<std::string_view, 4> leaf_files{
    "key.pem", "bundle.pem", "chain.pem", "cert.pem"};

bool is_of_others(const fs::path& path) {
    return std::find(leaf_files.begin(), leaf_files.end(), path.filename().string()) ==
           leaf_files.end();
}

// What others laid beside the files, and what lies there in folders of its own, stays where it is.
// What has been laid there anew meanwhile takes its place, and the older goes with the old files:
// one name that is taken must not keep an authority from everything else.
Outcome leave_behind(const fs::path& files, const fs::path& target) {
    for (const fs::path& path : paths_in(files)) {
        std::error_code failure;
        const fs::path place = target / path.filename();
        if (!is_of_others(path) || fs::exists(fs::symlink_status(place, failure))) {
            continue;
        }
        fs::rename(path, place, failure);
        if (failure) {
            return system_error(failure.value(), "move " + path.string() + " back");
        }
    }
    return {};
}

// Never more than the files of a certificate; the one that tells which it is goes last.
Outcome remove_leaf_files(const fs::path& folder) {
    std::error_code failure;
    for (const std::string_view name : leaf_files) {
        fs::remove(folder / name, failure);
        if (failure) {
            return system_error(failure.value(), "remove " + (folder / name).string());
        }
    }
    fs::remove(folder, failure);
    if (!failure) {
        return {};
    }
    // What others laid there twice: the next renewal needs the name of the folder.
    HG_TRY(const auto end, random_hex(8));
    fs::rename(folder, fs::path(folder) += ".left." + end, failure);
    return failure ? Outcome(system_error(failure.value(), "move " + folder.string() + " away"))
                   : Outcome();
}

// @param target  Where the files stood, or would have stood.
Outcome retire(
    const AuthorityPaths& paths,
    const fs::path& files,
    const fs::path& target,
    const std::string& serial
) {
    std::error_code failure;
    const auto kind = fs::symlink_status(files, failure).type();
    if (kind == fs::file_type::not_found) {
        return {};
    }
    const bool is_folder = kind == fs::file_type::directory;
    if (is_folder) {
        HG_CHECK(leave_behind(files, target));
    }
    HG_CHECK(make_folder(paths.retired(), FileAccess::owner_only));
    fs::rename(files, paths.retired() / serial, failure);
    if (!failure) {
        return {};
    }
    // Another file system: the files were asked for there, and the old ones are not kept.
    return is_folder ? remove_leaf_files(files) : remove_file(files);
}

// The serial alone, by which the ledger is asked: libcrypto's reading of the whole would take a
// twentieth of the time of a short command.
Result<std::string> serial_in(const fs::path& file) {
    HG_TRY(const Bytes text, read_file(file, certificate_limit_bytes * 2));
    HG_TRY(const auto block, PemReader(text_of(text)).next());
    if (!block || block->label != "CERTIFICATE") {
        return Error(ErrorCode::malformed, "expected one PEM block CERTIFICATE, saw none");
    }
    HG_TRY(const Bytes der, block->decode());
    HG_TRY(const CertificateFields fields, read_certificate_fields(der));
    return serial_hex_of(fields);
}

// Of a folder outside, where nobody sweeps: what a killed process was making there, key and all.
void remove_unfinished(const fs::path& staging) {
    const std::string start = "." + staging.filename().string() + ".";
    for (const fs::path& path : paths_in(staging.parent_path())) {
        const std::string name = path.filename().string();
        if (name.starts_with(start) && name.ends_with(".tmp")) {
            std::error_code ignored;
            fs::remove_all(path, ignored);
        }
    }
}

}  // namespace

Result<bool> is_older(Ledger& ledger, const LedgerEntry& first, const LedgerEntry& second) {
    HG_TRY(const auto entries, ledger.list_name(second.name));
    const auto place = [&entries](const LedgerEntry& wanted) {
        return std::find_if(entries.begin(), entries.end(), [&wanted](const LedgerEntry& entry) {
            return entry.serial_hex == wanted.serial_hex;
        });
    };
    return place(first) < place(second);
}

Result<std::optional<LedgerEntry>> entry_of_files(Ledger& ledger, const fs::path& folder) {
    const auto serial = serial_in(folder / "cert.pem");
    if (!serial) {
        // What cannot be read is no reason to remove it.
        const ErrorCode reason = serial.error().code();
        if (reason == ErrorCode::io || reason == ErrorCode::denied) {
            return serial.error();
        }
        return std::optional<LedgerEntry>();
    }
    return ledger.find_serial(*serial);
}

fs::path staging_for(const fs::path& target) {
    return target.parent_path() / ("." + target.filename().string() + std::string(staging_end));
}

namespace {

// A release before took the slash at the end of a folder's name for a part of it, made the new
// files in the folder itself, and could not put them in its place.
Outcome adopt_misplaced(Ledger& ledger, const fs::path& target) {
    const fs::path misplaced = target / ("." + std::string(staging_end));
    std::error_code failure;
    if (fs::symlink_status(misplaced, failure).type() != fs::file_type::directory) {
        return {};
    }
    remove_unfinished(misplaced);
    HG_TRY(const auto entry, entry_of_files(ledger, misplaced));
    if (!entry) {
        fs::remove_all(misplaced, failure);
        return {};
    }
    const fs::path staging = staging_for(target);
    if (fs::exists(fs::symlink_status(staging, failure))) {
        return {};  // That one first; this is looked at again.
    }
    fs::rename(misplaced, staging, failure);
    return failure ? Outcome(system_error(failure.value(), "move " + misplaced.string()))
                   : Outcome();
}

}  // namespace

Outcome finish_renewal(Ledger& ledger, const AuthorityPaths& paths, const fs::path& target) {
    HG_CHECK(adopt_misplaced(ledger, target));
    const fs::path staging = staging_for(target);
    std::error_code failure;
    if (fs::symlink_status(staging, failure).type() == fs::file_type::not_found) {
        return {};
    }
    if (failure) {
        return system_error(failure.value(), "look at " + staging.string());
    }
    HG_TRY(const auto staged, entry_of_files(ledger, staging));
    if (!staged) {
        HG_CHECK(leave_behind(staging, target));
        return remove_leaf_files(staging);
    }
    HG_TRY(const auto there, entry_of_files(ledger, target));
    if (there) {
        HG_TRY(const bool is_replaced, is_older(ledger, *staged, *there));
        if (is_replaced) {
            return retire(paths, staging, target, staged->serial_hex);
        }
    }
    HG_CHECK(exchange(staging, target));
    return retire(
        paths, staging, target, there ? there->serial_hex : "replaced-by-" + staged->serial_hex
    );
}

Outcome forget_staging(Ledger& ledger, const std::string& kept) {
    const auto there = entry_of_files(ledger, place_in_words(kept));
    return there && *there ? ledger.remove_staging_folder(kept) : Outcome();
}

Outcome finish_renewals(Ledger& ledger, const AuthorityPaths& paths) {
    std::vector<fs::path> targets;
    for (const fs::path& path : paths_in(paths.issued())) {
        const std::string name = path.filename().string();
        if (name.starts_with('.') && name.ends_with(staging_end) &&
            name.size() > staging_end.size() + 1) {
            targets.push_back(
                paths.issued() / name.substr(1, name.size() - 1 - staging_end.size())
            );
        }
    }
    for (const fs::path& target : targets) {
        HG_CHECK(finish_renewal(ledger, paths, target));
    }
    HG_TRY(const auto elsewhere, ledger.staging_folders());
    for (const std::string& folder : elsewhere) {
        const fs::path place = place_in_words(folder);
        remove_unfinished(staging_for(place));
        // A disk that is not there now must keep nobody from working.
        if (finish_renewal(ledger, paths, place).has_value()) {
            HG_CHECK(forget_staging(ledger, folder));
        }
    }
    return {};
}

}  // namespace heliograph::pki
