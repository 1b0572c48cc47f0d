// A typical order of each venue whose keys are HMAC secrets, as its documentation shows one.
#pragma once

#include <span>

#include "custos/request.h"

namespace custos::bench {

struct VenueSample {
  std::string_view venue;
  std::string_view algorithm;  // "HMAC-SHA256"
  std::string_view method, path, query, body;
  std::span<const NameValue> params{};
};

[[nodiscard]] std::span<const VenueSample> venue_samples() noexcept;

}  // namespace custos::bench
