// The functions of PKCS#11 2.40, the one list from which everything else in this folder is made.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace fault_token {

// FAULT_TOKEN_FUNCTIONS names every function of CK_FUNCTION_LIST in its order (PKCS#11 2.40, section 4.6), with what its first
// argument is: a session, a slot, or something else.
#define FAULT_TOKEN_FUNCTIONS(X)    \
  X(C_Initialize, other)            \
  X(C_Finalize, other)              \
  X(C_GetInfo, other)               \
  X(C_GetFunctionList, other)       \
  X(C_GetSlotList, other)           \
  X(C_GetSlotInfo, slot)            \
  X(C_GetTokenInfo, slot)           \
  X(C_GetMechanismList, slot)       \
  X(C_GetMechanismInfo, slot)       \
  X(C_InitToken, slot)              \
  X(C_InitPIN, session)             \
  X(C_SetPIN, session)              \
  X(C_OpenSession, slot)            \
  X(C_CloseSession, session)        \
  X(C_CloseAllSessions, slot)       \
  X(C_GetSessionInfo, session)      \
  X(C_GetOperationState, session)   \
  X(C_SetOperationState, session)   \
  X(C_Login, session)               \
  X(C_Logout, session)              \
  X(C_CreateObject, session)        \
  X(C_CopyObject, session)          \
  X(C_DestroyObject, session)       \
  X(C_GetObjectSize, session)       \
  X(C_GetAttributeValue, session)   \
  X(C_SetAttributeValue, session)   \
  X(C_FindObjectsInit, session)     \
  X(C_FindObjects, session)         \
  X(C_FindObjectsFinal, session)    \
  X(C_EncryptInit, session)         \
  X(C_Encrypt, session)             \
  X(C_EncryptUpdate, session)       \
  X(C_EncryptFinal, session)        \
  X(C_DecryptInit, session)         \
  X(C_Decrypt, session)             \
  X(C_DecryptUpdate, session)       \
  X(C_DecryptFinal, session)        \
  X(C_DigestInit, session)          \
  X(C_Digest, session)              \
  X(C_DigestUpdate, session)        \
  X(C_DigestKey, session)           \
  X(C_DigestFinal, session)         \
  X(C_SignInit, session)            \
  X(C_Sign, session)                \
  X(C_SignUpdate, session)          \
  X(C_SignFinal, session)           \
  X(C_SignRecoverInit, session)     \
  X(C_SignRecover, session)         \
  X(C_VerifyInit, session)          \
  X(C_Verify, session)              \
  X(C_VerifyUpdate, session)        \
  X(C_VerifyFinal, session)         \
  X(C_VerifyRecoverInit, session)   \
  X(C_VerifyRecover, session)       \
  X(C_DigestEncryptUpdate, session) \
  X(C_DecryptDigestUpdate, session) \
  X(C_SignEncryptUpdate, session)   \
  X(C_DecryptVerifyUpdate, session) \
  X(C_GenerateKey, session)         \
  X(C_GenerateKeyPair, session)     \
  X(C_WrapKey, session)             \
  X(C_UnwrapKey, session)           \
  X(C_DeriveKey, session)           \
  X(C_SeedRandom, session)          \
  X(C_GenerateRandom, session)      \
  X(C_GetFunctionStatus, session)   \
  X(C_CancelFunction, session)      \
  X(C_WaitForSlotEvent, other)

enum class Function : unsigned char {
#define FAULT_TOKEN_ENUMERATOR(name, first_argument) name,
  FAULT_TOKEN_FUNCTIONS(FAULT_TOKEN_ENUMERATOR)
#undef FAULT_TOKEN_ENUMERATOR
};

inline constexpr auto kFunctionNames = std::to_array<std::string_view>({
#define FAULT_TOKEN_NAME(name, first_argument) #name,
    FAULT_TOKEN_FUNCTIONS(FAULT_TOKEN_NAME)
#undef FAULT_TOKEN_NAME
});

[[nodiscard]] constexpr std::string_view name_of(Function function) { return kFunctionNames[static_cast<std::size_t>(function)]; }

[[nodiscard]] constexpr std::optional<Function> parse_function(std::string_view name) {
  for (std::size_t i = 0; i < kFunctionNames.size(); ++i) {
    if (kFunctionNames[i] == name) return static_cast<Function>(i);
  }
  return std::nullopt;
}

}  // namespace fault_token
