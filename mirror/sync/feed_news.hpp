// SPDX-License-Identifier: Apache-2.0
// What the feed of an upstream that signs nothing tells: which projects changed since a serial.
#pragma once

#include <pki/base/clock.hpp>
#include <verify/index/project_name.hpp>
#include <verify/index/serial.hpp>

#include <vector>

namespace heliograph::mirror {

struct FeedChange {
    enum class Kind {
        other,
        withdrawal,  ///< Something is no longer offered, or yanked.
        removal,     ///< The project went.
    };

    verify::ProjectName project;
    verify::Serial serial;
    Instant time;  ///< By the upstream's clock.
    Kind kind = Kind::other;
};

/// One answer of a feed. Nobody vouches for it but the upstream's server: the pages decide.
struct FeedNews {
    std::vector<FeedChange> changes;  ///< Ascending.
    verify::Serial next;              ///< All up to it is told by this.
    verify::Serial last;              ///< The upstream's newest.
    bool more = false;                ///< It is to be asked again from `next` on.
};

}  // namespace heliograph::mirror
