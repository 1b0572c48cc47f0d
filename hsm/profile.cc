#include "hsm/profile.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <string>

namespace custos::hsm {
namespace {

// SoftHSM2: GENERIC_SECRET keys of at least the digest's length, more than 20,000 sessions, threads on own sessions
// (devices.md 2); an in-process module. Session copies halve the cost of
// arming (devices.md 1.2). 1,024 sessions arm 60 keys sixteen deep.
constexpr Profile kSoftHsm2{"softhsm2", HmacKeyType::generic_secret, Arming::copies, 1024, 1024, true};

// An unknown module: GENERIC_SECRET, which all but the YubiHSM take; 16 sessions, the fewest of any device known (devices.md
// 1.10); one thread at a time, because some modules crash otherwise (devices.md 2, tpm2-pkcs11).
constexpr Profile kGeneric{"generic", HmacKeyType::generic_secret, Arming::key, 15, 1, false};

constexpr std::array kProfiles{kSoftHsm2, kGeneric};

}  // namespace

Result<Arming> parse_arming(std::string_view name) {
  if (name == "off") return Arming::off;
  if (name == "key") return Arming::key;
  if (name == "copies") return Arming::copies;
  return fail(Errc::bad_input, Origin::token, fmt::format("there is no arming \"{}\": choose one of off, key, copies", name));
}

Result<Profile> choose_profile(std::string_view name, const ModuleDescription& module) {
  if (name.empty()) return module.manufacturer == "SoftHSM" ? kSoftHsm2 : kGeneric;
  std::string known;
  for (const Profile& profile : kProfiles) {
    if (profile.name == name) return profile;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", profile.name);
  }
  return fail(Errc::bad_input, Origin::token, fmt::format("there is no device profile \"{}\": choose one of {}", name, known));
}

}  // namespace custos::hsm
