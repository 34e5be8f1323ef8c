// SPDX-License-Identifier: Apache-2.0
// Bundles by somebody who may write anything but cannot sign: nothing of it shows in the mirror,
// and nothing of it becomes a path (threats T1, T2, T7, T15, T16).
#include <tests/unit/mirror/bundle/bundle_house.hpp>

namespace heliograph::mirror {
namespace {

using test::expect_error;

class HostileBundleTest : public BundleTest {
  protected:
    HostileBundleTest() {
        add("demo", "1.0");
        add("other", "1.0");
        m_honest = entries_of(bundle(0));
    }

    using Alter = std::function<void(std::vector<CarriedEntry>&)>;

    void expect_refused(const std::string& what, ErrorCode code, const Alter& alter) {
        SCOPED_TRACE(what);
        const auto inside = make_mirror("inside" + std::to_string(++count));
        auto entries = m_honest;
        alter(entries);
        expect_error(try_unbundle(inside, carry(resealed(entries))), code);
        const auto store = inside.open_catalog().value();
        EXPECT_TRUE(store->projects().value().empty());
        EXPECT_EQ(store->state().value().last_serial.value, 0U);
        const auto known = blobs->list().value();
        const auto stored = inside.open_blobs()->list().value();
        for (const auto& digest : stored) {
            EXPECT_NE(std::find(known.begin(), known.end(), digest), known.end())
                << "a file that no signed page names";
        }
    }

    std::vector<CarriedEntry> m_honest;
};

TEST_F(HostileBundleTest, WithForeignEntriesIsRefused) {
    const auto insert = [](CarriedEntry entry) -> Alter {
        return [entry = std::move(entry)](std::vector<CarriedEntry>& entries) {
            entries.insert(entries.end() - 1, entry);
        };
    };
    const auto bad = ErrorCode::malformed;
    expect_refused("a path upwards", bad, insert({"../../etc/passwd", "x"}));
    expect_refused("an absolute path", bad, insert({"/etc/passwd", "x"}));
    expect_refused(
        "a blob that no page names", bad, insert({"blobs/" + std::string(64, 'a'), "x"})
    );
    expect_refused("a blob that is no digest", bad, insert({"blobs/../x", "x"}));
    expect_refused("a symbolic link", bad, insert({"blobs/x", "", "/etc/passwd", AE_IFLNK}));
    expect_refused("a hard link", bad, insert({"blobs/x", "", "bundle.json"}));
    expect_refused("a folder", bad, insert({"simple/x/", "", "", AE_IFDIR}));
    expect_refused("a pipe", bad, insert({"simple/x", "", "", AE_IFIFO}));
    expect_refused("a name in another spelling", bad, insert({"simple/X_y/index.json", "{}"}));
    expect_refused("a project before the last", bad, insert({"simple/a/index.json", "{}"}));
    expect_refused("a second manifest", bad, insert({"bundle.json", m_honest.front().content}));
    expect_refused("a name of control letters", bad, insert({"simple/\x1b[2J", "x"}));
}

TEST_F(HostileBundleTest, WithOtherOrMissingEntriesIsRefused) {
    const auto bad = ErrorCode::malformed;
    expect_refused("another file", bad, [](auto& entries) {
        at(entries, "blobs/").content[9] ^= 1;
    });
    expect_refused("a longer file", bad, [](auto& entries) {
        at(entries, "blobs/").content += "more";
    });
    expect_refused("no manifest", bad, [](auto& entries) { entries.erase(entries.begin()); });
    expect_refused("a page without its other form", bad, [](auto& entries) {
        entries.erase(std::find_if(entries.begin(), entries.end(), [](const auto& entry) {
            return entry.name == "simple/demo/index.html";
        }));
    });
    expect_refused("a journal that ends elsewhere", bad, [](auto& entries) {
        auto& manifest = entries.front().content;
        manifest.replace(manifest.find("\"to\":"), 6, "\"to\":9");
    });
    expect_refused("a journal with a hole", bad, [](auto& entries) {
        at(entries, "changelog/").name = "changelog/1.json";
    });
    expect_refused("no journal that anybody can read", bad, [](auto& entries) {
        at(entries, "changelog/").content = "[";
    });
    expect_refused("another format", ErrorCode::unsupported, [](auto& entries) {
        entries.front().content.replace(0, 31, R"({"format":"heliograph-bundle-2")");
    });
    expect_refused("an endless signature", ErrorCode::too_large, [](auto& entries) {
        at(entries, "serversig/").content.assign(1U << 20U, 'x');
    });
    expect_refused("an endless list of revocations", ErrorCode::too_large, [](auto& entries) {
        entries.insert(entries.begin() + 2, {"serverkey.crl", std::string((8U << 20U) + 1, ' ')});
    });
}

TEST_F(HostileBundleTest, WhoseEndListsOtherEntriesIsRefused) {
    const auto inside = make_mirror("inside");
    auto entries = m_honest;
    at(entries, "index.html").content += " ";
    expect_error(try_unbundle(inside, carry(entries)), ErrorCode::malformed, "carry it over again");
    entries = m_honest;
    entries.push_back({"more", "x"});
    expect_error(try_unbundle(inside, carry(entries)), ErrorCode::malformed, "behind the end");
    EXPECT_EQ(serial_of(inside), 0U);
}

TEST_F(HostileBundleTest, WithAnAlteredPageLosesThatProjectAlone) {
    for (const auto* form : {"index.json", "index.html"}) {
        SCOPED_TRACE(form);
        const auto inside = make_mirror(std::string("mirror-") + form);
        auto entries = m_honest;
        auto& page = at(entries, std::string("simple/demo/") + form);
        page.content[page.content.size() / 2] ^= 1;
        const auto report = unbundle(inside, carry(resealed(entries)));
        ASSERT_TRUE(report.run.has_value());
        EXPECT_EQ(report.run->pending, 1U);
        const auto store = inside.open_catalog().value();
        const auto projects = store->projects().value();
        ASSERT_EQ(projects.size(), 1U);
        EXPECT_EQ(projects.front().name.text(), "other");
        EXPECT_EQ(inside.open_blobs()->list().value().size(), 2U) << "no file of the altered page";
        // The honest one mends it.
        EXPECT_TRUE(unbundle(inside, carry(m_honest)).run->complete());
        expect_same(inside);
    }
}

TEST_F(HostileBundleTest, WithoutItsSignersShowsNothing) {
    const auto inside = make_mirror("inside");
    auto entries = m_honest;
    entries.erase(std::find_if(entries.begin(), entries.end(), [](const auto& entry) {
        return entry.name == "serverkey.crt";
    }));
    const auto report = unbundle(inside, carry(resealed(entries)));
    EXPECT_FALSE(report.bundle.accepted());
    EXPECT_NE(report.bundle.find("signer-chain-missing"), nullptr);
    EXPECT_TRUE(inside.open_catalog().value()->projects().value().empty());
    EXPECT_TRUE(inside.open_blobs()->list().value().empty());
}

TEST_F(HostileBundleTest, CutAnywhereShowsNothing) {
    const auto whole = read_file(carry(m_honest), 1U << 30U).value();
    const auto inside = make_mirror("inside");
    for (std::size_t size = 0; size < whole.size(); size += whole.size() / 20 + 1) {
        const auto part = temp / ("part" + std::to_string(size));
        ASSERT_TRUE(test::succeeded(write_file_atomically(part, ByteSpan(whole).first(size))));
        expect_error(try_unbundle(inside, part), ErrorCode::malformed);
        EXPECT_EQ(serial_of(inside), 0U);
    }
}

}  // namespace
}  // namespace heliograph::mirror
