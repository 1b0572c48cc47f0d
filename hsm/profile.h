// Profile: what Custos knows of a kind of device, as plain facts with their source.
#pragma once

#include <cstddef>
#include <string_view>

#include "custos/result.h"

namespace custos::hsm {

struct ModuleDescription;

// HmacKeyType is the CKA_KEY_TYPE under which a device takes an HMAC secret.
enum class HmacKeyType : unsigned char { generic_secret, sha_hmac };

// Arming says what sessions are armed on: nothing, the token's key, or a session copy of it, which is cheaper to arm where the
// token keeps token objects in a store (devices.md 1.2). Armed sessions are used without the pool, which is the gate of devices
// that bear few threads at once: these have arming off.
enum class Arming : unsigned char { off, key, copies };

struct Profile {
  std::string_view name;
  HmacKeyType hmac_import = HmacKeyType::generic_secret;
  Arming arming = Arming::key;
  std::size_t sessions = 0;             // most sessions that one pool opens, before the token itself says CKR_SESSION_COUNT
  std::size_t threads_at_once = 0;      // most sessions in use at the same moment
  bool keys_in_process = false;         // the module keeps plaintext keys in our address space
  bool copies_want_modifiable = false;  // the token copies into a session only keys that are CKA_MODIFIABLE
  bool keeps_unextractable = true;      // C_WrapKey refuses keys that are not CKA_EXTRACTABLE, as far as is known
  bool data_objects = true;             // the token keeps private CKO_DATA objects
  bool shallow_sign = false;            // C_Sign of an HMAC takes less than 3 KiB of stack
  bool finalize = true;                 // C_Finalize of one instance harms no other of the process
  bool secp256k1 = true;                // CKM_ECDSA knows the curve, which no list of mechanisms tells
  bool edwards_by_name = false;         // CKA_EC_PARAMS of Ed25519 is the curve's name instead of its object identifier
  bool restores_ed25519 = true;         // the device's own backup of an Ed25519 key can be restored elsewhere

  // modifiable_keys tells with which CKA_MODIFIABLE an HMAC key is made: false, unless it could not be armed as is wished.
  [[nodiscard]] bool modifiable_keys() const noexcept { return arming == Arming::copies && copies_want_modifiable; }
};

[[nodiscard]] std::string_view to_string(Arming arming) noexcept;
// parse_arming reads "off", "key" or "copies". Errors: bad_input.
[[nodiscard]] Result<Arming> parse_arming(std::string_view name);

// choose_profile gives the profile of that name, or, for an empty one, that of the module. Errors: bad_input, naming the
// profiles.
[[nodiscard]] Result<Profile> choose_profile(std::string_view name, const ModuleDescription& module);

}  // namespace custos::hsm
