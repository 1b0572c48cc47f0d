#include "wallet/bitcoin/wire.h"

#include "hash/digest.h"

namespace custos::wallet::btc {
namespace {

void put_integer(Bytes& out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

}  // namespace

void WireReader::fail() noexcept {
  failed_ = true;
  rest_ = {};
}

ByteView WireReader::bytes(std::size_t size) noexcept {
  if (size > rest_.size()) {
    fail();
    return {};
  }
  const ByteView read = rest_.first(size);
  rest_ = rest_.subspan(size);
  return read;
}

std::uint64_t WireReader::integer(std::size_t size) noexcept {
  std::uint64_t value = 0;
  std::size_t shift = 0;
  for (const auto byte : bytes(size)) {
    value |= std::uint64_t{byte} << shift;
    shift += 8;
  }
  return value;
}

std::uint8_t WireReader::u8() noexcept { return static_cast<std::uint8_t>(integer(1)); }
std::uint32_t WireReader::u32() noexcept { return static_cast<std::uint32_t>(integer(4)); }
std::uint64_t WireReader::u64() noexcept { return integer(8); }

std::uint64_t WireReader::compact_size() noexcept {
  const std::uint8_t first = u8();
  if (first < 0xfd) return first;
  const std::size_t size = std::size_t{2} << (first - 0xfdU);
  const std::uint64_t value = integer(size);
  if (failed_) return 0;
  if (1 + size == compact_size_size(value)) return value;
  fail();
  return 0;
}

std::size_t WireReader::count(std::size_t smallest) noexcept {
  const std::uint64_t value = compact_size();
  if (value <= rest_.size() / smallest) return static_cast<std::size_t>(value);
  fail();
  return 0;
}

ByteView WireReader::var_bytes() noexcept { return bytes(count(1)); }

void put_u8(Bytes& out, std::uint8_t value) { out.push_back(value); }
void put_u32(Bytes& out, std::uint32_t value) { put_integer(out, value, 4); }
void put_u64(Bytes& out, std::uint64_t value) { put_integer(out, value, 8); }

std::size_t compact_size_size(std::uint64_t value) noexcept {
  return value < 0xfd ? 1 : value <= 0xffff ? 3 : value <= 0xffffffff ? 5 : 9;
}

void put_compact_size(Bytes& out, std::uint64_t value) {
  const std::size_t size = compact_size_size(value);
  if (size > 1) put_u8(out, size == 3 ? 0xfd : size == 5 ? 0xfe : 0xff);
  put_integer(out, value, size == 1 ? 1 : size - 1);
}

void put_bytes(Bytes& out, ByteView bytes) { out.insert(out.end(), bytes.begin(), bytes.end()); }

void put_var_bytes(Bytes& out, ByteView bytes) {
  put_compact_size(out, bytes.size());
  put_bytes(out, bytes);
}

Digest32 hash256(ByteView bytes) noexcept { return hash::sha256_of(hash::sha256_of(bytes)); }

}  // namespace custos::wallet::btc
