#include "exchange/venue_case.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include <fstream>

#include "encode/base58.h"
#include "encode/hex.h"
#include "key/hmac_secret.h"
#include "key/key_material.h"
#include "key/private_key_file.h"
#include "software/openssl_context.h"
#include "support/test_data.h"

namespace custos::exchange::testing {
namespace {

Bytes from_base64(const std::string& text) {
  Bytes bytes(text.size());
  std::size_t size = 0;
  if (sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0) {
    ADD_FAILURE() << "no base64: " << text;
  }
  bytes.resize(size);
  return bytes;
}

SecretBytes secret_of(ByteView bytes) { return *SecretBytes::copy_of(bytes); }

// material_of reads a secret in the venue's form.
SecretBytes material_of(SecretForm form, key::Algorithm algorithm, const std::string& secret) {
  if (secret.starts_with("-----BEGIN")) {
    const auto none = [] { return Result<SecretBytes>(fail(Errc::bad_input, Origin::key, "encrypted")); };
    return std::move(key::read_pem(secret_of(as_bytes(secret)), none)->material);
  }
  const auto seed = [](Bytes bytes) {
    bytes.resize(32);  // seed, then public key
    return secret_of(bytes);
  };
  switch (form) {
    case SecretForm::seed_base64: return seed(from_base64(secret));
    case SecretForm::seed_base58: {
      SecretBytes bytes = *encode::secret_from_base58(as_bytes(secret).subspan(secret.find(':') + 1));
      bytes.truncate(32);
      return bytes;
    }
    case SecretForm::scalar_hex: return secret_of(*encode::from_hex(secret.starts_with("0x") ? secret.substr(2) : secret));
    case SecretForm::base64: return *key::normalise_hmac_secret(secret_of(from_base64(secret)), algorithm);
    default: return *key::normalise_hmac_secret(secret_of(as_bytes(secret)), algorithm);
  }
}

const std::shared_ptr<const software::OpenSslContext>& openssl() {
  static const auto opened = software::OpenSslContext::open({});
  return *opened;
}

}  // namespace

Json load_json(const std::string& path) {
  std::ifstream file(test::test_data(path));
  if (!file.is_open()) throw std::runtime_error("there is no file tests/data/" + path);
  return Json::parse(file);
}

TestKey::TestKey(const Venue& venue, const Json& credential)
    : algorithm(credential.at("algorithm")), api_key(credential.at("api_key")), passphrase(credential.value("passphrase", "")) {
  const auto known = key::parse_algorithm(algorithm);
  if (!known) throw std::runtime_error("no algorithm: " + algorithm);
  const key::AlgorithmFacts& facts = key::facts_of(*known);
  signature_size = facts.signature_size;
  SecretForm form = SecretForm::text;
  for (const SigningAlgorithm& one : venue.algorithms) {
    if (one.name == facts.name) form = one.secret;
  }
  const SecretBytes material = material_of(form, *known, credential.at("secret"));
  if (facts.is_asymmetric()) public_key = key::public_key_of(*known, material)->raw();
  const key::KeyUse use(*known, venue.signs_digest ? key::Scheme::ecdsa_digest : key::default_scheme(*known));
  engine = *software::make_engine(openssl(), use, material);
  if (venue.passphrase == PassphraseRule::mac_base64 && !passphrase.empty()) {
    Bytes mac(signature_size);
    EXPECT_TRUE(engine->sign(as_bytes(passphrase), mac).ok());
    std::string text(sodium_base64_ENCODED_LEN(mac.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), mac.data(), mac.size(), sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();
    passphrase = text;
  }
}

VenueCase::VenueCase(const Venue& of, const TestKey& with, const Json& request) : venue(of), key(with) {
  const std::string kind = request.value("kind", "rest");
  view.kind = kind == "ws" ? RequestKind::ws : kind == "fix" ? RequestKind::fix : RequestKind::rest;
  view.method = text(request, "method");
  view.path = text(request, "path");
  view.query = text(request, "query");
  view.body = text(request, "body");
  view.host = text(request, "host");
  view.recv_window = text(request, "recv_window");
  view.nonce = text(request, "nonce");
  view.params = params_ = pairs(request, "params");
  view.headers = headers_ = pairs(request, "headers");
  if (request.contains("expires")) view.expires_s = request.at("expires").get<std::int64_t>();
  context.credential = "main";
  context.environment = keep(request.value("environment", "live"));
  context.api_key = key.api_key;
  context.passphrase = key.passphrase;
  context.algorithm = key::facts_of(*key::parse_algorithm(key.algorithm)).name;
  context.signature_size = key.signature_size;
  context.public_key = key.public_key;
  context.nonces = &nonces_;
  context.now_ms = 1'700'000'000'000;
  if (request.contains("timestamp_ms")) {
    context.timestamp_ms = request.at("timestamp_ms").get<std::int64_t>();
    context.now_ms = *context.timestamp_ms;
  }
  context.now_ms = request.value("now_ms", context.now_ms);
}

std::string_view VenueCase::text(const Json& request, const char* name) {
  if (!request.contains(name)) return {};
  const Json& value = request.at(name);
  return keep(value.is_string() ? value.get<std::string>() : value.dump());
}

std::vector<NameValue> VenueCase::pairs(const Json& request, const char* name) {
  std::vector<NameValue> list;
  if (!request.contains(name)) return list;
  for (const Json& pair : request.at(name)) list.push_back({keep(pair.at(0)), keep(pair.at(1))});
  return list;
}

SignStatus VenueCase::sign() {
  if (const auto status = canonicalise(); !status.ok()) return status;
  Bytes signature(key.signature_size);
  if (const auto status = key.engine->sign(as_bytes(draft.preimage), signature); !status.ok()) return status;
  return venue.place(venue, signature, context, draft);
}

bool VenueCase::is_granted(facts::ClassSet granted) const {
  const authorise::Grants grants(granted, 1);
  return grants.authorise(draft.facts, authorise::Intent(draft.facts), {}).verdict == authorise::Decision::Verdict::allow;
}

std::vector<std::string> VenueCase::warnings() const {
  std::vector<std::string> list;
  for (std::size_t i = 0; i < draft.warning_count; ++i) list.emplace_back(draft.warnings[i]);
  return list;
}

Json throwaway_credential(const Venue& venue) {
  const SigningAlgorithm& algorithm = venue.algorithms.front();
  if (algorithm.secret == SecretForm::pem) {  // a documented one
    const Json vectors = load_json("vectors/venues/" + std::string(venue.name) + ".json");
    for (const auto& [name, one] : vectors.at("credentials").items()) {
      if (one.at("algorithm") == algorithm.name) return one;
    }
  }
  std::string secret = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";  // Binance's documented example
  switch (algorithm.secret) {
    case SecretForm::base64: secret += "AAAAAAAAAAAAAAAAAAAAAA=="; break;
    case SecretForm::seed_base64: secret = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="; break;  // RFC 8032, 7.1, test 1
    case SecretForm::seed_base58: secret = "ed25519:Bak8rWQKoNm4gWpPxXCGvkhKnGZpGjyPzzAPSUUp4Atk"; break;
    case SecretForm::scalar_hex: secret = "0x0123456789012345678901234567890123456789012345678901234567890123"; break;
    default: break;
  }
  return {{"algorithm", algorithm.name}, {"api_key", "testApiKey0123456789"}, {"secret", secret}, {"passphrase", "phrase-1"}};
}

}  // namespace custos::exchange::testing
