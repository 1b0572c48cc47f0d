// The PKCS#11 interface as hsm/ sees it: p11-kit's header (version 2.40) and the few declarations of version 3.0 that it lacks.
// Nothing outside hsm/ includes this file.
#pragma once

#include <p11-kit/pkcs11.h>

namespace custos::hsm {

// CkInterface is CK_INTERFACE of PKCS#11 3.0, section 3.7 (pkcs11t.h): a named function list.
struct CkInterface {
  CK_UTF8CHAR* name;
  void* function_list;  // begins with its CK_VERSION; for "PKCS 11" the functions of 2.40 follow in the same order
  CK_FLAGS flags;
};

// CkGetInterface is the type of C_GetInterface, PKCS#11 3.0, section 5.4.6.
using CkGetInterface = CK_RV (*)(CK_UTF8CHAR* name, CK_VERSION* version, CkInterface** interface, CK_FLAGS flags);

// CkSessionCancel is the type of C_SessionCancel, PKCS#11 3.0, section 5.6.5.
using CkSessionCancel = CK_RV (*)(CK_SESSION_HANDLE session, CK_FLAGS flags);

// CkFunctionList3 is CK_FUNCTION_LIST_3_0 (pkcs11f.h of PKCS#11 3.0) as far as it is used: the 68 functions of 2.40, and then
// these.
struct CkFunctionList3 {
  CK_FUNCTION_LIST first;
  CK_RV (*C_GetInterfaceList)(CkInterface* interfaces, CK_ULONG* count);
  CkGetInterface C_GetInterface;
  CK_RV (*C_LoginUser)(CK_SESSION_HANDLE, CK_USER_TYPE, CK_UTF8CHAR* pin, CK_ULONG, CK_UTF8CHAR* user, CK_ULONG);
  CkSessionCancel C_SessionCancel;
};

// kCkrAeadDecryptFailed is CKR_AEAD_DECRYPT_FAILED of PKCS#11 3.0 (pkcs11t.h).
inline constexpr CK_RV kCkrAeadDecryptFailed = 0x42;

}  // namespace custos::hsm
