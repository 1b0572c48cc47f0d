// The Authoriser seam: may this be signed? It sees facts, never bytes or keys.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "custos/request.h"
#include "facts/facts.h"
#include "facts/transaction_facts.h"

namespace custos::authorise {

// Intent gives the intent digest to an authoriser that wants one (an approval names it); grants do not pay for it.
class Intent {
 public:
  explicit Intent(const facts::Facts& facts) noexcept : facts_(facts) {}
  [[nodiscard]] Digest32 digest() const { return facts::intent_digest(facts_); }

 private:
  const facts::Facts& facts_;
};

// TransactionIntent does the same for a transaction: `signed_bytes` answers a hash of all that will be signed.
class TransactionIntent {
 public:
  TransactionIntent(const facts::TransactionFacts& facts, std::function<Digest32()> signed_bytes) noexcept
      : facts_(facts), signed_bytes_(std::move(signed_bytes)) {}
  [[nodiscard]] Digest32 digest() const { return facts::intent_digest(facts_, signed_bytes_()); }

 private:
  const facts::TransactionFacts& facts_;
  std::function<Digest32()> signed_bytes_;
};

struct Decision {
  enum class Verdict : std::uint8_t { allow, deny, needs_approval };
  Verdict verdict = Verdict::deny;
  std::uint32_t rule_id = 0;         // which rule spoke; grants: the ClassSet bits that are missing, a TransactionRule above them
  std::uint64_t grants_version = 0;  // of the grants that were judged
};

// Authoriser decides, on requests or on transactions; what it has no rules for is denied. Thread-safe and noexcept: it runs on
// the request path.
class Authoriser {
 public:
  Authoriser() = default;
  Authoriser(const Authoriser&) = delete;
  Authoriser& operator=(const Authoriser&) = delete;
  virtual ~Authoriser() = default;
  [[nodiscard]] virtual Decision authorise(const facts::Facts&, const Intent&, const SignContext&) const noexcept { return {}; }
  [[nodiscard]] virtual Decision authorise(const facts::TransactionFacts&, const TransactionIntent&,
                                           const SignContext&) const noexcept {
    return {};
  }
};

}  // namespace custos::authorise
