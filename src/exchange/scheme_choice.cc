#include "exchange/scheme_choice.h"

namespace custos::exchange {

const Scheme* scheme_for(const Venue& venue, RequestKind kind, std::string_view selector, std::string_view algorithm) noexcept {
  for (const Scheme& scheme : venue.schemes) {
    const bool selected =
        kind == RequestKind::rest ? selector.starts_with(scheme.select) : scheme.select.empty() || selector == scheme.select;
    if (scheme.kind == kind && selected && algorithm.starts_with(scheme.algorithm)) return &scheme;
  }
  return nullptr;
}

bool takes_body(const Parameters& parameters, std::string_view method) noexcept {
  const std::string_view list = parameters.body_methods;
  for (std::size_t at = list.find(method); at != std::string_view::npos; at = list.find(method, at + 1)) {
    const std::size_t end = at + method.size();
    if ((at == 0 || list[at - 1] == ' ') && (end == list.size() || list[end] == ' ')) return true;
  }
  return false;
}

}  // namespace custos::exchange
