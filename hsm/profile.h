// Profile: what Custos knows of a kind of device, as plain facts with their source.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string_view>

#include "custos/result.h"
#include "hsm/ck_rv.h"

namespace custos::hsm {

struct ModuleDescription;

// HmacKeyType is the CKA_KEY_TYPE under which a device takes an HMAC secret.
enum class HmacKeyType : unsigned char { generic_secret, sha_hmac };

// Arming says what sessions are armed on: nothing, the token's key, or a session copy of it, which is cheaper to arm where the
// token keeps token objects in a store (devices.md 1.2). Armed sessions are used without the pool, which is the gate of devices
// that bear few threads at once: these have arming off.
enum class Arming : unsigned char { off, key, copies };

// Deadlines says how a call of the module ends in time: it is not begun late, and takes as long as it takes; or it is made in a
// thread of its own and abandoned (devices.md 1.13).
enum class Deadlines : unsigned char { on_time_only, threaded };

// KeepAlive says by what harmless command sessions are kept from idling out: C_GenerateRandom of 8 bytes, or C_FindObjects of
// nothing.
enum class KeepAlive : unsigned char { none, random, search };

// Restart says when C_Finalize and C_Initialize help a device that is lost: never, when new sessions and a new login did not, or
// only they do.
enum class Restart : unsigned char { never, last, first };

// PinForm is how a PIN must look, so that a malformed one costs no try (devices.md 5).
enum class PinForm : unsigned char { plain, user_colon_password, key_id_password };

inline constexpr int kKeepAlivesInIdleLimit = 3;

// kUnknownDevice names the profile of a module that is none of the known ones.
inline constexpr std::string_view kUnknownDevice = "generic";

struct Profile {
  std::string_view name;
  HmacKeyType hmac_import = HmacKeyType::generic_secret;
  bool takes_hmac_keys = true;  // C_CreateObject takes secrets that make MACs
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
  bool swaps_public_uses = false;       // the public half of a key that signs is CKA_ENCRYPT, of one that opens CKA_VERIFY
  bool rsa_signs = true;                // CKM_RSA_PKCS signs with a key that may only sign
  bool restores_ed25519 = true;         // the device's own backup of an Ed25519 key can be restored elsewhere

  Deadlines deadlines = Deadlines::on_time_only;
  std::chrono::milliseconds operation_timeout{10'000};  // of a threaded call without a deadline
  std::chrono::seconds idle_limit{0};                   // sessions idle out after it; 0: they do not
  KeepAlive keep_alive = KeepAlive::none;               // kKeepAlivesInIdleLimit times in idle_limit
  Restart restart = Restart::last;
  std::span<const CkRv> retryable{};        // throttled, or one operation lost: another session may try again at once
  std::span<const CkRv> connection_lost{};  // what this device says besides the standard's values when its connection is gone
  PinForm pin = PinForm::plain;
  std::size_t most_message = 0;         // bytes that C_Sign takes; 0: no limit known
  bool private_copy = true;             // a private copy of the library has a state of its own
  bool environment_at_load = false;     // the library reads its variables when it is loaded, and never again
  bool raises_sigpipe = false;          // a lost connection ends the process unless the signal is blocked (devices.md 1.16)
  bool audit_log = false;               // CKR_DEVICE_MEMORY of an operation: the device's own log is full
  bool hmac_384_512_by_generic = true;  // a GENERIC_SECRET of 48 or 64 bytes makes right MACs (devices.md 2)
  bool spreads = false;                 // copies of a key in several such devices sign more per second than one
  bool children_may_use = true;         // a child that opens the module anew does its parent no harm (devices.md 1.15)
  bool verify_always = false;           // each MAC is made on two sessions: not the device's, but custos.toml's wish
  std::string_view remedy_gone{};       // what to do when the device is away, for the doctor

  // modifiable_keys tells with which CKA_MODIFIABLE an HMAC key is made: false, unless it could not be armed as is wished.
  [[nodiscard]] bool modifiable_keys() const noexcept { return arming == Arming::copies && copies_want_modifiable; }
};

[[nodiscard]] std::string_view to_string(Arming arming) noexcept;
// parse_arming reads "off", "key" or "copies". Errors: bad_input.
[[nodiscard]] Result<Arming> parse_arming(std::string_view name);

// to_string says "inline" for on_time_only; parse_deadlines reads "inline" or "threaded". Errors: bad_input.
[[nodiscard]] std::string_view to_string(Deadlines deadlines) noexcept;
[[nodiscard]] Result<Deadlines> parse_deadlines(std::string_view name);

// choose_profile gives the profile of that name, or, for an empty one, that of the module (hsm/profiles.h). Errors: bad_input,
// naming the profiles.
[[nodiscard]] Result<Profile> choose_profile(std::string_view name, const ModuleDescription& module);

}  // namespace custos::hsm
