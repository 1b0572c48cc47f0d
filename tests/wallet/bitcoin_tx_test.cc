#include "wallet/bitcoin/tx.h"

#include <gtest/gtest.h>

#include "support/vectors.h"

namespace custos::wallet::btc {
namespace {

using test::hex;
using test::vectors_of;

// A transaction of one input and one output, in parts.
constexpr std::string_view kVersion = "02000000";
const std::string kInput = std::string(64, '1') + "0000000000ffffffff";
constexpr std::string_view kOutput = "e80300000000000000";
constexpr std::string_view kLockTime = "00000000";

std::string one_to_one() { return std::string(kVersion) + "01" + kInput + "01" + std::string(kOutput) + std::string(kLockTime); }

std::string detail_of(const std::string& text) {
  const auto tx = read_tx(*encode::from_hex(text), "the transaction");
  return tx ? "read" : tx.error().detail;
}

TEST(BitcoinTx, ReadsAndWritesWhatBitcoinjsMade) {
  for (const auto& vector : vectors_of("wallet/bitcoin_tx.json")) {
    const Bytes bytes = hex(vector["tx"]);
    const auto tx = read_tx(bytes, "tx");
    ASSERT_TRUE(tx) << vector["tx"] << tx.error().detail;
    EXPECT_EQ(serialise(*tx), bytes);
    EXPECT_EQ(serialise_without_witness(*tx), hex(vector["without_witness"]));
    EXPECT_EQ(txid_text(txid(*tx)), vector["txid"].get<std::string>());
    EXPECT_EQ(txid_text(wtxid(*tx)), vector["wtxid"].get<std::string>());
    EXPECT_EQ(weight(*tx), vector["weight"]);
    EXPECT_EQ(virtual_size(*tx), vector["vsize"]);
  }
}

TEST(BitcoinTx, TheOlderFormAloneTakesNoWitness) {
  for (const auto& vector : vectors_of("wallet/bitcoin_tx.json")) {
    const bool is_older = vector["tx"] == vector["without_witness"];
    EXPECT_EQ(read_tx_without_witness(hex(vector["tx"]), "tx").has_value(), is_older);
    EXPECT_TRUE(read_tx_without_witness(hex(vector["without_witness"]), "tx"));
  }
}

TEST(BitcoinTx, EveryTruncationAndATrailingByteIsRefused) {
  for (const auto& vector : vectors_of("wallet/bitcoin_tx.json")) {
    Bytes bytes = hex(vector["tx"]);
    for (std::size_t size = 0; size < bytes.size(); ++size) ASSERT_FALSE(read_tx(ByteView(bytes).first(size), "tx")) << size;
    bytes.push_back(0);
    const auto longer = read_tx(bytes, "tx");
    ASSERT_FALSE(longer);
    EXPECT_EQ(longer.error().detail, "tx: 1 bytes follow the transaction");
  }
}

TEST(BitcoinTx, OverlongCompactSizesAreRefused) {
  ASSERT_EQ(detail_of(one_to_one()), "read");
  for (const std::string_view count : {"fd0100", "fe01000000", "ff0100000000000000"}) {
    EXPECT_NE(
        detail_of(std::string(kVersion) + std::string(count) + kInput + "01" + std::string(kOutput) + std::string(kLockTime)),
        "read");
    EXPECT_NE(
        detail_of(std::string(kVersion) + "01" + kInput + std::string(count) + std::string(kOutput) + std::string(kLockTime)),
        "read");
  }
}

TEST(BitcoinTx, CompactSizesAreReadInTheirShortestFormOnly) {
  struct Case {
    std::string_view text;
    bool canonical;
  };
  for (const auto& [text, canonical] : std::initializer_list<Case>{{"fc", true},
                                                                   {"fdfd00", true},
                                                                   {"fdfc00", false},
                                                                   {"fdffff", true},
                                                                   {"fe00000100", true},
                                                                   {"feffff0000", false},
                                                                   {"feffffffff", true},
                                                                   {"ff0000000001000000", true},
                                                                   {"ffffffffff00000000", false},
                                                                   {"ffffffffffffffffff", true},
                                                                   {"fd", false},
                                                                   {"fdff", false}}) {
    const Bytes bytes = *encode::from_hex(text);
    WireReader reader(bytes);
    const auto value = reader.compact_size();
    EXPECT_EQ(reader.complete(), canonical) << text;
    if (!canonical) continue;
    Bytes written;
    put_compact_size(written, value);
    EXPECT_EQ(written, bytes) << text;
    EXPECT_EQ(compact_size_size(value), bytes.size());
  }
}

TEST(BitcoinTx, HugeCountsAreRefusedWithoutRoomForThem) {
  for (const std::string_view count : {"fdffff", "feffffffff", "ffffffffffffffffff", "ffffffffffffffff7f"}) {
    EXPECT_NE(detail_of(std::string(kVersion) + std::string(count) + kInput + "01" + std::string(kOutput)), "read");
    EXPECT_NE(detail_of(std::string(kVersion) + "01" + kInput + std::string(count) + std::string(kOutput)), "read");
    EXPECT_NE(detail_of(std::string(kVersion) + "01" + std::string(72, '1') + std::string(count) + "ffffffff"), "read");
  }
}

TEST(BitcoinTx, AWitnessFormWithoutWitnessIsRefused) {
  const std::string rest = "01" + kInput + "01" + std::string(kOutput);
  EXPECT_EQ(detail_of(std::string(kVersion) + "0001" + rest + "00" + std::string(kLockTime)),
            "the transaction: the transaction has the form with witnesses, but none");
  EXPECT_EQ(detail_of(std::string(kVersion) + "0001" + rest + "0100" + std::string(kLockTime)), "read");
  EXPECT_EQ(detail_of(std::string(kVersion) + "0002" + rest + "0100" + std::string(kLockTime)),
            "the transaction: the transaction has no inputs, or its witness flag is not 1");
}

TEST(BitcoinTx, ATransactionWithoutInputsOrOutputsIsRefusedUnlessItIsPsbts) {
  const std::string no_outputs = std::string(kVersion) + "01" + kInput + "00" + std::string(kLockTime);
  EXPECT_EQ(detail_of(no_outputs), "the transaction: the transaction has no inputs or no outputs");
  EXPECT_TRUE(read_tx_without_witness(*encode::from_hex(no_outputs), "tx"));
  const std::string empty = std::string(kVersion) + "0000" + std::string(kLockTime);
  EXPECT_NE(detail_of(empty), "read");
  EXPECT_TRUE(read_tx_without_witness(*encode::from_hex(empty), "tx"));
}

TEST(BitcoinTx, MoreMoneyThanThereIsIsRefused) {
  const auto with_outputs = [](std::string_view outputs) {
    return detail_of(std::string(kVersion) + "01" + kInput + std::string(outputs) + std::string(kLockTime));
  };
  EXPECT_EQ(with_outputs("010040075af075070000"), "read");  // 21 million coins
  EXPECT_EQ(with_outputs("010140075af075070000"), "the transaction: an output is of more than there is");
  EXPECT_EQ(with_outputs("01ffffffffffffffff00"), "the transaction: an output is of more than there is");
  EXPECT_EQ(with_outputs("020040075af075070000010000000000000000"), "the transaction: the outputs are of more than there is");
}

TEST(BitcoinTx, AnOutputSpentTwiceIsRefused) {
  EXPECT_EQ(detail_of(std::string(kVersion) + "02" + kInput + kInput + "01" + std::string(kOutput) + std::string(kLockTime)),
            "the transaction: two inputs spend the same output");
}

TEST(BitcoinTx, MoreBytesThanABlockAreRefused) {
  EXPECT_EQ(read_tx(Bytes(kMaxTxSize + 1), "input 3").error().detail, "input 3: the transaction is larger than a block");
}

}  // namespace
}  // namespace custos::wallet::btc
