// The two curves of ECDSA: P-256 (FIPS 186-5, SP 800-186) through OpenSSL, secp256k1 (SEC 2) through libsecp256k1.
#pragma once

#include <openssl/ec.h>
#include <secp256k1.h>

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "key/algorithm.h"

namespace custos::key {

inline constexpr std::size_t kScalarSize = 32;
inline constexpr std::size_t kPointSize = 65;  // 0x04 ‖ x ‖ y (SEC 1, 2.3.3)
using Point = std::array<std::uint8_t, kPointSize>;

// is_below_order tells whether 32 big-endian bytes are less than n, the order of the algorithm's curve; is_scalar, whether they
// are in [1, n - 1]. Both in constant time.
[[nodiscard]] bool is_below_order(Algorithm algorithm, ByteView number) noexcept;
[[nodiscard]] bool is_scalar(Algorithm algorithm, ByteView scalar) noexcept;

// ecdsa_digest gives what an ECDSA scheme signs of a message; absent when the scheme or the message's size is wrong.
[[nodiscard]] std::optional<Digest32> ecdsa_digest(Scheme scheme, ByteView message) noexcept;

// p256_group is the curve for OpenSSL's calls; secp256k1_own_context can sign, and was blinded once with random bytes. Both are
// never freed and safe from many threads.
[[nodiscard]] const EC_GROUP* p256_group() noexcept;
[[nodiscard]] const secp256k1_context* secp256k1_own_context() noexcept;

// multiply_generator gives the point of a scalar; false when there is no memory.
[[nodiscard]] bool multiply_generator(Algorithm algorithm, ByteView scalar, Point& point) noexcept;

// read_point takes a compressed or uncompressed point; false when it is not on the curve.
[[nodiscard]] bool read_point(Algorithm algorithm, ByteView bytes, Point& point) noexcept;

}  // namespace custos::key
