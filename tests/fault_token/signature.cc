#include "signature.h"

#include <algorithm>
#include <array>
#include <span>

namespace fault_token {
namespace {

using Number = std::array<CK_BYTE, 32>;  // big endian

// The orders of the curves' groups (SEC 2, 2.4.1 and 2.4.2) and the curves' OIDs (SEC 2, A.2.1; RFC 5480, 2.1.1.1).
constexpr Number kOrderOfSecp256k1{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                   0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xBA, 0xAE, 0xDC, 0xE6, 0xAF, 0x48,
                                   0xA0, 0x3B, 0xBF, 0xD2, 0x5E, 0x8C, 0xD0, 0x36, 0x41, 0x41};
constexpr Number kOrderOfP256{0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                              0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51};
constexpr std::array<CK_BYTE, 7> kSecp256k1{0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x0A};
constexpr std::array<CK_BYTE, 10> kP256{0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};

const Number* order_of(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
  std::array<CK_BYTE, 64> curve{};
  CK_ATTRIBUTE attribute{CKA_EC_PARAMS, curve.data(), curve.size()};
  if (real.C_GetAttributeValue(session, key, &attribute, 1) != CKR_OK) return nullptr;
  const std::span told(curve.data(), attribute.ulValueLen);
  if (std::ranges::equal(told, kSecp256k1)) return &kOrderOfSecp256k1;
  return std::ranges::equal(told, kP256) ? &kOrderOfP256 : nullptr;
}

Number difference(const Number& from, std::span<const CK_BYTE, 32> less) {
  Number result{};
  int borrow = 0;
  for (std::size_t i = result.size(); i-- > 0;) {
    const int digit = from[i] - less[i] - borrow;
    borrow = digit < 0 ? 1 : 0;
    result[i] = static_cast<CK_BYTE>(digit);
  }
  return result;
}

// raise_s replaces s by the order less s where that is the greater.
void raise_s(const Number& order, std::span<CK_BYTE, 32> s) {
  const Number other = difference(order, s);
  if (std::ranges::lexicographical_compare(s, other)) std::ranges::copy(other, s.begin());
}

}  // namespace

void change(const SignatureRule& rule, const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key,
            CK_BYTE* signature, CK_ULONG& size) {
  constexpr CK_ULONG kEcdsaSize = 64;
  switch (rule.change) {
    case SignatureRule::Change::flip:
      if (size > 0) signature[size - 1] ^= 1U;
      break;
    case SignatureRule::Change::truncate: size -= std::min<CK_ULONG>(size, rule.bytes); break;
    case SignatureRule::Change::extend:
      std::fill_n(signature + size, rule.bytes, CK_BYTE{0xEE});
      size += rule.bytes;
      break;
    case SignatureRule::Change::high_s:
      if (const auto* order = order_of(real, session, key); order != nullptr && size == kEcdsaSize) {
        raise_s(*order, std::span<CK_BYTE, 32>(signature + 32, 32));
      }
      break;
  }
}

}  // namespace fault_token
