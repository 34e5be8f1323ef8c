// SPDX-License-Identifier: Apache-2.0
#include <tools/commands/http_client.hpp>
#include <tools/commands/transport.hpp>

namespace heliograph::tools {

Result<std::unique_ptr<mirror::Transport>> open_transport() {
    HG_TRY(auto transport, open_http_client());
    return std::unique_ptr<mirror::Transport>(std::move(transport));
}

Result<mirror::HttpResponse> LateTransport::fetch(
    const mirror::HttpGet& request, mirror::BodySink& sink
) {
    if (m_transport == nullptr) {
        HG_TRY(m_transport, open_transport());
    }
    return m_transport->fetch(request, sink);
}

}  // namespace heliograph::tools
