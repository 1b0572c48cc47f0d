// Fuzzes the dYdX canonicaliser. An input is the size of a TxBody in two bytes (big-endian), the TxBody, and the AuthInfo; one
// that begins with "{" is the JSON body itself.
//
// What must hold: the same request gives the same answer twice; nothing is written past the buffer; the preimage is the SignDoc
// of exactly those bytes, and what is sent is the TxRaw of them and the signature; the class is reached.
#include <secp256k1.h>
#include <sodium.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exchange/venue.h"
#include "exchange/venues/venues.h"

namespace {

using custos::RequestView;
using custos::SignStatus;
using custos::exchange::CanonicalContext;
using custos::exchange::Draft;

constexpr std::int64_t kNowMs = 1'700'000'000'000;
constexpr std::size_t kCapacity = 16'384;
constexpr std::size_t kGuard = 32;
constexpr int kBase64 = sodium_base64_VARIANT_ORIGINAL;

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

std::string to_base64(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), kBase64), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), kBase64);
  text.pop_back();
  return text;
}

std::string field(char tag, std::string_view bytes) {
  std::string text(1, tag);
  std::size_t size = bytes.size();
  for (; size >= 128; size /= 128) text += static_cast<char>(size % 128 + 128);
  return (text += static_cast<char>(size)) += bytes;
}

// key_point is the public key of 0x0123456789…, which the corpus's transactions name.
const std::array<std::uint8_t, 65>& key_point() {
  static const auto point = [] {
    std::array<std::uint8_t, 32> secret{};
    for (std::size_t i = 0; i < secret.size(); ++i) {
      secret[i] = std::array<std::uint8_t, 5>{0x01, 0x23, 0x45, 0x67, 0x89}[i % 5];
    }
    secp256k1_context* context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    secp256k1_pubkey key;
    require(secp256k1_ec_pubkey_create(context, &key, secret.data()) == 1);
    std::array<std::uint8_t, 65> bytes{};
    std::size_t size = bytes.size();
    secp256k1_ec_pubkey_serialize(context, bytes.data(), &size, &key, SECP256K1_EC_UNCOMPRESSED);
    secp256k1_context_destroy(context);
    return bytes;
  }();
  return point;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  std::string body(input), tx_body, auth_info;
  const bool raw = !input.starts_with('{');
  if (raw) {
    if (size < 2) return 0;
    const std::size_t middle = std::min<std::size_t>(data[0] * 256U + data[1], size - 2);
    tx_body = input.substr(2, middle);
    auth_info = input.substr(2 + middle);
    body = R"({"body_bytes":")" + to_base64(tx_body) + R"(","auth_info_bytes":")" + to_base64(auth_info) +
           R"(","chain_id":"dydx-mainnet-1","account_number":"7"})";
  }

  RequestView request;
  request.method = "POST";
  request.path = "/cosmos/tx/v1beta1/txs";
  request.body = body;
  CanonicalContext context;
  context.credential = "main";
  context.environment = "live";
  context.api_key = "dydx14zzueazeh0hj67cghhf9jypslcf9sh2n5k6art";
  context.now_ms = kNowMs;
  context.algorithm = "ECDSA-secp256k1";
  context.signature_size = 64;
  context.public_key = key_point();
  const auto& venue = custos::exchange::kDydx;
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
  std::array<std::uint8_t, 64> signature{};
  signature[31] = signature[63] = 1;
  const std::string shared = field('\x0A', tx_body) + field('\x12', auth_info);
  if (raw) require(draft.preimage == shared + field('\x1A', "dydx-mainnet-1") + "\x20\x07");
  require(venue.place(venue, signature, context, draft).ok());
  first.check();
  const std::string sent = shared + field('\x1A', {reinterpret_cast<const char*>(signature.data()), signature.size()});
  if (raw) require(draft.body == R"({"tx_bytes":")" + to_base64(sent) + R"(","mode":"BROADCAST_MODE_SYNC"})");
  return 0;
}
