// Fuzzes every venue's canonicaliser. An input's first line is "VENUE ALGORITHM KIND"; then come up to eight lines: method, path,
// query, body, host, nonce, receive window, header as name=value; a body line that begins with "@" gives parameters instead, as
// name=value pairs separated by tabs.
//
// What must hold: the same request gives the same answer twice; an answer's class is among what it reaches; a refused request
// leaves nothing that could be sent; the signature can be placed once; nothing is written past the buffer; no preimage begins
// with a zero byte, with which check values do.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "exchange/venue.h"
#include "key/algorithm.h"

namespace {

using custos::NameValue;
using custos::RequestKind;
using custos::RequestView;
using custos::SignStatus;
using custos::exchange::CanonicalContext;
using custos::exchange::Draft;
using custos::exchange::Venue;

constexpr std::int64_t kNowMs = 1'700'000'000'000;
constexpr std::size_t kCapacity = 8192;
constexpr std::size_t kGuard = 32;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string_view take_until(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view head = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return head;
}

// Guarded is a draft whose memory ends in bytes that nothing may write to.
struct Guarded {
  Guarded() : draft(kCapacity + kGuard) {
    draft.capacity = kCapacity;
    std::fill_n(draft.memory.get() + kCapacity, kGuard, '#');
  }
  void check() const {
    for (std::size_t i = 0; i < kGuard; ++i) require(draft.memory[kCapacity + i] == '#');
  }
  Draft draft;
};

// Counter hands out the same nonces each time it is made.
class Counter final : public custos::exchange::NonceSource {
 public:
  std::uint64_t next(std::uint64_t clock) noexcept override { return clock + 1; }
  bool take(std::uint64_t nonce) noexcept override { return nonce > 1000; }
};

// judge answers whether the request was accepted, and checks what must hold of one answer.
SignStatus judge(const Venue& venue, const RequestView& request, const CanonicalContext& context, Guarded& guarded) {
  const SignStatus status = venue.canonicalise(venue, request, context, guarded.draft);
  guarded.check();
  const Draft& draft = guarded.draft;
  if (!status.ok()) {
    require(!explain(status, draft).empty());
    require(draft.url.empty() && draft.body.empty() && draft.message.empty() && draft.preimage.empty());
    return status;
  }
  require(draft.facts.reachable.has(draft.facts.operation_class));
  require(!draft.preimage.empty() && (draft.preimage.front() != '\0' || venue.signs_digest));
  require(draft.facts.timestamp_ms <= kNowMs + 5000);
  require(draft.param_count <= draft.params.size() && draft.header_count <= draft.headers.size());
  return status;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string_view head = take_until(text, '\n');
  const Venue* venue = custos::exchange::find_venue(take_until(head, ' '));
  const auto algorithm = custos::key::parse_algorithm(take_until(head, ' '));
  if (venue == nullptr || !algorithm) return 0;
  RequestView request;
  request.kind = head == "ws" ? RequestKind::ws : head == "fix" ? RequestKind::fix : RequestKind::rest;
  request.method = take_until(text, '\n');
  request.path = take_until(text, '\n');
  request.query = take_until(text, '\n');
  request.body = take_until(text, '\n');
  request.host = take_until(text, '\n');
  request.nonce = take_until(text, '\n');
  request.recv_window = take_until(text, '\n');
  const NameValue header{take_until(text, '='), text};
  if (!header.name.empty()) request.headers = {&header, 1};
  std::vector<NameValue> params;
  if (request.body.starts_with('@')) {
    for (std::string_view pairs = request.body.substr(1); !pairs.empty();) {
      std::string_view pair = take_until(pairs, '\t');
      const std::string_view name = take_until(pair, '=');
      params.push_back({name, pair});
    }
    request.params = params;
    request.body = {};
  }

  const custos::key::AlgorithmFacts& facts = custos::key::facts_of(*algorithm);
  std::array<std::uint8_t, 65> point{4};
  Counter nonces;
  CanonicalContext context;
  context.credential = "main";
  context.environment = "live";
  context.api_key = "key";
  context.passphrase = "phrase";
  context.now_ms = kNowMs;
  context.algorithm = facts.name;
  context.signature_size = facts.signature_size;
  context.public_key = std::span(point).first(facts.family == custos::key::Family::ed25519 ? 32 : 65);
  context.nonces = &nonces;

  static Guarded first, second;
  const SignStatus status = judge(*venue, request, context, first);
  const SignStatus again = judge(*venue, request, context, second);
  require(status.code == again.code && status.native == again.native);
  require(first.draft.facts.reachable == second.draft.facts.reachable && first.draft.operation == second.draft.operation);
  if (!status.ok() || facts.signature_size == 0) return 0;

  std::array<std::uint8_t, custos::key::kMaxSignature> signature;
  signature.fill(0x5A);
  const auto bytes = std::span(signature).first(facts.signature_size);
  const SignStatus placed = venue->place(*venue, bytes, context, first.draft);
  first.check();
  if (placed.ok()) require(!venue->place(*venue, bytes, context, first.draft).ok());
  return 0;
}
