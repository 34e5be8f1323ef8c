// SPDX-License-Identifier: Apache-2.0
// Private: libarchive spells names in the alphabet of the thread's locale, and has no name at all
// where that is ASCII and the name is not.
#pragma once

#include <locale.h>

#include <cwchar>

namespace heliograph::mirror {

/// While it lives, this thread's characters are UTF-8, whatever the environment says. Where the
/// system has no such locale nothing changes, and names beyond ASCII are refused.
class Utf8Locale {
  public:
    Utf8Locale() : m_before(shared() != nullptr ? ::uselocale(shared()) : nullptr) {}
    ~Utf8Locale() {
        if (m_before != nullptr) {
            ::uselocale(m_before);
        }
    }
    Utf8Locale(const Utf8Locale&) = delete;
    Utf8Locale& operator=(const Utf8Locale&) = delete;

  private:
    // Made once for all threads and kept: several threads read archives at once, and making and
    // freeing a locale each time would have them meet in the C library.
    static ::locale_t shared() {
        static const ::locale_t made = make();
        return made;
    }

    static ::locale_t make() {
        const ::locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
        if (utf8 != nullptr) {
            // The first conversion loads what the others only read.
            const ::locale_t before = ::uselocale(utf8);
            std::mbstate_t state{};
            wchar_t wide = 0;
            static_cast<void>(std::mbrtowc(&wide, "\xc3\xa9", 2, &state));
            ::uselocale(before);
        }
        return utf8;
    }

    ::locale_t m_before;
};

}  // namespace heliograph::mirror
