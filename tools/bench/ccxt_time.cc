#include "tools/bench/ccxt_time.h"

#include <fstream>
#include <nlohmann/json.hpp>

namespace custos::bench {

Result<CcxtTime> read_ccxt_time(const std::string& file) {
  std::ifstream stream(file);
  if (!stream) return fail(Errc::not_found, Origin::system, "cannot read " + file + ": make it with tools/bench/compare-ccxt");
  const auto json = nlohmann::json::parse(stream, nullptr, false);
  const auto number = [&](const char* name) {
    return json.is_object() && json.contains(name) && json[name].is_number() ? json[name].get<double>() : -1;
  };
  const auto text = [&](const char* name) {
    return json.is_object() && json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : std::string();
  };
  CcxtTime time{text("ccxt"), text("node"), number("p50_ns"), number("p99_ns"), number("per_second"), {}};
  if (json.is_object() && json.contains("venues") && json["venues"].is_object()) {
    for (const auto& [name, p50] : json["venues"].items()) {
      if (p50.is_number()) time.venue_p50_ns[name] = p50.get<double>();
    }
  }
  if (time.p50_ns > 0 && time.p99_ns > 0 && time.per_second > 0) return time;
  return fail(Errc::bad_input, Origin::system, file + " is not what tools/bench/compare-ccxt writes");
}

}  // namespace custos::bench
