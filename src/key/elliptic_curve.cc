#include "key/elliptic_curve.h"

#include <openssl/obj_mac.h>
#include <sodium.h>

#include <algorithm>
#include <cstdlib>

#include "base/wipe_stack.h"
#include "hash/hash.h"
#include "key/openssl.h"

namespace custos::key {
namespace {

using Order = std::array<std::uint8_t, kScalarSize>;
constexpr Order kP256Order{0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                           0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};
constexpr Order kSecp256k1Order{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
                                0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};

bool write_point(const EC_POINT* point, BN_CTX* numbers, Point& out) noexcept {
  return EC_POINT_point2oct(p256_group(), point, POINT_CONVERSION_UNCOMPRESSED, out.data(), out.size(), numbers) == out.size();
}
bool write_point(const secp256k1_pubkey& key, Point& out) noexcept {
  std::size_t size = out.size();
  return secp256k1_ec_pubkey_serialize(secp256k1_context_static, out.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED) == 1;
}

bool multiply_p256(ByteView scalar, Point& point) noexcept {
  const BigNumberContext numbers(BN_CTX_secure_new_ex(own_library()));
  const BigNumber number = secret_number(scalar);
  const CurvePoint product(EC_POINT_new(p256_group()));
  return numbers != nullptr && number != nullptr && product != nullptr &&
         EC_POINT_mul(p256_group(), product.get(), number.get(), nullptr, nullptr, numbers.get()) == 1 &&
         write_point(product.get(), numbers.get(), point);
}

bool multiply_secp256k1(ByteView scalar, Point& point) noexcept {
  secp256k1_pubkey key;
  return secp256k1_ec_pubkey_create(secp256k1_own_context(), &key, scalar.data()) == 1 && write_point(key, point);
}

secp256k1_context* blinded_context() noexcept {
  secp256k1_context* context = secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
  std::array<std::uint8_t, 32> seed;
  if (sodium_init() < 0) std::abort();
  randombytes_buf(seed.data(), seed.size());
  if (secp256k1_context_randomize(context, seed.data()) != 1) std::abort();
  sodium_memzero(seed.data(), seed.size());
  wipe_stack();
  return context;
}

}  // namespace

bool is_below_order(Algorithm algorithm, ByteView number) noexcept {
  const Order& order = algorithm == Algorithm::ecdsa_p256 ? kP256Order : kSecp256k1Order;
  if (number.size() != order.size()) return false;
  unsigned borrow = 0;  // of number - order
  for (std::size_t i = order.size(); i-- > 0;) borrow = ((number[i] - unsigned{order[i]} - borrow) >> 8U) & 1U;
  return borrow == 1;
}

bool is_scalar(Algorithm algorithm, ByteView scalar) noexcept {
  return is_below_order(algorithm, scalar) && sodium_is_zero(scalar.data(), scalar.size()) == 0;
}

std::optional<Digest32> ecdsa_digest(Scheme scheme, ByteView message) noexcept {
  if (scheme == Scheme::ecdsa_sha256) return hash::sha256(message);
  Digest32 digest;
  if (scheme != Scheme::ecdsa_digest || message.size() != digest.size()) return std::nullopt;
  std::ranges::copy(message, digest.begin());
  return digest;
}

const EC_GROUP* p256_group() noexcept {
  static const EC_GROUP* const group = EC_GROUP_new_by_curve_name_ex(own_library(), nullptr, NID_X9_62_prime256v1);
  return group;
}

const secp256k1_context* secp256k1_own_context() noexcept {
  static const secp256k1_context* const context = blinded_context();
  return context;
}

bool multiply_generator(Algorithm algorithm, ByteView scalar, Point& point) noexcept {
  const ErrorScope errors;
  const bool done = algorithm == Algorithm::ecdsa_p256 ? multiply_p256(scalar, point) : multiply_secp256k1(scalar, point);
  wipe_stack();
  return done;
}

bool read_point(Algorithm algorithm, ByteView bytes, Point& point) noexcept {
  const bool compressed = bytes.size() == 33 && (bytes[0] == 2 || bytes[0] == 3);
  if (!compressed && !(bytes.size() == kPointSize && bytes[0] == 4)) return false;
  if (algorithm != Algorithm::ecdsa_p256) {
    secp256k1_pubkey key;
    return secp256k1_ec_pubkey_parse(secp256k1_context_static, &key, bytes.data(), bytes.size()) == 1 && write_point(key, point);
  }
  const ErrorScope errors;
  const BigNumberContext numbers(BN_CTX_new_ex(own_library()));
  const CurvePoint read(EC_POINT_new(p256_group()));
  return numbers != nullptr && read != nullptr &&
         EC_POINT_oct2point(p256_group(), read.get(), bytes.data(), bytes.size(), numbers.get()) == 1 &&
         write_point(read.get(), numbers.get(), point);
}

}  // namespace custos::key
