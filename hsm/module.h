// Module: an initialised PKCS#11 module, one instance per process for each library and start, shared by all users.
#pragma once

#include <atomic>
#include <cstddef>
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
// Specs that differ in path, environment or init_reserved mean different instances.
struct ModuleSpec {
  std::filesystem::path path;
  std::map<std::string, std::string> environment;
  bool allow_shared = false;
  std::string init_reserved = {};
  bool environment_at_load = false;  // the library reads its environment when it is loaded, and not in C_Initialize
  bool children_may_use = true;      // a child that opens the module anew does its parent no harm (devices.md 1.15)
};

// ModuleDescription is what the module says of itself (C_GetInfo).
struct ModuleDescription {
  std::string path, manufacturer{}, library{}, interface_version{};
};

// kMostCopies bounds how many copies of a library serve one instance: one, and those that were left behind because a stranger
// reset them or a call hangs in them.
inline constexpr std::size_t kMostCopies = 8;

// Module finalizes when its last user lets go, except after a fork, when exit has begun, or when strangers share it. The library
// stays loaded and is initialised again at the next open of the same instance.
class Module {
 public:
  // open answers the live instance or makes one. Whoever starts or ends it in another thread is waited for, but not for ever: the
  // module may hang. Errors: bad_input (the environment, when the library is about to read it, differs: the line to export; no
  // PKCS#11 library; wants init_reserved or does not take it), refused (shared with strangers; in a child of a process that the
  // module does not bear to have any), device_gone (no such file, and what it answers; with kNoCopiesLeft, all kMostCopies are
  // left behind).
  static Result<std::shared_ptr<Module>> open(const ModuleSpec& spec);
  ~Module() = default;
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

  // shared is true when strangers in this process may finalize the module under us: a Canary then guards MACs.
  [[nodiscard]] bool shared() const noexcept { return shared_.load(std::memory_order_relaxed); }
  // treat_as_shared is for a library whose copies have one state among them, whatever loads them (Profile::private_copy).
  void treat_as_shared() noexcept { shared_.store(true, std::memory_order_relaxed); }

  // mark_suspect records that somebody else reset the module: no handle of this instance is trusted again, and the next open
  // makes another instance (devices.md 1.4).
  void mark_suspect() noexcept { suspect_.store(true, std::memory_order_release); }
  [[nodiscard]] bool suspect() const noexcept { return suspect_.load(std::memory_order_acquire); }

  // retire makes the next open make another instance; this one goes on for those who have it. Not for one that is shared.
  void retire() noexcept { retired_.store(true, std::memory_order_release); }
  [[nodiscard]] bool retired() const noexcept { return retired_.load(std::memory_order_acquire); }

  [[nodiscard]] const ModuleDescription& description() const noexcept { return description_; }

 private:
  explicit Module(LoadedLibrary& library);
  static void close(Module* last) noexcept;
  [[nodiscard]] Result<void> initialise(const ModuleSpec& spec);
  [[nodiscard]] bool finalize() const noexcept;
  [[nodiscard]] Result<void> describe();

  LoadedLibrary& library_;
  const CK_FUNCTION_LIST* functions_;
  std::uint64_t fork_count_;
  ModuleDescription description_;
  std::atomic<bool> suspect_{false}, retired_{false}, shared_;
  bool initialised_ = false;
};

}  // namespace custos::hsm
