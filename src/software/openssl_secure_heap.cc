#include "software/openssl_secure_heap.h"

#include <openssl/crypto.h>

#include "base/log.h"

namespace custos::software {
namespace {

// An Ed25519 key takes 64 bytes of it, an RSA-4096 signature 8 KiB while it is made.
constexpr std::size_t kSize = std::size_t{1} << 20U;
constexpr std::size_t kLeastBlock = 32;

bool make_secure_heap() {
  if (CRYPTO_secure_malloc_initialized() == 1) return true;
  const int made = CRYPTO_secure_malloc_init(kSize, kLeastBlock);
  if (made == 2) {  // made, but not locked
    log::warning(
        "the system refused to lock OpenSSL's secure heap of 1 MiB, so private keys may be written to swap: raise the limit "
        "(ulimit -l, or LimitMEMLOCK= in a systemd unit) or turn swap off");
  }
  return made != 0;
}

}  // namespace

Result<void> ensure_secure_heap() {
  static const bool made = make_secure_heap();
  if (made) return {};
  return fail(Errc::system, Origin::crypto, "OpenSSL cannot make its secure heap of 1 MiB: raise ulimit -v");
}

}  // namespace custos::software
