// SPDX-License-Identifier: Apache-2.0
// Messages from other threads to one loop: "ask this connection again". Private to this room.
#pragma once

#include <pki/base/file.hpp>
#include <pki/base/result.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace heliograph::mirror {

/// Outlives its loop as long as somebody may still post.
/// @thread Safe.
class Mailbox {
  public:
    /// @errors network (no descriptor).
    [[nodiscard]] static Result<std::shared_ptr<Mailbox>> make();

    explicit Mailbox(FileDescriptor bell) : m_bell(std::move(bell)) {}

    void post(std::uint64_t connection);
    /// What was posted since the last call.
    [[nodiscard]] std::vector<std::uint64_t> collect();
    /// Readable while something is posted.
    [[nodiscard]] int descriptor() const { return m_bell.get(); }

  private:
    FileDescriptor m_bell;
    std::mutex m_mutex;
    std::vector<std::uint64_t> m_posted;
};

}  // namespace heliograph::mirror
