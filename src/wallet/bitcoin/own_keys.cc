#include "wallet/bitcoin/own_keys.h"

#include <algorithm>

#include "wallet/bitcoin/verify.h"
#include "wallet/bitcoin/wire.h"

namespace custos::wallet::btc {
namespace {

constexpr std::uint32_t kHardened = 0x80000000;
constexpr std::size_t kCompressedSize = 33;

}  // namespace

std::string path_text(const KeyPath& path) {
  std::string text = "m";
  for (const std::uint32_t step : path) text += "/" + std::to_string(step & ~kHardened) + ((step & kHardened) != 0 ? "'" : "");
  return text;
}

Result<OwnKeys> OwnKeys::of(Keyring& keyring) {
  OwnKeys keys(keyring);
  keys.fingerprint_ = keyring.fingerprint();
  if (keys.fingerprint_ && keyring.path().empty()) return keys;
  auto key = keyring.public_key(keyring.path());
  if (!key) return key.failure();
  if (key->size() != kCompressedSize || !is_point(*key)) {
    return fail(Errc::bad_input, Origin::key, "the key is no secp256k1 key: Bitcoin has no others");
  }
  keys.named_ = OwnKey{keyring.path(), std::move(*key)};
  return keys;
}

Result<Bytes> OwnKeys::public_key(const KeyPath& path) {
  if (const auto known = known_.find(path); known != known_.end()) return known->second;
  auto key = keyring_->public_key(path);
  if (!key && key.error().code != Errc::bad_input) return key;
  return known_.emplace(path, key && key->size() == kCompressedSize ? std::move(*key) : Bytes()).first->second;
}

Result<std::optional<OwnKey>> OwnKeys::derived(ByteView derivation, ByteView key) {
  if (!fingerprint_ || derivation.size() < 4 || !std::ranges::equal(derivation.first(4), *fingerprint_))
    return std::optional<OwnKey>();
  WireReader reader(derivation.subspan(4));
  if (reader.rest().size() / 4 > kMaxPathSteps) return std::optional<OwnKey>();
  OwnKey own;
  while (!reader.rest().empty() && !reader.failed()) own.path.push_back(reader.u32());
  auto found = public_key(own.path);
  if (!found) return found.failure();
  own.public_key = std::move(*found);
  const bool leads_to_it =
      !own.public_key.empty() && std::ranges::equal(key.size() == 32 ? own.x_only() : ByteView(own.public_key), key);
  return leads_to_it ? std::optional(std::move(own)) : std::nullopt;
}

}  // namespace custos::wallet::btc
