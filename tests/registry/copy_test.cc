// A copy of the registry, and what comes back from it.
#include "registry/registry_fixture.h"

namespace custos::registry {
namespace {

Result<void> note_restore(Change& change) { return change.record("home.restored", "home", "", "from a test"); }

class CopyTest : public RegistryFixture {
 protected:
  void SetUp() override { fill(3); }

  [[nodiscard]] Bytes copy() const {
    const Home home(folder());
    auto copied = home.rows->copy();
    EXPECT_TRUE(copied) << copied.error().detail;
    return copied ? *std::move(copied) : Bytes();
  }

  // put_back writes a copy in the place of the registry, as a restore does; nobody has it open.
  void put_back(const Bytes& bytes) const {
    for (const char* rest : {"-wal", "-shm"}) std::filesystem::remove(file().string() + rest);
    write_file(file(), as_text(bytes));
  }

  // restore puts a copy back and seals it anew.
  void restore(const Bytes& bytes) const {
    put_back(bytes);
    const Home home(folder());
    auto resealed = home.rows->reseal("tester", note_restore);
    ASSERT_TRUE(resealed) << resealed.error().detail;
  }
};

TEST_F(CopyTest, HoldsWhatTheRegistryHolds) {
  auto opened = Registry::open_copy(copy());
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ((*opened)->keys_unverified()->size(), 3U);
  EXPECT_EQ((*opened)->credentials_unverified()->size(), 3U);
  auto counter = (*opened)->verify_unsealed();
  ASSERT_TRUE(counter) << counter.error().detail;
  EXPECT_EQ(*counter, 3U);
}

TEST_F(CopyTest, HoldsWhatIsStillInTheLog) {
  const Home home(folder());
  ASSERT_TRUE(add_credential(*home.rows, "in-the-log"));
  auto opened = Registry::open_copy(*home.rows->copy());
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ((*opened)->credentials_unverified()->size(), 4U);
}

TEST_F(CopyTest, IsRefusedOfARegistryThatWasEdited) {
  {
    RawDatabase raw(file());
    raw.run("UPDATE credentials SET grants = 'withdraw' WHERE label = 'label-2'; PRAGMA wal_checkpoint(TRUNCATE)");
  }
  const Home home(folder());
  expect_integrity(home.rows->copy(), "label-2");
}

TEST_F(CopyTest, WithAnEditedEventIsFound) {
  {
    RawDatabase raw(file());
    raw.run("UPDATE events SET actor = 'nobody' WHERE seq = 2; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
  }
  const std::string bytes = read_file(file());
  auto opened = Registry::open_copy(as_bytes(bytes));
  ASSERT_TRUE(opened) << opened.error().detail;
  expect_integrity((*opened)->verify_unsealed(), "event");
}

TEST_F(CopyTest, ThatIsNoRegistryIsRefused) {
  expect_integrity(Registry::open_copy({}), "truncated");
  expect_integrity(Registry::open_copy(as_bytes("a text that is no database, longer than its header of 100 bytes would be, and "
                                                "then some more words")),
                   "");
}

TEST_F(CopyTest, EveryTornCopyIsRefused) {
  const Bytes whole = copy();
  for (std::size_t size = 0; size < whole.size(); size += 1000) {
    auto opened = Registry::open_copy(ByteView(whole).first(size));
    if (opened) expect_integrity((*opened)->verify_unsealed(), "");
  }
}

class ResealTest : public CopyTest {};

TEST_F(ResealTest, MakesAPutBackCopyTheRegistryAgain) {
  const Bytes bytes = copy();
  {
    const Home home(folder());
    ASSERT_TRUE(set_grants(*home.rows, "label-1", "read"));
  }
  put_back(bytes);
  {
    const Home home(folder());
    expect_integrity(home.rows->verify(), "old copy");
  }
  restore(bytes);
  const Home home(folder());
  expect_fine(*home.rows);
  auto view = home.rows->view_credential("label-1");
  ASSERT_TRUE(view) << view.error().detail;
  EXPECT_EQ(view->credential.grants, "read,trade");
  EXPECT_EQ(home.rows->events_unverified()->back().action, "home.restored");
  ASSERT_TRUE(set_grants(*home.rows, "label-1", "read"));
}

TEST_F(ResealTest, CountsOnFromTheMirrorSoThatTheLostRegistryIsNotTakenForIt) {
  const Bytes bytes = copy();
  Bytes lost;
  {
    const Home home(folder());
    for (const char* grants : {"read", "trade", "read,trade"}) ASSERT_TRUE(set_grants(*home.rows, "label-1", grants));
    lost = *home.rows->copy();
  }
  restore(bytes);
  {
    const Home home(folder());
    EXPECT_EQ(*home.rows->verify_unsealed(), 7U) << "3 changes, 3 that were lost, and the restore";
  }
  put_back(lost);
  const Home home(folder());
  expect_integrity(home.rows->verify(), "an old copy was put back");
}

TEST_F(ResealTest, LeavesTheCopyItselfUnusable) {
  const Bytes bytes = copy();
  restore(bytes);
  put_back(bytes);
  const Home home(folder());
  expect_integrity(home.rows->verify(), "an old copy was put back");
}

TEST_F(ResealTest, TakesANewSealKeyAndAnEmptyMirror) {
  put_back(copy());
  std::filesystem::remove(folder() / "mirror");
  ControlPage page = *ControlPage::open(folder() / "control");
  SoftwareSealer other("another seal key of 32 bytes ....", "seal-key-2");
  FileMirror mirror(folder() / "mirror");
  auto rows = Registry::open(file(), Clock::system());
  ASSERT_TRUE(rows) << rows.error().detail;
  (*rows)->attach(page, other, &mirror);
  expect_integrity((*rows)->verify(), "");
  auto resealed = (*rows)->reseal("tester", note_restore);
  ASSERT_TRUE(resealed) << resealed.error().detail;
  expect_fine(**rows);
  RawDatabase raw(file());
  for (const char* table : {"keys", "copies", "credentials", "credential_versions", "head"}) {
    const auto keys = raw.texts("SELECT DISTINCT seal_key_id FROM " + std::string(table));
    EXPECT_EQ(keys, (std::vector<std::vector<std::string>>{{"seal-key-2"}})) << table;
  }
}

TEST_F(ResealTest, GuardsEveryRowAsBefore) {
  restore(copy());
  const std::string whole = read_file(file());
  for (const char* sql : {"UPDATE credentials SET grants = 'withdraw' WHERE label = 'label-1'", "DELETE FROM copies",
                          "UPDATE keys SET state = 'suspended'", "UPDATE events SET after = '' WHERE action = 'home.restored'"}) {
    write_file(file(), whole);
    {
      RawDatabase raw(file());
      raw.run(std::string(sql) + "; PRAGMA wal_checkpoint(TRUNCATE)");
    }
    SCOPED_TRACE(sql);
    const Home home(folder());
    expect_integrity(home.rows->verify(), "");
  }
}

TEST_F(ResealTest, RefusesABrokenEventChain) {
  {
    RawDatabase raw(file());
    raw.run("UPDATE events SET actor = 'nobody' WHERE seq = 1; PRAGMA wal_checkpoint(TRUNCATE)");
  }
  const Home home(folder());
  expect_integrity(home.rows->reseal("tester", note_restore), "event");
}

TEST_F(ResealTest, ChangesNothingWhenItsBodyFails) {
  const Bytes bytes = copy();
  const Home home(folder());
  auto resealed = home.rows->reseal("tester", [](Change&) -> Result<void> { return fail(Errc::busy, Origin::none, "no"); });
  ASSERT_FALSE(resealed);
  EXPECT_EQ(resealed.error().code, Errc::busy);
  expect_fine(*home.rows);
}

TEST_F(ResealTest, CanBeDoneAgainAfterACrashAtEveryStep) {
  const Bytes bytes = copy();
  {
    const Home home(folder());
    ASSERT_TRUE(set_grants(*home.rows, "label-1", "read"));
  }
  for (const bool before : {true, false}) {
    for (int step = 0; step < 2; ++step) {  // the announcement, and the end
      put_back(bytes);
      EXPECT_EQ(in_child([&] {
                  Home home(folder());
                  int stores = 0;
                  auto& hook = before ? home.mirror.before_store : home.mirror.after_store;
                  hook = [&](const Mirror&) {
                    if (stores++ == step) ::_exit(42);
                  };
                  static_cast<void>(home.rows->reseal("tester", note_restore).has_value());
                  return 1;
                }),
                42);
      restore(bytes);
      const Home home(folder());
      expect_fine(*home.rows);
    }
  }
}

}  // namespace
}  // namespace custos::registry
