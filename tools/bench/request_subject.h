// A subject that signs whole requests.
#pragma once

#include <array>
#include <memory>
#include <utility>

#include "custos/custodian.h"
#include "tools/bench/subject.h"

namespace custos::bench {

// kOrder is a Binance order with eight parameters; Custos appends recvWindow, timestamp and signature, as ccxt does.
inline constexpr std::array<NameValue, 8> kOrder{{{"symbol", "BTCUSDT"},
                                                  {"side", "BUY"},
                                                  {"type", "LIMIT"},
                                                  {"timeInForce", "GTC"},
                                                  {"quantity", "0.00125"},
                                                  {"price", "64250.15"},
                                                  {"newClientOrderId", "x-R4BD3S82d8a2f6b13c7e"},
                                                  {"newOrderRespType", "ACK"}}};

// RequestSubject signs kOrder with a signer that others may share.
class RequestSubject final : public Subject {
 public:
  explicit RequestSubject(std::shared_ptr<const RequestSigner> signer) : signer_(std::move(signer)), request_(order()) {}

  [[nodiscard]] static RequestView order() {
    RequestView request;
    request.method = "POST";
    request.path = "/api/v3/order";
    request.params = kOrder;
    request.recv_window = "5000";
    return request;
  }

  bool sign() noexcept override { return signer_->sign(request_, out_).ok(); }
  void rearm() noexcept override { signer_->rearm(1); }
  void fill() noexcept override { signer_->rearm(); }
  [[nodiscard]] std::uint64_t armed() const noexcept override { return signer_->stats().armed; }

 private:
  const std::shared_ptr<const RequestSigner> signer_;
  const RequestView request_;
  SignedRequest out_;
};

}  // namespace custos::bench
