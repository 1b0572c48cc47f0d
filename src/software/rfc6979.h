// Rfc6979: the nonces of deterministic ECDSA with SHA-256 on a curve of 256 bits.
#pragma once

#define OPENSSL_SUPPRESS_DEPRECATED  // OpenSSL's plain SHA-256, in contexts of ours, as in hash/hmac_key.cc
#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "base/bytes.h"

namespace custos::software {

// Rfc6979 is the generator of RFC 6979, section 3.2. Its state is as secret as the key, and is wiped at the end; what hashing
// leaves on the stack is the caller's to wipe. Allocates nothing.
class Rfc6979 {
 public:
  using Block = std::array<std::uint8_t, 32>;

  // The scalar is the private key; the digest is reduced modulo the curve's order (bits2octets).
  Rfc6979(std::span<const std::uint8_t, 32> scalar, std::span<const std::uint8_t, 32> reduced_digest) noexcept;
  ~Rfc6979();
  Rfc6979(const Rfc6979&) = delete;
  Rfc6979& operator=(const Rfc6979&) = delete;

  // next gives the next candidate. It may be 0, or not below the order: then ask again.
  [[nodiscard]] const Block& next() noexcept;

 private:
  using Parts = std::initializer_list<ByteView>;
  void set_key(const Block& key) noexcept;
  void mac(Parts parts, Block& out) noexcept;
  void rekey(Parts parts) noexcept;

  SHA256_CTX inner_, outer_, work_;  // the first two after the padded keys of HMAC (RFC 2104, section 2)
  std::array<std::uint8_t, SHA256_CBLOCK> pad_;
  Block key_, value_;  // K and V
  bool used_ = false;
};

}  // namespace custos::software
