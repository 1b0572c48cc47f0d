#include "hsm/attributes.h"

#include <spdlog/fmt/fmt.h>

#include <cstdlib>

#include "hsm/ck_rv.h"

namespace custos::hsm {
namespace {

constexpr CK_ULONG kLongestValue = 4096;
constexpr CK_ULONG kUnavailable = static_cast<CK_ULONG>(-1);  // CK_UNAVAILABLE_INFORMATION, PKCS#11 2.40, section 3.2

bool not_told(CK_RV rv) { return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE; }

}  // namespace

Template& Template::number(CK_ATTRIBUTE_TYPE type, CK_ULONG value) noexcept {
  if (numbers_used_ == numbers_.size()) std::abort();
  CK_ULONG& place = numbers_[numbers_used_++];
  place = value;
  return bytes(type, &place, sizeof place);
}

// PKCS#11 templates take pointers to what they only read.
Template& Template::bytes(CK_ATTRIBUTE_TYPE type, const void* value, std::size_t size) noexcept {
  if (size_ == attributes_.size()) std::abort();
  attributes_[size_++] = {type, const_cast<void*>(value), size};
  return *this;
}

Result<std::optional<bool>> read_flag(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                      CK_ATTRIBUTE_TYPE type) {
  CK_BBOOL value = CK_FALSE;
  CK_ATTRIBUTE wanted{type, &value, sizeof value};
  const CK_RV rv = module.functions().C_GetAttributeValue(session, object, &wanted, 1);
  if (not_told(rv) || (rv == CKR_OK && wanted.ulValueLen != sizeof value)) return std::optional<bool>();
  if (rv != CKR_OK) return token_failure(rv, "cannot read a key's attributes");
  return std::optional<bool>(value != CK_FALSE);
}

Result<std::optional<Bytes>> read_bytes(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                        CK_ATTRIBUTE_TYPE type) {
  CK_ATTRIBUTE wanted{type, nullptr, 0};
  CK_RV rv = module.functions().C_GetAttributeValue(session, object, &wanted, 1);
  if (not_told(rv) || (rv == CKR_OK && wanted.ulValueLen == kUnavailable)) return std::optional<Bytes>();
  if (rv != CKR_OK) return token_failure(rv, "cannot read an object's attributes");
  if (wanted.ulValueLen > kLongestValue) {
    return fail(Errc::integrity, Origin::token, fmt::format("an object's attribute has {} bytes", wanted.ulValueLen));
  }
  Bytes value(wanted.ulValueLen);
  if (value.empty()) return std::optional<Bytes>(std::move(value));
  wanted.pValue = value.data();
  rv = module.functions().C_GetAttributeValue(session, object, &wanted, 1);
  if (rv != CKR_OK) return token_failure(rv, "cannot read an object's attributes");
  if (wanted.ulValueLen > value.size()) {  // kUnavailable too
    return fail(Errc::integrity, Origin::token, "the module answers more bytes of an attribute than it was given room for");
  }
  value.resize(wanted.ulValueLen);
  return std::optional<Bytes>(std::move(value));
}

Result<void> check_flags(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, std::span<const Flag> flags) {
  for (const Flag& flag : flags) {
    auto told = read_flag(module, session, object, flag.type);
    if (!told) return told.failure();
    if (*told == flag.value) continue;
    return fail(Errc::integrity, Origin::token,
                fmt::format("the token made the key with {} {} instead of {}: this token cannot keep keys for Custos", flag.name,
                            !told->has_value() ? "untold"
                            : **told           ? "true"
                                               : "false",
                            flag.value));
  }
  return {};
}

}  // namespace custos::hsm
