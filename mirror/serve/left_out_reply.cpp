// SPDX-License-Identifier: Apache-2.0
#include <mirror/serve/left_out_reply.hpp>

#include <string>

namespace heliograph::mirror {

HttpReply left_out_reply(LeaveReason reason) {
    HeaderList more;
    more.add("X-Left-Out", leave_reason_name(reason));
    return HttpReply::sentence(
        404,
        "The filter of this mirror leaves this file out (" +
            std::string(leave_reason_name(reason)) + "); ask another mirror or the master.",
        std::move(more)
    );
}

}  // namespace heliograph::mirror
