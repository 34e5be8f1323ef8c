// SPDX-License-Identifier: Apache-2.0
// Serves an index of known sizes for serve_bench.py: pages of 4 and 50 KiB and a file of 20 MiB,
// through the whole of mirror/serve. Usage: serve_bench_site FOLDER [TLS-BUNDLE]
#include <mirror/serve/site.hpp>
#include <verify/index/file_path.hpp>

#include <csignal>
#include <cstdio>
#include <string>

namespace {

using heliograph::Bytes;
using heliograph::bytes_of;
using heliograph::Error;
using heliograph::Outcome;
using heliograph::Result;
namespace mirror = heliograph::mirror;
namespace pki = heliograph::pki;
namespace verify = heliograph::verify;

mirror::Site* running = nullptr;

Outcome put_page(mirror::CatalogTransaction& change, const char* name, std::size_t size) {
    HG_TRY(const auto project, verify::parse_project_name(name));
    const Bytes body(size, std::byte{'x'});
    for (const auto form : {verify::PageForm::html, verify::PageForm::json}) {
        HG_CHECK(change.put_page(project, form, {body, pki::sha256(body), body, verify::Serial{1}})
        );
    }
    return {};
}

// Prints where the file lies.
Outcome put_file(mirror::CatalogTransaction& change, mirror::BlobStore& blobs, std::size_t size) {
    HG_TRY(const auto writer, blobs.begin());
    const Bytes piece(1U << 20U, std::byte{'y'});
    for (std::size_t written = 0; written < size; written += piece.size()) {
        HG_CHECK(writer->write(piece));
    }
    HG_TRY(const pki::Sha256 digest, writer->commit());
    HG_TRY(auto name, verify::parse_dist_file_name("large-1.0.tar.gz"));
    const verify::FilePath path(digest, std::move(name));
    std::printf("large %s\n", path.absolute().c_str());
    return change.put_file({path, size, std::nullopt});
}

Result<mirror::MirrorFolder> make_folder(const char* path) {
    HG_TRY(
        mirror::MirrorFolder folder,
        mirror::MirrorFolder::init(path, {mirror::MirrorRole::master, std::nullopt})
    );
    HG_TRY(const auto catalog, folder.open_catalog());
    HG_TRY(const auto change, catalog->begin());
    HG_CHECK(put_page(*change, "small", 4096));
    HG_CHECK(put_page(*change, "medium", 51200));
    HG_CHECK(put_file(*change, *folder.open_blobs(), 20U << 20U));
    HG_CHECK(change->commit());
    return folder;
}

Outcome serve(const char* path, const char* bundle) {
    const heliograph::SystemClock clock;
    HG_TRY(const mirror::MirrorFolder folder, make_folder(path));
    mirror::SiteOptions options;
    options.server.clock = &clock;
    options.server.limits.connections_per_address = 10'000;
    if (bundle != nullptr) {
        HG_TRY(const pki::Credential own, pki::Credential::load_bundle(bundle));
        HG_TRY(options.server.tls, pki::ServerContext::make({.credential = own, .clock = clock}));
    }
    HG_TRY(mirror::Site site, mirror::Site::open(folder, std::move(options)));
    running = &site;
    std::signal(SIGTERM, [](int) { running->stop(); });
    std::printf("port %d\n", site.port());
    std::fflush(stdout);
    return site.run();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: serve_bench_site FOLDER [TLS-BUNDLE]\n");
        return 2;
    }
    const Outcome outcome = serve(argv[1], argc > 2 ? argv[2] : nullptr);
    if (!outcome) {
        std::fprintf(stderr, "%s\n", outcome.error().describe().c_str());
        return 7;
    }
    return 0;
}
