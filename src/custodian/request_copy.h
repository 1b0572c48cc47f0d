// RequestCopy: a request and its options in memory of its own.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "base/writer.h"
#include "custos/request.h"
#include "exchange/draft.h"

namespace custos {

// RequestCopy has room for `capacity` bytes of text, and for as many params and headers as any request may have. It allocates
// when it is made, and never again.
class RequestCopy {
 public:
  explicit RequestCopy(std::size_t capacity);

  // take copies both, with all that they view. False: they do not fit, and what is held is worth nothing.
  [[nodiscard]] bool take(const RequestView& request, const SignOptions& options) noexcept;

  [[nodiscard]] const RequestView& request() const noexcept { return request_; }
  [[nodiscard]] const SignOptions& options() const noexcept { return options_; }

 private:
  using Pairs = std::span<const NameValue>;
  struct PairRoom {
    std::array<NameValue, exchange::Draft::kMaxParams> params;
    std::array<NameValue, exchange::Draft::kMaxHeaders> headers;
  };

  std::size_t capacity_;
  std::unique_ptr<char[]> text_;
  std::unique_ptr<PairRoom> pairs_;
  RequestView request_;
  SignOptions options_;
};

}  // namespace custos
