# Installs headers, library, command line tool, the CMake package (find_package(custos) gives custos::custos) and custos.pc.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/custos)
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(DIRECTORY include/custos ${PROJECT_BINARY_DIR}/include/custos
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(TARGETS custos EXPORT custos)

# The library needs no other package to be used, so the list of targets is the whole package file.
install(EXPORT custos NAMESPACE custos:: FILE custos-config.cmake DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/custos-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/custos-config-version.cmake DESTINATION ${package_dir})

file(RELATIVE_PATH CUSTOS_PC_TO_PREFIX /${pkgconfig_dir} /)
configure_file(cmake/custos.pc.in ${PROJECT_BINARY_DIR}/custos.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/custos.pc DESTINATION ${pkgconfig_dir})

if(TARGET custos_cli)
  install(TARGETS custos_cli)
endif()
if(TARGET custos_bench)  # where `custos bench` finds it
  install(TARGETS custos_bench DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/custos)
endif()
