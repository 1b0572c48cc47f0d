#include "authorise/grants.h"

#include "encode/quote.h"

namespace custos::authorise {

Decision Grants::authorise(const facts::Facts& facts, const Intent&, const SignContext&) const noexcept {
  facts::ClassSet needed = facts.reachable;
  needed.add(facts.operation_class);
  const facts::ClassSet missing = needed.without(granted_);
  return {missing.empty() ? Decision::Verdict::allow : Decision::Verdict::deny, missing.bits(), version_};
}

Result<facts::ClassSet> parse_grants(const std::vector<std::string>& names) {
  facts::ClassSet granted;
  for (const auto& name : names) {
    const auto parsed = facts::parse_operation_class(name);
    if (!parsed) {
      std::string known;
      for (const auto known_name : facts::kClassNames) known += (known.empty() ? "" : ", ") + std::string(known_name);
      return fail(Errc::bad_input, Origin::grants, "no operation class is called " + encode::quoted(name) + "; use " + known);
    }
    granted.add(*parsed);
  }
  return granted;
}

std::vector<std::string> grant_names(facts::ClassSet granted) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < facts::kClassNames.size(); ++i) {
    if (granted.has(static_cast<facts::OperationClass>(i))) names.emplace_back(facts::kClassNames[i]);
  }
  return names;
}

}  // namespace custos::authorise
