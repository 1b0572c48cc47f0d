// The key that seals a home's registry: making it, and opening it with the mirror beside it.
#pragma once

#include <memory>
#include <string>

#include "custodian/custodian_impl.h"
#include "custodian/key_store.h"
#include "custodian/registry_seal.h"
#include "custos/result.h"

namespace custos {

// make_seal_key makes a seal key with `maker` in the backend that custos.toml names for the registry; it is not yet recorded.
// `version` is the least that the registry can still record. Errors: refused (production, without a token), device_gone,
// authentication.
[[nodiscard]] Result<KeyMaker::MadeKey> make_seal_key(Custodian::Impl& home, KeyMaker& maker, std::uint32_t version);

// check_seal_key refuses a seal key of the keystore that is sealed itself: whoever knows the public half of an RSA key can make
// such an entry, and nothing but this key proves the registry. Errors: integrity; those of reading the keystore.
[[nodiscard]] Result<void> check_seal_key(Custodian::Impl& home, const key::KeyId& id);

// OpenSeal is what a registry is attached to.
struct OpenSeal {
  std::unique_ptr<RegistrySeal> seal;
  std::unique_ptr<TokenMirror> mirror;  // absent where the backend keeps no data objects
};

// open_seal_key finds the seal key of that id in its backend. Errors: not_found; device_gone, authentication.
[[nodiscard]] Result<OpenSeal> open_seal_key(Custodian::Impl& home, const std::string& key_id, const std::string& home_id);

}  // namespace custos
