// The registry in good days: making, opening, reading and changing it.
#include "registry/registry.h"

#include <sys/stat.h>

#include <atomic>
#include <limits>
#include <thread>
#include <tuple>

#include "registry/registry_fixture.h"

namespace custos::registry {
namespace {

class RegistryTest : public RegistryFixture {};

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 0777U : 0U;
}

TEST_F(RegistryTest, OpenSaysThatThereIsNoFile) {
  auto opened = Registry::open(file(), Clock::system());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::not_found);
  EXPECT_NE(opened.error().detail.find(file().string()), std::string::npos) << opened.error().detail;
  EXPECT_FALSE(std::filesystem::exists(file()));
}

TEST_F(RegistryTest, CreateMakesAnEmptyRegistryThatVerifies) {
  const Home home(folder());
  expect_fine(*home.rows);
  EXPECT_TRUE(home.rows->keys_unverified()->empty());
  EXPECT_TRUE(home.rows->events_unverified()->empty());
}

TEST_F(RegistryTest, CreateAgainKeepsWhatStands) {
  fill();
  const Home home(folder());
  EXPECT_EQ(home.rows->credentials_unverified()->size(), 2U);
  expect_fine(*home.rows);
}

TEST_F(RegistryTest, CreateTellsWhichFolderIsMissing) {
  auto created = Registry::create(folder() / "nowhere" / "registry.db", Clock::system());
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, Errc::system);
  EXPECT_NE(created.error().detail.find("nowhere"), std::string::npos) << created.error().detail;
}

TEST_F(RegistryTest, TwoProcessesMayCreateAtOnce) {
  for (int round = 0; round < 20; ++round) {
    const auto path = folder() / ("made-" + std::to_string(round) + ".db");
    const auto create = [&] {
      auto created = Registry::create(path, Clock::system());
      if (!created) std::fprintf(stderr, "%s\n", created.error().detail.c_str());
      return created ? 0 : 1;
    };
    const pid_t first = start_child(create);
    const pid_t second = start_child(create);
    EXPECT_EQ(wait_for(first), 0);
    EXPECT_EQ(wait_for(second), 0);
  }
}

TEST_F(RegistryTest, AllFilesAreForTheOwnerOnly) {
  const mode_t before = ::umask(0);
  const Home home(folder());
  ASSERT_TRUE(add_credential(*home.rows, "1"));
  ::umask(before);
  for (const std::string suffix : {"", "-wal", "-shm"}) EXPECT_EQ(mode_of(file().string() + suffix), 0600U) << suffix;
  EXPECT_EQ(mode_of(folder() / "control"), 0600U);
}

TEST_F(RegistryTest, AHomeBehindASymbolicLinkOpens) {
  std::filesystem::create_directory(folder() / "real");
  std::filesystem::create_directory_symlink(folder() / "real", folder() / "link");
  auto created = Registry::create(folder() / "link" / "registry.db", Clock::system());
  ASSERT_TRUE(created) << created.error().detail;
  auto opened = Registry::open(folder() / "link" / "registry.db", Clock::system());
  EXPECT_TRUE(opened) << opened.error().detail;
}

TEST_F(RegistryTest, ASymbolicLinkInPlaceOfTheFileIsRefused) {
  fill();
  std::filesystem::rename(file(), folder() / "elsewhere.db");
  std::filesystem::create_symlink(folder() / "elsewhere.db", file());
  auto opened = Registry::open(file(), Clock::system());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::system) << opened.error().detail;
}

// SQLite's locks belong to the process and die with any descriptor on the file that is closed
// (sqlite.org/howtocorrupt.html, 2.2).
TEST_F(RegistryTest, CreateKeepsTheLocksThatGuardTheWriteAheadLog) {
  Gate gate;
  const pid_t other = start_child([&] {
    gate.wait();
    return RawDatabase(file()).texts("SELECT id FROM credentials").size() == 1 ? 0 : 1;
  });
  const Home home(folder());
  ASSERT_TRUE(add_credential(*home.rows, "1"));
  ASSERT_TRUE(std::filesystem::exists(file().string() + "-wal"));
  gate.open();
  EXPECT_EQ(wait_for(other), 0);
  EXPECT_TRUE(std::filesystem::exists(file().string() + "-wal")) << "the other process took itself for the last one";
}

TEST_F(RegistryTest, TextOfEveryKindComesBackAsItWas) {
  const Home home(folder());
  const std::string strange = std::string("Grüße, 鍵 🔑 '\"; DROP TABLE keys; -- \\ % _\r\n\t") + '\0' + "after NUL \xff\xfe";
  auto key = sample_key("id " + strange, "name " + strange);
  key.purpose = strange;
  key.version = 4'294'967'295U;
  key.created_ms = -1;
  auto copy = sample_copy(key.id);
  copy.uri = strange;
  auto credential = sample_credential("c " + strange, strange);
  credential.owner = credential.subaccount = credential.reason = credential.grants = credential.hosts = strange;
  credential.is_active = false;
  auto version = sample_version(credential.id, key.id);
  version.api_key = version.passphrase_ref = strange;
  version.until_ms = std::numeric_limits<std::int64_t>::max();
  auto changed = home.rows->change(strange, [&](Change& change) -> Result<void> {
    if (auto put = put_all(change, key, copy, credential, version); !put) return put;
    if (auto set = change.put_setting(strange, "value " + strange); !set) return set;
    return change.record(strange, strange, strange, strange);
  });
  ASSERT_TRUE(changed) << changed.error().detail;

  auto view = home.rows->view_credential(strange);
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view->credential.id, credential.id);
  EXPECT_EQ(view->credential.owner, strange);
  EXPECT_EQ(view->credential.hosts, strange);
  EXPECT_FALSE(view->credential.is_active);
  EXPECT_EQ(view->version.api_key, strange);
  EXPECT_EQ(view->version.passphrase_ref, strange);
  EXPECT_EQ(view->version.until_ms, version.until_ms);
  ASSERT_TRUE(view->key.has_value());
  EXPECT_EQ(view->key->key.name, key.name);
  EXPECT_EQ(view->key->key.version, key.version);
  EXPECT_EQ(view->key->key.created_ms, -1);
  EXPECT_EQ(view->key->key.check_salt, key.check_salt);
  EXPECT_EQ(view->key->key.check_value, key.check_value);
  ASSERT_EQ(view->key->copies.size(), 1U);
  EXPECT_EQ(view->key->copies[0].uri, strange);
  EXPECT_EQ(*home.rows->view_setting(strange), "value " + strange);
  auto events = home.rows->events_unverified();
  ASSERT_EQ(events->size(), 1U);
  EXPECT_EQ((*events)[0].actor, strange);
  EXPECT_EQ((*events)[0].after, strange);
  expect_fine(*home.rows);
}

TEST_F(RegistryTest, AllFieldsOfARowComeBack) {
  const Home home(folder());
  auto key = sample_key();
  key.destroyed_ms = 5;
  auto changed = home.rows->change("tester", [&](Change& change) -> Result<void> {
    if (auto put = put_all(change, key, sample_copy(), sample_credential(), sample_version()); !put) return put;
    return change.record("add", "all", "", "");
  });
  ASSERT_TRUE(changed) << changed.error().detail;
  const auto found = *home.rows->view_key("main", "binance-main");
  ASSERT_TRUE(found.has_value());
  const auto* read = &found->key;
  EXPECT_EQ(std::tie(read->id, read->name, read->token, read->version, read->algorithm, read->purpose, read->origin, read->state,
                     read->recoverability, read->check_salt, read->check_value, read->created_ms, read->destroyed_ms),
            std::tie(key.id, key.name, key.token, key.version, key.algorithm, key.purpose, key.origin, key.state,
                     key.recoverability, key.check_salt, key.check_value, key.created_ms, key.destroyed_ms));
  const auto view = *home.rows->view_credential("binance-main");
  const auto credential = sample_credential();
  const auto& c = view.credential;
  EXPECT_EQ(std::tie(c.id, c.label, c.owner, c.venue, c.environment, c.subaccount, c.status, c.reason, c.is_active, c.grants,
                     c.hosts, c.created_ms),
            std::tie(credential.id, credential.label, credential.owner, credential.venue, credential.environment,
                     credential.subaccount, credential.status, credential.reason, credential.is_active, credential.grants,
                     credential.hosts, credential.created_ms));
  const auto version = sample_version();
  const auto& v = view.version;
  EXPECT_EQ(std::tie(v.credential_id, v.n, v.api_key, v.key_id, v.passphrase_ref, v.role, v.from_ms, v.until_ms),
            std::tie(version.credential_id, version.n, version.api_key, version.key_id, version.passphrase_ref, version.role,
                     version.from_ms, version.until_ms));
  const auto copy = sample_copy();
  const auto& p = view.key->copies.at(0);
  EXPECT_EQ(std::tie(p.key_id, p.token, p.uri, p.custody, p.created_ms),
            std::tie(copy.key_id, copy.token, copy.uri, copy.custody, copy.created_ms));
  EXPECT_EQ(home.rows->copies_unverified("key-1")->size(), 1U);
  EXPECT_EQ(home.rows->current_version_unverified("cred-1")->value().api_key, "api key");
}

TEST_F(RegistryTest, AbsentRowsAreToldFromBrokenOnes) {
  const Home home(folder());
  ASSERT_TRUE(add_credential(*home.rows, "1"));
  auto view = home.rows->view_credential("nobody");
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error().code, Errc::not_found);
  EXPECT_FALSE(home.rows->view_key("main", "nothing")->has_value());
  EXPECT_FALSE(home.rows->view_setting("nothing")->has_value());
  EXPECT_FALSE(home.rows->setting_unverified("nothing")->has_value());
  EXPECT_FALSE(home.rows->current_version_unverified("nobody")->has_value());
}

TEST_F(RegistryTest, AChangeSeesItsOwnWrites) {
  const Home home(folder());
  auto changed = home.rows->change("tester", [&](Change& change) -> Result<void> {
    EXPECT_FALSE(change.find_key("main", "binance-main")->has_value());
    EXPECT_FALSE(change.find_credential("binance-main")->has_value());
    EXPECT_FALSE(change.current_version("cred-1")->has_value());
    if (auto put = put_all(change, sample_key(), sample_credential(), sample_version()); !put) return put;
    EXPECT_TRUE(change.find_key("main", "binance-main")->has_value());
    EXPECT_TRUE(change.find_credential("binance-main")->has_value());
    EXPECT_TRUE(change.current_version("cred-1")->has_value());
    return change.record("add", "x", "", "");
  });
  EXPECT_TRUE(changed) << changed.error().detail;
}

TEST_F(RegistryTest, RemovedRowsAreGoneAndTheRestVerifies) {
  fill(3);
  const Home home(folder());
  auto changed = home.rows->change("tester", [](Change& change) -> Result<void> {
    if (auto removed = change.remove_credential("cred-2"); !removed) return removed;
    if (auto removed = change.remove_copy("key-2", "main"); !removed) return removed;
    return change.record("credential.remove", "label-2", "approved", "");
  });
  ASSERT_TRUE(changed) << changed.error().detail;
  EXPECT_EQ(home.rows->view_credential("label-2").error().code, Errc::not_found);
  EXPECT_TRUE(home.rows->copies_unverified("key-2")->empty());
  EXPECT_TRUE(home.rows->view_credential("label-1"));
  EXPECT_TRUE(home.rows->view_credential("label-3"));
  expect_fine(*home.rows);
}

TEST_F(RegistryTest, ANameThatWasDestroyedMayComeAgainWithTheNextVersion) {
  const Home home(folder());
  std::uint32_t version = 0;
  auto changed = home.rows->change("tester", [&](Change& change) -> Result<void> {
    EXPECT_EQ(*change.next_key_version("main", "binance-main"), 1U);
    auto key = sample_key();
    key.version = 3;
    key.state = "destroyed";
    if (auto put = change.put(key); !put) return put;
    EXPECT_FALSE(change.find_key("main", "binance-main")->has_value());
    EXPECT_EQ(*change.next_key_version("other", "binance-main"), 1U);
    auto again = sample_key("key-2");
    again.version = version = *change.next_key_version("main", "binance-main");
    if (auto put = change.put(again); !put) return put;
    return change.record("key.generate", "binance-main", "", "active");
  });
  ASSERT_TRUE(changed) << changed.error().detail;
  EXPECT_EQ(version, 4U);
  EXPECT_EQ((*home.rows->view_key("main", "binance-main"))->key.id, "key-2");
}

TEST_F(RegistryTest, TheFirstChangeMakesTheFirstHeadAndItsMirror) {
  Home home(folder());
  EXPECT_FALSE(home.mirror.load()->has_value());
  ASSERT_TRUE(add_credential(*home.rows, "1"));
  auto mirror = *home.mirror.load();
  ASSERT_TRUE(mirror.has_value());
  EXPECT_EQ(mirror->current.counter, 1U);
  EXPECT_FALSE(mirror->pending.has_value());
  ASSERT_TRUE(add_credential(*home.rows, "2"));
  EXPECT_EQ((*home.mirror.load())->current.counter, 2U);
}

TEST_F(RegistryTest, WithoutAMirrorItChangesAndVerifiesAllTheSame) {
  Home home(folder());
  home.rows->attach(home.page, home.sealer, nullptr);
  ASSERT_TRUE(add_credential(*home.rows, "1"));
  ASSERT_TRUE(set_grants(*home.rows, "label-1", "read"));
  EXPECT_FALSE(home.mirror.load()->has_value());
  EXPECT_EQ(home.page.epoch() % 2, 0U);

  home.rows = *Registry::open(file(), Clock::system());
  home.rows->attach(home.page, home.sealer, nullptr);
  ASSERT_TRUE(home.rows->verify());
  EXPECT_EQ(home.rows->view_credential("label-1")->credential.grants, "read");
}

TEST_F(RegistryTest, AFailingBodyChangesNothing) {
  fill();
  Home home(folder());
  const auto epoch = home.page.epoch();
  const auto mirror = **home.mirror.load();
  auto changed = home.rows->change("tester", [](Change& change) -> Result<void> {
    if (auto put = change.put(sample_key("key-9", "name-9")); !put) return put;
    if (auto removed = change.remove_credential("cred-1"); !removed) return removed;
    if (auto recorded = change.record("x", "x", "", ""); !recorded) return recorded;
    return fail(Errc::refused, Origin::grants, "thought better of it");
  });
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, Errc::refused);
  EXPECT_EQ(home.rows->keys_unverified()->size(), 2U);
  EXPECT_EQ(home.rows->events_unverified()->size(), 2U);
  EXPECT_EQ(home.page.epoch(), epoch);
  EXPECT_EQ((*home.mirror.load())->current, mirror.current);
  EXPECT_TRUE(home.rows->view_credential("label-1"));
  expect_fine(*home.rows);
}

TEST_F(RegistryTest, AChangeWithoutAnEventIsABug) {
  fill();
  const Home home(folder());
  auto changed = home.rows->change("tester", [](Change& change) { return change.put(sample_key("key-9", "name-9")); });
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, Errc::internal);
  EXPECT_EQ(home.rows->keys_unverified()->size(), 2U);
}

TEST_F(RegistryTest, ATokenThatIsGoneStopsTheChange) {
  fill();
  Home home(folder());
  home.mirror.fails = true;
  auto changed = add_credential(*home.rows, "9");
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code, Errc::device_gone);
  home.mirror.fails = false;
  EXPECT_EQ(home.rows->view_credential("label-9").error().code, Errc::not_found);
  expect_fine(*home.rows);
  EXPECT_TRUE(add_credential(*home.rows, "9"));
}

TEST_F(RegistryTest, ATokenThatGoesAfterTheCommitLeavesAChangeThatStandsAndSettles) {
  fill();
  Home home(folder());
  home.mirror.after_store = [&](const Mirror& mirror) { home.mirror.fails = mirror.pending.has_value(); };
  auto changed = set_grants(*home.rows, "label-1", "read");
  EXPECT_TRUE(changed) << changed.error().detail;
  EXPECT_EQ(home.page.epoch() % 2, 1U) << "unconfirmed: the epoch must stay odd";
  EXPECT_EQ(home.rows->view_credential("label-1")->credential.grants, "read");
  home.mirror.fails = false;
  home.mirror.after_store = nullptr;
  EXPECT_TRUE(home.rows->settle());
  EXPECT_EQ(home.page.epoch() % 2, 0U);
  EXPECT_FALSE((*home.mirror.load())->pending.has_value());
  expect_fine(*home.rows);
}

TEST_F(RegistryTest, EveryChangeRaisesTheEpoch) {
  fill();
  Home home(folder());
  const auto before = home.page.epoch();
  ASSERT_TRUE(set_grants(*home.rows, "label-1", "read"));
  EXPECT_GT(home.page.epoch(), before);
  EXPECT_EQ(home.page.epoch() % 2, 0U);
}

TEST_F(RegistryTest, AViewCarriesTheEpochBeforeItsSnapshot) {
  fill();
  Home home(folder());
  EXPECT_EQ(home.rows->view_credential("label-1")->epoch, home.page.epoch());
  ASSERT_TRUE(set_grants(*home.rows, "label-1", "read"));
  EXPECT_EQ(home.rows->view_credential("label-1")->epoch, home.page.epoch());
}

TEST_F(RegistryTest, AnotherConnectionsChangeIsSeenAtOnce) {
  fill();
  const Home one(folder());
  const Home two(folder());
  for (const std::string grants : {"read", "read,trade", "read,withdraw"}) {
    ASSERT_TRUE(one.rows->view_credential("label-1"));
    auto changed = set_grants(*two.rows, "label-1", grants);
    ASSERT_TRUE(changed) << changed.error().detail;
    EXPECT_EQ(one.rows->view_credential("label-1")->credential.grants, grants);
  }
}

TEST_F(RegistryTest, ANotedUseNeedsNoEventAndBreaksNoSeal) {
  fill();
  Home home(folder());
  const auto epoch = home.page.epoch();
  auto noted = home.rows->note_use("cred-1");
  EXPECT_TRUE(noted) << noted.error().detail;
  EXPECT_EQ(home.page.epoch(), epoch);
  EXPECT_TRUE(home.rows->credentials_unverified()->at(0).last_used_ms.has_value());
  EXPECT_FALSE(home.rows->credentials_unverified()->at(1).last_used_ms.has_value());
  ASSERT_TRUE(set_grants(*home.rows, "label-1", "read"));
  EXPECT_TRUE(home.rows->credentials_unverified()->at(0).last_used_ms.has_value()) << "a change must not forget the last use";
  EXPECT_EQ(home.rows->events_unverified()->size(), 3U);
  expect_fine(*home.rows);
}

TEST_F(RegistryTest, ListingsNeedNoSealKey) {
  fill();
  auto registry = Registry::open(file(), Clock::system());
  ASSERT_TRUE(registry) << registry.error().detail;
  EXPECT_EQ((*registry)->keys_unverified()->size(), 2U);
  EXPECT_EQ((*registry)->credentials_unverified()->size(), 2U);
  EXPECT_EQ((*registry)->events_unverified()->size(), 2U);
  EXPECT_EQ((*registry)->view_credential("label-1").error().code, Errc::internal);
  EXPECT_EQ((*registry)->verify().error().code, Errc::internal);
  EXPECT_EQ(add_credential(**registry, "9").error().code, Errc::internal);
}

TEST_F(RegistryTest, EventsTellWhoDidWhatAndWhen) {
  const ManualClock clock(1'234'567);
  Home home(folder());
  home.rows = *Registry::open(file(), clock);
  home.rows->attach(home.page, home.sealer, &home.mirror);
  ASSERT_TRUE(add_credential(*home.rows, "1"));
  ASSERT_TRUE(set_grants(*home.rows, "label-1", "read"));
  auto events = *home.rows->events_unverified();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].seq, 2U);
  EXPECT_EQ(events[1].at_ms, 1'234'567);
  EXPECT_EQ(events[1].actor, "tester");
  EXPECT_EQ(events[1].action, "credential.grant");
  EXPECT_EQ(events[1].object, "label-1");
  EXPECT_EQ(events[1].before, "read,trade");
  EXPECT_EQ(events[1].after, "read");
}

TEST_F(RegistryTest, ThreadsMayShareOneRegistry) {
  fill();
  const Home home(folder());
  std::vector<std::thread> threads;
  threads.reserve(4);
  std::atomic<int> failures = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        if (t % 2 == 0 && !add_credential(*home.rows, std::to_string(t * 100 + i + 10))) ++failures;
        if (!home.rows->view_credential("label-1") || !home.rows->keys_unverified()) ++failures;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(home.rows->credentials_unverified()->size(), 22U);
  expect_fine(*home.rows);
}

}  // namespace
}  // namespace custos::registry
