// The whole way of a request, in a process that dies at a system call (seccomp(2)).
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>

#include "noalloc/signers.h"

namespace custos {
namespace {

constexpr int kDone = 42;
constexpr int kNoSeccomp = 43;

[[noreturn]] void exit_at_once(int status) {
  ::syscall(SYS_exit_group, status);
  __builtin_unreachable();
}

// allow_only_exit makes every later system call of this thread but exit_group and `also` kill the process with SIGSYS.
void allow_only_exit(unsigned also = SYS_exit_group) {
  std::array<sock_filter, 5> filter{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, also, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  }};
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    exit_at_once(kNoSeccomp);
  }
}

bool has_seccomp() { return ::prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0 || errno != EINVAL; }

class NoSystemCallDeathTest : public test::SignersFixture {
 protected:
  void SetUp() override {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    if (!has_seccomp()) GTEST_SKIP() << "this kernel has no seccomp to catch system calls with";
    SignersFixture::SetUp();
  }

  // sign_without_system_calls ends the process: with kDone when all is signed.
  [[noreturn]] static void sign_without_system_calls(const RequestSigner& signer, unsigned but,
                                                     const RequestView& request = test::order()) {
    SignedRequest out;
    bool good = signer.sign(request, out).ok();
    static_cast<void>(signer.rearm(1));
    allow_only_exit(but);
    for (int i = 0; i < 8; ++i) good = signer.sign(request, out).ok() && good;
    exit_at_once(good ? kDone : 1);
  }
};

TEST_F(NoSystemCallDeathTest, InSoftware) {
  const auto signer = in_software();
  EXPECT_EXIT(sign_without_system_calls(signer, SYS_exit_group), ::testing::ExitedWithCode(kDone), "");
}

TEST_F(NoSystemCallDeathTest, WithNoncesAndAPassphrase) {
  const auto signer = with_nonces();
  EXPECT_EXIT(sign_without_system_calls(signer, SYS_exit_group, test::house_order()), ::testing::ExitedWithCode(kDone), "");
}

// An armed session copy needs nothing of SoftHSM2's files. SoftHSM2's own getpid is all there is.
TEST_F(NoSystemCallDeathTest, ThroughSoftHsm2Armed) {
  const auto signer = through_token(16);
  EXPECT_EXIT(sign_without_system_calls(signer, SYS_getpid), ::testing::ExitedWithCode(kDone), "");
}

TEST_F(NoSystemCallDeathTest, WouldBeSeen) {
  EXPECT_EXIT(
      {
        allow_only_exit();
        ::syscall(SYS_getppid);
        exit_at_once(kDone);
      },
      ::testing::KilledBySignal(SIGSYS), "");
}

}  // namespace
}  // namespace custos
