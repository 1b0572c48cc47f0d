#include "hsm/new_objects.h"

#include <spdlog/fmt/fmt.h>

#include <cstdlib>

#include "base/log.h"
#include "hsm/ck_rv.h"

namespace custos::hsm {

NewObjects::~NewObjects() {
  for (const CK_OBJECT_HANDLE object : std::span(objects_).first(count_)) {
    const CK_RV rv = module_.functions().C_DestroyObject(session_, object);
    if (rv == CKR_OK || rv == CKR_OBJECT_HANDLE_INVALID) continue;
    log::warning("the unsound key \"{}\" could not be destroyed ({}): destroy it with the token's own tool", label_,
                 ck_rv_name(rv));
  }
}

Result<void> NewObjects::add(CK_OBJECT_HANDLE object, std::span<const Flag> flags) {
  own(object);
  return check(object, flags);
}

Result<void> NewObjects::add_pair(CK_OBJECT_HANDLE first, std::span<const Flag> first_flags, CK_OBJECT_HANDLE second,
                                  std::span<const Flag> second_flags) {
  own(first);
  own(second);
  if (auto sound = check(first, first_flags); !sound) return sound;
  return check(second, second_flags);
}

void NewObjects::own(CK_OBJECT_HANDLE object) noexcept {
  if (count_ == objects_.size()) std::abort();
  objects_[count_++] = object;
}

// check: on a full disk SoftHSM2 answers CKR_OK and has no object.
Result<void> NewObjects::check(CK_OBJECT_HANDLE object, std::span<const Flag> flags) const {
  auto checked = check_flags(module_, session_, object, flags);
  if (checked || !is_gone(checked.error())) return checked;
  return fail(Errc::system, Origin::token, fmt::format("the token did not keep the key \"{}\": is its disk full?", label_));
}

}  // namespace custos::hsm
