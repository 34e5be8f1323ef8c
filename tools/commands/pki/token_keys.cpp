// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <tools/cli/local_fault.hpp>
#include <tools/commands/pki/token_keys.hpp>

#include <CLI/App.hpp>

namespace heliograph::tools::pki_commands {

namespace {

Result<pki::FernetKey> load_token_key(const std::string& file) {
    constexpr std::uint64_t limit_bytes = 1024;
    HG_TRY(const SecretBytes text, read_secret_file(file, limit_bytes));
    auto key = pki::FernetKey::parse(bytes_of(without_line_end(text_of(text.expose()))));
    if (!key) {
        return std::move(key).error().at(file);
    }
    return key;
}

}  // namespace

std::string_view without_line_end(std::string_view text) {
    if (text.ends_with('\n')) {
        text.remove_suffix(1);
        if (text.ends_with('\r')) {
            text.remove_suffix(1);
        }
    }
    return text;
}

std::shared_ptr<std::vector<std::string>> add_token_key_option(CLI::App& verb) {
    auto files = std::make_shared<std::vector<std::string>>();
    verb.add_option(
            "--key",
            *files,
            "File with a key, which only its owner may be able to read; repeatable: the first key "
            "seals, all open"
    )
        ->type_name("FILE")
        ->required();
    return files;
}

Result<pki::FernetKeyring> load_token_keys(const std::vector<std::string>& files) {
    std::vector<pki::FernetKey> keys;
    for (const auto& file : files) {
        HG_TRY(auto key, local_fault(load_token_key(file)));
        keys.push_back(std::move(key));
    }
    return pki::FernetKeyring::of(std::move(keys));
}

}  // namespace heliograph::tools::pki_commands
