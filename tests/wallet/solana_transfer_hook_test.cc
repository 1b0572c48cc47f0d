// Accounts behind those of a transfer: signers of a multisig, or what a transfer hook works with.
#include <gtest/gtest.h>

#include "encode/base58.h"
#include "wallet/solana_message_writer.h"
#include "wallet/solana_support.h"

namespace custos::wallet::testing {
namespace {

using facts::OperationClass;

const SolanaKey kOurs(1), kSecond(2), kSource(3), kMint(4), kTo(5), kHook(6);

constexpr std::string_view kToken = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
constexpr std::string_view kToken2022 = "TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb";

// Transfers with their accounts: source, mint unless it is the first, destination, authority.
const Bytes kTransfer{3, 9, 0, 0, 0, 0, 0, 0, 0};
const Bytes kTransferChecked{12, 9, 0, 0, 0, 0, 0, 0, 0, 6};
const Bytes kTransferWithFee{26, 1, 9, 0, 0, 0, 0, 0, 0, 0, 6, 1, 0, 0, 0, 0, 0, 0, 0};
const Bytes kBurn{8, 9, 0, 0, 0, 0, 0, 0, 0};

// facts_of reads a message that we and the second key sign; its accounts are 0 and 1 of us, 2 the source, 3 the mint, 4 the
// destination, 5 a hook.
facts::TransactionFacts facts_of(std::string_view program, const Bytes& data, const Bytes& accounts) {
  sol::Message message;
  message.signers = 2;
  message.readonly_others = 1;
  message.keys = {
      kOurs.public_key, kSecond.public_key, kSource.public_key, kMint.public_key, kTo.public_key, kHook.public_key, {}};
  std::ranges::copy(*encode::read_base58(program), message.keys[6].begin());
  message.instructions = {{6, accounts, data}};
  const Bytes bytes = write_message(message);
  const auto read = read_solana(as_text(bytes), kOurs);
  EXPECT_TRUE(read) << read.error().detail;
  return read ? (*read)->facts() : facts::TransactionFacts();
}

TEST(SolanaTransferHook, OfToken2022IsNotDecoded) {
  const std::vector<std::string> hook{"instruction 1: a transfer hook may run, with the account " + kHook.address()};
  for (const auto& facts :
       {facts_of(kToken2022, kTransfer, {2, 4, 0, 5}), facts_of(kToken2022, kTransferChecked, {2, 3, 4, 0, 5}),
        facts_of(kToken2022, kTransferChecked, {2, 3, 4, 0, 1, 5}), facts_of(kToken2022, kTransferWithFee, {2, 3, 4, 0, 5})}) {
    EXPECT_EQ(facts.undecoded, hook);
    EXPECT_TRUE(facts.reachable.has(OperationClass::unknown));
    EXPECT_TRUE(facts.reachable.has(OperationClass::withdraw));
  }
}

TEST(SolanaTransferHook, IsNoneWhereAllOthersSign) {
  for (const auto& facts :
       {facts_of(kToken2022, kTransferChecked, {2, 3, 4, 0}), facts_of(kToken2022, kTransferChecked, {2, 3, 4, 5, 0, 1})}) {
    EXPECT_TRUE(facts.undecoded.empty());
    EXPECT_EQ(facts.reachable, facts::ClassSet{OperationClass::withdraw});
  }
}

TEST(SolanaTransferHook, IsNoneOfTheFirstTokenProgramOrABurn) {
  for (const auto& facts : {facts_of(kToken, kTransferChecked, {2, 3, 4, 0, 5}), facts_of(kToken2022, kBurn, {2, 3, 0, 5})}) {
    EXPECT_TRUE(facts.undecoded.empty());
    EXPECT_EQ(facts.reachable, facts::ClassSet{OperationClass::withdraw});
  }
}

}  // namespace
}  // namespace custos::wallet::testing
