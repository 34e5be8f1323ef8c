// SPDX-License-Identifier: Apache-2.0
// Private: libarchive spells names in the alphabet of the thread's locale, and has no name at all
// where that is ASCII and the name is not.
#pragma once

#include <locale.h>

namespace heliograph::mirror {

/// While it lives, this thread's characters are UTF-8, whatever the environment says. Where the
/// system has no such locale nothing changes, and names beyond ASCII are refused.
class Utf8Locale {
  public:
    Utf8Locale() : m_utf8(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
        if (m_utf8 != nullptr) {
            m_before = ::uselocale(m_utf8);
        }
    }
    ~Utf8Locale() {
        if (m_utf8 != nullptr) {
            ::uselocale(m_before);
            ::freelocale(m_utf8);
        }
    }
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;

  private:
    ::locale_t m_utf8;
    ::locale_t m_before = nullptr;
};

}  // namespace heliograph::mirror
