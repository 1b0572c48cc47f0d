// Instructions that hand an account over to another, with all that it holds.
#include <gtest/gtest.h>

#include "encode/base58.h"
#include "wallet/solana_message_writer.h"
#include "wallet/solana_support.h"

namespace custos::wallet::testing {
namespace {

using facts::Effect;
using facts::OperationClass;
using namespace std::string_view_literals;

const SolanaKey kOurs(1), kStranger(2), kAccount(3);
const facts::ClassSet kHandedOver{OperationClass::manage, OperationClass::withdraw};

constexpr std::string_view kSystem = "11111111111111111111111111111111";
constexpr std::string_view kToken = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";
constexpr std::string_view kStake = "Stake11111111111111111111111111111111111111";

// facts_of reads a message of ours with one instruction, whose accounts are an account, two that are stand-ins, and a stranger.
facts::TransactionFacts facts_of(std::string_view program, const Bytes& data) {
  sol::Message message;
  message.signers = 1;
  message.readonly_others = 1;
  message.keys = {kOurs.public_key, kAccount.public_key, kStranger.public_key, {}};
  std::ranges::copy(*encode::read_base58(program), message.keys[3].begin());
  message.instructions = {{3, {1, 0, 0, 2}, data}};
  const Bytes bytes = write_message(message);
  const auto read = read_solana(as_text(bytes), kOurs);
  EXPECT_TRUE(read) << read.error().detail;
  return read ? (*read)->facts() : facts::TransactionFacts();
}

Bytes data_of(std::initializer_list<ByteView> parts) {
  Bytes data;
  for (const ByteView part : parts) put(data, part);
  return data;
}
ByteView tag(std::string_view bytes) { return as_bytes(bytes); }

void expect_handed_over(const facts::TransactionFacts& facts) {
  ASSERT_EQ(facts.effects.size(), 1U);
  EXPECT_EQ(facts.effects[0].kind, Effect::Kind::delegation) << facts.effects[0].what;
  EXPECT_EQ(facts.effects[0].to, kStranger.address());
  EXPECT_TRUE(facts.effects[0].unlimited) << facts.effects[0].what;
  EXPECT_EQ(facts.reachable, kHandedOver) << facts.effects[0].what;
  EXPECT_EQ(facts.warnings.size(), 1U);
}

TEST(SolanaHandover, IsWithoutLimitAndAWithdrawal) {
  const ByteView stranger = kStranger.public_key;
  const Bytes one{1}, no_lockup(48), stake_authority{1, 0, 0, 0};
  expect_handed_over(facts_of(kSystem, data_of({tag("\1\0\0\0"sv), stranger})));           // Assign
  expect_handed_over(facts_of(kSystem, data_of({tag("\6\0\0\0"sv), stranger})));           // InitializeNonceAccount
  expect_handed_over(facts_of(kSystem, data_of({tag("\7\0\0\0"sv), stranger})));           // AuthorizeNonceAccount
  for (const std::string_view set_authority : {"\6\0"sv, "\6\1"sv, "\6\2"sv, "\6\3"sv}) {  // mint, freeze, own, close
    expect_handed_over(facts_of(kToken, data_of({tag(set_authority), one, stranger})));
  }
  expect_handed_over(facts_of(kToken, data_of({tag("\20"sv), stranger})));  // InitializeAccount2
  expect_handed_over(facts_of(kStake, data_of({tag("\0\0\0\0"sv), kOurs.public_key, stranger, no_lockup})));  // Initialize
  expect_handed_over(facts_of(kStake, data_of({tag("\1\0\0\0"sv), stranger, stake_authority})));              // Authorize
  expect_handed_over(facts_of(kStake, data_of({tag("\11\0\0\0"sv)})));                                        // InitializeChecked
}

TEST(SolanaHandover, ToOurselvesIsNone) {
  const ByteView ours = kOurs.public_key;
  for (const auto& facts :
       {facts_of(kSystem, data_of({tag("\7\0\0\0"sv), ours})), facts_of(kToken, data_of({tag("\6\2\1"sv), ours})),
        facts_of(kStake, data_of({tag("\1\0\0\0"sv), ours, tag("\1\0\0\0"sv)}))}) {
    ASSERT_EQ(facts.effects.size(), 1U);
    EXPECT_EQ(facts.effects[0].to, kOurs.address());
    EXPECT_FALSE(facts.effects[0].unlimited) << facts.effects[0].what;
    EXPECT_EQ(facts.reachable, facts::ClassSet{OperationClass::manage});
    EXPECT_TRUE(facts.warnings.empty());
  }
}

// A wallet with data cannot send (system program, transfer: "from" must not carry data).
TEST(SolanaHandover, IsSpaceInOurOwnWallet) {
  const Bytes data = data_of({tag("\10\0\0\0"sv), Bytes{1, 0, 0, 0, 0, 0, 0, 0}});  // Allocate
  const auto allocate = [&data](const SolanaKey& key) {
    sol::Message message;
    message.signers = 2;
    message.readonly_others = 1;
    message.keys = {kOurs.public_key, kAccount.public_key, {}};
    message.instructions = {{2, {static_cast<std::uint8_t>(key.address() == kOurs.address() ? 0 : 1)}, data}};
    const Bytes bytes = write_message(message);
    return (*read_solana(as_text(bytes), kOurs))->facts();
  };
  const auto ours = allocate(kOurs), fresh = allocate(kAccount);
  EXPECT_TRUE(ours.effects.at(0).unlimited);
  EXPECT_EQ(ours.reachable, kHandedOver);
  EXPECT_EQ(ours.warnings,
            std::vector<std::string>{"instruction 1 makes " + kOurs.address() + " unable to send: an account with data cannot"});
  EXPECT_FALSE(fresh.effects.at(0).unlimited);
  EXPECT_EQ(fresh.reachable, facts::ClassSet{OperationClass::manage});
}

// A custodian can keep what is locked from its withdrawer (stake program, Lockup::is_in_force).
TEST(SolanaHandover, OfALockedStakeIsNotDecoded) {
  const auto initialize = [](std::uint8_t until_time, std::uint8_t until_epoch) {
    Bytes lockup(16);
    lockup[0] = until_time;
    lockup[8] = until_epoch;
    const ByteView ours = kOurs.public_key;
    return facts_of(kStake, data_of({tag("\0\0\0\0"sv), ours, ours, lockup, kStranger.public_key}));
  };
  const auto open = initialize(0, 0);
  EXPECT_EQ(open.effects.at(0).kind, Effect::Kind::stake);
  EXPECT_EQ(open.reachable, facts::ClassSet{OperationClass::manage});
  for (const auto& locked : {initialize(1, 0), initialize(0, 1)}) {
    EXPECT_EQ(locked.effects.at(0).kind, Effect::Kind::call);
    EXPECT_EQ(locked.reachable, facts::ClassSet{OperationClass::unknown});
    EXPECT_EQ(locked.undecoded.size(), 1U);
  }
}

}  // namespace
}  // namespace custos::wallet::testing
