// DoctorReport: the checks of custos doctor, in the order in which they were made.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "custos/home.h"
#include "custos/result.h"

namespace custos {

class DoctorReport {
 public:
  void good(std::string name, std::string finding) {
    checks_.push_back({std::move(name), HealthCheck::Verdict::good, std::move(finding), "", Errc::ok});
  }
  void notice(std::string name, std::string finding, std::string remedy) {
    checks_.push_back({std::move(name), HealthCheck::Verdict::notice, std::move(finding), std::move(remedy), Errc::ok});
  }
  void bad(std::string name, const Error& error, std::string remedy) {
    checks_.push_back({std::move(name), HealthCheck::Verdict::bad, error.detail, std::move(remedy), error.code});
  }
  [[nodiscard]] std::vector<HealthCheck> take() { return std::move(checks_); }

 private:
  std::vector<HealthCheck> checks_;
};

// remedy_for names the next step where the finding does not already.
[[nodiscard]] std::string remedy_for(Errc code);

}  // namespace custos
