// StoreKey: the private key that an OpenSSL store handed out, and its public half.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "custos/result.h"
#include "custos/secret.h"
#include "key/openssl.h"
#include "key/public_key.h"
#include "software/openssl_context.h"

namespace custos::software {

// StoreKey is immutable. Where it keeps the private part is its provider's choice: a device, or OpenSSL's memory.
struct StoreKey {
  std::shared_ptr<const OpenSslContext> context;  // outlives the key
  key::EvpKey key;
  key::PublicKey public_key;
};

// load_store_key loads the one private key that stands behind the URI. `name` is for messages. Errors: bad_input (no private key
// there, or several; an algorithm that Custos has not), not_found (no such file), authentication (wrong passphrase), and those of
// `pin`, which is asked when the store wants a PIN or passphrase.
[[nodiscard]] Result<StoreKey> load_store_key(std::shared_ptr<const OpenSslContext> context, const std::string& name,
                                              const std::string& uri, const std::function<Result<SecretBytes>()>& pin);

}  // namespace custos::software
