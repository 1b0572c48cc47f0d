#include "hsm/module.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <limits>
#include <list>
#include <mutex>
#include <system_error>
#include <utility>
#include <vector>

#include "base/fork_gate.h"
#include "base/log.h"
#include "base/process_life.h"
#include "hsm/ck_rv.h"
#include "hsm/library_copy.h"
#include "hsm/module_environment.h"
#include "hsm/module_mutex.h"
#include "hsm/text_field.h"

namespace custos::hsm {

// LoadedLibrary is a library that stays in the process. It serves one instance for good: some read their environment when they
// are loaded and never again (p11-kit-client: P11_KIT_SERVER_ADDRESS, p11-kit/client.c).
struct LoadedLibrary {
  enum class Use : unsigned char { idle, starting, running, ending, left_behind };
  std::string key;  // of the instance
  std::filesystem::path path;
  std::filesystem::file_time_type written;
  LibraryCopy copy;
  Use use = Use::idle;
};

namespace {

using Use = LoadedLibrary::Use;

// kStart and kEnd bound the wait for a module that another thread starts or ends: it may hang (devices.md 1.13).
constexpr std::chrono::seconds kStart{10}, kEnd{2};

// Registry holds the process's instances. A child of a fork gets an empty one: nothing inherited is touched (devices.md 1.15).
struct Registry {
  std::mutex mutex;  // not held while a module is called
  std::condition_variable changed;
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

// no_copies_left is a failure of the process, which has to be restarted.
Unexpected no_copies_left(const std::filesystem::path& path) {
  return token_failure(kNoCopiesLeft, fmt::format("cannot start the module {} once more", path.string()));
}

// check_bears_this_process refuses in a child what its parent uses, or may use again.
Result<void> check_bears_this_process(const ModuleSpec& spec) {
  constexpr auto kNobody = std::numeric_limits<std::uint64_t>::max();
  static std::atomic<std::uint64_t> user{kNobody};  // the fork count of the process that used such a module first
  if (spec.children_may_use) return {};
  std::uint64_t first = kNobody;
  if (user.compare_exchange_strong(first, fork_count()) || first == fork_count()) return {};
  return fail(
      Errc::refused, Origin::token,
      fmt::format("this process was forked from one that used the module {}, which a child's use breaks: use it in one of "
                  "the two, or in a program that was started anew",
                  spec.path.string()));
}

// take_library gives the instance's idle copy of the file, or loads one.
Result<LoadedLibrary*> take_library(Registry& all, const std::string& key, const std::filesystem::path& path,
                                    const ModuleSpec& spec) {
  std::error_code error;
  const auto written = std::filesystem::last_write_time(path, error);
  std::size_t copies = 0;
  for (auto& library : all.libraries) {
    if (library.key != key) continue;
    copies += library.use == Use::idle ? 0U : 1U;
    if (library.use != Use::idle || library.written != written) continue;
    if (!library.copy.is_private() && !spec.allow_shared) continue;
    if (!spec.environment_at_load) {
      if (auto checked = check_environment(spec); !checked) return checked.failure();
    }
    library.use = Use::starting;
    return &library;
  }
  if (copies >= kMostCopies) return no_copies_left(path);
  if (auto checked = check_environment(spec); !checked) return checked.failure();
  auto copy = LibraryCopy::load(path, spec.allow_shared);
  if (!copy) return copy.failure();
  return &all.libraries.emplace_back(LoadedLibrary{key, path, written, *copy, Use::starting});
}

// wait_for_others waits while another thread starts or ends a library of the instance.
void wait_for_others(Registry& all, std::unique_lock<std::mutex>& lock, const std::string& key) {
  const auto none_is = [&](Use use) {
    return [&all, &key, use] {
      return std::ranges::none_of(all.libraries,
                                  [&](const LoadedLibrary& library) { return library.key == key && library.use == use; });
    };
  };
  all.changed.wait_for(lock, kStart, none_is(Use::starting));
  all.changed.wait_for(lock, kEnd, none_is(Use::ending));
}

// set_use says what becomes of a library.
void set_use(LoadedLibrary& library, Use use) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  library.use = use;
  all.changed.notify_all();
}

}  // namespace

Result<std::shared_ptr<Module>> Module::open(const ModuleSpec& spec) {
  if (auto bears = check_bears_this_process(spec); !bears) return bears.failure();
  auto path = find_file(spec.path);
  if (!path) return path.failure();

  Registry& all = registry();
  const std::string key = instance_key(*path, spec);
  std::shared_ptr<Module> live;  // let go of after the lock, which its end takes
  std::unique_lock lock(all.mutex);
  wait_for_others(all, lock, key);
  live = all.modules[key].lock();
  if (live != nullptr && !live->suspect() && !live->retired()) {
    if (!live->shared() || spec.allow_shared) return live;
    return fail(Errc::refused, Origin::token,
                fmt::format("the module {} is open in this process as a shared one: set allow_shared_module = true here too",
                            path->string()));
  }
  auto library = take_library(all, key, *path, spec);
  if (!library) return library.failure();
  lock.unlock();

  std::shared_ptr<Module> module(new Module(**library), close);
  if (auto initialised = module->initialise(spec); !initialised) return initialised.failure();
  if (auto described = module->describe(); !described) return described.failure();
  lock.lock();
  (*library)->use = Use::running;
  all.modules[key] = module;
  all.changed.notify_all();
  return module;
}

void Module::keep_running(const std::shared_ptr<Module>& module) {
  Registry& all = registry();
  const std::lock_guard lock(all.mutex);
  if (std::find(all.kept.begin(), all.kept.end(), module) == all.kept.end()) all.kept.push_back(module);
}

Module::Module(LoadedLibrary& library)
    : library_(library), functions_(library.copy.functions()), fork_count_(fork_count()), shared_(!library.copy.is_private()) {}

// close ends a module that nobody uses any more. A suspect or inherited library is not used again; a shared one is finalized by
// nobody that Custos knows of. Its library is neither idle nor in use while it is finalized, which may hang.
void Module::close(Module* last) noexcept {
  const std::unique_ptr<Module> module(last);
  if (!module->usable()) return;
  if (!module->suspect()) set_use(module->library_, Use::ending);
  set_use(module->library_, !module->suspect() && module->finalize() ? Use::idle : Use::left_behind);
}

// finalize tells whether the library may be started again. One that does not let itself be finalized would answer that it is
// initialised already, as if a stranger used it.
bool Module::finalize() const noexcept {
  if (!initialised_ || shared()) return true;
  const CK_RV rv = functions_->C_Finalize(nullptr);
  return rv == CKR_OK || rv == CKR_CRYPTOKI_NOT_INITIALIZED;
}

bool Module::usable() const noexcept { return !inherited() && !exiting(); }

bool Module::inherited() const noexcept { return fork_count() != fork_count_; }

Result<void> Module::initialise(const ModuleSpec& spec) {
  const NotAcrossFork whole;
  const CK_RV rv = start(*functions_, spec.init_reserved);
  watch_process();
  if (rv == CKR_CRYPTOKI_ALREADY_INITIALIZED) {
    treat_as_shared();
    if (!spec.allow_shared) {
      return fail(Errc::refused, Origin::token,
                  fmt::format("the module {} is already in use by another part of this process: close that, or set "
                              "allow_shared_module = true: a canary then guards each MAC against its reset",
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
    return token_failure(rv, fmt::format("cannot start the module {}{}", library_.path.string(), missing_files(spec)));
  }
  initialised_ = true;
  if (shared()) {
    log::warning(
        "the module {} is shared with other parts of this process: a canary guards each MAC against their C_Finalize, after "
        "which "
        "nothing is signed until this token is opened again",
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
