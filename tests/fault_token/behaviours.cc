#include "behaviours.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace fault_token {
namespace {

constexpr CK_MECHANISM_TYPE kEdwardsKeyPairGen = 0x1055;  // CKM_EC_EDWARDS_KEY_PAIR_GEN, PKCS#11 3.0
constexpr CK_KEY_TYPE kEdwards = 0x40;                    // CKK_EC_EDWARDS, PKCS#11 3.0
constexpr CK_BYTE kOidTag = 0x06, kPrintableTag = 0x13, kOctetsTag = 0x04;
constexpr std::array<CK_KEY_TYPE, 4> kShaHmacTypes{CKK_SHA_1_HMAC, CKK_SHA256_HMAC, CKK_SHA384_HMAC, CKK_SHA512_HMAC};

const CK_ATTRIBUTE* find(Attributes attributes, CK_ATTRIBUTE_TYPE type) {
  const auto found = std::ranges::find(attributes, type, &CK_ATTRIBUTE::type);
  return found == attributes.end() || found->pValue == nullptr ? nullptr : &*found;
}

template <class Value>
std::optional<Value> read(Attributes attributes, CK_ATTRIBUTE_TYPE type) {
  const auto* found = find(attributes, type);
  Value value{};
  if (found == nullptr || found->ulValueLen != sizeof value) return std::nullopt;
  std::memcpy(&value, found->pValue, sizeof value);
  return value;
}

template <class Value>
std::optional<Value> ask(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                         CK_ATTRIBUTE_TYPE type) {
  Value value{};
  CK_ATTRIBUTE attribute{type, &value, sizeof value};
  return real.C_GetAttributeValue(session, object, &attribute, 1) == CKR_OK ? std::optional(value) : std::nullopt;
}

bool has_refused_type(KeyTypes allowed, const CK_MECHANISM* mechanism, Attributes wanted) {
  auto type = read<CK_KEY_TYPE>(wanted, CKA_KEY_TYPE);
  if (!type && mechanism != nullptr && mechanism->mechanism == CKM_GENERIC_SECRET_KEY_GEN) type = CKK_GENERIC_SECRET;
  if (allowed == KeyTypes::sha_hmac) return type == CKK_GENERIC_SECRET;
  return type && std::ranges::find(kShaHmacTypes, *type) != kShaHmacTypes.end();
}

bool has_refused_curve(EcParams allowed, const CK_MECHANISM* mechanism, Attributes wanted) {
  const bool is_edwards =
      mechanism == nullptr ? read<CK_KEY_TYPE>(wanted, CKA_KEY_TYPE) == kEdwards : mechanism->mechanism == kEdwardsKeyPairGen;
  const auto* curve = find(wanted, CKA_EC_PARAMS);
  if (!is_edwards || curve == nullptr || curve->ulValueLen == 0) return false;
  return *static_cast<const CK_BYTE*>(curve->pValue) != (allowed == EcParams::printable ? kPrintableTag : kOidTag);
}

template <std::size_t Size>
void write_padded(CK_UTF8CHAR (&field)[Size], const std::optional<std::string>& text) {
  if (!text) return;
  std::ranges::fill(field, ' ');
  std::copy_n(text->begin(), std::min(Size, text->size()), field);
}

// drop_der leaves the octets of a DER OCTET STRING with a short length. A call that only asks for the size hears the longer one.
void drop_der(CK_ATTRIBUTE& attribute) {
  constexpr CK_ULONG kHeader = 2;
  auto* bytes = static_cast<CK_BYTE*>(attribute.pValue);
  if (bytes == nullptr || attribute.ulValueLen < kHeader) return;
  if (bytes[0] != kOctetsTag || bytes[1] != attribute.ulValueLen - kHeader) return;
  attribute.ulValueLen -= kHeader;
  std::memmove(bytes, bytes + kHeader, attribute.ulValueLen);
}

void answer_number(CK_ATTRIBUTE& attribute, CK_ULONG value) {
  if (attribute.pValue == nullptr) return;
  if (attribute.ulValueLen == sizeof(CK_BBOOL)) {
    *static_cast<CK_BBOOL*>(attribute.pValue) = value == 0 ? CK_FALSE : CK_TRUE;
  } else if (attribute.ulValueLen == sizeof value) {
    std::memcpy(attribute.pValue, &value, sizeof value);
  }
}

}  // namespace

Refusal refuse_object(const Behaviours& behaviours, const CK_MECHANISM* mechanism, Attributes wanted) {
  if (behaviours.token_objects_only && read<CK_BBOOL>(wanted, CKA_TOKEN) != CK_TRUE) return CKR_ATTRIBUTE_VALUE_INVALID;
  if (behaviours.key_types && has_refused_type(*behaviours.key_types, mechanism, wanted)) return CKR_ATTRIBUTE_VALUE_INVALID;
  if (behaviours.ec_params && has_refused_curve(*behaviours.ec_params, mechanism, wanted)) return CKR_CURVE_NOT_SUPPORTED;
  return std::nullopt;
}

Refusal refuse_session(const Behaviours& behaviours, CK_FLAGS flags, bool has_callback) {
  if (behaviours.rw_sessions_only && (flags & CKF_RW_SESSION) == 0) return CKR_FUNCTION_FAILED;
  if (behaviours.no_callbacks && has_callback) return CKR_ARGUMENTS_BAD;
  return std::nullopt;
}

Refusal refuse_reading(const Behaviours& behaviours, const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session,
                       CK_OBJECT_HANDLE object, Attributes wanted) {
  const bool is_asked = std::ranges::any_of(
      wanted, [&](const auto& attribute) { return std::ranges::count(behaviours.unreadable, attribute.type) != 0; });
  if (!is_asked || ask<CK_OBJECT_CLASS>(real, session, object, CKA_CLASS) != CKO_SECRET_KEY) return std::nullopt;
  return CKR_FUNCTION_FAILED;
}

bool signs_wrong(const Behaviours& behaviours, const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session,
                 const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE key) {
  const bool is_long = mechanism.mechanism == CKM_SHA384_HMAC || mechanism.mechanism == CKM_SHA512_HMAC;
  return behaviours.wrong_generic_mac && is_long && ask<CK_KEY_TYPE>(real, session, key, CKA_KEY_TYPE) == CKK_GENERIC_SECRET;
}

void tell(const Behaviours& behaviours, CK_INFO& info) {
  write_padded(info.manufacturerID, behaviours.module_manufacturer);
  write_padded(info.libraryDescription, behaviours.module_library);
}

void tell(const Behaviours& behaviours, CK_TOKEN_INFO& info) {
  info.flags = (info.flags & ~behaviours.clear_token_flags) | behaviours.set_token_flags;
  write_padded(info.manufacturerID, behaviours.token_manufacturer);
  write_padded(info.model, behaviours.token_model);
  if (behaviours.most_sessions) info.ulMaxSessionCount = info.ulMaxRwSessionCount = *behaviours.most_sessions;
}

void tell(const Behaviours& behaviours, std::span<CK_ATTRIBUTE> attributes) {
  for (const auto& answer : behaviours.attributes) {
    for (auto& attribute : attributes) {
      if (attribute.type != answer.type || attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION) continue;
      answer.value ? answer_number(attribute, *answer.value) : drop_der(attribute);
    }
  }
}

CK_RV wrap(CK_BYTE* wrapped, CK_ULONG* size) {
  constexpr CK_ULONG kSize = 40;  // AES key wrap of 32 bytes (RFC 3394)
  const bool fits = wrapped == nullptr || *size >= kSize;
  *size = kSize;
  if (!fits) return CKR_BUFFER_TOO_SMALL;
  if (wrapped != nullptr) std::fill_n(wrapped, kSize, CK_BYTE{0xA6});
  return CKR_OK;
}

}  // namespace fault_token
