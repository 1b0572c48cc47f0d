// A connection that breaks inside the module raises SIGPIPE (devices.md 1.16), which ends no process of ours.
#include "faults/faulty_token.h"

namespace custos::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kBroken = "C_* raise=SIGPIPE count=1 rv=CKR_DEVICE_ERROR";

class SigpipeTest : public FaultyToken {
 protected:
  void in_threads() {
    token_.config.threads = true;
    token_.config.deadlines = "threaded";
  }
};

TEST_F(SigpipeTest, OfALoginOnTheCallersThreadIsAnErrorOfTheLogin) {
  script("C_Login raise=SIGPIPE rv=CKR_DEVICE_ERROR");
  const auto opened = try_open(token_.pin);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().native, 0x30U) << opened.error().detail;
}

TEST_F(SigpipeTest, OfASignatureInAThreadIsAnErrorOfTheSignature) {
  in_threads();
  const auto key = signer();
  script("C_Sign raise=SIGPIPE count=1 rv=CKR_DEVICE_ERROR");
  EXPECT_EQ(sign(*key, std::chrono::steady_clock::now() + 10s).code, Errc::device_gone);
  expect_signs(*key);
}

TEST_F(SigpipeTest, OfAColdCallInAThreadIsAnErrorOfTheCall) {
  in_threads();
  const auto key = signer();
  script(kBroken);
  EXPECT_FALSE(backend_->attest(key_.id));
  EXPECT_TRUE(backend_->attest(key_.id));
}

}  // namespace
}  // namespace custos::test
