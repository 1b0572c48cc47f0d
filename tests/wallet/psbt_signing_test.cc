// PSBTs signed and finalized: the flow of BIP 174, and what bitcoinjs-lib makes of each kind of input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "encode/base64.h"
#include "support/test_data.h"
#include "support/vectors.h"
#include "wallet/bitcoin/address.h"
#include "wallet/bitcoin/script.h"
#include "wallet/bitcoin/taproot.h"
#include "wallet/psbt_support.h"

namespace custos::wallet::testing {
namespace {

using namespace btc;
using ::testing::HasSubstr;

// signed_by reads, signs and assembles; what is refused is a failure of the test.
Signed signed_by(TestKeyring& keyring, ByteView psbt, Input input = {}) {
  const auto read = read_bitcoin(psbt, &keyring, input);
  if (!read) {
    ADD_FAILURE() << read.error().detail;
    return {};
  }
  const auto answer = (*read)->assemble(keyring.sign(**read));
  if (!answer) ADD_FAILURE() << answer.error().detail;
  return answer ? *answer : Signed{};
}

Psbt read_back(const Signed& answer) {
  auto psbt = Psbt::read(*psbt_bytes(field_of(answer, "psbt")));
  EXPECT_TRUE(psbt) << psbt.error().detail;
  return std::move(*psbt);
}

// sorted writes a PSBT with the fields of each input in the order of their keys.
Bytes sorted(const Bytes& bytes) {
  const auto psbt = Psbt::read(bytes);
  std::vector<PsbtMap> inputs;
  for (const PsbtMap& input : psbt->inputs()) {
    PsbtMap& map = inputs.emplace_back();
    for (const PsbtField& field : input.fields()) map.put(field);
  }
  return write_psbt(psbt->global(), inputs, psbt->outputs());
}

std::uint8_t modifiable(const Signed& answer) { return read_back(answer).global().value(psbt::kGlobalTxModifiable)[0]; }

// Bip174Flow is the flow of the BIP. Its second input has witness_utxo alone, which is refused here: the transaction that it
// spends from, which the BIP gives too, is put beside it, into what is read and into what is expected.
class Bip174Flow : public ::testing::Test {
 protected:
  static nlohmann::json file() {
    std::ifstream stream(test::test_data("vectors/wallet/psbt_signing.json"));
    return nlohmann::json::parse(stream);
  }
  static std::string psbt_of(std::string_view section_start) {
    for (const auto& vector : test::vectors_of("wallet/psbt_vectors.json")) {
      if (vector.at("section").get<std::string>().starts_with(section_start)) return vector.at("psbt");
    }
    ADD_FAILURE() << section_start;
    return {};
  }
  static Bytes with_parent(std::string_view section_start) {
    const auto psbt = Psbt::read(*psbt_bytes(psbt_of(section_start)));
    std::vector<PsbtMap> inputs(psbt->inputs().begin(), psbt->inputs().end());
    const Bytes parent = test::hex(file().at("parent_of_input_1"));
    inputs[1].put({.type = psbt::kInNonWitnessUtxo, .key = {}, .value = parent});
    return write_psbt(psbt->global(), inputs, psbt->outputs());
  }
  static TestKeyring signer(int number) {
    const auto json = file();
    std::map<KeyPath, Secp256k1Key> keys;
    for (const auto& key : json.at("keys")) {
      if (key.at("signer") == number) keys.emplace(key.at("path").get<KeyPath>(), Secp256k1Key(test::hex(key.at("secret"))));
    }
    std::array<std::uint8_t, 4> fingerprint{};
    std::ranges::copy(test::hex(json.at("fingerprint")), fingerprint.begin());
    return TestKeyring(std::move(keys), fingerprint);
  }

  static constexpr std::string_view kUpdated = "An updater which adds SIGHASH_ALL";
  static constexpr std::string_view kSigned1 = "Given the above updated PSBT, a signer that supports SIGHASH_ALL";
  static constexpr std::string_view kSigned2 = "Given the above updated PSBT, a signer with the following keys";
  static constexpr std::string_view kCombined = "Given both of the above PSBTs";
  static constexpr std::string_view kFinal = "Given the above PSBT, an input finalizer";
};

TEST_F(Bip174Flow, WitnessUtxoAloneIsRefused) {
  auto keyring = signer(1);
  const auto read = read_bitcoin(*psbt_bytes(psbt_of(kUpdated)), &keyring);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().detail, "input 1: witness_utxo alone does not prove its amount (BIP 143): include non_witness_utxo");
}

TEST_F(Bip174Flow, EachSignerMakesThePsbtOfTheBip) {
  auto first = signer(1), second = signer(2);
  EXPECT_EQ(field_of(signed_by(first, with_parent(kUpdated)), "psbt"), encode::to_base64(with_parent(kSigned1)));
  EXPECT_EQ(field_of(signed_by(second, with_parent(kUpdated)), "psbt"), encode::to_base64(with_parent(kSigned2)));
  const Signed both = signed_by(second, with_parent(kSigned1));
  EXPECT_EQ(sorted(*psbt_bytes(field_of(both, "psbt"))), sorted(with_parent(kCombined)));  // the BIP's combiner has another order
  EXPECT_EQ(field_of(both, "complete"), "true");
  EXPECT_EQ(field_of(signed_by(first, with_parent(kUpdated)), "complete"), "false");
}

TEST_F(Bip174Flow, FinalizingGivesItsPsbtAndItsTransaction) {
  auto second = signer(2);
  const Signed answer = signed_by(second, with_parent(kSigned1), to_finalize());
  EXPECT_EQ(field_of(answer, "raw"), file().at("transaction").get<std::string>());
  EXPECT_EQ(field_of(answer, "psbt"), encode::to_base64(with_parent(kFinal)));
  EXPECT_EQ(field_of(answer, "fee"), "10000");
  EXPECT_EQ(answer.front().name, "raw");
}

TEST_F(Bip174Flow, FinalizingWantsEverySignature) {
  auto first = signer(1);
  const auto read = read_bitcoin(with_parent(kUpdated), &first, to_finalize());
  ASSERT_TRUE(read) << read.error().detail;
  const auto answer = (*read)->assemble(first.sign(**read));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().detail, HasSubstr("input 0"));
}

TEST_F(Bip174Flow, ASignatureOfAnotherThatIsWrongIsNeitherFinalizedNorComplete) {
  auto second = signer(2);
  Bytes bytes = with_parent(kSigned1);
  const auto psbt = Psbt::read(bytes);
  const ByteView signature = psbt->inputs()[0].value(psbt::kInPartialSig);
  std::vector<PsbtMap> inputs(psbt->inputs().begin(), psbt->inputs().end());
  Bytes wrong(signature.begin(), signature.end());
  wrong[20] ^= 1;
  const PsbtField field = *inputs[0].find(psbt::kInPartialSig);
  inputs[0].put({.type = field.type, .key = field.key, .value = wrong});
  const Bytes spoiled = write_psbt(psbt->global(), inputs, psbt->outputs());
  EXPECT_EQ(field_of(signed_by(second, spoiled), "complete"), "false");
  const auto read = read_bitcoin(spoiled, &second, to_finalize());
  ASSERT_TRUE(read) << read.error().detail;
  const auto answer = (*read)->assemble(second.sign(**read));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().detail, HasSubstr("input 0: partial_sig: a signature that does not verify"));
}

TEST(PsbtSigning, EveryKindOfInputIsSignedAsBitcoinjsSignsIt) {
  for (const auto& vector : test::vectors_of("wallet/psbt_bitcoinjs.json")) {
    SCOPED_TRACE(vector.at("kind").get<std::string>());
    TestKeyring keyring{Secp256k1Key(test::hex(vector.at("secret")))};
    const Bytes psbt = *psbt_bytes(vector.at("psbt").get<std::string>());
    const Signed partial = signed_by(keyring, psbt);
    EXPECT_EQ(field_of(partial, "psbt"), vector.at("signed").get<std::string>());
    EXPECT_EQ(field_of(partial, "complete"), "true");
    const Signed final = signed_by(keyring, psbt, to_finalize());
    EXPECT_EQ(field_of(final, "raw"), vector.at("transaction").get<std::string>());
    EXPECT_EQ(field_of(final, "txid"), vector.at("txid").get<std::string>());
    EXPECT_EQ(field_of(final, "vsize"), vector.at("vsize").dump());
    EXPECT_EQ(field_of(final, "fee"), vector.at("fee").dump());
  }
}

TEST(PsbtSigning, KeysOfATreeAreFoundByTheirDerivations) {
  const std::array<std::uint8_t, 4> root{1, 2, 3, 4}, other{9, 9, 9, 9};
  const KeyPath first{kHardenedStep | 84, 0, 5}, second{kHardenedStep | 84, 0, 6}, third{kHardenedStep | 86, 0, 1};
  const Secp256k1Key one(1), two(2), three(3);
  TestKeyring keyring({{first, one}, {second, two}, {third, three}}, root);
  PsbtBuilder builder;
  builder.input(*script_of_key(one.public_key, AddressKind::p2wpkh), 50'000,
                {{psbt::kInBip32Derivation, one.public_key, derivation_bytes(root, first)}});
  // The same fingerprint and another key; another fingerprint and our key.
  builder.input(*script_of_key(two.public_key, AddressKind::p2wpkh), 50'000,
                {{psbt::kInBip32Derivation, two.public_key, derivation_bytes(root, first)}});
  builder.input(*script_of_key(two.public_key, AddressKind::p2pkh), 50'000,
                {{psbt::kInBip32Derivation, two.public_key, derivation_bytes(other, second)}});
  Bytes tap{0};
  put_bytes(tap, derivation_bytes(root, third));
  builder.input(*script_of_key(three.public_key, AddressKind::p2tr), 50'000,
                {{psbt::kInTapBip32Derivation, three.x_only(), tap}, {psbt::kInTapInternalKey, {}, three.x_only()}});
  builder.output(*script_of_key(Secp256k1Key(7).public_key, AddressKind::p2wpkh), 190'000);
  const auto read = read_bitcoin(builder.v0(), &keyring);
  ASSERT_TRUE(read) << read.error().detail;
  ASSERT_EQ((*read)->to_sign().size(), 2U);
  EXPECT_EQ((*read)->to_sign()[0].path, first);
  EXPECT_EQ((*read)->to_sign()[0].kind, SignatureKind::ecdsa);
  EXPECT_EQ((*read)->to_sign()[1].path, third);
  EXPECT_EQ((*read)->to_sign()[1].kind, SignatureKind::schnorr_tweak);
  EXPECT_EQ((*read)->facts().from, "2 inputs");
}

TEST(PsbtSigning, APathThatTheCallerNamedServesAsASingleKey) {
  const Secp256k1Key key(1);
  const KeyPath path{1, 2};
  TestKeyring keyring({{path, key}}, std::array<std::uint8_t, 4>{1, 2, 3, 4}, path);
  PsbtBuilder builder;
  builder.input(*script_of_key(key.public_key, AddressKind::p2wpkh), 50'000)
      .output(*script_of_key(key.public_key, AddressKind::p2wpkh), 49'000);
  const auto read = read_bitcoin(builder.v0(), &keyring);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ((*read)->to_sign()[0].path, path);
  EXPECT_EQ((*read)->facts().effects[0].kind, facts::Effect::Kind::change);
}

TEST(PsbtSigning, AScriptPathIsSignedOnlyForLeavesThatNameOurKey) {
  const Secp256k1Key own(1), internal(2), stranger(3);
  const auto leaf_of = [](const Secp256k1Key& key) {
    Bytes script;
    put_push(script, key.x_only());
    put_u8(script, OP_CHECKSIG);
    return script;
  };
  const Bytes ours = leaf_of(own), theirs = leaf_of(stranger);
  const Digest32 our_hash = tap_leaf_hash(kTapscriptVersion, ours), their_hash = tap_leaf_hash(kTapscriptVersion, theirs);
  const auto root = tap_branch_hash(our_hash, their_hash);
  const auto output = output_key(*x_only_key(internal.public_key), tap_tweak(*x_only_key(internal.public_key), root));
  const auto field_of_leaf = [&](const Bytes& script, const Digest32& sibling) {
    Bytes control{static_cast<std::uint8_t>(kTapscriptVersion | (output->odd ? 1 : 0))}, value = script;
    put_bytes(control, internal.x_only());
    put_bytes(control, sibling);
    put_u8(value, kTapscriptVersion);
    return PsbtTestField{psbt::kInTapLeafScript, control, value};
  };
  TestKeyring keyring(own);
  const auto build = [&](const Digest32& sibling) {
    PsbtBuilder builder;
    builder.input(p2tr_script(output->key), 50'000, {field_of_leaf(ours, sibling), field_of_leaf(theirs, our_hash)}, false)
        .output(*script_of_key(stranger.public_key, AddressKind::p2wpkh), 49'000);
    return builder.v2();
  };
  const Signed answer = signed_by(keyring, build(their_hash));
  const Psbt psbt = read_back(answer);
  Bytes place = own.x_only();
  put_bytes(place, our_hash);
  ASSERT_NE(psbt.inputs()[0].find(psbt::kInTapScriptSig, place), nullptr);
  EXPECT_EQ(psbt.inputs()[0].value(psbt::kInTapScriptSig).size(), 64U);
  EXPECT_EQ(field_of(signed_by(keyring, build(their_hash), to_finalize()), "txid").size(), 64U);

  const auto moved = read_bitcoin(build(Digest32{7}), &keyring);
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().detail, "input 0: a tap_leaf_script that names our key is not in its output's tree");
}

TEST(PsbtSigning, AKeyThatIsTheOutputKeyItselfIsNotTweaked) {
  const Secp256k1Key own(1);
  TestKeyring keyring(own);
  PsbtBuilder builder;
  builder.input(p2tr_script(own.x_only()), 50'000, {}, false)
      .output(*script_of_key(Secp256k1Key(2).public_key, AddressKind::p2wpkh), 49'000);
  const auto read = read_bitcoin(builder.v0(), &keyring);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ((*read)->to_sign()[0].kind, SignatureKind::schnorr);
  EXPECT_EQ((*read)->to_sign()[0].message.size(), 32U);
  EXPECT_TRUE((*read)->assemble(keyring.sign(**read)));
}

TEST(PsbtSigning, TheRedeemScriptOfOurKeyIsPutInWhereItIsMissing) {
  const Secp256k1Key own(1);
  TestKeyring keyring(own);
  PsbtBuilder builder;
  builder.input(*script_of_key(own.public_key, AddressKind::p2sh_p2wpkh), 50'000)
      .output(*script_of_key(Secp256k1Key(2).public_key, AddressKind::p2wpkh), 49'000);
  const Psbt psbt = read_back(signed_by(keyring, builder.v0()));
  const ByteView script = psbt.inputs()[0].value(psbt::kInRedeemScript);
  EXPECT_EQ(Bytes(script.begin(), script.end()), redeem_script_of_key(own.public_key));
  EXPECT_FALSE(field_of(signed_by(keyring, builder.v0(), to_finalize()), "raw").empty());
}

// Flags of tx_modifiable after signing (BIP 370, "Signer").
TEST(PsbtSigning, ModifiableFlagsAreUpdated) {
  const Secp256k1Key own(1);
  TestKeyring keyring(own);
  const struct {
    std::uint32_t sighash;
    std::uint8_t before, after;
  } kCases[] = {{0x01, 0x03, 0x00}, {0x81, 0x03, 0x01}, {0x02, 0x03, 0x02}, {0x82, 0x03, 0x03},
                {0x03, 0x03, 0x04}, {0x83, 0x03, 0x05}, {0x01, 0xFC, 0xFC}, {0x01, 0x00, 0x00}};
  for (const auto& test : kCases) {
    PsbtBuilder builder;
    builder
        .input(*script_of_key(own.public_key, AddressKind::p2wpkh), 50'000,
               {{psbt::kInSighashType, {}, number32_bytes(test.sighash)}})
        .output(*script_of_key(Secp256k1Key(2).public_key, AddressKind::p2wpkh), 49'000);
    const Signed answer = signed_by(keyring, builder.v2({{psbt::kGlobalTxModifiable, {}, {test.before}}}), of_any_sighash());
    EXPECT_EQ(modifiable(answer), test.after) << test.sighash << ' ' << int{test.before};
  }
}

TEST(PsbtSigning, UnknownFieldsAndTheOtherSignersStay) {
  const Secp256k1Key own(1), other(2);
  TestKeyring keyring(own);
  PsbtBuilder builder;
  builder.input(*script_of_key(own.public_key, AddressKind::p2wpkh), 50'000, {{0xFC, {1, 'x', 0}, {5}}})
      .input(*script_of_key(other.public_key, AddressKind::p2wpkh), 50'000, {{0x77, {8}, {5}}})
      .output(*script_of_key(other.public_key, AddressKind::p2wpkh), 99'000, {{0x78, {}, {1}}});
  const Psbt psbt = read_back(signed_by(keyring, builder.v0()));
  EXPECT_TRUE(psbt.inputs()[0].has(0xFC) && psbt.inputs()[1].has(0x77) && psbt.outputs()[0].has(0x78));
  EXPECT_TRUE(psbt.inputs()[0].has(psbt::kInPartialSig));
  EXPECT_FALSE(psbt.inputs()[1].has(psbt::kInPartialSig));
}

TEST(PsbtSigning, APathIsAskedForOnce) {
  const Secp256k1Key own(1);
  const std::array<std::uint8_t, 4> root{1, 2, 3, 4};
  const KeyPath path{0, 0};
  TestKeyring keyring({{path, own}}, root);
  PsbtBuilder builder;
  for (int i = 0; i < 50; ++i) {
    builder.input(*script_of_key(own.public_key, AddressKind::p2wpkh), 50'000,
                  {{psbt::kInBip32Derivation, own.public_key, derivation_bytes(root, path)}});
  }
  builder.output(*script_of_key(own.public_key, AddressKind::p2wpkh), 2'400'000);
  ASSERT_TRUE(read_bitcoin(builder.v0(), &keyring));
  EXPECT_EQ(keyring.asked, 1);
}

}  // namespace
}  // namespace custos::wallet::testing
