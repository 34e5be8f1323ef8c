// SPDX-License-Identifier: Apache-2.0
// Published vectors from tests/vectors, as JSON.
#pragma once

#include <pki/base/encoding.hpp>
#include <pki/base/file.hpp>
#include <pki/base/json.hpp>
#include <pki/base/secret_bytes.hpp>
#include <tests/support/places.hpp>

#include <filesystem>
#include <string>

namespace heliograph::pki::test_vectors {

/// The array that a file below tests/vectors holds. A damaged file stops the test.
inline JsonArray read(const std::string& name) {
    constexpr std::uint64_t limit_bytes = 4 * 1024 * 1024;
    const auto folder = std::filesystem::path(test_support::source_folder) / "tests/vectors";
    const auto text = read_file(folder / (name + ".json"), limit_bytes).value();
    const auto document =
        parse_json(text_of(text), {.text_bytes = limit_bytes, .depth = 8, .values = 100'000})
            .value();
    return *document.if_array();
}

inline std::string text(const JsonValue& vector, std::string_view name) {
    return vector.text_member(name).value();
}

inline std::int64_t number(const JsonValue& vector, std::string_view name) {
    return vector.integer_member(name).value();
}

inline Bytes bytes(const JsonValue& vector, std::string_view name) {
    return decode_hex(text(vector, name)).value();
}

inline SecretBytes secret(const JsonValue& vector, std::string_view name) {
    return SecretBytes(bytes(vector, name));
}

/// For the words of a failure: which vector it was.
inline std::string title(const JsonValue& vector) {
    return std::to_string(number(vector, "id")) + ": " + text(vector, "comment");
}

/// Secret bytes as they can be compared.
inline Bytes shown(const SecretBytes& secret) {
    return to_bytes(secret.expose());
}

}  // namespace heliograph::pki::test_vectors
