// SPDX-License-Identifier: Apache-2.0
// `multipart/form-data` read as it comes, strictly and in bounded memory. RFC 7578, RFC 2046
// section 5.1.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace heliograph::mirror {

namespace multipart_limits {
inline constexpr std::size_t boundary_chars = 70;  ///< RFC 2046.
inline constexpr std::size_t parts = 4000;       ///< Classifiers and dependencies come one a part.
inline constexpr std::size_t head_bytes = 4096;  ///< The header lines of one part.
}  // namespace multipart_limits

/// What one part says of itself. Both are printable ASCII of at most 255 characters, without quotes
/// and backslashes.
struct PartHead {
    std::string name;
    std::optional<std::string> filename;
};

/// Takes what the reader finds, in order. An Error ends the reading.
class MultipartSink {
  public:
    MultipartSink() = default;
    MultipartSink(const MultipartSink&) = delete;
    MultipartSink& operator=(const MultipartSink&) = delete;
    virtual ~MultipartSink() = default;

    virtual Outcome begin_part(const PartHead& head) = 0;
    /// The next bytes of the part, at least one.
    virtual Outcome add_bytes(ByteSpan piece) = 0;
    virtual Outcome end_part() = 0;
};

/// The boundary that a Content-Type states: `multipart/form-data; boundary=...`.
/// @errors malformed (another type, no boundary, characters that no boundary has, too long).
/// @thread Safe. @cost One pass. @source RFC 2046 section 5.1.1.
[[nodiscard]] Result<std::string> parse_multipart_boundary(std::string_view content_type);

/// Reads one body. It refuses what lenient readers take: text before the first or behind the last
/// delimiter, padding behind a delimiter, bare line feeds, folded lines, nested multiparts,
/// transfer encodings, parameters given twice.
/// @thread One. @cost One pass; keeps at most a part's head, or the piece given and a delimiter.
class MultipartReader {
  public:
    /// @param boundary  From parse_multipart_boundary(). @param sink  Outlives the reader.
    MultipartReader(std::string_view boundary, MultipartSink& sink);

    /// @errors malformed, too_large (a limit above), and those of the sink. Nothing may be given
    /// after an error.
    Outcome read(ByteSpan piece);

    /// The body is whole. @errors malformed (it ended before its last delimiter).
    Outcome finish();

  private:
    enum class State { delimiter, behind_delimiter, head, content, epilogue };
    enum class Flow { goes_on, needs_more };

    [[nodiscard]] Result<Flow> step();
    [[nodiscard]] Result<Flow> step_first_delimiter();
    [[nodiscard]] Result<Flow> step_behind_delimiter();
    [[nodiscard]] Result<Flow> step_head();
    [[nodiscard]] Result<Flow> step_content();
    [[nodiscard]] std::string_view rest() const;

    MultipartSink& m_sink;
    std::string m_delimiter;  ///< CR LF `--` boundary.
    std::string m_buffer;
    std::size_t m_read = 0;  ///< Of the buffer.
    std::size_t m_parts = 0;
    State m_state = State::delimiter;
};

}  // namespace heliograph::mirror
