// FaultyToken: a SoftHSM2 token behind the scripted module (tests/fault_token), with one imported key.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "faults/fault_script.h"
#include "hsm/mac.h"
#include "hsm/token_backend.h"
#include "support/softhsm_fixture.h"

namespace custos::test {

class FaultyToken : public ::testing::Test {
 protected:
  void SetUp() override {
    fault_.begin(softhsm_folder());
    token_ = SoftHsmToken::make();  // by SoftHSM2 itself: the log then holds only what a test does
    token_.config.module = FAULT_TOKEN_PATH;
  }

  void script(std::string_view rules) const { fault_.write(rules); }
  [[nodiscard]] std::size_t calls(std::string_view function) const { return fault_.calls(function); }

  Result<std::shared_ptr<hsm::TokenBackend>> try_open(const std::string& pin) const {
    return hsm::TokenBackend::open(token_.config, [pin]() -> Result<SecretBytes> { return secret_text(pin); });
  }

  // signer opens the token, imports the key and prepares it.
  std::shared_ptr<key::PreparedKey> signer() {
    backend_ = token_.open();
    const auto imported = backend_->import_key(key_, secret_text(secret_));
    EXPECT_TRUE(imported) << imported.error().detail;
    auto prepared = backend_->prepare(key_.id, key_.algorithm, 0);
    EXPECT_TRUE(prepared) << prepared.error().detail;
    return *prepared;
  }

  // expect_signs shows that `signer` makes the right MAC.
  void expect_signs(key::PreparedKey& signer) const {
    constexpr std::string_view kMessage = "symbol=LTCBTC&side=BUY&timestamp=1499827319559";
    Bytes mac(32);
    const auto status = signer.sign(as_bytes(kMessage), mac, std::nullopt);
    ASSERT_TRUE(status.ok()) << to_string(status.code) << " 0x" << std::hex << status.native;
    EXPECT_EQ(mac, openssl_hmac(key_.algorithm, as_bytes(secret_), as_bytes(kMessage)));
  }

  static SignStatus sign(key::PreparedKey& signer, key::Deadline deadline = std::nullopt) {
    Bytes mac(32);
    const auto status = signer.sign(as_bytes("message"), mac, deadline);
    EXPECT_TRUE(status.ok() || mac == Bytes(32)) << "a failure leaves no MAC";
    return status;
  }

  FaultScript fault_;
  SoftHsmToken token_;
  key::KeyTemplate key_{key::KeyId::random(), "faulty#1", key::Algorithm::hmac_sha256};
  std::string secret_ = std::string(32, 's');
  std::shared_ptr<hsm::TokenBackend> backend_;
};

}  // namespace custos::test
