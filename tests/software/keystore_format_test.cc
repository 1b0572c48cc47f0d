#include "software/keystore_format.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

#include "hash/hash.h"
#include "software/keystore_fixture.h"

namespace custos::software {
namespace {

using key::Algorithm;

// The offsets of docs/keystore-format.md.
constexpr std::size_t kVersionAt = 16;
constexpr std::size_t kHomeAt = 20;
constexpr std::size_t kSlotAt = 36;
constexpr std::size_t kGenerationAt = 148;
constexpr std::size_t kCountAt = 156;
constexpr std::size_t kEntriesAt = 160;
constexpr std::size_t kTrailer = 64;

constexpr Mac kMac{0xAC};
Mac authenticate(std::span<const ByteView>) { return kMac; }

const Bytes kPublicKey(44, 0x30);

EntryAbout about(std::string_view label, Algorithm algorithm = Algorithm::hmac_sha256) {
  EntryAbout about;
  about.id = key::KeyId::random();
  about.algorithm = algorithm;
  about.created_ms = 1'700'000'000'000;
  about.label = label;
  about.purpose = "venue:binance";
  if (key::facts_of(algorithm).is_asymmetric()) about.public_key = kPublicKey;
  return about;
}

template <class T>
T must(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().detail;
    std::abort();
  }
  return *std::move(result);
}

Bytes entry_of(const EntryAbout& about) { return must(encode_entry(must(about.encode()), Bytes(48, 0xB0))); }

KeystoreHeader header_with_slot() {
  PassphraseSlot slot;
  slot.salt.fill(1);
  slot.nonce.fill(2);
  slot.box.fill(3);
  return {key::KeyId{{9, 8, 7}}, slot, 41};
}

Bytes file_of(const std::vector<Bytes>& entries, const KeystoreHeader& header = header_with_slot()) {
  return must(encode_keystore(header, std::vector<ByteView>(entries.begin(), entries.end()), authenticate));
}

// with_checksum makes the end of a changed file fit again, as an attacker would.
Bytes with_checksum(Bytes file) {
  const std::array parts{ByteView(file).first(kSlotAt), ByteView(file).first(file.size() - 32).subspan(kGenerationAt)};
  std::ranges::copy(hash::sha256(parts), file.end() - 32);
  return file;
}

void expect_refused(Bytes file, std::string_view words) {
  expect_error(KeystoreImage::parse(std::move(file)), Errc::integrity, words);
}

TEST(KeystoreFormat, ReadsBackWhatItWrote) {
  auto imported = about("imported#2", Algorithm::ed25519);
  imported.origin = key::Origin::imported;
  imported.created_ms = -5;
  auto sealed = about("sealed#1", Algorithm::rsa_4096);
  sealed.purpose = "";
  sealed.sealed_under = key::SealReference{"main token", key::KeyId::random(), Algorithm::rsa_2048};
  const std::array all{about("a#1"), imported, sealed};
  std::vector<Bytes> entries;
  for (const auto& each : all) entries.push_back(entry_of(each));

  const Bytes file = file_of(entries);
  const auto image = must(KeystoreImage::parse(file));
  EXPECT_EQ(image.header().home, header_with_slot().home);
  EXPECT_EQ(image.header().slot, header_with_slot().slot);
  EXPECT_EQ(image.header().generation, 41U);
  EXPECT_EQ(image.mac(), kMac);
  EXPECT_EQ(image.software_keys(), 2U);
  ASSERT_EQ(image.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto entry = image.at(i);
    EXPECT_EQ(entry.about.id, all[i].id);
    EXPECT_EQ(entry.about.algorithm, all[i].algorithm);
    EXPECT_EQ(entry.about.origin, all[i].origin);
    EXPECT_EQ(entry.about.created_ms, all[i].created_ms);
    EXPECT_EQ(entry.about.label, all[i].label);
    EXPECT_EQ(entry.about.purpose, all[i].purpose);
    EXPECT_EQ(entry.about.sealed_under, all[i].sealed_under);
    EXPECT_TRUE(std::ranges::equal(entry.about.public_key, all[i].public_key));
    EXPECT_EQ(Bytes(entry.box.begin(), entry.box.end()), Bytes(48, 0xB0));
    EXPECT_EQ(Bytes(entry.whole.begin(), entry.whole.end()), entries[i]);
    EXPECT_EQ(image.find(all[i].id)->about.label, all[i].label);
    EXPECT_TRUE(image.has_label(all[i].label));
  }
  EXPECT_FALSE(image.find(key::KeyId::random()));
  EXPECT_FALSE(image.has_label("sealed"));
  EXPECT_EQ(must(encode_keystore(image.header(), image.entries(), authenticate)), file);
}

TEST(KeystoreFormat, IsLaidOutAsDocumented) {
  auto one = about("ab");
  one.purpose = "p";
  one.id = key::KeyId{{0xD1}};
  const Bytes file = file_of({entry_of(one)});
  const auto at = [&](std::size_t offset, std::size_t size) {
    return Bytes(file.begin() + static_cast<std::ptrdiff_t>(offset), file.begin() + static_cast<std::ptrdiff_t>(offset + size));
  };
  EXPECT_EQ(as_text(ByteView(file).first(16)), "custos keystore\n");
  EXPECT_EQ(at(kVersionAt, 4), (Bytes{0, 0, 0, 1}));
  EXPECT_EQ(at(kHomeAt, 4), (Bytes{9, 8, 7, 0}));
  EXPECT_EQ(at(kSlotAt, 8), (Bytes{0, 0, 0, 1, 0, 0, 0, 1})) << "Argon2id, one lane";
  EXPECT_EQ(at(kSlotAt + 8, 16), (Bytes{0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4, 0, 0, 0})) << "3 passes, 64 MiB";
  EXPECT_EQ(at(kSlotAt + 24, 16), Bytes(16, 1));
  EXPECT_EQ(at(kSlotAt + 40, 24), Bytes(24, 2));
  EXPECT_EQ(at(kSlotAt + 64, 48), Bytes(48, 3));
  EXPECT_EQ(at(kGenerationAt, 8), (Bytes{0, 0, 0, 0, 0, 0, 0, 41}));
  EXPECT_EQ(at(kCountAt, 4), (Bytes{0, 0, 0, 1}));
  const std::size_t about_size = 1 + 1 + 1 + 16 + 8 + (2 + 2) + (2 + 1) + 2;
  EXPECT_EQ(at(kEntriesAt, 8), (Bytes{0, 0, 0, about_size, 1, 1, 1, 0xD1})) << "software, HMAC-SHA256, generated";
  EXPECT_EQ(at(kEntriesAt + 4 + 19, 8), (Bytes{0, 0, 0x01, 0x8B, 0xCF, 0xE5, 0x68, 0x00})) << "created";
  EXPECT_EQ(at(kEntriesAt + 4 + 27, 9), (Bytes{0, 2, 'a', 'b', 0, 1, 'p', 0, 0}));
  EXPECT_EQ(at(kEntriesAt + 4 + about_size, 4), (Bytes{0, 0, 0, 48}));
  EXPECT_EQ(file.size(), kEntriesAt + 4 + about_size + 4 + 48 + kTrailer);
  EXPECT_EQ(at(file.size() - kTrailer, 32), Bytes(kMac.begin(), kMac.end()));
  EXPECT_EQ(with_checksum(file), file);
}

TEST(KeystoreFormat, AKeystoreWithoutAPassphraseHasZerosInItsPlace) {
  auto sealed = about("sealed#1");
  sealed.sealed_under = key::SealReference{"main", key::KeyId::random(), Algorithm::aes_256};
  KeystoreHeader header = header_with_slot();
  header.slot.reset();
  const Bytes file = file_of({entry_of(sealed)}, header);
  EXPECT_TRUE(std::ranges::all_of(ByteView(file).subspan(kSlotAt, 112), [](auto byte) { return byte == 0; }));
  EXPECT_TRUE(std::ranges::all_of(ByteView(file).last(64).first(32), [](auto byte) { return byte == 0; }));
  EXPECT_FALSE(must(KeystoreImage::parse(file)).header().slot);
  expect_refused(file_of({entry_of(about("software#1"))}, header), "wants a passphrase");
}

TEST(KeystoreFormat, OnlySoftwareEntriesArePartOfTheMac) {
  auto sealed = about("sealed#1");
  sealed.sealed_under = key::SealReference{"main", key::KeyId::random(), Algorithm::aes_256};
  const Bytes software = entry_of(about("software#1"));
  const Bytes file = file_of({entry_of(sealed), software});
  const auto image = must(KeystoreImage::parse(file));
  const auto parts = image.authenticated();
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_TRUE(std::ranges::equal(parts[0], ByteView(file).first(kGenerationAt)));
  EXPECT_TRUE(std::ranges::equal(parts[1], software));
}

TEST(KeystoreFormat, RefusesAnEmptyFileAnotherProgramsAndANewerOne) {
  expect_refused({}, "is empty");
  for (const std::string_view other : {"SQLite format 3\0 and more",
                                       "-----BEGIN "
                                       "PRIVATE KEY-----",
                                       "{\"crypto\":{}}", "c"}) {
    expect_refused(Bytes(other.begin(), other.end()), "is not a keystore of Custos");
  }
  Bytes newer = file_of({});
  newer[kVersionAt + 3] = 2;
  expect_refused(newer, "has format 2: a newer Custos wrote it");
}

TEST(KeystoreFormat, RefusesEveryTruncation) {
  const Bytes file = file_of({entry_of(about("a#1")), entry_of(about("b#1"))});
  for (std::size_t size = 0; size < file.size(); ++size) {
    const auto image = KeystoreImage::parse(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
    ASSERT_FALSE(image) << size << " of " << file.size() << " bytes";
    EXPECT_EQ(image.error().code, Errc::integrity);
  }
}

TEST(KeystoreFormat, RefusesWhatFollowsItsEntries) {
  Bytes file = file_of({entry_of(about("a#1"))});
  file.insert(file.end() - kTrailer, 0);
  expect_refused(with_checksum(file), "something follows");
}

// Lengths and numbers that lie, under a checksum that fits.
TEST(KeystoreFormat, RefusesEveryLengthThatLies) {
  const Bytes file = file_of({entry_of(about("a#1")), entry_of(about("b#1"))});
  const std::size_t about_size = 1 + 1 + 1 + 16 + 8 + 2 + 3 + 2 + 13 + 2;
  const std::array<std::pair<std::size_t, std::size_t>, 6> fields{{{kCountAt, 4},
                                                                   {kEntriesAt, 4},
                                                                   {kEntriesAt + 4 + 27, 2},
                                                                   {kEntriesAt + 4 + 27 + 5, 2},
                                                                   {kEntriesAt + 4 + about_size - 2, 2},
                                                                   {kEntriesAt + 4 + about_size, 4}}};
  for (const auto& [at, size] : fields) {
    for (const std::uint32_t change : {1U, 2U, 0x7FU, 0xFFU}) {
      for (std::size_t i = 0; i < size; ++i) {
        Bytes changed = file;
        changed[at + i] = static_cast<std::uint8_t>(changed[at + i] + change);
        EXPECT_FALSE(KeystoreImage::parse(with_checksum(changed))) << "byte " << at + i << " plus " << change;
      }
    }
  }
}

TEST(KeystoreFormat, RefusesNumbersThatItDoesNotKnow) {
  const Bytes file = file_of({entry_of(about("a#1"))});
  for (const std::size_t at : {kEntriesAt + 4, kEntriesAt + 5, kEntriesAt + 6}) {  // custody, algorithm, origin
    for (const std::uint8_t value : Bytes{0, 11, 255}) {
      Bytes changed = file;
      changed[at] = value;
      expect_refused(with_checksum(changed), "entry 1 of 1 is malformed");
    }
  }
}

TEST(KeystoreFormat, RefusesTwoEntriesOfOneName) {
  const auto one = about("a#1");
  auto same_label = about("a#1");
  auto same_id = about("b#1");
  same_id.id = one.id;
  expect_refused(file_of({entry_of(one), entry_of(same_label)}), "same name");
  expect_refused(file_of({entry_of(one), entry_of(same_id)}), "same name");
}

TEST(KeystoreFormat, WritesOnlyWhatItReads) {
  auto with_key = about("a#1");
  with_key.public_key = kPublicKey;
  expect_error(with_key.encode(), Errc::bad_input, "public key");
  auto without = about("a#1", Algorithm::ed25519);
  without.public_key = {};
  expect_error(without.encode(), Errc::bad_input, "public key");
  auto strange = about("a#1");
  strange.sealed_under = key::SealReference{"main", key::KeyId::random(), Algorithm::ed25519};
  expect_error(strange.encode(), Errc::bad_input, "only AES and RSA");
  strange.sealed_under = key::SealReference{"", key::KeyId::random(), Algorithm::aes_256};
  expect_error(strange.encode(), Errc::bad_input, "token");
  expect_error(encode_entry(must(about("a#1").encode()), Bytes()), Errc::bad_input, "0 bytes");
  expect_error(encode_entry(must(about("a#1").encode()), Bytes(kMaxKeystoreBox + 1)), Errc::bad_input, "65537 bytes");
}

}  // namespace
}  // namespace custos::software
