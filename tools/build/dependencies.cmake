# SPDX-License-Identifier: Apache-2.0
# Every library comes from the distribution through find_package; nothing is downloaded or vendored.
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto SSL)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(CURL 7.88 REQUIRED)
find_package(LibArchive 3.6 REQUIRED)
find_package(EXPAT 2.5 REQUIRED)
# By its own file: newer CMake warns of its module for Boost.
find_package(Boost 1.81 REQUIRED CONFIG)
find_package(Threads REQUIRED)
find_package(ZLIB 1.2.11 REQUIRED)
find_package(CLI11 2.1 REQUIRED)
find_package(spdlog 1.10 REQUIRED)

# Gumbo is linked statically, so that a program using heliograph::verify needs libcrypto alone at run time.
find_path(GUMBO_INCLUDE_DIR gumbo.h REQUIRED)
find_library(GUMBO_LIBRARY NAMES libgumbo.a REQUIRED)
mark_as_advanced(GUMBO_INCLUDE_DIR GUMBO_LIBRARY)
add_library(heliograph::gumbo STATIC IMPORTED GLOBAL)
set_target_properties(heliograph::gumbo PROPERTIES
    IMPORTED_LOCATION "${GUMBO_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${GUMBO_INCLUDE_DIR}")

# Debian 12 has no CMake file for it.
find_path(CARES_INCLUDE_DIR ares.h REQUIRED)
find_library(CARES_LIBRARY NAMES cares REQUIRED)
mark_as_advanced(CARES_INCLUDE_DIR CARES_LIBRARY)
add_library(heliograph::cares UNKNOWN IMPORTED GLOBAL)
set_target_properties(heliograph::cares PROPERTIES
    IMPORTED_LOCATION "${CARES_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${CARES_INCLUDE_DIR}")

# Headers only, in the compiler's own path; one distribution's CMake file would link a library for it.
find_path(TOMLPLUSPLUS_INCLUDE_DIR toml++/toml.h REQUIRED)
mark_as_advanced(TOMLPLUSPLUS_INCLUDE_DIR)

if(BUILD_TESTING)
    find_package(GTest 1.12 REQUIRED)
    find_package(benchmark REQUIRED)
    find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)
endif()
