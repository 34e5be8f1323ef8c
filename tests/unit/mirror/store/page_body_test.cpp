// SPDX-License-Identifier: Apache-2.0
#include <mirror/store/body_parts.hpp>
#include <mirror/store/catalog_row.hpp>
#include <mirror/store/catalog_schema.hpp>
#include <mirror/store/deflated.hpp>
#include <mirror/store/sqlite_catalog.hpp>
#include <pki/base/database/database.hpp>
#include <pki/base/encoding.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/temp_folder.hpp>

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace heliograph::mirror {
namespace {

using test::expect_error;
using test::succeeded;

// A page of so many files; each line with digests, as pages have them.
std::string page_of(int files) {
    std::string page = "<head>\n";
    for (int file = 0; file < files; ++file) {
        const auto hex = pki::sha256(bytes_of(std::to_string(file))).to_hex();
        page += "<a href=\"../../packages/" + hex + "/demo-1." + std::to_string(file) + "\">\n";
    }
    return page;
}

std::string joined(const std::vector<ByteSpan>& parts) {
    std::string whole;
    for (const auto part : parts) {
        whole += text_of(part);
    }
    return whole;
}

TEST(DeflatedBody, GivesBackEveryBody) {
    for (const auto& body : {std::string(), std::string("x"), page_of(3), page_of(200)}) {
        EXPECT_EQ(text_of(inflate_body(deflate_body(bytes_of(body))).value()), body);
    }
    const Bytes most(deflated_limit_bytes);
    EXPECT_EQ(inflate_body(deflate_body(most)).value(), most);
}

TEST(DeflatedBody, GivesBackWhatCannotBeMadeSmaller) {
    Bytes noise;
    for (auto link = pki::sha256({}); noise.size() < deflated_limit_bytes;
         link = pki::sha256(link.span())) {
        noise.insert(noise.end(), link.bytes.begin(), link.bytes.end());
    }
    for (const std::size_t size :
         {deflated_limit_bytes, deflated_limit_bytes - 1, std::size_t{1}}) {
        const auto body = ByteSpan(noise).first(size);
        EXPECT_EQ(inflate_body(deflate_body(body)).value(), to_bytes(body)) << size;
    }
}

// What unpacks to more than was ever packed: 64 KiB of zeroes.
TEST(DeflatedBody, UnpacksNoMoreThanWasPacked) {
    const auto bomb =
        decode_hex(
            "edc101010000008090feafee080a0000000000000000000000000000000000000000000000000000000000"
            "000000000000000000000000000000000000000000000000000000000000000000006a"
        )
            .value();
    expect_error(inflate_body(bomb), ErrorCode::malformed, "restore");
}

// What lies in catalogues depends on the dictionary: a release that changes it reads no page.
TEST(DeflatedBody, ReadsWhatTheFirstReleaseStored) {
    const auto stored = decode_hex("2325f0cd11815f55a8548b9cb6b16407cc820400").value();
    EXPECT_EQ(
        text_of(inflate_body(stored).value()),
        "{\"meta\":{\"api-version\":\"1.4\",\"_last-serial\":7},\"name\":\"zq\"}"
        "<meta name=\"pypi:project-status-reason\" content=\""
    );
}

TEST(DeflatedBody, RefusesWhatIsDamaged) {
    const auto sound = deflate_body(bytes_of(page_of(3)));
    expect_error(inflate_body({}), ErrorCode::malformed, "restore");
    for (std::size_t size = 0; size < sound.size(); size += 7) {
        expect_error(inflate_body(ByteSpan(sound).first(size)), ErrorCode::malformed);
    }
    auto longer = sound;
    longer.push_back(std::byte{0});
    expect_error(inflate_body(longer), ErrorCode::malformed);
}

TEST(BodyParts, JoinToTheBody) {
    for (const int files : {0, 1, 100, 1000}) {
        const auto page = page_of(files);
        EXPECT_EQ(joined(cut_body(bytes_of(page))), page);
    }
    EXPECT_TRUE(cut_body({}).empty());
}

TEST(BodyParts, StayWithinTheirSizesWhateverTheContentIs) {
    const Bytes same(std::size_t{1} << 20U);
    for (const auto& parts : {cut_body(same), cut_body(bytes_of(page_of(5000)))}) {
        for (std::size_t at = 0; at + 1 < parts.size(); ++at) {
            EXPECT_GE(parts[at].size(), std::size_t{8} * 1024);
            EXPECT_LE(parts[at].size(), std::size_t{64} * 1024);
        }
    }
}

TEST(BodyParts, StayTheSameBesideAnInsertion) {
    const auto page = page_of(3000);
    auto longer = page;
    longer.insert(page.size() / 2, "one more line of another file\n");
    std::map<pki::Sha256, int> known;
    for (const auto part : cut_body(bytes_of(page))) {
        ++known[pki::sha256(part)];
    }
    int changed = 0;
    for (const auto part : cut_body(bytes_of(longer))) {
        changed += known.contains(pki::sha256(part)) ? 0 : 1;
    }
    EXPECT_GE(changed, 1);
    EXPECT_LE(changed, 4);
    EXPECT_GT(known.size(), 10U);
}

TEST(BodyParts, AreListedAndReadBack) {
    const std::vector<BodyPart> parts{
        {.row = 1, .digest = pki::sha256({})}, {.row = 0x0102030405060708, .digest = {}}};
    EXPECT_EQ(parse_parts(render_parts(parts)).value(), parts);
    expect_error(parse_parts({}), ErrorCode::malformed);
    expect_error(parse_parts(ByteSpan(render_parts(parts)).first(79)), ErrorCode::malformed);
}

class StoredBodies : public ::testing::Test {
  protected:
    void put(const std::string& body) { put(body, project); }

    void put(const std::string& body, const verify::ProjectName& owner) {
        const auto change = catalog->begin().value();
        ASSERT_TRUE(succeeded(change->put_page(
            owner,
            verify::PageForm::html,
            {.body = to_bytes(body),
             .digest = pki::sha256(bytes_of(body)),
             .signature = {},
             .serial = {1}}
        )));
        ASSERT_TRUE(succeeded(change->commit()));
    }

    // What the disk did.
    void alter(const std::string& sql) {
        auto database =
            Database::open(folder / "catalog.db", OpenMode::existing, catalog_migrations()).value();
        ASSERT_TRUE(succeeded(database.execute(sql)));
    }

    std::string stored(const Catalog& from) const {
        return std::string(text_of(from.page(project, verify::PageForm::html).value().body));
    }

    // A number from the tables themselves.
    std::int64_t ask(std::string_view sql) const {
        auto database =
            Database::open(folder / "catalog.db", OpenMode::existing, catalog_migrations()).value();
        auto query = database.prepare(sql).value();
        EXPECT_EQ(query.step().value(), Step::row);
        return query.integer(0);
    }

    // The digests of its parts, in their order.
    std::vector<pki::Sha256> parts_of(const verify::ProjectName& owner) const {
        auto database =
            Database::open(folder / "catalog.db", OpenMode::existing, catalog_migrations()).value();
        auto query = database.prepare("SELECT body FROM page WHERE project = ?1").value();
        query.bind_all(std::string_view(owner.text()));
        EXPECT_EQ(query.step().value(), Step::row);
        std::vector<pki::Sha256> digests;
        const auto parts = parse_parts(query.blob(0)).value();
        for (const auto& part : parts) {
            digests.push_back(part.digest);
        }
        return digests;
    }

    test::TempFolder folder;
    std::unique_ptr<Catalog> catalog =
        SqliteCatalog::open(folder / "catalog.db", OpenMode::create).value();
    const verify::ProjectName project = verify::parse_normalised_name("demo").value();
};

TEST_F(StoredBodies, AreReadBackWhateverTheirSizeWas) {
    for (const int files : {1, 2000, 2001, 3, 900, 901}) {
        put(page_of(files));
        EXPECT_EQ(stored(*catalog), page_of(files)) << files;
    }
}

TEST_F(StoredBodies, KeepThePartsThatDidNotChange) {
    put(page_of(3000));
    const auto parts = ask("SELECT count(*) FROM page_part");
    const auto last = ask("SELECT max(id) FROM page_part");
    EXPECT_GT(parts, 10);
    put(page_of(3001));
    EXPECT_LE(ask("SELECT max(id) FROM page_part"), last + 2) << "written anew";
    EXPECT_LE(ask("SELECT count(*) FROM page_part"), parts + 1) << "none is left over";
}

TEST_F(StoredBodies, HaveThePartsOfAFreshOneWhateverStoodBefore) {
    const auto fresh = verify::parse_normalised_name("fresh").value();
    const auto page = page_of(3000);
    std::vector<std::string> editions{page};
    editions.push_back(page + "one more line at the end\n");
    editions.push_back("one more line at the begin\n" + page);
    editions.push_back(
        page.substr(0, page.size() / 2) + "in the middle" + page.substr(page.size() / 2)
    );
    editions.push_back(page.substr(0, 100'000) + page.substr(180'000));
    editions.push_back(page.substr(0, page.size() - 1));
    editions.push_back(page.substr(0, page.size() / 2));
    editions.push_back(page + page);
    editions.push_back(page.substr(page.size() / 2) + page.substr(0, page.size() / 2));
    for (const auto& edition : editions) {
        put(edition);
        EXPECT_TRUE(stored(*catalog) == edition);
        put(page_of(1), fresh);
        put(edition, fresh);
        EXPECT_EQ(parts_of(project), parts_of(fresh)) << edition.size();
    }
    put(page_of(1));
    put(page_of(1), fresh);
    EXPECT_EQ(ask("SELECT count(*) FROM page_part"), 0);
}

TEST_F(StoredBodies, LeaveNoPartBehind) {
    put(page_of(3000));
    put(page_of(3));
    EXPECT_EQ(ask("SELECT count(*) FROM page_part"), 0);
    put(page_of(3000));
    const auto change = catalog->begin().value();
    ASSERT_TRUE(succeeded(change->remove_project(project)));
    ASSERT_TRUE(succeeded(change->commit()));
    EXPECT_EQ(ask("SELECT count(*) FROM page_part"), 0);
}

TEST_F(StoredBodies, TakeAFractionOfSmallPages) {
    put(page_of(3));
    EXPECT_LT(ask("SELECT length(body) FROM page"), 3 * 64);
}

// What an earlier release stored is read as it lies there, and packed with its next edition.
TEST(StoredBodiesOfAnEarlierRelease, AreReadAndPackedWhenTheyChange) {
    const test::TempFolder folder;
    const auto place = folder / "catalog.db";
    const auto body = page_of(3000);
    {
        const auto before_packing = catalog_migrations().first(5);
        auto database = Database::open(place, OpenMode::create, before_packing).value();
        ASSERT_TRUE(succeeded(database.execute(
            "INSERT INTO project (name, revision, serial, status) VALUES ('demo', 1, 7, 'active')"
        )));
        auto row = database
                       .prepare(
                           "INSERT INTO page (project, form, serial, digest, signature, body) "
                           "VALUES ('demo', ?1, 7, ?2, x'5A', ?3)"
                       )
                       .value();
        row.bind_all(
            to_column(verify::PageForm::html), pki::sha256(bytes_of(body)).span(), bytes_of(body)
        );
        ASSERT_TRUE(succeeded(row.run()));
    }
    const auto catalog = SqliteCatalog::open(place, OpenMode::existing).value();
    const auto project = verify::parse_normalised_name("demo").value();
    auto page = catalog->page(project, verify::PageForm::html).value();
    EXPECT_TRUE(text_of(page.body) == body);
    EXPECT_EQ(pki::sha256(page.body), page.digest);
    EXPECT_EQ(page.serial, verify::Serial{7});
    EXPECT_EQ(page.signature, Bytes{std::byte{0x5A}});
    const auto change = catalog->begin().value();
    ASSERT_TRUE(succeeded(change->put_page(project, verify::PageForm::html, page)));
    ASSERT_TRUE(succeeded(change->commit()));
    EXPECT_TRUE(text_of(catalog->page(project, verify::PageForm::html).value().body) == body);
    auto database = Database::open(place, OpenMode::existing, catalog_migrations()).value();
    auto query = database.prepare("SELECT count(*) FROM page_part").value();
    ASSERT_EQ(query.step().value(), Step::row);
    EXPECT_GT(query.integer(0), 10);
}

// Whoever judges pages must see the damage, and whoever has the page must be able to put it again.
TEST_F(StoredBodies, AreGivenAsTheyLieWhenTheDiskAlteredThem) {
    for (const int files : {3, 3000}) {
        for (const std::string damage :
             {"UPDATE page SET body = x'0011'",
              "UPDATE page SET packing = 9",
              "DELETE FROM page_part WHERE id = (SELECT max(id) FROM page_part)",
              "UPDATE page_part SET body = x'00'"}) {
            put(page_of(files));
            alter(damage);
            const auto page = catalog->page(project, verify::PageForm::html).value();
            const bool touched = files == 3000 || damage.find("page_part") == std::string::npos;
            EXPECT_EQ(pki::sha256(page.body) != page.digest, touched) << files << damage;
            put(page_of(files + 1));
            EXPECT_TRUE(stored(*catalog) == page_of(files + 1)) << files << damage;
        }
    }
}

// A list that the disk altered may lead to the parts of another page.
TEST_F(StoredBodies, TakeNothingFromAnotherPage) {
    const auto other = verify::parse_normalised_name("other").value();
    const std::string others = "of another project\n" + page_of(1000);
    put(others, other);
    for (const bool goes : {false, true}) {
        put(page_of(3000));
        alter(
            "UPDATE page SET body = CAST(x'0000000000000001' || substr(body, 9) AS BLOB) "
            "WHERE project = 'demo'"
        );
        if (goes) {
            const auto change = catalog->begin().value();
            ASSERT_TRUE(succeeded(change->remove_project(project)));
            ASSERT_TRUE(succeeded(change->commit()));
        } else {
            put(page_of(3));
            EXPECT_TRUE(stored(*catalog) == page_of(3));
        }
        const auto page = catalog->page(other, verify::PageForm::html).value();
        EXPECT_TRUE(text_of(page.body) == others) << goes;
    }
}

TEST_F(StoredBodies, AreNoLargerThanAPageMayBe) {
    put(page_of(3000));
    alter("UPDATE page_part SET body = zeroblob(65536) WHERE id = 1");
    // 64 MiB and one part more.
    std::string list;
    for (int part = 0; part < 1025; ++part) {
        list += "0000000000000001" + std::string(64, '0');
    }
    alter("UPDATE page SET body = x'" + list + "'");
    const auto page = catalog->page(project, verify::PageForm::html).value();
    EXPECT_EQ(page.body.size(), 1025U * 40) << "given as it lies there";
}

TEST_F(StoredBodies, AreOfOneMomentForAReader) {
    put(page_of(2000));
    const auto reader = SqliteCatalog::open(folder / "catalog.db", OpenMode::existing).value();
    EXPECT_EQ(stored(*reader), page_of(2000));
    put(page_of(2001));
    EXPECT_EQ(stored(*reader), page_of(2001));
}

}  // namespace
}  // namespace heliograph::mirror
