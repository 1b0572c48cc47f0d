#include "key/extended_key.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "encode/base58.h"
#include "encode/base58check.h"
#include "hash/hash.h"
#include "key/key_material.h"

namespace custos::key {
namespace {

constexpr InsecureSecretAccess kAccess{};

// Where things are in the 78 bytes (BIP 32, "Serialization format").
constexpr std::size_t kDepthAt = 4;
constexpr std::size_t kChainCodeAt = 4 + 1 + 4 + 4;
constexpr std::size_t kKeyAt = kChainCodeAt + 32;
constexpr std::size_t kKeySize = 33;
constexpr std::size_t kExtendedSize = kKeyAt + kKeySize;
constexpr std::size_t kCheckSize = 4;

using Version = std::array<std::uint8_t, 4>;
constexpr Version kMainPublic{0x04, 0x88, 0xB2, 0x1E}, kMainPrivate{0x04, 0x88, 0xAD, 0xE4};
constexpr Version kTestPublic{0x04, 0x35, 0x87, 0xCF}, kTestPrivate{0x04, 0x35, 0x83, 0x94};

Unexpected refuse(std::string why) { return fail(Errc::bad_input, Origin::key, std::move(why)); }

bool is(ByteView version, const Version& known) { return std::ranges::equal(version, known); }

// has_sum checks the first bytes of the double SHA-256 that stand at the end.
bool has_sum(ByteView bytes) {
  const Digest32 sum = hash::sha256(hash::sha256(bytes.first(kExtendedSize)));
  return sodium_memcmp(sum.data(), bytes.data() + kExtendedSize, kCheckSize) == 0;
}

Result<void> check_root(ByteView bytes) {
  const ByteView version = bytes.first(kDepthAt);
  if (is(version, kMainPublic) || is(version, kTestPublic)) return refuse("this is an extended public key: it signs nothing");
  if (!is(version, kMainPrivate) && !is(version, kTestPrivate)) {
    return refuse("this extended key is of another kind: xprv and tprv are read (BIP 32)");
  }
  if (bytes[kDepthAt] != 0) return refuse("this extended key is no root: it stands at depth " + std::to_string(bytes[kDepthAt]));
  const ByteView origin = bytes.subspan(kDepthAt + 1, kChainCodeAt - kDepthAt - 1);
  if (std::ranges::any_of(origin, [](std::uint8_t byte) { return byte != 0; })) {
    return refuse("this extended key names a parent at depth 0: it is damaged");
  }
  if (bytes[kKeyAt] != 0) return refuse("this extended key says that it is private, and holds something else");
  return {};
}

}  // namespace

Result<std::string> extended_public_key(const TreeNode& node, Network network) {
  if (node.public_key.size() != kKeySize) {
    return refuse("a node of Ed25519 has no extended public key: nothing can be derived from it publicly (SLIP-10)");
  }
  const Version& version = network == Network::main ? kMainPublic : kTestPublic;
  Bytes bytes(version.begin(), version.end());
  bytes.push_back(node.depth);
  const auto append = [&bytes](ByteView part) { bytes.insert(bytes.end(), part.begin(), part.end()); };
  append(node.parent_fingerprint);
  for (unsigned shift = 32; shift > 0; shift -= 8) {
    bytes.push_back(static_cast<std::uint8_t>(node.child_number >> (shift - 8)));
  }
  append(node.chain_code);
  append(node.public_key);
  return encode::write_base58check(bytes);
}

Result<SecretBytes> root_of_extended_key(const SecretBytes& text) {
  auto decoded = encode::secret_from_base58(text.view(kAccess));
  if (!decoded && decoded.error().code != Errc::bad_input) return decoded;
  if (!decoded || decoded->size() != kExtendedSize + kCheckSize || !has_sum(decoded->view(kAccess))) {
    return refuse("this is no extended key: 111 characters of base58, beginning with xprv or tprv, whose checksum fits");
  }
  const ByteView bytes = decoded->view(kAccess);
  if (auto checked = check_root(bytes); !checked) return checked.failure();
  auto root = SecretBytes::allocate(facts_of(Algorithm::bip32).secret_size);
  if (!root) return root;
  const auto after = std::ranges::copy(bytes.subspan(kKeyAt + 1, kKeySize - 1), root->mutable_view(kAccess).begin()).out;
  std::ranges::copy(bytes.subspan(kChainCodeAt, kKeyAt - kChainCodeAt), after);
  if (auto checked = check_material(Algorithm::bip32, *root); !checked) return checked.failure();
  return root;
}

}  // namespace custos::key
