// The facts of a PSBT: what leaves, what is change, what it costs, and what a person is warned of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hash/digest.h"
#include "wallet/bitcoin/address.h"
#include "wallet/bitcoin/own_keys.h"
#include "wallet/bitcoin/script.h"
#include "wallet/bitcoin/taproot.h"
#include "wallet/psbt_support.h"

namespace custos::wallet::testing {
namespace {

using namespace btc;
using facts::Effect;
using facts::OperationClass;
using facts::TransactionFacts;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::array<std::uint8_t, 4> kRoot{1, 2, 3, 4};
const KeyPath kInputPath{kHardenedStep | 84, kHardenedStep, kHardenedStep, 0, 3};
const KeyPath kChangePath{kHardenedStep | 84, kHardenedStep, kHardenedStep, 1, 7};

Bytes script_of(const Secp256k1Key& key, AddressKind kind = AddressKind::p2wpkh) { return *script_of_key(key.public_key, kind); }

Bytes one_of_two(const Secp256k1Key& one, const Secp256k1Key& two) {
  Bytes script;
  put_number(script, 1);
  put_push(script, one.public_key);
  put_push(script, two.public_key);
  put_number(script, 2);
  put_u8(script, OP_CHECKMULTISIG);
  return script;
}

// Wallet is a tree with a key for the input and one for change.
struct Wallet {
  Secp256k1Key input{1}, change{2}, stranger{3};
  TestKeyring keyring{{{kInputPath, input}, {kChangePath, change}}, kRoot};

  [[nodiscard]] PsbtBuilder spending(std::uint64_t value) const {
    PsbtBuilder builder;
    builder.input(script_of(input), value, {{psbt::kInBip32Derivation, input.public_key, derivation_bytes(kRoot, kInputPath)}});
    return builder;
  }
  [[nodiscard]] PsbtTestField change_field(const KeyPath& path = kChangePath) const {
    return {psbt::kOutBip32Derivation, change.public_key, derivation_bytes(kRoot, path)};
  }
  TransactionFacts facts(const PsbtBuilder& builder, const Input& options = {}) {
    const auto read = read_bitcoin(builder.v0(), &keyring, options);
    if (!read) ADD_FAILURE() << read.error().detail;
    return read ? (*read)->facts() : TransactionFacts{};
  }
};

TEST(PsbtFacts, TransfersChangeAndFeeAreTold) {
  Wallet wallet;
  auto builder = wallet.spending(1'000'000);
  builder.output(script_of(wallet.stranger), 600'000).output(script_of(wallet.change), 399'000, {wallet.change_field()});
  const auto facts = wallet.facts(builder);
  EXPECT_EQ(facts.chain, "bitcoin");
  EXPECT_EQ(facts.chain_id, "") << "nothing that is signed names one";
  EXPECT_EQ(facts.text, "");
  EXPECT_EQ(facts.kind, "PSBT version 0");
  EXPECT_EQ(facts.from, *address_of_key(wallet.input.public_key, AddressKind::p2wpkh, Network::main));
  ASSERT_EQ(facts.effects.size(), 2U);
  EXPECT_EQ(facts.effects[0].kind, Effect::Kind::transfer);
  EXPECT_EQ(facts.effects[0].to, *address_of_key(wallet.stranger.public_key, AddressKind::p2wpkh, Network::main));
  EXPECT_EQ(facts.effects[0].amount, Uint256(600'000));
  EXPECT_EQ(facts.effects[0].what, "output 0");
  EXPECT_EQ(facts.effects[1].kind, Effect::Kind::change);
  EXPECT_EQ(facts.effects[1].what, "output 1, m/84'/0'/0'/1/7");
  EXPECT_EQ(facts.fee, Uint256(1'000));
  EXPECT_EQ(facts.maximum_fee, Uint256(1'000));
  EXPECT_THAT(facts.warnings, IsEmpty());
  EXPECT_THAT(facts.undecoded, IsEmpty());
  EXPECT_EQ(facts.reachable, facts::ClassSet{OperationClass::withdraw});
}

TEST(PsbtFacts, AddressesAreThoseOfTheNetwork) {
  Wallet wallet;
  auto builder = wallet.spending(1'000'000);
  builder.output(script_of(wallet.stranger), 999'000);
  Input options;
  options.network = "regtest";
  const auto facts = wallet.facts(builder, options);
  EXPECT_EQ(facts.chain_id, "");
  EXPECT_THAT(facts.effects[0].to, HasSubstr("bcrt1"));
}

TEST(PsbtFacts, ADerivationThatDoesNotLeadToTheScriptIsNoChange) {
  Wallet wallet;
  auto builder = wallet.spending(1'000'000);
  builder
      .output(script_of(wallet.stranger), 300'000, {wallet.change_field()})  // ours, and another's script
      .output(script_of(wallet.change), 300'000,                             // another fingerprint
              {{psbt::kOutBip32Derivation, wallet.change.public_key, derivation_bytes({9, 9, 9, 9}, kChangePath)}})
      .output(script_of(wallet.change), 300'000)  // nothing tells
      .output(script_of(wallet.change), 99'000,   // a path that leads elsewhere
              {{psbt::kOutBip32Derivation, wallet.change.public_key, derivation_bytes(kRoot, kInputPath)}});
  for (const Effect& effect : wallet.facts(builder).effects) EXPECT_EQ(effect.kind, Effect::Kind::transfer) << effect.what;
}

TEST(PsbtFacts, AScriptInWhichOthersHaveASayIsNoChange) {
  Wallet wallet;
  const Bytes multisig = one_of_two(wallet.change, wallet.stranger);
  auto builder = wallet.spending(1'000'000);
  Bytes of_input{0};
  put_bytes(of_input, derivation_bytes(kRoot, kInputPath));
  builder.input(script_of(wallet.input, AddressKind::p2tr), 1'000,
                {{psbt::kInTapBip32Derivation, wallet.input.x_only(), of_input}});
  builder.output(p2wsh_script(hash::sha256_of(multisig)), 500'000, {{0x01, {}, multisig}, wallet.change_field()});
  // Taproot: our internal key, and a tree of scripts beside it; then without one.
  const auto x = *x_only_key(wallet.change.public_key);
  Bytes tap{0};
  put_bytes(tap, derivation_bytes(kRoot, kChangePath));
  const PsbtTestMap fields{{psbt::kOutTapInternalKey, {}, wallet.change.x_only()},
                           {psbt::kOutTapBip32Derivation, wallet.change.x_only(), tap}};
  builder.output(p2tr_script(output_key(x, tap_tweak(x, Digest32{1}))->key), 200'000, fields)
      .output(script_of(wallet.change, AddressKind::p2tr), 299'000, fields);
  const auto facts = wallet.facts(builder);
  EXPECT_EQ(facts.effects[0].kind, Effect::Kind::transfer);
  EXPECT_EQ(facts.effects[1].kind, Effect::Kind::transfer);
  EXPECT_EQ(facts.effects[2].kind, Effect::Kind::change);
}

// A token may be unable to move it (Taproot), and a wallet that watches one kind of address does not see it.
TEST(PsbtFacts, OursAsAnotherKindThanItSpendsIsATransfer) {
  for (const auto kind : {AddressKind::p2pkh, AddressKind::p2sh_p2wpkh, AddressKind::p2wpkh, AddressKind::p2tr}) {
    Wallet wallet;
    auto builder = wallet.spending(1'000'000);
    builder.output(script_of(wallet.change, kind), 999'000, {wallet.change_field()});
    const auto facts = wallet.facts(builder);
    const bool same = kind == AddressKind::p2wpkh;
    EXPECT_EQ(facts.effects[0].kind, same ? Effect::Kind::change : Effect::Kind::transfer) << to_string(kind);
    EXPECT_EQ(facts.effects[0].what, "output 0, m/84'/0'/0'/1/7");
    if (same) continue;
    EXPECT_THAT(facts.warnings, ElementsAre("output 0: our key as " + std::string(to_string(kind)) +
                                            ", and what it signs here is of another kind"));
  }
}

TEST(PsbtFacts, WhatIsSpentWithOthersMakesNoKindUsual) {
  Wallet wallet;
  const Bytes multisig = one_of_two(wallet.input, wallet.stranger);
  PsbtBuilder builder;
  builder.input(p2wsh_script(hash::sha256_of(multisig)), 1'000'000,
                {{psbt::kInWitnessScript, {}, multisig},
                 {psbt::kInBip32Derivation, wallet.input.public_key, derivation_bytes(kRoot, kInputPath)}});
  builder.output(script_of(wallet.change), 999'000, {wallet.change_field()});
  EXPECT_EQ(wallet.facts(builder).effects[0].kind, Effect::Kind::transfer);
}

// Whoever writes the PSBT may also have said which path is to be named.
TEST(PsbtFacts, APathThatTheCallerNamedIsJudgedAsAnyOther) {
  const KeyPath unusual{kHardenedStep | 84, kHardenedStep, kHardenedStep, 7, 2'000'000'000}, deep(11, 0);
  struct Case {
    KeyPath named;
    bool signs;  // an input of its own
    Effect::Kind kind;
    std::string what;
  };
  for (const auto& [named, signs, kind, what] : {Case{kChangePath, true, Effect::Kind::change, "output 0, m/84'/0'/0'/1/7"},
                                                 Case{kChangePath, false, Effect::Kind::transfer, "output 0"},
                                                 Case{unusual, true, Effect::Kind::transfer, "output 0, " + path_text(unusual)},
                                                 Case{unusual, false, Effect::Kind::transfer, "output 0"},
                                                 Case{deep, true, Effect::Kind::transfer, "output 0, " + path_text(deep)}}) {
    SCOPED_TRACE(path_text(named));
    Wallet wallet;
    TestKeyring keyring({{kInputPath, wallet.input}, {named, wallet.change}}, kRoot, named);
    auto builder = wallet.spending(1'000'000);
    if (signs) builder.input(script_of(wallet.change), 1'000);
    builder.output(script_of(wallet.change), 999'000);
    const auto read = read_bitcoin(builder.v0(), &keyring);
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ((*read)->facts().effects[0].kind, kind);
    EXPECT_EQ((*read)->facts().effects[0].what, what);
  }
}

// Where its owner does not look for it, it is as good as lost: whoever wrote the PSBT may have chosen the path.
TEST(PsbtFacts, OursAtAnUnusualPathIsATransfer) {
  constexpr std::uint32_t kFar = 1'000'001;
  for (const KeyPath& path : {KeyPath{77}, KeyPath{kHardenedStep | 84, kHardenedStep, kHardenedStep | 1, 1, 7},
                              KeyPath{kHardenedStep | 84, kHardenedStep, kHardenedStep, 2, 7},
                              KeyPath{kHardenedStep | 84, kHardenedStep, kHardenedStep, 1, kFar},
                              KeyPath{kHardenedStep | 84, kHardenedStep, kHardenedStep, 1, kHardenedStep}}) {
    Wallet wallet;
    wallet.keyring.add(path, wallet.change);
    auto builder = wallet.spending(1'000'000);
    builder.output(script_of(wallet.change), 999'000, {wallet.change_field(path)});
    const auto facts = wallet.facts(builder);
    EXPECT_EQ(facts.effects[0].kind, Effect::Kind::transfer) << path_text(path);
    EXPECT_EQ(facts.effects[0].what, "output 0, " + path_text(path));
    EXPECT_THAT(facts.warnings, ElementsAre("output 0: our key at an unusual path, " + path_text(path)));
  }
}

TEST(PsbtFacts, AKeyMoreThanTenStepsBelowTheRootIsNotOurs) {
  for (const std::size_t depth : {10U, 11U}) {
    Wallet wallet;
    const KeyPath path(depth, 0);
    wallet.keyring.add(path, wallet.change);
    auto builder = wallet.spending(1'000'000);
    builder.output(script_of(wallet.change), 999'000, {wallet.change_field(path)});
    EXPECT_EQ(wallet.facts(builder).effects[0].what, depth == 10 ? "output 0, " + path_text(path) : "output 0");
  }
}

TEST(PsbtFacts, AnAddressOfTheSingleKeyIsChangeInTheKindsThatItSpends) {
  const Secp256k1Key own(1);
  const auto kinds = {AddressKind::p2pkh, AddressKind::p2sh_p2wpkh, AddressKind::p2wpkh, AddressKind::p2tr};
  for (const auto spent : kinds) {
    TestKeyring keyring(own);
    PsbtBuilder builder;
    builder.input(script_of(own, spent), 1'000'000);
    for (const auto kind : kinds) builder.output(script_of(own, kind), 249'000);
    const auto read = read_bitcoin(builder.v2(), &keyring);
    ASSERT_TRUE(read) << read.error().detail;
    const auto& facts = (*read)->facts();
    EXPECT_EQ(facts.kind, "PSBT version 2");
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      EXPECT_EQ(facts.effects[i].kind, kinds.begin()[i] == spent ? Effect::Kind::change : Effect::Kind::transfer);
      EXPECT_EQ(facts.effects[i].what, "output " + std::to_string(i));
    }
    EXPECT_EQ(facts.warnings.size(), 3U);
    EXPECT_EQ(facts.reachable, facts::ClassSet{OperationClass::withdraw});
  }
}

TEST(PsbtFacts, AnOpReturnIsANoteAndDestroysWhatItHolds) {
  Wallet wallet;
  auto builder = wallet.spending(1'000'000);
  builder.output({OP_RETURN, 2, 0xAB, 0xCD}, 0).output({OP_RETURN, 1, 0x01}, 100'000).output(script_of(wallet.stranger), 899'000);
  const auto facts = wallet.facts(builder);
  EXPECT_EQ(facts.effects[0].kind, Effect::Kind::note);
  EXPECT_EQ(facts.effects[0].to, "");
  EXPECT_EQ(facts.effects[0].what, "output 0: OP_RETURN 0x02abcd");
  EXPECT_EQ(facts.effects[1].kind, Effect::Kind::transfer);
  EXPECT_THAT(facts.warnings, ElementsAre("output 1 destroys 0.001 BTC: an OP_RETURN"));
}

// THORChain swaps, Runes and Omni move value by what stands there. No two contents are the same text.
TEST(PsbtFacts, TheDataOfAnOpReturnIsTheTransactionsText) {
  const auto text_of = [](const std::vector<Bytes>& contents) {
    Wallet wallet;
    auto builder = wallet.spending(1'000'000);
    for (const Bytes& content : contents) {
      Bytes script{OP_RETURN};
      put_bytes(script, content);
      builder.output(script, 0);
    }
    builder.output(script_of(wallet.stranger), 999'000);
    return wallet.facts(builder).text;
  };
  const auto push = [](std::string_view text) {
    Bytes script;
    put_push(script, as_bytes(text));
    return script;
  };
  EXPECT_EQ(text_of({push("=:ETH.ETH:0x1234")}), "=:ETH.ETH:0x1234");
  EXPECT_EQ(text_of({push("0x1234")}),
            "0x06"
            "307831323334")
      << "no hexadecimal of ours";
  EXPECT_EQ(text_of({push("one\ntwo")}),
            "0x07"
            "6f6e650a74776f")
      << "no two lines";
  EXPECT_EQ(text_of({push("one"), push("two")}), "one\ntwo");
  EXPECT_EQ(text_of({{OP_1 + 12, 2, 0x14, 0x01}}), "0x5d021401") << "a runestone";
  EXPECT_EQ(text_of({{OP_PUSHDATA1, 2, 'h', 'i'}}), "0x4c026869") << "no shortest push";
  EXPECT_EQ(text_of({{}}), "0x");
  const std::string longest(5'000, 'a');
  EXPECT_EQ(text_of({push(longest)}), longest);
}

TEST(PsbtFacts, LongDataOfAnOpReturnStandsInTheTextAlone) {
  Wallet wallet;
  auto builder = wallet.spending(1'000'000);
  Bytes script{OP_RETURN};
  put_push(script, Bytes(161, 'a'));
  builder.output(script, 0).output(script_of(wallet.stranger), 999'000);
  EXPECT_EQ(wallet.facts(builder).effects[0].what, "output 0: OP_RETURN (161 bytes)");
}

TEST(PsbtFacts, AScriptWithoutAddressIsUndecoded) {
  Wallet wallet;
  auto builder = wallet.spending(1'000'000);
  builder.output({0x51, 0x93}, 999'000);
  const auto facts = wallet.facts(builder);
  EXPECT_EQ(facts.effects[0].to, "script 5193");
  EXPECT_THAT(facts.undecoded, ElementsAre("output 0: a script that no address stands for"));
  EXPECT_TRUE(facts.reachable.has(OperationClass::unknown));
}

TEST(PsbtFacts, AHighFeeIsWarnedOf) {
  Wallet wallet;
  const auto warnings = [&](std::uint64_t in, std::uint64_t out) {
    auto builder = wallet.spending(in);
    builder.output(script_of(wallet.stranger), out);
    return wallet.facts(builder).warnings;
  };
  EXPECT_THAT(warnings(11'000, 10'000), IsEmpty());
  EXPECT_THAT(warnings(11'001, 10'000), ElementsAre("the fee of 0.00001001 BTC is more than a tenth of what leaves"));
  EXPECT_THAT(warnings(100'082'000, 100'000'000), IsEmpty());  // 82 bytes
  EXPECT_THAT(warnings(100'082'001, 100'000'000),
              ElementsAre("the fee of 0.00082001 BTC is more than 0.01 BTC for 1000 bytes of the unsigned transaction"));
}

TEST(PsbtFacts, WhatSighashTypesLeaveOpenIsUnknown) {
  const Secp256k1Key own(1), stranger(2);
  TestKeyring keyring(own);
  const auto facts = [&](std::uint32_t type) {
    PsbtBuilder builder;
    builder.input(script_of(own), 50'000, {{psbt::kInSighashType, {}, number32_bytes(type)}}).output(script_of(stranger), 49'000);
    const auto read = read_bitcoin(builder.v0(), &keyring, of_any_sighash());
    return read ? (*read)->facts() : TransactionFacts{};
  };
  EXPECT_THAT(facts(0x02).undecoded, ElementsAre("input 0 is signed with NONE: others may change every output"));
  EXPECT_TRUE(facts(0x02).reachable.has(OperationClass::unknown));
  const std::string any_inputs = ": others may add inputs, whose value would be fee";
  EXPECT_THAT(facts(0x83).undecoded,
              ElementsAre("input 0 is signed with SINGLE|ANYONECANPAY: others may change every output but one",
                          "input 0 is signed with SINGLE|ANYONECANPAY" + any_inputs));
  EXPECT_THAT(facts(0x81).undecoded, ElementsAre("input 0 is signed with ALL|ANYONECANPAY" + any_inputs));
  EXPECT_TRUE(facts(0x81).reachable.has(OperationClass::unknown));
}

TEST(PsbtFacts, NothingComesBackThatOurSignaturesDoNotFix) {
  for (const auto& [type, kind] : std::map<std::uint32_t, Effect::Kind>{{0x01, Effect::Kind::change},
                                                                        {0x81, Effect::Kind::change},
                                                                        {0x02, Effect::Kind::transfer},
                                                                        {0x03, Effect::Kind::transfer},
                                                                        {0x82, Effect::Kind::transfer},
                                                                        {0x83, Effect::Kind::transfer}}) {
    const Secp256k1Key own(1);
    TestKeyring keyring(own);
    PsbtBuilder builder;
    builder.input(script_of(own), 50'000).input(script_of(own), 50'000, {{psbt::kInSighashType, {}, number32_bytes(type)}});
    builder.output(script_of(own), 60'000).output(script_of(own), 39'000);
    const auto read = read_bitcoin(builder.v0(), &keyring, of_any_sighash());
    ASSERT_TRUE(read) << read.error().detail;
    for (const Effect& effect : (*read)->facts().effects) EXPECT_EQ(effect.kind, kind) << type << " " << effect.what;
  }
}

TEST(PsbtFacts, LockTimeAndReplacementAreNotes) {
  Wallet wallet;
  auto builder = wallet.spending(1'000'000);
  builder.output(script_of(wallet.stranger), 999'000);
  builder.tx().lock_time = 800'000;
  EXPECT_EQ(wallet.facts(builder).effects.size(), 1U);  // every sequence is final: the lock time does not count
  builder.tx().inputs[0].sequence = 0xFFFFFFFD;
  const auto facts = wallet.facts(builder);
  ASSERT_EQ(facts.effects.size(), 3U);
  EXPECT_EQ(facts.effects[1].what, "lock time: not before block 800000");
  EXPECT_EQ(facts.effects[2].what, "may be replaced (BIP 125)");
  EXPECT_EQ(facts.effects[2].kind, Effect::Kind::note);
}

TEST(PsbtFacts, AnInspectionNeedsNoKeyAndTellsWhatIsNotProved) {
  const Secp256k1Key one(1), two(2);
  PsbtBuilder builder;
  builder.input(script_of(one), 50'000, {}, false).output(script_of(two), 49'000);
  const auto read = read_bitcoin(builder.v0(), nullptr);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_TRUE((*read)->to_sign().empty());
  EXPECT_EQ((*read)->facts().fee, Uint256(1'000));
  EXPECT_THAT((*read)->facts().warnings, ElementsAre("input 0: its amount is claimed, not proved"));
  builder.inputs()[0].clear();
  const auto bare = read_bitcoin(builder.v0(), nullptr);
  ASSERT_TRUE(bare) << bare.error().detail;
  EXPECT_FALSE((*bare)->facts().fee);
  EXPECT_THAT((*bare)->facts().undecoded, ElementsAre("input 0: what it spends is not known"));
}

}  // namespace
}  // namespace custos::wallet::testing
