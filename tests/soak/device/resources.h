// Resources: what the process holds of the machine.
#pragma once

#include <cstddef>

namespace custos::soak {

struct Resources {
  std::size_t resident_kib = 0, descriptors = 0, threads = 0, module_copies = 0;
};

// resources_now reads them from /proc/self. A module copy is a library in a memory file (hsm/library_copy.h).
[[nodiscard]] Resources resources_now();

}  // namespace custos::soak
