// The object identifiers that key files use, as DER has them, and their names.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace custos::key::oid {

inline constexpr std::array<std::uint8_t, 9> kRsa{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01};  // RFC 8017, A.1
inline constexpr std::array<std::uint8_t, 7> kEc{0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01};               // RFC 5480, 2.1.1
inline constexpr std::array<std::uint8_t, 3> kEd25519{0x2B, 0x65, 0x70};                                  // RFC 8410, 3
inline constexpr std::array<std::uint8_t, 8> kP256{0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};       // RFC 5480, 2.1.1.1
inline constexpr std::array<std::uint8_t, 5> kSecp256k1{0x2B, 0x81, 0x04, 0x00, 0x0A};                    // SEC 2, A.2.1

inline constexpr std::array<std::uint8_t, 9> kPbes2{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0D};   // RFC 8018, A.4
inline constexpr std::array<std::uint8_t, 9> kPbkdf2{0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x05, 0x0C};  // RFC 8018, A.2
inline constexpr std::array<std::uint8_t, 9> kScrypt{0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x04, 0x0B};  // RFC 7914, 7

// is tells whether `oid` is `known`.
[[nodiscard]] bool is(ByteView oid, ByteView known) noexcept;

// name gives the name that OpenSSL knows, else the numbers: "secp384r1", "1.2.3.4".
[[nodiscard]] std::string name(ByteView oid);

// curve_name is name, but NIST's where there is one: "P-384".
[[nodiscard]] std::string curve_name(ByteView oid);

}  // namespace custos::key::oid
