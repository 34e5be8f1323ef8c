// SPDX-License-Identifier: Apache-2.0
// Private: ownership over libarchive's readers, and its answers turned into errors.
#pragma once

#include <pki/base/result.hpp>

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <string>
#include <string_view>

namespace heliograph::mirror {

struct ArchiveCloser {
    // Answers only what reading has told before.
    void operator()(archive* reader) const { static_cast<void>(archive_read_free(reader)); }
};

using ArchiveReader = std::unique_ptr<archive, ArchiveCloser>;

/// The library's own words.
[[nodiscard]] inline std::string archive_reason(archive* reader) {
    const char* text = archive_error_string(reader);
    return text == nullptr ? std::string("no reason given") : std::string(text);
}

/// Turns any answer below ARCHIVE_WARN into an Error: damaged input, for nothing else is left when
/// files open. In a tar, a warning is about attributes (times, owners) that nobody here looks at.
[[nodiscard]] inline Outcome check_archive(archive* reader, int answer, std::string_view action) {
    if (answer >= ARCHIVE_WARN) {
        return {};
    }
    return Error(
        ErrorCode::malformed,
        "expected a sound archive, could not " + std::string(action) + ": " + archive_reason(reader)
    );
}

}  // namespace heliograph::mirror
