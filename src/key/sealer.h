// The Sealer seam: encrypts data at rest under a key that never leaves its backend.
#pragma once

#include "base/bytes.h"
#include "custos/result.h"
#include "custos/secret.h"

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

}  // namespace custos::key
