// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/crypto/pem.hpp>
#include <pki/lint/lint.hpp>
#include <pki/ocsp/response_check.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/replaced_file.hpp>

#include <algorithm>
#include <system_error>

namespace heliograph::tools::pki_commands {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t replaced_limit_bytes = 16U * 1024U * 1024U;

Error stays(const fs::path& output, const std::string& expected, const std::string& seen) {
    return {
        ErrorCode::exists,
        "expected " + visible(output.string()) + " to be free or " + expected + ", saw " + seen +
            ", which stays as it is; name another file"};
}

// What is too large to be of the kind is another file, like all that is not.
Result<std::optional<Bytes>> present_content(const fs::path& file, std::uint64_t limit_bytes) {
    auto bytes = read_file(file, limit_bytes);
    if (bytes) {
        return std::optional(std::move(bytes).value());
    }
    if (bytes.error().code() == ErrorCode::not_found) {
        return std::optional<Bytes>();
    }
    if (bytes.error().code() == ErrorCode::too_large) {
        return std::optional(Bytes());
    }
    return std::move(bytes).error();
}

bool is_root_or_unknown(ByteSpan der) {
    const auto certificate = pki::Certificate::parse_der(der);
    return !certificate || certificate->is_self_issued();
}

// Roots of the system may be of any form; a chain of ours with its root is no bundle of roots.
bool is_bundle_with_one_of(ByteSpan text, const std::vector<pki::Certificate>& roots) {
    pki::PemReader reader(text_of(text));
    bool found = false;
    for (;;) {
        const auto block = reader.next();
        if (!block) {
            return false;
        }
        if (!*block) {
            return found;
        }
        if ((*block)->label != "CERTIFICATE") {
            return false;
        }
        const auto der = (*block)->decode();
        if (!der || !is_root_or_unknown(*der)) {
            return false;
        }
        found = found || std::any_of(roots.begin(), roots.end(), [&der](const auto& root) {
                    return text_of(root.to_der()) == text_of(*der);
                });
    }
}

}  // namespace

Outcome check_replaces_response(const fs::path& output, const fs::path& folder) {
    HG_TRY(const auto there, present_content(output, pki::ocsp_response_limit_bytes));
    if (!there) {
        return {};
    }
    if (there->empty() || pki::recognise_document(*there) != pki::LintKind::ocsp_response) {
        return stays(output, "an OCSP response", "another file");
    }
    std::error_code ignored;
    return fs::equivalent(fs::absolute(output).parent_path(), folder / "ocsp", ignored)
               ? Outcome(stays(output, "an OCSP response", "one that the authority keeps"))
               : Outcome();
}

Outcome check_replaces_bundle(
    const fs::path& output,
    const std::vector<pki::Certificate>& roots,
    const std::vector<fs::path>& kept
) {
    HG_TRY(const auto there, present_content(output, replaced_limit_bytes));
    if (!there) {
        return {};
    }
    const std::string wanted = "a bundle with this root that was written here before";
    if (!is_bundle_with_one_of(*there, roots)) {
        return stays(output, wanted, "another file");
    }
    for (const fs::path& file : kept) {
        std::error_code ignored;
        if (fs::equivalent(output, file, ignored)) {
            return stays(output, wanted, "the file that the certificates are read from");
        }
    }
    return {};
}

}  // namespace heliograph::tools::pki_commands
