// SPDX-License-Identifier: Apache-2.0
#include <pki/crypto/chunked_encryption.hpp>
#include <pki/crypto/digest.hpp>
#include <pki/crypto/random.hpp>
#include <pki/seal/chunk_loop.hpp>
#include <pki/seal/sealed_header.hpp>
#include <pki/seal/sealed_stream.hpp>

#include <algorithm>

namespace heliograph::pki {

namespace {

SealOpening opening_with(SealDefect defect) {
    return {.defect = defect, .content_type = {}, .size_bytes = 0};
}

/// A source that first gives back what was read too far while the header was looked for.
class PrefixedSource {
  public:
    PrefixedSource(Bytes prefix, const ByteSource& rest)
        : m_prefix(std::move(prefix)), m_rest(rest) {}

    Result<std::size_t> read(std::span<std::byte> room) {
        const std::size_t kept = std::min(room.size(), m_prefix.size() - m_given);
        if (kept == 0) {
            return m_rest(room);
        }
        const auto start = m_prefix.begin() + static_cast<std::ptrdiff_t>(m_given);
        std::copy_n(start, kept, room.begin());
        m_given += kept;
        return kept;
    }

  private:
    Bytes m_prefix;
    std::size_t m_given = 0;
    const ByteSource& m_rest;
};

Result<SealOpening> open_with_key(
    const SecretBytes& file_key,
    const SealedHeader& header,
    const ByteSource& source,
    const ByteSink& sink
) {
    ChunkedHeader chunked{};
    HG_TRY(const std::size_t size, fill(source, chunked));
    if (size < chunked.size()) {
        return opening_with(SealDefect::altered);
    }
    const Sha256 context = sha256(header.render());
    HG_TRY(auto opener, ChunkOpener::start(file_key, ChunkedContext(context.span()), chunked));
    if (!opener) {
        return opening_with(SealDefect::altered);
    }
    HG_TRY(const auto released, open_chunks(*std::move(opener), source, sink));
    if (!released) {
        return opening_with(SealDefect::altered);
    }
    return SealOpening{.defect = {}, .content_type = header.content_type, .size_bytes = *released};
}

}  // namespace

std::string_view seal_defect_name(SealDefect defect) {
    switch (defect) {
        case SealDefect::malformed:
            return "malformed";
        case SealDefect::not_a_recipient:
            return "not-a-recipient";
        case SealDefect::altered:
            break;
    }
    return "altered";
}

Result<std::uint64_t> seal_stream(
    const SealRequest& request, const ByteSource& source, const ByteSink& sink
) {
    SecretBytes file_key(file_key_bytes);
    HG_CHECK(fill_random(file_key.writable()));
    HG_TRY(
        const SealedHeader header, wrap_file_key(file_key, request.content_type, request.recipients)
    );
    const Bytes rendered = header.render();
    const Sha256 context = sha256(rendered);
    HG_TRY(ChunkSealer sealer, ChunkSealer::start(file_key, ChunkedContext(context.span())));
    HG_CHECK(sink(rendered));
    HG_CHECK(sink(sealer.header()));
    return seal_chunks(std::move(sealer), source, sink);
}

Result<SealOpening> open_stream(
    const PrivateKey& key, const ByteSource& source, const ByteSink& sink
) {
    Bytes start(sealed_header_limit_bytes);
    HG_TRY(const std::size_t size, fill(source, start));
    start.resize(size);
    auto parsed = SealedHeader::parse(start);
    // What is no sealed file is evidence against the file, not a failure to look at it.
    if (!parsed || !*parsed) {
        return opening_with(SealDefect::malformed);
    }
    const SealedHeader& header = (*parsed)->header;
    HG_TRY(const auto unwrapped, unwrap_file_key(header, key));
    if (unwrapped.defect) {
        return opening_with(
            *unwrapped.defect == UnwrapDefect::not_a_recipient ? SealDefect::not_a_recipient
                                                               : SealDefect::altered
        );
    }
    const auto body = start.begin() + static_cast<std::ptrdiff_t>((*parsed)->size_bytes);
    PrefixedSource rest(Bytes(body, start.end()), source);
    const ByteSource from_body = [&rest](std::span<std::byte> room) { return rest.read(room); };
    return open_with_key(unwrapped.file_key, header, from_body, sink);
}

}  // namespace heliograph::pki
