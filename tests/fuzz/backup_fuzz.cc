// The formats of a backup, layer by layer: what a layer accepts, written out again, reads back the same. The first byte of an
// input chooses the layer. The box is opened under a fixed key, so that no Argon2id stands before its parser.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "custodian/backup_archive.h"
#include "custodian/backup_box.h"
#include "custodian/restore_marker.h"

namespace {

using custos::BackupArchive;
using custos::Bytes;
using custos::ByteView;

void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void header(ByteView input) {
  const auto parsed = custos::BoxHeader::parse(input);
  if (!parsed) return;
  expect(std::ranges::equal(parsed->encode(), input.first(custos::BoxHeader::kSize)), "a header is written as another one");
}

void box(ByteView input) {
  static const auto key = *custos::SecretBytes::copy_of(Bytes(32, 7));
  static_cast<void>(custos::open_box_with(input, key).has_value());
  const auto sealed = custos::seal_box_with(input, key, {});
  const auto opened = custos::open_box_with(*sealed, key);
  expect(opened && std::ranges::equal(*opened, input), "a box does not open to what was sealed");
  Bytes edited = *sealed;
  edited.at(custos::BoxHeader::kSize + (input.empty() ? 0 : input[0] % (edited.size() - custos::BoxHeader::kSize))) ^= 1U;
  expect(!custos::open_box_with(edited, key), "an edited box opens");
}

void manifest(ByteView input) {
  const auto parsed = custos::parse_manifest(custos::as_text(input));
  if (!parsed) return;
  const auto again = custos::parse_manifest(custos::to_json(*parsed));
  expect(again && *again == *parsed, "a manifest does not read back");
}

void archive(ByteView input) {
  const auto unpacked = BackupArchive::unpack(Bytes(input.begin(), input.end()));
  if (!unpacked) return;
  custos::BackupManifest same = unpacked->manifest();
  std::vector<BackupArchive::Part> parts;
  for (const auto& part : unpacked->manifest().parts) parts.push_back({part.name, unpacked->part(part.name)});
  const auto again = BackupArchive::unpack(BackupArchive::pack(same, parts));
  expect(again && again->manifest() == unpacked->manifest(), "an archive does not read back");
  for (const auto& part : parts) expect(std::ranges::equal(again->part(part.name), part.bytes), "a part does not read back");
}

void marker(ByteView input) {
  const auto parsed = custos::RestoreMarker::parse(custos::as_text(input));
  if (parsed) expect(parsed->encode() == custos::as_text(input), "a marker is written as another one");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr void (*kLayers[])(ByteView) = {header, box, manifest, archive, marker};
  if (size == 0) return 0;
  kLayers[data[0] % std::size(kLayers)]({data + 1, size - 1});
  return 0;
}
