// SPDX-License-Identifier: Apache-2.0
// Bundles by somebody who may write anything but cannot sign: nothing of it shows in the mirror,
// and nothing of it becomes a path (threats T1, T2, T7, T15, T16).
#include <tests/unit/mirror/bundle/bundle_house.hpp>
#include <verify/index/root_list.hpp>

#include <sys/stat.h>

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
        EXPECT_TRUE(inside.open_blobs()->list().value().empty()) << "files of what was refused";
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
    EXPECT_FALSE(report.run.has_value());
    EXPECT_EQ(serial_of(inside), 0U);
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

// Manifest, journal and list are signed by nobody: `to` and `checkpoint` as high as serials go.
class FreezingBundleTest : public BundleTest {
  protected:
    FreezingBundleTest() : inside(make_mirror("inside")) {
        add("demo", "1.0");
        first = bundle(0);
        unbundle(inside, first);
        add("demo", "1.1");
        add("other", "1.0");
    }

    static std::string highest() { return std::to_string(verify::max_serial.value); }

    static std::string manifest(std::uint64_t since, std::string_view checkpoint) {
        return "{\"format\":\"heliograph-bundle-1\",\"since\":" + std::to_string(since) +
               ",\"to\":" + highest() + ",\"checkpoint\":" + std::string(checkpoint) +
               ",\"made\":\"2026-01-02T03:04:05Z\"}";
    }

    // All that the signers say stands as it was.
    std::vector<CarriedEntry> claim(std::string text) {
        auto entries = entries_of(bundle(serial_of(inside)));
        std::erase_if(entries, [](const auto& entry) {
            return entry.name.starts_with("changelog/");
        });
        entries.front().content = std::move(text);
        return entries;
    }

    std::filesystem::path claim_list() {
        auto entries = claim(manifest(serial_of(inside), highest()));
        const auto place = std::find_if(entries.begin(), entries.end(), [](const auto& entry) {
            return entry.name.starts_with("simple/");
        });
        verify::RootList told{.serial = verify::max_serial, .projects = {}};
        const auto projects = catalog->projects().value();
        for (const auto& project : projects) {
            told.projects.push_back({.name = project.name, .serial = project.serial});
        }
        const auto list = verify::render_root(told, verify::PageForm::json);
        entries.insert(place, {"simple/index.json", list});
        return carry(resealed(std::move(entries)));
    }

    std::filesystem::path claim_event() {
        auto entries = claim(manifest(serial_of(inside), "0"));
        JournalEvent event;
        event.serial = verify::max_serial;
        event.time = signer.clock.now();
        event.action = JournalAction::update_project;
        event.pages = {.html = pki::sha256(bytes_of("a")), .json = pki::sha256(bytes_of("b"))};
        event.project = named("demo");
        const Changelog journal{
            .last_serial = verify::max_serial, .checkpoint = {}, .events = {event}, .more = false};
        const auto place = std::find_if(entries.begin(), entries.end(), [](const auto& entry) {
            return entry.name.starts_with("simple/");
        });
        entries.insert(
            place,
            {"changelog/" + std::to_string(serial_of(inside)) + ".json", render_changelog(journal)}
        );
        return carry(resealed(std::move(entries)));
    }

    MirrorFolder inside;
    std::filesystem::path first;
};

TEST_F(FreezingBundleTest, WithoutAJournalIsRefused) {
    const auto before = serial_of(inside);
    expect_error(
        try_unbundle(inside, carry(resealed(claim(manifest(before, "0"))))),
        ErrorCode::malformed,
        "the journal from serial"
    );
    EXPECT_EQ(serial_of(inside), before);
}

TEST_F(FreezingBundleTest, DoesNotKeepTrueOnesOutForEver) {
    const auto since = serial_of(inside);
    for (const auto& liar : {claim_list(), claim_event()}) {
        unbundle(inside, liar);
        ASSERT_EQ(serial_of(inside), verify::max_serial.value) << "nobody can know better yet";
        add("demo", "2." + std::to_string(++count));
        const auto report = unbundle(inside, bundle(since));
        ASSERT_TRUE(report.run.has_value());
        EXPECT_TRUE(report.run->complete());
        expect_same(inside);
    }
    // Who follows this mirror compares, for its journal told what was never so.
    const auto state = inside.open_catalog().value()->state().value();
    EXPECT_EQ(state.checkpoint, state.last_serial);
}

TEST_F(FreezingBundleTest, MakesAnOldBundleNoNews) {
    unbundle(inside, claim_list());
    const auto report = unbundle(inside, first);
    EXPECT_FALSE(report.run.has_value());
    const auto* const finding = report.bundle.find("folder-serial-unproven");
    ASSERT_NE(finding, nullptr);
    EXPECT_EQ(finding->cause, verify::Cause::stale_evidence);
}

TEST_F(HostileBundleTest, OfAnotherDigestIsRefusedBeforeItSaysAnything) {
    const auto inside = make_mirror("inside");
    const auto early = bundle(0);
    add("demo", "1.1");
    const auto late = bundle(serial_of(master_folder));
    unbundle(inside, early);
    const UnbundleRequest gap{.file = late, .digest = pki::sha256(bytes_of("another"))};
    expect_error(unbundle_folder(inside, gap, signer.clock, events), ErrorCode::refused, "sha256");
    unbundle(inside, bundle(0));
    const UnbundleRequest further{.file = early, .digest = pki::sha256(bytes_of("another"))};
    expect_error(
        unbundle_folder(inside, further, signer.clock, events), ErrorCode::refused, "sha256"
    );
}

TEST_F(HostileBundleTest, ThatIsAPipeIsNotWaitedFor) {
    const auto inside = make_mirror("inside");
    const auto pipe = temp / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    expect_error(try_unbundle(inside, pipe), ErrorCode::invalid_argument, "regular file");
}

}  // namespace
}  // namespace heliograph::mirror
