// SPDX-License-Identifier: Apache-2.0
// What a server over a socket counts: whole files, and nothing else.
#include <mirror/net/curl_transport.hpp>
#include <mirror/serve/site.hpp>
#include <mirror/statistics/bzip2_file.hpp>
#include <tests/support/fake_clock.hpp>
#include <tests/support/temp_folder.hpp>
#include <tests/unit/mirror/serve/sample_site.hpp>

#include <gtest/gtest.h>

#include <thread>

namespace heliograph::mirror {
namespace {

TEST(AccessCount, OfWholeFilesAndNothingElse) {
    const test::TempFolder temp;
    test::FakeClock clock;
    const auto folder = test::sure(MirrorFolder::init(temp / "site", {MirrorRole::master, {}}));
    const auto catalog = test::sure(folder.open_catalog());
    test::fill(*catalog, *folder.open_blobs());
    const auto ledger = test::sure(AccessLedger::open(folder.path(), clock, nullptr));
    SiteOptions options;
    options.server.clock = &clock;
    options.server.threads = 2;
    options.statistics = ledger.get();
    Site site = test::sure(Site::open(folder, options));
    std::thread thread([&site] { test::sure(site.run()); });
    const auto get = [&](const std::string& path, const std::string& etag, std::uint64_t from) {
        const auto line = test::sure(CurlTransport::open("pip/23.0.1 (x)"));
        HttpGet request{
            test::sure(Url::parse("http://127.0.0.1:" + std::to_string(site.port()) + path)),
            1'000'000};
        request.if_none_match = etag;
        request.range_from_bytes = from;
        return test::sure(fetch_document(*line, request));
    };
    const auto file = test::wheel_path().absolute();
    const std::string etag(*get(file, "", 0).response.headers.find("ETag"));
    EXPECT_EQ(get(file, "", 0).response.status, 200);
    EXPECT_EQ(get(file, etag, 0).response.status, 304);
    EXPECT_EQ(get(file, "", 2).response.status, 206);
    get(file + ".metadata", "", 0);
    get("/simple/wheel/", "", 0);
    EXPECT_EQ(get("/packages/" + std::string(60, 'a'), "", 0).response.status, 404);
    site.stop();
    thread.join();
    test::sure(ledger->flush());
    const auto today = day_of(clock.now());
    clock.advance(std::chrono::hours(48));
    test::sure(ledger->flush());
    const auto packed =
        test::sure(read_file(folder.path() / local_days_place / day_file_name(today), 1'000'000));
    EXPECT_EQ(
        test::sure(unpack_bzip2(packed, 1'000'000)),
        "# package,filename,useragent,count\nwheel," + test::wheel_path().name().text() +
            ",pip/23.0.1,2\n"
    );
}

}  // namespace
}  // namespace heliograph::mirror
