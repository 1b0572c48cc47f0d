// What keys people may ask for: names, algorithms, purposes and custody classes that go together.
#pragma once

#include <optional>
#include <string>

#include "custodian/custodian_impl.h"
#include "custos/administration.h"
#include "key/algorithm.h"
#include "key/backend.h"
#include "key/lifecycle.h"

namespace custos {

// NewKey is a key about to be made: a checked KeySpec.
struct NewKey {
  KeyName name;
  key::Algorithm algorithm = key::Algorithm::hmac_sha256;
  std::string purpose;
  key::Usage usage = key::Usage::sign;
  key::Custody custody = key::Custody::device;
  std::optional<KeyName> under{};  // custody sealed: the token key that seals it
};

// check_key_spec refuses what does not go together. `found` is the algorithm of a file that is being imported. Errors: bad_input,
// not_found (no such token), refused (production).
[[nodiscard]] Result<NewKey> check_key_spec(const Custodian::Impl& home, const KeySpec& spec,
                                            std::optional<key::Algorithm> found = {});

// tree_of tells of which algorithm the tree is that a seed is to make: the one that the spec names, else the one that its chain
// uses. Errors: bad_input, when it names one that is no tree.
[[nodiscard]] Result<key::Algorithm> tree_of(const KeySpec& spec);

// check_adoption judges a key that stands in an OpenSSL store; its algorithm is the store's, its custody what custos.toml says.
[[nodiscard]] Result<NewKey> check_adoption(Custodian::Impl& home, const KeySpec& spec);

// check_custody refuses a copy of custody software where production does, and one of which the registry says better than the
// keystore has it: an older keystore was put back. Errors: refused, integrity; those of reading the keystore.
[[nodiscard]] Result<void> check_custody(Custodian::Impl& home, const registry::CopyRow& copy);

// check_software_allowed refuses keys of class software, and fallbacks, in production, unless custos.toml says
// allow_software = true. `what` begins the line: "keys of custody software". Errors: refused.
[[nodiscard]] Result<void> check_software_allowed(const Custodian::Impl& home, std::string_view what);

}  // namespace custos
