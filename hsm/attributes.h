// Attributes: the PKCS#11 templates by which keys are made, and the check that a token did as told.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "custos/result.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"

namespace custos::hsm {

// Template is a list of attributes of fixed capacity that points at its caller's values. Not copied: it points into itself.
class Template {
 public:
  Template() = default;
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;

  Template& flag(CK_ATTRIBUTE_TYPE type, bool value) noexcept { return bytes(type, value ? &kTrue : &kFalse, sizeof(CK_BBOOL)); }
  Template& number(CK_ATTRIBUTE_TYPE type, CK_ULONG value) noexcept;
  Template& bytes(CK_ATTRIBUTE_TYPE type, ByteView value) noexcept { return bytes(type, value.data(), value.size()); }
  Template& text(CK_ATTRIBUTE_TYPE type, std::string_view value) noexcept { return bytes(type, value.data(), value.size()); }

  [[nodiscard]] CK_ATTRIBUTE* data() noexcept { return attributes_.data(); }
  [[nodiscard]] CK_ULONG size() const noexcept { return size_; }

 private:
  static constexpr CK_BBOOL kTrue = CK_TRUE;
  static constexpr CK_BBOOL kFalse = CK_FALSE;
  Template& bytes(CK_ATTRIBUTE_TYPE type, const void* value, std::size_t size) noexcept;

  std::array<CK_ATTRIBUTE, 24> attributes_{};
  std::array<CK_ULONG, 8> numbers_{};
  std::size_t size_ = 0, numbers_used_ = 0;
};

// Flag is a boolean attribute and the value that it must have.
struct Flag {
  CK_ATTRIBUTE_TYPE type;
  bool value;
  std::string_view name;
};

// read_flag asks for one boolean; absent where the token does not tell. Errors: as token_failure.
[[nodiscard]] Result<std::optional<bool>> read_flag(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                                    CK_ATTRIBUTE_TYPE type);

// read_bytes asks for a variable-length attribute (a label, an id, a data object's value; never a key's value). Absent where the
// token does not tell. Errors: as token_failure; integrity for one of more than 4 KiB.
[[nodiscard]] Result<std::optional<Bytes>> read_bytes(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                                      CK_ATTRIBUTE_TYPE type);

// check_flags reads each flag back. Errors: integrity naming the first that differs or that the token does not tell.
[[nodiscard]] Result<void> check_flags(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                                       std::span<const Flag> flags);

}  // namespace custos::hsm
