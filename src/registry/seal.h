// Seals: how registry rows are guarded against editing, exchanging and the return of an old file.
//
// Each row that matters carries a MAC by a token key over its canonical bytes. A head row commits to all rows with their
// seals, to the event chain and to a counter, and is mirrored in a token data object where the token keeps such. Whoever holds
// the token's PIN can reseal (SECURITY.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "custos/result.h"

namespace custos::registry {

// RowSealer computes row MACs; the custodian backs it with a token key of purpose "registry". Thread-safe.
class RowSealer {
 public:
  RowSealer() = default;
  RowSealer(const RowSealer&) = delete;
  RowSealer& operator=(const RowSealer&) = delete;
  virtual ~RowSealer() = default;
  [[nodiscard]] virtual std::string_view algorithm() const noexcept = 0;  // "HMAC-SHA256"
  [[nodiscard]] virtual std::string_view key_id() const noexcept = 0;     // UUID of the seal key
  [[nodiscard]] virtual Result<Digest32> mac(ByteView row) = 0;
};

// Head commits to the whole registry.
struct Head {
  std::uint64_t counter = 0;
  Digest32 hash{};
  friend bool operator==(const Head&, const Head&) = default;
};

// Mirror is the copy of the head inside the token: the committed one, and the one that is being committed. A crash between the
// registry's commit and the mirror's leaves the registry equal to one of the two. A change that failed leaves its announcement
// standing: the next one replaces it.
struct Mirror {
  Head current;
  std::optional<Head> pending;
};

// HeadMirror keeps the mirror; the custodian backs it with a token data object. Thread-safe.
class HeadMirror {
 public:
  HeadMirror() = default;
  HeadMirror(const HeadMirror&) = delete;
  HeadMirror& operator=(const HeadMirror&) = delete;
  virtual ~HeadMirror() = default;
  [[nodiscard]] virtual Result<std::optional<Mirror>> load() = 0;
  virtual Result<void> store(const Mirror& mirror) = 0;
};

// encode_mirror and decode_mirror give the data object's bytes: "custos-mirror-v1", flags, counters big-endian, hashes.
[[nodiscard]] Bytes encode_mirror(const Mirror& mirror);
[[nodiscard]] Result<Mirror> decode_mirror(ByteView bytes);

}  // namespace custos::registry
