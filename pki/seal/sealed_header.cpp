// SPDX-License-Identifier: Apache-2.0
#include <pki/seal/sealed_header.hpp>

#include <algorithm>
#include <string_view>

namespace heliograph::pki {

namespace {

constexpr std::string_view sealed_magic = "heliograph-sealed-1\n";
constexpr std::string_view wrap_purpose = "heliograph-sealed-1";
constexpr std::size_t wrapped_key_bytes = file_key_bytes + gcm_tag_bytes;

Error malformed_header(std::string_view seen) {
    return {
        ErrorCode::malformed,
        "expected the header of a sealed file (heliograph-sealed-1), saw " + std::string(seen)};
}

bool is_content_type(std::string_view text) {
    return !text.empty() && text.size() <= content_type_limit_bytes && text.front() != ' ' &&
           text.back() != ' ' &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

Bytes wrap_info(const Sha256& recipient, std::string_view content_type) {
    Bytes info = to_bytes(wrap_purpose);
    info.push_back(std::byte{0});
    info.insert(info.end(), recipient.bytes.begin(), recipient.bytes.end());
    const ByteSpan type = bytes_of(content_type);
    info.insert(info.end(), type.begin(), type.end());
    return info;
}

void append_bytes(Bytes& target, ByteSpan bytes) {
    target.insert(target.end(), bytes.begin(), bytes.end());
}

/// Takes bytes from the front; every take() says whether there were enough.
class HeaderCursor {
  public:
    explicit HeaderCursor(ByteSpan bytes) : m_all(bytes) {}

    [[nodiscard]] std::optional<ByteSpan> take(std::size_t size) {
        if (m_all.size() - m_used < size) {
            return std::nullopt;
        }
        const ByteSpan taken = m_all.subspan(m_used, size);
        m_used += size;
        return taken;
    }
    [[nodiscard]] std::optional<std::size_t> take_number(std::size_t size) {
        const auto bytes = take(size);
        if (!bytes) {
            return std::nullopt;
        }
        std::size_t number = 0;
        for (const std::byte byte : *bytes) {
            number = number << 8U | std::to_integer<std::size_t>(byte);
        }
        return number;
    }
    [[nodiscard]] std::size_t used() const { return m_used; }

  private:
    ByteSpan m_all;
    std::size_t m_used = 0;
};

Result<HpkeKem> kem_of_number(std::size_t number) {
    for (const HpkeKem kem : {HpkeKem::p256, HpkeKem::x25519}) {
        if (number == static_cast<unsigned>(kem)) {
            return kem;
        }
    }
    return malformed_header("an unknown key encapsulation");
}

Result<std::optional<WrappedFileKey>> parse_recipient(HeaderCursor& cursor) {
    const auto number = cursor.take_number(2);
    if (!number) {
        return std::optional<WrappedFileKey>();
    }
    HG_TRY(const HpkeKem kem, kem_of_number(*number));
    const auto digest = cursor.take(32);
    const auto encapsulated = cursor.take(encapsulated_bytes(kem));
    const auto wrapped = cursor.take(wrapped_key_bytes);
    if (!digest || !encapsulated || !wrapped) {
        return std::optional<WrappedFileKey>();
    }
    HG_TRY(const Sha256 recipient, Sha256::from_bytes(*digest));
    return std::optional(WrappedFileKey{
        kem, recipient, {to_bytes(*encapsulated), to_bytes(*wrapped)}});
}

bool names_recipient(const std::vector<WrappedFileKey>& list, const Sha256& recipient) {
    return std::any_of(list.begin(), list.end(), [&recipient](const WrappedFileKey& each) {
        return each.recipient == recipient;
    });
}

}  // namespace

Bytes SealedHeader::render() const {
    Bytes bytes = to_bytes(sealed_magic);
    bytes.push_back(static_cast<std::byte>(content_type.size()));
    append_bytes(bytes, bytes_of(content_type));
    bytes.push_back(static_cast<std::byte>(recipients.size()));
    for (const WrappedFileKey& each : recipients) {
        const auto number = static_cast<unsigned>(each.kem);
        bytes.push_back(static_cast<std::byte>(number >> 8U));
        bytes.push_back(static_cast<std::byte>(number & 0xffU));
        append_bytes(bytes, each.recipient.span());
        append_bytes(bytes, each.sealed.encapsulated);
        append_bytes(bytes, each.sealed.ciphertext);
    }
    return bytes;
}

Result<std::optional<SealedHeader::Parsed>> SealedHeader::parse(ByteSpan start) {
    const std::optional<Parsed> unfinished;
    HeaderCursor cursor(start);
    // A wrong magic shows with its first wrong byte, also in a file shorter than it.
    const std::size_t comparable = std::min(start.size(), sealed_magic.size());
    if (text_of(start.first(comparable)) != sealed_magic.substr(0, comparable)) {
        return malformed_header("another kind of file");
    }
    const auto magic = cursor.take(sealed_magic.size());
    const auto type_size = cursor.take_number(1);
    const auto type = type_size ? cursor.take(*type_size) : std::nullopt;
    const auto count = type ? cursor.take_number(1) : std::nullopt;
    if (!magic || !count) {
        return unfinished;
    }
    Parsed parsed;
    parsed.header.content_type = std::string(text_of(*type));
    if (!is_content_type(parsed.header.content_type)) {
        return malformed_header("no content type");
    }
    if (*count == 0 || *count > sealed_recipient_limit) {
        return malformed_header(std::to_string(*count) + " recipients");
    }
    for (std::size_t i = 0; i < *count; ++i) {
        HG_TRY(auto recipient, parse_recipient(cursor));
        if (!recipient) {
            return unfinished;
        }
        if (names_recipient(parsed.header.recipients, recipient->recipient)) {
            return malformed_header("one recipient twice");
        }
        parsed.header.recipients.push_back(*std::move(recipient));
    }
    parsed.size_bytes = cursor.used();
    return std::optional(std::move(parsed));
}

Result<SealedHeader> wrap_file_key(
    const SecretBytes& file_key,
    const std::string& content_type,
    const std::vector<PublicKey>& recipients
) {
    if (!is_content_type(content_type)) {
        return Error(
            ErrorCode::invalid_argument,
            "expected a content type of 1 to " + std::to_string(content_type_limit_bytes) +
                " printable ASCII characters, saw another text"
        );
    }
    if (recipients.empty() || recipients.size() > sealed_recipient_limit) {
        return Error(
            ErrorCode::invalid_argument,
            "expected 1 to " + std::to_string(sealed_recipient_limit) + " recipients, saw " +
                std::to_string(recipients.size())
        );
    }
    SealedHeader header{content_type, {}};
    for (const PublicKey& key : recipients) {
        const Sha256 recipient = sha256(key.spki_der());
        if (names_recipient(header.recipients, recipient)) {
            return Error(
                ErrorCode::invalid_argument, "expected every recipient once, saw one key twice"
            );
        }
        HG_TRY(const HpkeKem kem, hpke_kem_of(key));
        const Bytes info = wrap_info(recipient, content_type);
        HG_TRY(HpkeSealed sealed, hpke_seal(key, HkdfInfo(info), AssociatedData({}), file_key));
        header.recipients.push_back({kem, recipient, std::move(sealed)});
    }
    return header;
}

Result<UnwrappedFileKey> unwrap_file_key(const SealedHeader& header, const PrivateKey& key) {
    const PublicKey half = key.public_key();
    HG_TRY(const HpkeKem kem, hpke_kem_of(half));
    const Sha256 recipient = sha256(half.spki_der());
    for (const WrappedFileKey& each : header.recipients) {
        if (each.recipient != recipient || each.kem != kem) {
            continue;
        }
        const Bytes info = wrap_info(recipient, header.content_type);
        HG_TRY(auto opened, hpke_open(key, HkdfInfo(info), AssociatedData({}), each.sealed));
        if (!opened || opened->size() != file_key_bytes) {
            return UnwrappedFileKey{UnwrapDefect::altered, {}};
        }
        return UnwrappedFileKey{std::nullopt, *std::move(opened)};
    }
    return UnwrappedFileKey{UnwrapDefect::not_a_recipient, {}};
}

}  // namespace heliograph::pki
