// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/tls_probe.hpp>
#include <pki/base/clock.hpp>
#include <pki/base/file.hpp>
#include <pki/lint/lint.hpp>
#include <pki/x509/credential.hpp>
#include <pki/x509/profile.hpp>
#include <pki/x509/request.hpp>
#include <pki/x509/revocation_list.hpp>
#include <tools/cli/text.hpp>
#include <tools/commands/pki/commands.hpp>

#include <CLI/App.hpp>

#include <filesystem>

namespace heliograph::tools::pki_commands {

namespace {

constexpr std::uint64_t file_limit_bytes = pki::revocation_list_limit_bytes;
constexpr std::size_t list_limit = 64;

JsonValue json_of_texts(const std::vector<std::string>& texts) {
    JsonArray list;
    for (const auto& text : texts) {
        list.emplace_back(text);
    }
    return list;
}

// Text of the file's maker goes to a terminal: nothing in it may be a control sequence.
void print_field(Console& console, std::string label, const std::string& text) {
    label.resize(13, ' ');
    console.print(label + visible(text));
}

void print_names(
    Console& console, const std::string& label, const std::vector<std::string>& names
) {
    for (const auto& name : names) {
        print_field(console, label, name);
    }
}

std::vector<std::string> purposes_of(const pki::Certificate& certificate) {
    std::vector<std::string> words;
    for (const auto usage : certificate.extended_key_usages()) {
        words.emplace_back(pki::extended_key_usage_name(usage));
    }
    return words;
}

Result<JsonValue> show_certificate(Console& console, const pki::Certificate& certificate) {
    HG_TRY(const auto permitted, pki::constraints_of(certificate));
    const auto purposes = purposes_of(certificate);
    print_field(console, "subject:", certificate.subject());
    print_field(console, "issuer:", certificate.issuer());
    print_field(console, "serial:", certificate.serial_hex());
    print_field(console, "valid from:", format_rfc3339(certificate.not_before()));
    print_field(console, "valid until:", format_rfc3339(certificate.not_after()));
    print_field(console, "SHA-256:", certificate.fingerprint().to_hex());
    print_field(console, "key:", certificate.key_description());
    print_field(console, "authority:", certificate.is_ca() ? "yes" : "no");
    print_names(console, "purpose:", purposes);
    print_names(console, "DNS name:", certificate.dns_names());
    print_names(console, "address:", certificate.ip_addresses());
    print_names(console, "URI:", certificate.uris());
    print_names(console, "mailbox:", certificate.email_addresses());
    print_names(console, "permits:", permitted.dns);
    print_names(console, "permits:", permitted.ip_ranges);
    print_names(console, "permits URI:", permitted.uri);
    print_names(console, "permits mail:", permitted.email);
    console.print("");
    return JsonValue(JsonObject{
        {"subject", certificate.subject()},
        {"issuer", certificate.issuer()},
        {"serial", certificate.serial_hex()},
        {"not_before", format_rfc3339(certificate.not_before())},
        {"not_after", format_rfc3339(certificate.not_after())},
        {"fingerprint", certificate.fingerprint().to_hex()},
        {"key", certificate.key_description()},
        {"authority", certificate.is_ca()},
        {"purposes", json_of_texts(purposes)},
        {"dns", json_of_texts(certificate.dns_names())},
        {"ip", json_of_texts(certificate.ip_addresses())},
        {"uri", json_of_texts(certificate.uris())},
        {"email", json_of_texts(certificate.email_addresses())},
        {"permitted_uri", json_of_texts(permitted.uri)},
        {"permitted_email", json_of_texts(permitted.email)},
        {"permitted_dns", json_of_texts(permitted.dns)},
        {"permitted_ip", json_of_texts(permitted.ip_ranges)}});
}

JsonValue show_list(Console& console, const pki::RevocationList& list) {
    print_field(console, "revocations:", counted(list.size(), "certificate"));
    print_field(console, "issuer:", list.issuer());
    print_field(console, "number:", list.number_hex().value_or("none"));
    print_field(console, "valid from:", format_rfc3339(list.this_update()));
    print_field(console, "valid until:", format_rfc3339(list.next_update()));
    console.print("");
    return JsonObject{
        {"issuer", list.issuer()},
        {"number", list.number_hex() ? JsonValue(*list.number_hex()) : JsonValue()},
        {"this_update", format_rfc3339(list.this_update())},
        {"next_update", format_rfc3339(list.next_update())},
        {"size", static_cast<std::int64_t>(list.size())}};
}

JsonValue show_request(Console& console, const pki::CertificateRequest& request) {
    print_field(console, "request for:", request.common_name());
    print_field(console, "key:", request.public_key().description());
    print_names(console, "DNS name:", request.dns_names());
    print_names(console, "address:", request.ip_addresses());
    print_names(console, "URI:", request.uris());
    print_names(console, "mailbox:", request.email_addresses());
    console.print("");
    return JsonObject{
        {"common_name", request.common_name()},
        {"key", request.public_key().description()},
        {"dns", json_of_texts(request.dns_names())},
        {"ip", json_of_texts(request.ip_addresses())},
        {"uri", json_of_texts(request.uris())},
        {"email", json_of_texts(request.email_addresses())}};
}

// What a file holds: of one kind, in PEM or one in DER.
struct FileContent {
    std::vector<pki::Certificate> certificates = {};
    std::vector<pki::RevocationList> lists = {};
    std::optional<pki::CertificateRequest> request = {};
};

// The three begin alike: whichever reader takes it, says what it is.
Result<FileContent> read_der(ByteSpan der) {
    auto certificate = pki::Certificate::parse_der(der, pki::KeyDemand::any);
    if (certificate) {
        return FileContent{.certificates = {*std::move(certificate)}};
    }
    if (auto list = pki::RevocationList::parse_der(der)) {
        return FileContent{.lists = {*std::move(list)}};
    }
    if (auto request = pki::CertificateRequest::parse_der(der)) {
        return FileContent{.request = *std::move(request)};
    }
    if (pki::recognise_document(der) == pki::LintKind::ocsp_response) {
        return Error(
            ErrorCode::malformed,
            "expected a certificate, revocation list or request, saw an OCSP response; 'pki verify "
            "--ocsp' judges it, 'pki lint' tells of its form"
        );
    }
    return Error(
        ErrorCode::malformed,
        "expected a certificate, revocation list or request in DER, saw none: as a certificate, " +
            certificate.error().message()
    );
}

Result<FileContent> read_content(ByteSpan bytes) {
    const std::string_view pem = text_of(bytes);
    FileContent content;
    if (!bytes.empty() && bytes.front() == std::byte{0x30}) {
        return read_der(bytes);
    }
    if (pem.find("-----BEGIN X509 CRL-----") != std::string_view::npos) {
        HG_TRY(content.lists, pki::RevocationList::parse_pem_list(pem, list_limit));
    } else if (pem.find("CERTIFICATE REQUEST-----") != std::string_view::npos) {
        HG_TRY(content.request, pki::CertificateRequest::parse_pem(pem));
    } else {
        HG_TRY(content.certificates, pki::certificates_in(pem, pki::KeyDemand::any));
        if (content.certificates.empty()) {
            return Error(
                ErrorCode::malformed,
                "expected certificates, revocation lists or a request in PEM or DER, saw none"
            );
        }
    }
    return content;
}

// What the server shows in its handshake, believed or not.
Result<ExitCode> inspect_server(const mirror::TlsProbeRequest& where, Console& console) {
    HG_TRY(const auto probe, mirror::probe_tls(where));
    JsonArray shown;
    for (const Bytes& der : probe.certificates) {
        HG_TRY(const auto certificate, pki::Certificate::parse_der(der, pki::KeyDemand::any));
        HG_TRY(auto document, show_certificate(console, certificate));
        shown.push_back(std::move(document));
    }
    print_field(console, "protocol:", probe.protocol);
    print_field(console, "stapled:", probe.stapled_status ? "yes" : "no");
    console.present(JsonObject{
        {"server", where.host + ":" + std::to_string(where.port)},
        {"protocol", probe.protocol},
        {"stapled", probe.stapled_status.has_value()},
        {"certificates", std::move(shown)}});
    return ExitCode::done;
}

Result<ExitCode> inspect(const std::string& file, Console& console) {
    std::error_code ignored;
    if (const auto where = mirror::TlsProbeRequest::parse(file);
        where.has_value() && !std::filesystem::exists(file, ignored)) {
        return inspect_server(*where, console);
    }
    HG_TRY(const auto bytes, read_file(file, file_limit_bytes));
    const auto content = read_content(bytes);
    if (!content) {
        return Error(content.error()).at(file);
    }
    JsonObject document{{"file", file}};
    if (content->request) {
        document.emplace_back("request", show_request(console, *content->request));
    }
    JsonArray lists;
    for (const auto& list : content->lists) {
        lists.push_back(show_list(console, list));
    }
    JsonArray certificates;
    for (const auto& certificate : content->certificates) {
        HG_TRY(auto shown, show_certificate(console, certificate));
        certificates.push_back(std::move(shown));
    }
    if (!lists.empty()) {
        document.emplace_back("revocation_lists", std::move(lists));
    }
    if (!certificates.empty()) {
        document.emplace_back("certificates", std::move(certificates));
    }
    console.present(std::move(document));
    return ExitCode::done;
}

}  // namespace

void add_inspect(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"inspect",
         "Show what certificates, revocation lists or a request in a file, or a TLS server, say.",
         "pki inspect pki/root.crt\npki inspect pki/crl.pem\npki inspect web.csr\npki inspect "
         "mirror.example.org:443"}
    );
    auto file = std::make_shared<std::string>();
    verb.add_option(
            "file", *file, "File in PEM, whose keys are passed over, or in DER; or a server"
    )
        ->type_name("FILE|HOST:PORT")
        ->required();
    program.set_action(verb, [file](Console& console) { return inspect(*file, console); });
}

}  // namespace heliograph::tools::pki_commands
