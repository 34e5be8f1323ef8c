// SPDX-License-Identifier: Apache-2.0
#include <tests/support/places.hpp>

namespace heliograph::test_support {

const char* const program_folder = HELIOGRAPH_PROGRAM_FOLDER;
const char* const source_folder = HELIOGRAPH_SOURCE_FOLDER;
const char* const check_page_program = HELIOGRAPH_CHECK_PAGE;
const char* const disk_probe_program = HELIOGRAPH_DISK_PROBE;

}  // namespace heliograph::test_support
