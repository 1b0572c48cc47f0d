#include "authorise/grants.h"

#include "encode/quote.h"

namespace custos::authorise {

Decision Grants::authorise(const facts::Facts& facts, const Intent&, const SignContext&) const noexcept {
  facts::ClassSet needed = facts.reachable;
  needed.add(facts.operation_class);
  const facts::ClassSet missing = needed.without(granted_);
  return {missing.empty() ? Decision::Verdict::allow : Decision::Verdict::deny, missing.bits(), version_};
}

Result<Granted> parse_grants(const std::vector<std::string>& names) {
  Granted granted;
  for (const auto& name : names) {
    if (name == kFallbackGrant) {
      granted.fallback = true;
    } else if (name == kGenericGrant) {
      granted.generic = true;
    } else if (const auto parsed = facts::parse_operation_class(name)) {
      granted.classes.add(*parsed);
    } else {
      std::string known;
      for (const auto known_name : facts::kClassNames) known += std::string(known_name) + ", ";
      return fail(Errc::bad_input, Origin::grants,
                  "no operation class is called " + encode::quoted(name) + "; use " + known + std::string(kFallbackGrant) +
                      " or " + std::string(kGenericGrant));
    }
  }
  return granted;
}

std::vector<std::string> grant_names(const Granted& granted) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < facts::kClassNames.size(); ++i) {
    if (granted.classes.has(static_cast<facts::OperationClass>(i))) names.emplace_back(facts::kClassNames[i]);
  }
  if (granted.fallback) names.emplace_back(kFallbackGrant);
  if (granted.generic) names.emplace_back(kGenericGrant);
  return names;
}

}  // namespace custos::authorise
