// Nonces that a crash, a lost page or a restore must not hand out again.
#include <gmock/gmock.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include "registry/nonce_slots.h"
#include "registry/registry_fixture.h"

namespace custos::registry {
namespace {

constexpr std::uint64_t kNow = 1'800'000'000'000;  // ms

class NonceSlotsTest : public RegistryFixture {
 protected:
  void SetUp() override { fill(3); }

  static NonceSlot slot_of(Home& home, const std::string& number = "1", std::uint64_t clock = kNow) {
    return Home::must(home.rows->nonce_slot("cred-" + number, {clock, 1000}));
  }
  // forget_boot makes the machine one that was started anew since the marks were written.
  void forget_boot() const { RawDatabase(file()).run("UPDATE nonce_slots SET boot = 'another'"); }
};

TEST_F(NonceSlotsTest, EachCredentialHasItsOwnSlotForGood) {
  Home home(folder());
  std::set<std::size_t> slots;
  for (const char* number : {"1", "2", "3"}) slots.insert(slot_of(home, number).slot);
  EXPECT_EQ(slots.size(), 3U);
  EXPECT_EQ(slot_of(home, "2").slot, slot_of(home, "2").slot);
  Home another(folder());
  EXPECT_EQ(slot_of(another, "2").slot, slot_of(home, "2").slot);
  expect_fine(*home.rows);
  EXPECT_FALSE(home.rows->nonce_slot("no such credential", {kNow, 1000}));
}

TEST_F(NonceSlotsTest, TheMarkIsAheadOfAllThatIsHandedOutAndOfTheClock) {
  Home home(folder());
  EXPECT_EQ(slot_of(home).mark, kNow + 30'000);
  EXPECT_EQ(slot_of(home, "1", kNow + 10'000).mark, kNow + 30'000) << "not written without need";
  EXPECT_EQ(slot_of(home, "1", kNow + 20'000).mark, kNow + 50'000);
  ASSERT_TRUE(home.page.take_nonce(slot_of(home).slot, kNow + 60'000));
  EXPECT_EQ(slot_of(home, "1", kNow + 20'000).mark, kNow + 90'000);
}

TEST_F(NonceSlotsTest, PreparingAgainDoesNotMoveTheNonces) {
  Home home(folder());
  const auto slot = slot_of(home).slot;
  for (int i = 0; i < 5; ++i) EXPECT_EQ(slot_of(home).slot, slot);
  EXPECT_EQ(home.page.next_nonce(slot, kNow), kNow);
  slot_of(home);
  EXPECT_EQ(home.page.next_nonce(slot, kNow), kNow + 1);
}

TEST_F(NonceSlotsTest, ALostPageIsJumpedPast) {
  std::uint64_t last = 0;
  {
    Home home(folder());
    const auto slot = slot_of(home).slot;
    ASSERT_TRUE(home.page.take_nonce(slot, kNow + 25'000));
    last = home.page.next_nonce(slot, kNow);
  }
  std::filesystem::remove(folder() / "control");
  Home home(folder());
  const auto slot = slot_of(home, "1", kNow + 5);
  EXPECT_GT(home.page.next_nonce(slot.slot, kNow + 5), last);
  EXPECT_GT(home.page.next_nonce(slot.slot, kNow + 5), kNow + 30'000) << "past the mark";
  EXPECT_GT(slot.mark, kNow + 45'000) << "which moved on before that";
}

TEST_F(NonceSlotsTest, APageFromBeforeTheMachineWasStartedAnewIsNotBelieved) {
  {
    Home home(folder());
    const auto slot = slot_of(home).slot;
    EXPECT_EQ(home.page.next_nonce(slot, kNow), kNow);  // and thousands more, which the page's file never saw
  }
  forget_boot();
  Home home(folder());
  const auto slot = slot_of(home, "1", kNow + 2'000);
  EXPECT_GT(home.page.next_nonce(slot.slot, kNow + 2'000), kNow + 30'000);
}

TEST_F(NonceSlotsTest, AfterALongTimeTheClockIsPastTheMark) {
  {
    Home home(folder());
    slot_of(home);
  }
  std::filesystem::remove(folder() / "control");
  Home home(folder());
  const auto slot = slot_of(home, "1", kNow + 3'600'000);
  const auto next = home.page.next_nonce(slot.slot, kNow + 3'600'000);
  EXPECT_GT(next, kNow + 3'600'000);
  EXPECT_LE(next, kNow + 3'601'001) << "a second ahead, not more";
}

TEST_F(NonceSlotsTest, AReplacedPageGoesOn) {
  Home home(folder());
  const auto slot = slot_of(home).slot;
  const auto last = home.page.next_nonce(slot, kNow);
  auto replaced = Home::must(ControlPage::replace(folder() / "control"));
  EXPECT_GT(replaced.next_nonce(slot, kNow), last);
}

TEST_F(NonceSlotsTest, ACopyThatWasPutBackElsewhereGoesOnPastItsMark) {
  Bytes copy;
  {
    Home home(folder());
    slot_of(home);
    copy = Home::must(home.rows->copy());
  }
  forget_boot();  // as on another machine
  std::filesystem::remove(folder() / "control");
  Home home(folder());
  EXPECT_GT(home.page.next_nonce(slot_of(home).slot, kNow), kNow + 30'000);
  auto read = Registry::open_copy(copy);
  EXPECT_TRUE(read) << read.error().detail;
}

TEST_F(NonceSlotsTest, ASlotIsUsedAgainFromItsBeginning) {
  Home home(folder());
  const auto slot = slot_of(home).slot;
  EXPECT_EQ(home.page.next_nonce(slot, kNow * 1000), kNow * 1000) << "a venue that counts microseconds";
  const auto removed = home.rows->change("tester", [](Change& change) -> Result<void> {
    if (auto gone = change.remove_credential("cred-1"); !gone) return gone;
    return change.record("credential.removed", "label-1", "", "");
  });
  ASSERT_TRUE(removed) << removed.error().detail;
  EXPECT_TRUE(RawDatabase(file()).texts("SELECT * FROM nonce_slots").empty());
  const auto second = slot_of(home, "2").slot;
  EXPECT_NE(second, slot) << "slots that were never used come first";
  for (std::size_t i = 0; i < ControlPage::kNonceSlots; ++i) {
    if (i != slot && i != second) home.page.raise_nonce(i, 5);
  }
  RawDatabase raw(file());
  const auto third = slot_of(home, "3");
  EXPECT_EQ(home.page.next_nonce(third.slot, kNow), kNow);
}

TEST_F(NonceSlotsTest, AllSlotsTakenIsAnError) {
  Home home(folder());
  RawDatabase raw(file());
  raw.run("PRAGMA foreign_keys = OFF");
  for (std::size_t i = 0; i < ControlPage::kNonceSlots; ++i) {
    raw.run("INSERT INTO nonce_slots VALUES ('other-" + std::to_string(i) + "', " + std::to_string(i) + ", 0, 'x')");
  }
  const auto slot = home.rows->nonce_slot("cred-1", {kNow, 1000});
  ASSERT_FALSE(slot);
  EXPECT_EQ(slot.error().code, Errc::system);
  EXPECT_THAT(slot.error().detail, ::testing::HasSubstr("all 480 nonce counters"));
}

TEST_F(NonceSlotsTest, ASlotBeyondThePageIsRefused) {
  Home home(folder());
  slot_of(home);
  RawDatabase(file()).run("UPDATE nonce_slots SET slot = 480");
  expect_integrity(home.rows->nonce_slot("cred-1", {kNow, 1000}), "nonce slot");
}

// Processes that are killed at any moment never hand out what another one has had.
TEST_F(NonceSlotsTest, RisesOverProcessesThatAreKilled) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);
  for (int round = 0; round < 6; ++round) {
    const pid_t child = start_child([&] {
      Home home(folder());
      const auto slot = slot_of(home).slot;
      for (;;) {
        const std::uint64_t nonce = home.page.next_nonce(slot, kNow);
        if (::write(ends[1], &nonce, sizeof nonce) != sizeof nonce) return 1;
      }
    });
    ::usleep(20'000);
    ::kill(child, SIGKILL);
    wait_for(child);
    std::uint64_t last = 0, nonce = 0;
    int pending = 0;
    static std::uint64_t highest = 0;
    while (::ioctl(ends[0], FIONREAD, &pending) == 0 && pending >= static_cast<int>(sizeof nonce)) {
      ASSERT_EQ(::read(ends[0], &nonce, sizeof nonce), static_cast<ssize_t>(sizeof nonce));
      ASSERT_GT(nonce, std::max(last, highest));
      last = nonce;
    }
    highest = std::max(highest, last);
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_F(NonceSlotsTest, TakeNonceOnlyRises) {
  Home home(folder());
  const auto slot = slot_of(home).slot;
  EXPECT_TRUE(home.page.take_nonce(slot, kNow));
  EXPECT_FALSE(home.page.take_nonce(slot, kNow)) << "the same";
  EXPECT_FALSE(home.page.take_nonce(slot, kNow - 1)) << "backwards";
  EXPECT_EQ(home.page.next_nonce(slot, 5), kNow + 1);

  std::atomic<int> taken = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (std::uint64_t n = 2; n < 2000; ++n) taken += home.page.take_nonce(slot, kNow + n) ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(taken.load(), 1998) << "each at most once";
  EXPECT_EQ(home.page.last_nonce(slot), kNow + 1999);
}

// A file of the schema before, as it stands on disks: made by taking the table away again.
TEST_F(NonceSlotsTest, AnOlderRegistryOpensAndIsMigrated) {
  {
    Home home(folder());
    expect_fine(*home.rows);
  }
  RawDatabase(file()).run("DROP TABLE nonce_slots; DROP TABLE key_grants; PRAGMA user_version = 2");
  Home home(folder());
  expect_fine(*home.rows);
  EXPECT_EQ(RawDatabase(file()).texts("PRAGMA user_version").front().front(), "4");
  EXPECT_EQ(slot_of(home).mark, kNow + 30'000);
  auto view = home.rows->view_credential("label-1");
  ASSERT_TRUE(view) << view.error().detail;
  ASSERT_TRUE(set_grants(*home.rows, "label-1", "read"));
  expect_fine(*home.rows);
}

}  // namespace
}  // namespace custos::registry
