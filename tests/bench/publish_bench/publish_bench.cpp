// SPDX-License-Identifier: Apache-2.0
// Bulk import of tiny wheels into a master on disk, then single publishes into what is there.
//
//   publish_bench FOLDER PROJECTS [FILES_PER_PROJECT] [SEED]
//
// FOLDER keeps the wheels between runs; the master in it is made anew. Beside the import stands the
// bare disk: the same bytes written, synced and renamed without us, in the same run; beside the
// signing anew stands `openssl speed`. At the end, what `mirror verify` costs.
//
//   cmake --preset release -B build/bench -DBUILD_TESTING=ON
//   cmake --build build/bench --target publish_bench
#include <mirror/publish/publisher.hpp>
#include <mirror/publish/resign.hpp>
#include <mirror/store/folder.hpp>
#include <mirror/sync/scrub.hpp>
#include <tests/support/synthetic_wheels.hpp>
#include <tests/support/test_authority.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <thread>

namespace heliograph::mirror {
namespace {

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Timed {
    double wall;
    double cpu;
};

template <typename Work>
Timed timed(const Work& work) {
    const auto began = std::chrono::steady_clock::now();
    const double cpu = cpu_seconds();
    work();
    return {Seconds(std::chrono::steady_clock::now() - began).count(), cpu_seconds() - cpu};
}

void require(bool held, const std::string& what) {
    if (!held) {
        std::fprintf(stderr, "publish_bench: %s\n", what.c_str());
        std::exit(1);
    }
}

template <typename T>
T take(Result<T> result) {
    require(result.has_value(), result.has_value() ? "" : result.error().describe());
    return *std::move(result);
}

// What the disk does when nobody renders, signs or records anything: 2,000 files a sync.
void copy_bare(const std::vector<fs::path>& files, const fs::path& folder) {
    constexpr std::size_t batch = 2000;
    fs::create_directories(folder);
    const int place = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY);
    require(place >= 0, "cannot open the folder of the bare copy");
    for (std::size_t at = 0; at < files.size(); ++at) {
        std::ifstream in(files[at], std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(in)), {});
        const auto target = folder / std::to_string(at);
        std::ofstream(target.string() + ".tmp", std::ios::binary) << bytes;
        if (at % batch == batch - 1 || at + 1 == files.size()) {
            require(::syncfs(place) == 0, "syncfs");
            for (std::size_t one = at - at % batch; one <= at; ++one) {
                const auto name = folder / std::to_string(one);
                fs::rename(name.string() + ".tmp", name);
            }
            require(::fsync(place) == 0, "fsync");
        }
    }
    ::close(place);
}

struct Bench {
    explicit Bench(const fs::path& path)
        : folder(take(MirrorFolder::init(path, {}))),
          signer(make_signer()),
          catalog(take(folder.open_catalog())),
          blobs(folder.open_blobs()),
          publisher({*catalog, *blobs, signer, clock, events}) {
        take(publisher.publish_evidence({signer.chain_pem(), ""}));
    }

    static const test_support::TestAuthority& authority() {
        static const test_support::TestAuthority one;
        return one;
    }

    static pki::Credential make_signer() {
        const auto identity = authority().issue(
            {.purpose = test_support::Purpose::signer,
             .common_name = "page signer",
             .alternative_names = ""}
        );
        return take(pki::Credential::parse_bundle(bytes_of(identity.key_pem + identity.chain_pem)));
    }

    MirrorFolder folder;
    pki::Credential signer;
    SystemClock clock;
    SilentSink events;
    std::unique_ptr<Catalog> catalog;
    std::unique_ptr<BlobStore> blobs;
    Publisher publisher;
};

void import_all(Bench& bench, const std::vector<fs::path>& files) {
    std::size_t published = 0;
    const auto time = timed([&] {
        const auto done = bench.publisher.add_bulk(
            files,
            {},
            [&](const fs::path& path, const Result<AddedFile>& outcome) {
                require(outcome.has_value(), path.string() + " was refused");
                ++published;
            }
        );
        require(done.has_value(), done.has_value() ? "" : done.error().describe());
    });
    require(published == files.size(), "not every file was told");
    const auto count = static_cast<double>(files.size());
    std::printf(
        "bulk import: %zu files, %.1f s, %.0f files/s; CPU %.0f us a file\n",
        files.size(),
        time.wall,
        count / time.wall,
        time.cpu / count * 1e6
    );
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    std::printf("most memory: %.0f MB\n", static_cast<double>(usage.ru_maxrss) / 1024);
}

void publish_singly(Bench& bench, const std::vector<fs::path>& files) {
    std::vector<double> milliseconds;
    double cpu = 0;
    for (const auto& file : files) {
        const auto time = timed([&] { take(bench.publisher.add({file})); });
        milliseconds.push_back(time.wall * 1e3);
        cpu += time.cpu * 1e3;
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    std::printf(
        "one more publish: median %.1f ms, worst %.1f ms of %zu; CPU %.2f ms\n",
        milliseconds[milliseconds.size() / 2],
        milliseconds.back(),
        milliseconds.size(),
        cpu / static_cast<double>(files.size())
    );
}

// Signatures a second of the stock tool on all cores.
double stock_signatures() {
    const std::string command = "openssl speed -multi " +
                                std::to_string(std::thread::hardware_concurrency()) +
                                " -seconds 3 ecdsap256 2>/dev/null";
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    require(pipe != nullptr, "cannot start openssl");
    std::array<char, 512> line{};
    double rate = 0;
    while (std::fgets(line.data(), line.size(), pipe) != nullptr) {
        std::istringstream words(line.data());
        const std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
        if (all.size() > 2 && std::string(line.data()).find("nistp256") != std::string::npos) {
            rate = std::stod(all[all.size() - 2]);
        }
    }
    require(::pclose(pipe) == 0, "openssl speed failed");
    return rate;
}

void resign_all(Bench& bench, const fs::path& folder) {
    const auto stock = stock_signatures();
    const auto next = Bench::make_signer();
    const auto progress = folder / "resign.json";
    const auto announced =
        Resigner({*bench.catalog, *bench.blobs, bench.signer, bench.clock, bench.events}, progress)
            .announce({next});
    require(announced.has_value(), "the new signer was not announced");
    Resigner resigner({*bench.catalog, *bench.blobs, next, bench.clock, bench.events}, progress);
    ResignReport report;
    const auto time = timed([&] { report = take(resigner.run({})); });
    const double rate = static_cast<double>(report.pages) / time.wall;
    std::printf(
        "resign: %zu pages, %.0f pages/s, CPU %.0f us a page; openssl speed %.0f/s; ratio %.2f\n",
        report.pages,
        rate,
        time.cpu / static_cast<double>(report.pages) * 1e6,
        stock,
        rate / stock
    );
}

void check_all(
    Bench& bench, const fs::path& folder, const char* name, ScrubOptions::Unchanged unchanged
) {
    const verify::TrustBundle trust{
        .name = "bench",
        .roots = {take(pki::Certificate::parse_pem(Bench::authority().root_pem()))},
        .mirrors = {}};
    ScrubOptions options;
    options.unchanged = unchanged;
    ScrubReport report;
    const auto time = timed([&] {
        report = take(scrub(
            {.catalog = *bench.catalog,
             .blobs = *bench.blobs,
             .trust = trust,
             .clock = bench.clock,
             .events = bench.events,
             .memory = folder / "checked.bin"},
            options
        ));
    });
    require(report.sound(), "the folder is damaged");
    const auto blobs = static_cast<double>(report.blobs + report.unread);
    std::printf(
        "%s: %zu read, %zu unchanged, %.2f s, %.0f blobs/s; CPU %.1f us a blob\n",
        name,
        report.blobs,
        report.unread,
        time.wall,
        blobs / time.wall,
        time.cpu / blobs * 1e6
    );
}

int run(const fs::path& folder, const test_support::SyntheticWheels& wish) {
    const auto files = test_support::write_synthetic_wheels(folder / "wheels", wish);
    auto more = wish;
    more.projects = 25;
    more.seed = wish.seed + 1;
    more.files_per_project = 1;
    const auto singles = test_support::write_synthetic_wheels(folder / "more", more);
    fs::remove_all(folder / "master");
    fs::remove_all(folder / "bare");
    fs::create_directories(folder / "master");
    const auto bare = timed([&] { copy_bare(files, folder / "bare"); });
    std::printf(
        "bare disk: %zu files, %.0f files/s\n",
        files.size(),
        static_cast<double>(files.size()) / bare.wall
    );
    fs::remove_all(folder / "bare");
    {
        Bench bench(folder / "master");
        import_all(bench, files);
        publish_singly(bench, singles);
        resign_all(bench, folder / "master");
        check_all(
            bench, folder / "master", "verify, all read", ScrubOptions::Unchanged::is_read_again
        );
        check_all(
            bench, folder / "master", "verify --quick", ScrubOptions::Unchanged::counts_as_sound
        );
    }
    const auto size = fs::file_size(folder / "master" / "catalog.db");
    std::printf(
        "catalogue: %.0f MB, %.0f bytes a file\n",
        static_cast<double>(size) / 1e6,
        static_cast<double>(size) / static_cast<double>(files.size())
    );
    return 0;
}

}  // namespace
}  // namespace heliograph::mirror

int main(int count, char** arguments) {
    if (count < 3) {
        std::fprintf(stderr, "usage: publish_bench FOLDER PROJECTS [FILES_PER_PROJECT] [SEED]\n");
        return 2;
    }
    heliograph::test_support::SyntheticWheels wish{.projects = std::stoul(arguments[2])};
    if (count > 3) {
        wish.files_per_project = std::stoul(arguments[3]);
    }
    if (count > 4) {
        wish.seed = std::stoul(arguments[4]);
    }
    return heliograph::mirror::run(arguments[1], wish);
}
