// What is signed where the message is not what is compared.
#pragma once

#include <string>

#include "base/bytes.h"

namespace custos::bench {

// SampleMessage is text of a given size, as query strings are.
class SampleMessage {
 public:
  explicit SampleMessage(std::size_t size) {
    constexpr std::string_view kText = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.00125&price=64250.15&";
    while (text_.size() < size) text_ += kText.substr(0, size - text_.size());
  }
  [[nodiscard]] ByteView view() const noexcept { return as_bytes(text_); }

 private:
  std::string text_;
};

}  // namespace custos::bench
