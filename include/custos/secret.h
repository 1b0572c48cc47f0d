// SecretBytes: the one type that holds secret bytes (PINs, API secrets, HMAC states).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "custos/export.h"
#include "custos/result.h"

namespace custos {

// InsecureSecretAccess must be named by whoever reads a secret, so that every reader is found by one grep.
struct InsecureSecretAccess {
  explicit InsecureSecretAccess() = default;
};

// SecretBytes owns bytes in guarded, locked, undumpable pages (libsodium) and wipes them at the end. Move-only; it has no
// formatter and no stream operator. Where the system refuses to lock memory, one warning with the remedy is logged.
// Not safe for concurrent mutation; concurrent reads are fine.
class CUSTOS_EXPORT SecretBytes {
 public:
  SecretBytes() noexcept = default;
  ~SecretBytes();
  SecretBytes(SecretBytes&& other) noexcept;
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;

  // allocate gives `size` zero bytes. Errors: system when no guarded memory is left.
  static Result<SecretBytes> allocate(std::size_t size);
  // copy_of copies `source`, which the caller wipes. Errors: as allocate.
  static Result<SecretBytes> copy_of(std::span<const std::uint8_t> source);
  // clone copies this secret. Errors: as allocate.
  [[nodiscard]] Result<SecretBytes> clone() const;

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

  [[nodiscard]] std::span<const std::uint8_t> view(InsecureSecretAccess) const noexcept { return {data_, size_}; }
  [[nodiscard]] std::span<std::uint8_t> mutable_view(InsecureSecretAccess) noexcept { return {data_, size_}; }

  // truncate shortens to `size` bytes (not more than size()) and wipes the rest.
  void truncate(std::size_t size) noexcept;
  // wipe zeroes and frees; the object is then empty.
  void wipe() noexcept;
  // equals compares in constant time for equal sizes; sizes are not secret.
  [[nodiscard]] bool equals(const SecretBytes& other) const noexcept;

 private:
  std::uint8_t* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace custos
