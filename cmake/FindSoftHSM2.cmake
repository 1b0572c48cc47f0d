# FindSoftHSM2: the PKCS#11 module of SoftHSM2, SoftHSM2_MODULE, for the tests.
find_file(SoftHSM2_MODULE NAMES libsofthsm2.so
  PATHS /usr/lib /usr/lib64 /usr/local/lib
  PATH_SUFFIXES softhsm ${CMAKE_LIBRARY_ARCHITECTURE}/softhsm pkcs11
  DOC "The PKCS#11 module of SoftHSM2 (Debian: libsofthsm2)")
mark_as_advanced(SoftHSM2_MODULE)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(SoftHSM2 REQUIRED_VARS SoftHSM2_MODULE)
