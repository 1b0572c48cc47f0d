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
    const auto source = [](const registry::KeyRow&, const registry::CopyRow&, key::KeyUse use,
                           std::size_t) -> Result<std::shared_ptr<key::PreparedKey>> {
      auto key = software::SoftwareKey::make(use.algorithm, secret_of(kDocumentedSecret));
      if (!key) return key.failure();
      return std::shared_ptr<key::PreparedKey>(*std::move(key));
    };
    auto signer = RequestSigner::Impl::prepare(custodian_->impl(), "binance-main", {}, source);
    if (!signer) std::abort();
    return *std::move(signer);
  }

  // with_nonces signs in software for a venue whose nonces rise and which has a passphrase as well: one of custos.toml.
  [[nodiscard]] RequestSigner with_nonces() {
    write_file(home() / "custos.toml", read_file(home() / "custos.toml") + R"(
[venue.house]
algorithm = "hmac-sha512"
secret = "base64"
nonce = "rising_us"
passphrase = true
preimage = "${nonce}${method}${path}${?query}${body}"
headers = { "X-KEY" = "${key}", "X-NONCE" = "${nonce}", "X-PHRASE" = "${passphrase}", "X-SIGN" = "${signature}" }
hosts = ["api.house.example"]
operations = [["POST", "/v1/orders", "trade"]]
)");
    custodian_.emplace(open());
    CredentialSpec spec;
    spec.name = "house-main";
    spec.venue = "generic:house";
    spec.api_key = "the-key";
    spec.secret = secret_of("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==");
    spec.passphrase = secret_of("a phrase");
    spec.custody = "software";
    auto added = custodian_->administration().add_credential(std::move(spec));
    if (!added) {
      ADD_FAILURE() << added.error().detail;
      std::abort();
    }
    auto signer = custodian_->prepare_request_signer("house-main");
    if (!signer) {
      ADD_FAILURE() << signer.error().detail;
      std::abort();
    }
    return *std::move(signer);
  }

  std::optional<Custodian> custodian_;
};

inline RequestView house_order() {
  RequestView request;
  request.method = "POST";
  request.path = "/v1/orders";
  request.body = R"({"side":"buy","price":"0.1"})";
  return request;
}

}  // namespace custos::test
