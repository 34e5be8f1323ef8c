// SPDX-License-Identifier: Apache-2.0
// Work that several requests may wait for: one page, one file. Each is done once however many ask.
// Private to this room.
#pragma once

#include <mirror/proxy/refusal.hpp>
#include <mirror/proxy/spool.hpp>
#include <verify/index/project_page.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace heliograph::mirror {

/// A verified page with its two forms as they are given out. Links are relative, so they lead back
/// to the proxy.
struct ProxyPage {
    verify::ProjectPage page;                              ///< Without what the policy withholds.
    std::map<verify::DistFileName, std::string> withheld;  ///< Why.
    struct Form {
        std::string etag;
        std::shared_ptr<const Bytes> bytes;
    };
    Form json;
    Form html;
    std::chrono::steady_clock::time_point at;
};

/// Connections that want to be woken.
/// @thread Safe.
class Waiters {
  public:
    void add(Waker waker);
    void wake_all();
    /// Wakes all for the last time: who comes later has nothing to wait for.
    void dismiss();

  private:
    std::mutex m_mutex;
    std::vector<Waker> m_wakers;
    bool m_dismissed = false;
};

/// @thread Safe.
class PageJob {
  public:
    using Result = std::variant<std::shared_ptr<const ProxyPage>, Refusal>;

    [[nodiscard]] std::optional<Result> result() const;
    void finish(Result result);
    [[nodiscard]] Waiters& waiters() { return m_waiters; }

  private:
    mutable std::mutex m_mutex;
    std::optional<Result> m_result;
    Waiters m_waiters;
};

/// @thread Safe.
class FileJob {
  public:
    /// Nothing came yet; bytes come; all are there and right; there will be none.
    enum class Stage { waiting, growing, delivered, refused };
    struct Look {
        Stage stage = Stage::waiting;
        Spool::View bytes = {};
        std::optional<std::uint64_t> promised_bytes = {};
        Refusal refusal = {};
    };

    /// Whether clients may have bytes of this file that were not proven, from a job before.
    enum class Past { clean, unproven };

    /// @param etag_text  Hex digest of the right bytes.
    FileJob(std::string etag_text, std::string content_type, Past past)
        : m_etag_text(std::move(etag_text)),
          m_content_type(std::move(content_type)),
          m_past(past) {}

    [[nodiscard]] Past past() const { return m_past; }
    [[nodiscard]] const std::string& etag_text() const { return m_etag_text; }
    [[nodiscard]] const std::string& content_type() const { return m_content_type; }
    [[nodiscard]] Look look() const;
    [[nodiscard]] Waiters& waiters() { return m_waiters; }

    // The worker's side.
    void begin(std::shared_ptr<Spool> spool, std::optional<std::uint64_t> promised_bytes);
    void deliver();
    void refuse(Refusal refusal);

  private:
    const std::string m_etag_text;
    const std::string m_content_type;
    const Past m_past;
    mutable std::mutex m_mutex;
    std::shared_ptr<Spool> m_spool;
    std::optional<std::uint64_t> m_promised_bytes;
    std::optional<Refusal> m_refusal;
    bool m_delivered = false;
    Waiters m_waiters;
};

}  // namespace heliograph::mirror
