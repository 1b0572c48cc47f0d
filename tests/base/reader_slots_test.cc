#include "base/reader_slots.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace custos {
namespace {

TEST(ReaderSlots, TellsOnceThatSomebodyHasRead) {
  ReaderSlots slots;
  EXPECT_FALSE(slots.take_used());
  {
    const ReaderSlots::Reader reader(slots);
  }
  EXPECT_TRUE(slots.take_used());
  EXPECT_FALSE(slots.take_used());
}

TEST(ReaderSlots, WaitsForReadersThatAreInsideHoweverMany) {
  constexpr std::size_t kReaders = 40;  // more than there are slots
  ReaderSlots slots;
  std::atomic<std::size_t> inside{0};
  std::atomic<bool> leave{false};
  std::atomic<std::size_t> left{0};
  std::vector<std::thread> readers;
  for (std::size_t i = 0; i < kReaders; ++i) {
    readers.emplace_back([&] {
      const ReaderSlots::Reader reader(slots);
      ++inside;
      while (!leave) std::this_thread::yield();
      ++left;
    });
  }
  while (inside != kReaders) std::this_thread::yield();
  std::thread opener([&] { leave = true; });
  slots.wait_until_left();
  EXPECT_EQ(left, kReaders);
  opener.join();
  for (auto& reader : readers) reader.join();
}

TEST(ReaderSlots, WhatIsUnpublishedCanBeFreedAfterTheWait) {
  ReaderSlots slots;
  std::atomic<const int*> published{new int(7)};
  std::atomic<bool> wrong{false};
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      while (!done) {
        const ReaderSlots::Reader reader(slots);
        if (const int* value = published.load(); value != nullptr && *value != 7) wrong = true;
      }
    });
  }
  for (int i = 0; i < 2000; ++i) {
    int* old = const_cast<int*>(published.exchange(nullptr));
    slots.wait_until_left();
    *old = 0;  // a reader that still looked at it would see this, and sanitizers the freed memory
    delete old;
    published = new int(7);
  }
  done = true;
  for (auto& reader : readers) reader.join();
  delete published.load();
  EXPECT_FALSE(wrong);
}

}  // namespace
}  // namespace custos
