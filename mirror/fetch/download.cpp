// SPDX-License-Identifier: Apache-2.0
#include <mirror/fetch/download.hpp>

#include <utility>

namespace heliograph::mirror {

Download::Download(const verify::PageFile& file, std::filesystem::path path, AtomicFile into)
    : m_file(file),
      m_path(std::move(path)),
      m_into(std::move(into)),
      m_gate(verify::expect_file(file, {})) {
}

Result<Download> Download::begin(const verify::PageFile& file, const std::filesystem::path& path) {
    HG_TRY(auto into, AtomicFile::create(path, FileAccess::everyone));
    return Download(file, path, std::move(into));
}

Outcome Download::add(ByteSpan piece, const std::string& source) {
    if (m_sources.empty() || m_sources.back() != source) {
        m_sources.push_back(source);
    }
    if (m_gate.update(piece) == verify::FileFlow::stop) {
        return Error(ErrorCode::too_large, "the body is longer than it may be");
    }
    return m_into.write(piece);
}

Outcome Download::restart() {
    HG_TRY(m_into, AtomicFile::create(m_path, FileAccess::everyone));
    m_gate = verify::FileGate(verify::expect_file(m_file, {}));
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
    return m_into.commit();
}

}  // namespace heliograph::mirror
