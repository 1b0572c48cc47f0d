#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <string_view>
#include <thread>
#include <utility>

#include "hsm/ck_rv.h"
#include "hsm/probe_checks.h"
#include "hsm/secret_keys.h"
#include "hsm/stored_keys.h"

namespace custos::hsm {

// Tokens call sessions infinite that are 16 (devices.md 1.10).
Findings check_session_cap(const ProbeBench& bench, const ProbeOptions& options) {
  std::vector<ProbeSession> all;
  std::string stopped;
  while (all.size() < options.sessions && stopped.empty()) {
    auto session = ProbeSession::open(bench);
    if (session) {
      all.push_back(std::move(*session));
    } else {
      stopped = reason(session.error());
    }
  }
  Finding line{"sessions beside the pool's", fmt::format("at least {}", all.size()),
               fmt::format("{} in all", bench.profile.sessions)};
  if (!stopped.empty()) line.value = fmt::format("{}, then {}", all.size(), stopped);
  line.differs = !stopped.empty() && all.size() + 1 < std::min(bench.profile.sessions, options.sessions);
  return std::vector{std::move(line)};
}

namespace {

// Disturbance is something that others do while a session waits armed.
struct Disturbance {
  std::string_view name;
  std::function<void()> happen;
};

constexpr std::size_t kManySessions = 50;
constexpr int kManySignatures = 200;

}  // namespace

// An armed session must stay armed through whatever Custos does elsewhere in the token (devices.md 1.1).
Findings check_arming(const ProbeBench& bench, const ProbeOptions& options) {
  const std::string name = "an armed session survives";
  auto key = make_probe_key(bench);
  if (!key) return std::vector{no_key_line(name, key.error())};
  auto other_key = make_probe_key(bench);
  if (!other_key) return std::vector{no_key_line(name, other_key.error())};
  auto other = ProbeSession::open(bench);
  if (!other) return other.failure();

  const std::array<Disturbance, 7> disturbances{{
      {"other keys' signatures",
       [&] {
         for (int i = 0; i < kManySignatures; ++i) {
           if (other_key->arm(*other) == CKR_OK) static_cast<void>(other_key->finish(*other, sample_message()));
         }
       }},
      {"signatures of the same key",
       [&] {
         if (key->arm(*other) == CKR_OK) static_cast<void>(key->finish(*other, sample_message()));
       }},
      {"a search", [&] { static_cast<void>(list_keys(bench.module, other->handle(), bench.token.label)); }},
      {"making and destroying a key", [&] { static_cast<void>(make_probe_key(bench)); }},
      {"other sessions' coming and going",
       [&] {
         std::vector<ProbeSession> many;
         while (many.size() < kManySessions) {
           auto one = ProbeSession::open(bench);
           if (!one) break;
           many.push_back(std::move(*one));
         }
       }},
      {"another armed session's end",
       [&] {
         const auto armed = ProbeSession::open(bench);
         if (armed) static_cast<void>(key->arm(*armed));
       }},
      {"idling", [&] { std::this_thread::sleep_for(options.idle); }},
  }};
  std::string broken;
  for (const Disturbance& disturbance : disturbances) {
    auto session = ProbeSession::open(bench);
    if (!session) return session.failure();
    CK_RV rv = key->arm(*session);
    if (rv == CKR_OK) {
      disturbance.happen();
      rv = key->finish(*session, sample_message());
    }
    if (rv != CKR_OK) broken += fmt::format("{}{} ({})", broken.empty() ? "not " : ", ", disturbance.name, rv_text(rv));
  }
  const bool arms = bench.profile.arming != Arming::off;
  return std::vector<Finding>{
      {name, broken.empty() ? "everything tried" : broken, arms ? "everything" : "", arms && !broken.empty()}};
}

Findings check_revocation(const ProbeBench& bench, const ProbeOptions&) {
  const std::string name = "an armed session signs after its key was destroyed";
  auto session = ProbeSession::open(bench);
  if (!session) return session.failure();
  auto other = ProbeSession::open(bench);
  if (!other) return other.failure();
  auto key = make_probe_key(bench);
  if (!key) return std::vector{no_key_line(name, key.error())};
  CK_RV rv = key->arm(*session);
  if (rv == CKR_OK) {
    if (auto gone = destroy_key(bench.module, other->handle(), key->id()); !gone) {
      return std::vector<Finding>{{name, fmt::format("its destruction is refused: {}", reason(gone.error()))}};
    }
    rv = key->finish(*session, sample_message());
  }
  return std::vector<Finding>{{name, rv == CKR_OK ? "yes" : fmt::format("no: {}", rv_text(rv))}};
}

// Only PKCS#11 3.0 has a call that ends an operation (devices.md 1.6).
Findings check_cancel(const ProbeBench& bench, const ProbeOptions&) {
  const std::string name = "C_SessionCancel frees an armed session";
  if (bench.call().version.major < 3) return std::vector<Finding>{{name, "no such call"}};
  const CkSessionCancel cancel = reinterpret_cast<const CkFunctionList3&>(bench.call()).C_SessionCancel;
  if (cancel == nullptr) return std::vector<Finding>{{name, "no such call"}};
  auto session = ProbeSession::open(bench);
  if (!session) return session.failure();
  auto key = make_probe_key(bench);
  if (!key) return std::vector{no_key_line(name, key.error())};
  CK_RV rv = key->arm(*session);
  if (rv == CKR_OK) rv = cancel(session->handle(), CKF_SIGN);
  if (rv == CKR_OK) rv = key->arm(*session);
  return std::vector<Finding>{{name, rv == CKR_OK ? "yes" : fmt::format("no: {}", rv_text(rv))}};
}

Findings check_message_sizes(const ProbeBench& bench, const ProbeOptions&) {
  const std::string name = "longest message of those tried";
  auto session = ProbeSession::open(bench);
  if (!session) return session.failure();
  auto key = make_probe_key(bench);
  if (!key) return std::vector{no_key_line(name, key.error())};
  if (!key->makes_macs()) return std::vector<Finding>{{name, "any: tokens are not asked to hash"}};
  std::string largest = "none";
  for (const std::size_t kib : {1U, 4U, 16U, 64U}) {
    CK_RV rv = key->arm(*session);
    if (rv == CKR_OK) rv = key->finish(*session, Bytes(kib * 1024, 'm'));
    if (rv != CKR_OK) return std::vector<Finding>{{name, fmt::format("{}; with {} KiB {}", largest, kib, rv_text(rv))}};
    largest = fmt::format("{} KiB", kib);
  }
  return std::vector<Finding>{{name, largest}};
}

namespace {

using Times = std::vector<std::chrono::nanoseconds>;

std::string us(std::chrono::nanoseconds time) {
  const double value = std::chrono::duration<double, std::micro>(time).count();
  return value < 100 ? fmt::format("{:.1f}", value) : fmt::format("{:.0f}", value);
}

Finding latency_line(std::string name, Times& times) {
  std::sort(times.begin(), times.end());
  const std::string value = fmt::format("{} / {}", us(times[times.size() / 2]), us(times[times.size() * 99 / 100]));
  return {.name = std::move(name), .value = value, .measured = true};
}

}  // namespace

Findings check_latency(const ProbeBench& bench, const ProbeOptions& options) {
  auto session = ProbeSession::open(bench);
  if (!session) return session.failure();
  auto key = make_probe_key(bench);
  if (!key) return std::vector{no_key_line("latency", key.error())};
  const std::string_view algorithm = key::facts_of(key->algorithm()).name;
  std::vector<Finding> lines;
  const auto measure = [&](CK_OBJECT_HANDLE object, std::string_view what) {
    Times init(options.signatures), sign(options.signatures);
    for (std::size_t i = 0; i < options.signatures; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      if (key->arm(*session, object) != CKR_OK) return;
      init[i] = std::chrono::steady_clock::now() - begin;
      if (key->finish(*session, sample_message(), &sign[i]) != CKR_OK) return;
    }
    lines.push_back(latency_line(fmt::format("{} by {}: C_SignInit, p50 / p99 µs", algorithm, what), init));
    lines.push_back(latency_line(fmt::format("{} by {}: C_Sign, p50 / p99 µs", algorithm, what), sign));
  };
  if (options.signatures == 0) return lines;
  measure(key->handle(), "the token's key");
  if (!key->makes_macs()) return lines;
  if (const auto copy = copy_hmac_key(bench.module, session->handle(), key->handle())) measure(*copy, "a session copy");
  return lines;
}

}  // namespace custos::hsm
