// The Authoriser seam: may this be signed? It sees facts, never bytes or keys.
#pragma once

#include <cstdint>
#include <string_view>

#include "custos/request.h"
#include "facts/facts.h"

namespace custos::authorise {

// Intent gives the intent digest to an authoriser that wants one (an approval names it); grants do not pay for it.
class Intent {
 public:
  explicit Intent(const facts::Facts& facts) noexcept : facts_(facts) {}
  [[nodiscard]] Digest32 digest() const { return facts::intent_digest(facts_); }

 private:
  const facts::Facts& facts_;
};

struct Decision {
  enum class Verdict : std::uint8_t { allow, deny, needs_approval };
  Verdict verdict = Verdict::deny;
  std::uint32_t rule_id = 0;         // which rule spoke; grants: the ClassSet bits that are missing
  std::uint64_t grants_version = 0;  // of the grants that were judged
};

// Authoriser decides. Thread-safe and noexcept: it runs on the request path.
class Authoriser {
 public:
  Authoriser() = default;
  Authoriser(const Authoriser&) = delete;
  Authoriser& operator=(const Authoriser&) = delete;
  virtual ~Authoriser() = default;
  [[nodiscard]] virtual Decision authorise(const facts::Facts& facts, const Intent& intent,
                                           const SignContext& context) const noexcept = 0;
};

}  // namespace custos::authorise
