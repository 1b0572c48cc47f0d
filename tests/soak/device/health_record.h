// HealthRecord: how the tokens fared, as OpenOptions::on_health tells it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "custos/health.h"

namespace custos::soak {

class HealthRecord {
 public:
  struct Token {
    std::map<std::string, std::uint64_t> entered;          // "down: device_gone", how often
    std::vector<std::chrono::milliseconds> unhealthy_for;  // each time until it was healthy again
    std::vector<std::chrono::milliseconds> back_for;       // of these, since its server was back
    bool server_is_up = true;
    TokenState state = TokenState::healthy;
    std::chrono::steady_clock::time_point left_health{}, server_back{};
  };

  void note(const TokenHealthChange& change);
  void note_server(const std::string& token, bool is_up);
  // was_up tells whether the server of a copy is up and has been since `then`.
  [[nodiscard]] bool was_up(std::chrono::steady_clock::time_point then) const;
  [[nodiscard]] std::map<std::string, Token> tokens() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Token> tokens_;
};

}  // namespace custos::soak
