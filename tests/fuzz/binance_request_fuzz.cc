// Fuzzes the Binance canonicaliser. An input is up to seven lines: method, path, query, body, host, header name, header value; a
// body line that begins with "@" gives parameters instead, as name=value pairs separated by tabs.
//
// What must hold: the same request gives the same answer twice; the preimage is the sent query and body without the signature;
// the facts' parameters, encoded again, are an acceptable request with the same facts; nothing is written past the buffer.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "encode/percent.h"
#include "exchange/venue.h"

namespace {

using custos::BoundedWriter;
using custos::NameValue;
using custos::RequestView;
using custos::SignStatus;
using custos::exchange::CanonicalContext;
using custos::exchange::Draft;
using custos::exchange::Venue;

constexpr std::int64_t kNowMs = 1'700'000'000'000;
constexpr std::size_t kCapacity = 4096;
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

bool same(std::span<const NameValue> a, std::span<const NameValue> b) {
  return std::ranges::equal(a, b, [](const NameValue& x, const NameValue& y) { return x.name == y.name && x.value == y.value; });
}

void check_guard(const Draft& draft) {
  for (std::size_t i = 0; i < kGuard; ++i) require(draft.memory[kCapacity + i] == '#');
}

// Guarded is a draft whose memory ends in bytes that nothing may write to.
struct Guarded {
  Guarded() : draft(kCapacity + kGuard) {
    draft.capacity = kCapacity;
    for (std::size_t i = 0; i < kGuard; ++i) draft.memory[kCapacity + i] = '#';
  }
  Draft draft;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  RequestView request;
  request.method = take_until(text, '\n');
  request.path = take_until(text, '\n');
  request.query = take_until(text, '\n');
  request.body = take_until(text, '\n');
  request.host = take_until(text, '\n');
  const NameValue header{take_until(text, '\n'), text};
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

  const Venue& venue = *custos::exchange::find_venue("binance");
  CanonicalContext context;
  context.credential = "main";
  context.environment = "live";
  context.api_key = "key";
  context.now_ms = kNowMs;
  Guarded first;
  Guarded second;
  Draft& draft = first.draft;
  const SignStatus status = venue.canonicalise(venue, request, context, draft);
  const SignStatus again = venue.canonicalise(venue, request, context, second.draft);
  check_guard(draft);
  require(status.code == again.code && status.native == again.native);
  require(draft.preimage == second.draft.preimage && draft.facts.reachable == second.draft.facts.reachable);
  if (!status.ok()) {
    require(!explain(status, draft).empty() && draft.preimage.empty() && draft.placement.room.empty());
    return 0;
  }

  require(draft.facts.reachable.has(draft.facts.operation_class));
  require(!draft.preimage.empty() && draft.preimage.front() != '\0');
  require(draft.facts.timestamp_ms <= kNowMs + 5000);

  std::string encoded(kCapacity * 4, '\0');
  BoundedWriter out(encoded);
  for (const auto& [name, value] : draft.facts.params) {
    if (out.size() != 0) out.append('&');
    out.append(name).append('=');
    custos::encode::percent_encode(value, out);
  }
  RequestView plain;
  plain.method = request.method;
  plain.path = request.path;
  plain.host = request.host;
  plain.query = out.written();
  Draft other(kCapacity * 8);
  require(venue.canonicalise(venue, plain, context, other).ok());
  require(same(draft.facts.params, other.facts.params) && draft.facts.path == other.facts.path);
  require(draft.facts.operation_class == other.facts.operation_class);

  const std::string preimage(draft.preimage);
  const std::array<std::uint8_t, 32> signature{};
  require(venue.place(venue, signature, context, draft).ok());
  check_guard(draft);
  const std::size_t mark = draft.target.find('?');
  std::string sent(mark == std::string_view::npos ? std::string_view{} : draft.target.substr(mark + 1));
  sent += draft.body;
  require(sent == preimage + "&signature=" + std::string(draft.signature));
  return 0;
}
