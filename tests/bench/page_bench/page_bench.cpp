// SPDX-License-Identifier: Apache-2.0
// What one more file costs: on a project that has as many files as asked for already, and in an
// index that has as many projects. Catalogue and blobs lie on a real disk, with every sync.
#include <mirror/publish/publisher.hpp>
#include <mirror/serve/root_index.hpp>
#include <mirror/store/file_blob_store.hpp>
#include <mirror/store/sqlite_catalog.hpp>
#include <pki/base/event_sink.hpp>
#include <tests/support/sample_archive.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/support/test_authority.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/index/page_json.hpp>

#include <benchmark/benchmark.h>

namespace heliograph::mirror {
namespace {

verify::PageFile bench_file(std::int64_t number) {
    const std::string name = "demo-1." + std::to_string(number) + "-py3-none-any.whl";
    return {
        .name = verify::parse_dist_file_name(name).value(),
        .sha256 = pki::sha256(bytes_of(name)),
        .size_bytes = 1000,
        .upload_time = Instant(std::chrono::seconds(1'767'323'045)),
        .requires_python = ">=3.8",
        .yanked = std::nullopt,
        .core_metadata = pki::sha256(bytes_of(name + ".metadata"))};
}

class BenchMaster {
  public:
    BenchMaster() : signer(make_signer()) {}

    void fill_project(std::int64_t files) {
        verify::ProjectPage page{
            .name = verify::parse_normalised_name("demo").value(), .serial = {1}, .files = {}};
        for (std::int64_t i = 0; i < files; ++i) {
            page.files.push_back(bench_file(i));
        }
        put(page);
    }

    void fill_projects(std::int64_t projects) {
        const auto change = catalog->begin().value();
        for (std::int64_t i = 0; i < projects; ++i) {
            const verify::ProjectPage page{
                .name = verify::parse_normalised_name("p" + std::to_string(i)).value(),
                .serial = {1},
                .files = {}};
            put_forms(*change, page);
        }
        static_cast<void>(change->commit());
    }

    void put(const verify::ProjectPage& page) {
        const auto change = catalog->begin().value();
        static_cast<void>(change->take_serial().value());
        put_forms(*change, page);
        static_cast<void>(change->commit());
    }

    static void put_forms(CatalogTransaction& change, const verify::ProjectPage& page) {
        for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
            auto body = to_bytes(verify::render_page(page, form));
            const auto digest = pki::sha256(body);
            static_cast<void>(change.put_page(
                page.name,
                form,
                {.body = std::move(body),
                 .digest = digest,
                 .signature = Bytes(70),
                 .serial = page.serial}
            ));
        }
    }

    static pki::Credential make_signer() {
        const test_support::TestAuthority authority;
        const auto identity = authority.issue(
            {.purpose = test_support::Purpose::signer,
             .common_name = "page signer",
             .alternative_names = ""}
        );
        return pki::Credential::parse_bundle(bytes_of(identity.key_pem + identity.chain_pem))
            .value();
    }

    test::TempFolder folder;
    pki::Credential signer;
    std::unique_ptr<Catalog> catalog =
        SqliteCatalog::open(folder / "catalog.db", OpenMode::create).value();
    std::unique_ptr<BlobStore> blobs = std::make_unique<FileBlobStore>(folder / "blobs");
    SystemClock clock;
    SilentSink events;
};

void publish_one(benchmark::State& state, BenchMaster& master) {
    Publisher publisher({*master.catalog, *master.blobs, master.signer, master.clock, master.events}
    );
    std::int64_t number = 100'000;
    for (auto _ : state) {
        state.PauseTiming();
        const auto wheel = test_support::write_wheel(
            master.folder.path(), {.name = "demo", .version = "1." + std::to_string(number++)}
        );
        state.ResumeTiming();
        if (!publisher.add({wheel})) {
            state.SkipWithError("not published");
            break;
        }
    }
}

void publish_to_page_of_files(benchmark::State& state) {
    BenchMaster master;
    master.fill_project(state.range(0));
    publish_one(state, master);
}
BENCHMARK(publish_to_page_of_files)
    ->Arg(1)
    ->Arg(500)
    ->Arg(5000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void publish_to_index_of_projects(benchmark::State& state) {
    BenchMaster master;
    master.fill_projects(state.range(0));
    publish_one(state, master);
}
BENCHMARK(publish_to_index_of_projects)
    ->Arg(1000)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// The list of projects after one change, as a server keeps it; beside it, rendered anew.
void root_list_after_one_change(benchmark::State& state) {
    BenchMaster master;
    master.fill_projects(state.range(0));
    RootIndex index;
    static_cast<void>(index.prepared(*master.catalog, PageType::json).value());
    std::uint64_t serial = 1;
    for (auto _ : state) {
        state.PauseTiming();
        master.put(
            {.name = verify::parse_normalised_name("p500").value(),
             .serial = {++serial},
             .files = {}}
        );
        state.ResumeTiming();
        benchmark::DoNotOptimize(index.prepared(*master.catalog, PageType::json));
    }
}
BENCHMARK(root_list_after_one_change)->Arg(1000)->Arg(100'000)->Unit(benchmark::kMillisecond);

void root_list_rendered_anew(benchmark::State& state) {
    BenchMaster master;
    master.fill_projects(state.range(0));
    for (auto _ : state) {
        const auto projects = master.catalog->projects().value();
        const auto text = verify::render_root({{1}, projects}, verify::PageForm::json);
        benchmark::DoNotOptimize(pki::sha256(bytes_of(text)));
    }
}
BENCHMARK(root_list_rendered_anew)->Arg(1000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace heliograph::mirror

BENCHMARK_MAIN();
