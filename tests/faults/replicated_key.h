// ReplicatedKey: a credential's key in two tokens, each behind a scripted module of its own.
#pragma once

#include <gmock/gmock.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "custodian/custodian_impl.h"
#include "faults/fault_script.h"
#include "faults/further_token.h"
#include "support/fallback_home.h"

namespace custos::test {

inline constexpr std::string_view kRemoved = "C_* rv=CKR_DEVICE_REMOVED";

// The home has the software keystore besides, for fallbacks.
class ReplicatedKey : public FallbackHome {
 protected:
  // settings are what custos.toml says of both tokens.
  [[nodiscard]] virtual std::string settings() const { return "profile = \"softhsm2\"\n"; }
  [[nodiscard]] virtual std::string pin() const { return "12345678"; }

  void prepare_home() override {
    for (std::size_t i = 0; i < faults_.size(); ++i) add_further_token(home(), kNames[i], faults_[i], settings(), pin());
  }

  void SetUp() override {
    FallbackHome::SetUp();
    add_documented_in("a");
    const auto replicated = admin().replicate_key(kKey, "b", secret_of(kDocumentedSecret));
    ASSERT_TRUE(replicated) << replicated.error().detail;
    ASSERT_EQ(replicated->copies.size(), 2U);
  }

  void TearDown() override {
    for (const char* token : kNames) script(token, "");  // what hangs ends
    FallbackHome::TearDown();
  }

  void script(std::string_view token, std::string_view rules) const { fault_of(token).write(rules); }
  // signatures counts the calls of C_Sign that this token has ended.
  [[nodiscard]] std::size_t signatures(std::string_view token) const { return fault_of(token).calls("C_Sign"); }
  // searches counts the calls of C_FindObjects in b.
  [[nodiscard]] std::size_t searches() const { return fault_of("b").calls("C_FindObjects"); }
  void wait_for_a_hang(std::string_view token, const std::string& function) const { fault_of(token).wait_for_a_hang(function); }
  [[nodiscard]] TokenHealth health(std::string_view token) const {
    auto backend = custodian_->impl()->backends.open(token);
    return backend ? (*backend)->health()->tell() : TokenHealth{};
  }

  [[nodiscard]] RequestSigner prepare(const PrepareOptions& options = {}) {
    auto signer = custodian_->prepare_request_signer("binance-main", options);
    if (!signer) {
      ADD_FAILURE() << signer.error().detail;
      std::abort();
    }
    return *std::move(signer);
  }
  // prepare_a_first gives a signer that asks a first, because b was slow.
  [[nodiscard]] RequestSigner prepare_a_first(const PrepareOptions& options = {}) {
    script("b", "C_Sign delay_ms=300");
    auto signer = prepare(options);
    script("b", "");
    return signer;
  }

  SignStatus sign(const RequestSigner& signer, const SignOptions& options = {}) {
    const auto status = signer.sign(documented_order(), out_, options);
    if (status.ok()) {
      EXPECT_EQ(out_.signature(), kDocumentedSignature);
    }
    return status;
  }
  SignStatus sign_in(const RequestSigner& signer, std::chrono::milliseconds time) {
    SignOptions options;
    options.deadline = std::chrono::steady_clock::now() + time;
    return sign(signer, options);
  }

  // rearms_until answers whether that came true while the signer was rearmed.
  static bool rearms_until(const RequestSigner& signer, const std::function<bool()>& is_so) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!is_so() && std::chrono::steady_clock::now() < patience) signer.rearm(1);
    return is_so();
  }

  static constexpr std::array kNames{"a", "b"};
  const KeyName kKey{"a", "binance-main"};
  SignedRequest out_;

 private:
  [[nodiscard]] const FaultScript& fault_of(std::string_view token) const { return faults_[token == "a" ? 0 : 1]; }

  std::array<FaultScript, 2> faults_;
};

// RecoveryWatch sees in the log that a copy signs again.
class RecoveryWatch {
 public:
  RecoveryWatch() {
    set_log_sink([this](LogLevel, std::string_view line) {
      if (line.find("signs again") != line.npos) is_back_ = true;
    });
  }
  ~RecoveryWatch() { set_log_sink({}); }
  RecoveryWatch(const RecoveryWatch&) = delete;
  RecoveryWatch& operator=(const RecoveryWatch&) = delete;

  [[nodiscard]] bool is_back() const { return is_back_; }

 private:
  std::atomic<bool> is_back_{false};
};

}  // namespace custos::test
