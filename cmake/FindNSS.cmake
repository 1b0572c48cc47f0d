# FindNSS: the softoken of NSS as a PKCS#11 module, NSS_MODULE, and the tool that makes its databases, NSS_CERTUTIL, for the tests.
find_file(NSS_MODULE NAMES libsoftokn3.so
  PATHS /usr/lib /usr/lib64 /usr/local/lib
  PATH_SUFFIXES ${CMAKE_LIBRARY_ARCHITECTURE} ${CMAKE_LIBRARY_ARCHITECTURE}/nss nss
  DOC "The PKCS#11 module of NSS (Debian: libnss3)")
find_program(NSS_CERTUTIL NAMES certutil DOC "The tool that makes NSS databases (Debian: libnss3-tools)")
mark_as_advanced(NSS_MODULE NSS_CERTUTIL)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(NSS REQUIRED_VARS NSS_MODULE NSS_CERTUTIL)
