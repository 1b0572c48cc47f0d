// How trees of keys come into a home: generated, out of a mnemonic, a seed or an extended key.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "custodian/custodian_impl.h"
#include "custos/administration.h"
#include "encode/hex.h"
#include "key/extended_key.h"
#include "key/key_path.h"
#include "support/home_fixture.h"

namespace custos {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kWords =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
constexpr std::string_view kSeed =
    "5eb00bbddcf069084889a8ab9155568165f5c453ccb85e70811aaed6f6da5fc19a5ac40b389cd370d086206dec8aa6c43daea6690f20ad3d8d48b2d2ce9e"
    "38e4";
constexpr std::string_view kRoot =
    "xprv9s21ZrQH143K3GJpoapnV8SFfukcVBSfeCficPSGfubmSFDxo1kuHnLisriDvSnRRuL2Qrg5ggqHKNVpxR86QEC8w35uxmGoggxtQTPvfUu";
// BIP 84, "Test vectors", with the version bytes of xpub.
constexpr std::string_view kAccount =
    "xpub6CatWdiZiodmUeTDp8LT5or8nmbKNcuyvz7WyksVFkKB4RHwCD3XyuvPEbvqAQY3rAPshWcMLoP2fMFMKHPJ4ZeZXYVUhLv1VMrjPC7PW6V";

class KeyTreeImport : public test::HomeFixture {
 protected:
  static KeySpec spec(const std::string& label, const std::string& purpose = "chain:bitcoin") {
    KeySpec wanted;
    wanted.name = {"software", label};
    wanted.purpose = purpose;
    return wanted;
  }

  static Result<KeyInfo> import(Custodian& custodian, const KeySpec& wanted, std::string_view secret, KeyEncoding encoding) {
    return custodian.administration().import_key(wanted, test::secret_of(secret), encoding);
  }

  // node_of tells the node of a key at m/84'/0'/0' as its extended public key.
  static std::string account_of(Custodian& custodian, const KeyInfo& key) {
    auto backend = custodian.impl()->backends.open("software");
    auto id = key::KeyId::parse(key.id);
    if (!backend || !id) return "no keystore";
    auto prepared = (*backend)->prepare(*id, *key::parse_algorithm(key.algorithm), 0);
    if (!prepared) return prepared.error().detail;
    auto node = (*prepared)->node(*key::parse_key_path("m/84'/0'/0'"));
    return node ? *key::extended_public_key(*node, key::Network::main) : node.error().detail;
  }
};

TEST_F(KeyTreeImport, AMnemonicItsSeedAndItsExtendedKeyMakeTheSameTree) {
  auto custodian = open();
  const auto words = import(custodian, spec("words"), kWords, KeyEncoding::mnemonic);
  ASSERT_TRUE(words) << words.error().detail;
  const auto seed = import(custodian, spec("seed", "chain:evm"), kSeed, KeyEncoding::seed);
  ASSERT_TRUE(seed) << seed.error().detail;
  const auto root = import(custodian, spec("root", "chain:cosmos"), kRoot, KeyEncoding::extended_key);
  ASSERT_TRUE(root) << root.error().detail;
  for (const auto& key : {*words, *seed, *root}) {
    EXPECT_EQ(key.algorithm, "BIP32-secp256k1");
    EXPECT_EQ(key.public_key, words->public_key);
    EXPECT_EQ(account_of(custodian, key), kAccount) << key.name.text();
  }
  const auto other = import(custodian, spec("other"), std::string(kWords) + "\nTREZOR\n", KeyEncoding::mnemonic);
  ASSERT_TRUE(other) << other.error().detail;
  EXPECT_NE(other->public_key, words->public_key) << "a passphrase makes another tree";
}

TEST_F(KeyTreeImport, TheChainSaysWhichTreeASeedMakesUnlessItIsNamed) {
  auto custodian = open();
  const auto solana = import(custodian, spec("solana", "chain:solana"), kWords, KeyEncoding::mnemonic);
  ASSERT_TRUE(solana) << solana.error().detail;
  EXPECT_EQ(solana->algorithm, "SLIP10-Ed25519");
  auto wanted = spec("named", "chain:solana");
  wanted.algorithm = "bip32";
  const auto refused = import(custodian, wanted, kWords, KeyEncoding::mnemonic);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("keys of the purpose chain:solana are ed25519, slip10-ed25519, not bip32"));
  wanted.algorithm = "ed25519";
  EXPECT_THAT(import(custodian, wanted, kWords, KeyEncoding::mnemonic).error().detail,
              HasSubstr("a seed makes a tree of keys: 'ed25519' is none (known: bip32, slip10-ed25519)"));
  wanted.algorithm = "";
  EXPECT_THAT(import(custodian, wanted, kRoot, KeyEncoding::extended_key).error().detail, HasSubstr("not bip32"));
}

TEST_F(KeyTreeImport, TreesAreForChainsOnly) {
  auto custodian = open();
  for (const auto* purpose : {"venue:binance", "generic:test", "seal"}) {
    const auto refused = import(custodian, spec("tree", purpose), kWords, KeyEncoding::mnemonic);
    ASSERT_FALSE(refused) << purpose;
    EXPECT_EQ(refused.error().code, Errc::bad_input);
  }
}

TEST_F(KeyTreeImport, WhatIsWrongIsSaidAndNothingIsMade) {
  auto custodian = open();
  std::string words(kWords);
  words.replace(words.rfind("about"), 5, "zebra");
  EXPECT_THAT(import(custodian, spec("tree"), words, KeyEncoding::mnemonic).error().detail,
              HasSubstr("its checksum does not fit"));
  EXPECT_THAT(import(custodian, spec("tree"), "00", KeyEncoding::seed).error().detail, HasSubstr("32 to 128 hexadecimal digits"));
  EXPECT_THAT(import(custodian, spec("tree"), kAccount, KeyEncoding::extended_key).error().detail,
              HasSubstr("an extended public key"));
  EXPECT_TRUE(
      custodian.administration().list_keys()->empty() ||
      std::ranges::none_of(*custodian.administration().list_keys(), [](const KeyInfo& key) { return key.name.label == "tree"; }));
}

TEST_F(KeyTreeImport, ATreeIsGeneratedWhenItIsAskedFor) {
  auto custodian = open();
  auto wanted = spec("made");
  const auto single = custodian.administration().generate_key(wanted);
  ASSERT_TRUE(single) << single.error().detail;
  EXPECT_EQ(single->algorithm, "ECDSA-secp256k1") << "one key is the usual";
  wanted.name.label = "tree";
  wanted.algorithm = "bip32";
  const auto tree = custodian.administration().generate_key(wanted);
  ASSERT_TRUE(tree) << tree.error().detail;
  EXPECT_EQ(tree->algorithm, "BIP32-secp256k1");
  EXPECT_EQ(account_of(custodian, *tree).substr(0, 4), "xpub");
}

}  // namespace
}  // namespace custos
