// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/crypto/pem.hpp>
#include <pki/x509/leaf_factory.hpp>
#include <pki/x509/leaf_rule.hpp>
#include <pki/x509/leaf_writer.hpp>

#include <algorithm>
#include <set>

namespace heliograph::pki {

namespace {

struct FreshKey {
    Bytes spki;
    SecretBytes pem;
};

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
            return encoded(key);
        }
        EVP_PKEY* made = nullptr;
        HG_CHECK(check(EVP_PKEY_generate(m_context.get(), &made), "generate a key"));
        return encoded(PrivateKey::adopt(PrivateKey::Handle(made)));
    }

  private:
    static FreshKey encoded(const PrivateKey& key) { return {key.spki_der(), key.to_pem()}; }

    KeyType m_type = KeyType::p256;
    PkeyContextHandle m_context;
};

// Which parts a certificate has: two of one shape differ in values only.
unsigned shape_of(LeafKind kind, const LeafNames& names) {
    auto shape = static_cast<unsigned>(kind);
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
    HG_TRY(const Certificate leaf, Certificate::reread(der));
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
    HG_TRY(const SerialBits serial, fresh_serial());
    HG_TRY(FreshKey key, m_state->keys.make());
    HG_TRY(
        Bytes der,
        m_state->writer.write(
            {.kind = profile.kind,
             .serial = serial,
             .names = names,
             .urls = profile.urls,
             .validity = profile.validity,
             .spki = key.spki}
        )
    );
    HG_CHECK(m_state->judge(der, profile.kind, names));
    MadeLeaf made{
        .serial_hex = hex_of(serial),
        .common_name = std::move(names.common_name),
        .validity = profile.validity,
        .der = {},
        .fingerprint = sha256(der),
        .certificate_pem = render_pem("CERTIFICATE", der),
        .key_pem = std::move(key.pem)};
    made.der = std::move(der);
    return made;
}

}  // namespace heliograph::pki
