// SPDX-License-Identifier: Apache-2.0
// bzip2 files, in the one form that PEP 381 asks of statistics.
#pragma once

#include <pki/base/bytes.hpp>
#include <pki/base/file.hpp>
#include <pki/base/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace heliograph::mirror {

/// A file that is packed while it is written. Nothing of the final name exists before commit().
/// @thread One thread.
class Bzip2Writer {
  public:
    /// @errors io, denied, not_found (folder).
    [[nodiscard]] static Result<Bzip2Writer> create(const std::filesystem::path& final_path);
    Bzip2Writer(Bzip2Writer&&) noexcept;
    Bzip2Writer& operator=(Bzip2Writer&&) noexcept;
    Bzip2Writer(const Bzip2Writer&) = delete;
    Bzip2Writer& operator=(const Bzip2Writer&) = delete;
    ~Bzip2Writer();

    /// @errors io.
    Outcome write(std::string_view text);
    /// Makes it durable under its name. @errors io, exists.
    Outcome commit(Replacement replacement);

  private:
    struct State;
    explicit Bzip2Writer(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

/// Unpacks.
/// @param limit_bytes  Most that comes out.
/// @errors malformed (no bzip2, damaged, cut off), too_large. @thread Safe. @cost One pass.
[[nodiscard]] Result<std::string> unpack_bzip2(ByteSpan packed, std::uint64_t limit_bytes);

}  // namespace heliograph::mirror
