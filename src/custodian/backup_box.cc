#include "custodian/backup_box.h"

#include <sodium.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace custos {
namespace {

using State = crypto_secretstream_xchacha20poly1305_state;

// kMagic ends like PNG's: a transfer that changes line ends, or stops at a control-Z, breaks it (RFC 2083, 12.11).
constexpr std::string_view kMagic = "custos backup\r\n\x1a";
constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kVersionAt = kMagic.size(), kPassesAt = kVersionAt + 4, kMemoryAt = kPassesAt + 4, kSaltAt = kMemoryAt + 8,
                      kStreamAt = kSaltAt + 16;
static_assert(kStreamAt + crypto_secretstream_xchacha20poly1305_HEADERBYTES == BoxHeader::kSize);

constexpr std::size_t kChunk = 64 * 1024;  // of content; each is followed by what authenticates it
constexpr std::size_t kOverhead = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr std::uint8_t kMore = crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
constexpr std::uint8_t kLast = crypto_secretstream_xchacha20poly1305_TAG_FINAL;

void put_number(std::uint8_t* place, std::size_t size, std::uint64_t number) {
  for (std::size_t i = size; i-- > 0; number >>= 8U) place[i] = static_cast<std::uint8_t>(number);
}

std::uint64_t get_number(ByteView bytes) {
  std::uint64_t number = 0;
  for (const auto byte : bytes) number = number << 8U | byte;
  return number;
}

Unexpected damaged(std::string what) { return fail(Errc::integrity, Origin::home, std::move(what)); }

Unexpected locked() {
  return fail(Errc::authentication, Origin::home, "does not open: the passphrase is wrong, or its header was changed");
}

// Stream is a secretstream, its state in guarded memory.
class Stream {
 public:
  static Result<Stream> allocate() {
    auto state = SecretBytes::allocate(sizeof(State));
    if (!state) return state.failure();
    return Stream(*std::move(state));
  }
  // State consists of bytes, and may lie anywhere.
  [[nodiscard]] State* get() noexcept {
    static_assert(alignof(State) == 1);
    return reinterpret_cast<State*>(state_.mutable_view(InsecureSecretAccess{}).data());
  }

 private:
  explicit Stream(SecretBytes state) : state_(std::move(state)) {}
  SecretBytes state_;
};

}  // namespace

Bytes BoxHeader::encode() const {
  Bytes out(kSize);
  std::ranges::copy(kMagic, out.begin());
  put_number(&out[kVersionAt], 4, kVersion);
  put_number(&out[kPassesAt], 4, cost.passes);
  put_number(&out[kMemoryAt], 8, cost.memory_bytes);
  std::ranges::copy(salt, out.begin() + kSaltAt);
  std::ranges::copy(stream, out.begin() + kStreamAt);
  return out;
}

Result<BoxHeader> BoxHeader::parse(ByteView file) {
  if (file.empty()) return damaged("is empty: it is no backup, or its writing was interrupted");
  const std::size_t seen = std::min(file.size(), kMagic.size());
  if (as_text(file.first(seen)) != kMagic.substr(0, seen)) return damaged("is not a backup made by Custos");
  if (file.size() < kSize) return damaged("is torn: it ends within its header");
  const std::uint64_t version = get_number(file.subspan(kVersionAt, 4));
  if (version > kVersion) {
    return damaged("was made by a newer Custos (backup format " + std::to_string(version) + ", this one knows " +
                   std::to_string(kVersion) + "): upgrade Custos");
  }
  BoxHeader header;
  header.cost.passes = get_number(file.subspan(kPassesAt, 4));
  header.cost.memory_bytes = get_number(file.subspan(kMemoryAt, 8));
  if (version != kVersion || !header.cost.is_sane()) return locked();
  std::ranges::copy(file.subspan(kSaltAt, header.salt.size()), header.salt.begin());
  std::ranges::copy(file.subspan(kStreamAt, header.stream.size()), header.stream.begin());
  return header;
}

Result<Bytes> seal_box(ByteView content, const SecretBytes& passphrase, const software::KdfCost& cost) {
  BoxHeader header;
  header.cost = cost;
  randombytes_buf(header.salt.data(), header.salt.size());
  auto key = software::derive_key(passphrase, header.salt, cost);
  if (!key) return key.failure();
  return seal_box_with(content, *key, header);
}

Result<Bytes> open_box(ByteView file, const SecretBytes& passphrase) {
  auto header = BoxHeader::parse(file);
  if (!header) return header.failure();
  auto key = software::derive_key(passphrase, header->salt, header->cost);
  if (!key) return key.failure();
  return open_box_with(file, *key);
}

Result<Bytes> seal_box_with(ByteView content, const SecretBytes& key, BoxHeader header) {
  auto stream = Stream::allocate();
  if (!stream) return stream.failure();
  crypto_secretstream_xchacha20poly1305_init_push(stream->get(), header.stream.data(), key.view(InsecureSecretAccess{}).data());
  const Bytes plain = header.encode();
  Bytes out = plain;
  const auto push = [&](ByteView chunk, std::uint8_t tag) {
    out.resize(out.size() + chunk.size() + kOverhead);
    crypto_secretstream_xchacha20poly1305_push(stream->get(), out.data() + out.size() - chunk.size() - kOverhead, nullptr,
                                               chunk.data(), chunk.size(), plain.data(), plain.size(), tag);
  };
  out.reserve(plain.size() + content.size() + kOverhead * (content.size() / kChunk + 2));
  push({}, kMore);  // tells a wrong passphrase from damage further on
  for (; content.size() > kChunk; content = content.subspan(kChunk)) push(content.first(kChunk), kMore);
  push(content, kLast);
  return out;
}

Result<Bytes> open_box_with(ByteView file, const SecretBytes& key) {
  auto header = BoxHeader::parse(file);
  if (!header) return header.failure();
  auto stream = Stream::allocate();
  if (!stream) return stream.failure();
  crypto_secretstream_xchacha20poly1305_init_pull(stream->get(), header->stream.data(), key.view(InsecureSecretAccess{}).data());
  const ByteView plain = file.first(BoxHeader::kSize);
  ByteView rest = file.subspan(BoxHeader::kSize);
  Bytes content;
  content.reserve(rest.size());
  // pull takes the next chunk of at most `most` bytes of content and answers its tag.
  const auto pull = [&](std::size_t most) -> std::optional<std::uint8_t> {
    const ByteView chunk = rest.first(std::min(rest.size(), most + kOverhead));
    if (chunk.size() < kOverhead) return std::nullopt;
    const std::size_t before = content.size();
    content.resize(before + chunk.size() - kOverhead);
    std::uint8_t tag = 0;
    const int failed = crypto_secretstream_xchacha20poly1305_pull(stream->get(), content.data() + before, nullptr, &tag,
                                                                  chunk.data(), chunk.size(), plain.data(), plain.size());
    if (failed != 0) return std::nullopt;
    rest = rest.subspan(chunk.size());
    return tag;
  };
  if (rest.size() < kOverhead) return damaged("is torn: it ends within its header");
  if (pull(0) != kMore) return locked();
  while (!rest.empty()) {
    const std::size_t at = file.size() - rest.size();
    const auto tag = pull(kChunk);
    if (!tag) return damaged("was changed, or is torn, at byte " + std::to_string(at) + " or behind it: take another backup");
    if (*tag == kLast && rest.empty()) return content;
    if (*tag == kLast) return damaged("goes on behind its end: it was changed");
  }
  return damaged("is torn: its end is missing");
}

}  // namespace custos
