// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/body_parts.hpp>
#include <mirror/store/deflated.hpp>
#include <mirror/store/page_body.hpp>
#include <verify/verdict/limits.hpp>

#include <cstring>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace heliograph::mirror {

namespace {

Result<std::vector<BodyPart>> stored_parts(CatalogDatabase& database, const PageKey& key) {
    HG_TRY(
        auto query,
        database.query("SELECT body FROM page WHERE project = ?1 AND form = ?2 AND packing = ?3")
    );
    query->bind_all(
        std::string_view(key.project.text()),
        to_column(key.form),
        static_cast<std::int64_t>(Packing::parts)
    );
    HG_TRY(const Step step, query->step());
    if (step == Step::done) {
        return std::vector<BodyPart>();
    }
    return parse_parts(query->blob(0));
}

Result<std::int64_t> insert_part(CatalogDatabase& database, ByteSpan part) {
    HG_TRY(auto query, database.query("INSERT INTO page_part (body) VALUES (?1)"));
    query->bind_all(part);
    HG_CHECK(query->run());
    return database.database().last_row_id();
}

// None when it is gone.
Result<std::optional<Bytes>> read_part(CatalogDatabase& database, std::int64_t row) {
    HG_TRY(auto query, database.query("SELECT body FROM page_part WHERE id = ?1"));
    query->bind_all(row);
    HG_TRY(const Step step, query->step());
    return step == Step::done ? std::optional<Bytes>() : std::optional(query->blob(0));
}

// A list that the disk altered may name a part of another page: what is not the part that the list
// speaks of stays.
Outcome remove_part(CatalogDatabase& database, const BodyPart& part) {
    HG_TRY(const auto stored, read_part(database, part.row));
    if (!stored || pki::sha256(*stored) != part.digest) {
        return {};
    }
    HG_TRY(auto query, database.query("DELETE FROM page_part WHERE id = ?1"));
    query->bind_all(part.row);
    return query->run();
}

Result<Bytes> join_parts(CatalogDatabase& database, ByteSpan list) {
    HG_TRY(const auto parts, parse_parts(list));
    Bytes body;
    for (const auto& part : parts) {
        HG_TRY(const auto piece, read_part(database, part.row));
        // No page is larger, whatever an altered list says.
        if (!piece || piece->size() > verify::limits::page_bytes - body.size()) {
            return Error(
                ErrorCode::malformed,
                "expected every part of a stored page in the catalogue and no more, saw others; "
                "restore the folder"
            );
        }
        body.insert(body.end(), piece->begin(), piece->end());
    }
    return body;
}

struct KeptPart {
    BodyPart part;
    std::size_t size_bytes = 0;
};

// The parts of the former edition, each of which the next one may keep once.
class FormerParts {
  public:
    FormerParts(CatalogDatabase& database, std::vector<BodyPart> parts)
        : m_database(database), m_parts(std::move(parts)), m_is_kept(m_parts.size()) {
        for (std::size_t at = 0; at < m_parts.size(); ++at) {
            m_by_digest.emplace(m_parts[at].digest, at);
        }
    }

    // The part that stands where the last one that was kept ends, when the body goes on with it:
    // compared, and neither cut nor hashed, since a cut depends on the part's own bytes alone. Only
    // the last part of a body may have been cut by the body's end.
    Result<std::optional<KeptPart>> take_next(ByteSpan body) {
        if (m_next >= m_parts.size() || m_is_kept[m_next]) {
            return std::optional<KeptPart>();
        }
        HG_TRY(const auto stored, read_part(m_database, m_parts[m_next].row));
        const bool is_last = m_next + 1 == m_parts.size();
        if (!stored || stored->empty() || !begins_with(body, *stored) ||
            (is_last && stored->size() != body.size())) {
            return std::optional<KeptPart>();
        }
        return std::optional(KeptPart{.part = keep(m_next), .size_bytes = stored->size()});
    }

    // A part with this digest, wherever it stood.
    Result<std::optional<BodyPart>> take(const pki::Sha256& digest, ByteSpan piece) {
        const auto [begin, end] = m_by_digest.equal_range(digest);
        for (auto same = begin; same != end; ++same) {
            if (m_is_kept[same->second]) {
                continue;
            }
            HG_TRY(const auto stored, read_part(m_database, m_parts[same->second].row));
            // What the disk altered must not live on in the next edition.
            if (stored && stored->size() == piece.size() && begins_with(piece, *stored)) {
                return std::optional(keep(same->second));
            }
        }
        ++m_next;  // Most likely this piece replaces the part that stands here.
        return std::optional<BodyPart>();
    }

    Outcome remove_others() {
        for (std::size_t at = 0; at < m_parts.size(); ++at) {
            if (!m_is_kept[at]) {
                HG_CHECK(remove_part(m_database, m_parts[at]));
            }
        }
        return {};
    }

  private:
    static bool begins_with(ByteSpan body, ByteSpan part) {
        return part.size() <= body.size() &&
               std::memcmp(body.data(), part.data(), part.size()) == 0;
    }

    BodyPart keep(std::size_t at) {
        m_is_kept[at] = true;
        m_next = at + 1;
        return m_parts[at];
    }

    CatalogDatabase& m_database;
    std::vector<BodyPart> m_parts;
    std::vector<bool> m_is_kept;
    std::multimap<pki::Sha256, std::size_t> m_by_digest;
    std::size_t m_next = 0;
};

Result<std::vector<BodyPart>> store_parts(
    CatalogDatabase& database, FormerParts& former, ByteSpan body
) {
    std::vector<BodyPart> parts;
    while (!body.empty()) {
        HG_TRY(const auto kept, former.take_next(body));
        if (kept) {
            parts.push_back(kept->part);
            body = body.subspan(kept->size_bytes);
            continue;
        }
        const auto piece = first_part(body);
        const auto digest = pki::sha256(piece);
        HG_TRY(auto part, former.take(digest, piece));
        if (!part) {
            HG_TRY(const auto row, insert_part(database, piece));
            part = BodyPart{.row = row, .digest = digest};
        }
        parts.push_back(*part);
        body = body.subspan(piece.size());
    }
    return parts;
}

}  // namespace

Result<PackedBody> pack_body(CatalogDatabase& database, const PageKey& key, ByteSpan body) {
    auto stored = stored_parts(database, key);
    if (!stored && stored.error().code() == ErrorCode::malformed) {
        stored = std::vector<BodyPart>();  // A damaged list is replaced; its parts stay, unnamed.
    }
    HG_CHECK(stored);
    FormerParts former(database, *std::move(stored));
    PackedBody packed;
    if (body.size() <= deflated_limit_bytes) {
        packed = {.packing = Packing::deflated, .bytes = deflate_body(body)};
    } else {
        HG_TRY(const auto parts, store_parts(database, former, body));
        packed = {.packing = Packing::parts, .bytes = render_parts(parts)};
    }
    HG_CHECK(former.remove_others());
    return packed;
}

Result<Bytes> unpack_body(CatalogDatabase& database, PackedBody packed) {
    switch (packed.packing) {
        case Packing::plain:
            return std::move(packed.bytes);
        case Packing::deflated:
            return inflate_body(packed.bytes);
        case Packing::parts:
            return join_parts(database, packed.bytes);
    }
    return Error(
        ErrorCode::malformed,
        "expected a stored page in a packing that is known, saw another; restore the folder"
    );
}

Outcome drop_parts(CatalogDatabase& database, const PageKey& key) {
    const auto parts = stored_parts(database, key);
    if (!parts) {
        return parts.error().code() == ErrorCode::malformed ? Outcome() : Outcome(parts.error());
    }
    for (const auto& part : *parts) {
        HG_CHECK(remove_part(database, part));
    }
    return {};
}

}  // namespace heliograph::mirror
