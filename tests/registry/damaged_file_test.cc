// Files that are no registry, or no longer a whole one: each is refused with one clear line, and left as it was.
#include <algorithm>
#include <set>

#include "registry/registry_fixture.h"

namespace custos::registry {
namespace {

class DamagedFileTest : public RegistryFixture {
 protected:
  // open_and_read opens the registry and reads all of it.
  Result<void> open_and_read() const {
    auto registry = Registry::open(file(), Clock::system());
    if (!registry) return registry.failure();
    ControlPage page = Home::must(ControlPage::create(folder() / "control"));
    SoftwareSealer sealer;
    FileMirror mirror(folder() / "mirror");
    (*registry)->attach(page, sealer, &mirror);
    return (*registry)->verify();
  }
};

TEST_F(DamagedFileTest, ANewerSchemaAsksForAnUpgradeAndIsLeftAlone) {
  fill();
  RawDatabase(file()).run("PRAGMA user_version = 5");
  const std::string before = read_file(file());
  expect_integrity(open_and_read(), "newer Custos (schema 5, this one knows 4): upgrade Custos");
  expect_integrity(Registry::create(file(), Clock::system()), "upgrade Custos");
  EXPECT_TRUE(read_file(file()) == before) << "the file was changed";
}

TEST_F(DamagedFileTest, AnImpossibleSchemaVersionIsRefused) {
  fill();
  RawDatabase(file()).run("PRAGMA user_version = -1");
  expect_integrity(open_and_read(), "not a Custos registry");
}

TEST_F(DamagedFileTest, TruncatedAtAnyLengthItIsRefused) {
  fill(20);
  const std::string whole = read_file(file());
  std::set<std::size_t> lengths;
  for (std::size_t length = 1; length <= 128; ++length) lengths.insert(length);
  for (std::size_t page = 4096; page < whole.size(); page += 4096) lengths.insert({page - 1, page, page + 1, page + 2000});
  lengths.insert(whole.size() - 1);
  for (const std::size_t length : lengths) {
    // SQLite reads zeros behind the end of a file within its last page.
    if (whole.find_first_not_of('\0', length) == std::string::npos) continue;
    SCOPED_TRACE("length " + std::to_string(length) + " of " + std::to_string(whole.size()));
    write_file(file(), whole.substr(0, length));
    expect_integrity(open_and_read(), "registry.db");
    if (length < 4096) {
      EXPECT_EQ(read_file(file()).size(), length);
    }
  }
  write_file(file(), whole);
  EXPECT_TRUE(open_and_read());
}

TEST_F(DamagedFileTest, AnyPageOverwrittenWithZerosIsRefused) {
  fill(20);
  const std::string whole = read_file(file());
  for (std::size_t page = 0; page < whole.size(); page += 4096) {
    SCOPED_TRACE("page " + std::to_string(page / 4096 + 1));
    std::string damaged = whole;
    damaged.replace(page, 4096, 4096, '\0');
    write_file(file(), damaged);
    auto read = open_and_read();
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, Errc::integrity) << read.error().detail;
  }
}

TEST_F(DamagedFileTest, AnEmptyFileIsNoRegistryUnlessItIsBeingMade) {
  write_file(file(), "");
  std::filesystem::permissions(file(), std::filesystem::perms(0600));
  expect_integrity(open_and_read(), "is empty, it was truncated");
  EXPECT_EQ(std::filesystem::file_size(file()), 0U);
  auto created = Registry::create(file(), Clock::system());  // another process, or one that died, made the file just now
  EXPECT_TRUE(created) << created.error().detail;
}

TEST_F(DamagedFileTest, ATruncatedRegistryCannotStartAnewUnderItsOldMirror) {
  fill();
  write_file(file(), "");
  const Home home(folder());
  expect_integrity(home.rows->verify(), "older than the token's record");
  expect_integrity(add_credential(*home.rows, "9"), "older than the token's record");
}

TEST_F(DamagedFileTest, AFileThatIsNoDatabaseIsRefusedAndLeftAlone) {
  for (const std::string& content : {std::string("xy"), std::string("[home]\nmode = \"demo\"\n"), std::string(100, '\0'),
                                     std::string(8192, 'A'), std::string("SQLite format 3\0", 16), std::string(4096, '\xFF')}) {
    write_file(file(), content);
    expect_integrity(open_and_read(), "registry.db");
    expect_integrity(Registry::create(file(), Clock::system()), "registry.db");
    EXPECT_TRUE(read_file(file()) == content) << "the file was changed";
  }
}

TEST_F(DamagedFileTest, ADatabaseOfAnotherProgramIsRefusedAndLeftAlone) {
  RawDatabase(file()).run("CREATE TABLE notes (text); INSERT INTO notes VALUES ('mine')");
  const std::string before = read_file(file());
  expect_integrity(open_and_read(), "not a Custos registry");
  expect_integrity(Registry::create(file(), Clock::system()), "not a Custos registry");
  EXPECT_TRUE(read_file(file()) == before) << "the file was changed";
  EXPECT_FALSE(std::filesystem::exists(file().string() + "-wal"));
}

TEST_F(DamagedFileTest, ADatabaseThatOnlyClaimsToBeARegistryIsRefused) {
  RawDatabase(file()).run("CREATE TABLE notes (text); PRAGMA application_id = 1129665364; PRAGMA user_version = 1");
  expect_integrity(open_and_read(), "tables");
}

TEST_F(DamagedFileTest, AFolderInItsPlaceIsRefused) {
  std::filesystem::create_directory(file());
  auto read = open_and_read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::system) << read.error().detail;
}

}  // namespace
}  // namespace custos::registry
