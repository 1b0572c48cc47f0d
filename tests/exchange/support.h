// What the exchange tests share: a Binance request made, judged and signed with a documented key.
#pragma once

#include <algorithm>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "authorise/grants.h"
#include "exchange/reason.h"
#include "exchange/venue.h"

namespace custos::exchange::testing {

inline constexpr std::int64_t kNowMs = 1'700'000'000'000;
inline constexpr std::string_view kApiKey = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";

// Attempt is one request on its way through the venue; it owns everything that the views name.
class Attempt {
 public:
  Attempt(std::string_view method, std::string_view path) : draft(SignedRequest::kDefaultCapacity) {
    request.method = method;
    request.path = path;
    context = {.credential = "binance-main",
               .environment = "live",
               .api_key = kApiKey,
               .extra_hosts = {},
               .now_ms = kNowMs,
               .timestamp_ms = {}};
  }

  Attempt& query(std::string_view text) {
    request.query = text;
    return *this;
  }
  Attempt& body(std::string_view text) {
    request.body = text;
    return *this;
  }
  Attempt& params(std::vector<NameValue> list) {
    params_ = std::move(list);
    request.params = params_;
    return *this;
  }
  Attempt& headers(std::vector<NameValue> list) {
    headers_ = std::move(list);
    request.headers = headers_;
    return *this;
  }
  Attempt& host(std::string_view name) {
    request.host = name;
    return *this;
  }
  Attempt& timestamp(std::int64_t timestamp_ms) {
    context.timestamp_ms = timestamp_ms;
    return *this;
  }
  Attempt& extra_hosts(std::vector<std::string> hosts) {
    extra_hosts_ = std::move(hosts);
    context.extra_hosts = extra_hosts_;
    return *this;
  }

  SignStatus canonicalise() { return find_venue("binance")->canonicalise(request, context, draft); }
  SignStatus canonicalise(Draft& other) const { return find_venue("binance")->canonicalise(request, context, other); }
  // place appends a signature of 32 times 0xAB.
  SignStatus place() {
    const std::vector<std::uint8_t> signature(32, 0xAB);
    return find_venue("binance")->place(signature, draft);
  }
  // is_granted canonicalises and asks the authoriser.
  bool is_granted(facts::ClassSet granted) {
    if (!canonicalise().ok()) return false;
    const authorise::Grants grants(granted, 1);
    return grants.authorise(draft.facts, authorise::Intent(draft.facts), {}).verdict == authorise::Decision::Verdict::allow;
  }

  RequestView request;
  CanonicalContext context;
  Draft draft;

 private:
  std::vector<NameValue> params_;
  std::vector<NameValue> headers_;
  std::vector<std::string> extra_hosts_;
};

inline Reason reason_of(const SignStatus& status) { return static_cast<Reason>(status.native); }

// words splits a list that is separated by spaces.
inline std::vector<std::string_view> words(std::string_view list) {
  std::vector<std::string_view> result;
  while (!list.empty()) {
    const auto end = std::min(list.find(' '), list.size());
    if (end != 0) result.push_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return result;
}

// with_required makes a request that gives every required parameter of `operation` the value "1".
inline Attempt with_required(const Operation& operation) {
  Attempt attempt(operation.method, operation.path);
  std::vector<NameValue> params;
  for (const auto name : words(operation.required)) params.push_back({name, "1"});
  attempt.params(std::move(params));
  return attempt;
}

inline std::string show(const Operation& operation) { return std::string(operation.method) + ' ' + std::string(operation.path); }

}  // namespace custos::exchange::testing

namespace custos::exchange {

// operator<< names a reason by its text in test messages.
inline std::ostream& operator<<(std::ostream& out, Reason reason) {
  const Draft draft(0);
  return out << explain({Errc::refused, Origin::request, static_cast<std::uint32_t>(reason)}, draft);
}

}  // namespace custos::exchange
