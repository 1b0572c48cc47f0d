// Behaviours: what a module does, says and refuses at every call, as devices.md tells of real ones.
#pragma once

#include <p11-kit/pkcs11.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bip32.h"

namespace fault_token {

enum class KeyTypes : unsigned char { sha_hmac, generic };
enum class EcParams : unsigned char { printable, oid };

// IdleExpiry ends all sessions after `limit` without a call to the device; `cure` is what it takes to work again.
struct IdleExpiry {
  enum class Cure : unsigned char { reopen, login, finalize };
  std::chrono::milliseconds limit{0};
  unsigned long rv = CKR_SESSION_CLOSED;
  Cure cure = Cure::reopen;
  std::chrono::steady_clock::time_point since;  // when the script was read: idling before does not count
};

// AttributeAnswer is what C_GetAttributeValue answers of an attribute that the object has.
struct AttributeAnswer {
  unsigned long type = 0;
  std::optional<unsigned long> value;  // absent: the octets within the DER OCTET STRING
};

struct Behaviours {
  std::optional<std::uint64_t> session_cap, message_limit, threads, pin_tries, slot_offset, most_sessions;
  std::optional<Bip32Vendor> bip32;
  std::optional<IdleExpiry> idle_expiry;
  std::optional<KeyTypes> key_types;
  std::optional<EcParams> ec_params;
  std::optional<std::string> module_manufacturer, module_library, token_manufacturer, token_model;
  std::vector<AttributeAnswer> attributes;
  std::vector<unsigned long> unreadable;  // attributes of secret keys
  unsigned long set_token_flags = 0, clear_token_flags = 0;
  bool wrong_generic_mac = false;
  bool token_objects_only = false;
  bool rw_sessions_only = false;
  bool no_callbacks = false;
  bool wraps_unextractable = false;
};

using Attributes = std::span<const CK_ATTRIBUTE>;
using Refusal = std::optional<CK_RV>;

// refuse_object judges the template of an object that is to be made. `mechanism` generates it, where one does.
[[nodiscard]] Refusal refuse_object(const Behaviours& behaviours, const CK_MECHANISM* mechanism, Attributes wanted);
[[nodiscard]] Refusal refuse_session(const Behaviours& behaviours, CK_FLAGS flags, bool has_callback);
[[nodiscard]] Refusal refuse_reading(const Behaviours& behaviours, const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session,
                                     CK_OBJECT_HANDLE object, Attributes wanted);

// signs_wrong tells of a key whose MACs come out wrong (devices.md 2, YubiHSM: SHA-384 and SHA-512 by GENERIC_SECRET).
[[nodiscard]] bool signs_wrong(const Behaviours& behaviours, const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session,
                               const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key);

void tell(const Behaviours& behaviours, CK_INFO& info);
void tell(const Behaviours& behaviours, CK_TOKEN_INFO& info);
void tell(const Behaviours& behaviours, std::span<CK_ATTRIBUTE> attributes);

// wrap answers bytes for a key that the real module keeps.
[[nodiscard]] CK_RV wrap(CK_BYTE* wrapped, CK_ULONG* size);

}  // namespace fault_token
