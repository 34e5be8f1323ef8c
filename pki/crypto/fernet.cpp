// SPDX-License-Identifier: Apache-2.0
#include <pki/base/encoding.hpp>
#include <pki/crypto/fernet_codec.hpp>
#include <pki/crypto/openssl_handle.hpp>
#include <pki/crypto/random.hpp>

#include <algorithm>
#include <limits>

namespace heliograph::pki {

namespace {

constexpr std::size_t keyring_limit = 64;

Error no_fernet_key() {
    return {
        ErrorCode::malformed,
        "expected a Fernet key of 44 characters of padded base64url, saw something else"};
}

// In whole seconds since 1970, where sums cannot wrap: the time in a token is any 64-bit number.
bool is_expired(std::uint64_t sealed, std::uint64_t limit, std::uint64_t now) {
    return sealed <= std::numeric_limits<std::uint64_t>::max() - limit && sealed + limit < now;
}

std::optional<FernetDefect> judge_age(std::uint64_t sealed, const FernetAge& age) {
    const auto now = static_cast<std::uint64_t>(age.now.time_since_epoch().count());
    const auto limit = static_cast<std::uint64_t>(age.limit.count());
    if (is_expired(sealed, limit, now)) {
        return FernetDefect::expired;
    }
    if (sealed > now + static_cast<std::uint64_t>(fernet_clock_skew.count())) {
        return FernetDefect::from_the_future;
    }
    return std::nullopt;
}

// None for a time that no calendar here reaches.
std::optional<Instant> instant_of(std::uint64_t seconds) {
    constexpr std::uint64_t end_of_9999 = 253'402'300'799;
    if (seconds > end_of_9999) {
        return std::nullopt;
    }
    return Instant(std::chrono::seconds(static_cast<std::int64_t>(seconds)));
}

FernetOpening defect_of(FernetDefect defect, std::optional<Instant> sealed_at) {
    return {.defect = defect, .sealed_at = sealed_at, .message = {}};
}

}  // namespace

std::string_view fernet_defect_name(FernetDefect defect) {
    switch (defect) {
        case FernetDefect::malformed:
            return "malformed";
        case FernetDefect::not_authentic:
            return "not-authentic";
        case FernetDefect::expired:
            return "expired";
        case FernetDefect::from_the_future:
            break;
    }
    return "from-the-future";
}

Result<FernetKey> FernetKey::generate() {
    SecretBytes bytes(32);
    HG_CHECK(fill_random(bytes.writable()));
    return FernetKey(bytes.expose());
}

Result<FernetKey> FernetKey::parse(ByteSpan text) {
    const std::string_view view = text_of(text);
    if (view.size() != fernet_key_text_bytes || !view.ends_with('=')) {
        return no_fernet_key();
    }
    auto bytes = decode_base64url(view.substr(0, view.size() - 1));
    if (!bytes || bytes->size() != 32) {
        return no_fernet_key();
    }
    FernetKey key(*bytes);
    OPENSSL_cleanse(bytes->data(), bytes->size());
    return key;
}

SecretBytes FernetKey::to_text() const {
    SecretBytes joined(32);
    std::copy(m_signing.expose().begin(), m_signing.expose().end(), joined.writable().begin());
    std::copy(
        m_encryption.expose().begin(), m_encryption.expose().end(), joined.writable().begin() + 16
    );
    std::string text = encode_base64url(joined.expose()) + "=";
    SecretBytes kept(bytes_of(text));
    OPENSSL_cleanse(text.data(), text.size());
    return kept;
}

Result<FernetKeyring> FernetKeyring::of(std::vector<FernetKey> keys) {
    if (keys.empty() || keys.size() > keyring_limit) {
        return Error(
            ErrorCode::invalid_argument,
            "expected 1 to " + std::to_string(keyring_limit) + " keys, saw " +
                std::to_string(keys.size())
        );
    }
    return FernetKeyring(std::move(keys));
}

Result<std::string> FernetKeyring::seal(ByteSpan message, Instant now) const {
    if (now < Instant{}) {
        return Error(ErrorCode::invalid_argument, "expected a time after 1970, saw one before");
    }
    FernetStamp stamp{
        .seconds = static_cast<std::uint64_t>(now.time_since_epoch().count()), .initial = {}};
    HG_CHECK(fill_random(stamp.initial));
    return render_fernet(m_keys.front(), message, stamp);
}

Result<FernetOpening> FernetKeyring::open(
    std::string_view token, const std::optional<FernetAge>& age
) const {
    if (age && (age->limit < std::chrono::seconds::zero() || age->now < Instant{})) {
        return Error(
            ErrorCode::invalid_argument,
            "expected an age of no less than 0 s, and a time after 1970"
        );
    }
    if (token.size() > fernet_token_limit_bytes) {
        return Error(
            ErrorCode::too_large,
            "expected a token of a message of at most 16 MiB, saw a longer one"
        );
    }
    const auto decoded = FernetToken::decode(token);
    if (!decoded) {
        return defect_of(FernetDefect::malformed, std::nullopt);
    }
    for (const FernetKey& key : m_keys) {
        HG_TRY(const bool authentic, decoded->is_authentic(key));
        if (!authentic) {
            continue;
        }
        const auto sealed_at = instant_of(decoded->seconds());
        if (const auto defect = age ? judge_age(decoded->seconds(), *age) : std::nullopt) {
            return defect_of(*defect, sealed_at);
        }
        HG_TRY(auto message, decoded->decrypt(key));
        if (!message) {
            return defect_of(FernetDefect::malformed, sealed_at);
        }
        return FernetOpening{
            .defect = std::nullopt, .sealed_at = sealed_at, .message = *std::move(message)};
    }
    return defect_of(FernetDefect::not_authentic, std::nullopt);
}

Result<std::string> FernetKeyring::rotate(std::string_view token) const {
    HG_TRY(const FernetOpening opening, open(token, std::nullopt));
    const auto decoded = FernetToken::decode(token);
    if (opening.defect || !decoded) {
        return Error(
            ErrorCode::malformed,
            "expected a token by one of the keys, saw one that is " +
                std::string(fernet_defect_name(opening.defect.value_or(FernetDefect::malformed)))
        );
    }
    FernetStamp stamp{.seconds = decoded->seconds(), .initial = {}};
    HG_CHECK(fill_random(stamp.initial));
    return render_fernet(m_keys.front(), opening.message.expose(), stamp);
}

}  // namespace heliograph::pki
