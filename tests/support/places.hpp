// SPDX-License-Identifier: Apache-2.0
// Where the build put what tests run, and where they find what they read. Known to one source, so
// that all tests are compiled alike and can begin with one precompiled header.
#pragma once

namespace heliograph::test_support {

/// The folder with the programs pki, mirror, fetch and verify of the build under test.
extern const char* const program_folder;

/// The root of the source tree: samples, and vectors under tests/.
extern const char* const source_folder;

/// The sample program that checks a page by the installed library alone.
extern const char* const check_page_program;

/// Writes files through pki/base until it is stopped; see disk_probe.cpp.
extern const char* const disk_probe_program;

}  // namespace heliograph::test_support
