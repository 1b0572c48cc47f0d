#include "wallet/bitcoin/sighash.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/vectors.h"
#include "wallet/bitcoin/taproot.h"
#include "wallet/bitcoin/verify.h"

namespace custos::wallet::btc {
namespace {

using test::hex;
using test::vectors_of;

Tx tx_of(const nlohmann::json& text) { return *read_tx_without_witness(hex(text), "vector"); }

std::string text_of(const Result<Digest32>& digest) { return digest ? encode::to_hex(*digest) : digest.error().detail; }

std::vector<TxOutput> outputs_of(const nlohmann::json& spent) {
  std::vector<TxOutput> outputs;
  for (const auto& output : spent) outputs.push_back({output["value"].get<std::uint64_t>(), hex(output["script"])});
  return outputs;
}

TEST(BitcoinSighash, AgreesWithBitcoinjsForEveryType) {
  std::size_t cases = 0;
  for (const auto& vector : vectors_of("wallet/bitcoin_sighash.json")) {
    const Tx tx = tx_of(vector["tx"]);
    const auto spent = outputs_of(vector["spent"]);
    SighashCache cache(tx, spent);
    for (const auto& item : vector["cases"]) {
      const auto input = item["input"].get<std::size_t>();
      const auto type = item["type"].get<std::uint8_t>();
      const Bytes script = hex(item["script"]);
      EXPECT_EQ(text_of(cache.legacy(input, script, type)), item["legacy"].get<std::string>()) << item;
      EXPECT_EQ(text_of(cache.witness_v0(input, script, item["value"].get<std::uint64_t>(), type)), item["v0"].get<std::string>())
          << item;
      std::optional<Digest32> leaf;
      if (item.contains("leaf")) std::ranges::copy(hex(item["leaf"]), leaf.emplace().begin());
      EXPECT_EQ(text_of(cache.taproot(input, item["taproot_type"].get<std::uint8_t>(), leaf)), item["taproot"].get<std::string>())
          << item;
      ++cases;
    }
  }
  EXPECT_EQ(cases, 1000U);
}

TEST(BitcoinSighash, ExamplesOfBip143) {
  for (const auto& vector : vectors_of("wallet/bitcoin_bip143.json")) {
    const Tx tx = tx_of(vector["unsigned"]);
    const SighashCache cache(tx, {});
    for (const auto& input : vector["inputs"]) {
      for (const auto& signature : input["signatures"]) {
        const auto digest = cache.witness_v0(input["index"].get<std::size_t>(), hex(input["script_code"]),
                                             input["value"].get<std::uint64_t>(), signature["type"].get<std::uint8_t>());
        EXPECT_EQ(text_of(digest), signature["sighash"].get<std::string>()) << vector["name"];
        if (!signature.contains("signature")) continue;
        const auto read = read_ecdsa_script_signature(hex(signature["signature"]));
        ASSERT_TRUE(read);
        EXPECT_EQ(read->sighash, signature["type"]);
        EXPECT_TRUE(verify_ecdsa(hex(signature["public_key"]), *digest, read->bytes));
        EXPECT_EQ(ecdsa_script_signature(read->bytes, read->sighash), hex(signature["signature"]));
      }
    }
  }
}

TEST(BitcoinSighash, KeyPathsOfBip341) {
  for (const auto& vector : vectors_of("wallet/bitcoin_bip341.json", "keyPathSpending")) {
    const Tx tx = tx_of(vector["given"]["rawUnsignedTx"]);
    std::vector<TxOutput> spent;
    for (const auto& output : vector["given"]["utxosSpent"]) {
      spent.push_back({output["amountSats"].get<std::uint64_t>(), hex(output["scriptPubKey"])});
    }
    const SighashCache cache(tx, spent);
    for (const auto& input : vector["inputSpending"]) {
      const auto index = input["given"]["txinIndex"].get<std::size_t>();
      const auto digest = cache.taproot(index, input["given"]["hashType"].get<std::uint8_t>());
      EXPECT_EQ(text_of(digest), input["intermediary"]["sigHash"].get<std::string>());
      const auto signature = read_schnorr_script_signature(hex(input["expected"]["witness"][0]));
      ASSERT_TRUE(signature);
      EXPECT_EQ(signature->sighash, input["given"]["hashType"]);
      XOnlyKey key;
      std::ranges::copy(ByteView(spent[index].script).subspan(2), key.begin());
      EXPECT_TRUE(verify_schnorr(key, *digest, signature->bytes));
      EXPECT_EQ(schnorr_script_signature(signature->bytes, signature->sighash), hex(input["expected"]["witness"][0]));
    }
  }
}

// Two inputs, one output.
Tx two_to_one() {
  Tx tx;
  tx.inputs = {TxInput{{{}, 0}}, TxInput{{{}, 1}}};
  tx.outputs = {TxOutput{1000, {0x51}}};
  return tx;
}

TEST(BitcoinSighash, SingleWithoutItsOutputIsRefused) {
  const Tx tx = two_to_one();
  const std::vector<TxOutput> spent(2);
  SighashCache cache(tx, spent);
  for (const std::uint8_t type : Bytes{0x03, 0x83}) {
    const std::string line = "input 1: SIGHASH_SINGLE, but no output of that index";
    EXPECT_EQ(text_of(cache.legacy(1, {}, type)), line);
    EXPECT_EQ(text_of(cache.witness_v0(1, {}, 0, type)), line);
    EXPECT_EQ(text_of(cache.taproot(1, type)), line);
    EXPECT_TRUE(cache.taproot(0, type));
  }
  const auto example = vectors_of("wallet/bitcoin_bip143.json", "no_output");
  const Tx of_bip143 = tx_of(example["unsigned"]);
  EXPECT_FALSE(SighashCache(of_bip143, {}).witness_v0(1, {}, 0, kSighashSingle));
}

TEST(BitcoinSighash, TypesThatAreNoneAreRefused) {
  const Tx tx = two_to_one();
  const std::vector<TxOutput> spent(2);
  SighashCache cache(tx, spent);
  for (int type = 0; type < 256; ++type) {
    const auto byte = static_cast<std::uint8_t>(type);
    const bool is_ecdsa = (type >= 1 && type <= 3) || (type >= 0x81 && type <= 0x83);
    EXPECT_EQ(cache.legacy(0, {}, byte).has_value(), is_ecdsa) << type;
    EXPECT_EQ(cache.witness_v0(0, {}, 0, byte).has_value(), is_ecdsa) << type;
    EXPECT_EQ(cache.taproot(0, byte).has_value(), is_ecdsa || type == 0) << type;
  }
  EXPECT_FALSE(is_ecdsa_sighash(0x101));
  EXPECT_FALSE(is_taproot_sighash(0x100));
}

TEST(BitcoinSighash, AnInputThatIsNotThereIsRefused) {
  const Tx tx = two_to_one();
  const std::vector<TxOutput> spent(2);
  SighashCache cache(tx, spent);
  EXPECT_EQ(text_of(cache.legacy(2, {}, kSighashAll)), "input 2: the transaction has no such input");
  EXPECT_FALSE(cache.witness_v0(2, {}, 0, kSighashAll));
  EXPECT_FALSE(cache.taproot(2, kSighashDefault));
}

TEST(BitcoinSighash, TaprootWantsAllOutputsThatAreSpent) {
  const Tx tx = two_to_one();
  const std::vector<TxOutput> spent(1);
  EXPECT_EQ(text_of(SighashCache(tx, spent).taproot(0, kSighashDefault)),
            "input 0: taproot needs the outputs that all inputs spend");
}

TEST(BitcoinSighash, AMalformedScriptHasNoLegacyDigest) {
  const Tx tx = two_to_one();
  EXPECT_EQ(text_of(SighashCache(tx, {}).legacy(0, Bytes{0x02, 0x01}, kSighashAll)), "input 0: its script is malformed");
}

TEST(BitcoinSighash, LegacyDigestsStopWhereTheyTakeTooLong) {
  Tx tx = two_to_one();
  tx.outputs[0].script.assign(900, 0x51);
  SighashCache cache(tx, {}, 10'500);  // a digest hashes a little more than 1,000 bytes
  std::size_t made = 0;
  while (made < 20 && cache.legacy(0, {}, kSighashAll)) ++made;
  EXPECT_EQ(made, 10U);
  EXPECT_EQ(text_of(cache.legacy(0, {}, kSighashAll)),
            "input 0: the transaction has too many inputs without witness: their digests would take too long");
  EXPECT_TRUE(cache.witness_v0(0, {}, 0, kSighashAll));
}

TEST(BitcoinSighash, TypesAreNamed) {
  EXPECT_EQ(sighash_text(0), "DEFAULT");
  EXPECT_EQ(sighash_text(1), "ALL");
  EXPECT_EQ(sighash_text(0x83), "SINGLE|ANYONECANPAY");
  EXPECT_EQ(sighash_text(0x80), "0x80");
  EXPECT_EQ(sighash_text(4), "0x04");
  EXPECT_EQ(sighash_text(0xffffffff), "0xffffffff");
}

TEST(BitcoinSighash, SignaturesOfAnotherFormAreNotRead) {
  const Bytes good = hex(
      "304402203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a0220573a954c4518331561406f90300e8f3358f51928d43c"
      "212a8caed02de67eebee01");
  ASSERT_TRUE(read_ecdsa_script_signature(good));
  auto changed = [&](auto change) {
    Bytes bytes = good;
    change(bytes);
    return read_ecdsa_script_signature(bytes).has_value();
  };
  EXPECT_FALSE(changed([](Bytes& b) { b.back() = 0; }));
  EXPECT_FALSE(changed([](Bytes& b) { b.back() = 4; }));
  EXPECT_FALSE(changed([](Bytes& b) { b.pop_back(); }));
  EXPECT_FALSE(changed([](Bytes& b) { b.insert(b.end() - 1, 0); }));
  EXPECT_FALSE(changed([](Bytes& b) { b.clear(); }));
  EXPECT_FALSE(
      changed([](Bytes& b) { std::fill(b.begin() + 39, b.end() - 1, std::uint8_t{0xff}), b[38] = 0x7f; }));  // s above n/2
  EXPECT_FALSE(read_schnorr_script_signature(Bytes(63)));
  EXPECT_FALSE(read_schnorr_script_signature(Bytes(65)));  // DEFAULT has no byte
  EXPECT_FALSE(read_schnorr_script_signature(Bytes(65, 4)));
  EXPECT_FALSE(read_schnorr_script_signature(Bytes(66, 1)));
  EXPECT_EQ(read_schnorr_script_signature(Bytes(65, 1))->sighash, 1);
}

}  // namespace
}  // namespace custos::wallet::btc
