#include "registry/seal.h"

#include <algorithm>

#include "registry/row_table.h"

namespace custos::registry {
namespace {

constexpr std::string_view kMark = "custos-mirror-v1";
constexpr std::size_t kHeadSize = 8 + 32;

void append_head(Bytes& out, const Head& head) {
  append_number(out, head.counter);
  out.insert(out.end(), head.hash.begin(), head.hash.end());
}

Head read_head(ByteView bytes) {
  Head head;
  for (const auto byte : bytes.first(8)) head.counter = head.counter << 8 | byte;
  std::ranges::copy(bytes.subspan(8, 32), head.hash.begin());
  return head;
}

}  // namespace

Bytes encode_mirror(const Mirror& mirror) {
  Bytes out(kMark.begin(), kMark.end());
  out.push_back(mirror.pending ? 1 : 0);
  append_head(out, mirror.current);
  if (mirror.pending) append_head(out, *mirror.pending);
  return out;
}

Result<Mirror> decode_mirror(ByteView bytes) {
  const std::size_t fixed = kMark.size() + 1 + kHeadSize;
  const bool marked = bytes.size() >= fixed && as_text(bytes.first(kMark.size())) == kMark;
  const std::uint8_t flag = marked ? bytes[kMark.size()] : 0;
  if (!marked || flag > 1 || bytes.size() != fixed + flag * kHeadSize) {
    return fail(Errc::integrity, Origin::registry,
                "the token's record of this registry cannot be read: restore the home and its token from a backup");
  }
  Mirror mirror;
  mirror.current = read_head(bytes.subspan(kMark.size() + 1));
  if (flag == 1) mirror.pending = read_head(bytes.subspan(fixed));
  return mirror;
}

}  // namespace custos::registry
