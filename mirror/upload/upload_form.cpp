// SPDX-License-Identifier: Apache-2.0
#include <mirror/upload/upload_form.hpp>
#include <pki/base/json.hpp>
#include <verify/attest/provenance.hpp>
#include <verify/verdict/finding.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace heliograph::mirror {

namespace {

// What is looked at. Everything else that tools send repeats the metadata inside the file, which is
// what counts here.
constexpr std::array<std::string_view, 11> kept_fields{
    ":action",
    "protocol_version",
    "name",
    "version",
    "filetype",
    "pyversion",
    "sha256_digest",
    "md5_digest",
    "blake2_256_digest",
    "metadata_version",
    "attestations"};

// None of them is long, but one.
constexpr std::size_t kept_field_bytes = 1024;

std::size_t limit_of(std::string_view name) {
    return name == "attestations" ? verify::limits::provenance_bytes / 2 : kept_field_bytes;
}

bool is_kept(std::string_view name) {
    return std::find(kept_fields.begin(), kept_fields.end(), name) != kept_fields.end();
}

Error bad_form(std::string message) {
    return {ErrorCode::malformed, std::move(message)};
}

// @param stated  In either case, as the main index takes it.
// @param seen    Hexadecimal, lower case.
Outcome check_digest(const std::string& field, const std::string& stated, const std::string& seen) {
    constexpr std::string_view hex_digits = "0123456789abcdef";
    std::string digest = stated;
    for (char& character : digest) {
        character = 'A' <= character && character <= 'F' ? static_cast<char>(character + 'a' - 'A')
                                                         : character;
    }
    if (digest.size() != seen.size() || digest.find_first_not_of(hex_digits) != std::string::npos) {
        return bad_form(
            "expected the field " + field + " to be a digest of " + std::to_string(seen.size()) +
            " hexadecimal digits, saw '" + verify::printable(stated) + "'"
        );
    }
    if (digest != seen) {
        return bad_form(
            "expected the file to have the " + field + " that the form states, it has " + seen +
            "; it was damaged on the way"
        );
    }
    return {};
}

}  // namespace

Outcome UploadForm::begin_part(const PartHead& head) {
    m_part = head.name;
    if (head.name == "content") {
        if (m_file) {
            return bad_form("expected one file in an upload, saw a second");
        }
        if (!head.filename) {
            return bad_form("expected the part content to be a file, it has no filename");
        }
        auto name = verify::parse_dist_file_name(*head.filename);
        if (!name) {
            return bad_form(name.error().message());
        }
        if (!m_permit.allows(name->project())) {
            return Error(
                ErrorCode::denied,
                "the upload of " + name->project().text() + " is not allowed to " + m_permit.who
            );
        }
        HG_TRY(auto file, m_staging.begin(*name));
        m_file.emplace(std::move(file));
        m_name = *std::move(name);
        return {};
    }
    if (head.filename && head.name != "gpg_signature") {
        return bad_form("expected one file in an upload, saw another in the part " + head.name);
    }
    if (is_kept(head.name) && !m_fields.emplace(head.name, "").second) {
        return bad_form("expected the field " + head.name + " once, saw it twice");
    }
    return {};
}

Outcome UploadForm::add_bytes(ByteSpan piece) {
    if (m_part == "content") {
        if (piece.size() > m_limits.file_bytes - m_file->size_bytes()) {
            return Error(
                ErrorCode::too_large,
                "expected a file of at most " + std::to_string(m_limits.file_bytes) +
                    " bytes, it is larger; this server takes no larger ones"
            );
        }
        return m_file->write(piece);
    }
    m_form_bytes += piece.size();
    if (m_form_bytes > m_limits.form_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected fields of at most " + std::to_string(m_limits.form_bytes) +
                " bytes beside the file, they are longer"
        );
    }
    if (const auto found = m_fields.find(m_part); found != m_fields.end()) {
        if (found->second.size() + piece.size() > limit_of(m_part)) {
            return Error(
                ErrorCode::too_large, "expected the field " + m_part + " to be short, it is not"
            );
        }
        found->second.append(text_of(piece));
    }
    return {};
}

Outcome UploadForm::end_part() {
    const auto found = m_fields.find(m_part);
    return found == m_fields.end() ? Outcome() : check_early(m_part, found->second);
}

// Told as soon as it is known, so that nobody sends a large file in vain.
Outcome UploadForm::check_early(const std::string& name, const std::string& value) const {
    if (name == ":action" && (value == "submit" || value == "doc_upload")) {
        return Error(
            ErrorCode::unsupported,
            "expected the action file_upload; registration and documentation are not taken here"
        );
    }
    if (name == ":action" && value != "file_upload") {
        return bad_form("expected the action file_upload, saw '" + verify::printable(value) + "'");
    }
    if (name == "name") {
        const auto project = verify::parse_project_name(value);
        if (!project) {
            return bad_form(project.error().message());
        }
        if (!m_permit.allows(*project)) {
            return Error(
                ErrorCode::denied,
                "the upload of " + project->text() + " is not allowed to " + m_permit.who
            );
        }
    }
    return {};
}

Result<std::string> UploadForm::field(const std::string& name) const {
    const auto found = m_fields.find(name);
    if (found == m_fields.end() || found->second.empty()) {
        return bad_form("expected the field " + name + " in the upload, there is none");
    }
    return found->second;
}

Outcome UploadForm::expect(const std::string& name, std::string_view wanted) const {
    HG_TRY(const auto value, field(name));
    if (value != wanted) {
        return bad_form("expected the field " + name + " to be " + std::string(wanted));
    }
    return {};
}

Outcome UploadForm::check_kind() const {
    const bool wheel = m_name->kind() == verify::FileKind::wheel;
    HG_CHECK(expect("filetype", wheel ? "bdist_wheel" : "sdist"));
    if (!wheel) {
        // The main index takes it for said where it is not, and twine before 6.1 does not say it.
        const auto given = m_fields.find("pyversion");
        const bool is_said = given != m_fields.end() && !given->second.empty();
        return is_said ? expect("pyversion", "source") : Outcome();
    }
    HG_TRY(const auto python, field("pyversion"));
    if (python == "source") {
        return bad_form("expected the field pyversion of a wheel to be its Python tag");
    }
    return {};
}

Outcome UploadForm::check() {
    HG_CHECK(expect(":action", "file_upload"));
    HG_CHECK(expect("protocol_version", "1"));
    if (!m_file) {
        return bad_form("expected a file in the part content, there is none");
    }
    HG_CHECK(check_kind());
    HG_TRY(const auto project_text, field("name"));
    HG_TRY(const auto version_text, field("version"));
    const auto project = verify::parse_project_name(project_text);
    const auto version = verify::parse_version(version_text);
    if (!project || *project != m_name->project() || !version || *version != m_name->version()) {
        return bad_form(
            "expected name and version of the form to be those of the file " + m_name->text() +
            ", they are others"
        );
    }
    HG_TRY(const auto digest, check_digests());
    return check_attestations(digest);
}

// All that are given must be right, and one must be given that can be computed here.
Result<pki::Sha256> UploadForm::check_digests() {
    const auto seen = m_file->finish();
    const std::map<std::string, std::optional<std::string>> true_ones{
        {"sha256_digest", seen.sha256.to_hex()},
        {"md5_digest", seen.md5},
        {"blake2_256_digest", seen.blake2b_256}};
    std::size_t checked = 0;
    for (const auto& [name, value] : true_ones) {
        const auto stated = m_fields.find(name);
        // A tool that cannot compute one sends the field empty.
        if (!value || stated == m_fields.end() || stated->second.empty()) {
            continue;
        }
        ++checked;
        HG_CHECK(check_digest(name, stated->second, *value));
    }
    if (checked == 0) {
        return bad_form(
            "expected a digest of the file in sha256_digest, blake2_256_digest or md5_digest, saw "
            "none; state one of them, best sha256_digest"
        );
    }
    return seen.sha256;
}

// PEP 740 has a list of attestations in the upload and a provenance object on the page. The text is
// read and written anew, so that it stays inside the member that it is put into.
Outcome UploadForm::check_attestations(const pki::Sha256& digest) {
    const auto given = m_fields.find("attestations");
    if (given == m_fields.end() || given->second.empty()) {
        return {};
    }
    auto list = parse_json(
        given->second, {.text_bytes = limit_of("attestations"), .depth = 32, .values = 100'000}
    );
    if (!list) {
        return bad_form(
            "expected the field attestations to be a list in JSON: " + list.error().message()
        );
    }
    if (list->if_array() == nullptr) {
        return bad_form("expected the field attestations to be a list in JSON, it is not");
    }
    auto document = render_json(JsonObject{
        {"version", std::int64_t{1}},
        {"attestation_bundles",
         JsonArray{JsonObject{
             {"publisher", JsonObject{{"kind", "upload"}}}, {"attestations", *std::move(list)}}}}});
    const auto provenance = verify::parse_provenance(document);
    if (!provenance) {
        return bad_form(
            "expected attestations of PEP 740 in the field attestations: " +
            provenance.error().message()
        );
    }
    HG_TRY(
        const auto verdict,
        verify::check_provenance(*provenance, verify::FilePath(digest, *m_name), "the upload")
    );
    if (!verdict.accepted()) {
        return bad_form(
            "expected attestations of this very file: " + verdict.findings().front().sentence()
        );
    }
    m_provenance = std::move(document);
    return {};
}

}  // namespace heliograph::mirror
