// Module: an initialised PKCS#11 module, one instance per process for each library and start, shared by all users.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "custos/result.h"
#include "hsm/cryptoki.h"

namespace custos::hsm {

struct LoadedLibrary;

// ModuleSpec says which module, in what environment it must find itself, and what C_Initialize gets as pReserved (empty: NULL).
struct ModuleSpec {
  std::filesystem::path path;
  std::map<std::string, std::string> environment;
  bool allow_shared = false;
  std::string init_reserved = {};
};

// ModuleDescription is what the module says of itself (C_GetInfo).
struct ModuleDescription {
  std::string path, manufacturer, library, interface_version;
};

// Module finalizes when its last user lets go, except after a fork, when exit has begun, or when strangers share it. The library
// stays loaded and is initialised again at the next open.
class Module {
 public:
  // open answers the live instance or makes one. Errors: bad_input (environment differs: the line to export; no PKCS#11
  // library; wants init_reserved or does not take it), refused (shared with strangers), device_gone (no such file, and what it
  // answers).
  static Result<std::shared_ptr<Module>> open(const ModuleSpec& spec);
  ~Module();
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  // keep_running leaves the instance initialised until the process ends, whether it has users or not.
  static void keep_running(const std::shared_ptr<Module>& module);

  // functions may be called only while usable() holds.
  [[nodiscard]] const CK_FUNCTION_LIST& functions() const noexcept { return *functions_; }

  // usable is false in a forked child and once exit has begun. Two loads.
  [[nodiscard]] bool usable() const noexcept;

  // inherited is true in a forked child: not even the locks around this instance may be touched. One load.
  [[nodiscard]] bool inherited() const noexcept;

  // shared is true when strangers in this process may finalize the module under us, so that MAC keys are unguarded.
  [[nodiscard]] bool shared() const noexcept { return shared_; }

  // mark_suspect records that somebody else reset the module: no handle of this instance is trusted again, and the next open
  // makes another instance (devices.md 1.4).
  void mark_suspect() noexcept { suspect_.store(true, std::memory_order_release); }
  [[nodiscard]] bool suspect() const noexcept { return suspect_.load(std::memory_order_acquire); }

  [[nodiscard]] const ModuleDescription& description() const noexcept { return description_; }

 private:
  explicit Module(LoadedLibrary& library);
  [[nodiscard]] Result<void> initialise(const ModuleSpec& spec);
  [[nodiscard]] Result<void> describe();

  LoadedLibrary& library_;
  const CK_FUNCTION_LIST* functions_;
  std::uint64_t fork_count_;
  ModuleDescription description_;
  std::atomic<bool> suspect_{false};
  bool shared_ = false;
  bool initialised_ = false;
};

}  // namespace custos::hsm
