// Canonical bytes: what seals cover and what the token's mirror holds.
#include "registry/seal.h"

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "registry/registry_fixture.h"
#include "registry/row_table.h"

namespace custos::registry {
namespace {

Mirror sample_mirror() {
  Mirror mirror;
  mirror.current = {0x0102030405060708, {}};
  mirror.current.hash.fill(0xAA);
  mirror.pending = Head{9, {}};
  mirror.pending->hash.fill(0xBB);
  return mirror;
}

TEST(SealTest, AMirrorComesBackAsItWas) {
  for (const bool pending : {true, false}) {
    Mirror mirror = sample_mirror();
    if (!pending) mirror.pending.reset();
    auto decoded = decode_mirror(encode_mirror(mirror));
    ASSERT_TRUE(decoded) << decoded.error().detail;
    EXPECT_EQ(decoded->current, mirror.current);
    EXPECT_EQ(decoded->pending, mirror.pending);
  }
}

TEST(SealTest, AMirrorHasItsDocumentedBytes) {
  const Bytes bytes = encode_mirror(sample_mirror());
  ASSERT_EQ(bytes.size(), 16U + 1 + 40 + 40);
  EXPECT_EQ(as_text(ByteView(bytes).first(16)), "custos-mirror-v1");
  EXPECT_EQ(bytes[16], 1);
  EXPECT_EQ(bytes[17], 1) << "counters are big-endian";
  EXPECT_EQ(bytes[24], 8);
  EXPECT_EQ(bytes[25], 0xAA);
}

TEST(SealTest, AMirrorOfAnyOtherLengthMarkOrFlagIsRefused) {
  const Bytes good = encode_mirror(sample_mirror());
  for (std::size_t size = 0; size < good.size(); ++size) {
    expect_integrity(decode_mirror(ByteView(good).first(size)), "cannot be read");
  }
  Bytes longer = good;
  longer.push_back(0);
  expect_integrity(decode_mirror(longer), "cannot be read");
  Bytes marked = good;
  marked[15] = '2';
  expect_integrity(decode_mirror(marked), "cannot be read");
  Bytes flagged = good;
  flagged[16] = 2;
  expect_integrity(decode_mirror(flagged), "cannot be read");
}

SealedRow setting(std::string name, std::string value) {
  SealedRow row;
  row.values = {std::move(name), std::move(value)};
  row.row_version = 1;
  row.seal_alg = "HMAC-SHA256";
  row.seal_key_id = "k";
  return row;
}

TEST(SealTest, CanonicalRowsBeginWithTheByteThatNoRequestBeginsWith) {
  EXPECT_EQ(canonical_row(kSettings, setting("a", "b")).front(), 0x01);
}

TEST(SealTest, NoTwoRowsShareTheirCanonicalBytes) {
  std::set<std::string> all;
  const auto add = [&](const RowTable& table, const SealedRow& row) {
    EXPECT_TRUE(all.emplace(as_text(canonical_row(table, row))).second) << "row " << all.size() + 1;
  };
  add(kSettings, setting("ab", "c"));
  add(kSettings, setting("a", "bc"));
  add(kSettings, setting("abc", ""));
  add(kCopies, setting("ab", "c"));
  for (const auto& edit : std::vector<std::function<void(SealedRow&)>>{
           [](SealedRow& row) { row.row_version = 2; },
           [](SealedRow& row) { row.seal_alg = "HMAC-SHA512"; },
           [](SealedRow& row) { row.seal_key_id = "l"; },
           [](SealedRow& row) { row.values[1] = Bytes{'c'}; },
           [](SealedRow& row) { row.values[1] = std::int64_t{'c'}; },
           [](SealedRow& row) { row.values[1] = std::monostate(); },
           [](SealedRow& row) { row.values.pop_back(); },
           [](SealedRow& row) { row.values.emplace_back(); },
       }) {
    SealedRow row = setting("ab", "c");
    edit(row);
    add(kSettings, row);
  }
}

TEST(SealTest, TheSealItselfIsNotSealed) {
  SealedRow row = setting("ab", "c");
  const Bytes bytes = canonical_row(kSettings, row);
  row.seal = {1, 2, 3};
  EXPECT_EQ(canonical_row(kSettings, row), bytes);
}

}  // namespace
}  // namespace custos::registry
