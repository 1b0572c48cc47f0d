#include "tools/bench/token_pin.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "base/bytes.h"
#include "custos/secret_source.h"

namespace custos::bench {
namespace {

Result<SecretBytes> ask(const PinSource& source, std::string_view token, const SecretPrompt& prompt) {
  if (const auto* variable = std::get_if<PinEnvironment>(&source)) return read_secret_environment(variable->name);
  if (const auto* descriptor = std::get_if<PinDescriptor>(&source)) return read_secret_descriptor(descriptor->descriptor);
  return prompt("PIN of token " + std::string(token));
}

Unexpected no_memory_file() {
  return fail(Errc::system, Origin::system, std::string("cannot keep the PIN in a memory file: ") + std::strerror(errno),
              static_cast<std::uint32_t>(errno));
}

}  // namespace

Result<TokenPin> TokenPin::find(const PinSource& source, std::string_view token, const SecretPrompt& prompt) {
  TokenPin pin;
  if (const auto* file = std::get_if<PinFile>(&source)) {
    pin.file_ = file->path;
    return pin;
  }
  auto secret = ask(source, token, prompt);
  if (!secret) return secret.failure();
  pin.memory_ = FileDescriptor(::memfd_create("custos-bench-pin", MFD_CLOEXEC));
  if (!pin.memory_.valid() || ::fchmod(pin.memory_.get(), 0600) != 0) return no_memory_file();
  if (!write_all(pin.memory_.get(), as_text(secret->view(InsecureSecretAccess{})))) return no_memory_file();
  pin.file_ = "/proc/self/fd/" + std::to_string(pin.memory_.get());
  return pin;
}

Result<SecretBytes> TokenPin::read() const {
  auto pin = read_secret_file(file_);
  if (pin) strip_trailing_newline(*pin);
  return pin;
}

}  // namespace custos::bench
