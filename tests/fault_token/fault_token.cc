#include "fault_token.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace fault_token {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

const CK_FUNCTION_LIST* complain(const std::string& why) {
  std::fprintf(stderr, "fault_token: %s\n", why.c_str());
  return nullptr;
}

// load_copy loads a copy of a library, so that each copy of this one has a real module of its own, as two copies of the real
// module would. The descriptor stays open: the loader knows the copy by its path.
void* load_copy(const std::string& path) {
  const int original = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const int copy = ::memfd_create("fault-token-real-module", MFD_CLOEXEC);
  ssize_t copied = original < 0 || copy < 0 ? -1 : 1;
  while (copied > 0) copied = ::sendfile(copy, original, nullptr, 1U << 20U);
  if (original >= 0) ::close(original);
  return copied < 0 ? nullptr : dlopen(("/proc/self/fd/" + std::to_string(copy)).c_str(), RTLD_NOW | RTLD_LOCAL);
}

const CK_FUNCTION_LIST* load_real() {
  const std::string path = environment("FAULT_TOKEN_MODULE");
  if (path.empty()) return complain("FAULT_TOKEN_MODULE does not name the real module");
  void* library = load_copy(path);
  if (library == nullptr) return complain(path + " cannot be loaded");
  auto* get_list = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  if (get_list == nullptr || get_list(&functions) != CKR_OK) return complain(path + " is no PKCS#11 module");
  return functions;
}

}  // namespace

FaultToken& FaultToken::instance() {
  static auto* token = new FaultToken;
  return *token;
}

const CK_FUNCTION_LIST* FaultToken::real() {
  static const CK_FUNCTION_LIST* functions = load_real();
  return functions;
}

bool FaultToken::start() {
  rules.follow(environment("FAULT_TOKEN_SCRIPT"));
  if (log.follow(environment("FAULT_TOKEN_LOG"))) return true;
  complain("cannot open the file that FAULT_TOKEN_LOG names");
  return false;
}

}  // namespace fault_token
