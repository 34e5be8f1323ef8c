# SPDX-License-Identifier: Apache-2.0
# The one place for compiler options, warnings, sanitizers and hardening. Applied privately: nothing leaks to users.
include(GNUInstallDirs)
include(CheckIPOSupported)

option(HELIOGRAPH_WARNINGS_AS_ERRORS "Treat compiler warnings as errors" OFF)
option(HELIOGRAPH_HARDEN "PIE, full RELRO, fortify" OFF)
option(HELIOGRAPH_LTO "Link-time optimisation: a longer build for no gain that was measured" OFF)
option(HELIOGRAPH_COVERAGE "Count executed lines with gcov" OFF)
option(HELIOGRAPH_FUZZ "Build the libFuzzer targets (clang only)" OFF)
option(HELIOGRAPH_UNITY "Compile several sources of a library or program at once" OFF)
option(HELIOGRAPH_SHARED "Build shared libraries" OFF)
set(HELIOGRAPH_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

find_program(HELIOGRAPH_CCACHE ccache)
mark_as_advanced(HELIOGRAPH_CCACHE)

# Linking takes a fifth of the time with LLVM's linker (measured), which knows nothing of GCC's link-time optimisation.
find_program(HELIOGRAPH_LLD ld.lld)
mark_as_advanced(HELIOGRAPH_LLD)

if(HELIOGRAPH_LTO)
    check_ipo_supported(RESULT HELIOGRAPH_IPO OUTPUT HELIOGRAPH_IPO_REASON LANGUAGES CXX)
endif()

function(heliograph_options target)
    target_compile_features(${target} PRIVATE cxx_std_20)
    set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON)
    if(NOT HELIOGRAPH_SHARED) # shared libraries have no export list yet: all of their names are visible
        set_target_properties(${target} PROPERTIES CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
    endif()
    target_compile_options(${target} PRIVATE
        -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
        -Wnon-virtual-dtor -Woverloaded-virtual -Wformat=2 -Wimplicit-fallthrough
        $<$<CXX_COMPILER_ID:Clang>:-Wreserved-identifier>
        $<$<BOOL:${HELIOGRAPH_WARNINGS_AS_ERRORS}>:-Werror>)
    if(HELIOGRAPH_CCACHE)
        # Without these two words ccache refuses a compilation that uses a precompiled header.
        set_target_properties(${target} PROPERTIES CXX_COMPILER_LAUNCHER
            "${CMAKE_COMMAND};-E;env;CCACHE_SLOPPINESS=pch_defines,time_macros;${HELIOGRAPH_CCACHE}")
    endif()
    get_target_property(kind ${target} TYPE)
    if(kind STREQUAL "EXECUTABLE")
        # A static library brings all that it may need; loading 30 libraries that pki never calls is most of its start.
        target_link_options(${target} PRIVATE -Wl,--as-needed)
    endif()
    if(HELIOGRAPH_SANITIZE)
        target_compile_options(${target} PRIVATE
            -fsanitize=${HELIOGRAPH_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
        target_link_options(${target} PRIVATE -fsanitize=${HELIOGRAPH_SANITIZE})
        if(kind STREQUAL "EXECUTABLE")
            # Every counter of every edge would be moved at each start: a quarter of it (measured).
            target_link_options(${target} PRIVATE -no-pie)
        endif()
        if(HELIOGRAPH_SANITIZE MATCHES "thread" AND kind STREQUAL "EXECUTABLE")
            target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tools/build/thread_sanitizer.cpp")
        endif()
    endif()
    if(HELIOGRAPH_LLD AND NOT HELIOGRAPH_LTO)
        target_link_options(${target} PRIVATE -fuse-ld=lld)
    endif()
    if(HELIOGRAPH_FUZZ)
        target_link_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
    endif()
    if(HELIOGRAPH_COVERAGE)
        target_compile_options(${target} PRIVATE --coverage -O0)
        target_link_options(${target} PRIVATE --coverage)
    endif()
    if(HELIOGRAPH_HARDEN)
        target_compile_options(${target} PRIVATE
            -O2 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -fstack-protector-strong -D_GLIBCXX_ASSERTIONS)
        target_link_options(${target} PRIVATE -Wl,-z,relro,-z,now)
        if(kind STREQUAL "EXECUTABLE")
            target_link_options(${target} PRIVATE -pie)
        endif()
    endif()
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        # What a program never calls is neither loaded nor moved at its start.
        # GCC takes the value of a std::optional for uninitialised where its flag guards it; clang-tidy finds the real ones.
        target_compile_options(${target} PRIVATE -ffunction-sections -fdata-sections
            $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
        target_link_options(${target} PRIVATE -Wl,--gc-sections)
    endif()
    if(HELIOGRAPH_LTO)
        # The linker sees two types of one name: never right, whatever else a newer compiler may warn of.
        target_link_options(${target} PRIVATE
            $<$<CXX_COMPILER_ID:GNU>:-Werror=odr>
            $<$<BOOL:${HELIOGRAPH_WARNINGS_AS_ERRORS}>:-Werror>)
        set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION ${HELIOGRAPH_IPO})
        # An installed static library must serve a user's linker that knows nothing of our link-time optimisation.
        if(kind STREQUAL "STATIC_LIBRARY" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
            target_compile_options(${target} PRIVATE -ffat-lto-objects)
        endif()
    endif()
endfunction()

# What fuzzing is to find its way through: the libraries and the targets. Counting the edges of tests and commands too would
# be a quarter of their compilation.
function(heliograph_fuzzed target)
    if(HELIOGRAPH_FUZZ)
        target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
    endif()
endfunction()

# Compiling all sources of a folder at once takes a third of the time. Private names must differ within a folder then, and
# only there, whatever is added elsewhere. The tidy preset does without, so that every file stands alone.
function(heliograph_unity target)
    if(HELIOGRAPH_UNITY)
        set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
        # A private type in an anonymous namespace is right in a source and only looks like a header's here.
        # Clang sees private names of a neighbour that a local one shadows, where no reader does.
        target_compile_options(${target} PRIVATE
            $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage> $<$<CXX_COMPILER_ID:Clang>:-Wno-shadow>)
    endif()
endfunction()

# heliograph_unity_folders(target a/b.cpp ...): what the sources of one folder are compiled as.
function(heliograph_unity_folders target)
    set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
    foreach(source IN LISTS ARGN)
        cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
        cmake_path(GET source PARENT_PATH folder)
        cmake_path(GET folder FILENAME folder)
        set_source_files_properties("${source}" TARGET_DIRECTORY ${target} PROPERTIES UNITY_GROUP "${folder}")
    endforeach()
endfunction()

# heliograph_library(verify): the target heliograph_verify, alias heliograph::verify; sub-folders add its sources.
function(heliograph_library name)
    if(HELIOGRAPH_SHARED)
        add_library(heliograph_${name} SHARED)
    else()
        add_library(heliograph_${name} STATIC)
    endif()
    add_library(heliograph::${name} ALIAS heliograph_${name})
    heliograph_options(heliograph_${name})
    heliograph_fuzzed(heliograph_${name})
    heliograph_unity(heliograph_${name})
    set_target_properties(heliograph_${name} PROPERTIES UNITY_BUILD_MODE GROUP) # by folder, see heliograph_sources()
    target_compile_features(heliograph_${name} PUBLIC cxx_std_20)
    set_target_properties(heliograph_${name} PROPERTIES
        EXPORT_NAME ${name}
        VERSION ${PROJECT_VERSION}
        SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endfunction()

# heliograph_sources(verify SOURCES a.cpp HEADERS a.hpp PRIVATE_HEADERS b.hpp): what one folder gives to its library.
# ALONE a.cpp names sources, listed above too, that stand apart in a unity build: their private names clash with a neighbour's,
# or a program takes them alone and should not load what their neighbours need.
function(heliograph_sources library)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;PRIVATE_HEADERS;ALONE")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "heliograph_sources(${library}): what is ${arg_UNPARSED_ARGUMENTS}?")
    endif()
    set(sources ${arg_SOURCES} ${arg_PRIVATE_HEADERS})
    list(TRANSFORM sources PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
    target_sources(heliograph_${library} PRIVATE ${sources})
    if(arg_SOURCES)
        set(compiled ${arg_SOURCES})
        list(TRANSFORM compiled PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
        cmake_path(GET CMAKE_CURRENT_SOURCE_DIR FILENAME folder)
        set_source_files_properties(${compiled}
            TARGET_DIRECTORY heliograph_${library}
            PROPERTIES UNITY_GROUP ${folder})
    endif()
    if(arg_ALONE)
        list(TRANSFORM arg_ALONE PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
        set_source_files_properties(${arg_ALONE}
            TARGET_DIRECTORY heliograph_${library}
            PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
    if(arg_HEADERS)
        set(headers ${arg_HEADERS})
        list(TRANSFORM headers PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/")
        target_sources(heliograph_${library}
            PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${headers})
    endif()
endfunction()

# Reading GoogleTest takes a third of the time that a test file takes; heliograph_test_prelude reads it once for all. Clang
# demands that its users have the same definitions, so tests/support/places.cpp alone knows what the build knows of places.
function(heliograph_prelude target prelude)
    target_precompile_headers(${target} REUSE_FROM ${prelude})
    heliograph_cacheable_prelude(${target})
endfunction()

# So that ccache knows what the header stands for.
function(heliograph_cacheable_prelude target)
    target_compile_options(${target} PRIVATE
        $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess> "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
endfunction()

# Tests look at HELIOGRAPH_SANITIZED where a sanitizer needs more memory or time than a claim allows; the product never does.
function(heliograph_tell_sanitized target)
    if(HELIOGRAPH_SANITIZE)
        target_compile_definitions(${target} PRIVATE HELIOGRAPH_SANITIZED)
    endif()
endfunction()

# heliograph_test(verify_index_test SOURCES ... LINK heliograph::verify LABELS unit): one executable, one ctest entry a test
# (one an executable when unit tests are sanitized). A higher COST starts earlier: what takes long must not come last, when
# only one core is left with work.
function(heliograph_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;COST" "SOURCES;LINK;LABELS")
    add_executable(${name} ${arg_SOURCES})
    heliograph_options(${name})
    heliograph_unity(${name})
    heliograph_unity_folders(${name} ${arg_SOURCES})
    # A test's constants are seen by its neighbours here, where no reader sees them.
    target_compile_options(${name} PRIVATE "$<$<CXX_COMPILER_ID:GNU>:SHELL:-Wno-shadow -Wshadow=local>")
    heliograph_prelude(${name} heliograph_test_prelude)
    target_include_directories(${name} PRIVATE "${PROJECT_SOURCE_DIR}")
    target_link_libraries(${name} PRIVATE ${arg_LINK} heliograph_test_support GTest::gmock GTest::gtest_main)
    heliograph_tell_sanitized(${name})
    if(NOT arg_TIMEOUT)
        set(arg_TIMEOUT 120)
    endif()
    if(NOT arg_COST)
        set(arg_COST 0)
    endif()
    # A sanitized program takes longer to start than most unit tests take to run, so it starts once for all of them.
    if(HELIOGRAPH_SANITIZE AND "${arg_LABELS}" STREQUAL "unit")
        add_test(NAME ${name} COMMAND ${name} --gtest_brief=1)
        math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 5")
        set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT} COST ${arg_COST} LABELS unit)
        return()
    endif()
    include(GoogleTest)
    # Values that have no text are printed as bytes and pointers, which differ from build to build.
    gtest_discover_tests(${name} NO_PRETTY_VALUES
        DISCOVERY_TIMEOUT 60
        PROPERTIES TIMEOUT ${arg_TIMEOUT} COST ${arg_COST} LABELS "${arg_LABELS}")
endfunction()

# heliograph_program(pki SOURCES pki.cpp): one of the four programs. OWN_CXX_LIBRARY: hardened, it holds what it needs of
# the C++ library; for programs that load no other library in C++. The dynamic linker's work on it is a third of the start.
function(heliograph_program name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "OWN_CXX_LIBRARY" "" "SOURCES;LINK")
    add_executable(heliograph_program_${name} ${arg_SOURCES})
    set_target_properties(heliograph_program_${name} PROPERTIES
        OUTPUT_NAME ${name}
        RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
    heliograph_options(heliograph_program_${name})
    heliograph_unity(heliograph_program_${name})
    target_link_libraries(heliograph_program_${name} PRIVATE ${arg_LINK})
    if(HELIOGRAPH_HARDEN AND arg_OWN_CXX_LIBRARY AND NOT HELIOGRAPH_SHARED)
        target_link_options(heliograph_program_${name} PRIVATE -static-libstdc++ -static-libgcc)
    endif()
    install(TARGETS heliograph_program_${name} RUNTIME COMPONENT programs)
endfunction()
