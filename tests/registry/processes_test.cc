// Several processes on one home at once.
#include <atomic>
#include <set>
#include <thread>

#include "registry/registry_fixture.h"

namespace custos::registry {
namespace {

class ProcessesTest : public RegistryFixture {
 protected:
  // say prints why a child fails; its exit status tells the parent that it did.
  static int say(const Error& error) {
    std::fprintf(stderr, "%s: %s\n", std::string(to_string(error.code)).c_str(), error.detail.c_str());
    return 1;
  }

  // write_in_child makes `changes` changes in a process of its own.
  [[nodiscard]] pid_t write_in_child(int changes, int first) const {
    return start_child([this, changes, first] {
      const Home home(folder());
      for (int i = 0; i < changes; ++i) {
        if (auto added = add_credential(*home.rows, std::to_string(first + i)); !added) return say(added.error());
      }
      return 0;
    });
  }
};

TEST_F(ProcessesTest, TwoWritersOfAHundredChangesEachLoseNone) {
  {
    const Home home(folder());
  }
  const pid_t one = write_in_child(100, 1000);
  const pid_t two = write_in_child(100, 2000);
  EXPECT_EQ(wait_for(one), 0);
  EXPECT_EQ(wait_for(two), 0);
  Home home(folder());
  expect_fine(*home.rows);
  EXPECT_EQ(home.rows->credentials_unverified()->size(), 200U);
  EXPECT_EQ(home.rows->keys_unverified()->size(), 200U);
  auto events = *home.rows->events_unverified();
  ASSERT_EQ(events.size(), 200U);
  std::set<std::string> objects;
  for (const auto& event : events) objects.insert(event.object);
  EXPECT_EQ(objects.size(), 200U);
  EXPECT_EQ((*home.mirror.load())->current.counter, 200U);
  EXPECT_FALSE((*home.mirror.load())->pending.has_value());
  EXPECT_EQ(home.page.epoch() % 2, 0U);
}

TEST_F(ProcessesTest, ReadersNeverSeeAFalseAlarmDuringChanges) {
  fill();
  const pid_t one = write_in_child(60, 1000);
  const pid_t two = write_in_child(60, 2000);
  std::vector<pid_t> readers;
  readers.reserve(2);
  for (int i = 0; i < 2; ++i) {
    readers.push_back(start_child([this] {
      const Home home(folder());
      std::size_t seen = 0;
      while (seen < 122) {
        if (auto view = home.rows->view_credential("label-1"); !view) return say(view.error());
        if (auto verified = home.rows->verify(); !verified) return say(verified.error());
        const std::size_t now = home.rows->credentials_unverified()->size();
        if (now < seen) return 2;
        seen = now;
      }
      return 0;
    }));
  }
  EXPECT_EQ(wait_for(one), 0);
  EXPECT_EQ(wait_for(two), 0);
  for (const pid_t reader : readers) EXPECT_EQ(wait_for(reader), 0);
}

TEST_F(ProcessesTest, ReadersThatOpenAnewEachTimeNeverSeeAFalseAlarm) {
  fill();
  const pid_t writer = write_in_child(60, 1000);
  const pid_t reader = start_child([this] {
    for (std::size_t seen = 0; seen < 62;) {
      const Home home(folder());
      if (auto view = home.rows->view_credential("label-1"); !view) return say(view.error());
      seen = home.rows->credentials_unverified()->size();
    }
    return 0;
  });
  EXPECT_EQ(wait_for(writer), 0);
  EXPECT_EQ(wait_for(reader), 0);
}

TEST_F(ProcessesTest, ReadersThatSettleDuringChangesDoNoHarm) {
  fill();
  const pid_t writer = write_in_child(60, 1000);
  const pid_t settler = start_child([this] {
    Home home(folder());
    for (std::size_t seen = 0; seen < 62;) {
      if (home.page.epoch() % 2 == 1) {
        if (auto settled = home.rows->settle(); !settled) return say(settled.error());
      }
      seen = home.rows->credentials_unverified()->size();
    }
    return 0;
  });
  EXPECT_EQ(wait_for(writer), 0);
  EXPECT_EQ(wait_for(settler), 0);
  const Home home(folder());
  expect_fine(*home.rows);
  EXPECT_EQ(home.page.epoch() % 2, 0U);
}

TEST_F(ProcessesTest, ReadersInThreadsWithTheirOwnConnectionsSeeNoFalseAlarm) {
  fill();
  std::atomic<bool> done = false;
  std::atomic<int> alarms = 0;
  std::vector<std::thread> readers;
  readers.reserve(3);
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      const Home home(folder());
      while (!done) {
        auto view = home.rows->view_credential("label-1");
        if (!view && ++alarms < 3) say(view.error());
      }
    });
  }
  {
    const Home home(folder());
    for (int i = 0; i < 60; ++i) {
      auto changed = set_grants(*home.rows, "label-1", i % 2 == 0 ? "read" : "read,trade");
      EXPECT_TRUE(changed) << changed.error().detail;
    }
  }
  done = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(alarms, 0);
}

// The promise that matters: after a revocation returned, nobody reads the old grant under the new epoch.
TEST_F(ProcessesTest, AnEvenEpochNeverGoesWithAnOlderView) {
  fill();
  const pid_t writer = start_child([this] {
    const Home home(folder());
    for (int i = 1; i <= 60; ++i) {
      if (auto changed = set_grants(*home.rows, "label-1", std::to_string(i)); !changed) return say(changed.error());
    }
    return 0;
  });
  const Home home(folder());
  std::uint64_t last_epoch = 0;
  int last_grant = 0;
  while (last_grant < 60) {
    auto view = home.rows->view_credential("label-1");
    ASSERT_TRUE(view) << view.error().detail;
    const int grant = view->credential.grants == "read,trade" ? 0 : std::stoi(view->credential.grants);
    if (view->epoch % 2 == 0 && view->epoch == home.page.epoch()) {
      EXPECT_GE(view->epoch, last_epoch);
      EXPECT_GE(grant, last_grant);
      // Two per change, from the two that made the home: an epoch at rest tells how many changes were committed at least.
      EXPECT_GE(2U * (static_cast<unsigned>(grant) + 2U), view->epoch - (view->epoch % 2));
      last_epoch = view->epoch;
      last_grant = grant;
    } else if (grant == 60) {
      break;
    }
  }
  EXPECT_EQ(wait_for(writer), 0);
}

TEST_F(ProcessesTest, AWriterThatHoldsTheLockTooLongIsTold) {
  fill();
  Gate locked;
  Gate release;
  const pid_t holder = start_child([&] {
    RawDatabase raw(file());
    raw.run("BEGIN IMMEDIATE");
    locked.open();
    release.wait();
    return 0;
  });
  locked.wait();
  const Home home(folder());
  EXPECT_TRUE(home.rows->view_credential("label-1")) << "reading goes on";
  auto changed = add_credential(*home.rows, "9");
  release.open();
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, Errc::busy);
  EXPECT_EQ(wait_for(holder), 0);
  EXPECT_TRUE(add_credential(*home.rows, "9"));
}

}  // namespace
}  // namespace custos::registry
