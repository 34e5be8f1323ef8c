# SPDX-License-Identifier: Apache-2.0
# Installs libraries, headers and the exported CMake configuration. Each library has an export set of its own, so that
# find_package(heliograph COMPONENTS verify) looks for nothing that only the other libraries need.
include(CMakePackageConfigHelpers)

set(heliograph_config_folder "${CMAKE_INSTALL_LIBDIR}/cmake/heliograph")

foreach(library pki tls database authority verify mirror)
    install(TARGETS heliograph_${library} EXPORT heliograph-${library}
        ARCHIVE COMPONENT development
        LIBRARY COMPONENT runtime NAMELINK_COMPONENT development
        FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/heliograph" COMPONENT development)
    install(EXPORT heliograph-${library}
        NAMESPACE heliograph::
        DESTINATION "${heliograph_config_folder}"
        COMPONENT development)
endforeach()

configure_package_config_file(
    "${CMAKE_CURRENT_LIST_DIR}/heliograph-config.cmake.in"
    "${PROJECT_BINARY_DIR}/heliograph-config.cmake"
    INSTALL_DESTINATION "${heliograph_config_folder}"
    NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/heliograph-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES
        "${PROJECT_BINARY_DIR}/heliograph-config.cmake"
        "${PROJECT_BINARY_DIR}/heliograph-config-version.cmake"
    DESTINATION "${heliograph_config_folder}"
    COMPONENT development)
install(FILES LICENSE README.md DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT programs)
