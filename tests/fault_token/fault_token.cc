#include "fault_token.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

namespace fault_token {
namespace {

void complain(const std::string& why) { std::fprintf(stderr, "fault_token: %s\n", why.c_str()); }

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// load_copy loads a copy of a library, so that each copy of this one has a real module of its own, as two copies of the real
// module would. The copy's descriptor stays open: the loader knows the copy by its path.
void* load_copy(int original) {
  const int copy = ::memfd_create("fault-token-real-module", MFD_CLOEXEC);
  ssize_t copied = original < 0 || copy < 0 ? -1 : 1;
  while (copied > 0) copied = ::sendfile(copy, original, nullptr, 1U << 20U);
  return copied < 0 ? nullptr : dlopen(("/proc/self/fd/" + std::to_string(copy)).c_str(), RTLD_NOW | RTLD_LOCAL);
}

const CK_FUNCTION_LIST* load_real(const Settings& settings) {
  if (settings.module.empty()) {
    complain("FAULT_TOKEN_MODULE does not name the real module");
    return nullptr;
  }
  const File original(::open(settings.module.c_str(), O_RDONLY | O_CLOEXEC));
  ::flock(original.descriptor(), LOCK_EX);  // copies of this library take turns with the environment
  const ScopedVariables variables(settings.variables);
  void* library = load_copy(original.descriptor());
  if (library == nullptr) {
    complain(settings.module + " cannot be loaded");
    return nullptr;
  }
  auto* get_list = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  if (get_list == nullptr || get_list(&functions) != CKR_OK) complain(settings.module + " is no PKCS#11 module");
  return functions;
}

}  // namespace

FaultToken& FaultToken::instance() {
  static auto* token = new FaultToken;
  return *token;
}

const CK_FUNCTION_LIST* FaultToken::real() {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(is_loaded_, true)) real_ = load_real(settings_);
  return real_;
}

CK_RV FaultToken::start(const void* reserved) {
  const std::lock_guard lock(mutex_);
  const auto settings = reserved == nullptr ? settings_of_environment() : parse_settings(static_cast<const char*>(reserved));
  if (!settings) {
    complain("pReserved is not module=…;script=…;log=…;NAME=VALUE");
    return CKR_ARGUMENTS_BAD;
  }
  settings_ = *settings;
  rules.follow(settings_.script);
  if (log.follow(settings_.log)) return CKR_OK;
  complain("the log " + settings_.log + " cannot be opened");
  return CKR_GENERAL_ERROR;
}

}  // namespace fault_token
