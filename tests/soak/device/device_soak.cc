// device_soak HOME CREDENTIAL SECRET: four threads sign for the credential, 200 times a second each with a deadline of 250 ms,
// and compare every signature with OpenSSL's. Commands come on standard input, a line each:
//   NAME up, NAME gone, NAME stalled   what was done to a token's server
//   sample NAME      what the process holds now
//   end              stop, and write the report as one JSON object on standard output
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "custos/custos.h"
#include "soak/device/health_record.h"
#include "soak/device/resources.h"
#include "soak/device/timeline.h"

namespace custos::soak {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::json;

constexpr int kThreads = 4;
constexpr auto kPeriod = 5ms;
constexpr auto kDeadline = 250ms;
// kReconnects is how long a copy whose server is back may take to be reached: it is tried about once a second.
constexpr auto kReconnects = 1'500ms;

std::string mac_of(std::string_view secret, std::string_view message) {
  std::array<unsigned char, 32> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(message.data()),
       message.size(), mac.data(), &size);
  std::string hex;
  for (const unsigned char byte : mac) {
    constexpr std::string_view digits = "0123456789abcdef";
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

// Tally is what one thread met.
struct Tally {
  std::uint64_t requests = 0, wrong = 0;
  std::uint64_t errors_server_up = 0;               // while a copy's server was up, reached again or not
  std::map<std::string, std::uint64_t> errors;      // by code
  std::vector<Timeline::Failure> errors_reachable;  // of these, while a copy could be reached
  std::vector<float> taken_us;                      // of signatures that were made
  Clock::duration worst_overrun{};                  // past the deadline, however the call ended
};

class Soak {
 public:
  Soak(const RequestSigner& signer, std::string secret, const HealthRecord& health)
      : signer_(signer), secret_(std::move(secret)), health_(health) {
    for (int i = 0; i < kThreads; ++i) {
      threads_.emplace_back([this, i] { sign_until_end(i); });
    }
  }

  void end() {
    is_over_ = true;
    for (auto& thread : threads_) thread.join();
  }

  [[nodiscard]] const std::array<Tally, kThreads>& tallies() const { return tallies_; }

 private:
  // sign_until_end keeps the rate: what a stall delayed is made up for.
  void sign_until_end(int thread) {
    SignedRequest out;
    Tally& tally = tallies_[static_cast<std::size_t>(thread)];
    for (auto due = Clock::now(); !is_over_; due += kPeriod) {
      std::this_thread::sleep_until(due);
      sign_one(out, tally,
               "symbol=LTCBTC&side=BUY&type=LIMIT&quantity=1&price=0.1&newClientOrderId=" + std::to_string(thread) + "-" +
                   std::to_string(tally.requests));
      signer_.rearm(1);
    }
  }

  void sign_one(SignedRequest& out, Tally& tally, const std::string& body) {
    RequestView request;
    request.method = "POST";
    request.path = "/api/v3/order";
    request.body = body;
    ++tally.requests;
    SignOptions options;
    const auto begin = Clock::now();
    options.deadline = begin + kDeadline;
    const auto status = signer_.sign(request, out, options);
    const auto end = Clock::now();
    tally.worst_overrun = std::max(tally.worst_overrun, end - *options.deadline);
    if (status.ok()) {
      tally.taken_us.push_back(std::chrono::duration<float, std::micro>(end - begin).count());
      const bool is_ours = out.preimage().find(body) != std::string_view::npos;
      if (!is_ours || out.signature() != mac_of(secret_, out.preimage())) ++tally.wrong;
      return;
    }
    const std::string code(to_string(status.code));
    ++tally.errors[code];
    if (health_.was_up(begin)) ++tally.errors_server_up;
    if (health_.was_up(begin - kReconnects)) tally.errors_reachable.push_back({end, code});
  }

  const RequestSigner& signer_;
  const std::string secret_;
  const HealthRecord& health_;
  std::atomic<bool> is_over_{false};
  std::array<Tally, kThreads> tallies_;
  std::vector<std::thread> threads_;
};

Json tell_signatures(const std::array<Tally, kThreads>& tallies) {
  Tally all;
  std::map<std::string, std::uint64_t> errors_reachable;
  for (const Tally& one : tallies) {
    all.requests += one.requests;
    all.wrong += one.wrong;
    all.errors_server_up += one.errors_server_up;
    for (const auto& [code, count] : one.errors) all.errors[code] += count;
    for (const auto& one_failure : one.errors_reachable) ++errors_reachable[one_failure.code];
    all.taken_us.insert(all.taken_us.end(), one.taken_us.begin(), one.taken_us.end());
    all.worst_overrun = std::max(all.worst_overrun, one.worst_overrun);
  }
  std::ranges::sort(all.taken_us);
  const auto at = [&](double share) {
    const auto last = static_cast<double>(all.taken_us.size()) - 1;
    return all.taken_us.empty() ? 0.0F : all.taken_us[static_cast<std::size_t>(share * last)];
  };
  return {{"requests", all.requests},
          {"signed", all.taken_us.size()},
          {"wrong", all.wrong},
          {"errors", all.errors},
          {"errors_server_up", all.errors_server_up},
          {"errors_reachable", errors_reachable},
          {"us", {{"p50", at(0.5)}, {"p99", at(0.99)}, {"p99.9", at(0.999)}, {"max", at(1)}}},
          {"worst_overrun_ms", std::chrono::duration<double, std::milli>(all.worst_overrun).count()}};
}

Json tell_health(const HealthRecord& record) {
  Json told = Json::object();
  for (const auto& [name, token] : record.tokens()) {
    Json& one = told[name] = {{"state", to_string(token.state)},
                              {"entered", token.entered},
                              {"unhealthy_ms", Json::array()},
                              {"back_ms", Json::array()}};
    for (const auto time : token.unhealthy_for) one["unhealthy_ms"].push_back(time.count());
    for (const auto time : token.back_for) one["back_ms"].push_back(time.count());
  }
  return told;
}

Json tell_stats(const SignerStats& stats) {
  return {{"armed", stats.armed},  {"fallback", stats.fallback},         {"busy", stats.busy},
          {"late", stats.late},    {"preparations", stats.preparations}, {"failovers", stats.failovers},
          {"hedged", stats.hedged}};
}

// tell_sessions is for a calm moment: it asks the devices.
Json tell_sessions(const Administration& administration) {
  Json told = Json::object();
  for (const auto& token : administration.list_tokens().value_or(std::vector<TokenInfo>{})) {
    if (const auto shown = administration.show_token(token.name)) told[token.name] = shown->sessions_open;
  }
  return told;
}

Json tell_resources(const Administration& administration) {
  const Resources now = resources_now();
  return {{"resident_kib", now.resident_kib},
          {"descriptors", now.descriptors},
          {"threads", now.threads},
          {"module_copies", now.module_copies},
          {"sessions", tell_sessions(administration)}};
}

int run(char** arguments) {
  HealthRecord health;
  Timeline timeline;
  OpenOptions options;
  options.home = arguments[1];
  options.actor = "soak";
  options.set_module_environment = true;
  options.on_health = [&](const TokenHealthChange& change) {
    health.note(change);
    timeline.note(std::string(change.token) + " is " + std::string(to_string(change.after)) + ", " +
                  std::string(to_string(change.reason)));
  };
  set_log_sink([](LogLevel, std::string_view line) { std::cerr << line << '\n'; });
  auto custodian = Custodian::open(options);
  if (!custodian) return std::cerr << custodian.error().detail << '\n', 1;
  auto signer = custodian->prepare_request_signer(arguments[2]);
  if (!signer) return std::cerr << signer.error().detail << '\n', 1;

  Json samples = Json::object();
  Soak soak(*signer, arguments[3], health);
  for (std::string line; std::getline(std::cin, line) && line != "end";) {
    timeline.note(line);
    if (line.starts_with("sample ")) samples[line.substr(7)] = tell_resources(custodian->administration());
    const auto space = line.find(' ');
    if (!line.starts_with("sample ")) health.note_server(line.substr(0, space), line.ends_with(" up"));
  }
  soak.end();
  Json report = tell_signatures(soak.tallies());
  report["health"] = tell_health(health);
  report["stats"] = tell_stats(signer->stats());
  report["samples"] = samples;
  std::vector<Timeline::Failure> failures;
  for (const Tally& one : soak.tallies())
    failures.insert(failures.end(), one.errors_reachable.begin(), one.errors_reachable.end());
  report["timeline"] = timeline.lines(std::move(failures));
  std::cout << report << std::endl;
  return 0;
}

}  // namespace
}  // namespace custos::soak

int main(int count, char** arguments) {
  if (count != 4) return std::cerr << "usage: device_soak HOME CREDENTIAL SECRET\n", 2;
  return custos::soak::run(arguments);
}
