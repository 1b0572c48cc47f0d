#include "hsm/module.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cstdlib>
#include <list>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/process_life.h"
#include "hsm/ck_rv.h"
#include "hsm/library_copy.h"
#include "hsm/module_mutex.h"
#include "hsm/text_field.h"

namespace custos::hsm {

// LoadedLibrary is a library that stays in the process; in_use while a Module has it.
struct LoadedLibrary {
  std::filesystem::path path;
  std::filesystem::file_time_type written;
  LibraryCopy copy;
  bool in_use = false;
};

namespace {

// Registry holds the process's instances. A child of a fork gets an empty one: nothing inherited is touched (devices.md 1.15).
struct Registry {
  std::mutex mutex;
  std::list<LoadedLibrary> libraries;
  std::map<std::string, std::weak_ptr<Module>> modules;
  std::vector<std::shared_ptr<Module>> kept;
};

std::atomic<Registry*>& registry_slot() {
  static std::atomic<Registry*> slot{new Registry};  // never destroyed: modules may be closed by static destructors
  return slot;
}

Registry& registry() {
  static const bool watched = [] {
    registry_slot();
    on_fork_in_child([] { registry_slot().store(new Registry); });
    return true;
  }();
  static_cast<void>(watched);
  return *registry_slot().load();
}

bool is_plain(std::string_view value) {
  return !value.empty() && value.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-") ==
                               std::string_view::npos;
}

// shell_word quotes `value` for a POSIX shell where it needs it.
std::string shell_word(std::string_view value) {
  if (is_plain(value)) return std::string(value);
  std::string quoted = "'";
  for (const char c : value) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

// check_environment compares; the library never sets a variable of its host's process.
Result<void> check_environment(const ModuleSpec& spec) {
  for (const auto& [name, value] : spec.environment) {
    const char* found = std::getenv(name.c_str());
    if (found != nullptr && value == found) continue;
    return fail(
        Errc::bad_input, Origin::token,
        fmt::format("the module {} reads {} from the environment, where it is {}: run export {}={}",
                    spec.path.filename().string(), name, found == nullptr ? "not set" : "another", name, shell_word(value)));
  }
  return {};
}

Result<std::filesystem::path> find_file(const std::filesystem::path& path) {
  std::error_code error;
  auto canonical = std::filesystem::canonical(path, error);
  if (error) {
    return fail(Errc::device_gone, Origin::token,
                fmt::format("the module {} cannot be found ({}): install it or correct `module`", path.string(), error.message()),
                static_cast<std::uint32_t>(error.value()));
  }
  if (!std::filesystem::is_regular_file(canonical, error)) {
    return fail(Errc::bad_input, Origin::token,
                fmt::format("{} is no PKCS#11 library (not a file): name the device's PKCS#11 module", path.string()));
  }
  return canonical;
}

std::string instance_key(const std::filesystem::path& path, const ModuleSpec& spec) {
  std::string key = path.string();
  for (const auto& [name, value] : spec.environment) key.append(1, '\0').append(name).append(1, '=').append(value);
  return key.append(2, '\0').append(spec.init_reserved);
}

// StartArguments is CK_C_INITIALIZE_ARGS with one more pointer behind: NSS takes its parameters where the standard has pReserved,
// and then wants a NULL of its own (pkcs11t.h of NSS 3.87; devices.md 4). Others do not look beyond the standard's end.
struct StartArguments {
  CK_C_INITIALIZE_ARGS standard{};
  void* reserved_of_nss = nullptr;
};

// start calls C_Initialize with our mutexes, or with the module's own locks where it does not take them.
CK_RV start(const CK_FUNCTION_LIST& call, std::string reserved) {
  const auto start_with = [&](const CK_C_INITIALIZE_ARGS& locks) {
    StartArguments args{locks};
    if (!reserved.empty()) args.standard.pReserved = reserved.data();
    return call.C_Initialize(&args.standard);
  };
  const CK_RV rv = start_with(mutex_callbacks());
  if (rv != CKR_CANT_LOCK && rv != CKR_ARGUMENTS_BAD) return rv;
  CK_C_INITIALIZE_ARGS os_locks{};
  os_locks.flags = CKF_OS_LOCKING_OK;
  return start_with(os_locks);
}

// is_about_parameters: NSS answers parameters that it cannot use with values of its own.
bool is_about_parameters(CK_RV rv, const ModuleSpec& spec) {
  return rv == CKR_ARGUMENTS_BAD || (rv >= CKR_VENDOR_DEFINED && !spec.init_reserved.empty());
}

// take_library gives an idle copy of the same file, or loads one.
Result<LoadedLibrary*> take_library(Registry& all, const std::filesystem::path& path, bool allow_shared) {
  std::error_code error;
  const auto written = std::filesystem::last_write_time(path, error);
  for (auto& library : all.libraries) {
    if (!library.in_use && library.path == path && library.written == written && (library.copy.is_private() || allow_shared)) {
      library.in_use = true;
      return &library;
    }
  }
  auto copy = LibraryCopy::load(path, allow_shared);
  if (!copy) return copy.failure();
  return &all.libraries.emplace_back(LoadedLibrary{path, written, *copy, true});
}

}  // namespace

Result<std::shared_ptr<Module>> Module::open(const ModuleSpec& spec) {
  if (auto checked = check_environment(spec); !checked) return checked.failure();
  auto path = find_file(spec.path);
  if (!path) return path.failure();

  Registry& all = registry();
  std::shared_ptr<Module> live;  // let go of after the lock, which its deleter takes
  const std::lock_guard lock(all.mutex);
  const std::string key = instance_key(*path, spec);
  live = all.modules[key].lock();
  if (live != nullptr && !live->suspect()) {
    if (!live->shared() || spec.allow_shared) return live;
    return fail(Errc::refused, Origin::token,
                fmt::format("the module {} is open in this process as a shared one: set allow_shared_module = true here too",
                            path->string()));
  }

  auto library = take_library(all, *path, spec.allow_shared);
  if (!library) return library.failure();
  std::unique_ptr<Module> made(new Module(**library));
  if (auto initialised = made->initialise(spec); !initialised) return initialised.failure();
  if (auto described = made->describe(); !described) return described.failure();

  std::shared_ptr<Module> module(made.release(), [](Module* last) {
    const std::lock_guard closing(registry().mutex);
    delete last;
  });
  all.modules[key] = module;
  return module;
}

void Module::keep_running(const std::shared_ptr<Module>& module) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  if (std::find(all.kept.begin(), all.kept.end(), module) == all.kept.end()) all.kept.push_back(module);
}

Module::Module(LoadedLibrary& library)
    : library_(library), functions_(library.copy.functions()), fork_count_(fork_count()), shared_(!library.copy.is_private()) {}

// A suspect or inherited library is not used again; a shared one is finalized by nobody that Custos knows of.
Module::~Module() {
  if (!usable() || suspect()) return;
  if (initialised_ && !shared_) functions_->C_Finalize(nullptr);
  library_.in_use = false;
}

bool Module::usable() const noexcept { return !inherited() && !exiting(); }

bool Module::inherited() const noexcept { return fork_count() != fork_count_; }

Result<void> Module::initialise(const ModuleSpec& spec) {
  const CK_RV rv = start(*functions_, spec.init_reserved);
  watch_process();
  if (rv == CKR_CRYPTOKI_ALREADY_INITIALIZED) {
    shared_ = true;
    if (!spec.allow_shared) {
      return fail(Errc::refused, Origin::token,
                  fmt::format("the module {} is already in use by another part of this process: close that, or set "
                              "allow_shared_module = true, which leaves MAC keys unguarded",
                              library_.path.string()),
                  static_cast<std::uint32_t>(rv));
    }
  } else if (is_about_parameters(rv, spec)) {
    return fail(Errc::bad_input, Origin::token,
                fmt::format("the module {} does not start {} ({:#x}): {}", library_.path.string(),
                            spec.init_reserved.empty() ? "without parameters" : "with these parameters", rv,
                            spec.init_reserved.empty() ? "set init_reserved to what its documentation names"
                                                       : "correct init_reserved, or remove it, since few modules take any"),
                static_cast<std::uint32_t>(rv));
  } else if (rv != CKR_OK) {
    return token_failure(rv, fmt::format("cannot start the module {}", library_.path.string()));
  }
  initialised_ = true;
  if (shared_) {
    log::warning("the module {} is shared with other parts of this process: MAC keys are unguarded against their C_Finalize",
                 library_.path.string());
  }
  return {};
}

Result<void> Module::describe() {
  CK_INFO info{};
  if (const CK_RV rv = functions_->C_GetInfo(&info); rv != CKR_OK) {
    return token_failure(rv, fmt::format("cannot ask the module {} what it is", library_.path.string()));
  }
  description_ = {library_.path.string(), text_field(info.manufacturerID), text_field(info.libraryDescription),
                  library_.copy.interface_version()};
  return {};
}

}  // namespace custos::hsm
