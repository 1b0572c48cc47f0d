#include "hsm/library_copy.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <spdlog/fmt/fmt.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>

#include "base/file_descriptor.h"
#include "hsm/fork_reset.h"

namespace custos::hsm {
namespace {

// kMfdExec is MFD_EXEC (linux/memfd.h, Linux 6.3): asks for an executable memory file where the system's default is another.
constexpr unsigned kMfdExec = 0x0010U;

Unexpected system_failure(int error, std::string_view doing) {
  return fail(Errc::system, Origin::system, fmt::format("{}: {}", doing, std::strerror(error)),
              static_cast<std::uint32_t>(error));
}

Unexpected no_pkcs11_library(const std::filesystem::path& path, std::string_view why) {
  return fail(Errc::bad_input, Origin::token,
              fmt::format("{} is no PKCS#11 library ({}): name the device's PKCS#11 module", path.string(), why));
}

// check_shared_library refuses what the loader would refuse, before any of it is loaded, with a line that a person understands.
Result<void> check_shared_library(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return system_failure(errno, fmt::format("cannot read the module {}", path.string()));
  std::array<char, 4> magic{};
  file.read(magic.data(), magic.size());
  if (file.gcount() != 4 || std::memcmp(magic.data(), "\177ELF", 4) != 0) return no_pkcs11_library(path, "not a shared library");
  return {};
}

int create_memory_file(const std::string& name) {
  const int fd = memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING | kMfdExec);
  if (fd >= 0 || errno != EINVAL) return fd;
  return memfd_create(name.c_str(), MFD_CLOEXEC | MFD_ALLOW_SEALING);  // before Linux 6.3
}

// copy_to_memory gives a sealed memory file with the bytes of `path`.
Result<int> copy_to_memory(const std::filesystem::path& path) {
  const FileDescriptor source(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source.valid()) return system_failure(errno, fmt::format("cannot read the module {}", path.string()));
  FileDescriptor copy(create_memory_file(path.filename().string()));
  if (!copy.valid()) return system_failure(errno, "cannot make a memory file for the module");

  std::array<char, 65536> block{};
  for (;;) {
    const ssize_t got = ::read(source.get(), block.data(), block.size());
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure(errno, fmt::format("cannot read the module {}", path.string()));
    if (!write_all(copy.get(), {block.data(), static_cast<std::size_t>(got)})) {
      return system_failure(errno, "cannot copy the module into memory");
    }
  }
  if (::fcntl(copy.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0) {
    return system_failure(errno, "cannot seal the module's memory file");
  }
  return copy.release();
}

std::string loader_error() {
  const char* text = dlerror();
  return text == nullptr ? "no reason given" : text;
}

struct Loaded {
  void* handle;
  std::string error;
};

// load_private leaves the memory file open for good: the loader knows a library by its path, and a later copy must not meet the
// same /proc/self/fd/N.
Loaded load_private(const std::filesystem::path& path) {
  auto memory = copy_to_memory(path);
  if (!memory) return {nullptr, memory.error().detail};
  const std::string name = fmt::format("/proc/self/fd/{}", *memory);
  if (void* known = dlopen(name.c_str(), RTLD_NOW | RTLD_NOLOAD); known != nullptr) {
    dlclose(known);
    ::close(*memory);
    return {nullptr, "the process closed file descriptors that are in use"};
  }
  void* handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    std::string error = loader_error();
    if (const auto at = error.find(name); at != std::string::npos) error.replace(at, name.size(), path.filename().string());
    ::close(*memory);
    return {nullptr, std::move(error)};
  }
  return {handle, {}};
}

}  // namespace

Result<LibraryCopy> LibraryCopy::load(const std::filesystem::path& path, bool allow_shared) {
  if (auto checked = check_shared_library(path); !checked) return checked.failure();

  LibraryCopy copy;
  Loaded loaded = load_private(path);
  if (loaded.handle != nullptr) {
    copy.handle_ = loaded.handle;
    if (auto reset = reset_in_children(loaded.handle); !reset) return reset.failure();
    if (auto found = copy.find_functions(path); !found) return found.failure();
    copy.private_ = copy.functions_are_its_own();
    if (copy.private_) return copy;
    loaded.error = "its functions live in a library that others may use too";
  }
  if (!allow_shared) {
    return fail(Errc::refused, Origin::token,
                fmt::format("the module {} cannot be loaded for Custos alone ({}): install what it misses, or set "
                            "allow_shared_module = true: a canary then guards each MAC against a reset by others",
                            path.string(), loaded.error));
  }
  copy = LibraryCopy();  // whose functions are not those of the copy that failed
  copy.handle_ = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (copy.handle_ == nullptr) {
    return fail(Errc::bad_input, Origin::token, fmt::format("the module {} cannot be loaded: {}", path.string(), loader_error()));
  }
  if (auto found = copy.find_functions(path); !found) return found.failure();
  return copy;
}

Result<void> LibraryCopy::find_functions(const std::filesystem::path& path) {
  if (auto* get_interface = reinterpret_cast<CkGetInterface>(dlsym(handle_, "C_GetInterface")); get_interface != nullptr) {
    std::array<CK_UTF8CHAR, 8> name{'P', 'K', 'C', 'S', ' ', '1', '1', '\0'};  // PKCS#11 3.0, section 5.4.6
    CkInterface* interface = nullptr;
    if (get_interface(name.data(), nullptr, &interface, 0) == CKR_OK && interface != nullptr) {
      functions_ = static_cast<CK_FUNCTION_LIST*>(interface->function_list);
    }
  }
  if (functions_ == nullptr) {
    auto* get_list = reinterpret_cast<CK_C_GetFunctionList>(dlsym(handle_, "C_GetFunctionList"));
    if (get_list == nullptr) return no_pkcs11_library(path, "it has no C_GetFunctionList");
    if (get_list(&functions_) != CKR_OK || functions_ == nullptr) return no_pkcs11_library(path, "C_GetFunctionList fails");
  }
  const auto major = functions_->version.major;
  if (major != 2 && major != 3) return no_pkcs11_library(path, fmt::format("its version is {}", interface_version()));
  return {};
}

// functions_are_its_own asks the loader whose code the list points at. A stranger who loaded the same library with RTLD_GLOBAL
// would win the copy's symbols over; a function in no library at all (a closure) belongs to the copy.
bool LibraryCopy::functions_are_its_own() const {
  struct link_map* own = nullptr;
  if (dlinfo(handle_, RTLD_DI_LINKMAP, &own) != 0) return false;
  for (const void* function :
       {reinterpret_cast<const void*>(functions_->C_Initialize), reinterpret_cast<const void*>(functions_->C_Finalize),
        reinterpret_cast<const void*>(functions_->C_Sign)}) {
    Dl_info info{};
    void* owner = nullptr;
    if (dladdr1(function, &info, &owner, RTLD_DL_LINKMAP) != 0 && owner != own) return false;
  }
  return true;
}

std::string LibraryCopy::interface_version() const {
  return fmt::format("{}.{}", functions_->version.major, functions_->version.minor);
}

}  // namespace custos::hsm
