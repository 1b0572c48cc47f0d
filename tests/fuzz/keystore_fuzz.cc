// What KeystoreImage::parse accepts, encode_keystore writes again byte for byte, and every entry reads as what it was encoded
// from. A fuzzer cannot guess a checksum: an input whose checksum is wrong is also tried with the right one.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "hash/hash.h"
#include "software/keystore_format.h"

namespace {

using custos::Bytes;
using custos::ByteView;
using custos::software::EntryAbout;
using custos::software::KeystoreImage;

constexpr std::size_t kSlotAt = 36;

void require(bool holds) {
  if (!holds) std::abort();
}

bool same(ByteView a, ByteView b) { return std::ranges::equal(a, b); }

void check(const Bytes& file) {
  const auto image = KeystoreImage::parse(file);
  if (!image) {
    require(image.error().code == custos::Errc::integrity && !image.error().detail.empty());
    return;
  }
  for (std::size_t i = 0; i < image->size(); ++i) {
    const auto entry = image->at(i);
    const auto about = entry.about.encode();
    require(about && same(*about, entry.encoded_about));
    const auto whole = custos::software::encode_entry(*about, entry.box);
    require(whole && same(*whole, entry.whole));
    const auto found = image->find(entry.about.id);
    require(found && same(found->whole, entry.whole) && image->has_label(entry.about.label));
  }
  const auto again = custos::software::encode_keystore(image->header(), image->entries(), [&](auto) { return image->mac(); });
  require(again && same(*again, file));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes file(data, data + size);
  check(file);
  if (size < custos::software::kGenerationOffset + 32) return 0;
  const std::array parts{ByteView(file).first(kSlotAt),
                         ByteView(file).first(size - 32).subspan(custos::software::kGenerationOffset)};
  std::ranges::copy(custos::hash::sha256(parts), file.end() - 32);
  check(file);
  return 0;
}
