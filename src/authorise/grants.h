// Grants: the authoriser of this release. A credential is granted a set of operation classes; whatever the signed bytes reach
// must be granted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "authorise/authoriser.h"
#include "custos/result.h"

namespace custos::authorise {

inline constexpr facts::ClassSet kDefaultGrants{facts::OperationClass::read, facts::OperationClass::trade};

class Grants final : public Authoriser {
 public:
  Grants(facts::ClassSet granted, std::uint64_t version) noexcept : granted_(granted), version_(version) {}
  [[nodiscard]] Decision authorise(const facts::Facts& facts, const Intent& intent,
                                   const SignContext& context) const noexcept override;

 private:
  facts::ClassSet granted_;
  std::uint64_t version_;
};

// parse_grants reads class names. Errors: bad_input, naming the word and the known ones.
[[nodiscard]] Result<facts::ClassSet> parse_grants(const std::vector<std::string>& names);
// grant_names lists a set in the order of the classes.
[[nodiscard]] std::vector<std::string> grant_names(facts::ClassSet granted);

}  // namespace custos::authorise
