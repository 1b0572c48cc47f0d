// A stranger with write access to registry.db, and even with the sqlite3 shell, changes nothing unnoticed.
#include <algorithm>
#include <array>
#include <ostream>

#include "registry/registry_fixture.h"

namespace custos::registry {
namespace {

class TamperingTest : public RegistryFixture {
 protected:
  void SetUp() override {
    fill(3);
    const Home home(folder());
    auto set = home.rows->change("tester", [](Change& change) -> Result<void> {
      if (auto put = change.put_setting("mode", "production"); !put) return put;
      if (auto put = change.put_setting("zeta", "1"); !put) return put;
      return change.record("setting", "mode", "", "production");
    });
    ASSERT_TRUE(set) << set.error().detail;
  }

  // edit runs SQL as a stranger, with foreign keys off as the shell has them, and puts everything into registry.db.
  void edit(const std::string& sql) const {
    RawDatabase raw(file());
    raw.run("PRAGMA foreign_keys = OFF; " + sql + "; PRAGMA wal_checkpoint(TRUNCATE)");
  }

  // expect_refused expects that verify, a view and a change all refuse for integrity, verify with `words`.
  void expect_refused(std::string_view words) const {
    const Home home(folder());
    expect_integrity(home.rows->verify(), words);
    expect_integrity(home.rows->view_credential("label-1"), "");
    expect_integrity(home.rows->view_key("main", "name-1"), "");
    expect_integrity(home.rows->view_setting("mode"), "");
    expect_integrity(set_grants(*home.rows, "label-1", "read"), "");
    EXPECT_EQ(home.page.epoch() % 2, 0U);
  }
};

// Every column of every sealed table, walked by what SQLite says the table has. One test case each, so that a failure names it.
struct Target {
  std::string table, row_condition, shown;  // a row that label-1 does not use is as well guarded as one that it uses
  friend std::ostream& operator<<(std::ostream& out, const Target& target) {
    return out << target.table << " WHERE " << target.row_condition;
  }
};

class EveryColumnTest : public TamperingTest, public ::testing::WithParamInterface<Target> {};

TEST_P(EveryColumnTest, EditedIsRefusedAndTheRowIsNamed) {
  const auto& [table, condition, shown] = GetParam();
  const std::string whole = read_file(file());
  std::vector<std::vector<std::string>> columns;
  {
    RawDatabase raw(file());
    columns = raw.texts("PRAGMA table_info(" + table + ")");
  }
  ASSERT_FALSE(columns.empty());
  for (const auto& column : columns) {
    const std::string& name = column[1];
    const std::string& type = column[2];
    if (table == "credentials" && name == "last_used_ms") continue;  // the one that is not sealed
    std::vector<std::string> edits;
    if (type == "INTEGER") edits = {"coalesce(" + name + ", 0) + 1", "coalesce(" + name + ", 0) - 1"};
    if (type == "TEXT") edits = {"'edited'", "''", name + " || 'x'"};
    if (type == "BLOB") edits = {"zeroblob(length(" + name + "))", "zeroblob(0)", "CAST(" + name + " || x'00' AS BLOB)"};
    ASSERT_FALSE(edits.empty()) << type;
    if (column[3] == "0" && column[5] == "0") edits.push_back("1");  // may be NULL
    for (const auto& expression : edits) {
      SCOPED_TRACE(std::string(table).append(".").append(name).append(" = ").append(expression));
      write_file(file(), whole);
      std::string sql = "UPDATE " + table;
      sql += " SET " + name + " = " + expression + " WHERE " + condition;
      {
        RawDatabase raw(file());
        if (raw.try_run(sql) == SQLITE_CONSTRAINT) continue;  // the head's CHECK (id = 1)
        raw.run("PRAGMA wal_checkpoint(TRUNCATE)");
      }
      ASSERT_FALSE(read_file(file()) == whole);
      const bool identity = column[5] != "0" || name == "label" || (table == "keys" && name == "name");
      expect_refused(identity ? "the row of " : shown);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Tables, EveryColumnTest,
    ::testing::Values(Target{"keys", "id = 'key-1'", "key 'name-1'"}, Target{"keys", "id = 'key-3'", "key 'name-3'"},
                      Target{"copies", "key_id = 'key-1'", "copy of key 'key-1'"},
                      Target{"copies", "key_id = 'key-3'", "copy of key 'key-3'"},
                      Target{"credentials", "id = 'cred-1'", "credential 'label-1'"},
                      Target{"credentials", "id = 'cred-3'", "credential 'label-3'"},
                      Target{"credential_versions", "credential_id = 'cred-1'", "version of credential 'cred-1'"},
                      Target{"credential_versions", "credential_id = 'cred-3'", "version of credential 'cred-3'"},
                      Target{"settings", "name = 'mode'", "setting 'mode'"},
                      Target{"settings", "name = 'zeta'", "setting 'zeta'"}, Target{"head", "id = 1", "head"}),
    [](const auto& target) {
      std::string name = target.param.table + "_" + target.param.row_condition;
      std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
      return name;
    });

TEST_F(TamperingTest, TheLastUseIsNotSealed) {
  edit("UPDATE credentials SET last_used_ms = 77");
  const Home home(folder());
  expect_fine(*home.rows);
}

TEST_F(TamperingTest, SwappedGrantsAreRefused) {
  {
    ASSERT_TRUE(set_grants(*Home(folder()).rows, "label-2", "read,withdraw"));
  }
  edit("UPDATE credentials SET grants = CASE id WHEN 'cred-1' THEN 'read,withdraw' ELSE 'read,trade' END WHERE id <> 'cred-3'");
  expect_refused("credential 'label-");
}

TEST_F(TamperingTest, SwappedContentsWithTheirSealsAreRefused) {
  edit(
      "CREATE TEMP TABLE t AS SELECT * FROM credentials;"
      "UPDATE credentials SET label = id WHERE id IN ('cred-1', 'cred-2');"
      "UPDATE credentials SET (label, owner, venue, environment, subaccount, status, reason, is_active, grants, hosts, "
      "created_ms, "
      "row_version, seal_alg, seal_key_id, seal) = (SELECT label, owner, venue, environment, subaccount, status, reason, "
      "is_active, grants, hosts, created_ms, row_version, seal_alg, seal_key_id, seal FROM t WHERE t.id = CASE credentials.id "
      "WHEN "
      "'cred-1' THEN 'cred-2' ELSE 'cred-1' END) WHERE id IN ('cred-1', 'cred-2')");
  expect_refused("credential 'label-");
}

TEST_F(TamperingTest, SwappedKeysOfTwoCredentialsAreRefused) {
  edit("UPDATE credential_versions SET key_id = CASE credential_id WHEN 'cred-1' THEN 'key-2' ELSE 'key-1' END");
  expect_refused("version of credential 'cred-");
}

TEST_F(TamperingTest, ADeletedRowIsRefused) {
  for (const std::string row :
       {"credentials WHERE id = 'cred-3'", "copies WHERE key_id = 'key-2'", "settings WHERE name = 'mode'",
        "credential_versions WHERE credential_id = 'cred-1'", "keys WHERE id = 'key-3'"}) {
    SCOPED_TRACE(row);
    const std::string whole = read_file(file());
    edit("DELETE FROM " + row);
    expect_refused("added, removed, exchanged or put back");
    write_file(file(), whole);
  }
}

TEST_F(TamperingTest, AnInsertedRowIsRefused) {
  edit("INSERT INTO settings SELECT 'allow', value, row_version, seal_alg, seal_key_id, seal FROM settings WHERE name = 'mode'");
  expect_refused("setting 'allow'");
}

TEST_F(TamperingTest, ADeletedRowPutBackWithItsTrueSealIsRefused) {
  edit(
      "CREATE TABLE stash AS SELECT * FROM credentials WHERE id = 'cred-3'; CREATE TABLE stash_versions AS SELECT * FROM "
      "credential_versions WHERE credential_id = 'cred-3'");
  std::vector<std::vector<std::string>> rows;
  {
    RawDatabase raw(file());
    rows = raw.texts("SELECT * FROM stash");
    ASSERT_EQ(rows.size(), 1U);
    raw.run("ATTACH '" + (folder() / "stash.db").string() +
            "' AS s; CREATE TABLE s.c AS SELECT * FROM stash; "
            "CREATE TABLE s.v AS SELECT * FROM stash_versions; DROP TABLE stash; DROP TABLE stash_versions");
  }
  {
    const Home home(folder());
    auto removed = home.rows->change("tester", [](Change& change) -> Result<void> {
      if (auto gone = change.remove_credential("cred-3"); !gone) return gone;
      return change.record("credential.remove", "label-3", "", "");
    });
    ASSERT_TRUE(removed) << removed.error().detail;
  }
  edit("ATTACH '" + (folder() / "stash.db").string() +
       "' AS s; INSERT INTO credentials SELECT * FROM s.c; "
       "INSERT INTO credential_versions SELECT * FROM s.v");
  expect_refused("added, removed, exchanged or put back");
}

// The row's seal is true, only old: the grant of before the revocation.
class OldRowTest : public TamperingTest {
 protected:
  void SetUp() override {
    TamperingTest::SetUp();
    RawDatabase raw(file());
    raw.run("ATTACH '" + stash() + "' AS s; CREATE TABLE s.c AS SELECT * FROM credentials WHERE id = 'cred-1'");
    const Home home(folder());
    ASSERT_TRUE(set_grants(*home.rows, "label-1", ""));
  }
  [[nodiscard]] std::string stash() const { return (folder() / "stash.db").string(); }
};

TEST_F(OldRowTest, PutBackIsRefused) {
  edit("ATTACH '" + stash() + "' AS s; DELETE FROM credentials WHERE id = 'cred-1'; INSERT INTO credentials SELECT * FROM s.c");
  expect_refused("added, removed, exchanged or put back");
}

TEST_F(OldRowTest, PutBackByATriggerAtTheNextChangeIsRefused) {
  std::string columns;
  {
    RawDatabase raw(file());
    raw.run("ATTACH '" + stash() + "' AS s");
    const auto old = raw.texts("SELECT grants, row_version, hex(seal) FROM s.c").at(0);
    columns = "grants = '" + old[0] + "', row_version = " + old[1] + ", seal = x'" + old[2] + "'";
  }
  edit("CREATE TRIGGER helpful AFTER INSERT ON events BEGIN UPDATE credentials SET " + columns + " WHERE id = 'cred-1'; END");
  {
    const Home home(folder());
    static_cast<void>(set_grants(*home.rows, "label-2", "read").has_value());  // refused, or done without the trigger
  }
  const Home home(folder());
  auto view = home.rows->view_credential("label-1");
  EXPECT_TRUE(!view || view->credential.grants.empty()) << "the old grant came back: " << view->credential.grants;
  expect_refused("tables");
}

// The head's walk by id finds the true row and the look-up by label the old one, while the tables look as they should: the
// shell's writable_schema makes SQLite forget an index for a while.
TEST_F(OldRowTest, HiddenBehindAnIndexIsRefused) {
  const std::string master = "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = ";
  const std::string table = " WHERE type = 'table' AND name = 'credentials'; ";
  const std::string index = "sqlite_autoindex_credentials_";
  std::string strict;
  std::array<std::string, 2> roots;
  {
    RawDatabase raw(file());
    strict = raw.texts("SELECT sql FROM sqlite_master" + table).at(0).at(0);
    for (std::size_t i = 0; i < 2; ++i)
      roots[i] = raw.texts("SELECT rootpage FROM sqlite_master WHERE name = '" + index + std::to_string(i + 1) + "'").at(0).at(0);
  }
  const auto without = [](std::string sql, const std::string& words) { return sql.replace(sql.find(words), words.size(), ""); };
  const std::string loose_label = without(strict, " UNIQUE");
  edit(master + "'" + loose_label + "'" + table + "DELETE FROM sqlite_master WHERE name = '" + index + "2'");
  edit("UPDATE credentials SET rowid = 1000 WHERE id = 'cred-1'");
  edit(master + "'" + without(loose_label, " PRIMARY KEY") + "'" + table + "DELETE FROM sqlite_master WHERE name = '" + index +
       "1'");
  {
    RawDatabase raw(file());
    std::string columns;
    for (const auto& column : raw.texts("PRAGMA table_info(credentials)")) columns += ", " + column[1];
    raw.run("ATTACH '" + stash() + "' AS s; INSERT INTO credentials (rowid" + columns + ") SELECT 1" + columns + " FROM s.c");
  }
  std::string restore = master + "'" + strict + "'" + table;
  for (std::size_t i = 0; i < 2; ++i)
    restore += "INSERT INTO sqlite_master VALUES ('index', '" + index + std::to_string(i + 1) + "', 'credentials', " + roots[i] +
               ", NULL); ";
  edit(restore);
  ASSERT_EQ(RawDatabase(file()).texts("SELECT grants FROM credentials WHERE label = 'label-1'").at(0).at(0), "read,trade");
  expect_refused("is damaged");
}

TEST_F(TamperingTest, AnIndexThatDoesNotFitItsTableIsRefused) {
  // Two entries of the index on the keys in use are exchanged in the bytes of the file.
  std::string content = read_file(file());
  std::vector<std::size_t> places;
  for (std::size_t at = content.find("mainname-"); at != std::string::npos; at = content.find("mainname-", at + 1))
    places.push_back(at);
  ASSERT_GE(places.size(), 2U);
  int refused = 0;
  for (const std::size_t place : places) {
    std::string damaged = content;
    damaged[place + 9] = '9';
    write_file(file(), damaged);
    const Home home(folder());
    auto verified = home.rows->verify();
    if (verified) continue;  // bytes of a deleted cell
    EXPECT_EQ(verified.error().code, Errc::integrity);
    ++refused;
  }
  EXPECT_GE(refused, 3);
}

TEST_F(TamperingTest, AnOldCopyOfTheFileIsOlder) {
  const std::string old = read_file(file());
  {
    ASSERT_TRUE(set_grants(*Home(folder()).rows, "label-1", ""));
  }
  write_file(file(), old);
  expect_refused("older than the token's record of it (change 4 instead of 5): an old copy was put back");
}

TEST_F(TamperingTest, AnEditedHeadIsRefused) {
  edit("UPDATE head SET counter = counter + 5");
  expect_refused("the row of head");
}

TEST_F(TamperingTest, ADeletedHeadIsRefused) {
  edit("DELETE FROM head");
  expect_refused("older than the token's record");
}

TEST_F(TamperingTest, ADeletedHeadWithoutAMirrorIsNoFreshRegistry) {
  edit("DELETE FROM head");
  std::filesystem::remove(folder() / "mirror");
  expect_refused("has no head");
}

TEST_F(TamperingTest, AnEditedEventIsRefused) {
  for (const std::string column :
       {"at_ms = 1", "actor = 'nobody'", "action = ''", "object = 'x'", "before = 'x'", "after = 'x'"}) {
    SCOPED_TRACE(column);
    const std::string whole = read_file(file());
    edit("UPDATE events SET " + column + " WHERE seq = 2");
    const Home home(folder());
    expect_integrity(home.rows->verify(), "event 2");
    write_file(file(), whole);
  }
}

TEST_F(TamperingTest, AnEditedLastEventIsRefused) {
  edit("UPDATE events SET actor = 'nobody' WHERE seq = 4");
  expect_refused("added, removed, exchanged or put back");
}

TEST_F(TamperingTest, DeletedEventsAreRefused) {
  for (const std::string which : {"seq = 1", "seq = 2", "seq = 4", "seq <= 2", "seq >= 1"}) {
    SCOPED_TRACE(which);
    const std::string whole = read_file(file());
    edit("DELETE FROM events WHERE " + which);
    {
      const Home home(folder());
      expect_integrity(home.rows->verify(), "");
    }
    write_file(file(), whole);
  }
}

TEST_F(TamperingTest, ADeletedEventWithTheRestRenumberedIsRefused) {
  edit("DELETE FROM events WHERE seq = 2; UPDATE events SET seq = seq - 1 WHERE seq > 2");
  const Home home(folder());
  expect_integrity(home.rows->verify(), "");
}

TEST_F(TamperingTest, AMissingMirrorIsRefused) {
  std::filesystem::remove(folder() / "mirror");
  expect_refused("the token holds no record of this registry");
}

TEST_F(TamperingTest, TheMirrorOfAnotherRegistryIsRefused) {
  const test::TemporaryFolder other;
  {
    const Home home(other.path());
    for (const std::string number : {"5", "6", "7", "8"}) ASSERT_TRUE(add_credential(*home.rows, number));
  }
  std::filesystem::copy_file(other.path() / "mirror", folder() / "mirror", std::filesystem::copy_options::overwrite_existing);
  expect_refused("is not the one that the token recorded last");
}

TEST_F(TamperingTest, AnUnreadableMirrorIsRefused) {
  write_file(folder() / "mirror", "custos-mirror-v1");
  expect_refused("cannot be read");
}

TEST_F(TamperingTest, AnEditIsFoundWithoutAMirrorToo) {
  Home home(folder());
  home.rows->attach(home.page, home.sealer, nullptr);
  ASSERT_TRUE(home.rows->verify());
  edit("UPDATE credentials SET grants = 'withdraw' WHERE id = 'cred-1'");
  expect_integrity(home.rows->view_credential("label-1"), "credential 'label-1'");
}

TEST_F(TamperingTest, AnotherSealKeyIsRefused) {
  Home home(folder());
  SoftwareSealer other_secret("another secret of thirty-two by.");
  SoftwareSealer other_id("a seal key of exactly 32 bytes ..", "seal-key-2");
  for (SoftwareSealer* sealer : {&other_secret, &other_id}) {
    home.rows->attach(home.page, *sealer, &home.mirror);
    expect_integrity(home.rows->verify(), "head");
  }
}

TEST_F(TamperingTest, ASealKeyThatFailsIsToldAsItIs) {
  class Gone final : public RowSealer {
   public:
    [[nodiscard]] std::string_view algorithm() const noexcept override { return "HMAC-SHA256"; }
    [[nodiscard]] std::string_view key_id() const noexcept override { return "seal-key-1"; }
    [[nodiscard]] Result<Digest32> mac(ByteView /*row*/) override {
      return fail(Errc::device_gone, Origin::token, "the token was pulled out");
    }
  } gone;
  Home home(folder());
  home.rows->attach(home.page, gone, &home.mirror);
  EXPECT_EQ(home.rows->view_credential("label-1").error().code, Errc::device_gone);
  EXPECT_EQ(add_credential(*home.rows, "9").error().code, Errc::device_gone);
}

TEST_F(TamperingTest, AnEditDuringALongSessionIsNoticed) {
  const Home home(folder());
  ASSERT_TRUE(home.rows->view_credential("label-1"));
  edit("UPDATE credentials SET grants = 'withdraw' WHERE id = 'cred-1'");
  expect_integrity(home.rows->view_credential("label-1"), "credential 'label-1'");
  expect_integrity(home.rows->view_credential("label-1"), "credential 'label-1'");
}

TEST_F(TamperingTest, AHiddenRowIsNotTakenForAnAbsentOne) {
  edit("UPDATE credentials SET label = 'elsewhere' WHERE id = 'cred-1'; UPDATE keys SET state = 'destroyed' WHERE id = 'key-1'");
  const Home home(folder());
  expect_integrity(home.rows->view_credential("label-1"), "the row of");
  expect_integrity(home.rows->view_key("main", "name-1"), "the row of");
}

TEST_F(TamperingTest, AStrangeNameCannotWriteToTheTerminal) {
  edit("UPDATE credentials SET label = char(27) || '[2J' || char(10) || 'all is well' WHERE id = 'cred-1'");
  const Home home(folder());
  auto verified = home.rows->verify();
  ASSERT_FALSE(verified);
  EXPECT_TRUE(std::ranges::all_of(verified.error().detail, [](char c) { return c >= 0x20 && c != 0x7F; }))
      << verified.error().detail;
}

}  // namespace
}  // namespace custos::registry
