// Signatures by private keys in software: Custos's engines beside OpenSSL's raw calls.
#include "custos/secret.h"
#include "key/openssl.h"
#include "software/engine.h"
#include "tools/bench/closed_loop.h"
#include "tools/bench/groups.h"
#include "tools/bench/plan.h"
#include "tools/bench/sample_message.h"

namespace custos::bench {
namespace {

using key::Algorithm;

constexpr std::size_t kMessageSize = 150;
using Place = std::array<std::uint8_t, key::kMaxSignature>;

class EngineSubject final : public Subject {
 public:
  EngineSubject(const software::Engine& engine, std::size_t size, ByteView message)
      : engine_(engine), size_(size), message_(message) {}
  bool sign() noexcept override { return engine_.sign(message_, std::span(place_).first(size_)).ok(); }

 private:
  const software::Engine& engine_;
  const std::size_t size_;
  const ByteView message_;
  Place place_{};
};

// EvpSubject is what a program does that keeps its key and its context: EVP_DigestSignInit_ex and EVP_DigestSign.
class EvpSubject final : public Subject {
 public:
  EvpSubject(OSSL_LIB_CTX* library, EVP_PKEY* key, const char* digest, ByteView message)
      : library_(library), key_(key), digest_(digest), message_(message) {}
  bool sign() noexcept override {
    std::size_t size = place_.size();
    return EVP_DigestSignInit_ex(work_.get(), nullptr, digest_, library_, nullptr, key_, nullptr) == 1 &&
           EVP_DigestSign(work_.get(), place_.data(), &size, message_.data(), message_.size()) == 1;
  }

 private:
  OSSL_LIB_CTX* const library_;
  EVP_PKEY* const key_;
  const char* const digest_;
  const ByteView message_;
  const key::EvpDigestContext work_{EVP_MD_CTX_new()};
  Place place_{};
};

// Rivals is a key of Custos's and one of OpenSSL's own, of the same algorithm.
struct Rivals {
  const key::AlgorithmFacts& facts;
  std::unique_ptr<software::Engine> engine;
  key::EvpKey key;
};

key::EvpKey openssl_key(OSSL_LIB_CTX* library, Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::ed25519: return key::EvpKey(EVP_PKEY_Q_keygen(library, nullptr, "ED25519"));
    case Algorithm::ecdsa_p256: return key::EvpKey(EVP_PKEY_Q_keygen(library, nullptr, "EC", "P-256"));
    case Algorithm::ecdsa_secp256k1: return key::EvpKey(EVP_PKEY_Q_keygen(library, nullptr, "EC", "secp256k1"));
    default: return key::EvpKey(EVP_PKEY_Q_keygen(library, nullptr, "RSA", 8 * key::facts_of(algorithm).signature_size));
  }
}

Result<Rivals> make_rivals(const std::shared_ptr<const software::OpenSslContext>& context, Algorithm algorithm) {
  auto material = software::generate_material(*context, algorithm);
  if (!material) return material.failure();
  auto engine = software::make_engine(context, algorithm, *material);
  if (!engine) return engine.failure();
  key::EvpKey key = openssl_key(context->get(), algorithm);
  if (key == nullptr) return fail(Errc::system, Origin::crypto, "OpenSSL cannot make a key to compare with");
  return Rivals{key::facts_of(algorithm), *std::move(engine), std::move(key)};
}

}  // namespace

Result<void> run_signing_group(const Run& run) {
  auto context = software::OpenSslContext::open({});
  if (!context) return context.failure();
  const SampleMessage sample(kMessageSize);
  const ByteView message = sample.view();
  std::vector<Rivals> all;
  for (const auto algorithm : {Algorithm::ed25519, Algorithm::ecdsa_p256, Algorithm::ecdsa_secp256k1, Algorithm::rsa_2048}) {
    auto rivals = make_rivals(*context, algorithm);
    if (!rivals) return rivals.failure();
    all.push_back(*std::move(rivals));
  }

  std::vector<Case> cases;
  for (const Rivals& rivals : all) {
    const std::string option(rivals.facts.option), name(rivals.facts.name);
    const auto add = [&](const std::string& who, const std::string& title, SubjectFactory make) {
      Measurement head{"signing", option + '_' + who, name + ", " + title, {.message_size = kMessageSize}};
      cases.push_back({std::move(head), [make = std::move(make), &run] {
                         return run_closed_loop(make, 1, run.effort.closed_loop, Rearming::counted);
                       }});
    };
    add("custos", "Custos",
        [&rivals, message] { return std::make_unique<EngineSubject>(*rivals.engine, rivals.facts.signature_size, message); });
    add("openssl", "OpenSSL's EVP_DigestSign", [&rivals, message, library = (*context)->get()] {
      const char* digest = rivals.facts.algorithm == Algorithm::ed25519 ? nullptr : "SHA256";
      return std::make_unique<EvpSubject>(library, rivals.key.get(), digest, message);
    });
  }
  run_cases(std::move(cases), run.effort.repetitions, run.progress, run.report);
  return {};
}

}  // namespace custos::bench
