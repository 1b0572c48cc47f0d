// What TokenUri::parse accepts, text writes so that parse gives the same value again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hsm/token_uri.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto uri = custos::hsm::TokenUri::parse({reinterpret_cast<const char*>(data), size});
  if (!uri) return 0;
  const auto again = custos::hsm::TokenUri::parse(uri->text());
  if (!again || !(*again == *uri)) std::abort();
  return 0;
}
