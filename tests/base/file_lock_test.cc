#include "base/file_lock.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/home_fixture.h"

namespace custos {
namespace {

using std::chrono::milliseconds;

class FileLockTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "lock"; }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(FileLockTest, IsHeldUntilItIsClosed) {
  auto first = lock_file(path(), milliseconds(0));
  ASSERT_TRUE(first) << first.error().detail;
  const auto second = lock_file(path(), milliseconds(5));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::busy);
  EXPECT_NE(second.error().detail.find(path().string()), std::string::npos) << second.error().detail;
  first->release();
  EXPECT_TRUE(lock_file(path(), milliseconds(0)));
}

TEST_F(FileLockTest, ItsFileIsPrivate) {
  ASSERT_TRUE(lock_file(path(), milliseconds(0)));
  struct ::stat status{};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(FileLockTest, FollowsNoLink) {
  std::filesystem::create_symlink(path().parent_path() / "elsewhere", path());
  EXPECT_FALSE(lock_file(path(), milliseconds(0)));
  EXPECT_FALSE(std::filesystem::exists(path().parent_path() / "elsewhere"));
}

}  // namespace
}  // namespace custos
