#include "rule_book.h"

#include <p11-kit/pkcs11.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <iterator>

namespace fault_token {
namespace {

bool same_file(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

// is_audited: what writes into a device's own log.
bool is_audited(Function function) {
  constexpr std::array kAudited{Function::C_CreateObject, Function::C_DestroyObject,   Function::C_GenerateKey,
                                Function::C_Sign,         Function::C_GenerateKeyPair, Function::C_GenerateRandom};
  return std::ranges::find(kAudited, function) != kAudited.end();
}

}  // namespace

void RuleBook::follow(std::string path) {
  const std::lock_guard lock(mutex_);
  if (path == path_) return;
  path_ = std::move(path);
  seen_ = {};
  malformed_ = false;
  script_ = {};
  away_since_.reset();
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
  away_since_.reset();
  if (auto& idle = script_.behaviours.idle_expiry) idle->since = std::chrono::steady_clock::now();
}

// is_away begins and ends the token's absence. C_Finalize reaches the real module always.
bool RuleBook::is_away(Function function) {
  if (!script_.away) return false;
  auto& rule = *script_.away;
  const auto now = std::chrono::steady_clock::now();
  if (function == Function::C_Finalize) {
    if (!rule.lasts) away_since_.reset();
    return false;
  }
  if (away_since_ && rule.lasts && now - *away_since_ >= *rule.lasts) away_since_.reset();
  if (covers(rule.before, function) && rule.window.next() && !away_since_) away_since_ = now;
  return away_since_.has_value();
}

Verdict RuleBook::judge(Function function) {
  const std::lock_guard lock(mutex_);
  read_if_changed();
  Verdict verdict;
  if (malformed_) {
    verdict.rv = CKR_GENERAL_ERROR;
    return verdict;
  }
  verdict.behaviours = script_.behaviours;
  if (is_away(function)) verdict.rv = script_.away->rv;
  if (script_.loss && covers(script_.loss->before, function)) verdict.loses_sessions = script_.loss->window.next();
  if (script_.restart && covers(script_.restart->before, function)) {
    verdict.restarts = script_.restart->window.next();
    verdict.stranger_key = script_.restart->stranger_key;
  }
  for (auto& rule : script_.call_rules) {
    if (!covers(rule.calls, function) || !rule.takes()) continue;
    verdict.delay += rule.draw_delay();
    verdict.hangs |= rule.hangs;
    verdict.raises_sigpipe |= rule.raises_sigpipe;
    if (!verdict.rv) verdict.rv = rule.rv;
    if (!verdict.then_rv) verdict.then_rv = rule.then_rv;
  }
  if (script_.audit_log && is_audited(function) && script_.audit_log->next() && !verdict.rv) verdict.rv = CKR_DEVICE_MEMORY;
  return verdict;
}

bool RuleBook::hangs(Function function) {
  const std::lock_guard lock(mutex_);
  read_if_changed();
  return malformed_ ||  // the test is over: what comes back while its process ends would meet the module's destructors
         std::ranges::any_of(script_.call_rules, [&](const auto& rule) { return rule.hangs && covers(rule.calls, function); });
}

bool RuleBook::takes_wrong_key() {
  const std::lock_guard lock(mutex_);
  return script_.wrong_key && script_.wrong_key->next();
}

bool RuleBook::alters_attributes() {
  const std::lock_guard lock(mutex_);
  return script_.alter_attributes && script_.alter_attributes->next();
}

std::vector<SignatureRule> RuleBook::signature_changes() {
  const std::lock_guard lock(mutex_);
  std::vector<SignatureRule> changes;
  for (auto& rule : script_.signature_rules) {
    if (rule.window.next()) changes.push_back(rule);
  }
  return changes;
}

}  // namespace fault_token
