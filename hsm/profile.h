// Profile: what Custos knows of a kind of device, as plain facts with their source.
#pragma once

#include <cstddef>
#include <string_view>

#include "custos/result.h"
#include "hsm/module.h"

namespace custos::hsm {

// HmacKeyType is the CKA_KEY_TYPE under which a device takes an HMAC secret.
enum class HmacKeyType : unsigned char { generic_secret, sha_hmac };

// Arming says what sessions are armed on: nothing, the token's key, or a session copy of it, which is cheaper to arm where the
// token keeps token objects in a store (devices.md 1.2).
enum class Arming : unsigned char { off, key, copies };

struct Profile {
  std::string_view name;
  HmacKeyType hmac_import;
  Arming arming;
  std::size_t sessions;         // most sessions that one pool opens, before the token itself says CKR_SESSION_COUNT
  std::size_t threads_at_once;  // most sessions in use at the same moment
  bool keys_in_process;         // the module keeps plaintext keys in our address space
};

// parse_arming reads "off", "key" or "copies". Errors: bad_input.
[[nodiscard]] Result<Arming> parse_arming(std::string_view name);

// choose_profile gives the profile of that name, or, for an empty one, that of the module. Errors: bad_input, naming the
// profiles.
[[nodiscard]] Result<Profile> choose_profile(std::string_view name, const ModuleDescription& module);

}  // namespace custos::hsm
