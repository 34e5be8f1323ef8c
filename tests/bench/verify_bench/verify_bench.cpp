// SPDX-License-Identifier: Apache-2.0
// What one verified fetch costs besides the network: reading, rendering, signing and judging a
// page, hashing a file. Beside each judgement stands the bare signature check, so that a figure is
// read as a ratio of two in one run.
#include <pki/crypto/digest.hpp>
#include <pki/crypto/key.hpp>
#include <verify/detached/page_signature.hpp>
#include <verify/gate/file_gate.hpp>
#include <verify/index/page_html.hpp>
#include <verify/index/page_json.hpp>

#include <benchmark/benchmark.h>

#include <string>

namespace heliograph::verify {
namespace {

ProjectPage page_of(std::int64_t files) {
    ProjectPage page{parse_project_name("demo").value(), Serial{7}, {}};
    for (std::int64_t i = 0; i < files; ++i) {
        const std::string name = "demo-1." + std::to_string(i) + "-py3-none-any.whl";
        PageFile file{
            .name = parse_dist_file_name(name).value(),
            .sha256 = pki::sha256(bytes_of(name)),
            .size_bytes = 1000,
            .upload_time = Instant(std::chrono::seconds(1'767'323'045)),
            .requires_python = ">=3.8",
            .yanked = std::nullopt,
            .core_metadata = pki::sha256(bytes_of(name + ".metadata"))};
        static_cast<void>(add_file(page, std::move(file)));
    }
    return page;
}

template <std::string (*render)(const ProjectPage&)>
void render_page(benchmark::State& state) {
    const auto page = page_of(state.range(0));
    for (auto _ : state) {
        benchmark::DoNotOptimize(render(page));
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK_TEMPLATE(render_page, render_page_json)->Arg(1)->Arg(100)->Arg(5000);
BENCHMARK_TEMPLATE(render_page, render_page_html)->Arg(1)->Arg(100)->Arg(5000);

void parse_json_page(benchmark::State& state) {
    const auto text = render_page_json(page_of(state.range(0)));
    for (auto _ : state) {
        benchmark::DoNotOptimize(parse_page_json(text));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(parse_json_page)->Arg(1)->Arg(100)->Arg(5000);

void sign_one_page(benchmark::State& state) {
    const auto key = pki::PrivateKey::generate(pki::KeyType::p256).value();
    const auto text = render_page_json(page_of(state.range(0)));
    for (auto _ : state) {
        benchmark::DoNotOptimize(sign_page(key, bytes_of(text)));
    }
}
BENCHMARK(sign_one_page)->Arg(1)->Arg(5000);

void check_one_page(benchmark::State& state) {
    const auto key = pki::PrivateKey::generate(pki::KeyType::p256).value();
    const auto text = render_page_json(page_of(state.range(0)));
    const auto signature = sign_page(key, bytes_of(text)).value();
    for (auto _ : state) {
        benchmark::DoNotOptimize(check_page_signature(
            key.public_key(),
            pki::SignedBytes(bytes_of(text)),
            pki::SignatureBytes(signature),
            {"page", "signer", "bench"}
        ));
    }
}
BENCHMARK(check_one_page)->Arg(1)->Arg(5000);

void judge_file(benchmark::State& state) {
    const Bytes content(static_cast<std::size_t>(state.range(0)), std::byte{0x5a});
    const FileExpectation expectation{
        .subject = "file",
        .sha256 = pki::sha256(content),
        .size_bytes = content.size(),
        .source = "bench"};
    for (auto _ : state) {
        FileGate gate(expectation);
        benchmark::DoNotOptimize(gate.update(content));
        benchmark::DoNotOptimize(gate.finish());
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(judge_file)->Arg(64 * 1024)->Arg(16 * 1024 * 1024);

void hash_file(benchmark::State& state) {
    const Bytes content(static_cast<std::size_t>(state.range(0)), std::byte{0x5a});
    for (auto _ : state) {
        benchmark::DoNotOptimize(pki::sha256(content));
    }
    state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(hash_file)->Arg(64 * 1024)->Arg(16 * 1024 * 1024);

}  // namespace
}  // namespace heliograph::verify

BENCHMARK_MAIN();
