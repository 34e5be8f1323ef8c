// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/crypto/random.hpp>
#include <pki/x509/der_literal.hpp>
#include <pki/x509/leaf_factory.hpp>
#include <pki/x509/leaf_rule.hpp>
#include <pki/x509/leaf_writer.hpp>

#include <openssl/core_names.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace heliograph::pki {

namespace {

constexpr std::size_t scalar_bytes = 32;
constexpr std::size_t point_bytes = 65;  // Uncompressed (SEC 1, section 2.3.3).

// SubjectPublicKeyInfo of P-256 up to the point (RFC 5480), and PKCS #8 with an ECPrivateKey around
// scalar and point (RFC 5958, RFC 5915): all lengths are constant.
constexpr auto spki_head = der_hex<
    "3059"
    "3013"
    "06072a8648ce3d0201"
    "06082a8648ce3d030107"
    "034200">();
constexpr auto pkcs8_head = der_hex<
    "308187"
    "020100"
    "3013"
    "06072a8648ce3d0201"
    "06082a8648ce3d030107"
    "046d"
    "306b"
    "020101"
    "0420">();
constexpr auto pkcs8_middle = der_hex<"a144034200">();
constexpr std::size_t pkcs8_bytes =
    pkcs8_head.size() + scalar_bytes + pkcs8_middle.size() + point_bytes;

struct FreshKey {
    Bytes spki;
    std::array<std::byte, 20> id{};  ///< As key_id_of, without decoding what was just written.
    SecretBytes pem;
};

std::size_t pem_size(std::string_view label, std::size_t der_bytes_count) {
    const std::size_t digits = (der_bytes_count + 2) / 3 * 4;
    constexpr std::size_t marks = std::string_view("-----BEGIN -----\n-----END -----\n").size();
    return marks + 2 * label.size() + digits + (digits + 63) / 64;
}

// Into memory that the caller wipes or does not need to: no copy of a key stays anywhere.
void write_pem(std::string_view label, ByteSpan der, std::span<std::byte> target) {
    auto* cursor = reinterpret_cast<char*>(target.data());
    const auto put = [&cursor](std::string_view text) {
        cursor = std::copy(text.begin(), text.end(), cursor);
    };
    put("-----BEGIN ");
    put(label);
    put("-----\n");
    constexpr std::size_t line_bytes = 48;
    std::array<unsigned char, 65> line{};
    for (std::size_t at = 0; at < der.size(); at += line_bytes) {
        const std::size_t size = std::min(line_bytes, der.size() - at);
        const int digits =
            EVP_EncodeBlock(line.data(), openssl_bytes(der) + at, static_cast<int>(size));
        put({reinterpret_cast<const char*>(line.data()), static_cast<std::size_t>(digits)});
        put("\n");
    }
    OPENSSL_cleanse(line.data(), line.size());
    put("-----END ");
    put(label);
    put("-----\n");
    HG_ASSERT(reinterpret_cast<std::byte*>(cursor) == target.data() + target.size());
}

class KeyMaker {
  public:
    static Result<KeyMaker> open(KeyType type) {
        KeyMaker maker;
        maker.m_type = type;
        if (type != KeyType::p256) {
            return maker;
        }
        maker.m_context.reset(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
        if (maker.m_context == nullptr) {
            return openssl_error(ErrorCode::crypto, "prepare a key generator");
        }
        HG_CHECK(check(EVP_PKEY_keygen_init(maker.m_context.get()), "prepare a key generator"));
        HG_CHECK(check(
            EVP_PKEY_CTX_set_group_name(maker.m_context.get(), "P-256"), "prepare a key generator"
        ));
        return maker;
    }

    Result<FreshKey> make() {
        if (m_type != KeyType::p256) {
            HG_TRY(const PrivateKey key, PrivateKey::generate(m_type));
            Bytes spki = key.public_key().spki_der();
            HG_TRY(const auto id, key_id_of(spki));
            return FreshKey{std::move(spki), id, key.to_pem()};
        }
        EVP_PKEY* made = nullptr;
        HG_CHECK(check(EVP_PKEY_generate(m_context.get(), &made), "generate a key"));
        const PkeyHandle key(made);
        std::array<unsigned char, point_bytes> point{};
        std::size_t size = 0;
        HG_CHECK(check(
            EVP_PKEY_get_octet_string_param(
                key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size
            ),
            "read a public key"
        ));
        HG_ASSERT(size == point_bytes && point.front() == POINT_CONVERSION_UNCOMPRESSED);
        BIGNUM* number = nullptr;
        HG_CHECK(
            check(EVP_PKEY_get_bn_param(key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number), "read a key")
        );
        const OpensslHandle<BIGNUM, BN_clear_free> secret(number);
        return encoded(*secret, std::as_bytes(std::span(point)));
    }

  private:
    static FreshKey encoded(const BIGNUM& secret, ByteSpan point) {
        FreshKey fresh;
        fresh.spki.reserve(spki_head.size() + point.size());
        fresh.spki.insert(fresh.spki.end(), spki_head.begin(), spki_head.end());
        fresh.spki.insert(fresh.spki.end(), point.begin(), point.end());
        const Sha256 digest = sha256(point);
        std::copy_n(digest.bytes.begin(), fresh.id.size(), fresh.id.begin());

        std::array<std::byte, pkcs8_bytes> der{};
        auto* cursor = std::copy(pkcs8_head.begin(), pkcs8_head.end(), der.begin());
        auto* const scalar = reinterpret_cast<unsigned char*>(cursor);
        HG_ASSERT(BN_bn2binpad(&secret, scalar, scalar_bytes) == static_cast<int>(scalar_bytes));
        cursor = std::copy(pkcs8_middle.begin(), pkcs8_middle.end(), cursor + scalar_bytes);
        std::copy(point.begin(), point.end(), cursor);
        constexpr std::string_view label = "PRIVATE KEY";
        fresh.pem = SecretBytes(pem_size(label, der.size()));
        write_pem(label, der, fresh.pem.writable());
        OPENSSL_cleanse(der.data(), der.size());
        return fresh;
    }

    KeyType m_type = KeyType::p256;
    PkeyContextHandle m_context;
};

// Which parts a certificate has: two of one shape differ in values only.
unsigned shape_of(LeafKind kind, const LeafNames& names) {
    unsigned shape = static_cast<unsigned>(kind);
    for (const bool part :
         {names.common_name.empty(),
          names.dns.empty(),
          names.ip.empty(),
          names.uri.empty(),
          names.email.empty()}) {
        shape = shape << 1U | (part ? 1U : 0U);
    }
    return shape;
}

std::string hex_of(const SerialBits& serial) {
    const auto* const first = std::find_if(serial.begin(), serial.end() - 1, [](std::byte octet) {
        return octet != std::byte{0};
    });
    return encode_hex({first, static_cast<std::size_t>(serial.end() - first)});
}

}  // namespace

struct LeafFactory::State {
    IssuerView issuer;
    const Certificate& root;
    NameConstraints permitted;
    LeafWriter writer;
    KeyMaker keys;
    std::set<unsigned> judged_shapes;

    Result<LeafNames> names_of(const LeafProfile& profile) const;
    Outcome judge(const Bytes& der, LeafKind kind, const LeafNames& names);
};

Outcome LeafFactory::State::judge(const Bytes& der, LeafKind kind, const LeafNames& names) {
    const unsigned shape = shape_of(kind, names);
    if (judged_shapes.count(shape) != 0) {
        return {};
    }
    HG_TRY(const Certificate leaf, Certificate::parse_der(der));
    HG_CHECK(pass_gate(leaf, kind, issuer, root));
    judged_shapes.insert(shape);
    return {};
}

LeafFactory::LeafFactory(std::unique_ptr<State> state) : m_state(std::move(state)) {
}
LeafFactory::LeafFactory(LeafFactory&&) noexcept = default;
LeafFactory& LeafFactory::operator=(LeafFactory&&) noexcept = default;
LeafFactory::~LeafFactory() = default;

Result<LeafFactory> LeafFactory::open(
    const IssuerView& issuer, const Certificate& root, KeyType key_type
) {
    HG_TRY(NameConstraints permitted, constraints_of(issuer.certificate));
    HG_TRY(LeafWriter writer, LeafWriter::open(issuer));
    HG_TRY(KeyMaker keys, KeyMaker::open(key_type));
    return LeafFactory(std::make_unique<State>(State{
        issuer, root, std::move(permitted), std::move(writer), std::move(keys), {}}));
}

Result<LeafNames> LeafFactory::State::names_of(const LeafProfile& profile) const {
    HG_TRY(LeafNames names, check_leaf_names(profile));
    HG_CHECK(check_life(profile.validity, issuer.certificate));
    HG_CHECK(check_permitted(names, permitted));
    return names;
}

Outcome LeafFactory::check(const LeafProfile& profile) const {
    HG_TRY(const LeafNames names, m_state->names_of(profile));
    return {};
}

Result<MadeLeaf> LeafFactory::make(const LeafProfile& profile) {
    HG_ASSERT(!profile.subject_key.has_value());
    HG_TRY(LeafNames names, m_state->names_of(profile));
    SerialBits serial{};
    HG_CHECK(fill_random(serial));
    HG_TRY(FreshKey key, m_state->keys.make());
    HG_TRY(
        Bytes der,
        m_state->writer.write(
            {.kind = profile.kind,
             .serial = serial,
             .names = names,
             .urls = profile.urls,
             .validity = profile.validity,
             .spki = key.spki,
             .key_id = key.id}
        )
    );
    HG_CHECK(m_state->judge(der, profile.kind, names));
    constexpr std::string_view label = "CERTIFICATE";
    MadeLeaf made{
        .serial_hex = hex_of(serial),
        .common_name = std::move(names.common_name),
        .validity = profile.validity,
        .der = {},
        .fingerprint = sha256(der),
        .certificate_pem = std::string(pem_size(label, der.size()), '\0'),
        .key_pem = std::move(key.pem)};
    write_pem(label, der, std::as_writable_bytes(std::span(made.certificate_pem)));
    made.der = std::move(der);
    return made;
}

}  // namespace heliograph::pki
