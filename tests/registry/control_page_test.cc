#include "registry/control_page.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <set>
#include <thread>
#include <vector>

#include "registry/registry_fixture.h"

namespace custos::registry {
namespace {

class ControlPageTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "control"; }
  [[nodiscard]] ControlPage create() const { return Home::must(ControlPage::create(file())); }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(ControlPageTest, OpenSaysThatThereIsNoFile) {
  auto opened = ControlPage::open(file());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::not_found);
}

TEST_F(ControlPageTest, CreateMakesOneFileOfOnePageForTheOwnerOnly) {
  const mode_t before = ::umask(0);
  const auto page = create();
  ::umask(before);
  EXPECT_EQ(page.epoch(), 0U);
  struct stat status{};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(status.st_size, 4096);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder()), {}), 1) << "nothing temporary may stay behind";
}

TEST_F(ControlPageTest, CreateAgainKeepsEpochAndNonces) {
  auto first = create();
  first.begin_change();
  first.end_change();
  const auto nonce = first.next_nonce(3, 1000);
  auto second = create();
  EXPECT_EQ(second.epoch(), first.epoch());
  EXPECT_GT(second.next_nonce(3, 0), nonce);
  EXPECT_FALSE(first.replaced());
}

// A process that died in create leaves its file, and process numbers come again (in a container, 1 each time).
TEST_F(ControlPageTest, CreateNeverTouchesThePageThroughALeftOverLink) {
  auto page = create();
  page.raise_nonce(0, 5000);
  const auto left_over = file().string() + ".new." + std::to_string(::getpid());
  std::filesystem::create_hard_link(file(), left_over);
  auto again = create();
  EXPECT_EQ(std::filesystem::file_size(file()), 4096U);
  EXPECT_EQ(again.next_nonce(0, 0), 5001U);
}

TEST_F(ControlPageTest, ManyMayCreateAtOnceAndShareOnePage) {
  std::vector<std::thread> threads;
  threads.reserve(8);
  std::atomic<int> failures = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      auto page = ControlPage::create(file());
      if (!page || page->next_nonce(0, 0) == 0) ++failures;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(create().next_nonce(0, 0), 9U);
}

TEST_F(ControlPageTest, WhatIsNoControlPageIsRefused) {
  std::string good(4096, '\0');
  good.replace(0, 8, "CUCTRL01");
  const std::string short_page = good.substr(0, 4095);
  const std::string long_page = good + "x";
  const std::string other_magic = "CUCTRL02" + good.substr(8);
  for (const std::string& content : {std::string(), short_page, long_page, other_magic, std::string(4096, '\0')}) {
    write_file(file(), content);
    auto opened = ControlPage::open(file());
    ASSERT_FALSE(opened) << content.size();
    EXPECT_EQ(opened.error().code, Errc::integrity) << opened.error().detail;
    EXPECT_EQ(ControlPage::create(file()).error().code, Errc::integrity) << "create must not replace what stands";
    EXPECT_TRUE(read_file(file()) == content);
  }
  write_file(file(), good);
  EXPECT_TRUE(ControlPage::open(file())) << "the documented magic";
}

TEST_F(ControlPageTest, AFolderOrALinkInItsPlaceIsRefused) {
  std::filesystem::create_directory(file());
  EXPECT_FALSE(ControlPage::open(file()));
  std::filesystem::remove(file());
  write_file(folder() / "elsewhere", "");
  std::filesystem::create_symlink(folder() / "elsewhere", file());
  EXPECT_FALSE(ControlPage::open(file()));
  EXPECT_FALSE(ControlPage::create(file()));
}

TEST_F(ControlPageTest, TheEpochIsOneForAllInstances) {
  auto one = create();
  const auto two = Home::must(ControlPage::open(file()));
  one.begin_change();
  EXPECT_EQ(two.epoch(), one.epoch());
  EXPECT_EQ(two.epoch() % 2, 1U);
  one.end_change();
  EXPECT_EQ(two.epoch(), 2U);
}

TEST_F(ControlPageTest, AnotherProcessRaisesTheEpochHere) {
  const auto page = create();
  EXPECT_EQ(in_child([&] {
              auto own = ControlPage::open(file());
              own->begin_change();
              own->end_change();
              return 0;
            }),
            0);
  EXPECT_EQ(page.epoch(), 2U);
}

TEST_F(ControlPageTest, BeginIsOddAndEndIsEvenAndBothRiseEvenAfterADeadWriter) {
  auto page = create();
  page.begin_change();
  EXPECT_EQ(page.epoch(), 1U);
  page.begin_change();  // the writer before died
  EXPECT_EQ(page.epoch(), 3U);
  page.end_change();
  EXPECT_EQ(page.epoch(), 4U);
  page.end_change();  // settled by another one meanwhile
  EXPECT_EQ(page.epoch(), 6U);
  page.begin_change();
  EXPECT_EQ(page.epoch(), 7U);
}

TEST_F(ControlPageTest, TheEpochLivesInTheFile) {
  {
    auto page = create();
    page.begin_change();
    page.end_change();
  }
  EXPECT_EQ(create().epoch(), 2U);
}

TEST_F(ControlPageTest, ANonceFollowsTheClockAndNeverStandsStill) {
  auto page = create();
  EXPECT_EQ(page.next_nonce(0, 1000), 1000U);
  EXPECT_EQ(page.next_nonce(0, 1000), 1001U);
  EXPECT_EQ(page.next_nonce(0, 500), 1002U) << "the clock went back";
  EXPECT_EQ(page.next_nonce(0, 2000), 2000U);
  EXPECT_EQ(page.next_nonce(1, 7), 7U) << "slots are independent";
  EXPECT_EQ(page.next_nonce(ControlPage::kNonceSlots - 1, 9), 9U);
  EXPECT_EQ(page.epoch(), 0U);
}

TEST_F(ControlPageTest, ARaisedNonceIsNotHandedOutAgain) {
  auto page = create();
  page.raise_nonce(0, 5000);
  EXPECT_EQ(page.next_nonce(0, 100), 5001U);
  page.raise_nonce(0, 10);
  EXPECT_EQ(page.next_nonce(0, 100), 5002U) << "raising never lowers";
}

TEST_F(ControlPageTest, NoncesAreUniqueAndRiseInEveryThread) {
  constexpr int kThreads = 4;
  constexpr int kEach = 20'000;
  auto page = create();
  std::vector<std::vector<std::uint64_t>> taken(kThreads);
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (auto& mine : taken) {
    threads.emplace_back([&page, &mine] {
      for (int i = 0; i < kEach; ++i) mine.push_back(page.next_nonce(5, static_cast<std::uint64_t>(i / 3)));
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::uint64_t> all;
  for (const auto& mine : taken) {
    EXPECT_EQ(std::ranges::adjacent_find(mine, std::greater_equal()), mine.end()) << "two in the wrong order";
    all.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kThreads) * kEach);
}

TEST_F(ControlPageTest, NoncesAreUniqueAndRiseInEveryProcess) {
  constexpr int kProcesses = 4;
  constexpr std::size_t kEach = 20'000;
  const auto page = create();
  std::vector<pid_t> children;
  children.reserve(kProcesses);
  for (int child = 0; child < kProcesses; ++child) {
    children.push_back(start_child([&, child] {
      auto own = ControlPage::open(file());
      std::vector<std::uint64_t> taken(kEach);
      for (std::size_t i = 0; i < kEach; ++i) taken[i] = own->next_nonce(5, i / 3);
      write_file(folder() / std::to_string(child), {reinterpret_cast<const char*>(taken.data()), kEach * sizeof taken[0]});
      return 0;
    }));
  }
  std::set<std::uint64_t> all;
  for (int child = 0; child < kProcesses; ++child) {
    ASSERT_EQ(wait_for(children[static_cast<std::size_t>(child)]), 0);
    const std::string content = read_file(folder() / std::to_string(child));
    std::vector<std::uint64_t> taken(kEach);
    ASSERT_EQ(content.size(), kEach * sizeof taken[0]);
    std::memcpy(taken.data(), content.data(), content.size());
    EXPECT_EQ(std::ranges::adjacent_find(taken, std::greater_equal()), taken.end()) << "process " << child;
    all.insert(taken.begin(), taken.end());
  }
  EXPECT_EQ(all.size(), kProcesses * kEach);
}

TEST_F(ControlPageTest, AReplacedOrRemovedFileIsNoticed) {
  const auto page = create();
  EXPECT_FALSE(page.replaced());
  std::filesystem::copy_file(file(), folder() / "copy");
  std::filesystem::rename(folder() / "copy", file());
  EXPECT_TRUE(page.replaced());
  EXPECT_FALSE(create().replaced());
  std::filesystem::remove(file());
  EXPECT_TRUE(page.replaced());
}

TEST_F(ControlPageTest, AMovedPageIsStillTheSame) {
  auto page = create();
  page.begin_change();
  ControlPage moved(std::move(page));
  EXPECT_EQ(moved.epoch(), 1U);
  auto other = Home::must(ControlPage::create(folder() / "other"));
  other = std::move(moved);
  EXPECT_EQ(other.epoch(), 1U);
  EXPECT_FALSE(other.replaced());
}

TEST_F(ControlPageTest, ReplaceTellsWhoRunsOnTheOldPage) {
  auto old = create();
  const std::uint64_t epoch = old.epoch();
  const auto page = Home::must(ControlPage::replace(file()));
  EXPECT_TRUE(old.replaced());
  EXPECT_NE(old.epoch(), epoch) << "a signer looks up when the epoch of its page moves";
  EXPECT_FALSE(page.replaced());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder()), {}), 1) << "nothing temporary may stay behind";
}

TEST_F(ControlPageTest, ReplaceCountsOn) {
  auto old = create();
  old.begin_change();
  old.raise_nonce(7, 5000);
  auto page = Home::must(ControlPage::replace(file()));
  EXPECT_EQ(page.epoch(), 2U);
  const auto late = old.next_nonce(7, 0);  // by somebody who has not yet looked up
  EXPECT_GT(page.next_nonce(7, 0), late);
  EXPECT_EQ(page.next_nonce(8, 0), 1U) << "a counter that nobody used begins anew";
}

TEST_F(ControlPageTest, ReplaceMakesAPageWhereThereIsNoneOrNoGoodOne) {
  EXPECT_EQ(Home::must(ControlPage::replace(file())).epoch(), 0U);
  write_file(file(), "another program's file");
  EXPECT_EQ(Home::must(ControlPage::replace(file())).epoch(), 0U);
}

}  // namespace
}  // namespace custos::registry
