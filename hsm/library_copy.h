// LibraryCopy: a PKCS#11 library loaded into the process, from a private copy of its file where that is possible.
//
// A library loaded twice by the same file is one instance with one state, so that a stranger's C_Finalize would end ours
// (devices.md 1.4). The same bytes in a memory file are another library to the loader, with a state of its own (1.24).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "custos/result.h"
#include "hsm/cryptoki.h"

namespace custos::hsm {

// LibraryCopy is never unloaded (devices.md 1.14: exit handlers of a module may still run, openCryptoki does not bear it).
class LibraryCopy {
 public:
  // load opens the library at `path` (canonical). With allow_shared, a library that does not bear a private copy is loaded from
  // its own file. Errors: bad_input when it is no PKCS#11 library, refused when it cannot be private, system.
  static Result<LibraryCopy> load(const std::filesystem::path& path, bool allow_shared);

  // functions is the library's list: 3.x where it offers one by C_GetInterface, whose first 68 functions are those of 2.40.
  [[nodiscard]] CK_FUNCTION_LIST* functions() const noexcept { return functions_; }
  [[nodiscard]] bool is_private() const noexcept { return private_; }
  [[nodiscard]] std::string interface_version() const;

 private:
  LibraryCopy() = default;
  [[nodiscard]] Result<void> find_functions(const std::filesystem::path& path);
  [[nodiscard]] bool functions_are_its_own() const;

  void* handle_ = nullptr;
  CK_FUNCTION_LIST* functions_ = nullptr;
  bool private_ = false;
};

}  // namespace custos::hsm
