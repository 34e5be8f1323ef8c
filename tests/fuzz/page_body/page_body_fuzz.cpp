// SPDX-License-Identifier: Apache-2.0
// Any row offered as a stored page gives a page of bounded size or an error, leaves the parts of
// other pages alone, and is replaced by a sound edition; what is packed is read back byte for byte.
#include <mirror/store/body_parts.hpp>
#include <mirror/store/catalog_schema.hpp>
#include <mirror/store/deflated.hpp>
#include <mirror/store/page_body.hpp>
#include <verify/verdict/limits.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

namespace mirror = heliograph::mirror;
namespace verify = heliograph::verify;
using heliograph::Bytes;
using heliograph::ByteSpan;

// One catalogue for all inputs: its first parts are those of another page. Parts have the rows 1, 2
// and so on, so that inputs can name them.
class Shelf {
  public:
    Shelf() : m_database(open()) {
        for (std::size_t at = 0; at < 40'000; ++at) {
            m_others.push_back(static_cast<std::byte>((at * at) >> 3U));
        }
        put(m_other, m_others);
        HG_ASSERT(m_database.database().execute("SAVEPOINT sound").has_value());
    }

    void look(const mirror::PackedBody& row) {
        store(m_own, row);
        const auto read = mirror::unpack_body(m_database, row);
        HG_ASSERT(!read || read->size() <= std::max(verify::limits::page_bytes, row.bytes.size()));
        // What it leads to is replaced by, or goes with, a sound edition.
        Bytes edition = m_others;
        edition.insert(edition.begin() + 20'000, row.bytes.begin(), row.bytes.end());
        put(m_own, edition);
        HG_ASSERT(get(m_own) == edition);
        store(m_own, row);
        HG_ASSERT(mirror::drop_parts(m_database, m_own).has_value());
        HG_ASSERT(get(m_other) == m_others);
        HG_ASSERT(m_database.database().execute("ROLLBACK TO sound").has_value());
    }

  private:
    static heliograph::Database open() {
        const auto folder = std::filesystem::temp_directory_path();
        const auto place = folder / ("page_body_fuzz." + std::to_string(::getpid()) + ".db");
        auto database = heliograph::Database::open(
            place, heliograph::OpenMode::create, mirror::catalog_migrations()
        );
        HG_ASSERT(database.has_value());
        // Nothing is left behind, however it ends: the file lives as long as its descriptor.
        for (const char* ending : {"", "-wal", "-shm"}) {
            std::filesystem::remove(place.string() + ending);
        }
        return *std::move(database);
    }

    void put(const mirror::PageKey& key, ByteSpan body) {
        auto packed = mirror::pack_body(m_database, key, body);
        HG_ASSERT(packed.has_value());
        store(key, *packed);
    }

    Bytes get(const mirror::PageKey& key) {
        auto query = m_database.query("SELECT packing, body FROM page WHERE project = ?1");
        HG_ASSERT(query.has_value());
        (*query)->bind_all(std::string_view(key.project.text()));
        const auto step = (*query)->step();
        HG_ASSERT(step && *step == heliograph::Step::row);
        auto body = mirror::unpack_body(
            m_database,
            {.packing = static_cast<mirror::Packing>((*query)->integer(0)),
             .bytes = (*query)->blob(1)}
        );
        HG_ASSERT(body.has_value());
        return *std::move(body);
    }

    void store(const mirror::PageKey& key, const mirror::PackedBody& row) {
        auto page = m_database.query(
            "INSERT OR REPLACE INTO page (project, form, serial, digest, body, packing) "
            "VALUES (?1, ?2, 1, x'00', ?3, ?4)"
        );
        HG_ASSERT(page.has_value());
        (*page)->bind_all(
            std::string_view(key.project.text()),
            mirror::to_column(key.form),
            ByteSpan(row.bytes),
            static_cast<std::int64_t>(row.packing)
        );
        HG_ASSERT((*page)->run().has_value());
    }

    const verify::ProjectName m_own_name = verify::parse_normalised_name("own").value();
    const verify::ProjectName m_other_name = verify::parse_normalised_name("other").value();
    const mirror::PageKey m_own{m_own_name, verify::PageForm::html};
    const mirror::PageKey m_other{m_other_name, verify::PageForm::html};
    mirror::CatalogDatabase m_database;
    Bytes m_others;
};

}  // namespace

// The first byte is the packing, the rest the row's body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Shelf shelf;
    if (size == 0) {
        return 0;
    }
    const ByteSpan row(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
    shelf.look(
        {.packing = static_cast<mirror::Packing>(*data % 4), .bytes = heliograph::to_bytes(row)}
    );
    if (const auto parts = mirror::parse_parts(row)) {
        HG_ASSERT(mirror::render_parts(*parts) == heliograph::to_bytes(row));
    }
    if (row.size() <= mirror::deflated_limit_bytes) {
        const auto again = mirror::inflate_body(mirror::deflate_body(row));
        HG_ASSERT(again && *again == heliograph::to_bytes(row));
    }
    return 0;
}
