// The Sealer seam: encrypts data at rest under a key that never leaves its backend.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/bytes.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "key/algorithm.h"
#include "key/key_id.h"

namespace custos::key {

// Sealer encrypts and authenticates. `context` is authenticated, not encrypted: opening needs the same bytes. Thread-safe.
class Sealer {
 public:
  Sealer() = default;
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;
  virtual ~Sealer() = default;

  // seal answers a self-contained box. Errors: device_gone, authentication, busy.
  virtual Result<Bytes> seal(const SecretBytes& plaintext, ByteView context) = 0;
  // open answers what was sealed. Errors: integrity when box or context were changed; device_gone, authentication, busy.
  virtual Result<SecretBytes> open(ByteView box, ByteView context) = 0;
};

// SealReference names the token key that sealed something: the token's name in custos.toml, and the key there, of purpose "seal".
struct SealReference {
  std::string token;
  KeyId key;
  Algorithm algorithm = Algorithm::aes_256;  // or an RSA one
  friend bool operator==(const SealReference&, const SealReference&) = default;
};

// SealerSource opens the Sealer of a reference. Errors: not_found, and those of opening a token.
using SealerSource = std::function<Result<std::shared_ptr<Sealer>>(const SealReference& under)>;

}  // namespace custos::key
