// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/body_parts.hpp>
#include <mirror/store/deflated.hpp>
#include <mirror/store/page_body.hpp>
#include <verify/verdict/limits.hpp>

#include <algorithm>
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

}  // namespace

Result<PackedBody> pack_body(CatalogDatabase& database, const PageKey& key, ByteSpan body) {
    auto former = stored_parts(database, key);
    if (!former && former.error().code() == ErrorCode::malformed) {
        former = std::vector<BodyPart>();  // A damaged list is replaced; its parts stay, unnamed.
    }
    HG_CHECK(former);
    std::multimap<pki::Sha256, std::int64_t> unused;
    for (const auto& part : *former) {
        unused.emplace(part.digest, part.row);
    }
    PackedBody packed;
    if (body.size() <= deflated_limit_bytes) {
        packed = {.packing = Packing::deflated, .bytes = deflate_body(body)};
    } else {
        std::vector<BodyPart> parts;
        for (const auto piece : cut_body(body)) {
            BodyPart part{.row = 0, .digest = pki::sha256(piece)};
            const auto same = unused.find(part.digest);
            bool is_kept = false;
            if (same != unused.end()) {
                HG_TRY(const auto stored, read_part(database, same->second));
                // What the disk altered must not live on in the next edition.
                is_kept = stored &&
                          std::equal(stored->begin(), stored->end(), piece.begin(), piece.end());
            }
            if (is_kept) {
                part.row = same->second;
                unused.erase(same);
            } else {
                HG_TRY(part.row, insert_part(database, piece));
            }
            parts.push_back(part);
        }
        packed = {.packing = Packing::parts, .bytes = render_parts(parts)};
    }
    for (const auto& [digest, row] : unused) {
        HG_CHECK(remove_part(database, {.row = row, .digest = digest}));
    }
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
