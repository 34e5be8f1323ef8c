// SPDX-License-Identifier: Apache-2.0
// The tree that master and mirror serve:
//
//   /simple/                    root list, HTML or JSON by Accept
//   /simple/<project>/          project page, the stored bytes
//   /serversig/<project>[.json][.<key id>] signature over the HTML or JSON page, of that key
//   /serverkey                  public key (master only)
//   /serverkey.crt, .crl        signer chain, revocation lists
//   /packages/aa/bb/rest/<file> file, or its metadata with `.metadata` behind
//   /integrity/<project>/<version>/<file>/provenance   provenance object of a file
//   /pypi/<project>/json        what mirroring tools read of a project; also .../<version>/json
//   /changelog?since=N&limit=M&wait=S  what changed
//   /last-modified              when
//   /daytime, /mirrors          the master's clock; where else the index is (master)
//   /stats/, /local-stats/      day and month files, when they lie in the folder
//   /pypi, /pypi/, /RPC2        XML-RPC, with POST
#pragma once

#include <mirror/net/http_message.hpp>
#include <mirror/serve/read_view.hpp>
#include <pki/base/event_sink.hpp>

namespace heliograph::mirror {

/// Whether it is an XML-RPC call, which a server answers beside its loops. @thread Safe.
[[nodiscard]] bool is_xml_rpc_call(const HttpRequest& request);

/// Answers one request: 200, 206, 301, 304, 400, 404, 405, 406, 416, or 503 when the folder cannot
/// be read (whoever asks should turn to another mirror then). Errors are told in one plain
/// sentence; what failed inside goes to @p events as `serve.failed`, not to the client.
/// @thread That of the view. @cost A look into the cache and, once a turn of the server's loop, at
/// the
///         catalogue's change counter; on a miss, a read of the catalogue. Files are opened for
///         each request.
[[nodiscard]] HttpReply answer_request(
    const HttpRequest& request, ReadView& view, EventSink& events
);

}  // namespace heliograph::mirror
