// SPDX-License-Identifier: Apache-2.0
// The two forms of one project's page with their signatures: as an upstream serves them, or as they
// were made here from what it shows.
#pragma once

#include <mirror/store/journal_event.hpp>
#include <pki/base/bytes.hpp>
#include <verify/index/serial.hpp>
#include <verify/verdict/verdict.hpp>

#include <optional>

namespace heliograph::mirror {

/// One form.
struct ServedPage {
    Bytes body;
    std::optional<Bytes> signature;
};

/// Both forms.
struct PageSet {
    ServedPage html;
    ServedPage json;
};

/// The pages that are here. Nothing says that the disk has kept them: their digests do.
struct LocalPages {
    PageSet pages;
    verify::Serial serial;
    PageDigests digests = {};  ///< Of the bodies, as they were when they were stored.
};

}  // namespace heliograph::mirror
