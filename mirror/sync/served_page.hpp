// SPDX-License-Identifier: Apache-2.0
// The two forms of one project's page with their signatures: as an upstream serves them, or as they
// were made here from what it shows.
#pragma once

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

/// The pages that are here.
struct LocalPages {
    PageSet pages;
    verify::Serial serial;
};

}  // namespace heliograph::mirror
