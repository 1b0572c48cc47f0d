// The PSBT codec: every vector of BIP 174, 370 and 371, and what is malformed.
#include "wallet/bitcoin/psbt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "encode/base64.h"
#include "support/vectors.h"
#include "wallet/psbt_support.h"

namespace custos::wallet::testing {
namespace {

using namespace btc;
using ::testing::HasSubstr;

Result<Psbt> read(std::string_view text) {
  auto bytes = psbt_bytes(text);
  if (!bytes) return bytes.failure();
  return Psbt::read(std::move(*bytes));
}

// fault is what reading says; "" when it passed.
std::string fault(std::string_view text) {
  const auto psbt = read(text);
  return psbt ? "" : psbt.error().detail;
}
std::string fault(Bytes bytes) {
  const auto psbt = Psbt::read(std::move(bytes));
  return psbt ? "" : psbt.error().detail;
}

nlohmann::json vectors() { return test::vectors_of("wallet/psbt_vectors.json"); }

bool is_invalid(const nlohmann::json& vector) {
  const auto section = vector.at("section").get<std::string>();
  return section == "The following are invalid PSBTs:" || section.ends_with("cannot be computed:");
}

std::string text_of(const nlohmann::json& vector) { return vector.at("psbt").get<std::string>(); }

// vector_named finds the vector of a case.
std::string vector_named(std::string_view name) {
  for (const auto& vector : vectors()) {
    if (vector.at("case").get<std::string>() == name) return text_of(vector);
  }
  ADD_FAILURE() << "no vector is named " << name;
  return {};
}

using Field = PsbtTestField;
using Map = PsbtTestMap;
constexpr auto binary = psbt_binary;
constexpr auto number32 = number32_bytes;

// The maps of a small PSBT of version 2.
Map v2_global(std::uint8_t inputs, std::uint8_t outputs) {
  return {{psbt::kGlobalTxVersion, {}, number32(2)},
          {psbt::kGlobalInputCount, {}, {inputs}},
          {psbt::kGlobalOutputCount, {}, {outputs}},
          {psbt::kGlobalVersion, {}, number32(2)}};
}
Map v2_input(std::uint8_t seed = 1) {
  return {{psbt::kInPreviousTxid, {}, Bytes(32, seed)}, {psbt::kInOutputIndex, {}, number32(0)}};
}
Map v2_output() { return {{psbt::kOutAmount, {}, {1, 0, 0, 0, 0, 0, 0, 0}}, {psbt::kOutScript, {}, {0x51}}}; }

TEST(Psbt, EveryInvalidVectorIsRefusedInOneLine) {
  int seen = 0;
  for (const auto& vector : vectors()) {
    if (!is_invalid(vector)) continue;
    ++seen;
    const std::string said = fault(text_of(vector));
    EXPECT_FALSE(said.empty()) << vector.at("case");
    EXPECT_EQ(said.find('\n'), std::string::npos) << said;
  }
  EXPECT_EQ(seen, 56);
}

TEST(Psbt, EveryOtherVectorReadsAndIsWrittenAsItWas) {
  int seen = 0;
  for (const auto& vector : vectors()) {
    if (is_invalid(vector)) continue;
    ++seen;
    const auto psbt = read(text_of(vector));
    ASSERT_TRUE(psbt) << vector.at("case") << ": " << psbt.error().detail;
    EXPECT_EQ(encode::to_base64(write_psbt(psbt->global(), psbt->inputs(), psbt->outputs())), text_of(vector))
        << vector.at("case");
  }
  EXPECT_EQ(seen, 53);
}

TEST(Psbt, TheLockTimeIsDeterminedAsBip370Says) {
  int seen = 0;
  constexpr std::string_view kSection = "The timelock for the following PSBTs should be computed to be ";
  for (const auto& vector : vectors()) {
    const auto section = vector.at("section").get<std::string>();
    if (!section.starts_with(kSection)) continue;
    ++seen;
    const auto psbt = read(text_of(vector));
    ASSERT_TRUE(psbt) << psbt.error().detail;
    EXPECT_EQ(psbt->unsigned_tx().lock_time, std::stoul(section.substr(kSection.size()))) << vector.at("case");
  }
  EXPECT_EQ(seen, 9);
}

TEST(Psbt, ErrorsNameThePlaceAndTheField) {
  EXPECT_EQ(fault(vector_named("PSBT with duplicate keys in an input")), "input 0: non_witness_utxo: the same key stands twice");
  EXPECT_EQ(fault(vector_named("PSBT with invalid input sighash type typed key")),
            "input 0: sighash_type: its key has data, and takes none");
  EXPECT_EQ(fault(vector_named("PSBTv2 missing PSBT_OUT_SCRIPT.")), "output 0: script: missing, and PSBT version 2 demands it");
  EXPECT_EQ(fault(vector_named("PSBTv0 but with PSBT_IN_SEQUENCE.")),
            "input 0: sequence: a field of PSBT version 2 in one of version 0");
  EXPECT_THAT(fault(vector_named("PSBT missing outputs")), HasSubstr("fewer outputs than the 2"));
  EXPECT_THAT(fault(vector_named("Network transaction, not PSBT format")), HasSubstr("a network transaction is no PSBT"));
}

TEST(Psbt, TheThreeFormsReadAlike) {
  const auto text = vector_named("PSBT with 0 inputs");
  const auto bytes = psbt_bytes(text);
  ASSERT_TRUE(bytes);
  for (const std::string& form : {std::string(as_text(*bytes)), encode::to_hex(*bytes), "\n " + text + "\r\n"}) {
    const auto again = psbt_bytes(form);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, *bytes);
  }
  EXPECT_THAT(fault(text.substr(0, text.size() - 1)), HasSubstr("base64"));
  EXPECT_THAT(fault(text + "!"), HasSubstr("base64"));
  EXPECT_FALSE(psbt_bytes("70736274ff0"));
  EXPECT_FALSE(psbt_bytes(""));
  EXPECT_FALSE(psbt_bytes("{}"));
}

TEST(Psbt, AnOverlongLengthIsRefused) {
  const Bytes good = binary({v2_global(0, 0)});
  ASSERT_EQ(fault(good), "");
  Bytes key_length = good;  // the first record's key length is 1: as 0xfd 0x01 0x00
  key_length[5] = 0xFD;
  key_length.insert(key_length.begin() + 6, {0x01, 0x00});
  EXPECT_THAT(fault(key_length), HasSubstr("a key's length is no CompactSize in its shortest form"));
  Bytes value_length = good;
  value_length[7] = 0xFD;
  value_length.insert(value_length.begin() + 8, {0x04, 0x00});
  EXPECT_THAT(fault(value_length), HasSubstr("tx_version: cut off, or a length that is no CompactSize"));
  Bytes key_type = good;
  key_type[5] = 3;
  key_type.insert(key_type.begin() + 6, {0xFD, 0x02});
  key_type[8] = 0x00;
  EXPECT_THAT(fault(key_type), HasSubstr("a key type is no CompactSize in its shortest form"));
  Map count = v2_global(0, 0);
  count[1].value = {0xFD, 0x00, 0x00};
  EXPECT_THAT(fault(binary({count})), HasSubstr("input_count: its value is no CompactSize"));
}

TEST(Psbt, CountsThatDifferFromTheMapsAreRefused) {
  EXPECT_EQ(fault(binary({v2_global(1, 1), v2_input(), v2_output()})), "");
  EXPECT_THAT(fault(binary({v2_global(2, 1), v2_input(), v2_output()})), HasSubstr("input 1"));
  EXPECT_THAT(fault(binary({v2_global(1, 2), v2_input(), v2_output()})), HasSubstr("output 1: cut off"));
  EXPECT_THAT(fault(binary({v2_global(1, 0), v2_input(), v2_output()})), HasSubstr("bytes behind the last output's map"));
  EXPECT_THAT(fault(binary({v2_global(250, 0), v2_input()})), HasSubstr("fewer inputs than the 250"));
}

TEST(Psbt, TrailingBytesAndCutsAreRefused) {
  Bytes bytes = binary({v2_global(1, 1), v2_input(), v2_output()});
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(fault(Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size))), "") << size;
  }
  bytes.push_back(0);
  EXPECT_EQ(fault(bytes), "PSBT: 1 bytes behind the last output's map");
}

TEST(Psbt, UnknownAndProprietaryFieldsAreKeptInTheirPlace) {
  Map input = v2_input();
  input.insert(input.begin(), {0xFC, {3, 'a', 'b', 'c', 7, 1}, {9}});
  input.push_back({0x1F, {1, 2}, {3}});
  input.push_back({0x1F, {1}, {}});
  Map output = v2_output();
  output.push_back({70'000, {}, Bytes(300, 5)});
  const Bytes bytes = binary({v2_global(1, 1), input, output});
  const auto psbt = Psbt::read(bytes);
  ASSERT_TRUE(psbt) << psbt.error().detail;
  EXPECT_EQ(write_psbt(psbt->global(), psbt->inputs(), psbt->outputs()), bytes);

  input.push_back({0x1F, {1}, {4}});
  EXPECT_EQ(fault(binary({v2_global(1, 1), input, output})), "input 0: type 31: the same key stands twice");
  Map torn = v2_input();
  torn.push_back({0xFC, {3, 'a'}, {}});
  EXPECT_EQ(fault(binary({v2_global(1, 1), torn, output})), "input 0: proprietary: its key holds no identifier and subtype");
}

TEST(Psbt, KeysAndValuesOfAnotherFormAreRefused) {
  const Bytes key33 = [] {
    Bytes key(33, 1);
    key[0] = 2;
    return key;
  }();
  const struct {
    Field field;
    std::string_view said;
  } kCases[] = {
      {{psbt::kInPartialSig, Bytes(33, 9), Bytes(71)}, "partial_sig: its key holds no public key"},
      {{psbt::kInPartialSig, key33, Bytes(8)}, "partial_sig: its value is no ECDSA signature"},
      {{psbt::kInBip32Derivation, key33, Bytes(3)}, "bip32_derivation: its value is no fingerprint"},
      {{psbt::kInBip32Derivation, key33, Bytes(9)}, "bip32_derivation: its value is no fingerprint"},
      {{psbt::kInTapBip32Derivation, Bytes(32, 1), {1, 0, 0, 0, 0}}, "tap_bip32_derivation: its value is no leaf hashes"},
      {{psbt::kInTapMerkleRoot, {}, Bytes(31)}, "tap_merkle_root: its value is not 32 bytes"},
      {{psbt::kInTapKeySig, {}, Bytes(63)}, "tap_key_sig: its value is not 64 or 65 bytes"},
      {{psbt::kInTapLeafScript, Bytes(34, 0xC0), {1}}, "tap_leaf_script: its key is no control block"},
      {{psbt::kInTapLeafScript, Bytes(33, 0xC0), {}}, "tap_leaf_script: its value has no leaf version"},
      {{psbt::kInWitnessUtxo, {}, {1, 0, 0, 0, 0, 0, 0, 0, 2, 0x51}}, "witness_utxo: its value is no output"},
      {{psbt::kInWitnessUtxo, {}, {1, 0, 0, 0, 0, 0, 0, 0xF0, 1, 0x51}}, "witness_utxo: its value is no output"},
      {{psbt::kInFinalScriptWitness, {}, {2, 0}}, "final_scriptwitness: its value is no witness"},
      {{psbt::kInSequence, {}, Bytes(5)}, "sequence: its value is not 4 bytes"},
      {{0x0A, Bytes(32), {}}, "ripemd160: its key is no hash of 20 bytes"},
  };
  for (const auto& test : kCases) {
    Map input = v2_input();
    input.push_back(test.field);
    EXPECT_THAT(fault(binary({v2_global(1, 1), input, v2_output()})), HasSubstr("input 0: " + std::string(test.said)));
  }
  Map output = v2_output();
  output[0].value[7] = 0x80;
  EXPECT_EQ(fault(binary({v2_global(1, 1), v2_input(), output})), "output 0: amount: its value is no amount");
  output = v2_output();
  output.push_back({psbt::kOutTapTree, {}, {129, 0xC0, 0}});
  EXPECT_THAT(fault(binary({v2_global(1, 1), v2_input(), output})), HasSubstr("output 0: tap_tree"));
}

TEST(Psbt, OtherVersionsAndInputsSpentTwiceAreRefused) {
  Map global = v2_global(0, 0);
  global.back().value = number32(1);
  EXPECT_EQ(fault(binary({global})), "PSBT: version 1, and only 0 and 2 are known");
  EXPECT_THAT(fault(binary({v2_global(2, 1), v2_input(), v2_input(), v2_output()})),
              HasSubstr("two inputs spend the same output"));
  EXPECT_EQ(fault(binary({v2_global(2, 1), v2_input(1), v2_input(2), v2_output()})), "");
}

TEST(Psbt, FieldsArePutWhereSortedMapsHaveThem) {
  const Bytes low{1}, high{2}, value{7};
  PsbtMap map({{.type = 0, .key = {}, .value = {}}, {.type = 2, .key = high, .value = {}}, {.type = 3, .key = {}, .value = {}}});
  map.put({.type = 2, .key = low, .value = value});
  map.put({.type = 3, .key = {}, .value = value});
  map.put({.type = 9, .key = {}, .value = {}});
  std::string order;
  for (const PsbtField& field : map.fields()) order += std::to_string(field.type) + (field.value.empty() ? "-" : "+");
  EXPECT_EQ(order, "0-2+2-3+9-");
}

}  // namespace
}  // namespace custos::wallet::testing
