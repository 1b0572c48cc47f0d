// Fuzzes key paths: whatever is read is written again as a path that reads alike, whose every step is in range.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "key/key_path.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto path = custos::key::parse_key_path(text);
  if (!path) {
    require(path.error().code == custos::Errc::bad_input && !path.error().detail.empty());
    return 0;
  }
  require(path->size() <= custos::key::kMaxPathSteps);
  const auto written = custos::key::key_path_text(*path);
  require(written.size() == text.size());  // ' for h, and nothing else differs
  const auto again = custos::key::parse_key_path(written);
  require(again && *again == *path && custos::key::key_path_text(*again) == written);
  return 0;
}
