#include "hsm/key_making.h"

#include "hsm/bip32.h"
#include "hsm/key_pairs.h"
#include "hsm/secret_keys.h"

namespace custos::hsm {
namespace {

Result<Bytes> public_half(Result<key::PublicKey> made) {
  if (!made) return made.failure();
  return made->spki();
}

Result<Bytes> no_public_half(Result<void> made) {
  if (!made) return made.failure();
  return Bytes();
}

}  // namespace

Result<Bytes> generate_key(const Module& module, CK_SESSION_HANDLE session, const Profile& profile, const key::KeyTemplate& key) {
  if (key::is_tree(key.algorithm)) return public_half(generate_tree(module, session, key));
  switch (key::facts_of(key.algorithm).family) {
    case key::Family::hmac: return no_public_half(generate_hmac_key(module, session, profile, key));
    case key::Family::aes: return no_public_half(generate_aes_key(module, session, key));
    default: return public_half(generate_key_pair(module, session, profile, key));
  }
}

Result<Bytes> import_key(const Module& module, CK_SESSION_HANDLE session, const Profile& profile, const key::KeyTemplate& key,
                         const SecretBytes& material) {
  return key::facts_of(key.algorithm).is_asymmetric() ? public_half(import_key_pair(module, session, profile, key, material))
                                                      : no_public_half(import_hmac_key(module, session, profile, key, material));
}

}  // namespace custos::hsm
