// A keyring of one key, for tests of chains.
#pragma once

#include "wallet/transaction.h"

namespace custos::wallet::testing {

// KeyringOfOne has one public key and no tree.
class KeyringOfOne final : public Keyring {
 public:
  explicit KeyringOfOne(Bytes public_key) : public_key_(std::move(public_key)) {}

  Result<Bytes> public_key(const KeyPath& path) override {
    if (path.empty()) return public_key_;
    return fail(Errc::bad_input, Origin::key, "the key is no tree of keys: it has no paths");
  }
  const KeyPath& path() const override { return path_; }
  std::optional<std::array<std::uint8_t, 4>> fingerprint() override { return std::nullopt; }

 private:
  const Bytes public_key_;
  const KeyPath path_{};
};

}  // namespace custos::wallet::testing
