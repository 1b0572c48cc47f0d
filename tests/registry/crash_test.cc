// A writer that dies at any step: the next process finds the old registry or the new one, and never a false alarm.
#include <ostream>

#include "registry/registry_fixture.h"

namespace custos::registry {
namespace {

enum class Step : unsigned char {
  in_the_body,          // rows are written, nothing is sealed into a head
  before_announcement,  // the new head is written in the file's log, uncommitted
  after_announcement,   // the token knows of it
  after_commit,         // committed; the token still has both heads
  after_confirmation,   // all done but for the epoch
  after_end,
};

struct Case {
  Step step;
  const char* name;
  bool committed;  // which state must be found afterwards
  friend std::ostream& operator<<(std::ostream& out, const Case& value) { return out << value.name; }
};

class CrashTest : public RegistryFixture, public ::testing::WithParamInterface<Case> {
 protected:
  static constexpr int kDied = 77;

  // die_changing changes the grants of label-1 to "read" in a process that dies at the step.
  [[nodiscard]] int die_changing(Step step) const {
    return in_child([&] {
      Home home(folder());
      const auto die = [] { ::_exit(kDied); };
      home.mirror.before_store = [&](const Mirror& mirror) {
        if (step == Step::before_announcement && mirror.pending) die();
        if (step == Step::after_commit && !mirror.pending) die();
      };
      home.mirror.after_store = [&](const Mirror& mirror) {
        if (step == Step::after_announcement && mirror.pending) die();
        if (step == Step::after_confirmation && !mirror.pending) die();
      };
      auto changed = home.rows->change("tester", [&](Change& change) -> Result<void> {
        auto credential = change.find_credential("label-1");
        if (!credential) return credential.failure();
        (*credential)->grants = "read";
        if (auto put = change.put(**credential); !put) return put;
        if (step == Step::in_the_body) die();
        return change.record("credential.grant", "label-1", "", "read");
      });
      if (!changed) return 1;
      ::_exit(kDied);
    });
  }

  // expect_recovery expects that a new process reads the right state, settles, and changes again.
  void expect_recovery(bool committed) const {
    Home home(folder());
    auto view = home.rows->view_credential("label-1");
    ASSERT_TRUE(view) << view.error().detail;
    EXPECT_EQ(view->credential.grants, committed ? "read" : "read,trade");
    expect_fine(*home.rows);
    auto settled = home.rows->settle();
    ASSERT_TRUE(settled) << settled.error().detail;
    EXPECT_EQ(home.page.epoch() % 2, 0U);
    expect_fine(*home.rows);
    auto again = set_grants(*home.rows, "label-2", "read");
    ASSERT_TRUE(again) << again.error().detail;
    EXPECT_EQ(home.page.epoch() % 2, 0U);
    EXPECT_FALSE((*home.mirror.load())->pending.has_value());
    EXPECT_EQ(home.rows->events_unverified()->size(), committed ? 4U : 3U);
    expect_fine(*home.rows);
  }
};

TEST_P(CrashTest, TheNextProcessFindsOneOfTheTwoStates) {
  fill();
  ASSERT_EQ(die_changing(GetParam().step), kDied);
  expect_recovery(GetParam().committed);
}

TEST_P(CrashTest, TheNextWriterNeedsNoSettling) {
  fill();
  ASSERT_EQ(die_changing(GetParam().step), kDied);
  Home home(folder());
  auto changed = set_grants(*home.rows, "label-2", "read");
  ASSERT_TRUE(changed) << changed.error().detail;
  EXPECT_EQ(home.page.epoch() % 2, 0U);
  EXPECT_EQ(home.rows->view_credential("label-1")->credential.grants, GetParam().committed ? "read" : "read,trade");
  expect_fine(*home.rows);
}

TEST_P(CrashTest, ManyDeathsInARowDoNoHarm) {
  fill();
  for (int i = 0; i < 3; ++i) ASSERT_EQ(die_changing(GetParam().step), kDied);
  const Home home(folder());
  expect_fine(*home.rows);
  EXPECT_TRUE(set_grants(*home.rows, "label-2", "read"));
}

// What the file held before is old from the moment at which the change is settled.
TEST_P(CrashTest, AnOldCopyPutBackAfterwardsIsStillRefused) {
  fill();
  const std::string old = read_file(file());
  ASSERT_EQ(die_changing(GetParam().step), kDied);
  {
    const Home home(folder());
    ASSERT_TRUE(home.rows->settle());
  }
  write_file(file(), old);
  const Home home(folder());
  if (GetParam().committed) {
    expect_integrity(home.rows->view_credential("label-1"), "older");
  } else {
    EXPECT_TRUE(home.rows->view_credential("label-1"));
  }
}

TEST_P(CrashTest, TheFirstChangeMayDieAsWell) {
  {
    const Home home(folder());
  }
  const int died = in_child([&] {
    Home home(folder());
    home.mirror.before_store = [&](const Mirror& mirror) {
      if (GetParam().step == Step::before_announcement && mirror.pending) ::_exit(kDied);
      if (GetParam().step == Step::after_commit && !mirror.pending) ::_exit(kDied);
    };
    home.mirror.after_store = [&](const Mirror& mirror) {
      if (GetParam().step == Step::after_announcement && mirror.pending) ::_exit(kDied);
    };
    static_cast<void>(add_credential(*home.rows, "1").has_value());
    return kDied;
  });
  ASSERT_EQ(died, kDied);
  const Home home(folder());
  expect_fine(*home.rows);
  ASSERT_TRUE(home.rows->settle());
  auto added = add_credential(*home.rows, "2");
  EXPECT_TRUE(added) << added.error().detail;
  expect_fine(*home.rows);
}

INSTANTIATE_TEST_SUITE_P(Steps, CrashTest,
                         ::testing::Values(Case{Step::in_the_body, "in_the_body", false},
                                           Case{Step::before_announcement, "before_announcement", false},
                                           Case{Step::after_announcement, "after_announcement", false},
                                           Case{Step::after_commit, "after_commit", true},
                                           Case{Step::after_confirmation, "after_confirmation", true},
                                           Case{Step::after_end, "after_end", true}),
                         [](const auto& value) { return std::string(value.param.name); });

// Between raising the epoch and the commit there is no seam to die at: its marks are made by hand.
TEST_F(CrashTest, AWriterThatDiedBetweenTheEpochAndTheCommitIsSettled) {
  fill();
  ASSERT_EQ(die_changing(Step::after_announcement), kDied);
  Home::must(ControlPage::open(folder() / "control")).begin_change();
  expect_recovery(false);
}

TEST_F(CrashTest, SettlingWaitsForAWriterThatLives) {
  fill();
  Gate writing, seen;
  const pid_t child = start_child([&] {
    Home home(folder());
    home.mirror.before_store = [&](const Mirror& mirror) {
      if (!mirror.pending) {
        writing.open();
        seen.wait();
        ::usleep(200'000);  // while the other one waits
      }
    };
    return set_grants(*home.rows, "label-1", "read") ? 0 : 1;
  });
  writing.wait();
  Home home(folder());
  EXPECT_EQ(home.page.epoch() % 2, 1U);
  seen.open();
  EXPECT_TRUE(home.rows->settle());
  EXPECT_EQ(home.page.epoch() % 2, 0U);
  EXPECT_FALSE((*home.mirror.load())->pending.has_value());
  EXPECT_EQ(wait_for(child), 0);
  expect_fine(*home.rows);
}

}  // namespace
}  // namespace custos::registry
