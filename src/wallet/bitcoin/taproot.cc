#include "wallet/bitcoin/taproot.h"

#include <secp256k1.h>
#include <secp256k1_extrakeys.h>

#include <algorithm>

#include "hash/digest.h"
#include "wallet/bitcoin/wire.h"

namespace custos::wallet::btc {
namespace {

constexpr std::size_t kHashSize = 32;
constexpr std::size_t kCompressedSize = 33;

XOnlyKey bytes_of(const secp256k1_xonly_pubkey& key) noexcept {
  XOnlyKey bytes;
  secp256k1_xonly_pubkey_serialize(secp256k1_context_static, bytes.data(), &key);
  return bytes;
}

}  // namespace

Digest32 tagged_hash(std::string_view tag, ByteView message) {
  const Digest32 tag_hash = hash::sha256_of(as_bytes(tag));
  Bytes preimage;
  preimage.reserve(2 * tag_hash.size() + message.size());
  put_bytes(preimage, tag_hash);
  put_bytes(preimage, tag_hash);
  put_bytes(preimage, message);
  return hash::sha256_of(preimage);
}

Digest32 tap_leaf_hash(std::uint8_t leaf_version, ByteView script) {
  Bytes message{leaf_version};
  put_var_bytes(message, script);
  return tagged_hash("TapLeaf", message);
}

Digest32 tap_branch_hash(const Digest32& one, const Digest32& other) {
  Bytes message;
  put_bytes(message, std::min(one, other));
  put_bytes(message, std::max(one, other));
  return tagged_hash("TapBranch", message);
}

Digest32 tap_tweak(const XOnlyKey& internal_key, const std::optional<Digest32>& merkle_root) {
  Bytes message(internal_key.begin(), internal_key.end());
  if (merkle_root) put_bytes(message, *merkle_root);
  return tagged_hash("TapTweak", message);
}

std::optional<XOnlyKey> x_only_key(ByteView key) {
  secp256k1_xonly_pubkey x_only;
  if (key.size() == kHashSize) {
    if (secp256k1_xonly_pubkey_parse(secp256k1_context_static, &x_only, key.data()) != 1) return std::nullopt;
    return bytes_of(x_only);
  }
  secp256k1_pubkey point;
  if (key.size() != kCompressedSize || secp256k1_ec_pubkey_parse(secp256k1_context_static, &point, key.data(), key.size()) != 1 ||
      secp256k1_xonly_pubkey_from_pubkey(secp256k1_context_static, &x_only, nullptr, &point) != 1) {
    return std::nullopt;
  }
  return bytes_of(x_only);
}

std::optional<OutputKey> output_key(const XOnlyKey& internal_key, const Digest32& tweak) {
  secp256k1_xonly_pubkey internal, tweaked;
  secp256k1_pubkey point;
  int parity = 0;
  if (secp256k1_xonly_pubkey_parse(secp256k1_context_static, &internal, internal_key.data()) != 1 ||
      secp256k1_xonly_pubkey_tweak_add(secp256k1_context_static, &point, &internal, tweak.data()) != 1 ||
      secp256k1_xonly_pubkey_from_pubkey(secp256k1_context_static, &tweaked, &parity, &point) != 1) {
    return std::nullopt;
  }
  return OutputKey{bytes_of(tweaked), parity != 0};
}

std::optional<ControlBlock> read_control_block(ByteView bytes) {
  const bool fits = bytes.size() >= kControlBlockBase && bytes.size() <= kControlBlockBase + kHashSize * kMaxTaprootDepth &&
                    (bytes.size() - kControlBlockBase) % kHashSize == 0;
  if (!fits) return std::nullopt;
  ControlBlock control;
  control.leaf_version = bytes[0] & 0xfeU;
  control.odd = (bytes[0] & 1U) != 0;
  std::ranges::copy(bytes.subspan(1, kHashSize), control.internal_key.begin());
  control.path = bytes.subspan(kControlBlockBase);
  return control;
}

Digest32 merkle_root(const ControlBlock& control, const Digest32& leaf_hash) {
  Digest32 root = leaf_hash;
  for (auto path = control.path; !path.empty(); path = path.subspan(kHashSize)) {
    Digest32 sibling;
    std::ranges::copy(path.first(kHashSize), sibling.begin());
    root = tap_branch_hash(root, sibling);
  }
  return root;
}

bool commits_to(const XOnlyKey& key, const ControlBlock& control, ByteView script) {
  const auto root = merkle_root(control, tap_leaf_hash(control.leaf_version, script));
  const auto output = output_key(control.internal_key, tap_tweak(control.internal_key, root));
  return output && output->key == key && output->odd == control.odd;
}

}  // namespace custos::wallet::btc
