// Walks Binance's operation table row by row.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "encode/percent.h"
#include "exchange/request_line.h"
#include "exchange/support.h"

namespace custos::exchange::testing {
namespace {

using facts::ClassSet;
using facts::OperationClass;
using enum facts::OperationClass;

std::span<const Operation> rows() { return rest_operations(); }

std::span<const Operation> messages() { return binance().operations.subspan(rows().size()); }

bool is_default(OperationClass c) { return authorise::kDefaultGrants.classes.has(c); }

// Reads whose bytes are those of a transfer or a management call, which demands the same name or fewer: no default grant covers
// them. A new one must be looked at before it joins this list.
bool shares_bytes_with_more(const Operation& row) {
  static const std::set<std::string> shared{
      "asset",
      "asset startTime",
      "asset transferType",  // POST /sapi/v1/asset/dust {asset}
      "projectId amount",
      "productId amount",  // POST /sapi/v2/eth-staking/eth/stake {amount}
      "email",
      "email coin",
      "email type",
      "email futuresType",  // POST /sapi/v1/sub-account/futures/enable {email}
      "email startTime endTime",
      "email startTime endTime page limit",
      "email subAccountApiKey",
      "subAccountId",
      "subAccountId futuresType",  // GET /sapi/v1/broker/subAccountApi {subAccountId}
      "blockOrderMatchingKey",     // POST /eapi/v1/block/order/execute {blockOrderMatchingKey}
  };
  return row.operation_class == read && shared.contains(std::string(row.required));
}

// The canonicaliser takes what the table names for plain.
TEST(BinanceTable, PathsAndParameterNamesArePlain) {
  for (const auto& row : rows()) {
    EXPECT_TRUE(is_plain_path(row.path)) << show(row);
    for (const auto list : {row.required, row.optional}) {
      for (const auto name : words(list)) EXPECT_TRUE(encode::is_unreserved(name)) << show(row) << ' ' << name;
    }
  }
}

TEST(BinanceTable, EveryOrdinaryReadAndTradeIsSignedByDefault) {
  for (const auto& row : rows()) {
    if (!is_default(row.operation_class) || shares_bytes_with_more(row)) continue;
    Attempt attempt = with_required(row);
    const auto status = attempt.canonicalise();
    EXPECT_TRUE(status.ok()) << show(row) << ": " << explain(status, attempt.draft);
    EXPECT_TRUE(attempt.is_granted(authorise::kDefaultGrants.classes)) << show(row) << " needs " << row.required;
  }
}

TEST(BinanceTable, ReadsThatShareTheirBytesWithMoreAreRefusedByDefault) {
  for (const auto& row : rows()) {
    if (!shares_bytes_with_more(row)) continue;
    EXPECT_FALSE(with_required(row).is_granted(authorise::kDefaultGrants.classes)) << show(row);
  }
}

TEST(BinanceTable, NoTradeReachesMoreWithAllItsOptionalParameters) {
  for (const auto& row : rows()) {
    if (row.operation_class != trade) continue;
    std::vector<NameValue> params;
    for (const auto list : {row.required, row.optional}) {
      for (const auto name : words(list)) params.push_back({name, "1"});
    }
    Attempt attempt(row.method, row.path);
    EXPECT_TRUE(attempt.params(params).is_granted(authorise::kDefaultGrants.classes)) << show(row);
  }
}

TEST(BinanceTable, EveryOtherRowIsRefusedByDefault) {
  for (const auto& row : rows()) {
    if (is_default(row.operation_class)) continue;
    Attempt attempt = with_required(row);
    ASSERT_TRUE(attempt.canonicalise().ok()) << show(row);
    EXPECT_FALSE(attempt.is_granted(authorise::kDefaultGrants.classes)) << show(row);
  }
}

TEST(BinanceTable, EveryRowIsAllowedByItsOwnClassAndWhatItsBytesReach) {
  for (const auto& row : rows()) {
    Attempt attempt = with_required(row);
    ASSERT_TRUE(attempt.canonicalise().ok()) << show(row);
    const ClassSet reachable = attempt.draft.facts.reachable;
    EXPECT_TRUE(reachable.has(row.operation_class)) << show(row);
    EXPECT_TRUE(attempt.is_granted(reachable)) << show(row);
    ClassSet less = reachable;
    less.remove(row.operation_class);
    EXPECT_FALSE(attempt.is_granted(less)) << show(row);
  }
}

TEST(BinanceTable, NearMissesOfPathsAreNotSignedByDefault) {
  for (const auto& row : rows()) {
    const std::string path(row.path);
    std::string upper = path;
    for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    std::string encoded = path;
    encoded.replace(1, 1, "%" + std::string(path[1] == 'a' ? "61" : path[1] == 's' ? "73" : "66"));
    const auto second = path.find('/', 1);
    for (const auto& near :
         {path + "/", "/" + path, path.substr(0, second) + "/" + path.substr(second), upper, encoded, "/." + path, path + "/.",
          path + "/../" + path.substr(path.rfind('/') + 1), path + " ", path + "?", path + ";x"}) {
      Attempt attempt = with_required(row);
      attempt.request.path = near;
      EXPECT_FALSE(attempt.is_granted(authorise::kDefaultGrants.classes)) << near;
    }
  }
}

TEST(BinanceTable, RowsAreWellFormed) {
  std::set<std::string> seen;
  for (const auto& row : binance().operations) {
    EXPECT_TRUE(seen.insert(show(row) + ' ' + std::string(row.required)).second) << show(row) << " is there twice";
    EXPECT_NE(row.operation_class, unknown) << show(row);
    std::set<std::string_view> names;
    for (const auto list : {row.required, row.optional}) {
      for (const auto name : words(list)) {
        EXPECT_TRUE(names.insert(name).second) << show(row) << " names " << name << " twice";
        EXPECT_TRUE(name != "timestamp" && name != "recvWindow" && name != "signature") << show(row);
      }
    }
  }
}

TEST(BinanceTable, MessagesAreSignedByTheirClass) {
  ASSERT_GT(messages().size(), 30U);
  for (const auto& row : messages()) {
    EXPECT_TRUE(is_message(row)) << show(row);
    if (row.method == "WS") {
      EXPECT_TRUE(row.required.starts_with("apiKey")) << show(row);
    }
    Attempt attempt = with_required(row);
    const auto status = attempt.canonicalise();
    ASSERT_TRUE(status.ok()) << show(row) << ": " << explain(status, attempt.draft);
    EXPECT_EQ(attempt.draft.facts.operation_class, row.operation_class) << show(row);
    EXPECT_EQ(attempt.is_granted(authorise::kDefaultGrants.classes), is_default(row.operation_class)) << show(row);
    EXPECT_TRUE(attempt.is_granted({read, trade, session})) << show(row);
  }
}

// So that a message reaches nothing that the rows of requests do not say.
TEST(BinanceTable, EveryMessageButTheLogonHasItsLikeInRest) {
  for (const auto& row : messages()) {
    if (row.operation_class == session) continue;
    const auto names = words(row.required);
    EXPECT_TRUE(std::ranges::any_of(rows(), [&](const Operation& other) {
      const auto needed = words(other.required);
      return other.operation_class == row.operation_class &&
             std::ranges::all_of(needed, [&](auto name) { return std::ranges::find(names, name) != names.end(); });
    })) << show(row);
  }
}

// The floor of exchanges.md, "Withdrawal / transfer endpoint patterns".
TEST(BinanceTable, HoldsTheKnownDangers) {
  const std::vector<std::pair<std::string_view, OperationClass>> floor{
      {"/sapi/v1/capital/withdraw/apply", withdraw},
      {"/sapi/v1/localentity/withdraw/apply", withdraw},
      {"/sapi/v1/localentity/broker/withdraw/apply", withdraw},
      {"/sapi/v1/managed-subaccount/withdraw", withdraw},
      {"/sapi/v1/fiat/withdraw", withdraw},
      {"/sapi/v2/fiat/withdraw", withdraw},
      {"/sapi/v1/asset/transfer", transfer},
      {"/sapi/v1/asset/convert-transfer", transfer},
      {"/sapi/v1/margin/transfer", transfer},
      {"/sapi/v1/margin/isolated/transfer", transfer},
      {"/sapi/v1/futures/transfer", transfer},
      {"/sapi/v1/broker/universalTransfer", transfer},
      {"/sapi/v1/broker/transfer", transfer},
      {"/sapi/v1/broker/transfer/futures", transfer},
      {"/sapi/v1/mining/hash-transfer/config", transfer},
      {"/sapi/v1/sub-account/futures/transfer", transfer},
      {"/sapi/v1/sub-account/margin/transfer", transfer},
      {"/sapi/v1/sub-account/universalTransfer", transfer},
      {"/sapi/v1/sub-account/transfer/subToSub", transfer},
      {"/sapi/v1/sub-account/transfer/subToMaster", transfer},
      {"/sapi/v1/portfolio/bnb-transfer", transfer},
      {"/sapi/v1/portfolio/earn-asset-transfer", transfer},
      {"/papi/v1/bnb-transfer", transfer},
      {"/sapi/v1/asset/dust", transfer},
      {"/sapi/v1/convert/acceptQuote", transfer},
      {"/sapi/v1/account/enableFastWithdrawSwitch", manage},
      {"/sapi/v1/account/disableFastWithdrawSwitch", manage},
      {"/sapi/v1/sub-account/subAccountApi", manage},
      {"/sapi/v1/sub-account/subAccountApiPermission", manage},
      {"/sapi/v2/sub-account/subAccountApi/ipRestriction", manage},
      {"/sapi/v1/broker/subAccountApi", manage},
      {"/sapi/v1/broker/subAccountApi/permission", manage},
  };
  for (const auto& [path, operation_class] : floor) {
    const auto found = std::ranges::any_of(rows(), [&, p = path, c = operation_class](const Operation& row) {
      return row.path == p && row.method == "POST" && row.operation_class == c;
    });
    EXPECT_TRUE(found) << "POST " << path << " is not there as " << to_string(operation_class);
  }
}

}  // namespace
}  // namespace custos::exchange::testing
