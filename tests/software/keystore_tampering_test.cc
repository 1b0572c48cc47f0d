// A keystore that somebody changed: noticed without the passphrase where a checksum can, with it everywhere else.
#include <algorithm>
#include <set>

#include "hash/hash.h"
#include "software/keystore_fixture.h"
#include "software/vault.h"

namespace custos::software {
namespace {

using key::Algorithm;

constexpr std::size_t kSlotAt = 36;
constexpr std::size_t kGenerationAt = 148;
constexpr std::size_t kCountAt = 156;

bool in_slot(std::size_t at) { return at >= kSlotAt && at < kGenerationAt; }
bool in_generation(std::size_t at) { return at >= kGenerationAt && at < kCountAt; }

class KeystoreTamperingTest : public KeystoreFixture {
 protected:
  void SetUp() override {
    const auto backend = KeystoreFixture::open();
    add_key(*backend, "mac#1");
    add_key(*backend, "ed#1", Algorithm::ed25519);
    add_key(*backend, "p256#1", Algorithm::ecdsa_p256, under());
    add_key(*backend, "sealed#1", Algorithm::hmac_sha256, under());
    good_ = read_file(file());
    ASSERT_TRUE(verify());
    std::filesystem::remove(previous());
    costs_.clear();
    asked_.clear();
  }

  // open and verify do without an OpenSSL context.
  [[nodiscard]] Result<std::shared_ptr<Vault>> open(const std::string& text = std::string(kPassphrase)) {
    return Vault::open(config(), passphrase(text), sealers(), clock_);
  }
  [[nodiscard]] Result<void> verify(const std::string& text = std::string(kPassphrase)) {
    auto vault = open(text);
    if (!vault) return vault.failure();
    return (*vault)->verify();
  }

  // put writes the file as somebody else would: in its place.
  void put(const std::string& content) const {
    std::fstream out(file(), std::ios::binary | std::ios::in | std::ios::out);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (std::filesystem::file_size(file()) != content.size()) std::filesystem::resize_file(file(), content.size());
  }

  [[nodiscard]] static std::string with_checksum(std::string content) {
    const ByteView bytes = as_bytes(content);
    const std::array parts{bytes.first(kSlotAt), bytes.first(bytes.size() - 32).subspan(kGenerationAt)};
    const auto sum = hash::sha256(parts);
    content.replace(content.size() - 32, 32, std::string(as_text(sum)));
    return content;
  }

  [[nodiscard]] std::string flipped(std::size_t at, char by) const {
    std::string content = good_;
    content[at] = static_cast<char>(content[at] ^ by);
    return content;
  }

  std::string good_;
};

TEST_F(KeystoreTamperingTest, EveryFlippedByteOutsideTheSlotIsFoundWithoutThePassphrase) {
  for (const char by : {'\x01', '\xFF'}) {
    for (std::size_t at = 0; at < good_.size(); ++at) {
      if (in_slot(at)) continue;
      put(flipped(at, by));
      const auto vault = open();
      ASSERT_FALSE(vault) << "byte " << at << " of " << good_.size();
      ASSERT_EQ(vault.error().code, Errc::integrity) << vault.error().detail;
      ASSERT_NE(vault.error().detail.find(file().string()), std::string::npos) << "the file is named: " << vault.error().detail;
    }
  }
  EXPECT_TRUE(asked_.empty());
}

TEST_F(KeystoreTamperingTest, EveryFlippedByteOfTheSlotLooksLikeAWrongPassphrase) {
  const auto wrong = verify("not the passphrase");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Errc::authentication);
  ASSERT_EQ(costs_.size(), 1U);
  for (const char by : {'\x01', '\x80'}) {
    for (std::size_t at = kSlotAt; at < kGenerationAt; ++at) {
      put(flipped(at, by));
      costs_.clear();
      const auto changed = verify();
      ASSERT_FALSE(changed) << "byte " << at;
      ASSERT_EQ(changed.error().code, wrong.error().code) << "byte " << at;
      ASSERT_EQ(changed.error().origin, wrong.error().origin);
      ASSERT_EQ(changed.error().native, wrong.error().native);
      ASSERT_EQ(changed.error().detail, wrong.error().detail) << "byte " << at;
      ASSERT_EQ(costs_.size(), 1U) << "Argon2id runs once, as for a wrong passphrase: byte " << at;
      ASSERT_TRUE(costs_[0].is_sane()) << "byte " << at << ": within the bounds, whatever the file says";
    }
  }
}

TEST_F(KeystoreTamperingTest, ASlotThatAsksForTooMuchWorkCostsTheUsual) {
  for (const auto& [at, value] :
       {std::pair<std::size_t, char>{kSlotAt + 3, 9}, {kSlotAt + 7, 2}, {kSlotAt + 8, 1}, {kSlotAt + 16, 1}}) {
    std::string content = good_;
    content[at] = value;
    put(content);
    costs_.clear();
    expect_error(verify(), Errc::authentication, "does not open");
    EXPECT_EQ(costs_, std::vector{KdfCost{}}) << at;
  }
}

// The generation only counts; what it says is no proof of anything.
TEST_F(KeystoreTamperingTest, EveryFlippedByteUnderANewChecksumIsFoundWithThePassphrase) {
  for (std::size_t at = 0; at < good_.size() - 32; ++at) {
    if (in_slot(at) || in_generation(at)) continue;
    put(with_checksum(flipped(at, '\x01')));
    const auto found = verify();
    ASSERT_FALSE(found) << "byte " << at << " of " << good_.size();
    const bool names_no_token = found.error().code == Errc::not_found;  // the name of the one that seals was changed
    ASSERT_TRUE(found.error().code == Errc::integrity || names_no_token) << "byte " << at << ": " << found.error().detail;
  }
}

TEST_F(KeystoreTamperingTest, AnEntryTakenOutIsFound) {
  put(good_);
  const auto whole = image();
  auto entries = whole.entries();
  entries.erase(entries.begin());
  const auto content = must(encode_keystore(whole.header(), entries, [&](auto) { return whole.mac(); }));
  put(std::string(as_text(content)));
  expect_error(verify(), Errc::integrity, "its authentication does not fit");
}

TEST_F(KeystoreTamperingTest, APreparedHomeRefusesAFileThatWasExchangedUnderIt) {
  const auto backend = KeystoreFixture::open();
  ASSERT_TRUE(backend->verify());
  KeystoreHeader header = image().header();
  header.slot.reset();
  put(std::string(as_text(must(encode_keystore(header, {}, {})))));
  expect_error(backend->list(), Errc::integrity, "exchanged for another");
  put(good_);
  EXPECT_EQ(must(backend->list()).size(), 4U) << "the right one is taken again";
}

TEST_F(KeystoreTamperingTest, ASlotWithoutAMacIsNoPassphrase) {
  KeystoreHeader header = image().header();
  header.slot.reset();
  std::string content(as_text(must(encode_keystore(header, {}, {}))));
  content[kSlotAt + 3] = 1;
  put(content);
  expect_error(open(), Errc::integrity, "do not belong together");
}

// What stands beside a damaged file.

TEST_F(KeystoreTamperingTest, SaysThatThePreviousVersionIsWhole) {
  put(good_);
  add_key(*KeystoreFixture::open(), "one more#1");
  std::string content = read_file(file());
  content[200] ^= 1;
  put(content);
  expect_error(open(), Errc::integrity, "is damaged or was tampered with");
  expect_error(open(), Errc::integrity, previous().string() + " is whole (write 5, one write older, 4 keys)");
  std::filesystem::copy_file(previous(), file(), std::filesystem::copy_options::overwrite_existing);
  EXPECT_TRUE(verify());
}

TEST_F(KeystoreTamperingTest, NeverCallsADamagedPreviousVersionWhole) {
  std::string content = good_;
  content[200] ^= 1;
  put(content);
  expect_error(open(), Errc::integrity, "there is no " + previous().string());
  write_file(previous(), content);
  std::filesystem::permissions(previous(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  expect_error(open(), Errc::integrity, previous().string() + " is damaged");
}

TEST_F(KeystoreTamperingTest, AMissingFileIsNotTakenForANewKeystore) {
  put(good_);
  const auto backend = KeystoreFixture::open();
  add_key(*backend, "one more#1");
  std::filesystem::remove(file());
  expect_error(open(), Errc::integrity, "is missing");
  expect_error(backend->list(), Errc::integrity, "is missing");
}

// Files that are not this home's keystore.

TEST_F(KeystoreTamperingTest, NamesTheEmptyTheForeignAndTheNewerFile) {
  put("");
  expect_error(open(), Errc::integrity, "is empty");
  put("SQLite format 3 and a lot more");
  expect_error(open(), Errc::integrity, "is not a keystore of Custos");
  std::string newer = good_;
  newer[19] = 2;
  put(newer);
  expect_error(open(), Errc::integrity, "a newer Custos wrote it");
}

TEST_F(KeystoreTamperingTest, RefusesTheKeystoreOfAnotherHome) {
  auto other = config();
  other.home_id = key::KeyId::random().text();
  expect_error(Vault::open(other, passphrase(), sealers(), clock_), Errc::integrity,
               std::string("another home (") + std::string(kHome));
  other.home_id = "";
  const auto any = must(Vault::open(other, passphrase(), sealers(), clock_));
  EXPECT_EQ(any->home().text(), kHome) << "who does not say which home takes any";
  EXPECT_TRUE(any->verify());
}

TEST_F(KeystoreTamperingTest, RefusesAFileThatOthersMayRead) {
  std::filesystem::permissions(file(), std::filesystem::perms::group_read, std::filesystem::perm_options::add);
  expect_error(open(), Errc::refused, "chmod 600");
}

TEST_F(KeystoreTamperingTest, RefusesALinkAndAFolder) {
  std::filesystem::rename(file(), folder() / "elsewhere");
  std::filesystem::create_symlink(folder() / "elsewhere", file());
  expect_error(open(), Errc::refused, "not a regular file");
  std::filesystem::remove(file());
  std::filesystem::create_directory(file());
  expect_error(open(), Errc::refused, "not a regular file");
}

TEST_F(KeystoreTamperingTest, RefusesAFileOfAnotherUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  ASSERT_EQ(::chown(file().c_str(), 12345, 12345), 0);
  expect_error(open(), Errc::refused, "belongs to another user (uid 12345)");
}

}  // namespace
}  // namespace custos::software
