#include "stranger.h"

#include <algorithm>
#include <array>
#include <vector>

namespace fault_token {
namespace {

constexpr CK_KEY_TYPE kEdwards = 0x40;                    // CKK_EC_EDWARDS, PKCS#11 3.0
constexpr CK_MECHANISM_TYPE kEdwardsKeyPairGen = 0x1055;  // CKM_EC_EDWARDS_KEY_PAIR_GEN, PKCS#11 3.0

bool is_mac(CK_MECHANISM_TYPE mechanism) {
  constexpr std::array<CK_MECHANISM_TYPE, 4> kMacs{CKM_SHA_1_HMAC, CKM_SHA256_HMAC, CKM_SHA384_HMAC, CKM_SHA512_HMAC};
  return std::ranges::find(kMacs, mechanism) != kMacs.end();
}

CK_OBJECT_HANDLE make_secret(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, CK_KEY_TYPE type) {
  CK_OBJECT_CLASS of = CKO_SECRET_KEY;
  CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
  std::vector<CK_BYTE> value(64, 0x5A);
  std::array<CK_ATTRIBUTE, 6> wanted{{{CKA_CLASS, &of, sizeof of},
                                      {CKA_KEY_TYPE, &type, sizeof type},
                                      {CKA_VALUE, value.data(), value.size()},
                                      {CKA_SIGN, &yes, sizeof yes},
                                      {CKA_PRIVATE, &no, sizeof no},
                                      {CKA_TOKEN, &no, sizeof no}}};
  CK_OBJECT_HANDLE made = CK_INVALID_HANDLE;
  return real.C_CreateObject(session, wanted.data(), wanted.size(), &made) == CKR_OK ? made : CK_INVALID_HANDLE;
}

CK_OBJECT_HANDLE make_pair(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, CK_KEY_TYPE type, CK_ATTRIBUTE curve) {
  CK_MECHANISM mechanism{type == kEdwards ? kEdwardsKeyPairGen : CKM_EC_KEY_PAIR_GEN, nullptr, 0};
  CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
  std::array<CK_ATTRIBUTE, 3> open{{curve, {CKA_VERIFY, &yes, sizeof yes}, {CKA_TOKEN, &no, sizeof no}}};
  std::array<CK_ATTRIBUTE, 2> own{{{CKA_SIGN, &yes, sizeof yes}, {CKA_TOKEN, &no, sizeof no}}};
  CK_OBJECT_HANDLE open_half = CK_INVALID_HANDLE, own_half = CK_INVALID_HANDLE;
  const CK_RV rv =
      real.C_GenerateKeyPair(session, &mechanism, open.data(), open.size(), own.data(), own.size(), &open_half, &own_half);
  return rv == CKR_OK ? own_half : CK_INVALID_HANDLE;
}

CK_SESSION_HANDLE open_one(const CK_FUNCTION_LIST& real, CK_SLOT_ID slot, CK_FLAGS flags) {
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  return real.C_OpenSession(slot, flags, nullptr, nullptr, &session) == CKR_OK ? session : CK_INVALID_HANDLE;
}

// reopen opens sessions until one has the handle `wanted`, which must not have passed yet.
bool reopen(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE wanted, const OpenSession& as) {
  while (true) {
    const auto session = open_one(real, as.slot, as.flags);
    if (session == wanted) return true;
    if (session == CK_INVALID_HANDLE) return false;
    real.C_CloseSession(session);
    if (session > wanted) return false;
  }
}

// plant makes secret keys until one has the handle `wanted`.
bool plant(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE wanted) {
  while (true) {
    const auto key = make_secret(real, session, CKK_GENERIC_SECRET);
    if (key == wanted) return true;
    if (key == CK_INVALID_HANDLE) return false;
    real.C_DestroyObject(session, key);
    if (key > wanted) return false;
  }
}

}  // namespace

void Stranger::initialized(const CK_C_INITIALIZE_ARGS* arguments) {
  arguments_ = arguments == nullptr ? std::nullopt : std::optional(*arguments);
}

void Stranger::restart(const CK_FUNCTION_LIST& real, OpenSessions& open, bool with_keys) {
  real.C_Finalize(nullptr);
  real.C_Initialize(arguments_ ? &*arguments_ : nullptr);
  if (open.empty()) return;

  // The first handle is a session's in any case: of a session that was open, or the stranger's own, to which its keys belong.
  constexpr CK_ULONG kFirst = 1;
  const CK_SLOT_ID any_slot = open.begin()->second.slot;
  const auto own = open.contains(kFirst) ? CK_INVALID_HANDLE : open_one(real, any_slot, CKF_SERIAL_SESSION | CKF_RW_SESSION);
  std::set<CK_ULONG> handles;
  for (const auto& [session, as] : open) handles.insert(session);
  if (with_keys) handles.insert(keys_.begin(), keys_.end());
  std::set<CK_OBJECT_HANDLE> planted;
  for (const auto handle : handles) {
    if (const auto session = open.find(handle); session != open.end()) {
      if (!reopen(real, handle, session->second)) open.erase(session);
    } else if (plant(real, own == CK_INVALID_HANDLE ? kFirst : own, handle)) {
      planted.insert(handle);
    }
  }

  std::set<CK_SLOT_ID> slots;
  for (auto& [session, as] : open) {
    if (const auto pin = pins_.find(as.slot); pin != pins_.end() && slots.insert(as.slot).second) {
      real.C_Login(session, CKU_USER, reinterpret_cast<CK_UTF8CHAR*>(pin->second.data()), pin->second.size());
    }
    const bool was_armed = as.signing && as.signing->waits;
    if (as.signing) as.signing->waits = false;
    if (!was_armed || !planted.contains(as.signing->key) || !is_mac(as.signing->mechanism)) continue;
    CK_MECHANISM mechanism{as.signing->mechanism, nullptr, 0};
    as.signing->waits = real.C_SignInit(session, &mechanism, as.signing->key) == CKR_OK;
  }
}

CK_OBJECT_HANDLE make_other_key(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
  CK_OBJECT_CLASS of = CKO_DATA;
  CK_KEY_TYPE type = 0;
  std::array<CK_ATTRIBUTE, 2> kind{{{CKA_CLASS, &of, sizeof of}, {CKA_KEY_TYPE, &type, sizeof type}}};
  if (real.C_GetAttributeValue(session, key, kind.data(), kind.size()) != CKR_OK) return CK_INVALID_HANDLE;
  if (of == CKO_SECRET_KEY) return make_secret(real, session, type);
  std::array<CK_BYTE, 64> bytes{};
  CK_ATTRIBUTE curve{CKA_EC_PARAMS, bytes.data(), bytes.size()};
  if (real.C_GetAttributeValue(session, key, &curve, 1) != CKR_OK) return CK_INVALID_HANDLE;
  return make_pair(real, session, type, curve);
}

}  // namespace fault_token
