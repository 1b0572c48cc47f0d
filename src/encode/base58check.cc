#include "encode/base58check.h"

#include <algorithm>
#include <array>

#include "base/writer.h"
#include "encode/base58.h"
#include "hash/digest.h"

namespace custos::encode {
namespace {

constexpr std::size_t kChecksumSize = 4;
static_assert(kMaxBase58CheckBytes + kChecksumSize <= kMaxBase58Bytes);

Digest32 checksum_of(ByteView data) noexcept { return hash::sha256_of(hash::sha256_of(data)); }

}  // namespace

std::string write_base58check(ByteView data) {
  if (data.size() > kMaxBase58CheckBytes) return {};
  Bytes bytes(data.begin(), data.end());
  const auto checksum = checksum_of(data);
  bytes.insert(bytes.end(), checksum.begin(), checksum.begin() + kChecksumSize);
  std::array<char, base58_size(kMaxBase58Bytes)> buffer;
  BoundedWriter out(buffer);
  return std::string(write_base58(bytes, out));
}

std::optional<Bytes> read_base58check(std::string_view text) {
  if (text.size() > base58_size(kMaxBase58CheckBytes + kChecksumSize)) return std::nullopt;
  auto bytes = read_base58(text);
  if (!bytes || bytes->size() < kChecksumSize || bytes->size() > kMaxBase58CheckBytes + kChecksumSize) return std::nullopt;
  const auto view = ByteView(*bytes);
  const auto data = view.first(view.size() - kChecksumSize);
  if (!std::ranges::equal(view.last(kChecksumSize), ByteView(checksum_of(data)).first(kChecksumSize))) return std::nullopt;
  bytes->resize(data.size());
  return bytes;
}

}  // namespace custos::encode
