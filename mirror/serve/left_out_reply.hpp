// SPDX-License-Identifier: Apache-2.0
// What a mirror of some files says of the others. Private to this room.
#pragma once

#include <mirror/net/http_message.hpp>
#include <mirror/store/file_filter.hpp>

namespace heliograph::mirror {

/// 404 with the reason in `X-Left-Out`: the page is the master's and names the file all the same,
/// and whoever asks is told that nothing is wrong with either. @thread Safe.
[[nodiscard]] HttpReply left_out_reply(LeaveReason reason);

}  // namespace heliograph::mirror
