#include "hsm/fork_reset.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "base/process_life.h"
#include "hsm/library_copy.h"
#include "support/softhsm_fixture.h"

namespace custos::hsm {
namespace {

pid_t g_parent = 0;

// SoftHSM2 locks a mutex wherever it has something to take apart.
CK_RV end_a_child() {
  if (getpid() != g_parent) _exit(1);
  return CKR_OK;
}

CK_RV make_mutex(void** mutex) {
  *mutex = std::malloc(64);  // SoftHSM2's static destructors may free it (module_mutex.cc)
  return end_a_child();
}

CK_RV use_mutex(void* /*mutex*/) { return end_a_child(); }

TEST(ForkReset, AChildsExitFindsNothingToTakeApart) {
  g_parent = getpid();
  ASSERT_FALSE(test::softhsm_folder().empty());
  const auto copy = LibraryCopy::load(std::filesystem::canonical(test::kSoftHsm2), false);
  ASSERT_TRUE(copy) << copy.error().detail;
  CK_C_INITIALIZE_ARGS arguments{};
  arguments.CreateMutex = make_mutex;
  arguments.DestroyMutex = [](void* mutex) {
    std::free(mutex);
    return end_a_child();
  };
  arguments.LockMutex = use_mutex;
  arguments.UnlockMutex = use_mutex;
  const auto& call = *copy->functions();
  ASSERT_EQ(call.C_Initialize(&arguments), CKR_OK);
  watch_process();
  ::testing::FLAGS_gtest_death_test_style = "fast";  // forks and does not exec
  for (int round = 0; round < 2; ++round) EXPECT_EXIT(std::exit(0), ::testing::ExitedWithCode(0), "");
  CK_INFO info{};
  EXPECT_EQ(call.C_GetInfo(&info), CKR_OK) << "the parent's instance is as it was";
  EXPECT_EQ(call.C_Finalize(nullptr), CKR_OK);
}

// A child's child is not given back what its grandparent's threads left.
TEST(ForkReset, AGrandchildsExitFindsNothingEither) {
  g_parent = getpid();
  ASSERT_FALSE(test::softhsm_folder().empty());
  const auto copy = LibraryCopy::load(std::filesystem::canonical(test::kSoftHsm2), false);
  ASSERT_TRUE(copy) << copy.error().detail;
  ASSERT_EQ(copy->functions()->C_Initialize(nullptr), CKR_OK);
  watch_process();
  const auto still_initialised = [&] {
    CK_INFO info{};
    return copy->functions()->C_GetInfo(&info) == CKR_OK;
  };
  ::testing::FLAGS_gtest_death_test_style = "fast";
  const auto live = [&] {
    if (still_initialised()) _exit(1);
    const pid_t grandchild = fork();
    if (grandchild == 0) _exit(still_initialised() ? 2 : 0);
    int status = 0;
    waitpid(grandchild, &status, 0);
    _exit(WEXITSTATUS(status));
  };
  EXPECT_EXIT(live(), ::testing::ExitedWithCode(0), "");
  EXPECT_TRUE(still_initialised());
  EXPECT_EQ(copy->functions()->C_Finalize(nullptr), CKR_OK);
}

}  // namespace
}  // namespace custos::hsm
