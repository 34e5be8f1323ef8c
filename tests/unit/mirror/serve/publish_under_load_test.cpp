// SPDX-License-Identifier: Apache-2.0
// Readers of a real server while a real folder is published into: what a page names is there, page
// and signature fit, and nothing goes back.
#include <mirror/journal/changelog.hpp>
#include <mirror/publish/publisher.hpp>
#include <mirror/serve/site.hpp>
#include <pki/base/encoding.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/plain_client.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>
#include <verify/gate/page_gate.hpp>
#include <verify/index/page_json.hpp>

#include <stdlib.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace heliograph::mirror {
namespace {

using test::succeeded;
using test_support::plain_get;
using test_support::Reply;

// A disk's syncs would take most of the time, and what is asked here is not whether they are made.
class MemoryFolder {
  public:
    MemoryFolder() {
        std::string pattern = "/dev/shm/heliograph-test-XXXXXX";
        if (::mkdtemp(pattern.data()) != nullptr) {
            m_path = pattern;
        }
    }
    MemoryFolder(const MemoryFolder&) = delete;
    MemoryFolder& operator=(const MemoryFolder&) = delete;
    ~MemoryFolder() {
        std::error_code ignored;
        if (m_path) {
            std::filesystem::remove_all(*m_path, ignored);
        }
    }

    // None where the machine has no such place.
    [[nodiscard]] const std::optional<std::filesystem::path>& path() const { return m_path; }

  private:
    std::optional<std::filesystem::path> m_path;
};

// A master in a folder and its server.
class LoadedMaster {
  public:
    explicit LoadedMaster(const std::filesystem::path& path)
        : m_folder(MirrorFolder::init(path, {}).value()),
          m_catalog(m_folder.open_catalog().value()),
          m_blobs(m_folder.open_blobs()),
          m_site(Site::open(m_folder, options()).value()),
          m_server([this] { EXPECT_TRUE(succeeded(m_site.run())); }) {
        static_cast<void>(publisher().publish_evidence({master.signer().chain_pem(), ""}).value());
    }
    LoadedMaster(const LoadedMaster&) = delete;
    LoadedMaster& operator=(const LoadedMaster&) = delete;
    ~LoadedMaster() {
        m_site.stop();
        m_server.join();
    }

    [[nodiscard]] Publisher publisher() {
        return Publisher({*m_catalog, *m_blobs, master.signer(), master.clock, m_events});
    }

    [[nodiscard]] std::string url() const {
        return "http://127.0.0.1:" + std::to_string(m_site.port()) + "/";
    }

    TestMaster master;

  private:
    SiteOptions options() {
        SiteOptions options;
        options.server.clock = &m_real_clock;
        options.server.threads = 2;
        return options;
    }

    SystemClock m_real_clock;
    SilentSink m_events;
    MirrorFolder m_folder;
    std::unique_ptr<Catalog> m_catalog;
    std::unique_ptr<BlobStore> m_blobs;
    Site m_site;
    std::thread m_server;
};

// Enough that each page stays of the size that most have.
constexpr int projects = 50;
// A sanitizer makes each of them ten times as dear, and the same threads meet at the same places.
#if defined(HELIOGRAPH_SANITIZED)
constexpr int publishes = 100;
#else
constexpr int publishes = 1000;
#endif

std::string project_at(int publish) {
    return "demo-" + std::to_string(publish % projects);
}

// What was looked at, by kind.
struct Seen {
    std::size_t html_pages = 0;
    std::size_t json_pages = 0;
    std::size_t files = 0;
    std::size_t metadata = 0;
    std::size_t signatures = 0;     ///< That came by themselves and were held against a page.
    std::size_t rows = 0;           ///< Of the journal, found from a page.
    std::size_t pages_of_rows = 0;  ///< Found from a row of the journal.
    std::size_t wrong = 0;
    std::string first_wrong;

    void refuse(const std::string& what) {
        ++wrong;
        if (first_wrong.empty()) {
            first_wrong = what;
        }
    }
};

struct FormWords {
    verify::PageForm form;
    std::string type;
    std::string ending;  ///< Of the signature's place.
};

const std::array<FormWords, 2> forms{
    FormWords{verify::PageForm::html, "application/vnd.pypi.simple.v1+html", ""},
    FormWords{verify::PageForm::json, "application/vnd.pypi.simple.v1+json", ".json"}};

// Begins with each publish and looks while it happens, at the page that is changed or at one that
// was changed shortly before. The signature that comes along with a page is of its moment; the one
// that is asked for by itself counts when it was the same before and after.
class Hammer {
  public:
    Hammer(std::string url, const verify::SignerSet& signers, int behind)
        : m_url(std::move(url)), m_signers(signers), m_behind(behind) {}

    // Until @p published, which counts them, has counted all.
    Seen run(const std::atomic<int>& published) {
        for (int now = published.load(); now < publishes; now = published.load()) {
            look(project_at(now + projects - m_behind));
            look_at_newest_row();
            published.wait(now);
        }
        look_at_newest_row();
        for (int last = 0; last < projects; ++last) {
            look(project_at(last));
        }
        return m_seen;
    }

  private:
    void look(const std::string& project) {
        for (const auto& form : forms) {
            look(project, form);
        }
    }

    void look(const std::string& project, const FormWords& form) {
        const std::string signature_place = "/serversig/" + project + form.ending;
        const Reply before = plain_get(m_url, signature_place);
        const Reply page = plain_get(m_url, "/simple/" + project + "/", {{"Accept", form.type}});
        const Reply after = plain_get(m_url, signature_place);
        if (page.status == 404 && before.status == 404) {
            return;
        }
        const auto along = decode_base64(header_of(page, "x-page-signature"));
        if (page.status != 200 || !along) {
            m_seen.refuse("no page of " + project);
            return;
        }
        if (before.status == 200 && before.body == after.body) {
            ++m_seen.signatures;
            if (to_bytes(before.body) != *along) {
                m_seen.refuse("signature of " + project);
            }
        }
        judge(project, form.form, page, *along);
    }

    void judge(
        const std::string& project, verify::PageForm form, const Reply& page, const Bytes& signature
    ) {
        const auto judgement = verify::judge_page(
            {.wanted = verify::parse_normalised_name(project).value(),
             .form = form,
             .page = bytes_of(page.body),
             .signature = signature,
             .source = m_url},
            m_signers,
            m_state
        );
        ++(form == verify::PageForm::html ? m_seen.html_pages : m_seen.json_pages);
        if (!judgement || !judgement->page) {
            m_seen.refuse(judgement ? judgement->verdict.describe() : judgement.error().describe());
            return;
        }
        m_state.remember(judgement->page->name, judgement->page->serial);
        look_at_newest(*judgement->page);
        look_for_row(*judgement->page, form, pki::sha256(bytes_of(page.body)));
    }

    // The others were looked at when they were new.
    void look_at_newest(const verify::ProjectPage& page) {
        const auto& file = page.files.back();
        const auto place = file.path().absolute();
        const Reply content = plain_get(m_url, place);
        const Reply metadata = plain_get(m_url, place + ".metadata");
        ++m_seen.files;
        ++m_seen.metadata;
        if (content.status != 200 || pki::sha256(bytes_of(content.body)) != file.sha256) {
            m_seen.refuse("file " + place);
        }
        if (metadata.status != 200 || !file.core_metadata ||
            pki::sha256(bytes_of(metadata.body)) != *file.core_metadata) {
            m_seen.refuse("metadata of " + place);
        }
    }

    std::optional<Changelog> journal(verify::Serial since, int most) {
        const Reply reply = plain_get(
            m_url,
            "/changelog?since=" + std::to_string(since.value) + "&limit=" + std::to_string(most)
        );
        auto journal = parse_changelog(reply.body);
        if (reply.status != 200 || !journal) {
            m_seen.refuse("journal since " + std::to_string(since.value));
            return std::nullopt;
        }
        return *std::move(journal);
    }

    // Whoever sees a page sees the row of its serial, which names these very bytes.
    void look_for_row(
        const verify::ProjectPage& page, verify::PageForm form, const pki::Sha256& digest
    ) {
        const auto rows = journal({page.serial.value - 1}, 1);
        if (!rows) {
            return;
        }
        ++m_seen.rows;
        const bool is_there = rows->events.size() == 1 && rows->events[0].serial == page.serial &&
                              rows->events[0].project == page.name && rows->events[0].pages;
        if (!is_there) {
            m_seen.refuse("no row of " + page.name.text());
            return;
        }
        const auto& named = *rows->events[0].pages;
        if (digest != (form == verify::PageForm::html ? named.html : named.json)) {
            m_seen.refuse("the row of " + page.name.text() + " names another page");
        }
    }

    // And whoever sees a row sees a page that is no older.
    void look_at_newest_row() {
        const auto rows = journal(m_newest, 1000);
        if (!rows || rows->events.empty() || !rows->events.back().filename) {
            return;
        }
        const auto& row = rows->events.back();
        m_newest = row.serial;
        ++m_seen.pages_of_rows;
        const Reply page =
            plain_get(m_url, "/simple/" + row.project->text() + "/", {{"Accept", forms[1].type}});
        const auto read = verify::parse_page(page.body, verify::PageForm::json);
        if (!read || read->serial < row.serial || read->find(*row.filename) == nullptr) {
            m_seen.refuse("no page of the row about " + row.filename->text());
        }
    }

    static std::string header_of(const Reply& reply, std::string_view name) {
        for (const auto& [key, value] : reply.headers) {
            if (key == name) {
                return value;
            }
        }
        return "";
    }

    std::string m_url;
    const verify::SignerSet& m_signers;
    int m_behind;
    verify::TrustState m_state;
    verify::Serial m_newest;
    Seen m_seen;
};

TEST(PublishUnderLoad, ReadersNeverSeeAPageWithoutItsFilesMetadataSignatureAndRow) {
    const test::TempFolder disk;
    const MemoryFolder memory;
    LoadedMaster loaded(memory.path().value_or(disk.path()) / "master");
    auto& master = loaded.master;
    const auto chain = master.signer().chain_pem();
    const auto signers = verify::judge_signers(
                             {.chain_pem = bytes_of(chain), .revocation_pem = {}, .source = "test"},
                             master.trust(),
                             verify::default_page_policy(),
                             master.clock.now()
    )
                             .value();
    std::vector<std::filesystem::path> files;
    for (int at = 0; at < publishes; ++at) {
        const auto version = "1." + std::to_string(at / projects);
        files.push_back(master.write(project_at(at), version, std::to_string(at)));
    }
    std::atomic<int> published{0};
    Seen first;
    Seen second;
    {
        const std::jthread one([&] { first = Hammer(loaded.url(), signers, 0).run(published); });
        const std::jthread two([&] { second = Hammer(loaded.url(), signers, 1).run(published); });
        auto publisher = loaded.publisher();
        for (const auto& file : files) {
            EXPECT_TRUE(succeeded(publisher.add({file})));
            ++published;
            published.notify_all();
        }
    }
    for (const auto& seen : {first, second}) {
        EXPECT_EQ(seen.wrong, 0U) << seen.first_wrong;
    }
    const std::pair<const char*, std::size_t Seen::*> kinds[] = {
        {"html_pages", &Seen::html_pages},
        {"json_pages", &Seen::json_pages},
        {"files", &Seen::files},
        {"metadata", &Seen::metadata},
        {"signatures", &Seen::signatures},
        {"rows", &Seen::rows},
        {"pages_of_rows", &Seen::pages_of_rows}};
    for (const auto& [kind, member] : kinds) {
        EXPECT_GT(first.*member, 0U) << kind;
        EXPECT_GT(second.*member, 0U) << kind;
        RecordProperty(kind, static_cast<int>(first.*member + second.*member));
    }
}

}  // namespace
}  // namespace heliograph::mirror
