#include "rule_book.h"

#include <p11-kit/pkcs11.h>

#include <cstdio>
#include <fstream>
#include <iterator>

namespace fault_token {
namespace {

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

}  // namespace

void RuleBook::follow(std::string path) {
  const std::lock_guard lock(mutex_);
  if (path == path_) return;
  path_ = std::move(path);
  seen_ = {};
  malformed_ = false;
  script_ = {};
  rule_calls_.clear();
  loss_calls_ = 0;
  spoil_calls_ = {};
}

void RuleBook::reject(const std::string& why) {
  if (!malformed_) std::fprintf(stderr, "fault_token: %s: %s\n", path_.c_str(), why.c_str());
  malformed_ = true;
}

void RuleBook::read_if_changed() {
  if (path_.empty()) return;
  struct stat now{};
  if (::stat(path_.c_str(), &now) != 0) return reject("the script is not there");
  if (same_file(now, seen_)) return;
  seen_ = now;
  malformed_ = false;

  std::ifstream file(path_, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  auto parsed = parse_script(text);
  if (const auto* malformed = std::get_if<Malformed>(&parsed)) {
    return reject("line " + std::to_string(malformed->line) + ": " + malformed->why);
  }
  script_ = std::get<Script>(std::move(parsed));
  rule_calls_.assign(script_.call_rules.size(), 0);
  loss_calls_ = 0;
  spoil_calls_ = {};
}

Verdict RuleBook::judge(Function function) {
  const std::lock_guard lock(mutex_);
  read_if_changed();
  Verdict verdict;
  if (malformed_) {
    verdict.rv = CKR_GENERAL_ERROR;
    return verdict;
  }
  verdict.session_cap = script_.session_cap;
  verdict.bip32 = script_.bip32;
  verdict.set_token_flags = script_.set_token_flags;
  verdict.clear_token_flags = script_.clear_token_flags;
  if (script_.loss && covers(script_.loss->before, function)) verdict.lose_sessions = script_.loss->window.takes(++loss_calls_);
  for (std::size_t i = 0; i < script_.call_rules.size(); ++i) {
    const auto& rule = script_.call_rules[i];
    if (!covers(rule.calls, function) || !rule.window.takes(++rule_calls_[i])) continue;
    verdict.delay += rule.delay;
    if (!verdict.rv) verdict.rv = rule.rv;
  }
  return verdict;
}

bool RuleBook::spoils(Spoil spoil) {
  const std::lock_guard lock(mutex_);
  const auto& window = script_.spoils.at(static_cast<std::size_t>(spoil));
  return window && window->takes(++spoil_calls_.at(static_cast<std::size_t>(spoil)));
}

}  // namespace fault_token
