#include "tools/bench/ratios.h"

#include <algorithm>
#include <functional>

namespace custos::bench {
namespace {

using Figure = double Measurement::Figures::*;
using Goal = Ratio::Goal;

// paired gives the median of what each repetition of two measurements makes of a figure: both sides met the same moment.
template <class Combine>
std::optional<double> paired(const Measurement* left, const Measurement* right, Figure figure, Combine combine) {
  if (left == nullptr || right == nullptr) return std::nullopt;
  std::vector<double> values;
  for (std::size_t i = 0; i < std::min(left->repetitions.size(), right->repetitions.size()); ++i) {
    values.push_back(combine(left->repetitions[i].*figure, right->repetitions[i].*figure));
  }
  return median(std::move(values));
}

// Rows adds a row when everything that it compares was measured.
class Rows {
 public:
  void divide(std::string name, const Measurement* left, const Measurement* right, Figure figure, Goal goal, double limit) {
    add(std::move(name), paired(left, right, figure, [](double a, double b) { return b > 0 ? a / b : 0; }), "×", goal, limit);
  }
  void divide(std::string name, std::optional<double> left, std::optional<double> right, Goal goal, double limit) {
    if (left && right && *right > 0) add(std::move(name), *left / *right, "×", goal, limit);
  }
  void add(std::string name, std::optional<double> measured, std::string unit, Goal goal, double limit) {
    if (measured) rows_.push_back({std::move(name), *measured, std::move(unit), goal, limit});
  }
  [[nodiscard]] std::vector<Ratio> take() && { return std::move(rows_); }

 private:
  std::vector<Ratio> rows_;
};

void add_key_rows(Rows& rows, const Report& report, bool softhsm, bool nss) {
  constexpr Figure kP50 = &Measurement::Figures::p50, kRate = &Measurement::Figures::per_second;
  const Goal speed = softhsm || nss ? Goal::at_least : Goal::none;
  const Goal least = softhsm ? Goal::at_least : Goal::none, most = softhsm ? Goal::at_most : Goal::none;
  const auto* armed = report.find("key", "armed");
  const auto* raw = report.find("key", "raw");
  rows.divide("p50, raw loop / armed Custos", raw, armed, kP50, speed, nss ? 40 : 8);
  rows.divide("p50, armed Custos / bare C_Sign", armed, report.find("key", "floor"), kP50, most, 1.5);
  rows.divide("per second, armed Custos / raw loop", armed, raw, kRate, least, 1.6);
  rows.divide("per second armed, 2 threads / 1", report.find("key", "armed", 2), armed, kRate, least, 1.0);
  rows.divide("per second armed, 4 threads / 1", report.find("key", "armed", 4), armed, kRate, least, 1.0);
}

void add_software_rows(Rows& rows, const Report& report) {
  const auto custos = report.call_ns("custos");
  rows.divide("HMAC in software, EVP_MAC reused / Custos", report.call_ns("evp_mac_reused"), custos, Goal::at_least, 1.5);
  rows.divide("HMAC in software, HMAC() / Custos", report.call_ns("hmac"), custos, Goal::at_least, 7);
  rows.divide("HMAC in software, Custos / bare compression calls", custos, report.call_ns("transform"), Goal::at_most, 1.2);
}

void add_signing_rows(Rows& rows, const Report& report) {
  const auto divide = [&](const char* name, const char* left, const char* right, Goal goal, double limit) {
    rows.divide(name, report.find("signing", left), report.find("signing", right), &Measurement::Figures::p50, goal, limit);
  };
  divide("Ed25519 in software, p50, Custos / OpenSSL", "ed25519_custos", "ed25519_openssl", Goal::at_most, 1.1);
  divide("P-256 in software, p50, Custos / OpenSSL", "ecdsa-p256_custos", "ecdsa-p256_openssl", Goal::at_most, 1.1);
  divide("secp256k1 in software, p50, OpenSSL / Custos", "ecdsa-secp256k1_openssl", "ecdsa-secp256k1_custos", Goal::at_least, 8);
  divide("RSA-2048 in software, p50, Custos / OpenSSL", "rsa-2048_custos", "rsa-2048_openssl", Goal::none, 0);
}

void add_wallet_rows(Rows& rows, const Report& report) {
  constexpr Figure kP50 = &Measurement::Figures::p50;
  const auto* few = report.find("wallets", "psbt_10");
  const auto* many = report.find("wallets", "psbt_5000");
  rows.divide("EIP-1559 from JSON, p50, Custos / libsecp256k1's sign and verify", report.find("wallets", "eip1559"),
              report.find("wallets", "library"), kP50, Goal::at_most, 1.2);
  if (few == nullptr || many == nullptr) return;
  rows.add("PSBT, p50, an input among 5,000 / among 10", many->median(kP50) / 5'000 / (few->median(kP50) / 10), "", Goal::at_most,
           1.2);
}

void add_venue_rows(Rows& rows, const Report& report) {
  double slowest = 0, allocations = 0;
  for (const Measurement& each : report.measurements) {
    if (each.group != "venues") continue;
    slowest = std::max(slowest, each.median(&Measurement::Figures::p50));
    allocations = std::max(allocations, each.allocations_per_signature());
  }
  if (slowest == 0) return;
  rows.add("slowest venue's order in software, p50", slowest, "ns", Goal::at_most, 2000);
  rows.add("venues' orders in software, most allocations", allocations, "per signature", Goal::at_most, 0);
}

void add_keystore_row(Rows& rows, const Report& report) {
  const auto many = std::ranges::find(report.keystore, kManyKeys, &KeystoreSize::keys);
  if (many == report.keystore.end()) return;
  rows.add("100,000 keys in software, opened and listed", 1e6 * (many->open_ms + many->list_ms), "ns", Goal::at_most, 1e9);
}

void add_request_rows(Rows& rows, const Report& report, bool softhsm) {
  constexpr Figure kP50 = &Measurement::Figures::p50;
  const auto* software = report.find("request", "software");
  const auto* armed = report.find("request", "armed");
  const auto* floor = report.find("request", "floor");
  if (software != nullptr) {
    rows.add("order in software, p50", software->median(kP50), "ns", Goal::at_most, 700);
    rows.add("order in software, allocations", software->allocations_per_signature(), "per signature", Goal::at_most, 0);
    if (report.ccxt) {
      rows.divide("order, p50, ccxt / Custos in software", report.ccxt->p50_ns, software->median(kP50), Goal::none, 0);
    }
  }
  if (armed != nullptr && floor != nullptr) {
    const Goal most = softhsm ? Goal::at_most : Goal::none;
    rows.add("order armed, p50 − bare C_Sign", paired(armed, floor, kP50, std::minus<>()), "ns", most, 600);
    rows.add("order armed, allocations − bare C_Sign", armed->allocations_per_signature() - floor->allocations_per_signature(),
             "per signature", most, 0);
  }
}

void add_open_rows(Rows& rows, const Report& report, bool softhsm) {
  for (const unsigned rate : {10'000U, 50'000U}) {
    rows.divide("open loop at " + std::to_string(rate / 1000) + " k/s, p99.9, armed Custos / raw loop",
                report.find("open", "armed", 1, rate), report.find("open", "raw", 1, rate), &Measurement::Figures::p999,
                softhsm ? Goal::at_most : Goal::none, 1.0);
  }
}

}  // namespace

std::vector<Ratio> ratios_of(const Report& report) {
  const bool softhsm = report.token.profile == "softhsm2", nss = report.token.profile == "nss";
  Rows rows;
  add_key_rows(rows, report, softhsm, nss);
  add_software_rows(rows, report);
  add_signing_rows(rows, report);
  add_keystore_row(rows, report);
  add_venue_rows(rows, report);
  add_wallet_rows(rows, report);
  add_request_rows(rows, report, softhsm);
  add_open_rows(rows, report, softhsm);
  return std::move(rows).take();
}

}  // namespace custos::bench
