// SPDX-License-Identifier: Apache-2.0
// What lint says of keys: how they are written, and RSA keys that anybody takes apart.
#include <pki/crypto/openssl_handle.hpp>
#include <pki/lint/lint_rule.hpp>

#include <openssl/bn.h>

#include <array>

namespace heliograph::pki {

namespace {

LintFlaw odd_exponent(const ShapeSubject& subject) {
    const KeyFacts facts = key_facts(subject.fields);
    return flaw_if(
        facts.kind == KeyFacts::Kind::rsa && facts.is_well_formed &&
            (facts.exponent < 65537 || facts.exponent % 2 == 0),
        std::to_string(facts.exponent)
    );
}

LintFlaw odd_key_parameters(const ShapeSubject& subject) {
    const auto kind = key_facts(subject.fields).kind;
    const Bytes seen = to_bytes(subject.fields.key_algorithm.parameters);
    const bool null = seen == Bytes{std::byte{5}, std::byte{0}};
    return flaw_if(
        (kind == KeyFacts::Kind::rsa && !null) ||
            ((kind == KeyFacts::Kind::ed25519 || kind == KeyFacts::Kind::x25519) && !seen.empty()),
        "others"
    );
}

using NumberSpace = OpensslHandle<BN_CTX, BN_CTX_free>;

/// The largest number whose square is at most n, by Newton's method from above.
BignumHandle square_root(const BIGNUM* n, BN_CTX* space) {
    BignumHandle root(BN_new());
    BignumHandle next(BN_new());
    HG_ASSERT(root != nullptr && next != nullptr);
    HG_ASSERT(BN_set_bit(root.get(), (BN_num_bits(n) + 1) / 2) == 1);
    for (;;) {
        HG_ASSERT(BN_div(next.get(), nullptr, n, root.get(), space) == 1);
        HG_ASSERT(BN_add(next.get(), next.get(), root.get()) == 1);
        HG_ASSERT(BN_rshift1(next.get(), next.get()) == 1);
        if (BN_cmp(next.get(), root.get()) >= 0) {
            return root;
        }
        std::swap(root, next);
    }
}

/// Fermat's method: n = a^2 - b^2 for an a little above the square root when the primes are close.
bool falls_to_fermat(const BIGNUM* n, BN_CTX* space) {
    constexpr int rounds = 100;
    const BignumHandle a = square_root(n, space);
    BignumHandle rest(BN_new());
    BignumHandle square(BN_new());
    HG_ASSERT(rest != nullptr && square != nullptr);
    for (int round = 0; round < rounds; ++round) {
        HG_ASSERT(BN_sqr(square.get(), a.get(), space) == 1);
        if (BN_sub(rest.get(), square.get(), n) == 1 && BN_is_negative(rest.get()) == 0) {
            // Squares leave 0, 1, 4 or 9 when divided by 16: most others need no root.
            const BN_ULONG left = BN_mod_word(rest.get(), 16);
            if (left == 0 || left == 1 || left == 4 || left == 9) {
                const BignumHandle b = BN_is_zero(rest.get()) == 1 ? BignumHandle(BN_new())
                                                                   : square_root(rest.get(), space);
                HG_ASSERT(b != nullptr && BN_sqr(square.get(), b.get(), space) == 1);
                if (BN_cmp(square.get(), rest.get()) == 0) {
                    return true;
                }
            }
        }
        HG_ASSERT(BN_add_word(a.get(), 1) == 1);
    }
    return false;
}

LintFlaw close_primes(const ShapeSubject& subject) {
    const KeyFacts facts = key_facts(subject.fields);
    constexpr unsigned longest_bits = 8192;
    if (facts.kind != KeyFacts::Kind::rsa || !facts.is_well_formed || facts.bits < 16 ||
        facts.bits > longest_bits) {
        return {};
    }
    const auto whole = read_der(subject.fields.key, der_tag::sequence, "an RSA key");
    HG_ASSERT(whole.has_value());
    const auto modulus = DerReader(whole->content).expect(der_tag::integer, "a modulus");
    HG_ASSERT(modulus.has_value());
    const BignumHandle n(BN_bin2bn(
        openssl_bytes(modulus->content), static_cast<int>(modulus->content.size()), nullptr
    ));
    const NumberSpace space(BN_CTX_new());
    HG_ASSERT(n != nullptr && space != nullptr);
    return flaw_if(
        BN_is_odd(n.get()) == 0 || falls_to_fermat(n.get(), space.get()),
        "a modulus that falls apart at once"
    );
}

constexpr auto key_rules = std::to_array<LintRule<ShapeSubject>>({
    {"rsa-exponent",
     "CA/B Forum BR section 6.1.6",
     LintSeverity::error,
     "an odd RSA exponent from 65537",
     odd_exponent},
    {"key-parameters",
     "RFC 3279 section 2.3.1, RFC 8410 section 3",
     LintSeverity::error,
     "NULL as the parameters of an RSA key, none with Ed25519",
     odd_key_parameters},
    {"rsa-primes-close",
     "CA/B Forum BR section 6.1.1.3, FIPS 186-5 appendix A.1.3",
     LintSeverity::error,
     "an RSA modulus of two primes that lie far apart",
     close_primes},
});

}  // namespace

std::span<const LintRule<ShapeSubject>> key_lint_rules() {
    return key_rules;
}

}  // namespace heliograph::pki
