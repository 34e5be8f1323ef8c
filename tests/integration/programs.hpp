// SPDX-License-Identifier: Apache-2.0
// Where the build put the programs that the integration tests run.
#pragma once

namespace heliograph::test_support {

/// The folder with the programs pki, mirror and fetch of the build under test.
inline constexpr const char* program_folder = HELIOGRAPH_PROGRAM_FOLDER;

/// The root of the source tree, for the samples.
inline constexpr const char* source_folder = HELIOGRAPH_SOURCE_FOLDER;

}  // namespace heliograph::test_support
