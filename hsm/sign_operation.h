// C_SignInit and C_Sign, and what C_Sign reads in each scheme.
#pragma once

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"
#include "key/algorithm.h"

namespace custos::hsm {

// SignInput is what C_Sign reads of a message in a scheme: the message, its SHA-256, or that in a DigestInfo. Tokens are not
// asked to hash: CKM_ECDSA and CKM_RSA_PKCS are in all of them, CKM_ECDSA_SHA256 and CKM_SHA256_RSA_PKCS are not (devices.md 2).
// Allocates nothing. Not copied: it may point into itself.
class SignInput {
 public:
  SignInput(key::Scheme scheme, ByteView message) noexcept : view_(message) {
    if (scheme == key::Scheme::ecdsa_sha256) view_ = std::span(bytes_).last(put_digest(message));
    if (scheme == key::Scheme::rsa_pkcs1_sha256) {
      std::copy(kDigestInfo.begin(), kDigestInfo.end(), bytes_.begin());
      put_digest(message);
      view_ = bytes_;
    }
    fits_ = scheme != key::Scheme::ecdsa_digest || message.size() == crypto_hash_sha256_BYTES;
  }
  SignInput(const SignInput&) = delete;
  SignInput& operator=(const SignInput&) = delete;

  [[nodiscard]] ByteView view() const noexcept { return view_; }
  // fits is false for a digest that has not 32 bytes.
  [[nodiscard]] bool fits() const noexcept { return fits_; }

 private:
  // DigestInfo of a SHA-256, up to the digest (RFC 8017, 9.2, note 1).
  static constexpr std::array<std::uint8_t, 19> kDigestInfo{0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                                            0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};

  std::size_t put_digest(ByteView message) noexcept {
    crypto_hash_sha256(bytes_.data() + kDigestInfo.size(), message.data(), message.size());
    return crypto_hash_sha256_BYTES;
  }

  std::array<std::uint8_t, kDigestInfo.size() + crypto_hash_sha256_BYTES> bytes_;
  ByteView view_;
  bool fits_ = true;
};

[[nodiscard]] inline CK_RV begin_sign(const Module& module, CK_SESSION_HANDLE session, CK_MECHANISM_TYPE type,
                                      CK_OBJECT_HANDLE key) noexcept {
  CK_MECHANISM mechanism{type, nullptr, 0};
  return module.functions().C_SignInit(session, &mechanism, key);
}

// end_sign writes a signature of exactly out.size() bytes (at most key::kMaxSignature); CKR_SIGNATURE_LEN_RANGE for any other.
[[nodiscard]] inline CK_RV end_sign(const Module& module, CK_SESSION_HANDLE session, ByteView input,
                                    std::span<std::uint8_t> out) noexcept {
  // Not const in PKCS#11, and never null, which modules refuse even for no bytes (seen: SoftHSM2).
  static constexpr CK_BYTE kNothing = 0;
  auto* bytes = const_cast<CK_BYTE*>(input.empty() ? &kNothing : input.data());
  std::array<std::uint8_t, key::kMaxSignature> signature;  // full size, whatever the mechanism: devices.md 1.7
  CK_ULONG size = signature.size();
  const CK_RV rv = module.functions().C_Sign(session, bytes, input.size(), signature.data(), &size);
  if (rv != CKR_OK) return rv;
  if (size != out.size()) return CKR_SIGNATURE_LEN_RANGE;
  std::copy_n(signature.begin(), size, out.begin());
  return CKR_OK;
}

}  // namespace custos::hsm
