// SPDX-License-Identifier: Apache-2.0
#include <pki/base/clock.hpp>
#include <pki/base/file.hpp>
#include <pki/x509/certificate.hpp>
#include <tools/commands/pki/commands.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

constexpr std::uint64_t file_limit_bytes = 1024 * 1024;
constexpr std::size_t certificate_limit = 64;

JsonValue json_of_texts(const std::vector<std::string>& texts) {
    JsonArray list;
    for (const auto& text : texts) {
        list.emplace_back(text);
    }
    return list;
}

void print_names(
    Console& console, const std::string& label, const std::vector<std::string>& names
) {
    for (const auto& name : names) {
        console.print(label + name);
    }
}

void print_certificate(Console& console, const pki::Certificate& certificate) {
    console.print("subject:     " + certificate.subject());
    console.print("issuer:      " + certificate.issuer());
    console.print("serial:      " + certificate.serial_hex());
    console.print("valid from:  " + format_rfc3339(certificate.not_before()));
    console.print("valid until: " + format_rfc3339(certificate.not_after()));
    console.print("SHA-256:     " + certificate.fingerprint().to_hex());
    console.print(std::string("authority:   ") + (certificate.is_ca() ? "yes" : "no"));
    print_names(console, "DNS name:    ", certificate.dns_names());
    print_names(console, "address:     ", certificate.ip_addresses());
    print_names(console, "URI:         ", certificate.uris());
    console.print("");
}

Result<ExitCode> inspect(const std::string& file, Console& console) {
    HG_TRY(const auto text, read_file(file, file_limit_bytes));
    auto certificates = pki::Certificate::parse_pem_list(text_of(text), certificate_limit);
    if (!certificates) {
        return std::move(certificates).error().at(file);
    }
    if (certificates->empty()) {
        return Error(ErrorCode::not_found, "expected a PEM certificate, saw none").at(file);
    }
    JsonArray list;
    for (const auto& certificate : *certificates) {
        print_certificate(console, certificate);
        list.push_back(JsonObject{
            {"subject", certificate.subject()},
            {"issuer", certificate.issuer()},
            {"serial", certificate.serial_hex()},
            {"not_before", format_rfc3339(certificate.not_before())},
            {"not_after", format_rfc3339(certificate.not_after())},
            {"fingerprint", certificate.fingerprint().to_hex()},
            {"authority", certificate.is_ca()},
            {"dns", json_of_texts(certificate.dns_names())},
            {"ip", json_of_texts(certificate.ip_addresses())},
            {"uri", json_of_texts(certificate.uris())}});
    }
    console.present(JsonObject{{"file", file}, {"certificates", std::move(list)}});
    return ExitCode::done;
}

}  // namespace

void add_inspect(Program& program) {
    auto& verb = program.add_verb(
        program.root(),
        {"inspect", "Show what a file of PEM certificates says.", "pki inspect pki/root.crt"}
    );
    auto file = std::make_shared<std::string>();
    verb.add_option("file", *file, "PEM certificates")->type_name("FILE")->required();
    program.set_action(verb, [file](Console& console) { return inspect(*file, console); });
}

}  // namespace heliograph::tools::pki_commands
