// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/download.hpp>
#include <mirror/fleet/index_path.hpp>
#include <pki/base/file.hpp>
#include <verify/verdict/limits.hpp>

#include <utility>

namespace heliograph::mirror {

namespace {

class NamedPlace final : public DownloadPlace {
  public:
    NamedPlace(std::filesystem::path path, AtomicFile into)
        : m_path(std::move(path)), m_into(std::move(into)) {}

    [[nodiscard]] Outcome write(ByteSpan piece) override { return m_into.write(piece); }
    [[nodiscard]] Outcome restart() override {
        HG_TRY(m_into, AtomicFile::create(m_path, FileAccess::everyone));
        return {};
    }
    [[nodiscard]] Outcome commit() override { return m_into.commit(); }

  private:
    std::filesystem::path m_path;
    AtomicFile m_into;
};

}  // namespace

PromisedDocument promised_file(const verify::PageFile& file) {
    return {file.name.text(), file_path(file.path()), verify::expect_file(file, {})};
}

PromisedDocument promised_metadata(
    const verify::DistFileName& file, const verify::FilePath& path, const pki::Sha256& digest
) {
    const std::string name = file.text() + ".metadata";
    return {
        name,
        file_path(path) + ".metadata",
        {.subject = "file " + name,
         .sha256 = digest,
         .size_bytes = std::nullopt,
         .source = {},
         .limit_bytes = verify::limits::core_metadata_bytes}};
}

PromisedDocument promised_provenance(const verify::DistFileName& file, const pki::Sha256& digest) {
    return {
        "provenance of " + file.text(),
        provenance_path(file),
        {.subject = "provenance of file " + file.text(),
         .sha256 = digest,
         .size_bytes = std::nullopt,
         .source = {},
         .limit_bytes = verify::limits::provenance_bytes}};
}

Result<std::unique_ptr<DownloadPlace>> open_named_place(const std::filesystem::path& path) {
    HG_TRY(auto into, AtomicFile::create(path, FileAccess::everyone));
    return std::unique_ptr<DownloadPlace>(std::make_unique<NamedPlace>(path, std::move(into)));
}

Download::Download(PromisedDocument promise, std::unique_ptr<DownloadPlace> place)
    : m_promise(std::move(promise)), m_place(std::move(place)), m_gate(m_promise.expectation) {
    HG_ASSERT(m_place != nullptr);
}

Outcome Download::add(ByteSpan piece, const std::string& source) {
    if (m_sources.empty() || m_sources.back() != source) {
        m_sources.push_back(source);
    }
    if (m_gate.update(piece) == verify::FileFlow::stop) {
        return Error(ErrorCode::too_large, "the body is longer than it may be");
    }
    return m_place->write(piece);
}

Outcome Download::restart() {
    HG_CHECK(m_place->restart());
    m_gate = verify::FileGate(m_promise.expectation);
    m_sources.clear();
    return {};
}

verify::Verdict Download::judge(const std::string& source) {
    const auto judged = m_gate.finish();
    verify::Verdict verdict;
    for (auto finding : judged.findings()) {
        finding.source = source;
        verdict.add(std::move(finding));
    }
    for (const auto& check : judged.passed()) {
        verdict.pass(check);
    }
    return verdict;
}

Outcome Download::commit() {
    return m_place->commit();
}

}  // namespace heliograph::mirror
