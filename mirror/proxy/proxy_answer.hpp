// SPDX-License-Identifier: Apache-2.0
// Answers of the proxy made from what was verified: pages and files, conditional and in parts.
// Private to this room.
#pragma once

#include <mirror/net/exchange.hpp>
#include <mirror/net/http_message.hpp>
#include <mirror/proxy/proxy_job.hpp>
#include <mirror/proxy/verifying_proxy.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace heliograph::mirror {

/// HTML or JSON, as the client wants; 304 and 406. @thread Safe. @cost None worth noting.
[[nodiscard]] HttpReply answer_with_page(const HttpRequest& request, const ProxyPage& page);

/// HEAD for a file of a known size, without getting it.
[[nodiscard]] HttpReply answer_with_size(const FileJob& job, std::uint64_t size_bytes);

/// One request as an exchange keeps it.
struct Asking {
    HttpRequest request;
    std::string request_id;
    AnswerRules rules;
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
};

/// A request that waits for a page.
class PageExchange final : public Exchange {
  public:
    PageExchange(Asking asking, std::shared_ptr<PageJob> job);

    [[nodiscard]] std::size_t appetite_bytes() override { return 4096; }
    void take(ByteSpan /*piece*/) override {}
    void end() override {}
    [[nodiscard]] std::optional<HttpReply> reply() override;
    [[nodiscard]] AtStop at_stop() const override { return AtStop::ends; }

  private:
    const Asking m_asking;
    const std::shared_ptr<PageJob> m_job;
};

/// A request that waits for a file. Small files wait until they are whole and right; large ones,
/// and those that come so slowly that the client would give up, begin when their first bytes are
/// there, with the last piece held back.
class FileExchange final : public Exchange {
  public:
    FileExchange(Asking asking, std::shared_ptr<FileJob> job);

    [[nodiscard]] std::size_t appetite_bytes() override { return 4096; }
    void take(ByteSpan /*piece*/) override {}
    void end() override {}
    [[nodiscard]] std::optional<HttpReply> reply() override;
    [[nodiscard]] AtStop at_stop() const override { return AtStop::ends; }

  private:
    const Asking m_asking;
    const std::shared_ptr<FileJob> m_job;
};

}  // namespace heliograph::mirror
