#include "wallet/bitcoin/taproot.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/vectors.h"
#include "wallet/bitcoin/address.h"
#include "wallet/bitcoin/script.h"

namespace custos::wallet::btc {
namespace {

using test::hex;
using test::vectors_of;
using Json = nlohmann::json;

constexpr const char* kFile = "wallet/bitcoin_bip341.json";

Digest32 digest(const Json& text) {
  Digest32 bytes{};
  std::ranges::copy(hex(text), bytes.begin());
  return bytes;
}

// Leaves of a tree of scripts, in the order of BIP 341's list, and the tree's root.
Digest32 root_of(const Json& tree, std::vector<Digest32>& leaves, std::vector<Json>& scripts) {  // NOLINT(misc-no-recursion)
  if (tree.is_array()) {
    const auto left = root_of(tree[0], leaves, scripts);
    return tap_branch_hash(left, root_of(tree[1], leaves, scripts));
  }
  leaves.push_back(tap_leaf_hash(tree["leafVersion"].get<std::uint8_t>(), hex(tree["script"])));
  scripts.push_back(tree);
  return leaves.back();
}

TEST(BitcoinTaproot, OutputKeysAndTreesOfBip341) {
  for (const auto& vector : vectors_of(kFile, "scriptPubKey")) {
    const auto& given = vector["given"];
    const auto& wanted = vector["intermediary"];
    const auto internal_key = x_only_key(hex(given["internalPubkey"]));
    ASSERT_TRUE(internal_key);
    std::optional<Digest32> root;
    std::vector<Digest32> leaves;
    std::vector<Json> scripts;
    if (!given["scriptTree"].is_null()) {
      root = root_of(given["scriptTree"], leaves, scripts);
      EXPECT_EQ(*root, digest(wanted["merkleRoot"]));
      for (std::size_t i = 0; i < leaves.size(); ++i) EXPECT_EQ(leaves[i], digest(wanted["leafHashes"][i]));
    }
    const auto tweak = tap_tweak(*internal_key, root);
    EXPECT_EQ(tweak, digest(wanted["tweak"]));
    const auto output = output_key(*internal_key, tweak);
    ASSERT_TRUE(output);
    EXPECT_EQ(output->key, digest(wanted["tweakedPubkey"]));
    const Bytes script = p2tr_script(output->key);
    EXPECT_EQ(script, hex(vector["expected"]["scriptPubKey"]));
    EXPECT_EQ(address_of_script(script, Network::main), vector["expected"]["bip350Address"].get<std::string>());
    if (!vector["expected"].contains("scriptPathControlBlocks")) continue;
    const auto& controls = vector["expected"]["scriptPathControlBlocks"];
    ASSERT_EQ(controls.size(), scripts.size());
    for (std::size_t i = 0; i < scripts.size(); ++i) {
      const Bytes bytes = hex(controls[i]);
      const auto control = read_control_block(bytes);
      ASSERT_TRUE(control);
      EXPECT_EQ(control->internal_key, *internal_key);
      EXPECT_EQ(control->leaf_version, scripts[i]["leafVersion"]);
      EXPECT_EQ(merkle_root(*control, leaves[i]), *root);
      EXPECT_TRUE(commits_to(output->key, *control, hex(scripts[i]["script"])));
      auto other = *control;
      other.odd = !other.odd;
      EXPECT_FALSE(commits_to(output->key, other, hex(scripts[i]["script"])));
      EXPECT_FALSE(commits_to(output->key, *control, Bytes{OP_1}));
      EXPECT_FALSE(commits_to(*internal_key, *control, hex(scripts[i]["script"])));
    }
  }
}

TEST(BitcoinTaproot, ControlBlocksOfAnotherLengthAreNotRead) {
  for (const std::size_t size : {0U, 1U, 32U, 34U, 64U, 66U, 33U + 32U * 129U})
    EXPECT_FALSE(read_control_block(Bytes(size, 0xc0))) << size;
  EXPECT_TRUE(read_control_block(Bytes(33 + 32 * 128, 0xc0)));
}

TEST(BitcoinTaproot, WhatIsNoPointHasNoKey) {
  EXPECT_FALSE(x_only_key(Bytes(32, 0xff)));
  EXPECT_FALSE(x_only_key(Bytes(31, 2)));
  XOnlyKey no_point;
  no_point.fill(0xff);
  EXPECT_FALSE(output_key(no_point, Digest32{}));
}

TEST(BitcoinTaproot, ATweakBeyondTheOrderHasNoOutputKey) {
  const auto key = x_only_key(*encode::from_hex("d6889cb081036e0faefa3a35157ad71086b123b2b144b649798b494c300a961d"));
  ASSERT_TRUE(key);
  Digest32 tweak;
  tweak.fill(0xff);
  EXPECT_FALSE(output_key(*key, tweak));
}

TEST(BitcoinTaproot, ACompressedKeyOfEitherParityHasOneX) {
  const auto x = hex("cc8a4bc64d897bddc5fbc2f670f7a8ba0b386779106cf1223c6fc5d7cd6fc115");
  for (const std::uint8_t prefix : Bytes{2, 3}) {
    Bytes key{prefix};
    key.insert(key.end(), x.begin(), x.end());
    const auto found = x_only_key(key);
    ASSERT_TRUE(found);
    EXPECT_TRUE(std::ranges::equal(*found, x));
  }
}

}  // namespace
}  // namespace custos::wallet::btc
