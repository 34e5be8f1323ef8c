// SPDX-License-Identifier: Apache-2.0
#include <mirror/net/http_client.hpp>

namespace heliograph::mirror {

bool is_transport_failure(const Error& error) {
    return error.code() == ErrorCode::network || error.code() == ErrorCode::timeout ||
           error.code() == ErrorCode::stale;
}

Result<HttpDocument> fetch_document(Transport& transport, const HttpGet& request) {
    Bytes body;
    BodySink sink{{}, [&body](ByteSpan piece) {
                      body.insert(body.end(), piece.begin(), piece.end());
                      return Outcome();
                  }};
    HG_TRY(HttpResponse response, transport.fetch(request, sink));
    return HttpDocument{std::move(response), std::move(body)};
}

}  // namespace heliograph::mirror
