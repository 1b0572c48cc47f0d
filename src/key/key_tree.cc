#include "key/key_tree.h"

#include <secp256k1.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/wipe_stack.h"
#include "hash/ripemd160.h"
#include "key/elliptic_curve.h"
#include "key/key_path.h"

namespace custos::key {
namespace {

constexpr InsecureSecretAccess kAccess{};
constexpr std::size_t kPartSize = 32;        // of a private key, and of a chain code
constexpr std::size_t kNodeSize = 64;        // both
constexpr std::size_t kCompressedSize = 33;  // a public key, or a private one behind a zero (BIP 32: ser_P, ser_256)
using Node = std::span<std::uint8_t, kNodeSize>;
using Part = std::span<const std::uint8_t, kPartSize>;
using Serialized = std::array<std::uint8_t, kCompressedSize>;
using Mac = std::array<std::uint8_t, crypto_auth_hmacsha512_BYTES>;  // I: I_L ‖ I_R

Unexpected refuse(std::string why) { return fail(Errc::bad_input, Origin::key, std::move(why)); }
Unexpected no_such_child(std::uint32_t step) {
  return refuse("the tree has no key at step " + key_path_text({&step, 1}).substr(2) + ": take the next number (BIP 32)");
}

void write_step(std::uint32_t step, std::uint8_t* place) noexcept {
  for (unsigned i = 0; i < 4; ++i) place[i] = static_cast<std::uint8_t>(step >> (24 - 8 * i));
}

// mac_of is HMAC-SHA512(key, message); what it leaves on the stack is the caller's to wipe.
[[gnu::noinline]] void mac_of(ByteView key, ByteView message, Mac& out) noexcept {
  crypto_auth_hmacsha512_state state;
  crypto_auth_hmacsha512_init(&state, key.data(), key.size());
  crypto_auth_hmacsha512_update(&state, message.data(), message.size());
  crypto_auth_hmacsha512_final(&state, out.data());
  sodium_memzero(&state, sizeof state);
}

void serialize(const secp256k1_pubkey& key, Serialized& out) noexcept {
  std::size_t size = out.size();
  secp256k1_ec_pubkey_serialize(secp256k1_context_static, out.data(), &size, &key, SECP256K1_EC_COMPRESSED);
}

// serialize_public gives the public key of a private one as hashes take it; SLIP-10 puts a zero before those of Ed25519.
[[gnu::noinline]] void serialize_public(Algorithm tree, Part private_key, Serialized& out) noexcept {
  if (tree == Algorithm::bip32) {
    secp256k1_pubkey key;
    if (secp256k1_ec_pubkey_create(secp256k1_own_context(), &key, private_key.data()) == 1) serialize(key, out);
    return;
  }
  std::array<std::uint8_t, crypto_sign_SECRETKEYBYTES> expanded;
  out[0] = 0;
  crypto_sign_seed_keypair(out.data() + 1, expanded.data(), private_key.data());
  sodium_memzero(expanded.data(), expanded.size());
}

std::array<std::uint8_t, 4> fingerprint_of(const Serialized& key) {
  const hash::Digest20 digest = hash::hash160(key);
  std::array<std::uint8_t, 4> fingerprint;
  std::copy_n(digest.begin(), fingerprint.size(), fingerprint.begin());
  return fingerprint;
}

// go_down replaces a node by its child (CKDpriv). False where there is no such child.
[[gnu::noinline]] bool go_down(Algorithm tree, Node node, std::uint32_t step) noexcept {
  Serialized key;
  if ((step & kHardened) != 0) {
    key[0] = 0;
    std::ranges::copy(node.first<kPartSize>(), key.begin() + 1);
  } else {
    serialize_public(tree, node.first<kPartSize>(), key);
  }
  std::array<std::uint8_t, kCompressedSize + 4> message;
  std::ranges::copy(key, message.begin());
  write_step(step, message.data() + kCompressedSize);
  Mac mac;
  mac_of(node.last<kPartSize>(), message, mac);
  bool exists = true;
  if (tree == Algorithm::bip32) {
    exists = secp256k1_ec_seckey_tweak_add(secp256k1_context_static, node.data(), mac.data()) == 1;
  } else {
    std::ranges::copy(std::span(mac).first<kPartSize>(), node.begin());
  }
  std::ranges::copy(std::span(mac).last<kPartSize>(), node.last<kPartSize>().begin());
  sodium_memzero(key.data(), key.size());
  sodium_memzero(message.data(), message.size());
  sodium_memzero(mac.data(), mac.size());
  return exists;
}

Result<void> check_path(Algorithm tree, std::span<const std::uint32_t> path) {
  if (!is_tree(tree)) return no_tree();
  if (path.size() > kMaxPathSteps) return refuse("a key path has at most " + std::to_string(kMaxPathSteps) + " steps");
  if (tree == Algorithm::bip32) return {};
  const auto plain = std::ranges::find_if(path, [](std::uint32_t step) { return (step & kHardened) == 0; });
  if (plain == path.end()) return {};
  return refuse("step " + std::to_string(plain - path.begin() + 1) + " of " + key_path_text(path) +
                " is not hardened: an Ed25519 tree has hardened steps only (SLIP-10)");
}

// descend gives the node at `path`.
Result<SecretBytes> descend(Algorithm tree, const SecretBytes& root, std::span<const std::uint32_t> path) {
  if (auto checked = check_path(tree, path); !checked) return checked.failure();
  auto node = root.clone();
  if (!node) return node;
  for (const std::uint32_t step : path) {
    const bool exists = go_down(tree, node->mutable_view(kAccess).first<kNodeSize>(), step);
    wipe_stack();
    if (!exists) return no_such_child(step);
  }
  return node;
}

// describe gives the public half of a node, wherever it stands.
TreeNode describe(Algorithm tree, const SecretBytes& node) {
  const auto bytes = node.view(kAccess).first<kNodeSize>();
  Serialized key{};
  serialize_public(tree, bytes.first<kPartSize>(), key);
  wipe_stack();
  TreeNode told;
  told.public_key.assign(key.begin() + (tree == Algorithm::bip32 ? 0 : 1), key.end());
  told.fingerprint = fingerprint_of(key);
  std::ranges::copy(bytes.last<kPartSize>(), told.chain_code.begin());
  return told;
}

std::string_view master_key_of(Algorithm tree) noexcept {
  return tree == Algorithm::bip32 ? "Bitcoin seed" : "ed25519 seed";  // BIP 32 and SLIP-10, "Master key generation"
}

}  // namespace

Result<SecretBytes> master_of_seed(Algorithm tree, const SecretBytes& seed) {
  constexpr std::size_t kLeast = 16, kMost = 64;
  if (!is_tree(tree)) return no_tree();
  if (seed.size() < kLeast || seed.size() > kMost) {
    return refuse("a seed has 16 to 64 bytes, this one has " + std::to_string(seed.size()));
  }
  auto root = SecretBytes::allocate(kNodeSize);
  if (!root) return root;
  const auto bytes = root->mutable_view(kAccess);
  Mac mac;
  mac_of(as_bytes(master_key_of(tree)), seed.view(kAccess), mac);
  std::ranges::copy(mac, bytes.begin());
  sodium_memzero(mac.data(), mac.size());
  wipe_stack();
  if (tree == Algorithm::bip32 && !is_scalar(tree, bytes.first(kPartSize))) {
    return refuse("this seed makes no key: take another (BIP 32)");
  }
  return root;
}

Result<SecretBytes> derive_key(Algorithm tree, const SecretBytes& root, std::span<const std::uint32_t> path) {
  auto node = descend(tree, root, path);
  if (node) node->truncate(kPartSize);
  return node;
}

Result<TreeNode> derive_node(Algorithm tree, const SecretBytes& root, std::span<const std::uint32_t> path) {
  if (path.empty()) return is_tree(tree) ? Result<TreeNode>(describe(tree, root)) : no_tree();
  if (auto checked = check_path(tree, path); !checked) return checked.failure();
  auto node = descend(tree, root, path.first(path.size() - 1));
  if (!node) return node.failure();
  const TreeNode parent = describe(tree, *node);
  const bool exists = go_down(tree, node->mutable_view(kAccess).first<kNodeSize>(), path.back());
  wipe_stack();
  if (!exists) return no_such_child(path.back());
  TreeNode told = describe(tree, *node);
  told.parent_fingerprint = parent.fingerprint;
  told.depth = static_cast<std::uint8_t>(path.size());
  told.child_number = path.back();
  return told;
}

Result<TreeNode> child_of(const TreeNode& parent, std::uint32_t step) {
  if ((step & kHardened) != 0) return refuse("a hardened step needs the private key");
  if (parent.depth == kMaxPathSteps) return refuse("a key path has at most " + std::to_string(kMaxPathSteps) + " steps");
  std::array<std::uint8_t, kCompressedSize + 4> message;
  secp256k1_pubkey key;
  if (parent.public_key.size() != kCompressedSize ||
      secp256k1_ec_pubkey_parse(secp256k1_context_static, &key, parent.public_key.data(), kCompressedSize) != 1) {
    return refuse("only nodes of secp256k1 have public children (BIP 32)");
  }
  std::ranges::copy(parent.public_key, message.begin());
  write_step(step, message.data() + kCompressedSize);
  Mac mac;
  mac_of(parent.chain_code, message, mac);
  if (secp256k1_ec_pubkey_tweak_add(secp256k1_context_static, &key, mac.data()) != 1) return no_such_child(step);
  Serialized serialized;
  serialize(key, serialized);
  TreeNode child;
  child.public_key.assign(serialized.begin(), serialized.end());
  std::ranges::copy(std::span(mac).last<kPartSize>(), child.chain_code.begin());
  child.fingerprint = fingerprint_of(serialized);
  child.parent_fingerprint = parent.fingerprint;
  child.depth = static_cast<std::uint8_t>(parent.depth + 1);
  child.child_number = step;
  return child;
}

}  // namespace custos::key
