#include "software/software_backend.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "custos/log.h"
#include "software/keystore_fixture.h"
#include "software/keystore_uri.h"
#include "software/software_key.h"
#include "support/sanitizers.h"

namespace custos::software {
namespace {

using key::Algorithm;

constexpr std::array kSigning{Algorithm::hmac_sha256, Algorithm::hmac_sha384, Algorithm::hmac_sha512,
                              Algorithm::ed25519,     Algorithm::ecdsa_p256,  Algorithm::ecdsa_secp256k1};

class SoftwareBackendTest : public KeystoreFixture {};

std::string name_of(Algorithm algorithm) { return std::string(key::facts_of(algorithm).option); }

TEST_F(SoftwareBackendTest, MakesNoFileBeforeItHasAKey) {
  const auto backend = open();
  EXPECT_FALSE(must(backend->state()).exists);
  EXPECT_TRUE(must(backend->list()).empty());
  EXPECT_TRUE(asked_.empty());
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(SoftwareBackendTest, AsksForANewPassphraseWithTheFirstKey) {
  const auto backend = open();
  add_key(*backend, "a#1");
  add_key(*backend, "b#1");
  EXPECT_EQ(asked_, std::vector{Wanted::to_choose}) << "and keeps the keystore open for the second";
  const auto state = must(backend->state());
  EXPECT_EQ(state.software_keys, 2U);
  EXPECT_EQ(state.sealed_keys, 0U);
  EXPECT_EQ(state.generation, 3U) << "the passphrase, and each key";
  EXPECT_EQ(state.cost, KdfCost{});
  EXPECT_EQ(state.home_id, kHome);
}

TEST_F(SoftwareBackendTest, AKeySignsAlikeAfterTheKeystoreIsOpenedAgain) {
  for (const auto algorithm : kSigning) {
    const auto key = key_template(name_of(algorithm), algorithm);
    const key::MadeKey made = must(open()->generate(key));
    const auto again = open();
    const auto prepared = prepare(*again, key.id, algorithm);
    const Bytes signature = signature_of(*prepared, "message", algorithm);
    if (key::facts_of(algorithm).is_asymmetric()) {
      const auto public_key = must(key::PublicKey::from_spki(algorithm, made.public_key));
      EXPECT_TRUE(public_key.verifies(key::default_scheme(algorithm), as_bytes("message"), signature)) << name_of(algorithm);
    } else {
      EXPECT_TRUE(made.public_key.empty());
      EXPECT_EQ(signature, signature_of(*prepare(*open(), key.id, algorithm), "message", algorithm));
    }
  }
}

TEST_F(SoftwareBackendTest, ImportsAKeyThatSignsAsOutside) {
  const auto backend = open();
  const auto key = key_template("imported#1");
  must(backend->import_key(key, secret_of("01234567890123456789012345678901")));
  Bytes expected(32);
  ASSERT_TRUE(hash::hmac(hash::Algorithm::sha256, secret_of("01234567890123456789012345678901"), as_bytes("message"), expected));
  EXPECT_EQ(signature_of(*prepare(*open(), key.id), "message"), expected);
}

TEST_F(SoftwareBackendTest, RefusesMaterialThatIsNoKey) {
  const auto backend = open();
  expect_error(backend->import_key(key_template("seed#1", Algorithm::ed25519), secret_of(std::string(31, 's'))), Errc::bad_input,
               "31");
  expect_error(backend->import_key(key_template("scalar#1", Algorithm::ecdsa_p256), secret_of(std::string(32, '\xFF'))),
               Errc::bad_input, "");
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(SoftwareBackendTest, RefusesAKeyThatSeals) {
  const auto backend = open();
  auto key = key_template("seal#1", Algorithm::aes_256);
  expect_error(backend->generate(key), Errc::bad_input, "");
  key.usage = key::Usage::seal;
  expect_error(backend->generate(key), Errc::bad_input, "made in a token");
}

TEST_F(SoftwareBackendTest, RefusesAnIdOrALabelTwice) {
  const auto backend = open();
  auto key = key_template("a#1");
  must(backend->generate(key));
  asked_.clear();
  expect_error(open()->generate(key_template("a#1")), Errc::already_exists, "'a#1'");
  key.label = "b#1";
  expect_error(open()->generate(key), Errc::already_exists, key.id.text());
  EXPECT_TRUE(asked_.empty()) << "nobody is asked for a passphrase in vain";
}

TEST_F(SoftwareBackendTest, RefusesWhatTheFormatHasNoRoomFor) {
  const auto backend = open();
  expect_error(backend->generate(key_template("")), Errc::bad_input, "label");
  expect_error(backend->generate(key_template(std::string(129, 'l'))), Errc::bad_input, "label");
  expect_error(backend->generate(key_template("line\nbreak")), Errc::bad_input, "label");
  auto key = key_template("a#1");
  key.purpose = std::string(65, 'p');
  expect_error(backend->generate(key), Errc::bad_input, "purpose");
}

TEST_F(SoftwareBackendTest, ListsWhatItHas) {
  const auto backend = open();
  const auto id = add_key(*backend, "binance-main#1");
  const auto sealed = add_key(*backend, "sealed#1", Algorithm::hmac_sha256, under());
  const auto keys = must(open()->list());
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].id, id);
  EXPECT_EQ(keys[0].label, "binance-main#1");
  EXPECT_EQ(keys[0].uri, "custos:keystore;id=" + id.text() + ";label=binance-main%231");
  EXPECT_EQ(SoftwareBackend::sealed_under(keys[0].uri), std::nullopt);
  EXPECT_EQ(keys[1].uri,
            "custos:keystore;id=" + sealed.text() + ";label=sealed%231;sealed-under=main:" + under().key.text() + ":aes-256");
  EXPECT_EQ(SoftwareBackend::sealed_under(keys[1].uri), under());
}

TEST_F(SoftwareBackendTest, ReadsBackFromAUriWhatSealedTheKey) {
  const key::SealReference odd{"two words:and;more=%", key::KeyId::random(), Algorithm::rsa_3072};
  EXPECT_EQ(SoftwareBackend::sealed_under(keystore_uri(key::KeyId::random(), "label;sealed-under=x:y:z", odd)), odd);
  for (const std::string uri : {"", "pkcs11:token=a;sealed-under=a:b:aes-256", "custos:keystore;sealed-under=a:b",
                                "custos:keystore;sealed-under=a:not-a-uuid:aes-256"}) {
    EXPECT_EQ(SoftwareBackend::sealed_under(uri), std::nullopt) << uri;
  }
}

TEST_F(SoftwareBackendTest, TellsNothingOfAKeyInSoftware) {
  const auto backend = open();
  const auto id = add_key(*backend, "a#1");
  const auto told = must(backend->attest(id));
  EXPECT_FALSE(told.sensitive || told.extractable || told.local);
  expect_error(backend->attest(key::KeyId::random()), Errc::not_found, "has no key");
}

TEST_F(SoftwareBackendTest, DescribesItself) {
  const auto backend = open();
  add_key(*backend, "a#1");
  const auto told = must(backend->describe());
  EXPECT_EQ(told.label, "software");
  EXPECT_EQ(told.serial, kHome.substr(0, 8));
  EXPECT_EQ(told.profile, "default");
  EXPECT_EQ(told.pin_state, "ok");
  EXPECT_FALSE(told.keeps_objects);
  EXPECT_EQ(must(backend->read_object("head")), std::nullopt);
  expect_error(backend->write_object("head", as_bytes("x")), Errc::bad_input, "keeps keys only");
  expect_error(open("not the passphrase")->prepare(add_key(*backend, "b#1"), Algorithm::hmac_sha256, 0), Errc::authentication,
               "");
  EXPECT_EQ(must(backend->describe()).pin_state, "1 wrong passphrase");
}

TEST_F(SoftwareBackendTest, AllThatPrepareOneKeyShareIt) {
  const auto backend = open();
  const auto id = add_key(*backend, "a#1", Algorithm::ecdsa_p256);
  const auto first = prepare(*backend, id, Algorithm::ecdsa_p256);
  EXPECT_EQ(prepare(*backend, id, Algorithm::ecdsa_p256), first);
  EXPECT_NE(prepare(*backend, id, {Algorithm::ecdsa_p256, key::Scheme::ecdsa_digest}), first) << "another scheme";
}

TEST_F(SoftwareBackendTest, PreparesAKeyOnlyForItsAlgorithm) {
  const auto backend = open();
  const auto id = add_key(*backend, "a#1");
  expect_error(backend->prepare(id, Algorithm::hmac_sha512, 0), Errc::bad_input, "is HMAC-SHA256, not HMAC-SHA512");
  expect_error(backend->prepare(key::KeyId::random(), Algorithm::hmac_sha256, 0), Errc::not_found, "has no key");
}

TEST_F(SoftwareBackendTest, DestroyRemovesTheKeyAndStopsItsSigners) {
  const auto backend = open();
  const auto id = add_key(*backend, "a#1");
  const auto other = add_key(*backend, "b#1");
  const auto prepared = prepare(*backend, id);
  const auto elsewhere = open();
  const auto prepared_elsewhere = prepare(*elsewhere, id);
  ASSERT_TRUE(backend->destroy(id));
  Bytes mac(32);
  EXPECT_EQ(prepared->sign(as_bytes("message"), mac, std::nullopt).code, Errc::revoked);
  EXPECT_EQ(prepared_elsewhere->exists(std::nullopt).code, Errc::not_found) << "in another process";
  expect_error(backend->prepare(id, Algorithm::hmac_sha256, 0), Errc::not_found, id.text());
  expect_error(backend->destroy(id), Errc::not_found, id.text());
  EXPECT_TRUE(prepare(*open(), other)->exists(std::nullopt).ok());
}

TEST_F(SoftwareBackendTest, ADestroyedKeyIsInNoFileAnyMore) {
  const auto backend = open();
  add_key(*backend, "keep#1");
  const auto id = add_key(*backend, "binance-destroyed#1");
  ASSERT_TRUE(backend->destroy(id));
  for (const auto& each : std::filesystem::directory_iterator(folder())) {
    EXPECT_EQ(read_file(each.path()).find("binance-destroyed"), std::string::npos) << each.path();
  }
  EXPECT_EQ(read_file(previous()), read_file(file())) << "the version beside it is a copy";
}

TEST_F(SoftwareBackendTest, DestroyingASoftwareKeyNeedsThePassphrase) {
  const auto id = add_key(*open(), "a#1");
  expect_error(open("not the passphrase")->destroy(id), Errc::authentication, "");
  EXPECT_TRUE(open()->destroy(id));
}

TEST_F(SoftwareBackendTest, AnotherKeyUnderTheSameIdIsAnotherGeneration) {
  const auto backend = open();
  const auto key = key_template("a#1");
  must(backend->generate(key));
  const auto prepared = prepare(*backend, key.id);
  const auto generation = prepared->generation();
  const Bytes before = signature_of(*prepared, "message");
  {
    const auto elsewhere = open();
    ASSERT_TRUE(elsewhere->destroy(key.id));
    clock_.advance(std::chrono::seconds(1));
    must(elsewhere->generate(key));
  }
  EXPECT_TRUE(prepared->exists(std::nullopt).ok());
  EXPECT_NE(prepared->generation(), generation);
  EXPECT_NE(signature_of(*prepared, "message"), before);
}

TEST_F(SoftwareBackendTest, AForgedEntryOfTheSameIdAndTimeIsAnotherGenerationOnceItIsOpened) {
  auto with_idle = config();
  with_idle.idle = std::chrono::seconds(60);
  const auto backend = open(with_idle);
  auto key = key_template("sealed#1");
  key.sealed_under = under();
  must(backend->generate(key));
  const auto prepared = prepare(*backend, key.id);
  const Bytes genuine = signature_of(*prepared, "message");
  const auto generation = prepared->generation();
  const auto created_ms = image().find(key.id)->about.created_ms;
  {
    const auto elsewhere = open();  // the clock stands still: the forged entry is as old as the genuine one
    ASSERT_TRUE(elsewhere->destroy(key.id));
    must(elsewhere->generate(key));
    ASSERT_EQ(image().find(key.id)->about.created_ms, created_ms);
  }
  EXPECT_EQ(signature_of(*prepared, "message"), genuine) << "what is open stays";
  EXPECT_EQ(prepared->generation(), generation);
  backend->sweep();
  clock_.advance(std::chrono::seconds(60));
  backend->sweep();
  EXPECT_NE(signature_of(*prepared, "message"), genuine);
  EXPECT_NE(prepared->generation(), generation);
}

// Sealed keys.

TEST_F(SoftwareBackendTest, ASealedKeyNeedsNoPassphrase) {
  const auto backend = open();
  const auto id = add_key(*backend, "sealed#1", Algorithm::ed25519, under());
  const auto again = open();
  EXPECT_EQ(signature_of(*prepare(*again, id, Algorithm::ed25519), "message", Algorithm::ed25519).size(), 64U);
  EXPECT_TRUE(again->verify());
  ASSERT_TRUE(again->destroy(id));
  EXPECT_TRUE(asked_.empty());
  EXPECT_EQ(must(again->state()).cost, std::nullopt);
}

TEST_F(SoftwareBackendTest, SealedKeysComeAndGoWithoutThePassphraseOfTheOthers) {
  const auto software = add_key(*open(), "software#1");
  asked_.clear();
  const auto backend = open();
  const auto sealed = add_key(*backend, "sealed#1", Algorithm::hmac_sha256, under());
  add_key(*backend, "other#1", Algorithm::hmac_sha256, under());
  ASSERT_TRUE(backend->destroy(sealed));
  EXPECT_TRUE(asked_.empty());
  const auto again = open();
  EXPECT_TRUE(again->verify());
  EXPECT_TRUE(prepare(*again, software)->exists(std::nullopt).ok());
}

TEST_F(SoftwareBackendTest, ASealedKeyIsUselessWithoutItsToken) {
  const auto id = add_key(*open(), "sealed#1", Algorithm::hmac_sha256, under());
  sealers_["main"]->gone = true;
  expect_error(open()->prepare(id, Algorithm::hmac_sha256, 0), Errc::device_gone, "away");
  sealers_.erase("main");
  expect_error(open()->prepare(id, Algorithm::hmac_sha256, 0), Errc::not_found, "no token main");
  sealers_["main"] = std::make_shared<FakeSealer>();
  expect_error(open()->prepare(id, Algorithm::hmac_sha256, 0), Errc::integrity, "'sealed#1'");
}

TEST_F(SoftwareBackendTest, SealingMovesAKeyAndItGoesOnSigning) {
  const auto backend = open();
  const auto id = add_key(*backend, "a#1");
  const auto prepared = prepare(*backend, id);
  const Bytes expected = signature_of(*prepared, "message");
  const auto generation = prepared->generation();

  EXPECT_EQ(SoftwareBackend::sealed_under(must(backend->seal(id, under("main")))), under("main"));
  EXPECT_EQ(signature_of(*prepared, "message"), expected);
  EXPECT_EQ(signature_of(*prepare(*open("unused"), id), "message"), expected) << "without the passphrase";
  EXPECT_EQ(SoftwareBackend::sealed_under(must(backend->seal(id, under("spare")))), under("spare"));
  sealers_["main"]->gone = true;
  EXPECT_EQ(signature_of(*prepare(*open("unused"), id), "message"), expected) << "by the other token";
  EXPECT_EQ(SoftwareBackend::sealed_under(must(backend->unseal(id))), std::nullopt);
  sealers_["spare"]->gone = true;
  EXPECT_EQ(signature_of(*prepare(*open(), id), "message"), expected) << "without any token";
  EXPECT_EQ(prepared->generation(), generation);
  EXPECT_TRUE(prepared->exists(std::nullopt).ok());
}

TEST_F(SoftwareBackendTest, SealingLeavesNoCopyUnderThePassphrase) {
  const auto backend = open();
  const auto id = add_key(*backend, "a#1");
  const auto before = image();
  const std::string box(as_text(before.find(id)->box).substr(0, 24));
  must(backend->seal(id, under()));
  EXPECT_EQ(read_file(file()).find(box), std::string::npos);
  EXPECT_EQ(read_file(previous()).find(box), std::string::npos);
}

TEST_F(SoftwareBackendTest, RefusesToMoveAKeyToWhereItIs) {
  const auto backend = open();
  const auto id = add_key(*backend, "a#1");
  expect_error(backend->unseal(id), Errc::bad_input, "not sealed");
  must(backend->seal(id, under()));
  expect_error(backend->seal(id, under()), Errc::bad_input, "already sealed");
  expect_error(backend->seal(key::KeyId::random(), under()), Errc::not_found, "has no key");
}

TEST_F(SoftwareBackendTest, ATokenThatDoesNotOpenWhatItSealedChangesNothing) {
  const auto backend = open();
  const auto id = add_key(*backend, "a#1");
  const std::string before = read_file(file());
  sealers_["main"]->spoils = true;
  expect_error(backend->seal(id, under()), Errc::integrity, "");
  EXPECT_EQ(read_file(file()), before);
}

// Passphrases.

TEST_F(SoftwareBackendTest, AChangedPassphraseTouchesNoEntry) {
  const auto backend = open();
  const auto id = add_key(*backend, "a#1");
  add_key(*backend, "b#1", Algorithm::ed25519);
  const std::string before = read_file(file());
  ASSERT_TRUE(backend->change_passphrase(secret_of("lantern 9 copper hillside"), {2, std::uint64_t{16} << 20U}));
  const std::string after = read_file(file());

  ASSERT_EQ(after.size(), before.size());
  const auto entries = [](const std::string& content) { return content.substr(160, content.size() - 160 - 64); };
  EXPECT_EQ(entries(after), entries(before));
  EXPECT_NE(after.substr(0, 160), before.substr(0, 160));
  EXPECT_EQ(must(backend->state()).cost, (KdfCost{2, std::uint64_t{16} << 20U}));
  expect_error(open()->prepare(id, Algorithm::hmac_sha256, 0), Errc::authentication, "does not open");
  EXPECT_TRUE(open("lantern 9 copper hillside")->verify());
}

TEST_F(SoftwareBackendTest, TheOldPassphraseOpensThePreviousVersionNeither) {
  const auto backend = open();
  add_key(*backend, "a#1");
  ASSERT_TRUE(backend->change_passphrase(secret_of("lantern 9 copper hillside"), {}));
  std::filesystem::copy_file(previous(), file(), std::filesystem::copy_options::overwrite_existing);
  expect_error(open()->verify(), Errc::authentication, "does not open");
  EXPECT_TRUE(open("lantern 9 copper hillside")->verify());
}

TEST_F(SoftwareBackendTest, APassphraseIsGivenOnceAndChangedOnlyWhereThereIsOne) {
  const auto backend = open();
  expect_error(backend->change_passphrase(secret_of("lantern 9 copper hillside"), {}), Errc::not_found, "no passphrase yet");
  expect_error(backend->initialise(secret_of(""), {}), Errc::bad_input, "empty");
  expect_error(backend->initialise(secret_of(kPassphrase), {65, std::uint64_t{64} << 20U}), Errc::bad_input, "64 passes");
  ASSERT_TRUE(backend->initialise(secret_of(kPassphrase), {}));
  expect_error(backend->initialise(secret_of(kPassphrase), {}), Errc::already_exists, "already has a passphrase");
  add_key(*backend, "a#1");
  EXPECT_TRUE(asked_.empty()) << "who initialises has said it";
}

TEST_F(SoftwareBackendTest, OpensWithArgon2idItself) {
  auto real = config();
  real.seams.derive = derive_key;
  const auto backend = open(real);
  ASSERT_TRUE(backend->initialise(secret_of(kPassphrase), {1, std::uint64_t{8} << 20U}));
  const auto id = add_key(*backend, "a#1");
  EXPECT_TRUE(prepare(*open(real), id)->exists(std::nullopt).ok());
}

TEST_F(SoftwareBackendTest, WhatTheProviderAnswersIsTheAnswer) {
  const auto id = add_key(*open(), "a#1");
  const auto silent = must(SoftwareBackend::open(
      config(), [](Wanted) -> Result<SecretBytes> { return fail(Errc::authentication, Origin::none, "nobody is there"); },
      sealers(), clock_));
  expect_error(silent->prepare(id, Algorithm::hmac_sha256, 0), Errc::authentication, "nobody is there");
  EXPECT_EQ(must(silent->state()).failed_attempts, 0U);
}

// Two at once.

TEST_F(SoftwareBackendTest, SeesWhatAnotherProcessWrote) {
  const auto backend = open();
  add_key(*backend, "a#1");
  const auto elsewhere = open();
  const auto id = add_key(*elsewhere, "b#1");
  EXPECT_EQ(must(backend->list()).size(), 2U);
  EXPECT_EQ(signature_of(*prepare(*backend, id), "message"), signature_of(*prepare(*elsewhere, id), "message"));
  add_key(*backend, "c#1");
  EXPECT_EQ(must(elsewhere->list()).size(), 3U);
  EXPECT_EQ(must(elsewhere->state()).generation, 4U);
}

TEST_F(SoftwareBackendTest, TwoProcessesThatWriteAtOnceLoseNothing) {
  ASSERT_TRUE(open()->initialise(secret_of(kPassphrase), {}));
  constexpr int kEach = 20;
  const auto write_many = [&](const std::string& name) {
    const auto backend = open();
    for (int i = 0; i < kEach; ++i) add_key(*backend, name + "#" + std::to_string(i));
    return 0;
  };
  const pid_t child = ::fork();
  if (child == 0) ::_exit(write_many("child"));
  write_many("parent");
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  const auto backend = open();
  EXPECT_EQ(must(backend->list()).size(), std::size_t{2 * kEach});
  EXPECT_EQ(must(backend->state()).generation, 1U + 2 * kEach);
  EXPECT_TRUE(backend->verify());
}

TEST_F(SoftwareBackendTest, ThreadsThatWriteAtOnceLoseNothing) {
  const auto backend = open();
  ASSERT_TRUE(backend->initialise(secret_of(kPassphrase), {}));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&backend, t] {
      for (int i = 0; i < 5; ++i) add_key(*backend, std::to_string(t) + "#" + std::to_string(i));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(must(open()->list()).size(), 20U);
  EXPECT_TRUE(open()->verify());
}

TEST_F(SoftwareBackendTest, IdleKeysAreWipedAndOpenAgain) {
  auto with_idle = config();
  with_idle.idle = std::chrono::seconds(60);
  const auto backend = open(with_idle);
  const auto id = add_key(*backend, "sealed#1", Algorithm::hmac_sha256, under());
  const auto prepared = prepare(*backend, id);
  const auto& key = dynamic_cast<SoftwareKey&>(*prepared);
  const Bytes expected = signature_of(*prepared, "message");
  backend->sweep();
  clock_.advance(std::chrono::seconds(59));
  backend->sweep();
  EXPECT_TRUE(key.is_open());
  clock_.advance(std::chrono::seconds(1));
  backend->sweep();
  EXPECT_FALSE(key.is_open());

  const int opened = sealers_["main"]->opened;
  EXPECT_EQ(signature_of(*prepared, "message"), expected);
  EXPECT_EQ(sealers_["main"]->opened, opened + 1);
  EXPECT_TRUE(key.is_open());
}

TEST_F(SoftwareBackendTest, SignsFromManyThreadsWhileItsKeyIsMovedSweptAndDestroyed) {
  auto with_idle = config();
  with_idle.idle = std::chrono::seconds(1);
  const auto backend = open(with_idle);
  const auto id = add_key(*backend, "a#1");
  const auto prepared = prepare(*backend, id);
  const Bytes expected = signature_of(*prepared, "message");
  std::atomic<std::size_t> wrong{0};
  std::vector<std::thread> signers;
  for (int t = 0; t < 4; ++t) {
    signers.emplace_back([&] {
      Bytes mac(32);
      SignStatus status;
      while ((status = prepared->sign(as_bytes("message"), mac, std::nullopt)).ok()) {
        if (mac != expected) ++wrong;
      }
      if (status.code != Errc::revoked && status.code != Errc::not_found) ++wrong;
    });
  }
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(backend->seal(id, under(i % 2 == 0 ? "main" : "spare")));
    backend->sweep();
    clock_.advance(std::chrono::seconds(1));
    backend->sweep();
    EXPECT_TRUE(prepared->exists(std::nullopt).ok());
  }
  EXPECT_TRUE(backend->unseal(id));
  EXPECT_TRUE(backend->destroy(id));
  for (auto& signer : signers) signer.join();
  EXPECT_EQ(wrong, 0U);
}

// work_without_locked_memory answers 0 when a key was made and signed, and one warning said that its memory is not locked.
int work_without_locked_memory(KeystoreConfig config, const PassphraseProvider& passphrase) {
  const rlimit none{0, 0};
  constexpr uid_t kNobody = 65534;
  if (::setrlimit(RLIMIT_MEMLOCK, &none) != 0) return 10;
  if (::geteuid() == 0 && ::setresuid(kNobody, kNobody, kNobody) != 0) return 11;  // root may lock without limit
  static int warnings = 0;
  set_log_sink([](LogLevel level, std::string_view line) {
    if (level == LogLevel::warning && line.find("refused to lock memory") != std::string_view::npos) ++warnings;
  });
  const test::TemporaryFolder own;
  config.file = own.path() / "keystore";
  auto backend = SoftwareBackend::open(std::move(config), passphrase, {}, Clock::system());
  if (!backend) return 12;
  key::KeyTemplate key;
  key.id = key::KeyId::random();
  key.label = "a#1";
  if (!(*backend)->generate(key)) return 13;
  auto prepared = (*backend)->prepare(key.id, Algorithm::hmac_sha256, 0);
  Bytes mac(32);
  if (!prepared || !(*prepared)->sign(as_bytes("message"), mac, std::nullopt).ok()) return 14;
  return warnings == 1 ? 0 : 15;
}

TEST_F(SoftwareBackendTest, WorksWithoutLockedMemoryAndWarnsOnce) {
  if (test::kMlockIsIgnored) GTEST_SKIP() << "the sanitizer's mlock does nothing";
  EXPECT_EQ(in_child([&] { return work_without_locked_memory(config(), passphrase()); }), 0);
}

}  // namespace
}  // namespace custos::software
