// SPDX-License-Identifier: Apache-2.0
// What ThreadSanitizer shall not report, compiled into each program of its build: programs start
// others, and an environment variable would have to reach them all.

/// glibc guards its time zone with a lock of its own that the sanitizer cannot see; libarchive
/// reads the zone for the times in an archive, on several threads at once.
// The sanitizer gives the name.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" __attribute__((visibility("default"))) const char* __tsan_default_suppressions();

// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" const char* __tsan_default_suppressions() {
    return "race:tzset_internal\n";
}
