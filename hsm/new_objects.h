// NewObjects: the objects of a key that is being made.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>

#include "custos/result.h"
#include "hsm/attributes.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"

namespace custos::hsm {

// NewObjects destroys its objects unless they are kept: a key is whole and as it was asked for, or it is not there.
class NewObjects {
 public:
  // `label` names the key in messages and outlives this.
  NewObjects(const Module& module, CK_SESSION_HANDLE session, const std::string& label) noexcept
      : module_(module), session_(session), label_(label) {}
  ~NewObjects();
  NewObjects(const NewObjects&) = delete;
  NewObjects& operator=(const NewObjects&) = delete;

  // add takes an object that was just made and reads its attributes back. Errors: integrity; system when the token did not keep
  // the object; as token_failure.
  [[nodiscard]] Result<void> add(CK_OBJECT_HANDLE object, std::span<const Flag> flags);
  // add_pair takes both halves of a key pair before it looks at either.
  [[nodiscard]] Result<void> add_pair(CK_OBJECT_HANDLE first, std::span<const Flag> first_flags, CK_OBJECT_HANDLE second,
                                      std::span<const Flag> second_flags);
  void keep() noexcept { count_ = 0; }

 private:
  void own(CK_OBJECT_HANDLE object) noexcept;
  [[nodiscard]] Result<void> check(CK_OBJECT_HANDLE object, std::span<const Flag> flags) const;

  const Module& module_;
  const CK_SESSION_HANDLE session_;
  const std::string& label_;
  std::array<CK_OBJECT_HANDLE, 2> objects_{};
  std::size_t count_ = 0;
};

}  // namespace custos::hsm
