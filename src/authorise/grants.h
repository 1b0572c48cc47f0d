// Grants: the authoriser of this release. A credential is granted a set of operation classes; whatever the signed bytes reach
// must be granted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "authorise/authoriser.h"
#include "custos/result.h"

namespace custos::authorise {

// kFallbackGrant is the word that lets a credential's fallback key sign while the device of its own is away. It stands among the
// classes, and no request has it.
inline constexpr std::string_view kFallbackGrant = "fallback";

// kGenericGrant is the word that lets a credential sign for a venue that custos.toml defines, in production.
inline constexpr std::string_view kGenericGrant = "generic";

// Granted is what a credential may do.
struct Granted {
  facts::ClassSet classes;
  bool fallback = false;
  bool generic = false;

  void add(const Granted& more) noexcept {
    classes.add(more.classes);
    fallback = fallback || more.fallback;
    generic = generic || more.generic;
  }
  [[nodiscard]] Granted without(const Granted& less) const noexcept {
    return {classes.without(less.classes), fallback && !less.fallback, generic && !less.generic};
  }
  friend bool operator==(const Granted&, const Granted&) = default;
};

inline constexpr Granted kDefaultGrants{{facts::OperationClass::read, facts::OperationClass::trade}};

class Grants final : public Authoriser {
 public:
  Grants(facts::ClassSet granted, std::uint64_t version) noexcept : granted_(granted), version_(version) {}
  using Authoriser::authorise;
  [[nodiscard]] Decision authorise(const facts::Facts& facts, const Intent& intent,
                                   const SignContext& context) const noexcept override;

 private:
  facts::ClassSet granted_;
  std::uint64_t version_;
};

// parse_grants reads class names, "fallback" and "generic". Errors: bad_input, naming the word and the known ones.
[[nodiscard]] Result<Granted> parse_grants(const std::vector<std::string>& names);
// grant_names lists what is granted, in the order of the classes.
[[nodiscard]] std::vector<std::string> grant_names(const Granted& granted);

}  // namespace custos::authorise
