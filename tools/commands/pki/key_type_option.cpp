// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/pki/key_type_option.hpp>

#include <CLI/App.hpp>

#include <map>

namespace heliograph::tools::pki_commands {

namespace {

const std::map<std::string, pki::KeyType>& key_type_words() {
    static const std::map<std::string, pki::KeyType> words = {
        {"p256", pki::KeyType::p256},
        {"p384", pki::KeyType::p384},
        {"rsa3072", pki::KeyType::rsa3072},
        {"ed25519", pki::KeyType::ed25519}};
    return words;
}

const std::map<std::string, pki::KeyType>& agreement_key_words() {
    static const std::map<std::string, pki::KeyType> words = {
        {"x25519", pki::KeyType::x25519}, {"p256", pki::KeyType::p256}};
    return words;
}

}  // namespace

std::shared_ptr<pki::KeyType> add_key_type_option(CLI::App& verb, KeyUse use) {
    const bool agrees = use == KeyUse::agreement;
    const auto& words = agrees ? agreement_key_words() : key_type_words();
    auto word = std::make_shared<std::string>("p256");
    auto value = std::make_shared<pki::KeyType>(words.at(*word));
    verb.add_option(
            "--key-type", *word, agrees ? "p256 or x25519" : "p256, p384, rsa3072 or ed25519"
    )
        ->check(CLI::IsMember(words))
        ->each([value, word, &words](const std::string& text) {
            const auto found = words.find(text);
            if (found != words.end()) {
                *value = found->second;
            }
        })
        ->capture_default_str();
    return value;
}

std::string key_type_warning(pki::KeyType type) {
    return type == pki::KeyType::ed25519
               ? "browsers, NSS and BoringSSL refuse Ed25519 certificates; p256 works everywhere"
               : "";
}

std::string life_warning(const std::optional<unsigned>& days) {
    constexpr unsigned longest_public_days = 200;
    return days.value_or(0) > longest_public_days
               ? "a certificate of more than 200 days outlives what public authorities may issue; "
                 "short lives and 'pki renew --due' are safer"
               : "";
}

}  // namespace heliograph::tools::pki_commands
