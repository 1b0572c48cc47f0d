// Fuzzes the JSON reader: what it accepts, nlohmann accepts and reads the same names and values from; what it refuses as
// malformed because of its grammar alone, nlohmann refuses too; and a string's content, written again, reads the same.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "support/json_compare.h"

namespace {

using custos::exchange::JsonCheck;
using custos::exchange::JsonFault;

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void check_written_string(std::string_view text) {
  std::string buffer(text.size() * 6 + 2, '\0');
  custos::BoundedWriter out(buffer);
  out.append('"');
  custos::exchange::write_json_string(text, out);
  out.append('"');
  require(!out.overflowed(), "a string is written longer than six times its size");
  const JsonCheck check = custos::exchange::check_json(out.written());
  if (check.fault != JsonFault::none) {
    require(check.fault == JsonFault::not_utf8 || text.find('\0') != std::string_view::npos, "a written string does not read");
    return;
  }
  require(custos::test::text_of(check.value) == text, "a written string reads otherwise");
  require(custos::exchange::is_string(check.value, text), "a written string is not itself");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_written_string(text);

  const JsonCheck check = custos::exchange::check_json(text);
  const auto theirs = nlohmann::ordered_json::parse(text, nullptr, false);
  if (check.fault == JsonFault::none) {
    require(!theirs.is_discarded(), "accepted, and nlohmann refuses it");
    const std::string found = custos::test::difference(check.value, theirs);
    require(found.empty(), found.c_str());
    return 0;
  }
  require(check.where.empty() || (check.where.data() >= text.data() && check.where.data() <= text.data() + size),
          "a refusal shows something else than the text");
  // Of what we call malformed, nlohmann takes only a zero character in a string, and a zero byte, which ends the text to it.
  const bool has_zero = text.find("\\u0000") != std::string::npos || text.find('\0') != std::string::npos;
  if (check.fault == JsonFault::malformed && !has_zero) require(theirs.is_discarded(), "malformed, and nlohmann accepts it");
  return 0;
}
