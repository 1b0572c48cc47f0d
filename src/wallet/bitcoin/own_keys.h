// OwnKeys: which keys of a PSBT are the signer's.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "custos/result.h"
#include "wallet/transaction.h"

namespace custos::wallet::btc {

// OwnKey is one key of the signer, and where it is.
struct OwnKey {
  KeyPath path;
  Bytes public_key;  // compressed, 33 bytes

  [[nodiscard]] ByteView x_only() const noexcept { return ByteView(public_key).subspan(1); }
};

inline constexpr std::size_t kMaxPathSteps = 10;  // BIP 44 has 5, BIP 48 has 6: nobody looks for a key far below

// path_text writes "m/84'/0'/0'/1/5".
[[nodiscard]] std::string path_text(const KeyPath& path);

// OwnKeys asks a keyring, each path once. Not thread-safe.
class OwnKeys {
 public:
  // of: the keyring outlives it. Errors: bad_input, for a key that is no compressed point; those of the keyring.
  [[nodiscard]] static Result<OwnKeys> of(Keyring& keyring);

  // named is the single key, or that of the path that the caller named; nothing for a tree without a path.
  [[nodiscard]] const std::optional<OwnKey>& named() const noexcept { return named_; }
  // is_single tells that there is one key and no tree of them.
  [[nodiscard]] bool is_single() const noexcept { return named_ && named_->path.empty(); }
  // derived is ours when `derivation` (fingerprint ‖ path, as PSBT has it) begins with our root's fingerprint and its path, of at
  // most kMaxPathSteps, leads to `key` (33 bytes, or 32 x-only). Nothing when it does not: four bytes of a fingerprint may be
  // another's too. Errors: those of the keyring but bad_input.
  [[nodiscard]] Result<std::optional<OwnKey>> derived(ByteView derivation, ByteView key);

 private:
  explicit OwnKeys(Keyring& keyring) : keyring_(&keyring) {}
  // public_key is empty for a path that the tree has not.
  [[nodiscard]] Result<Bytes> public_key(const KeyPath& path);

  Keyring* keyring_;
  std::optional<std::array<std::uint8_t, 4>> fingerprint_;
  std::optional<OwnKey> named_;
  std::map<KeyPath, Bytes> known_;
};

}  // namespace custos::wallet::btc
