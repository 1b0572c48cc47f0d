// Fuzzes the Hyperliquid canonicaliser. An input is a JSON body of POST /exchange, of the live environment; one that begins with
// "~" is of the testnet.
//
// What must hold: the same request gives the same answer twice; nothing is written past the buffer; the signed body is JSON that
// holds the caller's action unchanged, and, without its signature, gives the same digest again; the class is reached.
#include <secp256k1.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exchange/json.h"
#include "exchange/venue.h"
#include "exchange/venues/venues.h"

namespace {

using custos::RequestView;
using custos::SignStatus;
using custos::exchange::CanonicalContext;
using custos::exchange::Draft;
using custos::exchange::JsonFault;
using custos::exchange::JsonValue;

constexpr std::int64_t kNowMs = 1'700'000'000'000;
constexpr std::size_t kCapacity = 8192;
constexpr std::size_t kGuard = 32;

void require(bool holds) {
  if (!holds) std::abort();
}

// Guarded is a draft whose memory ends in bytes that nothing may write to.
struct Guarded {
  Guarded() : draft(kCapacity + kGuard) {
    draft.capacity = kCapacity;
    for (std::size_t i = 0; i < kGuard; ++i) draft.memory[kCapacity + i] = '#';
  }
  void check() const {
    for (std::size_t i = 0; i < kGuard; ++i) require(draft.memory[kCapacity + i] == '#');
  }
  Draft draft;
};

// Key is the one of the SDK's vectors.
class Key {
 public:
  Key() : context_(secp256k1_context_create(SECP256K1_CONTEXT_NONE)) {
    for (std::size_t i = 0; i < secret_.size(); ++i) {
      secret_[i] = std::array<std::uint8_t, 5>{0x01, 0x23, 0x45, 0x67, 0x89}[i % 5];
    }
    secp256k1_pubkey key;
    require(secp256k1_ec_pubkey_create(context_, &key, secret_.data()) == 1);
    std::size_t size = point.size();
    secp256k1_ec_pubkey_serialize(context_, point.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED);
  }
  [[nodiscard]] std::array<std::uint8_t, 64> sign(std::string_view digest) const {
    require(digest.size() == 32);
    secp256k1_ecdsa_signature signature;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(digest.data());
    require(secp256k1_ecdsa_sign(context_, &signature, bytes, secret_.data(), nullptr, nullptr) == 1);
    std::array<std::uint8_t, 64> compact{};
    secp256k1_ecdsa_signature_serialize_compact(context_, compact.data(), &signature);
    return compact;
  }
  std::array<std::uint8_t, 65> point{};

 private:
  secp256k1_context* context_;
  std::array<std::uint8_t, 32> secret_{};
};

// without removes the member `signature` from a body that Custos wrote.
std::string without_signature(std::string_view body, JsonValue signature) {
  const std::size_t begin =
      static_cast<std::size_t>(signature.raw.data() - body.data()) - std::string_view(R"(,"signature":)").size();
  const std::size_t end = static_cast<std::size_t>(signature.raw.data() - body.data()) + signature.raw.size();
  return std::string(body.substr(0, begin)) + std::string(body.substr(end));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Key key;
  std::string_view body(reinterpret_cast<const char*>(data), size);
  const bool testnet = body.starts_with('~');
  if (testnet) body.remove_prefix(1);

  RequestView request;
  request.method = "POST";
  request.path = "/exchange";
  request.body = body;
  CanonicalContext context;
  context.credential = "main";
  context.environment = testnet ? "testnet" : "live";
  context.api_key = "0x14791697260e4c9a71f18484c9f997b308e59325";
  context.now_ms = kNowMs;
  context.algorithm = "ECDSA-secp256k1";
  context.signature_size = 64;
  context.public_key = key.point;
  const auto& venue = custos::exchange::kHyperliquid;
  Guarded first, second;
  Draft& draft = first.draft;
  const SignStatus status = venue.canonicalise(venue, request, context, draft);
  const SignStatus again = venue.canonicalise(venue, request, context, second.draft);
  first.check();
  require(status.code == again.code && status.native == again.native);
  require(draft.preimage == second.draft.preimage && draft.facts.reachable == second.draft.facts.reachable);
  if (!status.ok()) {
    require(!explain(status, draft).empty() && draft.preimage.empty());
    return 0;
  }

  require(draft.facts.reachable.has(draft.facts.operation_class) && draft.facts.body == body);
  const std::string digest(draft.preimage);
  require(venue.place(venue, key.sign(digest), context, draft).ok());
  first.check();
  const auto sent = custos::exchange::check_json(draft.body);
  const auto given = custos::exchange::check_json(body);
  require(sent.fault == JsonFault::none && given.fault == JsonFault::none);
  require(member(sent.value, "action").raw == member(given.value, "action").raw);
  const JsonValue signature = member(sent.value, "signature");
  require(signature.raw == draft.signature && signature.raw.size() == 2 * 64 + 26);

  const std::string back = without_signature(draft.body, signature);
  request.body = back;
  require(venue.canonicalise(venue, request, context, second.draft).ok());
  require(second.draft.preimage == digest && second.draft.facts.operation_class == draft.facts.operation_class);
  return 0;
}
