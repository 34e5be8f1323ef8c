// SPDX-License-Identifier: Apache-2.0
#include <pki/base/file.hpp>
#include <pki/crypto/chunked_encryption.hpp>
#include <pki/seal/sealed_file.hpp>
#include <pki/seal/sealed_header.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace heliograph::pki {
namespace {

using test::expect_error;
using test::succeeded;

ByteSource source_from(ByteSpan bytes) {
    auto rest = std::make_shared<ByteSpan>(bytes);
    return [rest](std::span<std::byte> room) -> Result<std::size_t> {
        // In small steps, as a pipe gives them.
        const std::size_t size = std::min({room.size(), rest->size(), std::size_t{777}});
        std::copy_n(rest->begin(), size, room.begin());
        *rest = rest->subspan(size);
        return size;
    };
}

ByteSink sink_into(Bytes& target) {
    return [&target](ByteSpan bytes) -> Outcome {
        target.insert(target.end(), bytes.begin(), bytes.end());
        return {};
    };
}

Bytes sealed_for(const std::vector<PublicKey>& recipients, ByteSpan message) {
    Bytes sealed;
    const SealRequest request{.recipients = recipients, .content_type = "text/plain"};
    EXPECT_TRUE(succeeded(seal_stream(request, source_from(message), sink_into(sealed))));
    return sealed;
}

struct Released {
    SealOpening opening;
    Bytes bytes;
};

Released open_with(const PrivateKey& key, ByteSpan sealed) {
    Released released;
    auto opening = open_stream(key, source_from(sealed), sink_into(released.bytes));
    EXPECT_TRUE(succeeded(opening));
    released.opening = *std::move(opening);
    return released;
}

class Sealed : public testing::Test {
  protected:
    const PrivateKey m_first = PrivateKey::generate(KeyType::p256).value();
    const PrivateKey m_second = PrivateKey::generate(KeyType::x25519).value();
    const Bytes m_message = to_bytes("what was meant for two");
    const Bytes m_sealed = sealed_for({m_first.public_key(), m_second.public_key()}, m_message);
    const std::size_t m_header_bytes = SealedHeader::parse(m_sealed).value().value().size_bytes;
};

TEST_F(Sealed, OpensForEveryRecipient) {
    for (const PrivateKey* key : {&m_first, &m_second}) {
        const auto released = open_with(*key, m_sealed);
        EXPECT_FALSE(released.opening.defect.has_value());
        EXPECT_EQ(released.opening.content_type, "text/plain");
        EXPECT_EQ(released.opening.size_bytes, m_message.size());
        EXPECT_EQ(released.bytes, m_message);
    }
}

TEST_F(Sealed, DoesNotOpenForAnotherKey) {
    const auto released = open_with(PrivateKey::generate(KeyType::p256).value(), m_sealed);
    EXPECT_EQ(released.opening.defect, SealDefect::not_a_recipient);
    EXPECT_TRUE(released.bytes.empty());
    Bytes nothing;
    const auto signer = PrivateKey::generate(KeyType::ed25519).value();
    expect_error(
        open_stream(signer, source_from(m_sealed), sink_into(nothing)), ErrorCode::unsupported
    );
}

TEST_F(Sealed, ShowsEveryFlippedByteAndReleasesNothing) {
    for (std::size_t i = 0; i < m_sealed.size(); ++i) {
        Bytes altered = m_sealed;
        altered[i] ^= std::byte{1};
        const auto released = open_with(m_second, altered);
        EXPECT_TRUE(released.opening.defect.has_value()) << i;
        EXPECT_TRUE(released.bytes.empty()) << i;
        EXPECT_TRUE(released.opening.content_type.empty()) << i;
    }
}

TEST_F(Sealed, ShowsEveryTruncationAndEveryAddition) {
    for (std::size_t size = 0; size < m_sealed.size(); ++size) {
        EXPECT_TRUE(open_with(m_first, ByteSpan(m_sealed).first(size)).opening.defect.has_value())
            << size;
    }
    Bytes longer = m_sealed;
    longer.push_back(std::byte{0});
    EXPECT_EQ(open_with(m_first, longer).opening.defect, SealDefect::altered);
}

TEST_F(Sealed, ReleasesNoChunkThatIsNotInItsPlace) {
    const Bytes message(3 * chunk_bytes, std::byte{'m'});
    const Bytes sealed = sealed_for({m_first.public_key()}, message);
    const std::size_t body =
        SealedHeader::parse(sealed).value().value().size_bytes + chunked_header_bytes;
    Bytes swapped = sealed;
    std::swap_ranges(
        swapped.begin() + static_cast<std::ptrdiff_t>(body + sealed_chunk_bytes),
        swapped.begin() + static_cast<std::ptrdiff_t>(body + 2 * sealed_chunk_bytes),
        swapped.begin() + static_cast<std::ptrdiff_t>(body + 2 * sealed_chunk_bytes)
    );
    const auto released = open_with(m_first, swapped);
    EXPECT_EQ(released.opening.defect, SealDefect::altered);
    EXPECT_LE(released.bytes.size(), chunk_bytes);
    const auto cut = open_with(m_first, ByteSpan(sealed).first(body + 3 * sealed_chunk_bytes));
    EXPECT_EQ(cut.opening.defect, SealDefect::altered);
}

TEST_F(Sealed, BindsTheContentTypeAndTheRecipients) {
    // The other recipient is struck from the header: shorter, well-formed, and refused.
    auto parsed = SealedHeader::parse(m_sealed).value().value();
    SealedHeader header = parsed.header;
    header.recipients.pop_back();
    Bytes lonely = header.render();
    const auto body = m_sealed.begin() + static_cast<std::ptrdiff_t>(m_header_bytes);
    lonely.insert(lonely.end(), body, m_sealed.end());
    EXPECT_EQ(open_with(m_first, lonely).opening.defect, SealDefect::altered);
    SealedHeader renamed = parsed.header;
    renamed.content_type = "text/html!";
    Bytes other = renamed.render();
    other.insert(other.end(), body, m_sealed.end());
    EXPECT_EQ(open_with(m_first, other).opening.defect, SealDefect::altered);
}

TEST_F(Sealed, HoldsAnEmptyFile) {
    const auto released = open_with(m_first, sealed_for({m_first.public_key()}, {}));
    EXPECT_FALSE(released.opening.defect.has_value());
    EXPECT_EQ(released.opening.size_bytes, 0U);
}

TEST_F(Sealed, RefusesRecipientsThatCannotBeMeant) {
    Bytes nothing;
    const auto seal = [&nothing](std::vector<PublicKey> keys, const std::string& type) {
        return seal_stream(
            {.recipients = std::move(keys), .content_type = type},
            source_from({}),
            sink_into(nothing)
        );
    };
    expect_error(seal({}, "text/plain"), ErrorCode::invalid_argument, "recipients");
    const auto key = m_first.public_key();
    expect_error(seal({key, key}, "text/plain"), ErrorCode::invalid_argument, "twice");
    expect_error(seal({key}, ""), ErrorCode::invalid_argument, "content type");
    expect_error(seal({key}, "a\nb"), ErrorCode::invalid_argument);
    expect_error(seal({key}, std::string(128, 'x')), ErrorCode::invalid_argument);
    const auto signer = PrivateKey::generate(KeyType::p384).value();
    expect_error(seal({signer.public_key()}, "text/plain"), ErrorCode::unsupported, "P-384");
    EXPECT_TRUE(nothing.empty());
}

TEST_F(Sealed, HeaderReadsBackAndRefusesOtherForms) {
    const ByteSpan start = ByteSpan(m_sealed).first(m_header_bytes);
    const auto parsed = SealedHeader::parse(start).value();
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->header.render(), to_bytes(start));
    for (std::size_t size = 0; size < start.size(); ++size) {
        const auto cut = SealedHeader::parse(start.first(size));
        EXPECT_TRUE(succeeded(cut));
        EXPECT_FALSE(cut->has_value()) << size;
    }
    Bytes none = to_bytes("heliograph-sealed-1\n\x01x");
    none.push_back(std::byte{0});
    expect_error(SealedHeader::parse(none), ErrorCode::malformed, "0 recipients");
    none.back() = std::byte{33};
    expect_error(SealedHeader::parse(none), ErrorCode::malformed, "33 recipients");
    expect_error(SealedHeader::parse(bytes_of("heliograph-sealed-2\n")), ErrorCode::malformed);
    SealedHeader twice = parsed->header;
    twice.recipients[1] = twice.recipients[0];
    expect_error(SealedHeader::parse(twice.render()), ErrorCode::malformed, "twice");
}

class SealedFiles : public Sealed {
  protected:
    [[nodiscard]] std::set<std::string> names() const {
        std::set<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(m_folder.path())) {
            found.insert(entry.path().filename().string());
        }
        return found;
    }

    test::TempFolder m_folder;
};

TEST_F(SealedFiles, AppearWholeOrNotAtAll) {
    ASSERT_TRUE(succeeded(write_file_atomically(m_folder / "plain", m_message)));
    const FileToFile there{m_folder / "plain", m_folder / "sealed"};
    const auto size = seal_file(there, {.recipients = {m_first.public_key()}});
    ASSERT_TRUE(succeeded(size));
    EXPECT_EQ(*size, m_message.size());
    const FileToFile back{m_folder / "sealed", m_folder / "opened"};
    const auto opening = open_sealed_file(back, m_first);
    ASSERT_TRUE(succeeded(opening));
    EXPECT_FALSE(opening->defect.has_value());
    EXPECT_EQ(read_file(m_folder / "opened", 1000).value(), m_message);
    EXPECT_EQ(
        std::filesystem::status(m_folder / "opened").permissions(),
        std::filesystem::perms::owner_read | std::filesystem::perms::owner_write
    );
    expect_error(open_sealed_file(back, m_first), ErrorCode::exists);
    expect_error(seal_file(there, {.recipients = {m_first.public_key()}}), ErrorCode::exists);
    EXPECT_EQ(names(), (std::set<std::string>{"plain", "sealed", "opened"}));
}

TEST_F(SealedFiles, ThatAreCutLeaveNothingBehind) {
    const Bytes message(chunk_bytes * 2, std::byte{'m'});
    Bytes sealed = sealed_for({m_first.public_key()}, message);
    sealed.resize(sealed.size() - 16);
    ASSERT_TRUE(succeeded(write_file_atomically(m_folder / "cut", sealed)));
    const auto opening = open_sealed_file({m_folder / "cut", m_folder / "opened"}, m_first);
    ASSERT_TRUE(succeeded(opening));
    EXPECT_EQ(opening->defect, SealDefect::altered);
    EXPECT_EQ(names(), std::set<std::string>{"cut"});
    expect_error(
        open_sealed_file({m_folder / "none", m_folder / "opened"}, m_first), ErrorCode::not_found
    );
    EXPECT_EQ(names(), std::set<std::string>{"cut"});
}

}  // namespace
}  // namespace heliograph::pki
