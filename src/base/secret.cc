#include "custos/secret.h"

#include <sodium.h>

#include <cstring>
#include <utility>

#include "base/log.h"

namespace custos {
namespace {

// ready initialises libsodium once per process.
bool ready() {
  static const bool done = sodium_init() >= 0;
  return done;
}

// warn_unlocked says once per process that pages could not be locked, so that secrets may reach swap.
void warn_unlocked() {
  static const bool said = [] {
    log::warning(
        "the system refused to lock memory, so secrets may be written to swap: raise the limit (ulimit -l, or LimitMEMLOCK= in a "
        "systemd unit) or turn swap off");
    return true;
  }();
  static_cast<void>(said);
}

}  // namespace

SecretBytes::~SecretBytes() { wipe(); }

SecretBytes::SecretBytes(SecretBytes&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe();
    data_ = std::exchange(other.data_, nullptr);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

Result<SecretBytes> SecretBytes::allocate(std::size_t size) {
  SecretBytes secret;
  if (size == 0) return secret;
  auto* data = ready() ? static_cast<std::uint8_t*>(sodium_malloc(size)) : nullptr;
  if (data == nullptr) {
    return fail(Errc::system, Origin::system,
                "no guarded memory left for a secret: close other users of locked memory or raise ulimit -v");
  }
  // sodium_malloc locks the pages but hides a refusal; locking again is harmless and tells.
  if (sodium_mlock(data, size) != 0) warn_unlocked();
  std::memset(data, 0, size);
  secret.data_ = data;
  secret.size_ = size;
  return secret;
}

Result<SecretBytes> SecretBytes::copy_of(std::span<const std::uint8_t> source) {
  auto secret = allocate(source.size());
  if (secret && !source.empty()) std::memcpy(secret->data_, source.data(), source.size());
  return secret;
}

Result<SecretBytes> SecretBytes::clone() const { return copy_of({data_, size_}); }

void SecretBytes::truncate(std::size_t size) noexcept {
  if (size > size_) std::abort();
  if (size == 0) {
    wipe();
    return;
  }
  sodium_memzero(data_ + size, size_ - size);
  size_ = size;
}

void SecretBytes::wipe() noexcept {
  if (data_ != nullptr) sodium_free(data_);  // wipes, unlocks, unmaps
  data_ = nullptr;
  size_ = 0;
}

bool SecretBytes::equals(const SecretBytes& other) const noexcept {
  if (size_ != other.size_) return false;
  return size_ == 0 || sodium_memcmp(data_, other.data_, size_) == 0;
}

}  // namespace custos
