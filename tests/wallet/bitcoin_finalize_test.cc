#include "wallet/bitcoin/finalize.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "hash/digest.h"
#include "hash/ripemd160.h"
#include "support/vectors.h"
#include "wallet/bitcoin/script.h"

namespace custos::wallet::btc {
namespace {

using test::hex;
using test::vectors_of;

// Held keeps what Collected views.
struct Held {
  Bytes script_pubkey, redeem_script{}, witness_script{};
  std::vector<PartialSignature> signatures{};
  std::vector<TapScriptSignature> tap_signatures{};
  std::vector<TapLeaf> leaves{};

  [[nodiscard]] Result<FinalInput> finalized() const {
    return finalize({script_pubkey, redeem_script, witness_script, signatures, {}, tap_signatures, leaves}, "input 3");
  }
  [[nodiscard]] std::string detail() const {
    const auto made = finalized();
    return made ? "finalized" : made.error().detail;
  }
};

Held held_of(const nlohmann::json& vector) {
  const auto bytes_of = [&](const char* member) { return vector.contains(member) ? hex(vector[member]) : Bytes(); };
  Held held{bytes_of("script_pubkey"), bytes_of("redeem_script"), bytes_of("witness_script")};
  for (const auto& signature : vector["signatures"]) {
    held.signatures.push_back({hex(signature["public_key"]), hex(signature["signature"])});
  }
  return held;
}

std::vector<nlohmann::json> vectors_named(const std::string& name) {
  std::vector<nlohmann::json> found;
  for (const auto& vector : vectors_of("wallet/bitcoin_finalize.json")) {
    if (vector["name"] == name) found.push_back(vector);
  }
  return found;
}

TEST(BitcoinFinalize, AgreesWithBitcoinjs) {
  for (const auto& vector : vectors_of("wallet/bitcoin_finalize.json")) {
    const auto made = held_of(vector).finalized();
    ASSERT_TRUE(made) << vector["name"] << made.error().detail;
    EXPECT_EQ(encode::to_hex(made->script_sig), vector["script_sig"].get<std::string>()) << vector["name"];
    ASSERT_EQ(made->witness.size(), vector["witness"].size()) << vector["name"];
    for (std::size_t i = 0; i < made->witness.size(); ++i)
      EXPECT_EQ(encode::to_hex(made->witness[i]), vector["witness"][i].get<std::string>());
  }
}

TEST(BitcoinFinalize, TransactionsOfBip143AreMadeWhole) {
  for (const auto& vector : vectors_of("wallet/bitcoin_bip143.json")) {
    if (!vector.contains("signed")) continue;
    const auto wanted = read_tx(hex(vector["signed"]), "signed");
    ASSERT_TRUE(wanted);
    for (const auto& input : vector["inputs"]) {
      const auto made = held_of(input).finalized();
      ASSERT_TRUE(made) << made.error().detail;
      const auto& of_wanted = wanted->inputs[input["index"].get<std::size_t>()];
      EXPECT_EQ(made->script_sig, of_wanted.script_sig) << vector["name"];
      EXPECT_EQ(made->witness, of_wanted.witness) << vector["name"];
    }
  }
}

TEST(BitcoinFinalize, SignaturesThatAreMissingAreCounted) {
  for (const auto& vector : vectors_named("p2wsh-p2ms")) {
    Held held = held_of(vector);
    const std::size_t wanted = held.signatures.size();
    held.signatures.pop_back();
    EXPECT_EQ(held.detail(), "input 3 cannot be finalized: it has " + std::to_string(wanted - 1) + " of the " +
                                 std::to_string(wanted) + " signatures that it needs");
  }
  for (const std::string name : {"p2pk", "p2pkh", "p2wpkh", "p2sh-p2wpkh", "p2wsh-p2pk"}) {
    Held held = held_of(vectors_named(name).at(0));
    held.signatures.clear();
    EXPECT_EQ(held.detail(), "input 3 cannot be finalized: the signature of its key is missing") << name;
  }
}

TEST(BitcoinFinalize, MoreSignaturesThanAreNeededAreCutToTheFirst) {
  const auto vectors = vectors_named("p2wsh-p2ms");
  Held held = held_of(vectors.at(2));  // 2 of 3, signed by the second and the third key
  const auto multisig = read_multisig(held.witness_script);
  ASSERT_TRUE(multisig && multisig->keys.size() == 3 && held.signatures.size() == 2);
  const Bytes first_key(multisig->keys[0].begin(), multisig->keys[0].end());
  held.signatures.push_back({first_key, Bytes{0x30, 0x01}});
  held.signatures.push_back({Bytes(33, 0x02), Bytes{0x30, 0x02}});  // a stranger's
  const auto made = held.finalized();
  ASSERT_TRUE(made);
  ASSERT_EQ(made->witness.size(), 4U);
  EXPECT_EQ(made->witness[1], (Bytes{0x30, 0x01}));
  EXPECT_EQ(made->witness[2], held_of(vectors.at(2)).signatures[1].signature);
}

TEST(BitcoinFinalize, AScriptThatIsNotTheOutputsIsRefused) {
  Held redeem = held_of(vectors_named("p2sh-p2ms").at(0));
  redeem.redeem_script.back() ^= 1;
  EXPECT_EQ(redeem.detail(), "input 3 cannot be finalized: the redeem script is not its output's");
  redeem.redeem_script.clear();
  EXPECT_EQ(redeem.detail(), "input 3 cannot be finalized: its redeem script is missing");
  Held witness = held_of(vectors_named("p2sh-p2wsh-p2ms").at(0));
  witness.witness_script.back() ^= 1;
  EXPECT_EQ(witness.detail(), "input 3 cannot be finalized: the witness script is not its output's");
  witness.witness_script.clear();
  EXPECT_EQ(witness.detail(), "input 3 cannot be finalized: its witness script is missing");
}

TEST(BitcoinFinalize, AScriptOfAnotherFormIsRefused) {
  const Bytes script{OP_1, OP_1, OP_EQUAL};
  Held held{p2wsh_script(hash::sha256_of(script)), {}, script};
  EXPECT_EQ(held.detail(), "input 3 cannot be finalized: its script is of a form that is not known here");
  EXPECT_EQ((Held{p2sh_script(hash::hash160(script)), script}).detail(),
            "input 3 cannot be finalized: its script is of a form that is not known here");
  EXPECT_EQ((Held{script}).detail(), "input 3 cannot be finalized: its script is of a form that is not known here");
}

TEST(BitcoinFinalize, AScriptThatTheNetworkDoesNotTakeIsRefused) {
  const Bytes long_script(kMaxRedeemScriptSize + 1, OP_1);
  EXPECT_EQ((Held{p2sh_script(hash::hash160(long_script)), long_script}).detail(),
            "input 3 cannot be finalized: its redeem script is longer than the network takes");
  const Bytes longer_script(kMaxScriptSize + 1, OP_1);
  EXPECT_EQ((Held{p2wsh_script(hash::sha256_of(longer_script)), {}, longer_script}).detail(),
            "input 3 cannot be finalized: its witness script is longer than the network takes");
}

TEST(BitcoinFinalize, TaprootTakesTheKeysSignatureFirst) {
  Held held{p2tr_script(XOnlyKey{})};
  const Bytes signature(64, 7);
  Collected collected{held.script_pubkey};
  collected.tap_key_signature = signature;
  const auto made = finalize(collected, "input 3");
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->script_sig.empty());
  EXPECT_EQ(made->witness, WitnessStack{signature});
}

// A tree of two leaves over BIP 341's internal key: `leaf`, and another.
struct Tree {
  explicit Tree(const Bytes& script) {
    const auto internal = *x_only_key(*encode::from_hex("d6889cb081036e0faefa3a35157ad71086b123b2b144b649798b494c300a961d"));
    const auto sibling = tap_leaf_hash(kTapscriptVersion, Bytes{OP_1});
    leaf_hash = tap_leaf_hash(kTapscriptVersion, script);
    const auto output = *output_key(internal, tap_tweak(internal, tap_branch_hash(leaf_hash, sibling)));
    held.script_pubkey = p2tr_script(output.key);
    Bytes control{static_cast<std::uint8_t>(kTapscriptVersion | (output.odd ? 1 : 0))};
    put_bytes(control, internal);
    put_bytes(control, sibling);
    held.leaves.push_back({control, script});
  }
  void sign(std::uint8_t key, std::uint8_t signature) {
    TapScriptSignature made{{}, leaf_hash, Bytes(64, signature)};
    made.key.fill(key);
    held.tap_signatures.push_back(made);
  }
  Held held{};
  Digest32 leaf_hash{};
};

Bytes two_of_three() {
  Bytes script;
  for (const std::uint8_t key : Bytes{0xa1, 0xa2, 0xa3}) {
    put_push(script, Bytes(32, key));
    script.push_back(key == 0xa1 ? OP_CHECKSIG : OP_CHECKSIGADD);
  }
  put_number(script, 2);
  script.push_back(OP_NUMEQUAL);
  return script;
}

TEST(BitcoinFinalize, ATapscriptTakesItsSignaturesWithTheFirstKeysOnTop) {
  Tree tree(two_of_three());
  tree.sign(0xa3, 3);
  tree.sign(0xa1, 1);
  const auto made = tree.held.finalized();
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_EQ(made->witness, (WitnessStack{Bytes(64, 3), {}, Bytes(64, 1), two_of_three(), tree.held.leaves[0].control_block}));
  tree.sign(0xa2, 2);
  EXPECT_EQ(tree.held.finalized()->witness,
            (WitnessStack{{}, Bytes(64, 2), Bytes(64, 1), two_of_three(), tree.held.leaves[0].control_block}));
}

TEST(BitcoinFinalize, ATapscriptWithTooFewSignaturesOrOfAnotherLeafIsRefused) {
  constexpr std::string_view kLine =
      "input 3 cannot be finalized: neither its key has signed, nor enough keys of a script of a form that is known here";
  Tree tree(two_of_three());
  EXPECT_EQ(tree.held.detail(), kLine);
  tree.sign(0xa1, 1);
  tree.sign(0xa9, 9);
  EXPECT_EQ(tree.held.detail(), kLine);
  tree.sign(0xa2, 2);
  EXPECT_EQ(tree.held.detail(), "finalized");
  for (auto& signature : tree.held.tap_signatures) signature.leaf_hash[0] ^= 1;
  EXPECT_EQ(tree.held.detail(), kLine);
}

TEST(BitcoinFinalize, ATapscriptThatIsNotTheOutputsIsRefused) {
  Tree tree(two_of_three());
  tree.sign(0xa1, 1);
  tree.sign(0xa2, 2);
  tree.held.leaves[0].control_block[0] ^= 1;  // the parity
  EXPECT_EQ(tree.held.detail(), "input 3 cannot be finalized: a script of its tree is not its output's");
}

}  // namespace
}  // namespace custos::wallet::btc
