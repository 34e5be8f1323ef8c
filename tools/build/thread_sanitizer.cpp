// SPDX-License-Identifier: Apache-2.0
// What ThreadSanitizer shall not report, compiled into each program of its build: programs start
// others, and an environment variable would have to reach them all.

#pragma clang diagnostic ignored "-Wreserved-identifier"  // the sanitizer gives the name

/// glibc guards its time zone with a lock of its own that the sanitizer cannot see; libarchive
/// reads the zone for the times in an archive, on several threads at once.
// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_suppressions();

// NOLINTNEXTLINE(readability-identifier-naming)
extern "C" const char* __tsan_default_suppressions() {
    return "race:tzset_internal\n";
}
