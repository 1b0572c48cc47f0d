// The outer format of a backup, version 1: bytes under a passphrase. docs/backup-and-recovery.md has every byte.
#pragma once

#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "software/passphrase_key.h"

namespace custos {

inline constexpr std::size_t kMaxBackup = std::size_t{4} << 30U;

// BoxHeader is what can be read without the passphrase. It is authenticated with everything that follows.
struct BoxHeader {
  static constexpr std::size_t kSize = 72;
  software::KdfCost cost;
  software::KdfSalt salt{};
  std::array<std::uint8_t, 24> stream{};  // of libsodium's secretstream
  friend bool operator==(const BoxHeader&, const BoxHeader&) = default;

  [[nodiscard]] Bytes encode() const;
  // parse reads the header of a file. Errors: integrity; the detail goes on where a file's name stands: "is empty".
  [[nodiscard]] static Result<BoxHeader> parse(ByteView file);
};

// seal_box encrypts `content` under a passphrase. Errors: system.
[[nodiscard]] Result<Bytes> seal_box(ByteView content, const SecretBytes& passphrase, const software::KdfCost& cost);
// open_box answers what was sealed. Errors: authentication (passphrase or header), integrity; details as above.
[[nodiscard]] Result<Bytes> open_box(ByteView file, const SecretBytes& passphrase);

// seal_box_with and open_box_with do the same under the 32-byte key that the passphrase leads to; `header` gets its stream.
[[nodiscard]] Result<Bytes> seal_box_with(ByteView content, const SecretBytes& key, BoxHeader header);
[[nodiscard]] Result<Bytes> open_box_with(ByteView file, const SecretBytes& key);

}  // namespace custos
