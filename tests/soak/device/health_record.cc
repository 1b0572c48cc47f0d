#include "soak/device/health_record.h"

#include <algorithm>

namespace custos::soak {

void HealthRecord::note(const TokenHealthChange& change) {
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  Token& token = tokens_[std::string(change.token)];
  if (token.state == TokenState::healthy) token.left_health = now;
  token.state = change.after;
  if (change.after == TokenState::healthy) {
    token.unhealthy_for.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(now - token.left_health));
    // A device may answer before the line that says its server is up was read.
    const auto back = token.server_is_up ? std::max(token.server_back, token.left_health) : now;
    token.back_for.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(now - back));
    return;
  }
  ++token.entered[std::string(to_string(change.after)) + ": " + std::string(to_string(change.reason))];
}

void HealthRecord::note_server(const std::string& token, bool is_up) {
  const std::lock_guard lock(mutex_);
  tokens_[token].server_is_up = is_up;
  if (is_up) tokens_[token].server_back = std::chrono::steady_clock::now();
}

bool HealthRecord::was_up(std::chrono::steady_clock::time_point then) const {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(tokens_,
                             [then](const auto& entry) { return entry.second.server_is_up && entry.second.server_back <= then; });
}

std::map<std::string, HealthRecord::Token> HealthRecord::tokens() const {
  const std::lock_guard lock(mutex_);
  return tokens_;
}

}  // namespace custos::soak
