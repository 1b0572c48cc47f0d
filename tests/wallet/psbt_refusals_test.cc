// What of a PSBT is refused before anything is signed: each in a clear line that says where.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hash/digest.h"
#include "hash/ripemd160.h"
#include "support/vectors.h"
#include "wallet/bitcoin/address.h"
#include "wallet/bitcoin/script.h"
#include "wallet/psbt_support.h"

namespace custos::wallet::testing {
namespace {

using namespace btc;
using ::testing::HasSubstr;

const Secp256k1Key& own() {
  static const Secp256k1Key key(1);
  return key;
}
const Secp256k1Key& stranger() {
  static const Secp256k1Key key(2);
  return key;
}
Bytes script_of(const Secp256k1Key& key, AddressKind kind = AddressKind::p2wpkh) { return *script_of_key(key.public_key, kind); }

// fault is what reading for our key says; "" when it passed.
std::string fault(const Bytes& psbt, const Input& input = {}) {
  TestKeyring keyring(own());
  const auto read = read_bitcoin(psbt, &keyring, input);
  return read ? "" : read.error().detail;
}

// paying makes a PSBT of one input, of 50,000 satoshi, to a stranger.
PsbtBuilder paying(const Bytes& script, PsbtTestMap more = {}, bool prove = true) {
  PsbtBuilder builder;
  builder.input(script, 50'000, std::move(more), prove).output(script_of(stranger()), 49'000);
  return builder;
}

TEST(PsbtRefusals, AMissingUtxo) {
  auto builder = paying(script_of(own()));
  builder.inputs()[0].clear();
  EXPECT_EQ(fault(builder.v0()), "input 0: neither non_witness_utxo nor witness_utxo is there: what it spends is not known");
  // Of an input that is not ours too: without it nobody knows the fee.
  auto two = paying(script_of(own()));
  two.input(script_of(stranger()), 50'000);
  two.inputs()[1].clear();
  EXPECT_EQ(fault(two.v0()), "input 1: neither non_witness_utxo nor witness_utxo is there: what it spends is not known");
}

TEST(PsbtRefusals, WitnessUtxoAloneWhereTheSignatureDoesNotProveIt) {
  EXPECT_EQ(fault(paying(script_of(own()), {}, false).v0()),
            "input 0: witness_utxo alone does not prove its amount (BIP 143): include non_witness_utxo");
  // Of a stranger's input, even if it says that it is taproot: that is a claim too.
  auto builder = paying(script_of(own()));
  builder.input(script_of(stranger(), AddressKind::p2tr), 50'000, {}, false);
  EXPECT_THAT(fault(builder.v0()), HasSubstr("input 1: witness_utxo alone does not prove its amount"));
}

TEST(PsbtRefusals, NotATaprootSignatureWhichIsOfAllAmounts) {
  auto builder = paying(script_of(own(), AddressKind::p2tr), {}, false);
  builder.input(script_of(stranger()), 50'000, {}, false);
  EXPECT_EQ(fault(builder.v0()), "");
  auto anyone = paying(script_of(own(), AddressKind::p2tr), {{psbt::kInSighashType, {}, number32_bytes(0x81)}}, false);
  EXPECT_THAT(fault(anyone.v0(), of_any_sighash()), HasSubstr("input 0: witness_utxo alone does not prove"));
}

TEST(PsbtRefusals, ALyingAmount) {
  EXPECT_EQ(fault(paying(script_of(own()), {PsbtBuilder::witness_utxo(script_of(own()), 60'000)}).v0()),
            "input 0: a lying amount: witness_utxo says 60000 satoshi, non_witness_utxo 50000 satoshi");
  EXPECT_EQ(fault(paying(script_of(own()), {PsbtBuilder::witness_utxo(script_of(stranger()), 50'000)}).v0()),
            "input 0: witness_utxo says another script than non_witness_utxo");
  EXPECT_EQ(fault(paying(script_of(own()), {PsbtBuilder::witness_utxo(script_of(own()), 50'000)}).v0()), "");
}

TEST(PsbtRefusals, ANonWitnessUtxoThatIsAnotherTransaction) {
  auto builder = paying(script_of(own()));
  builder.tx().inputs[0].previous.txid[0] ^= 1;
  EXPECT_THAT(fault(builder.v0()), HasSubstr("input 0: non_witness_utxo is transaction "));
  auto index = paying(script_of(own()));
  index.tx().inputs[0].previous.index = 1;
  EXPECT_EQ(fault(index.v0()), "input 0: it spends output 1, which non_witness_utxo has not");
  auto torn = paying(script_of(own()));
  torn.inputs()[0][0].value.pop_back();
  EXPECT_THAT(fault(torn.v0()), HasSubstr("input 0: non_witness_utxo"));
}

TEST(PsbtRefusals, AParentThatAnotherInputSharesIsStillItsOwn) {
  // Both inputs name the same parent; the second one carries it changed.
  auto builder = paying(script_of(own()));
  builder.input(script_of(own()), 50'000);
  builder.tx().inputs[1].previous = {builder.tx().inputs[0].previous.txid, 1};
  EXPECT_THAT(fault(builder.v0()), HasSubstr("input 1: non_witness_utxo is transaction "));
}

TEST(PsbtRefusals, ASighashTypeThatIsNotAllowed) {
  const auto with = [](std::uint32_t type, AddressKind kind = AddressKind::p2wpkh) {
    return paying(script_of(own(), kind), {{psbt::kInSighashType, {}, number32_bytes(type)}}).v0();
  };
  for (const std::uint32_t type : {2U, 3U, 0x81U, 0x82U, 0x83U}) {
    EXPECT_THAT(fault(with(type)), HasSubstr(": only ALL and DEFAULT are signed unless others are allowed")) << type;
    EXPECT_EQ(fault(with(type), of_any_sighash()), "") << type;
  }
  EXPECT_EQ(fault(with(0x83)),
            "input 0: sighash_type is SINGLE|ANYONECANPAY: only ALL and DEFAULT are signed unless others are allowed");
  for (const std::uint32_t type : {0U, 4U, 0x80U, 0x101U}) {
    EXPECT_THAT(fault(with(type), of_any_sighash()), HasSubstr("which is none of this input's")) << type;
  }
  EXPECT_EQ(fault(with(0, AddressKind::p2tr)), "");
  EXPECT_EQ(fault(with(1, AddressKind::p2tr)), "");
  EXPECT_THAT(fault(with(4, AddressKind::p2tr), of_any_sighash()), HasSubstr("which is none of this input's"));
}

TEST(PsbtRefusals, SingleWithoutAnOutputOfItsIndex) {
  PsbtBuilder builder;
  builder.input(script_of(stranger()), 50'000)
      .input(script_of(own()), 50'000, {{psbt::kInSighashType, {}, number32_bytes(3)}})
      .output(script_of(stranger()), 99'000);
  EXPECT_THAT(fault(builder.v0(), of_any_sighash()), HasSubstr("input 1"));
}

TEST(PsbtRefusals, ASignatureThatIsAlreadyThere) {
  const Bytes signature = test::hex(
      "3044022065f45ba5998b59a27ffe1a7bed016af1f1f90d54b3aa8f7450aa5f56a25103bd02207f724703ad1edb96680b2"
      "84b56d4ffcb88f7fb759eabbe08aa30f29b851383d201");
  constexpr std::string_view kSaid = "input 0: a signature is already there, and no other is ours to make";
  EXPECT_EQ(fault(paying(script_of(own()), {{psbt::kInPartialSig, own().public_key, signature}}).v0()), kSaid);
  EXPECT_EQ(fault(paying(script_of(own(), AddressKind::p2tr), {{psbt::kInTapKeySig, {}, Bytes(64, 1)}}).v0()), kSaid);
  EXPECT_EQ(fault(paying(script_of(own()), {{psbt::kInFinalScriptWitness, {}, {0}}}).v0()), kSaid);
  EXPECT_EQ(fault(paying(script_of(own(), AddressKind::p2pkh), {{psbt::kInFinalScriptSig, {}, {0x51}}}).v0()), kSaid);
  // Another's signature, or another input of ours, leaves something to sign.
  EXPECT_EQ(fault(paying(script_of(own()), {{psbt::kInPartialSig, stranger().public_key, signature}}).v0()), "");
  auto two = paying(script_of(own()), {{psbt::kInPartialSig, own().public_key, signature}});
  two.input(script_of(own()), 50'000);
  EXPECT_EQ(fault(two.v0()), "");
}

TEST(PsbtRefusals, InputsOfOthersAlone) {
  for (const auto kind : {AddressKind::p2pkh, AddressKind::p2sh_p2wpkh, AddressKind::p2wpkh, AddressKind::p2tr}) {
    EXPECT_EQ(fault(paying(script_of(stranger(), kind)).v0()), "PSBT: no input is one that this key signs");
  }
  PsbtBuilder none;
  none.output(script_of(own()), 1);
  EXPECT_EQ(fault(none.v0()), "PSBT: no input is one that this key signs");
}

TEST(PsbtRefusals, ScriptsThatAreNotTheOutputs) {
  const Bytes ours = p2pkh_script(hash::hash160(own().public_key)), theirs = p2pkh_script(hash::hash160(stranger().public_key));
  const Bytes p2sh = p2sh_script(hash::hash160(ours)), p2wsh = p2wsh_script(hash::sha256_of(ours));
  EXPECT_EQ(fault(paying(p2sh, {{psbt::kInRedeemScript, {}, ours}}).v0()), "");
  EXPECT_EQ(fault(paying(p2sh, {{psbt::kInRedeemScript, {}, theirs}}).v0()),
            "input 0: redeem_script is not the one whose hash its output has");
  EXPECT_EQ(fault(paying(p2wsh, {{psbt::kInWitnessScript, {}, ours}}).v0()), "");
  EXPECT_THAT(fault(paying(p2wsh, {{psbt::kInWitnessScript, {}, theirs}}).v0()),
              HasSubstr("input 0: witness_script is not the one"));
  EXPECT_THAT(fault(paying(script_of(own()), {{psbt::kInRedeemScript, {}, ours}}).v0()), HasSubstr("its output is no p2sh"));
  EXPECT_THAT(fault(paying(script_of(own()), {{psbt::kInWitnessScript, {}, ours}}).v0()), HasSubstr("witness_script is there"));
  EXPECT_THAT(fault(paying(script_of(own(), AddressKind::p2pkh),
                           {PsbtBuilder::witness_utxo(script_of(own(), AddressKind::p2pkh), 50'000)})
                        .v0()),
              HasSubstr("input 0: witness_utxo is there, and its output is spent without a witness"));
}

TEST(PsbtRefusals, AnInternalKeyThatDoesNotMakeTheOutput) {
  PsbtTestMap fields{{psbt::kInTapInternalKey, {}, own().x_only()}};
  EXPECT_EQ(fault(paying(script_of(own(), AddressKind::p2tr), fields, false).v0()), "");
  fields.push_back({psbt::kInTapMerkleRoot, {}, Bytes(32, 3)});
  EXPECT_EQ(fault(paying(script_of(own(), AddressKind::p2tr), fields, false).v0()),
            "input 0: tap_internal_key and tap_merkle_root do not make its output's key");
}

TEST(PsbtRefusals, ACodeSeparator) {
  Bytes script = p2pkh_script(hash::hash160(own().public_key));
  script.insert(script.begin(), OP_CODESEPARATOR);
  EXPECT_EQ(fault(paying(p2wsh_script(hash::sha256_of(script)), {{psbt::kInWitnessScript, {}, script}}).v0()),
            "input 0: its script has an OP_CODESEPARATOR, and such are not signed");
}

TEST(PsbtRefusals, AKeyOfOursWhoseScriptIsMissing) {
  const std::array<std::uint8_t, 4> root{1, 2, 3, 4};
  TestKeyring keyring({{KeyPath{5}, own()}}, root);
  const auto psbt = paying(p2wsh_script(hash::sha256_of(Bytes{1})),
                           {{psbt::kInBip32Derivation, own().public_key, derivation_bytes(root, {5})}});
  const auto read = read_bitcoin(psbt.v0(), &keyring);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().detail, "input 0: it names a key of ours, and redeem_script or witness_script is missing");
}

TEST(PsbtRefusals, OutputsWorthMoreThanTheInputs) {
  auto builder = paying(script_of(own()));
  builder.tx().outputs[0].value = 50'001;
  EXPECT_EQ(fault(builder.v0()), "PSBT: the outputs are worth 1 satoshi more than the inputs");
}

TEST(PsbtRefusals, AChainIdAnUnknownNetworkOrScheme) {
  const Bytes psbt = paying(script_of(own())).v0();
  Input other;
  other.chain_id = "main";
  EXPECT_EQ(fault(psbt, other), "bitcoin: what is signed names no chain id: leave it out, and say the network");
  other.chain_id = "";
  other.network = "test";
  EXPECT_EQ(fault(psbt, other), "");
  other.network = "moon";
  EXPECT_NE(fault(psbt, other), "");
  Input scheme;
  scheme.scheme = "eip191";
  EXPECT_THAT(fault(psbt, scheme), HasSubstr("no scheme of messages is 'eip191'"));
}

// The BIP's signers refuse these; so does an inspection, without a key.
TEST(PsbtRefusals, TheVectorsThatFailSignerChecks) {
  int seen = 0;
  for (const auto& vector : test::vectors_of("wallet/psbt_vectors.json")) {
    if (vector.at("section") != "Fails Signer checks") continue;
    ++seen;
    EXPECT_FALSE(read_bitcoin(*psbt_bytes(vector.at("psbt").get<std::string>()), nullptr)) << vector.at("case");
  }
  EXPECT_EQ(seen, 4);
}

TEST(PsbtRefusals, MoreThan16MiB) {
  EXPECT_EQ(psbt_bytes(std::string((16U << 20U) + 1, 'a')).error().detail, "PSBT: it is larger than 16 MiB");
}

TEST(PsbtRefusals, OtherSignaturesThanWereAskedFor) {
  TestKeyring keyring(own());
  const auto read = read_bitcoin(paying(script_of(own())).v0(), &keyring);
  ASSERT_TRUE(read);
  EXPECT_FALSE((*read)->assemble({}));
}

}  // namespace
}  // namespace custos::wallet::testing
