// A credential whose device is taken away, and the software keystore that stands in for it.
#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "custodian/custodian_impl.h"
#include "faults/fault_script.h"
#include "faults/further_token.h"
#include "support/fallback_home.h"

namespace custos::test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr std::string_view kRemoved = "C_* rv=CKR_DEVICE_REMOVED";

// FallbackOverFaults: the registry's token is well; the credential's key is in another one, behind the scripted module.
class FallbackOverFaults : public FallbackHome {
 protected:
  void prepare_home() override { add_further_token(home(), "remote", fault_); }

  void SetUp() override {
    FallbackHome::SetUp();
    add_documented_in("remote");
    import_spare();
    const auto set = set_fallback();
    ASSERT_TRUE(set) << set.error().detail;
  }

  void script(std::string_view rules) const { fault_.write(rules); }

  RequestSigner prepare() {
    auto signer = custodian_->prepare_request_signer("binance-main");
    if (!signer) {
      ADD_FAILURE() << signer.error().detail;
      std::abort();
    }
    return *std::move(signer);
  }

  SignStatus sign(const RequestSigner& signer) {
    const auto status = signer.sign(documented_order(), out_);
    if (status.ok()) {
      EXPECT_EQ(out_.signature(), kDocumentedSignature);
    }
    return status;
  }
  [[nodiscard]] bool by_fallback() const { return signed_by_fallback(out_); }

  bool signs_by_device(const RequestSigner& signer) {
    const auto patience = std::chrono::steady_clock::now() + 30s;
    while (std::chrono::steady_clock::now() < patience) {
      if (sign(signer).ok() && !by_fallback()) return true;
      std::this_thread::yield();
    }
    return false;
  }

  SignedRequest out_;

 private:
  FaultScript fault_;
};

// FallbackOverHangs: the same, with a device whose calls may be abandoned.
class FallbackOverHangs : public FallbackOverFaults {
 protected:
  void prepare_home() override {
    FallbackOverFaults::prepare_home();
    write_file(home() / "custos.toml",
               read_file(home() / "custos.toml") + "deadlines = \"threaded\"\noperation_timeout_ms = 600\n");
  }
};

// A call that is late is no reason; a device that hangs for a second is away.
TEST_F(FallbackOverHangs, ADeviceThatHangsIsAwayAfterASecond) {
  const auto signer = prepare();
  ASSERT_TRUE(sign(signer).ok());
  EXPECT_FALSE(by_fallback());
  script("C_Sign hang");
  const auto begun = std::chrono::steady_clock::now();
  SignStatus status;
  while (!(status = sign(signer)).ok() && std::chrono::steady_clock::now() < begun + 20s) {
    EXPECT_EQ(status.code, Errc::deadline_exceeded) << to_string(status.code);
  }
  ASSERT_TRUE(status.ok());
  EXPECT_TRUE(by_fallback());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
  script("");
  EXPECT_TRUE(signs_by_device(signer));
}

TEST_F(FallbackOverFaults, RequestsGoOnWithTheSameMacsUntilTheDeviceIsBack) {
  const auto signer = prepare();
  ASSERT_TRUE(sign(signer).ok());
  EXPECT_FALSE(by_fallback());
  script(kRemoved);
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(sign(signer).ok()) << i;
    EXPECT_TRUE(by_fallback());
  }
  EXPECT_TRUE(warned_of("the fallback software:spare signed 1 request, 1 in this outage: the device was removed"));
  const auto info = shown();
  ASSERT_TRUE(info.fallback && info.fallback->active);
  EXPECT_THAT(info.fallback->reason, HasSubstr("the device was removed"));
  script("");
  EXPECT_TRUE(signs_by_device(signer));
  EXPECT_FALSE(shown().fallback->active);
  signer.rearm();
  EXPECT_EQ(signer.stats().shelf, 16U);
}

TEST_F(FallbackOverFaults, ADeviceThatFailsAtSigningAloneIsAwayUntilItSigns) {
  const auto signer = prepare();
  script("C_Sign rv=CKR_DEVICE_ERROR");
  ASSERT_TRUE(sign(signer).ok());
  EXPECT_TRUE(by_fallback());
  const auto patience = std::chrono::steady_clock::now() + 1500ms;  // longer than it takes to ask the device again
  while (std::chrono::steady_clock::now() < patience) {
    signer.rearm();
    ASSERT_TRUE(sign(signer).ok());
    ASSERT_TRUE(by_fallback()) << "finding the key is no proof";
  }
  script("");
  EXPECT_TRUE(signs_by_device(signer));
}

TEST_F(FallbackOverFaults, AWrongLoginIsNoReason) {
  const auto signer = prepare();
  script("lose_sessions once before=C_Sign\nC_Login rv=CKR_PIN_INCORRECT");
  EXPECT_EQ(sign(signer).code, Errc::authentication);
  EXPECT_EQ(signer.stats().by_fallback_key, 0U);
  custodian_.emplace(open());
  script("C_Login rv=CKR_PIN_INCORRECT");
  EXPECT_EQ(custodian_->prepare_request_signer("binance-main").error().code, Errc::authentication);
}

TEST_F(FallbackOverFaults, AKeyDestroyedByAnotherToolIsNoReason) {
  const auto signer = prepare();
  const auto key = admin().show_key({"remote", "binance-main"});
  ASSERT_TRUE(key);
  auto stranger = open();
  auto backend = stranger.impl()->backends.open("remote");
  ASSERT_TRUE(backend);
  ASSERT_TRUE((*backend)->destroy(*key::KeyId::parse(key->id)));
  custodian_.emplace(open());
  EXPECT_EQ(custodian_->prepare_request_signer("binance-main").error().code, Errc::revoked);
}

TEST_F(FallbackOverFaults, AFunctionThatTheTokenRejectsIsNoReason) {
  const auto signer = prepare();
  script("C_Sign rv=CKR_FUNCTION_REJECTED");
  EXPECT_EQ(sign(signer).code, Errc::refused);
  EXPECT_EQ(signer.stats().by_fallback_key, 0U);
}

TEST_F(FallbackOverFaults, OneProcessAfterAnotherSharesOneOutage) {
  // Not C_Finalize: a module that was not ended would be taken for a stranger's.
  script("C_GetSlotList rv=CKR_DEVICE_REMOVED\nC_OpenSession rv=CKR_DEVICE_REMOVED\nC_Sign rv=CKR_DEVICE_REMOVED");
  std::int64_t since = 0;
  for (std::uint64_t run = 1; run <= 2; ++run) {
    custodian_.emplace(open());
    ASSERT_TRUE(sign(prepare()).ok());
    EXPECT_TRUE(by_fallback());
    const auto info = shown();
    ASSERT_TRUE(info.fallback && info.fallback->active);
    EXPECT_EQ(info.fallback->signatures, run);
    if (run == 1) since = info.fallback->since_ms;
    EXPECT_EQ(info.fallback->since_ms, since);
  }
  script("");
  custodian_.emplace(open());
  ASSERT_TRUE(sign(prepare()).ok());
  EXPECT_FALSE(by_fallback());
  EXPECT_FALSE(shown().fallback->active);
}

TEST_F(FallbackOverFaults, FourThreadsLoseTheDeviceAndGetItBack) {
  const auto signer = prepare();
  std::atomic<bool> done{false};
  std::atomic<int> by_device{0}, by_spare{0}, wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      SignedRequest out;
      while (!done) {
        if (!signer.sign(documented_order(), out).ok() || out.signature() != kDocumentedSignature) {
          ++wrong;
        } else {
          ++(signed_by_fallback(out) ? by_spare : by_device);
        }
        signer.rearm(1);
      }
    });
  }
  const auto signed_more = [](const std::atomic<int>& count) {
    for (const int so_far = count; count < so_far + 50;) std::this_thread::yield();
  };
  signed_more(by_device);
  script(kRemoved);
  signed_more(by_spare);
  script("");
  signed_more(by_device);
  done = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace custos::test
