#include "software/openssl_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "software/engine.h"

namespace custos::software {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::filesystem::path kModules = OPENSSL_info(OPENSSL_INFO_MODULES_DIR);

// opened is "ok" or the error.
std::string opened(const ProviderSettings& settings) {
  const auto context = OpenSslContext::open(settings);
  return context ? "ok" : std::string(to_string(context.error().code)) + ": " + context.error().detail;
}

TEST(OpenSslContext, OpensTheDefaultProviderAlone) {
  const auto context = OpenSslContext::open({});
  ASSERT_TRUE(context);
  EXPECT_TRUE((*context)->is_default());
  EXPECT_STREQ((*context)->properties(), "provider=default");
  EXPECT_EQ(OSSL_PROVIDER_available((*context)->get(), "default"), 1);
  EXPECT_EQ(OSSL_PROVIDER_available((*context)->get(), "legacy"), 0);
}

TEST(OpenSslContext, SaysWhyAProviderCannotBeLoaded) {
  const std::string fips = opened({.name = "fips", .options = {}});
  if (std::filesystem::exists(kModules / "fips.so")) {
    EXPECT_EQ(fips, "ok");
  } else {  // as on Debian, which ships none
    EXPECT_THAT(fips, StartsWith("bad_input: the OpenSSL provider fips cannot be loaded: "));
    EXPECT_THAT(fips, HasSubstr("fips.so"));
    EXPECT_THAT(fips, HasSubstr("choose another provider under [software] in custos.toml"));
  }
  EXPECT_THAT(opened({.name = "nonsense", .options = {}}), HasSubstr("provider nonsense cannot be loaded: "));
}

TEST(OpenSslContext, NamesWhatAProviderLacks) {
  EXPECT_EQ(
      opened({.name = "legacy", .options = {}}),
      "bad_input: the OpenSSL provider legacy lacks what Custos needs: Ed25519 keys, Ed25519 signatures, EC keys, ECDSA, RSA "
      "keys, RSA signatures, SHA-256, random numbers; choose another provider under [software] in custos.toml");
}

TEST(OpenSslContext, HandsOptionsToTheProvider) {
  const std::string elsewhere = opened({.name = "legacy", .options = {{"module", "/nowhere/at all.so"}}});
  EXPECT_THAT(elsewhere, HasSubstr("/nowhere/at all.so"));
  // A provider may stand under a name of the user's choice.
  const auto named = opened({.name = "mine", .options = {{"module", (kModules / "legacy.so").string()}, {"greeting", "a b"}}});
  EXPECT_THAT(named, HasSubstr("provider mine lacks what Custos needs"));
  EXPECT_EQ(opened({.name = "default", .options = {{"anything", "at all"}}}), "ok");
}

TEST(OpenSslContext, RefusesNamesAndValuesThatOpenSslWouldReadMoreInto) {
  for (const std::string& name :
       std::vector<std::string>{"", "1st", "a b", "a.b", "a\nb", "a=b", "..", "[x]", std::string(65, 'a')}) {
    EXPECT_THAT(opened({.name = name, .options = {}}), HasSubstr("is no name")) << name;
  }
  for (const std::string option : {"", ".include", "a b", "a\n[x]", "$a", "a=b"}) {
    EXPECT_THAT(opened({.name = "default", .options = {{option, "value"}}}), HasSubstr("is no name")) << option;
  }
  for (const std::string value :
       {"", " x", "x ", "$ENV::HOME", "a\nactivate = 0", "a\\", "\"a\"", "'a'", "a # b", "`a`", "\x7f"}) {
    EXPECT_THAT(opened({.name = "default", .options = {{"option", value}}}), HasSubstr("has a value that")) << value;
  }
}

TEST(OpenSslContext, ASoftLoadIsNoLoad) {
  EXPECT_THAT(opened({.name = "nonsense", .options = {{"soft_load", "yes"}}}), HasSubstr("cannot be loaded"));
}

TEST(OpenSslContext, LeavesTheHostsOpenSslAlone) {
  ERR_clear_error();
  ERR_raise(ERR_LIB_USER, 42);
  const unsigned long mine = ERR_peek_error();
  EXPECT_NE(opened({.name = "nonsense", .options = {}}), "ok");
  EXPECT_EQ(opened({}), "ok");
  EXPECT_EQ(ERR_get_error(), mine) << "an error of the host's was lost";
  EXPECT_EQ(ERR_get_error(), 0U) << "an error of ours is left";
  EXPECT_EQ(OSSL_PROVIDER_available(nullptr, "base"), 0) << "in the host's own context";
}

TEST(OpenSslContext, ReadsNoConfigurationOfTheHosts) {
  ASSERT_EQ(::setenv("OPENSSL_CONF", "/nowhere/openssl.cnf", 1), 0);
  EXPECT_EQ(opened({}), "ok");
  ASSERT_EQ(::unsetenv("OPENSSL_CONF"), 0);
}

TEST(OpenSslContext, MakesTheSecureHeap) {
  ASSERT_EQ(opened({}), "ok");
  EXPECT_EQ(CRYPTO_secure_malloc_initialized(), 1);
}

TEST(OpenSslContext, ForAStoreLoadsTheProviderBesideOpenSslsOwn) {
  const auto context = OpenSslContext::open_for_store({.name = "legacy", .options = {}});
  ASSERT_TRUE(context);
  EXPECT_EQ(OSSL_PROVIDER_available((*context)->get(), "legacy"), 1);
  EXPECT_EQ(OSSL_PROVIDER_available((*context)->get(), "default"), 1);
  EXPECT_STREQ((*context)->properties(), "");
  EXPECT_TRUE(OpenSslContext::open_for_store({}));
}

}  // namespace
}  // namespace custos::software
