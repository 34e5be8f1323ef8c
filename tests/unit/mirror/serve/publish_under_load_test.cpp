// SPDX-License-Identifier: Apache-2.0
// Readers of a real server while a real folder is published into: what a page names is there, page
// and signature fit, and nothing goes back.
#include <mirror/publish/publisher.hpp>
#include <mirror/serve/site.hpp>
#include <tests/support/expect_error.hpp>
#include <tests/support/plain_client.hpp>
#include <tests/unit/mirror/publish/test_master.hpp>
#include <verify/gate/page_gate.hpp>

#include <atomic>
#include <optional>
#include <thread>

namespace heliograph::mirror {
namespace {

using test::succeeded;
using test_support::plain_get;
using test_support::Reply;

// A master on disk and its server.
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

struct Seen {
    std::size_t pages = 0;
    std::size_t files = 0;
    std::size_t wrong = 0;
    std::string first_wrong;

    void refuse(const std::string& what) {
        ++wrong;
        if (first_wrong.empty()) {
            first_wrong = what;
        }
    }
};

// Asks again and again; page and signature are two requests, so both count only when the signature
// is the same before and after.
class Hammer {
  public:
    Hammer(std::string url, const verify::SignerSet& signers)
        : m_url(std::move(url)), m_signers(signers) {}

    Seen run(const std::atomic<bool>& done) {
        while (!done.load()) {
            look();
        }
        look();
        return m_seen;
    }

  private:
    void look() {
        const Reply before = plain_get(m_url, "/serversig/demo.json");
        const Reply page =
            plain_get(m_url, "/simple/demo/", {{"Accept", "application/vnd.pypi.simple.v1+json"}});
        const Reply after = plain_get(m_url, "/serversig/demo.json");
        if (page.status == 404 && before.status == 404) {
            return;
        }
        if (before.status != 200 || before.body != after.body) {
            return;
        }
        const auto judgement = verify::judge_page(
            {.wanted = verify::parse_normalised_name("demo").value(),
             .form = verify::PageForm::json,
             .page = bytes_of(page.body),
             .signature = bytes_of(before.body),
             .source = m_url},
            m_signers,
            m_state
        );
        ++m_seen.pages;
        if (!judgement || !judgement->page) {
            m_seen.refuse(judgement ? judgement->verdict.describe() : judgement.error().describe());
            return;
        }
        m_state.remember(judgement->page->name, judgement->page->serial);
        look_at_files(*judgement->page);
    }

    // The newest ones: the others were looked at when they were new.
    void look_at_files(const verify::ProjectPage& page) {
        constexpr std::size_t most = 3;
        const auto begin = page.files.size() > most ? page.files.end() - most : page.files.begin();
        for (auto file = begin; file != page.files.end(); ++file) {
            const auto place = file->path().absolute();
            const Reply content = plain_get(m_url, place);
            const Reply metadata = plain_get(m_url, place + ".metadata");
            ++m_seen.files;
            if (content.status != 200 || pki::sha256(bytes_of(content.body)) != file->sha256) {
                m_seen.refuse("file " + place);
            }
            if (metadata.status != 200 || !file->core_metadata ||
                pki::sha256(bytes_of(metadata.body)) != *file->core_metadata) {
                m_seen.refuse("metadata of " + place);
            }
        }
    }

    std::string m_url;
    const verify::SignerSet& m_signers;
    verify::TrustState m_state;
    Seen m_seen;
};

TEST(PublishUnderLoad, ReadersNeverSeeAPageWithoutItsFilesMetadataAndSignature) {
    constexpr int publishes = 100;  // Each renders a page that has grown by one file.
    const test::TempFolder temp;
    LoadedMaster loaded(temp / "master");
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
        files.push_back(master.write("demo", "1." + std::to_string(at), std::to_string(at)));
    }
    std::atomic<bool> done{false};
    Seen first;
    Seen second;
    {
        const std::jthread one([&] { first = Hammer(loaded.url(), signers).run(done); });
        const std::jthread two([&] { second = Hammer(loaded.url(), signers).run(done); });
        auto publisher = loaded.publisher();
        for (const auto& file : files) {
            EXPECT_TRUE(succeeded(publisher.add({file})));
        }
        done.store(true);
    }
    for (const auto& seen : {first, second}) {
        EXPECT_EQ(seen.wrong, 0U) << seen.first_wrong;
        EXPECT_GT(seen.pages, 0U);
        EXPECT_GT(seen.files, 0U);
    }
    RecordProperty("pages", static_cast<int>(first.pages + second.pages));
}

}  // namespace
}  // namespace heliograph::mirror
