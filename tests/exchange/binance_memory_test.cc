// Where Binance's canonicaliser writes, and that it does not allocate.
#include <gtest/gtest.h>

#include <array>

#include "exchange/allocation_counter.h"
#include "exchange/support.h"

namespace custos::exchange::testing {
namespace {

constexpr std::size_t kGuard = 64;

Attempt mixed_order() {
  Attempt attempt("POST", "/api/v3/order");
  attempt.query("symbol=LTC%42TC&side=BUY&type=LIMIT&timeInForce=GTC")
      .params({{"quantity", "1"}, {"newClientOrderId", "ä b"}})
      .headers({{"User-Agent", "engine/1"}, {"Content-Type", "application/x-www-form-urlencoded"}});
  attempt.request.recv_window = "5000";
  return attempt;
}

// limit makes the last bytes of the draft's memory a guard that nothing may write to.
void limit(Draft& draft, std::size_t capacity) {
  draft.capacity = capacity;
  for (std::size_t i = 0; i < kGuard; ++i) draft.memory[capacity + i] = '#';
}

TEST(BinanceMemory, EveryCapacityFitsOrIsRefusedAndNothingIsWrittenPastIt) {
  constexpr std::size_t kEnough = 1024;
  bool has_fitted = false;
  for (std::size_t capacity = 0; capacity <= kEnough; ++capacity) {
    Attempt attempt = mixed_order();
    attempt.draft = Draft(capacity + kGuard);
    limit(attempt.draft, capacity);
    const auto status = attempt.canonicalise();
    if (status.ok()) {
      has_fitted = true;
      EXPECT_TRUE(attempt.place().ok());
    } else {
      EXPECT_FALSE(has_fitted) << capacity << " bytes do not suffice, but fewer did";
      EXPECT_EQ(status.code, Errc::bad_input);
      EXPECT_EQ(reason_of(status), Reason::too_large) << capacity;
      EXPECT_FALSE(attempt.place().ok());
    }
    for (std::size_t i = 0; i < kGuard; ++i) ASSERT_EQ(attempt.draft.memory[capacity + i], '#') << "capacity " << capacity;
  }
  EXPECT_TRUE(has_fitted);
}

TEST(BinanceMemory, ThreeTimesTheRequestSuffices) {
  const std::string value(2000, 'x');
  Attempt attempt("POST", "/fapi/v1/batchOrders");
  attempt.params({{"batchOrders", value}});
  attempt.draft = Draft(3 * value.size());
  EXPECT_TRUE(attempt.canonicalise().ok());
}

TEST(BinanceMemory, CanonicaliseAuthoriseAndPlaceAllocateNothing) {
  Attempt attempt = mixed_order();
  ASSERT_TRUE(attempt.canonicalise().ok());
  const authorise::Grants grants(authorise::kDefaultGrants.classes, 1);
  const std::array<std::uint8_t, 32> signature{};

  const std::size_t before = allocations();
  const auto status = attempt.canonicalise();
  const auto decision = grants.authorise(attempt.draft.facts, authorise::Intent(attempt.draft.facts), {});
  const auto placed = attempt.place(signature);
  EXPECT_EQ(allocations(), before);
  EXPECT_TRUE(status.ok());
  EXPECT_TRUE(placed.ok());
  EXPECT_EQ(decision.verdict, authorise::Decision::Verdict::allow);
}

TEST(BinanceMemory, ARefusalAllocatesNothing) {
  Attempt attempt("POST", "/api/v3/order");
  attempt.body("symbol=A&nonsense=1");
  const std::size_t before = allocations();
  const auto status = attempt.canonicalise();
  EXPECT_EQ(allocations(), before);
  EXPECT_FALSE(status.ok());
}

Attempt message() {
  Attempt attempt("order.place", "");
  attempt.kind(RequestKind::ws).params({{"symbol", "BTCUSDT"}, {"side", "BUY"}, {"type", "LIMIT"}, {"newClientOrderId", "a"}});
  return attempt;
}

Attempt logon() {
  Attempt attempt("Logon", "");
  attempt.kind(RequestKind::fix).algorithm("Ed25519", 64).params({{"SenderCompID", "DESK"}});
  return attempt;
}

TEST(BinanceMemory, MessagesAllocateNothing) {
  for (auto* make : {message, logon}) {
    Attempt attempt = make();
    ASSERT_TRUE(attempt.canonicalise().ok());
    const std::vector<std::uint8_t> signature(attempt.context.signature_size, 1);
    const std::size_t before = allocations();
    const auto status = attempt.canonicalise();
    const auto placed = attempt.place(signature);
    EXPECT_EQ(allocations(), before);
    EXPECT_TRUE(status.ok() && placed.ok());
  }
}

TEST(BinanceMemory, MessagesOfEveryCapacityFitOrAreRefused) {
  for (std::size_t capacity = 0; capacity <= 1024; ++capacity) {
    for (auto* make : {message, logon}) {
      Attempt attempt = make();
      attempt.draft = Draft(capacity + kGuard);
      limit(attempt.draft, capacity);
      const auto status = attempt.canonicalise();
      EXPECT_EQ(attempt.place().ok(), status.ok()) << capacity;
      EXPECT_TRUE(status.ok() || reason_of(status) == Reason::too_large) << capacity;
      EXPECT_TRUE(status.ok() || capacity < 1024);
      for (std::size_t i = 0; i < kGuard; ++i) ASSERT_EQ(attempt.draft.memory[capacity + i], '#') << "capacity " << capacity;
    }
  }
}

TEST(BinanceMemory, TheCounterCounts) {
  const std::size_t before = allocations();
  const auto text = std::make_unique<std::string>(100, 'x');
  EXPECT_GE(allocations(), before + 2) << text->size();
}

}  // namespace
}  // namespace custos::exchange::testing
