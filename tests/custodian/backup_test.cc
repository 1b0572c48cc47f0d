#include "custos/backup.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "custodian/backup_archive.h"
#include "custodian/backup_box.h"
#include "custodian/custodian_impl.h"
#include "custodian/restore_marker.h"
#include "encode/hex.h"
#include "hash/hash.h"
#include "software/keystore_file.h"
#include "support/home_fixture.h"

namespace custos {
namespace {

using test::HomeFixture;
using test::read_file;
using test::secret_of;
using test::write_file;

constexpr std::string_view kPassphrase = "tulip-94-anchor-viola";
constexpr software::KdfCost kCheap{1, std::uint64_t{8} << 20U};

template <class T>
void expect_failure(const Result<T>& result, Errc code, std::string_view words) {
  ASSERT_FALSE(result) << "expected a failure with: " << words;
  EXPECT_EQ(result.error().code, code) << result.error().detail;
  EXPECT_NE(result.error().detail.find(words), std::string::npos) << "expected: " << words << "\ncame: " << result.error().detail;
  EXPECT_EQ(result.error().detail.find('\n'), std::string::npos) << result.error().detail;
}

class BackupBox : public ::testing::Test {
 protected:
  static Bytes content(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7U + i / 251U);
    return bytes;
  }
  static Bytes sealed(ByteView bytes) { return *seal_box_with(bytes, key(), {}); }
  static SecretBytes key() { return secret_of("a key of exactly 32 bytes, hence"); }
};

TEST_F(BackupBox, OpensToWhatWasSealedAtEverySizeAroundItsChunks) {
  for (const std::size_t size : {0U, 1U, 65535U, 65536U, 65537U, 131072U, 200000U}) {
    const Bytes bytes = content(size);
    auto opened = open_box_with(sealed(bytes), key());
    ASSERT_TRUE(opened) << size << ": " << opened.error().detail;
    EXPECT_EQ(*opened, bytes) << size;
  }
}

TEST_F(BackupBox, OpensWithItsPassphraseOnly) {
  const Bytes bytes = content(1000);
  auto file = seal_box(bytes, secret_of(kPassphrase), kCheap);
  ASSERT_TRUE(file) << file.error().detail;
  auto opened = open_box(*file, secret_of(kPassphrase));
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(*opened, bytes);
  expect_failure(open_box(*file, secret_of("tulip-94-anchor-violb")), Errc::authentication, "the passphrase is wrong");
}

TEST_F(BackupBox, SealsTheSameContentDifferentlyEachTime) {
  const Bytes bytes = content(100);
  EXPECT_NE(*seal_box(bytes, secret_of(kPassphrase), kCheap), *seal_box(bytes, secret_of(kPassphrase), kCheap));
}

TEST_F(BackupBox, EveryFlippedByteIsFoundAndTheHeaderLooksLikeAWrongPassphrase) {
  const Bytes whole = sealed(content(70000));
  constexpr std::size_t kProofEnd = BoxHeader::kSize + 17;
  for (std::size_t i = 0; i < whole.size(); i += i < kProofEnd + 100 || i > whole.size() - 100 ? 1U : 97U) {
    Bytes file = whole;
    file[i] ^= static_cast<std::uint8_t>(1U << (i % 8));
    auto opened = open_box_with(file, key());
    ASSERT_FALSE(opened) << i;
    const bool magic_or_version = i < 20;
    const Errc expected = i >= kProofEnd || magic_or_version ? Errc::integrity : Errc::authentication;
    EXPECT_EQ(opened.error().code, expected) << i << ": " << opened.error().detail;
  }
}

TEST_F(BackupBox, EveryTornFileIsFound) {
  const Bytes whole = sealed(content(150000));
  for (std::size_t size = 0; size < whole.size(); size += size < 200 ? 1U : 331U)
    expect_failure(open_box_with(ByteView(whole).first(size), key()), Errc::integrity, "");
  Bytes longer = whole;
  longer.push_back(0);
  expect_failure(open_box_with(longer, key()), Errc::integrity, "");
}

TEST_F(BackupBox, ChunksCannotChangePlaces) {
  Bytes file = sealed(content(3 * 65536 + 10));
  constexpr std::size_t kFirst = BoxHeader::kSize + 17, kStep = 65536 + 17;
  std::swap_ranges(file.begin() + kFirst, file.begin() + kFirst + kStep, file.begin() + kFirst + kStep);
  expect_failure(open_box_with(file, key()), Errc::integrity, "byte 89");
}

TEST_F(BackupBox, ATextAnEmptyFileANewerVersionAndAnInsaneCostAreNamed) {
  expect_failure(BoxHeader::parse({}), Errc::integrity, "is empty");
  expect_failure(BoxHeader::parse(as_bytes("SQLite format 3")), Errc::integrity, "is not a backup made by Custos");
  Bytes header = BoxHeader{}.encode();
  header[19] = 2;
  expect_failure(BoxHeader::parse(header), Errc::integrity, "newer Custos (backup format 2, this one knows 1): upgrade Custos");
  BoxHeader greedy;
  greedy.cost.memory_bytes = std::uint64_t{1} << 40U;
  expect_failure(BoxHeader::parse(greedy.encode()), Errc::authentication, "");
}

BackupManifest sample_manifest() {
  BackupManifest manifest;
  manifest.version = "0.1.0";
  manifest.created_ms = 1'700'000'000'000;
  manifest.actor = "tester";
  manifest.home = "/srv/custos";
  manifest.home_id = "3f2b8c1e-0000-4000-8000-000000000000";
  manifest.mode = "development";
  manifest.changes = 7;
  manifest.keystore = BackupKeystore{3, 2, 1};
  manifest.keys.push_back({"dev:main", "id-1", "hmac-sha256", "venue:binance", "device", "none", "active", "", false});
  manifest.keys.push_back(
      {"software:eth", "id-2", "ed25519", "venue:x", "sealed", "software_backup", "active", "dev:seal", true});
  manifest.left_out = {"the token dev"};
  return manifest;
}

TEST(BackupManifestJson, ReadsBackAsItWasWritten) {
  const BackupManifest manifest = sample_manifest();
  auto again = parse_manifest(to_json(manifest));
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(*again, manifest);
}

TEST(BackupManifestJson, RefusesWhatIsMissingUnknownOrOfAnotherType) {
  const std::string json = to_json(sample_manifest());
  const auto replaced = [&](std::string_view what, std::string_view by) {
    std::string text = json;
    return text.replace(text.find(what), what.size(), by);
  };
  for (const auto& text : {std::string(), std::string("[]"), std::string("{}"), json.substr(0, json.size() - 1),
                           replaced("\"changes\":7", "\"changes\":\"7\""), replaced("\"changes\":7", "\"changes\":-7"),
                           replaced("\"changes\":7,", ""), replaced("\"changes\":7", "\"changes\":7,\"more\":1"),
                           replaced("\"inside\":false", "\"inside\":0")})
    expect_failure(parse_manifest(text), Errc::integrity, "manifest");
}

class BackupArchiveTest : public ::testing::Test {
 protected:
  static Bytes packed(BackupManifest manifest, std::vector<BackupArchive::Part> parts) {
    return BackupArchive::pack(manifest, parts);
  }
  static Bytes whole() {
    return packed(sample_manifest(),
                  {{kRegistryPart, as_bytes("rows")}, {kConfigPart, as_bytes("version = 1")}, {kKeystorePart, as_bytes("keys")}});
  }
};

TEST_F(BackupArchiveTest, GivesBackItsParts) {
  auto archive = BackupArchive::unpack(whole());
  ASSERT_TRUE(archive) << archive.error().detail;
  EXPECT_EQ(as_text(archive->part(kRegistryPart)), "rows");
  EXPECT_EQ(as_text(archive->part(kConfigPart)), "version = 1");
  EXPECT_EQ(as_text(archive->part(kKeystorePart)), "keys");
  EXPECT_TRUE(archive->part("other").empty());
}

TEST_F(BackupArchiveTest, RefusesPartsThatAreNotThoseOfItsManifest) {
  Bytes edited = whole();
  edited.back() ^= 1U;
  expect_failure(BackupArchive::unpack(edited), Errc::integrity, "'keystore' that is not its manifest's");
  Bytes shorter = whole();
  shorter.pop_back();
  expect_failure(BackupArchive::unpack(shorter), Errc::integrity, "ends before its part 'keystore'");
  Bytes longer = whole();
  longer.push_back(0);
  expect_failure(BackupArchive::unpack(longer), Errc::integrity, "more than its manifest lists");
}

TEST_F(BackupArchiveTest, RefusesPartsThatAreNoHomesAndNamesThatWouldLeaveIt) {
  const BackupArchive::Part registry{kRegistryPart, as_bytes("r")}, config{kConfigPart, as_bytes("c")},
      keystore{kKeystorePart, as_bytes("k")};
  expect_failure(BackupArchive::unpack(packed(sample_manifest(), {registry, keystore})), Errc::integrity, "parts of a home");
  expect_failure(BackupArchive::unpack(packed(sample_manifest(), {registry, config})), Errc::integrity, "parts of a home");
  expect_failure(BackupArchive::unpack(packed(sample_manifest(), {registry, registry, config, keystore})), Errc::integrity,
                 "parts of a home");
  expect_failure(BackupArchive::unpack(packed(sample_manifest(), {registry, config, keystore, {"../x", as_bytes("x")}})),
                 Errc::integrity, "parts of a home");
}

TEST(RestoreMarkerText, ReadsBackAndRefusesAnythingElse) {
  const std::string sha256(64, 'a');
  for (const auto stage : {RestoreMarker::Stage::moving, RestoreMarker::Stage::placing, RestoreMarker::Stage::sealing}) {
    for (const char* aside : {"", "before-restore-1"}) {
      auto again = RestoreMarker::parse(RestoreMarker{stage, aside, sha256}.encode());
      ASSERT_TRUE(again);
      EXPECT_EQ(again->stage, stage);
      EXPECT_EQ(again->aside, aside);
      EXPECT_EQ(again->backup, sha256);
    }
  }
  const std::string backup = sha256 + "\n";
  ASSERT_TRUE(RestoreMarker::parse("custos restore 1\nmoving\n\n" + backup));
  for (const std::string& text :
       {std::string(), std::string("custos restore 1\n"), std::string("custos restore 1\nmoving\n\n"),
        "custos restore 1\nmoving\n../x\n" + backup, "custos restore 2\nmoving\n\n" + backup,
        "custos restore 1\nmoved\n\n" + backup, "custos restore 1\nmoving\n\n" + sha256,
        "custos restore 1\nmoving\n\nA" + backup.substr(1), "custos restore 1\nmoving\n\n" + backup + "more"})
    EXPECT_FALSE(RestoreMarker::parse(text)) << text;
}

class Backup : public HomeFixture {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return home().parent_path() / "home.backup"; }

  [[nodiscard]] BackupManifest create() const {
    auto custodian = open();
    auto manifest = create_backup(custodian, file(), secret_of(kPassphrase));
    EXPECT_TRUE(manifest) << manifest.error().detail;
    return manifest ? *manifest : BackupManifest();
  }

  // leave_unfinished makes the home look as if a restore of the file had died at that stage.
  void leave_unfinished(RestoreMarker::Stage stage, const std::string& aside = "") const {
    const RestoreMarker marker{stage, aside, encode::to_hex(hash::sha256(as_bytes(read_file(file()))))};
    ASSERT_TRUE(marker.write(home()));
  }

  [[nodiscard]] Result<RestoreReport> restore(const std::filesystem::path& to, bool confirm = true) const {
    RestoreOptions options;
    options.file = file();
    options.home = to;
    options.actor = "restorer";
    options.set_module_environment = true;
    if (confirm) options.confirm = [](const BackupManifest&, const std::filesystem::path&) { return Result<void>(); };
    return restore_backup(options, secret_of(kPassphrase));
  }

  [[nodiscard]] std::string sign_order(const std::filesystem::path& from) const {
    OpenOptions options = this->options();
    options.home = from;
    auto custodian = Custodian::open(options);
    if (!custodian) return custodian.error().detail;
    auto signer = custodian->prepare_request_signer("binance-main");
    if (!signer) return signer.error().detail;
    SignedRequest out;
    const auto status = signer->sign(documented_order(), out);
    return status.ok() ? std::string(out.signature()) : signer->explain(status, out);
  }

  void add_key() const {
    auto custodian = open();
    add_documented(custodian);
  }

  void revoke_trade() const {
    auto revoked = open().administration().revoke("binance-main", {"trade"});
    ASSERT_TRUE(revoked) << revoked.error().detail;
  }
};

TEST_F(Backup, ListsWhatIsInsideAndWhatIsNot) {
  add_key();
  const BackupManifest manifest = create();
  struct stat status{};
  ASSERT_EQ(::stat(file().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  auto verified = verify_backup(file(), secret_of(kPassphrase));
  ASSERT_TRUE(verified) << verified.error().detail;
  EXPECT_EQ(*verified, manifest);
  EXPECT_EQ(manifest.actor, "test");
  EXPECT_EQ(manifest.mode, "development");
  EXPECT_EQ(manifest.credentials, 1U);
  const auto key = std::ranges::find(manifest.keys, "dev:binance-main", &BackupKey::name);
  ASSERT_NE(key, manifest.keys.end());
  EXPECT_EQ(key->custody, "device");
  EXPECT_FALSE(key->inside);
  std::string not_inside;
  for (const auto& line : manifest.left_out) not_inside += line + "\n";
  for (const char* word : {"token dev", "PIN of token dev", "tokens", "control page"})
    EXPECT_NE(not_inside.find(word), std::string::npos) << word << " is not in:\n" << not_inside;
}

TEST_F(Backup, HoldsNothingInPlain) {
  add_key();
  static_cast<void>(create());
  const std::string bytes = read_file(file());
  for (const std::string_view word : {kPassphrase, test::kDocumentedApiKey, test::kDocumentedSecret,
                                      std::string_view("binance-main"), std::string_view("SQLite format 3")})
    EXPECT_EQ(bytes.find(word), std::string::npos) << word;
}

TEST_F(Backup, NeverTakesThePlaceOfAFile) {
  write_file(file(), "mine");
  expect_failure(create_backup(open(), file(), secret_of(kPassphrase)), Errc::already_exists, "already");
  EXPECT_EQ(read_file(file()), "mine");
}

TEST_F(Backup, OfAnEditedRegistryIsRefused) {
  auto custodian = open();
  add_documented(custodian);
  {
    const std::string sql = "UPDATE credentials SET grants = 'withdraw'";
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open((home() / "registry.db").c_str(), &database), 0);
    ASSERT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), 0);
    sqlite3_close(database);
  }
  expect_failure(create_backup(custodian, file(), secret_of(kPassphrase)), Errc::integrity, "binance-main");
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(Backup, BringsTheHomeBackOntoItself) {
  add_key();
  static_cast<void>(create());
  revoke_trade();
  EXPECT_NE(sign_order(home()), test::kDocumentedSignature);
  expect_failure(restore(home(), false), Errc::already_exists, "is a home already");
  auto report = restore(home());
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_TRUE(report->lost.empty());
  EXPECT_TRUE(std::filesystem::exists(report->kept_aside / "registry.db"));
  EXPECT_EQ(sign_order(home()), test::kDocumentedSignature);
  for (const auto& check : examine(options()))
    EXPECT_NE(check.verdict, HealthCheck::Verdict::bad) << check.name << ": " << check.finding;
}

TEST_F(Backup, OfALostMachineMakesAHomeWithANewTokenAndNamesTheKeysThatAreLost) {
  add_key();
  static_cast<void>(create());
  const auto other = home().parent_path() / "new" / "home";
  auto report = restore(other);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->lost, std::vector<std::string>{"dev:binance-main"});
  EXPECT_TRUE(report->kept_aside.empty());
  OpenOptions options = this->options();
  options.home = other;
  auto custodian = Custodian::open(options);
  ASSERT_TRUE(custodian) << custodian.error().detail;
  auto credentials = custodian->administration().list_credentials();
  ASSERT_TRUE(credentials) << credentials.error().detail;
  ASSERT_EQ(credentials->size(), 1U);
  EXPECT_EQ(credentials->front().api_key, test::kDocumentedApiKey);
  std::string bad;
  for (const auto& check : examine(options)) {
    if (check.verdict == HealthCheck::Verdict::bad) bad += check.finding + "\n";
  }
  EXPECT_EQ(bad, "key dev:binance-main is not in its token\n");
}

TEST_F(Backup, WithTheTokenFolderCopiedAlongLosesNothing) {
  add_key();
  static_cast<void>(create());
  const auto other = home().parent_path() / "moved";
  std::filesystem::create_directory(other);
  ::chmod(other.c_str(), 0700);
  for (const char* folder : {"tokens", "pin"})
    std::filesystem::copy(home() / folder, other / folder, std::filesystem::copy_options::recursive);
  auto report = restore(other);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_TRUE(report->lost.empty());
  EXPECT_EQ(sign_order(other), test::kDocumentedSignature);
}

TEST_F(Backup, TheRegistryBeforeARestoreIsNotTakenAfterIt) {
  add_key();
  static_cast<void>(create());
  revoke_trade();
  auto report = restore(home());
  ASSERT_TRUE(report) << report.error().detail;
  for (const char* rest : {"", "-wal", "-shm"}) std::filesystem::remove(home() / ("registry.db" + std::string(rest)));
  for (const char* rest : {"", "-wal"}) {
    const auto old = report->kept_aside / ("registry.db" + std::string(rest));
    if (std::filesystem::exists(old)) std::filesystem::copy(old, home() / old.filename());
  }
  EXPECT_NE(sign_order(home()).find("old copy"), std::string::npos) << sign_order(home());
}

TEST_F(Backup, RecordsTheRestore) {
  static_cast<void>(create());
  ASSERT_TRUE(restore(home()));
  auto rows = registry::Registry::open(home() / "registry.db", Clock::system());
  ASSERT_TRUE(rows);
  const auto events = *(*rows)->events_unverified();
  EXPECT_EQ(events.back().action, "home.restored");
  EXPECT_EQ(events.back().actor, "restorer");
  EXPECT_NE(events.back().after.find("by=test"), std::string::npos) << events.back().after;
}

TEST_F(Backup, StopsSignersThatRunOnTheHome) {
  add_key();
  static_cast<void>(create());
  auto custodian = open();
  auto signer = custodian.prepare_request_signer("binance-main");
  ASSERT_TRUE(signer) << signer.error().detail;
  SignedRequest out;
  ASSERT_TRUE(signer->sign(documented_order(), out).ok());
  ASSERT_TRUE(restore(home()));
  const auto status = signer->sign(documented_order(), out);
  EXPECT_EQ(status.code, Errc::integrity) << signer->explain(status, out);
}

TEST_F(Backup, AHomeThatIsNotYetRestoredSaysSoAndOpensForNothing) {
  static_cast<void>(create());
  leave_unfinished(RestoreMarker::Stage::placing);
  expect_failure(Custodian::open(options()), Errc::integrity, "custos backup restore");
  InitOptions init;
  init.home = home();
  init.set_module_environment = true;
  expect_failure(init_home(init), Errc::integrity, "custos backup restore");
  ASSERT_TRUE(restore(home(), false)) << "going on needs no new confirmation";
  static_cast<void>(open());
}

TEST_F(Backup, AnotherBackupNeverTakesAnUnfinishedRestoreForItsOwn) {
  add_key();
  static_cast<void>(create());
  const std::string first = read_file(file());
  std::filesystem::remove(file());
  static_cast<void>(create());
  leave_unfinished(RestoreMarker::Stage::placing);
  write_file(file(), first);
  expect_failure(restore(home(), false), Errc::already_exists, "is a home already");
  auto report = restore(home());
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_TRUE(std::filesystem::exists(report->kept_aside / "registry.db")) << "what stood there is kept";
}

TEST_F(Backup, WhatAPersonPutBackIsNotOverwrittenByGoingOn) {
  add_key();
  static_cast<void>(create());
  for (const auto stage : {RestoreMarker::Stage::placing, RestoreMarker::Stage::sealing}) {
    leave_unfinished(stage, "before-restore-1");  // of which everything was moved back
    expect_failure(restore(home(), false), Errc::already_exists, "is a home already");
  }
  leave_unfinished(RestoreMarker::Stage::moving, "before-restore-1");
  std::filesystem::create_directory(home() / "before-restore-1");
  write_file(home() / "before-restore-1" / "registry.db", "the only copy");
  expect_failure(restore(home(), false), Errc::already_exists, "is a home already");
  auto report = restore(home());
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_NE(report->kept_aside.filename(), "before-restore-1");
  EXPECT_EQ(read_file(home() / "before-restore-1" / "registry.db"), "the only copy");
}

TEST_F(Backup, IsMadeWhileTheKeystoreIsLocked) {
  add_key();
  const auto lock = software::KeystoreFile(home() / "keystore", std::nullopt).lock();  // as by one who makes a key
  ASSERT_TRUE(lock);
  EXPECT_EQ(create().credentials, 1U);
}

TEST_F(Backup, IsRestoredUnderTheLockOfTheKeystore) {
  static_cast<void>(create());
  const auto other = home().parent_path() / "other";
  ASSERT_TRUE(restore(other));
  EXPECT_TRUE(std::filesystem::exists(other / "keystore.lock"));
}

TEST_F(Backup, WhenTheTokenIsAwayTheFilesWaitAndACorrectedConfigurationStays) {
  add_key();
  static_cast<void>(create());
  const auto config = home() / "custos.toml";
  const std::string whole = read_file(config);
  const auto pins = home().parent_path() / "moved-away";
  std::filesystem::rename(home() / "pin", pins);
  auto report = restore(home());
  expect_failure(report, Errc::authentication, "is not sealed yet");
  expect_failure(Custodian::open(options()), Errc::integrity, "is not finished");
  write_file(config, whole + "\n# corrected\n");
  std::filesystem::remove_all(home() / "pin");
  std::filesystem::rename(pins, home() / "pin");
  report = restore(home());
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_NE(read_file(config).find("# corrected"), std::string::npos);
  EXPECT_EQ(sign_order(home()), test::kDocumentedSignature);
}

TEST_F(Backup, TornAtAnyPlaceWritesNothing) {
  static_cast<void>(create());
  const std::string whole = read_file(file());
  const auto other = home().parent_path() / "other";
  for (const std::size_t size : {std::size_t{0}, std::size_t{40}, whole.size() / 2, whole.size() - 1}) {
    write_file(file(), whole.substr(0, size));
    expect_failure(restore(other), Errc::integrity, file().string());
    EXPECT_FALSE(std::filesystem::exists(other)) << size;
  }
}

TEST_F(Backup, InProductionWantsAStrongPassphrase) {
  auto custodian = open();
  ASSERT_TRUE(create_backup(custodian, file(), secret_of("short"))) << "development warns only";
  std::filesystem::remove(file());
  custodian.impl()->mode = Mode::production;
  expect_failure(create_backup(custodian, file(), secret_of("short")), Errc::refused, "");
  EXPECT_FALSE(std::filesystem::exists(file()));
}

}  // namespace
}  // namespace custos
