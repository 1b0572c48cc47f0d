// Making, withdrawing and destroying the copies of a key, while tokens fail and others do the same.
#include "custodian/key_copies.h"

#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <barrier>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "faults/replicated_key.h"

namespace custos::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class KeyCopies : public ReplicatedKey {
 protected:
  // import_odd puts another key under the key's id into b, as a stranger may.
  void import_odd() const {
    const auto shown = admin().show_key(kKey);
    ASSERT_TRUE(shown);
    auto stranger = open();
    auto backend = stranger.impl()->backends.open("b");
    ASSERT_TRUE(backend);
    const auto made =
        (*backend)->import_key({.id = *key::KeyId::parse(shown->id), .label = "odd"}, secret_of(std::string(32, 'x')));
    ASSERT_TRUE(made) << made.error().detail;
  }

  static Result<KeyInfo> replicate(const Custodian& home, const KeyName& name) {
    return home.administration().replicate_key(name, "b", secret_of(kDocumentedSecret));
  }
  [[nodiscard]] Result<KeyInfo> replicate() const { return replicate(*custodian_, kKey); }

  // objects_in lists what the token holds, asked by a process of its own.
  [[nodiscard]] std::vector<std::string> objects_in(const std::string& token) const {
    auto home = open();
    auto backend = home.impl()->backends.open(token);
    auto keys = backend ? (*backend)->list() : backend.failure();
    std::vector<std::string> labels;
    EXPECT_TRUE(keys) << keys.error().detail;
    if (keys) {
      for (const auto& key : *keys) labels.push_back(key.label);
    }
    return labels;
  }

  // signs_in_b shows that the copy in b is whole.
  void signs_in_b() {
    script("a", kRemoved);
    custodian_.emplace(open());
    EXPECT_TRUE(sign(prepare()).ok());
    script("a", "");
  }

  const std::vector<std::string> kNothing;
  const std::vector<std::string> kOne{"binance-main#1"};
};

TEST_F(KeyCopies, OfTwoThatMakeOneCopyAtOnceOneDoes) {
  ASSERT_TRUE(admin().withdraw_key(kKey, "b"));
  script("b", "C_CreateObject delay_ms=300");  // both would have looked before either makes it
  std::array<Custodian, 2> homes{open(), open()};
  std::array<std::optional<Result<KeyInfo>>, 2> made;
  std::barrier start(2);
  std::array<std::thread, 2> both;
  for (std::size_t i = 0; i < both.size(); ++i) {
    both[i] = std::thread([&, i] {
      start.arrive_and_wait();
      made[i] = replicate(homes[i], kKey);
    });
  }
  for (auto& each : both) each.join();
  ASSERT_NE((*made[0]).has_value(), (*made[1]).has_value());
  const auto& winner = **made[*made[0] ? 0 : 1];
  EXPECT_EQ(winner.copies.at(1).state, "there");
  const auto& loser = (*made[*made[0] ? 1 : 0]).error();
  EXPECT_EQ(loser.code, Errc::already_exists);
  EXPECT_THAT(loser.detail, HasSubstr("has a copy in b already"));
  EXPECT_EQ(objects_in("b"), kOne);
  signs_in_b();
}

TEST_F(KeyCopies, WhatStoodThereOutlivesEveryFailure) {
  for (int passed = 0; passed < 12; ++passed) {
    const auto forgotten = admin().withdraw_key(kKey, "b", Withdrawal::forget);
    ASSERT_TRUE(forgotten) << forgotten.error().detail;
    custodian_.emplace(open());
    script("b", "C_FindObjectsInit rv=CKR_FUNCTION_FAILED count=1 after=" + std::to_string(passed));
    const auto failed = replicate();
    script("b", "");
    EXPECT_EQ(objects_in("b"), kOne) << passed;
    if (failed) continue;
    const auto again = replicate();
    ASSERT_TRUE(again) << again.error().detail;
  }
}

TEST_F(KeyCopies, WhatWasMadeIsUndoneWhenTheAnswerIsLost) {
  ASSERT_TRUE(admin().withdraw_key(kKey, "b"));
  script("b", "C_CreateObject then_rv=CKR_FUNCTION_FAILED");
  EXPECT_FALSE(replicate());
  EXPECT_EQ(objects_in("b"), kNothing);
}

TEST_F(KeyCopies, WhatAnInterruptedOneLeftIsTaken) {
  ASSERT_TRUE(admin().withdraw_key(kKey, "b", Withdrawal::forget));  // as a process does that is killed before it records
  const auto again = replicate();
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->copies.size(), 2U);
  EXPECT_THAT(again->notices, ::testing::Contains(HasSubstr("b held it already, as 'binance-main#1'")));
  EXPECT_EQ(objects_in("b"), kOne);
  signs_in_b();
}

TEST_F(KeyCopies, AnotherKeyUnderItsIdIsNamedAndStays) {
  ASSERT_TRUE(admin().withdraw_key(kKey, "b"));
  import_odd();
  const auto refused = replicate();
  EXPECT_EQ(refused.error().code, Errc::bad_input);
  EXPECT_THAT(refused.error().detail, HasSubstr("b holds an object with the id of key a:binance-main already, 'odd'"));
  EXPECT_EQ(objects_in("b"), std::vector<std::string>{"odd"});
}

TEST_F(KeyCopies, WhatAStrangerMadeMeanwhileIsSpared) {
  ASSERT_TRUE(admin().withdraw_key(kKey, "b"));
  script("b", "C_CreateObject hang count=1");
  Result<KeyInfo> made = KeyInfo{};
  std::thread making([&] { made = replicate(); });
  wait_for_a_hang("b", "C_CreateObject");
  import_odd();
  script("b", "");
  making.join();
  ASSERT_FALSE(made);
  EXPECT_THAT(objects_in("b"), ::testing::UnorderedElementsAre("odd", "binance-main#1"));
  EXPECT_TRUE(warned_of("b as 'binance-main#1', not recorded, and could not be destroyed: the key 'odd' has come there"));
}

TEST_F(KeyCopies, ACopyThatIsGoneAtTheEndIsAFailure) {
  const auto searched = [&] {
    custodian_.emplace(open());
    EXPECT_TRUE(admin().withdraw_key(kKey, "b"));
    const std::size_t before = searches();
    EXPECT_TRUE(replicate());
    return searches() - before;
  }();
  ASSERT_GT(searched, 2U);
  custodian_.emplace(open());
  ASSERT_TRUE(admin().withdraw_key(kKey, "b"));
  script("b", "C_FindObjects rv=CKR_OK after=" + std::to_string(searched - 2));  // show_key finds none
  const auto gone = replicate();
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Errc::revoked);
  EXPECT_THAT(gone.error().detail, HasSubstr("custos key withdraw a:binance-main --from b"));
}

TEST_F(KeyCopies, DestroyingReachesACopyThatIsRecordedMeanwhile) {
  const auto view = custodian_->impl()->registry->view_key("a", "binance-main");
  ASSERT_TRUE(view && *view);
  const registry::CopyRow copy = (*view)->copies.at(1);
  ASSERT_TRUE(admin().withdraw_key(kKey, "b", Withdrawal::forget));
  auto other = open();
  ASSERT_TRUE(other.administration().show_key(kKey));
  std::thread destroying;
  Result<void> destroyed;
  const auto recorded = custodian_->impl()->registry->change("test", [&](registry::Change& change) -> Result<void> {
    destroying = std::thread([&] { destroyed = other.administration().destroy_key(kKey); });
    std::this_thread::sleep_for(300ms);  // it has read the key, and waits for this change
    if (auto put = change.put(copy); !put) return put;
    return change.record("key.replicated", "key a:binance-main", "", "token=b");
  });
  destroying.join();
  ASSERT_TRUE(recorded) << recorded.error().detail;
  ASSERT_TRUE(destroyed) << destroyed.error().detail;
  EXPECT_EQ(objects_in("a"), kNothing);
  EXPECT_EQ(objects_in("b"), kNothing);
}

TEST_F(KeyCopies, DestroyingWaitsForACopyThatIsBeingMade) {
  ASSERT_TRUE(admin().withdraw_key(kKey, "b"));
  script("b", "C_CreateObject hang");
  auto other = open();
  Result<KeyInfo> made = KeyInfo{};
  std::thread making([&] { made = replicate(other, kKey); });
  wait_for_a_hang("b", "C_CreateObject");
  Result<void> destroyed;
  std::atomic<bool> ended{false};
  std::thread destroying([&] {
    destroyed = admin().destroy_key(kKey);
    ended = true;
  });
  auto watcher = open();
  const auto stopped = [&] {
    const auto view = watcher.administration().show_key(kKey);
    return !view || view->state != "active";
  };
  while (!stopped()) std::this_thread::yield();
  std::this_thread::sleep_for(200ms);
  EXPECT_FALSE(ended) << "the object may be made yet";
  script("b", "");
  making.join();
  destroying.join();
  EXPECT_FALSE(made) << "its key is destroyed";
  EXPECT_TRUE(destroyed) << destroyed.error().detail;
  EXPECT_EQ(objects_in("b"), kNothing);
}

}  // namespace
}  // namespace custos::test
