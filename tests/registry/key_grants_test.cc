// What keys may sign: sealed rows of a table that joined with schema 4.
#include <gmock/gmock.h>

#include "registry/registry_fixture.h"

namespace custos::registry {
namespace {

using ::testing::HasSubstr;

class KeyGrantsTest : public RegistryFixture {
 protected:
  // grant records grants of the first key.
  static Result<void> grant(Registry& registry, const std::string& grants) {
    return registry.change("tester", [&](Change& change) -> Result<void> {
      if (auto put = change.put(KeyGrantsRow{"key-1", grants}); !put) return put;
      return change.record("key.granted", "key main:name-1", "", grants);
    });
  }

  static std::optional<std::string> grants_of(Registry& registry) {
    auto view = registry.view_key("main", "name-1");
    EXPECT_TRUE(view) << view.error().detail;
    if (!view || !*view || !(*view)->grants) return std::nullopt;
    return (*view)->grants->grants;
  }
};

TEST_F(KeyGrantsTest, AKeyHasNoneUntilTheyAreGiven) {
  fill();
  Home home(folder());
  EXPECT_EQ(grants_of(*home.rows), std::nullopt);
  ASSERT_TRUE(grant(*home.rows, "class withdraw\n"));
  EXPECT_EQ(grants_of(*home.rows), "class withdraw\n");
  ASSERT_TRUE(grant(*home.rows, ""));
  EXPECT_EQ(grants_of(*home.rows), "") << "no grant at all is not the same as none recorded";
  auto unverified = home.rows->key_grants_unverified("key-1");
  ASSERT_TRUE(unverified);
  EXPECT_TRUE(unverified->has_value());
  EXPECT_FALSE((*home.rows->key_grants_unverified("key-2")).has_value());
}

TEST_F(KeyGrantsTest, SurviveClosingAndARestoredCopy) {
  fill();
  Bytes copy;
  {
    Home home(folder());
    ASSERT_TRUE(grant(*home.rows, "class withdraw\nto 0xabc\n"));
    auto bytes = home.rows->copy();
    ASSERT_TRUE(bytes) << bytes.error().detail;
    copy = *std::move(bytes);
  }
  Home home(folder());
  EXPECT_EQ(grants_of(*home.rows), "class withdraw\nto 0xabc\n");
  auto from_copy = Registry::open_copy(copy);
  ASSERT_TRUE(from_copy) << from_copy.error().detail;
  auto row = (*from_copy)->key_grants_unverified("key-1");
  ASSERT_TRUE(row && row->has_value());
  EXPECT_EQ((*row)->grants, "class withdraw\nto 0xabc\n");
}

TEST_F(KeyGrantsTest, AnEditOrARemovalBehindOurBackIsFound) {
  for (const std::string sql : {"UPDATE key_grants SET grants = 'class unknown'", "DELETE FROM key_grants"}) {
    fill();
    {
      Home home(folder());
      ASSERT_TRUE(grant(*home.rows, "class session\n"));
    }
    RawDatabase(file()).run(sql);
    {
      Home home(folder());
      auto view = home.rows->view_key("main", "name-1");
      ASSERT_FALSE(view) << sql;
      EXPECT_EQ(view.error().code, Errc::integrity) << view.error().detail;
    }
    std::filesystem::remove_all(folder());
    std::filesystem::create_directory(folder());
  }
}

// A file of the schema before, as it stands on disks: made by taking the table away again.
TEST_F(KeyGrantsTest, ARegistryOfSchemaThreeOpensAndIsMigrated) {
  fill();
  RawDatabase(file()).run("DROP TABLE key_grants; PRAGMA user_version = 3");
  Home home(folder());
  auto whole = home.rows->verify();
  EXPECT_TRUE(whole) << "its head still holds: " << whole.error().detail;
  EXPECT_EQ(RawDatabase(file()).texts("PRAGMA user_version").front().front(), "4");
  EXPECT_EQ(grants_of(*home.rows), std::nullopt);
  ASSERT_TRUE(grant(*home.rows, "class unknown\n"));
  EXPECT_EQ(grants_of(*home.rows), "class unknown\n");
  EXPECT_TRUE(home.rows->verify());
}

}  // namespace
}  // namespace custos::registry
