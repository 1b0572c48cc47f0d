#include "facts/transaction_facts.h"

#include <gtest/gtest.h>

namespace custos::facts {
namespace {

using Kind = Effect::Kind;

TEST(EffectKind, HasItsWord) {
  EXPECT_EQ(to_string(Kind::transfer), "transfer");
  EXPECT_EQ(to_string(Kind::delegation), "delegation");
  EXPECT_EQ(to_string(Kind::note), "note");
  EXPECT_EQ(to_string(Kind::trade), "trade");
}

TEST(EffectKind, OfATradeIsOfItsOwnClass) { EXPECT_EQ(class_of(Kind::trade), OperationClass::trade); }

}  // namespace
}  // namespace custos::facts
