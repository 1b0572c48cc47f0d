// How long things take in a large home. Printed, not asserted: machines differ.
#include <chrono>

#include "registry/registry_fixture.h"

namespace custos::registry {
namespace {

class SpeedTest : public RegistryFixture {
 protected:
  static void time(const std::string& what, int times, const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < times; ++i) work();
    const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
    std::printf("  %-55s %8.3f ms\n", what.c_str(), taken.count() / times);
  }
};

TEST_F(SpeedTest, TenThousandCredentials) {
  constexpr int kCredentials = 10'000;
  Home home(folder());
  time("adding 10,000 credentials in one change", 1, [&] {
    auto added = home.rows->change("tester", [](Change& change) -> Result<void> {
      for (int i = 0; i < kCredentials; ++i) {
        const std::string n = std::to_string(i);
        auto put = put_all(change, sample_key("key-" + n, "name-" + n), sample_copy("key-" + n),
                           sample_credential("cred-" + n, "label-" + n), sample_version("cred-" + n, "key-" + n));
        if (!put) return put;
      }
      return change.record("credential.add", "all", "", "");
    });
    ASSERT_TRUE(added) << added.error().detail;
  });
  int n = 0;
  time("a change", 5, [&] { ASSERT_TRUE(set_grants(*home.rows, "label-17", "read" + std::to_string(++n))); });
  time("a view after one's own change", 100, [&] { ASSERT_TRUE(home.rows->view_credential("label-5000")); });
  const Home other(folder());
  time("the first view of a process", 1, [&] { ASSERT_TRUE(other.rows->view_credential("label-5000")); });
  time("a further view", 1000, [&] { ASSERT_TRUE(other.rows->view_credential("label-5001")); });
  ASSERT_TRUE(set_grants(*home.rows, "label-17", "read"));
  time("the first view after another process's change", 1, [&] { ASSERT_TRUE(other.rows->view_credential("label-5000")); });
  time("verify", 1, [&] { ASSERT_TRUE(other.rows->verify()); });
  time("noting a use", 5, [&] { ASSERT_TRUE(other.rows->note_use("cred-5000")); });
}

TEST_F(SpeedTest, TenCredentials) {
  fill(10);
  Home home(folder());
  time("the first view of a process", 1, [&] { ASSERT_TRUE(home.rows->view_credential("label-5")); });
  time("a further view", 1000, [&] { ASSERT_TRUE(home.rows->view_credential("label-5")); });
  int n = 0;
  time("a change", 20, [&] { ASSERT_TRUE(set_grants(*home.rows, "label-5", "read" + std::to_string(++n))); });
  std::uint64_t sum = 0;
  time("reading the epoch, a million times", 1, [&] {
    for (int i = 0; i < 1'000'000; ++i) sum += home.page.epoch();
  });
  time("taking a nonce, a million times", 1, [&] {
    for (std::uint64_t i = 0; i < 1'000'000; ++i) sum += home.page.next_nonce(0, i);
  });
  EXPECT_GT(sum, 0U);
}

}  // namespace
}  // namespace custos::registry
