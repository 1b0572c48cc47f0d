#include "hsm/profile.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <string>

#include "hsm/module.h"

namespace custos::hsm {
namespace {

// SoftHSM2: GENERIC_SECRET keys of at least the digest's length, more than 20,000 sessions, threads on own sessions
// (devices.md 2); an in-process module, whose C_Sign takes 2.8 KiB of stack at
// most (seen, SHA-512 on AVX2). Session copies halve the cost of arming (devices.md 1.2); C_CopyObject refuses keys that are not
// modifiable (CKR_ATTRIBUTE_READ_ONLY, seen with 2.6.1). 1,024 sessions arm 60 keys sixteen deep.
constexpr Profile kSoftHsm2{.name = "softhsm2",
                            .arming = Arming::copies,
                            .sessions = 1024,
                            .threads_at_once = 1024,
                            .keys_in_process = true,
                            .copies_want_modifiable = true,
                            .shallow_sign = true};

// NSS's softoken (C_Sign: 1.2 KiB of stack, seen): any HMAC key as GENERIC_SECRET, more than 20,000 sessions, threads on own
// sessions (devices.md 2); an in-process module. A session copy arms 200 times cheaper than the token's key, which is decrypted
// with its own KDF each time (1.2, 3). It wraps keys marked non-extractable (1.18) and refuses private data objects
// (CKR_ATTRIBUTE_VALUE_INVALID, seen). All copies of the library share one libfreeblpriv3.so, whose random generator each
// C_Finalize ends for the others, the host's own NSS too: they then make no keys and write no objects (seen, 3.87). It knows no
// secp256k1 (2; C_CreateObject and C_GenerateKeyPair answer CKR_DOMAIN_PARAMS_INVALID, seen).
constexpr Profile kNss{.name = "nss",
                       .arming = Arming::copies,
                       .sessions = 1024,
                       .threads_at_once = 1024,
                       .keys_in_process = true,
                       .keeps_unextractable = false,
                       .data_objects = false,
                       .shallow_sign = true,
                       .finalize = false,
                       .secp256k1 = false};

// YubiHSM 2 (all read): HMAC keys as SHAxxx_HMAC only, Ed25519 by the curve's name (devices.md 2); 16 sessions, of which all
// PKCS#11 sessions of a slot share one (1.10, 2), so that one thread works at a time and nothing is armed; no data objects. Its
// backup of an Ed25519 key holds the expanded key, from which no other device can make the key (5).
constexpr Profile kYubiHsm2{.name = "yubihsm2",
                            .hmac_import = HmacKeyType::sha_hmac,
                            .arming = Arming::off,
                            .sessions = 15,
                            .threads_at_once = 1,
                            .data_objects = false,
                            .edwards_by_name = true,
                            .restores_ed25519 = false};

// An unknown module: GENERIC_SECRET, which all but the YubiHSM take; 16 sessions, the fewest of any device known (devices.md
// 1.10); one thread at a time, because some modules crash otherwise (devices.md 2, tpm2-pkcs11), and so nothing armed.
constexpr Profile kGeneric{.name = "generic", .arming = Arming::off, .sessions = 15, .threads_at_once = 1};

constexpr std::array<std::string_view, 3> kArmings{"off", "key", "copies"};  // by Arming

constexpr std::array kProfiles{kSoftHsm2, kNss, kYubiHsm2, kGeneric};

}  // namespace

std::string_view to_string(Arming arming) noexcept { return kArmings[static_cast<std::size_t>(arming)]; }

Result<Arming> parse_arming(std::string_view name) {
  for (const Arming arming : {Arming::off, Arming::key, Arming::copies}) {
    if (name == to_string(arming)) return arming;
  }
  return fail(Errc::bad_input, Origin::token, fmt::format("there is no arming \"{}\": choose one of off, key, copies", name));
}

Result<Profile> choose_profile(std::string_view name, const ModuleDescription& module) {
  if (name.empty()) {
    if (module.manufacturer == "SoftHSM") return kSoftHsm2;
    if (module.manufacturer == "Mozilla Foundation") return kNss;
    return module.manufacturer == "Yubico (www.yubico.com)" ? kYubiHsm2 : kGeneric;
  }
  std::string known;
  for (const Profile& profile : kProfiles) {
    if (profile.name == name) return profile;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", profile.name);
  }
  return fail(Errc::bad_input, Origin::token, fmt::format("there is no device profile \"{}\": choose one of {}", name, known));
}

}  // namespace custos::hsm
