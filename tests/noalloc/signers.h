// Signers for the tests of the request path: a Binance order through the token and in software.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "custodian/custodian_impl.h"
#include "custodian/request_signer.h"
#include "software/software_key.h"
#include "support/home_fixture.h"

namespace custos::test {

inline constexpr std::array<NameValue, 8> kOrderParams{{{"symbol", "LTCBTC"},
                                                        {"side", "BUY"},
                                                        {"type", "LIMIT"},
                                                        {"timeInForce", "GTC"},
                                                        {"quantity", "1"},
                                                        {"price", "0.1"},
                                                        {"newClientOrderId", "x-1"},
                                                        {"recvWindow", "5000"}}};

inline RequestView order() {
  RequestView request;
  request.method = "POST";
  request.path = "/api/v3/order";
  request.params = kOrderParams;
  return request;
}

class SignersFixture : public HomeFixture {
 protected:
  void SetUp() override {
    HomeFixture::SetUp();
    custodian_.emplace(open());
    add_documented(*custodian_);
  }

  [[nodiscard]] RequestSigner through_token(std::size_t shelf) {
    auto signer = custodian_->prepare_request_signer("binance-main", {.shelf = shelf});
    if (!signer) std::abort();
    return *std::move(signer);
  }

  // in_software signs with the same secret in this process's memory.
  [[nodiscard]] RequestSigner in_software() {
    const auto source = [](const registry::KeyRow&, const registry::CopyRow&, key::Algorithm algorithm,
                           std::size_t) -> Result<std::shared_ptr<key::PreparedKey>> {
      auto key = software::SoftwareKey::make(algorithm, secret_of(kDocumentedSecret));
      if (!key) return key.failure();
      return std::shared_ptr<key::PreparedKey>(*std::move(key));
    };
    auto signer = RequestSigner::Impl::prepare(custodian_->impl(), "binance-main", {}, source);
    if (!signer) std::abort();
    return *std::move(signer);
  }

  std::optional<Custodian> custodian_;
};

}  // namespace custos::test
