#include "key/key_tree.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <algorithm>
#include <string>

#include "hash/hash.h"
#include "key/elliptic_curve.h"
#include "key/extended_key.h"
#include "key/key_material.h"
#include "key/key_path.h"
#include "key/mnemonic.h"
#include "support/vectors.h"

namespace custos::key {
namespace {

constexpr InsecureSecretAccess kAccess{};

SecretBytes secret(ByteView bytes) { return *SecretBytes::copy_of(bytes); }
SecretBytes secret(std::string_view text) { return secret(as_bytes(text)); }
std::string hex_of(const SecretBytes& bytes) { return encode::to_hex(bytes.view(kAccess)); }

SecretBytes root_of(Algorithm tree, const nlohmann::json& seed) {
  auto root = master_of_seed(tree, test::secret_hex(seed));
  if (!root) ADD_FAILURE() << root.error().detail;
  return *std::move(root);
}
std::vector<std::uint32_t> path_of(const nlohmann::json& text) { return *parse_key_path(text.get<std::string>()); }

TreeNode node_of(Algorithm tree, const SecretBytes& root, std::span<const std::uint32_t> path) {
  auto node = derive_node(tree, root, path);
  if (!node) ADD_FAILURE() << node.error().detail;
  return *std::move(node);
}

void expect_same(const TreeNode& one, const TreeNode& other) {
  EXPECT_EQ(one.public_key, other.public_key);
  EXPECT_EQ(one.chain_code, other.chain_code);
  EXPECT_EQ(one.fingerprint, other.fingerprint);
  EXPECT_EQ(one.parent_fingerprint, other.parent_fingerprint);
  EXPECT_EQ(one.depth, other.depth);
  EXPECT_EQ(one.child_number, other.child_number);
}

TEST(KeyTree, DerivesAsBip32Does) {
  for (const auto& vector : test::vectors_of("bip32.json")) {
    SCOPED_TRACE(vector.at("source").get<std::string>() + " " + vector.at("path").get<std::string>());
    const auto root = root_of(Algorithm::bip32, vector.at("seed"));
    const auto path = path_of(vector.at("path"));
    EXPECT_EQ(hex_of(*derive_key(Algorithm::bip32, root, path)), vector.at("private_key").get<std::string>());
    const TreeNode node = node_of(Algorithm::bip32, root, path);
    EXPECT_EQ(encode::to_hex(node.chain_code), vector.at("chain_code").get<std::string>());
    EXPECT_EQ(*extended_public_key(node, Network::main), vector.at("xpub").get<std::string>());
  }
}

TEST(KeyTree, DerivesAsSlip10Does) {
  for (const auto& vector : test::vectors_of("slip10.json")) {
    const Algorithm tree = test::algorithm_of(vector);
    SCOPED_TRACE(vector.at("algorithm").get<std::string>() + " " + vector.at("path").get<std::string>());
    const auto root = root_of(tree, vector.at("seed"));
    const auto path = path_of(vector.at("path"));
    EXPECT_EQ(hex_of(*derive_key(tree, root, path)), vector.at("private_key").get<std::string>());
    const TreeNode node = node_of(tree, root, path);
    EXPECT_EQ(encode::to_hex(node.chain_code), vector.at("chain_code").get<std::string>());
    EXPECT_EQ(encode::to_hex(node.public_key), vector.at("public_key").get<std::string>());
    EXPECT_EQ(encode::to_hex(node.parent_fingerprint), vector.at("parent_fingerprint").get<std::string>());
    EXPECT_EQ(node.depth, path.size());
    EXPECT_EQ(node.child_number, path.empty() ? 0 : path.back());
  }
}

TEST(KeyTree, DerivesChildrenPubliclyAsPrivately) {
  std::size_t compared = 0;
  for (const auto& vector : test::vectors_of("bip32.json")) {
    const auto path = path_of(vector.at("path"));
    if (path.empty() || (path.back() & kHardened) != 0) continue;
    const auto root = root_of(Algorithm::bip32, vector.at("seed"));
    const TreeNode parent = node_of(Algorithm::bip32, root, std::span(path).first(path.size() - 1));
    const auto child = child_of(parent, path.back());
    ASSERT_TRUE(child) << child.error().detail;
    expect_same(*child, node_of(Algorithm::bip32, root, path));
    ++compared;
  }
  EXPECT_EQ(compared, 6U);
}

TEST(KeyTree, GivesTheAccountsOfBip84AndBip86) {
  for (const auto& vector : test::vectors_of("bip32_accounts.json")) {
    SCOPED_TRACE(vector.at("source").get<std::string>());
    const auto seed = seed_of_mnemonic(secret(vector.at("mnemonic").get<std::string>()), {});
    ASSERT_TRUE(seed) << seed.error().detail;
    const auto root = *master_of_seed(Algorithm::bip32, *seed);
    EXPECT_EQ(encode::to_hex(node_of(Algorithm::bip32, root, {}).fingerprint), "73c5da0a");
    EXPECT_EQ(*extended_public_key(node_of(Algorithm::bip32, root, path_of(vector.at("account"))), Network::main),
              vector.at("xpub").get<std::string>());
    EXPECT_EQ(encode::to_hex(node_of(Algorithm::bip32, root, path_of(vector.at("path"))).public_key),
              vector.at("public_key").get<std::string>());
  }
}

// random_path makes the path that tests/key/key_tree_differential.mjs makes.
std::vector<std::uint32_t> random_path(int i, bool hardened) {
  const Digest32 bytes = hash::sha256(as_bytes("custos key path " + std::to_string(i)));
  std::vector<std::uint32_t> path;
  for (std::size_t step = 0; step < 1U + bytes[0] % 8; ++step) {
    const std::uint8_t* at = bytes.data() + 1 + 3 * step;
    path.push_back(((at[0] & 0x7FU) << 16U) | (unsigned{at[1]} << 8U) | at[2]);
    if (hardened || at[0] >= 0x80) path.back() |= kHardened;
  }
  return path;
}

TEST(KeyTree, DerivesRandomPathsAsOtherLibrariesDo) {
  const auto vectors = test::vectors_of("key_tree_differential.json");
  for (const Algorithm tree : {Algorithm::bip32, Algorithm::slip10_ed25519}) {
    const auto& rows = vectors.at(std::string(facts_of(tree).option));
    ASSERT_EQ(rows.size(), 1000U);
    for (int i = 0; i < 1000; ++i) {
      const auto root = *master_of_seed(tree, secret(hash::sha256(as_bytes("custos key tree " + std::to_string(i)))));
      const auto path = random_path(i, tree == Algorithm::slip10_ed25519);
      const auto key = *derive_key(tree, root, path);
      const TreeNode node = node_of(tree, root, path);
      const std::array<ByteView, 4> parts{key.view(kAccess), node.chain_code, node.public_key, node.parent_fingerprint};
      const Digest32 digest = hash::sha256(parts);
      ASSERT_EQ(encode::to_hex(ByteView(digest).first(8)), rows.at(static_cast<std::size_t>(i)).get<std::string>())
          << facts_of(tree).name << " row " << i << ", " << key_path_text(path);
    }
  }
}

TEST(KeyTree, TheRootIsTheKeyOfItsMaterial) {
  for (const Algorithm tree : {Algorithm::bip32, Algorithm::slip10_ed25519}) {
    const auto root = root_of(tree, "000102030405060708090a0b0c0d0e0f");
    ASSERT_TRUE(check_material(tree, root));
    const auto key = public_key_of(tree, root);
    ASSERT_TRUE(key) << key.error().detail;
    EXPECT_EQ(key->algorithm(), tree);
    const auto again = PublicKey::from_spki(tree, key->spki());
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_EQ(again->raw(), key->raw());
    const TreeNode node = node_of(tree, root, {});
    const auto leaf =
        tree == Algorithm::bip32 ? PublicKey::ecdsa(leaf_of(tree), node.public_key) : PublicKey::ed25519(node.public_key);
    EXPECT_EQ(leaf->spki(), key->spki());
  }
}

TEST(KeyTree, AnEd25519TreeHasHardenedStepsOnly) {
  const auto root = root_of(Algorithm::slip10_ed25519, "000102030405060708090a0b0c0d0e0f");
  const auto path = path_of("m/44'/501'/0");
  for (const auto& refused :
       {derive_node(Algorithm::slip10_ed25519, root, path).error(), derive_key(Algorithm::slip10_ed25519, root, path).error()}) {
    EXPECT_EQ(refused.code, Errc::bad_input);
    EXPECT_EQ(refused.detail, "step 3 of m/44'/501'/0 is not hardened: an Ed25519 tree has hardened steps only (SLIP-10)");
  }
  const TreeNode node = node_of(Algorithm::slip10_ed25519, root, path_of("m/44'"));
  EXPECT_EQ(child_of(node, 0).error().code, Errc::bad_input);
  EXPECT_EQ(extended_public_key(node, Network::main).error().code, Errc::bad_input);
}

TEST(KeyTree, HardenedChildrenNeedThePrivateKey) {
  const TreeNode node = node_of(Algorithm::bip32, root_of(Algorithm::bip32, "000102030405060708090a0b0c0d0e0f"), {});
  EXPECT_EQ(child_of(node, kHardened).error().detail, "a hardened step needs the private key");
}

TEST(KeyTree, AParentThatIsNoPointHasNoChildren) {
  TreeNode node = node_of(Algorithm::bip32, root_of(Algorithm::bip32, "000102030405060708090a0b0c0d0e0f"), {});
  std::fill(node.public_key.begin() + 1, node.public_key.end(), std::uint8_t{0xFF});
  EXPECT_EQ(child_of(node, 0).error().code, Errc::bad_input);
}

TEST(KeyTree, GoesDown255StepsAndNoFurther) {
  const auto root = root_of(Algorithm::bip32, "000102030405060708090a0b0c0d0e0f");
  std::vector<std::uint32_t> path(kMaxPathSteps, 0);
  const TreeNode deepest = node_of(Algorithm::bip32, root, path);
  EXPECT_EQ(deepest.depth, 255);
  EXPECT_EQ(child_of(deepest, 0).error().code, Errc::bad_input);
  path.push_back(0);
  EXPECT_EQ(derive_node(Algorithm::bip32, root, path).error().code, Errc::bad_input);
  EXPECT_EQ(derive_key(Algorithm::bip32, root, path).error().code, Errc::bad_input);
}

TEST(KeyTree, ASeedHas16To64Bytes) {
  for (const std::size_t size : {0U, 15U, 65U, 128U}) {
    EXPECT_EQ(master_of_seed(Algorithm::bip32, secret(Bytes(size, 7))).error().detail,
              "a seed has 16 to 64 bytes, this one has " + std::to_string(size));
  }
  EXPECT_TRUE(master_of_seed(Algorithm::bip32, secret(Bytes(16, 7))));
  EXPECT_TRUE(master_of_seed(Algorithm::slip10_ed25519, secret(Bytes(64, 7))));
  EXPECT_EQ(master_of_seed(Algorithm::ed25519, secret(Bytes(64, 7))).error().code, Errc::bad_input);
}

TEST(KeyTree, MaterialIsAKeyAndAChainCode) {
  EXPECT_EQ(check_material(Algorithm::bip32, secret(Bytes(32, 1))).error().detail,
            "a BIP32-secp256k1 root has 64 bytes, this one has 32");
  EXPECT_EQ(check_material(Algorithm::slip10_ed25519, secret(Bytes(65, 1))).error().detail,
            "a SLIP10-Ed25519 root has 64 bytes, this one has 65");
  Bytes zero(64, 0);
  EXPECT_EQ(check_material(Algorithm::bip32, secret(zero)).error().code, Errc::bad_input);
  EXPECT_TRUE(check_material(Algorithm::slip10_ed25519, secret(zero))) << "any 32 bytes are a seed (SLIP-10)";
  EXPECT_EQ(check_material(Algorithm::bip32, secret(Bytes(64, 0xFF))).error().code, Errc::bad_input);
}

TEST(ExtendedKey, ReadsTheRootsOfBip32) {
  for (const auto& vector : test::vectors_of("bip32.json")) {
    const auto read = root_of_extended_key(secret(vector.at("xprv").get<std::string>()));
    if (vector.at("path") != "m") {
      EXPECT_EQ(read.error().detail,
                "this extended key is no root: it stands at depth " + std::to_string(path_of(vector.at("path")).size()));
      continue;
    }
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(hex_of(*read), vector.at("private_key").get<std::string>() + vector.at("chain_code").get<std::string>());
    EXPECT_TRUE(read->equals(root_of(Algorithm::bip32, vector.at("seed"))));
  }
}

TEST(ExtendedKey, ReadsAndWritesThoseOfTestNetworks) {
  const auto read = root_of_extended_key(
      secret("tprv8ZgxMBicQKsPeDgjzdC36fs6bMjGApWDNLR9erAXMs5skhMv36j9MV5ecvfavji5khqjWaWSFhN3YcCUUdiKH6isR4Pwy3U5y5egddBr16m"));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(*extended_public_key(node_of(Algorithm::bip32, *read, {}), Network::test),
            "tpubD6NzVbkrYhZ4XgiXtGrdW5XDAPFCL9h7we1vwNCpn8tGbBcgfVYjXyhWo4E1xkh56hjod1RhGjxbaTLV3X4FyWuejifB9jusQ46QzG87VKp");
}

TEST(ExtendedKey, RefusesThoseThatBip32CallsInvalid) {
  const auto invalid = test::vectors_of("bip32.json", "invalid");
  EXPECT_EQ(invalid.size(), 16U);
  for (const auto& vector : invalid) {
    const auto read = root_of_extended_key(secret(vector.at("text").get<std::string>()));
    ASSERT_FALSE(read) << vector.at("wrong");
    EXPECT_EQ(read.error().code, Errc::bad_input) << vector.at("wrong");
  }
}

TEST(ExtendedKey, SaysWhatATextIsInstead) {
  const auto reason = [](std::string_view text) { return root_of_extended_key(secret(text)).error().detail; };
  EXPECT_EQ(
      reason("xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8"),
      "this is an extended public key: it signs nothing");
  EXPECT_EQ(
      reason("DMwo58pR1QLEFihHiXPVykYB6fJmsTeHvyTp7hRThAtCX8CvYzgPcn8XnmdfHGMQzT7ayAmfo4z3gY5KfbrZWZ6St24UVf2Qgo6oujFktLHdHY4"),
      "this extended key is of another kind: xprv and tprv are read (BIP 32)");
  for (const auto* text :
       {"", "xprv",
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHL", "O",
        "11111111111111111111111111111111"}) {
    EXPECT_EQ(reason(text), "this is no extended key: 111 characters of base58, beginning with xprv or tprv, whose checksum fits")
        << text;
  }
}

}  // namespace
}  // namespace custos::key
