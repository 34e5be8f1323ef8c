// SPDX-License-Identifier: Apache-2.0
#include <tests/support/secret_watch.hpp>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <memory>

namespace heliograph::test_support {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view begin_mark = "PRIVATE KEY-----\n";
constexpr std::size_t shortest_line = 40;

std::string read_all(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Contents of all regular files below a folder that hold a private key.
std::vector<std::pair<fs::path, std::string>> key_files_below(const fs::path& folder) {
    std::vector<std::pair<fs::path, std::string>> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        constexpr std::uintmax_t largest_key_file = 1U << 20U;
        if (entry.is_regular_file() && entry.file_size() < largest_key_file) {
            std::string text = read_all(entry.path());
            if (text.find(begin_mark) != std::string::npos) {
                found.emplace_back(entry.path(), std::move(text));
            }
        }
    }
    return found;
}

void add_lines(const std::string& pem, std::vector<std::string>& secrets) {
    std::size_t at = pem.find(begin_mark) + begin_mark.size();
    while (at < pem.size() && pem[at] != '-') {
        const std::size_t end = std::min(pem.find('\n', at), pem.size());
        if (end - at >= shortest_line) {
            secrets.push_back(pem.substr(at, end - at));
        }
        at = end + 1;
    }
}

/// The private number of an EC key; nothing for other kinds, whose PEM lines are watched all the
/// same.
void add_number(const std::string& pem, std::vector<std::string>& secrets) {
    const std::shared_ptr<BIO> memory(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free
    );
    const std::shared_ptr<EVP_PKEY> key(
        PEM_read_bio_PrivateKey(memory.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free
    );
    BIGNUM* number = nullptr;
    if (!key || EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number) != 1) {
        return;
    }
    const std::shared_ptr<BIGNUM> owner(number, &BN_clear_free);
    const std::shared_ptr<char> hex(BN_bn2hex(number), [](char* text) { OPENSSL_free(text); });
    std::string upper = hex.get();
    std::string lower = upper;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char letter) {
        return static_cast<char>(std::tolower(letter));
    });
    std::vector<unsigned char> bytes(static_cast<std::size_t>(BN_num_bytes(number)));
    BN_bn2bin(number, bytes.data());
    std::string base64(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(
        reinterpret_cast<unsigned char*>(base64.data()),
        bytes.data(),
        static_cast<int>(bytes.size())
    );
    base64.resize(static_cast<std::size_t>(size) - 2);  // the end may be padding
    secrets.insert(secrets.end(), {std::move(upper), std::move(lower), std::move(base64)});
}

}  // namespace

std::vector<std::string> secrets_below(const fs::path& folder) {
    std::vector<std::string> secrets;
    for (const auto& [path, text] : key_files_below(folder)) {
        add_lines(text, secrets);
        add_number(text, secrets);
    }
    return secrets;
}

std::vector<std::string> leaks_in(std::string_view text, const std::vector<std::string>& secrets) {
    std::vector<std::string> leaks;
    for (const std::string& secret : secrets) {
        if (text.find(secret) != std::string_view::npos) {
            leaks.push_back(secret.substr(0, 4) + "...");
        }
    }
    if (text.find(begin_mark) != std::string_view::npos) {
        leaks.emplace_back("a PEM private key");
    }
    return leaks;
}

std::vector<fs::path> exposed_keys_below(const fs::path& folder) {
    std::vector<fs::path> exposed;
    constexpr auto others = fs::perms::group_all | fs::perms::others_all;
    for (const auto& [path, text] : key_files_below(folder)) {
        if ((fs::status(path).permissions() & others) != fs::perms::none) {
            exposed.push_back(path);
        }
    }
    return exposed;
}

}  // namespace heliograph::test_support
