// dYdX orders with builder codes, which pay an address of the caller's choice.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "exchange/venue_case.h"
#include "exchange/venues/venues.h"

namespace custos::exchange::testing {
namespace {

using enum facts::OperationClass;

std::string varint(std::uint64_t value) {
  std::string text;
  for (; value >= 128; value /= 128) text += static_cast<char>(value % 128 + 128);
  return text + static_cast<char>(value);
}
std::string field(unsigned number, const std::string& bytes) { return varint(number * 8 + 2) + varint(bytes.size()) + bytes; }

std::string to_base64(const std::string& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : kDigits[group >> (18 - 6 * k) & 63U];
  }
  return text;
}

// reached tells what a transaction with one order reaches whose value is `order`.
facts::ClassSet reached(const std::string& order) {
  const std::string message = field(1, order);
  const std::string body = field(1, field(1, "/dydxprotocol.clob.MsgPlaceOrder") + field(2, message));
  const TestKey key(kDydx, throwaway_credential(kDydx));
  const std::string point =
      static_cast<char>(2 + key.public_key.back() % 2) + std::string(as_text(ByteView(key.public_key).subspan(1, 32)));
  const std::string signer = field(1, field(1, "/cosmos.crypto.secp256k1.PubKey") + field(2, field(1, point))) +
                             field(2, field(1, std::string("\x08\x01", 2)));
  const Json json{{"body_bytes", to_base64(body)},
                  {"auth_info_bytes", to_base64(field(1, signer) + field(2, std::string("\x10\x01", 2)))},
                  {"chain_id", "dydx-mainnet-1"},
                  {"account_number", "33"}};
  VenueCase made(kDydx, key, {{"method", "POST"}, {"path", "/cosmos/tx/v1beta1/txs"}, {"body", json.dump()}});
  const SignStatus status = made.canonicalise();
  EXPECT_TRUE(status.ok()) << made.explain(status);
  return made.draft.facts.reachable;
}

// Fields of an order that come before: an id, a side and, of a fixed size, the time until which it is good.
const std::string kOrder =
    field(1, field(1, field(1, "dydx1me"))) + std::string("\x10\x01", 2) + std::string("\x35\x01\x02\x03\x04", 5);
const std::string kBuilder = field(13, field(1, "dydx1other") + std::string("\x10\x90\x4E", 3));

TEST(DydxBuilderCodes, AnOrderWithoutReachesTradeAlone) {
  EXPECT_EQ(reached(kOrder), facts::ClassSet{trade});
  EXPECT_EQ(reached(kOrder + field(14, "dydx1router")), facts::ClassSet{trade});
}

TEST(DydxBuilderCodes, AnOrderWithThemReachesWithdraw) {
  EXPECT_EQ(reached(kOrder + kBuilder), facts::ClassSet({trade, withdraw}));
  EXPECT_EQ(reached(kBuilder + kOrder), facts::ClassSet({trade, withdraw}));
  // A number of more than 32 bits, of which the chain's code keeps the lower ones.
  const std::string wide = varint(((std::uint64_t{1} << 32U) + 13) << 3U | 2U) + varint(0);
  EXPECT_TRUE(reached(kOrder + wide).has(withdraw));
}

TEST(DydxBuilderCodes, AGroupHidesNothing) {
  const std::string group = varint(1100 * 8 + 3) + varint(1100 * 8 + 4);
  EXPECT_TRUE(reached(kOrder + group + kBuilder).has(withdraw));
}

}  // namespace
}  // namespace custos::exchange::testing
