// SPDX-License-Identifier: Apache-2.0
#include <verify/gate/file_gate.hpp>

#include <algorithm>
#include <utility>

namespace heliograph::verify {

FileExpectation expect_file(const PageFile& file, std::string source) {
    return {
        .subject = "file " + file.name.text(),
        .sha256 = file.sha256,
        .size_bytes = file.size_bytes,
        .source = std::move(source),
    };
}

FileGate::FileGate(FileExpectation expectation) : m_expectation(std::move(expectation)) {
}

std::uint64_t FileGate::limit_bytes() const {
    return std::min(
        m_expectation.size_bytes.value_or(m_expectation.limit_bytes), m_expectation.limit_bytes
    );
}

FileFlow FileGate::update(ByteSpan piece) {
    if (m_flow == FileFlow::stop) {
        return m_flow;
    }
    const std::uint64_t room = limit_bytes() - m_seen_bytes;
    // One byte over the limit is enough to know; more of an endless body is not hashed.
    if (piece.size() > room) {
        m_seen_bytes = limit_bytes() + 1;
        m_flow = FileFlow::stop;
        return m_flow;
    }
    m_hasher.update(piece);
    m_seen_bytes += piece.size();
    return m_flow;
}

Verdict FileGate::finish() {
    Verdict verdict;
    const auto finding = [&](std::string id, std::string expected, std::string seen) {
        verdict.add({
            .id = std::move(id),
            .severity = Severity::error,
            .cause = Cause::false_evidence,
            .subject = m_expectation.subject,
            .expected = std::move(expected),
            .seen = std::move(seen),
            .source = m_expectation.source,
            .advice = "do not use the file; get it from another mirror",
        });
    };
    const std::string most = std::to_string(limit_bytes()) + " bytes";
    const bool is_stated = m_expectation.size_bytes == limit_bytes();
    if (m_flow == FileFlow::stop) {
        finding("file-length-mismatch", is_stated ? most : "at most " + most, "more than " + most);
        return verdict;
    }
    if (m_expectation.size_bytes && *m_expectation.size_bytes != m_seen_bytes) {
        finding(
            "file-length-mismatch",
            std::to_string(*m_expectation.size_bytes) + " bytes",
            std::to_string(m_seen_bytes) + " bytes"
        );
    }
    const pki::Sha256 seen = m_hasher.finish();
    if (seen != m_expectation.sha256) {
        finding(
            "file-hash-mismatch",
            "sha256 " + m_expectation.sha256.to_hex(),
            "sha256 " + seen.to_hex()
        );
    } else {
        verdict.pass("sha256 of " + m_expectation.subject);
    }
    return verdict;
}

}  // namespace heliograph::verify
