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

inline const Venue& binance() { return *find_venue("binance"); }

// Attempt is one request on its way through the venue; it owns everything that the views name.
class Attempt {
 public:
  Attempt(std::string_view method, std::string_view path) : draft(SignedRequest::kDefaultCapacity) {
    request.method = method;
    request.path = path;
    context.credential = "binance-main";
    context.environment = "live";
    context.api_key = kApiKey;
    context.now_ms = kNowMs;
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
  Attempt& kind(RequestKind kind) {
    request.kind = kind;
    return *this;
  }
  Attempt& algorithm(std::string_view name, std::size_t signature_size) {
    context.algorithm = name;
    context.signature_size = signature_size;
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

  SignStatus canonicalise() { return canonicalise(draft); }
  SignStatus canonicalise(Draft& other) const { return binance().canonicalise(binance(), request, context, other); }
  // place appends a signature of the algorithm's size, full of 0xAB.
  SignStatus place() { return place(std::vector<std::uint8_t>(context.signature_size, 0xAB)); }
  SignStatus place(ByteView signature) { return binance().place(binance(), signature, context, draft); }
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

inline bool is_message(const Operation& operation) { return operation.method == "WS" || operation.method == "FIX"; }

// rest_operations are Binance's rows without those of messages, which stand last.
inline std::span<const Operation> rest_operations() {
  const auto all = binance().operations;
  return {all.begin(), std::ranges::find_if(all, is_message)};
}

// with_required makes a request that gives every required parameter of `operation` the value "1". The API key of a message is
// not the caller's to give.
inline Attempt with_required(const Operation& operation) {
  Attempt attempt(is_message(operation) ? operation.path : operation.method, is_message(operation) ? "" : operation.path);
  if (operation.method == "WS") attempt.kind(RequestKind::ws);
  if (operation.method == "FIX") attempt.kind(RequestKind::fix).algorithm("Ed25519", 64);
  std::vector<NameValue> params;
  for (const auto name : words(operation.required)) {
    if (!is_message(operation) || name != "apiKey") params.push_back({name, "1"});
  }
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
