// StoreBackend: one private key behind an OpenSSL STORE URI, as a key::Backend: a file, or a device through a vendor's provider.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "custos/result.h"
#include "custos/secret.h"
#include "key/backend.h"
#include "key/public_key.h"
#include "software/openssl_context.h"

namespace custos::software {

// StoreConfig is a [token.NAME] table of kind "openssl-store".
struct StoreConfig {
  std::string name;
  std::string uri;  // "file:/etc/custos/key.pem", "pkcs11:token=hsm;object=signer"
  ProviderSettings provider;
};

// StorePin fetches the PIN or passphrase when the store asks for one.
using StorePin = std::function<Result<SecretBytes>()>;

// StoreBackend signs with the key that stands there; it makes, imports and destroys none (bad_input). Thread-safe.
class StoreBackend : public key::Backend {
 public:
  // open loads the key, in a library context of its own. Errors: bad_input (provider, URI; no private key there, or several; an
  // algorithm that Custos has not), not_found, authentication.
  [[nodiscard]] static Result<std::shared_ptr<StoreBackend>> open(StoreConfig config, StorePin pin);

  // standing_key is the public half of the one key there; prepare answers it under any id.
  [[nodiscard]] virtual const key::PublicKey& standing_key() const noexcept = 0;
};

}  // namespace custos::software
