#include "software/p256_engine.h"

#include "base/wipe_stack.h"
#include "encode/ecdsa_signature.h"
#include "key/elliptic_curve.h"
#include "key/openssl.h"
#include "software/p256_scalar.h"
#include "software/rfc6979.h"

namespace custos::software {
namespace {

using Signature = std::span<std::uint8_t, encode::kEcdsaSize>;
using Scalar = std::span<const std::uint8_t, key::kScalarSize>;

// nonce_point writes the x-coordinate of k·G.
bool nonce_point(Scalar nonce, OSSL_LIB_CTX* library, std::span<std::uint8_t, key::kScalarSize> x) noexcept {
  const EC_GROUP* group = key::p256_group();
  const key::BigNumberContext numbers(BN_CTX_secure_new_ex(library));
  const key::BigNumber k = key::secret_number(nonce);
  const key::BigNumber coordinate(BN_secure_new());
  const key::CurvePoint point(EC_POINT_new(group));
  return numbers != nullptr && k != nullptr && coordinate != nullptr && point != nullptr &&
         EC_POINT_mul(group, point.get(), k.get(), nullptr, nullptr, numbers.get()) == 1 &&
         EC_POINT_get_affine_coordinates(group, point.get(), coordinate.get(), nullptr, numbers.get()) == 1 &&
         BN_bn2binpad(coordinate.get(), x.data(), static_cast<int>(x.size())) == static_cast<int>(x.size());
}

// sign_digest makes (r, s) from private key d and digest z, with k from RFC 6979 (FIPS 186-5, section 6.4.1):
//   r = x(k·G) mod n,   s = k^-1 · (z + r·d) mod n;   if one of them is 0, with the next k.
[[gnu::noinline]] bool sign_digest(const Digest32& digest, Scalar private_key, OSSL_LIB_CTX* library, Signature out) noexcept {
  const key::ErrorScope errors;
  const auto z = P256Scalar::from_bytes(digest);
  P256Scalar::Bytes bytes;
  z.write(bytes);
  Rfc6979 nonces(private_key, bytes);
  for (;;) {
    const auto& nonce = nonces.next();
    if (!key::is_scalar(key::Algorithm::ecdsa_p256, nonce)) continue;
    if (!nonce_point(nonce, library, bytes)) return false;
    const auto r = P256Scalar::from_bytes(bytes);
    const auto s = P256Scalar::from_bytes(nonce).inverse() * (z + r * P256Scalar::from_bytes(private_key));
    if (r.is_zero() || s.is_zero()) continue;
    r.write(out.first<key::kScalarSize>());
    s.write(out.last<key::kScalarSize>());
    return true;
  }
}

}  // namespace

SignStatus P256Engine::sign(ByteView message, std::span<std::uint8_t> out, RecoveryId&) const noexcept {
  constexpr SignStatus kFailed{Errc::internal, Origin::crypto, 0};
  if (out.size() != encode::kEcdsaSize) return kFailed;
  const auto digest = key::ecdsa_digest(scheme_, message);
  if (!digest) return kFailed;
  const bool done = sign_digest(*digest, scalar_.view(InsecureSecretAccess{}).first<key::kScalarSize>(), context_->get(),
                                out.first<encode::kEcdsaSize>());
  wipe_stack();
  return done ? SignStatus{} : kFailed;
}

}  // namespace custos::software
