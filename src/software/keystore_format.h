// The keystore's file format, version 1: bytes to entries and back, without any file or key. docs/keystore-format.md has every
// byte.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "custos/result.h"
#include "key/algorithm.h"
#include "key/key_id.h"
#include "key/lifecycle.h"
#include "key/sealer.h"
#include "software/passphrase_key.h"

namespace custos::software {

inline constexpr std::uint32_t kKeystoreFormat = 1;
inline constexpr std::size_t kMaxKeystore = std::size_t{1} << 30U;
inline constexpr std::size_t kMaxKeystoreBox = 64 * 1024;
inline constexpr std::size_t kGenerationOffset = 148;  // in the file

using Mac = std::array<std::uint8_t, 32>;  // all zero in a keystore without a passphrase

// PassphraseSlot is the master key, wrapped under a passphrase. Nothing in it is trusted, or refused, before the passphrase has
// opened it: a slot that was changed looks like a wrong passphrase.
struct PassphraseSlot {
  static constexpr std::uint32_t kArgon2id = 1;  // version 1.3 (RFC 9106)
  std::uint32_t kdf = kArgon2id;
  std::uint32_t lanes = 1;
  KdfCost cost;
  KdfSalt salt{};
  std::array<std::uint8_t, 24> nonce{};
  std::array<std::uint8_t, 48> box{};  // 32 bytes and their tag
  friend bool operator==(const PassphraseSlot&, const PassphraseSlot&) = default;

  // context is what the box authenticates besides: every byte of the file before it.
  [[nodiscard]] Bytes context(const key::KeyId& home) const;
};

struct KeystoreHeader {
  key::KeyId home;
  std::optional<PassphraseSlot> slot;  // absent while there has been no passphrase: then all keys are sealed
  std::uint64_t generation = 0;        // of the file: each write adds one
};

// EntryAbout is what an entry tells of its key, or of a secret that is none. All of it is authenticated with the material.
struct EntryAbout {
  key::KeyId id;
  bool is_secret = false;  // no key: a venue's passphrase; `algorithm` then says nothing
  key::Algorithm algorithm = key::Algorithm::hmac_sha256;
  key::Origin origin = key::Origin::generated;
  std::int64_t created_ms = 0;
  std::string_view label, purpose;
  ByteView public_key;                               // SubjectPublicKeyInfo; empty for secret keys
  std::optional<key::SealReference> sealed_under{};  // absent: under the passphrase

  // encode writes the entry's first part. Errors: bad_input, when the format has no room for it, saying for what.
  [[nodiscard]] Result<Bytes> encode() const;
  // context is what the material's box authenticates besides.
  [[nodiscard]] static Bytes context(const key::KeyId& home, ByteView encoded);
};

// KeystoreEntry is an entry as views into the file's bytes.
struct KeystoreEntry {
  EntryAbout about;
  ByteView encoded_about, box, whole;
};

// encode_entry puts an entry's parts together. Errors: bad_input for a box above kMaxKeystoreBox.
[[nodiscard]] Result<Bytes> encode_entry(ByteView encoded_about, ByteView box);

// Authenticate computes the MAC over what the passphrase protects: the file up to the slot's end, and each software entry, in
// order. Sealed entries can come and go without the passphrase: they authenticate themselves.
using Authenticate = std::function<Mac(std::span<const ByteView> parts)>;

// encode_keystore writes a whole file from whole entries.
[[nodiscard]] Result<Bytes> encode_keystore(const KeystoreHeader& header, std::span<const ByteView> entries,
                                            const Authenticate& authenticate);

// KeystoreImage is one state of the file: its bytes, once, and an index. Immutable; thread-safe.
class KeystoreImage {
 public:
  // none is the keystore that does not exist yet.
  [[nodiscard]] static KeystoreImage none(const key::KeyId& home);
  // parse reads a whole file. Errors: integrity; the detail goes on where a file's name stands: "is empty".
  [[nodiscard]] static Result<KeystoreImage> parse(Bytes file);

  [[nodiscard]] const KeystoreHeader& header() const noexcept { return header_; }
  [[nodiscard]] const Mac& mac() const noexcept { return mac_; }
  [[nodiscard]] const Bytes& bytes() const noexcept { return file_; }
  [[nodiscard]] bool exists() const noexcept { return !file_.empty(); }

  [[nodiscard]] std::size_t size() const noexcept { return offsets_.size(); }
  [[nodiscard]] KeystoreEntry at(std::size_t index) const;
  [[nodiscard]] std::optional<KeystoreEntry> find(const key::KeyId& id) const;
  [[nodiscard]] bool has_label(std::string_view label) const;

  [[nodiscard]] std::optional<KeystoreEntry> find_label(std::string_view label) const;

  // entries are all of them, whole; authenticated is what Authenticate takes; software_keys is how many keys are not sealed,
  // sealed_keys how many are. Secrets are no keys.
  [[nodiscard]] std::vector<ByteView> entries() const;
  [[nodiscard]] std::vector<ByteView> authenticated() const;
  [[nodiscard]] std::size_t software_keys() const { return count_keys(false); }
  [[nodiscard]] std::size_t sealed_keys() const { return count_keys(true); }

 private:
  Result<void> read();
  Result<void> index();
  [[nodiscard]] std::size_t count_keys(bool sealed) const;
  [[nodiscard]] key::KeyId id_at(std::uint32_t offset) const;
  [[nodiscard]] std::string_view label_at(std::uint32_t offset) const;

  KeystoreHeader header_;
  Mac mac_{};
  Bytes file_;
  std::vector<std::uint32_t> offsets_, by_id_, by_label_;
};

}  // namespace custos::software
