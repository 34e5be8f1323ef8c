// SPDX-License-Identifier: Apache-2.0
// How programs reach mirrors: libcurl under our own name, started when it is needed.
#pragma once

#include <mirror/net/http_client.hpp>
#include <pki/base/result.hpp>

#include <memory>

namespace heliograph::tools {

/// @errors As CurlTransport::open(). @thread Safe.
[[nodiscard]] Result<std::unique_ptr<mirror::Transport>> open_transport();

/// Opens the real one with its first request. Most lists of mirrors are files: then nothing is
/// asked here, and starting libcurl with its TLS libraries would be a third of what setting up
/// costs.
/// @thread One thread at a time.
class LateTransport final : public mirror::Transport {
  public:
    [[nodiscard]] Result<mirror::HttpResponse> fetch(
        const mirror::HttpGet& request, mirror::BodySink& sink
    ) override;

  private:
    std::unique_ptr<mirror::Transport> m_transport;
};

}  // namespace heliograph::tools
