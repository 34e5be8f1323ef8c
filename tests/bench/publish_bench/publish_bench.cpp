// SPDX-License-Identifier: Apache-2.0
// Bulk import of tiny wheels into a master on disk, then single publishes into what is there.
//
//   publish_bench FOLDER PROJECTS [FILES_PER_PROJECT] [SEED]
//
// FOLDER keeps the wheels between runs; the master in it is made anew. Beside the import stands the
// bare disk: the same bytes written, synced and renamed without us, in the same run.
#include <mirror/publish/publisher.hpp>
#include <mirror/store/folder.hpp>
#include <tests/support/synthetic_wheels.hpp>
#include <tests/support/test_authority.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

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

    static pki::Credential make_signer() {
        const test_support::TestAuthority authority;
        const auto identity = authority.issue(
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
