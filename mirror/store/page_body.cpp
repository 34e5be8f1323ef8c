// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/body_parts.hpp>
#include <mirror/store/deflated.hpp>
#include <mirror/store/page_body.hpp>

#include <map>
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

Outcome remove_part(CatalogDatabase& database, std::int64_t row) {
    HG_TRY(auto query, database.query("DELETE FROM page_part WHERE id = ?1"));
    query->bind_all(row);
    return query->run();
}

Result<Bytes> join_parts(CatalogDatabase& database, ByteSpan list) {
    HG_TRY(const auto parts, parse_parts(list));
    Bytes body;
    for (const auto& part : parts) {
        HG_TRY(auto query, database.query("SELECT body FROM page_part WHERE id = ?1"));
        query->bind_all(part.row);
        HG_TRY(const Step step, query->step());
        if (step == Step::done) {
            return Error(
                ErrorCode::malformed,
                "expected every part of a stored page in the catalogue, one is missing; restore "
                "the folder"
            );
        }
        const auto piece = query->blob(0);
        body.insert(body.end(), piece.begin(), piece.end());
    }
    return body;
}

}  // namespace

Result<PackedBody> pack_body(CatalogDatabase& database, const PageKey& key, ByteSpan body) {
    HG_TRY(const auto former, stored_parts(database, key));
    std::multimap<pki::Sha256, std::int64_t> unused;
    for (const auto& part : former) {
        unused.emplace(part.digest, part.row);
    }
    PackedBody packed;
    if (body.size() <= deflated_limit_bytes) {
        packed = {.packing = Packing::deflated, .bytes = deflate_body(body)};
    } else {
        std::vector<BodyPart> parts;
        for (const auto piece : cut_body(body)) {
            BodyPart part{.row = 0, .digest = pki::sha256(piece)};
            if (const auto same = unused.find(part.digest); same != unused.end()) {
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
        HG_CHECK(remove_part(database, row));
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
    HG_TRY(const auto parts, stored_parts(database, key));
    for (const auto& part : parts) {
        HG_CHECK(remove_part(database, part.row));
    }
    return {};
}

}  // namespace heliograph::mirror
