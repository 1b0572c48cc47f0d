// Bitcoin's wire format: little-endian integers, and lengths as CompactSize in its one shortest form.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace custos::wallet::btc {

// WireReader reads from the front of bytes that outlive it. What is not there, or is no canonical CompactSize, sets a sticky
// flag; from then on everything reads as zero or empty, so that a chain of reads is checked once.
class WireReader {
 public:
  explicit WireReader(ByteView bytes) noexcept : rest_(bytes) {}

  [[nodiscard]] std::uint8_t u8() noexcept;
  [[nodiscard]] std::uint32_t u32() noexcept;
  [[nodiscard]] std::uint64_t u64() noexcept;
  // compact_size refuses a number that a shorter form could have held ("overlong").
  [[nodiscard]] std::uint64_t compact_size() noexcept;
  // count is compact_size of things that take at least `smallest` bytes each; it fails where fewer bytes are left than that.
  [[nodiscard]] std::size_t count(std::size_t smallest) noexcept;
  [[nodiscard]] ByteView bytes(std::size_t size) noexcept;
  // var_bytes are bytes behind their CompactSize.
  [[nodiscard]] ByteView var_bytes() noexcept;

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] ByteView rest() const noexcept { return rest_; }
  // complete says that all was read, and well.
  [[nodiscard]] bool complete() const noexcept { return !failed_ && rest_.empty(); }

 private:
  std::uint64_t integer(std::size_t size) noexcept;
  void fail() noexcept;

  ByteView rest_;
  bool failed_ = false;
};

void put_u8(Bytes& out, std::uint8_t value);
void put_u32(Bytes& out, std::uint32_t value);
void put_u64(Bytes& out, std::uint64_t value);
void put_compact_size(Bytes& out, std::uint64_t value);
void put_bytes(Bytes& out, ByteView bytes);
// put_var_bytes writes the CompactSize of `bytes`, then them.
void put_var_bytes(Bytes& out, ByteView bytes);

[[nodiscard]] std::size_t compact_size_size(std::uint64_t value) noexcept;

// hash256 is SHA-256 twice.
[[nodiscard]] Digest32 hash256(ByteView bytes) noexcept;

}  // namespace custos::wallet::btc
