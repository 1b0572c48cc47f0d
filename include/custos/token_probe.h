// TokenProbe: what a token can do, tried out on throwaway keys, and where that differs from what Custos believes of its kind.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace custos {

struct ProbeOptions {
  std::size_t sessions = 64;             // most sessions opened to find the token's cap
  std::size_t signatures = 200;          // for each latency
  std::chrono::milliseconds idle{2000};  // how long an armed session must stay armed
};

// ProbeFinding is one line of the probe's table.
struct ProbeFinding {
  std::string name{};          // "Ed25519, curve by OID"
  std::string value{};         // "generated, imported"
  std::string profile_says{};  // empty: the profile says nothing of it
  bool differs = false;
  bool measured = false;  // a time: another one each time
};

struct TokenProbe {
  std::string token;    // its name in custos.toml
  std::string profile;  // "softhsm2"
  std::vector<ProbeFinding> findings;

  [[nodiscard]] std::size_t differences() const noexcept {
    std::size_t count = 0;
    for (const auto& finding : findings) count += finding.differs ? 1 : 0;
    return count;
  }
};

}  // namespace custos
