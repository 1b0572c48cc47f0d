#include "hsm/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "hsm/module.h"
#include "hsm/pin_form.h"
#include "hsm/profiles.h"
#include "support/softhsm_fixture.h"
#include "support/test_data.h"

namespace custos::hsm {
namespace {

using ::testing::HasSubstr;

std::string chosen(const ModuleDescription& module, std::string_view name = {}) {
  const auto profile = choose_profile(name, module);
  return profile ? std::string(profile->name) : profile.error().detail;
}

ModuleDescription says(std::string path, std::string manufacturer = {}, std::string library = {}) {
  return {std::move(path), std::move(manufacturer), std::move(library)};
}

TEST(Profile, IsChosenByWhatTheModuleSaysOfItself) {
  EXPECT_EQ(chosen(says("/usr/lib/softhsm/libsofthsm2.so", "SoftHSM", "Implementation of PKCS11")), "softhsm2");
  EXPECT_EQ(chosen(says("/usr/lib/libsoftokn3.so", "Mozilla Foundation", "NSS Internal Crypto Services")), "nss");
  EXPECT_EQ(chosen(says("/usr/lib/pkcs11/yubihsm_pkcs11.so", "Yubico (www.yubico.com)", "YubiHSM PKCS#11 Library")), "yubihsm2");
  EXPECT_EQ(chosen(says("/usr/lib/opencryptoki/x.so", "IBM", "Meta PKCS11 LIBRARY")), "opencryptoki");
  EXPECT_EQ(chosen(says("/usr/lib/x.so", "tpm2-software.github.io", "TPM2.0 Cryptoki")), "tpm2-pkcs11");
  EXPECT_EQ(chosen(says("/opt/libkmsp11.so", "Google", "Cryptoki Library for Cloud KMS")), "google-kmsp11");
}

TEST(Profile, IsChosenByTheFileWhereTheModuleDoesNotSay) {
  constexpr const char* kKit = "PKCS#11 Kit";
  EXPECT_EQ(chosen(says("/usr/lib/x86_64-linux-gnu/pkcs11/p11-kit-client.so", kKit)), "p11-kit-client");
  EXPECT_EQ(chosen(says("/usr/lib/x86_64-linux-gnu/libp11-kit.so.0.3.0", kKit)), "p11-kit-proxy");
  EXPECT_EQ(chosen(says("/usr/lib/p11-kit-proxy.so", kKit)), "p11-kit-proxy");
  EXPECT_EQ(chosen(says("/opt/cloudhsm/lib/libcloudhsm_pkcs11.so")), "aws-cloudhsm");
  EXPECT_EQ(chosen(says("/usr/lib/opencryptoki/libopencryptoki.so.0.0.0", "IBM", "another text")), "opencryptoki");
  EXPECT_EQ(chosen(says("/usr/lib/libtpm2_pkcs11.so.1")), "tpm2-pkcs11") << "before the module was asked";
  EXPECT_EQ(chosen(says("/usr/safenet/lunaclient/lib/libCryptoki2_64.so")), "luna");
  EXPECT_EQ(chosen(says("/opt/nfast/toolkits/pkcs11/libcknfast.so")), "nshield");
  EXPECT_EQ(chosen(says("/opt/azurecloudhsm/lib64/libazcloudhsm_pkcs11.so")), "azure-cloudhsm");
}

TEST(Profile, OfAModuleThatNobodyKnowsIsTheCarefulOne) {
  EXPECT_EQ(chosen(says("/opt/device/libpkcs11.so", "A vendor", "His library")), "generic");
  EXPECT_EQ(chosen(says("/opt/ibm/other.so", "IBM", "another of IBM's")), "generic") << "half a mark is none";
  EXPECT_EQ(chosen(says("/opt/other.so", "Google", "Another library")), "generic");
  EXPECT_EQ(chosen(says({})), "generic");
}

TEST(Profile, OfThatNameIsTakenWhateverTheModuleSays) {
  for (const Profile& profile : profiles()) EXPECT_EQ(chosen(says("/x.so", "SoftHSM"), profile.name), profile.name);
  const auto unknown = choose_profile("softhsm", says("/x.so", "SoftHSM"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::bad_input);
  for (const Profile& profile : profiles()) EXPECT_THAT(unknown.error().detail, HasSubstr(profile.name));
}

TEST(Profile, IsNamedByEachMark) {
  for (const Mark& mark : marks()) {
    EXPECT_EQ(chosen({}, mark.profile), mark.profile);
    EXPECT_FALSE(mark.manufacturer.empty() && mark.file.empty()) << mark.profile << ": a library's text alone is anybody's";
  }
}

TEST(Profile, HoldsNothingThatContradictsItself) {
  for (const Profile& profile : profiles()) {
    SCOPED_TRACE(profile.name);
    EXPECT_GT(profile.sessions, 0U);
    EXPECT_GT(profile.threads_at_once, 0U);
    EXPECT_TRUE(profile.threads_at_once >= profile.sessions || profile.arming == Arming::off) << "the pool is the gate";
    EXPECT_EQ(profile.idle_limit.count() > 0, profile.keep_alive != KeepAlive::none);
    EXPECT_NE(profile.remedy_gone.empty(), profile.name != "generic");
    EXPECT_TRUE(!profile.raises_sigpipe || profile.deadlines == Deadlines::threaded) << "what breaks like that hangs like that";
    EXPECT_TRUE(profile.private_copy || profile.restart != Restart::first) << "it is not ours to finalize";
    EXPECT_FALSE(profile.verify_always) << "a wish of custos.toml";
    EXPECT_TRUE(profile.hmac_384_512_by_generic || profile.hmac_import == HmacKeyType::sha_hmac);
  }
}

// Each definition stands below a comment that says where its values are from.
TEST(Profile, CitesItsSource) {
  std::ifstream source(test::test_data("../../hsm/profiles.cc"));
  ASSERT_TRUE(source);
  std::string comment;
  std::size_t cited = 0;
  for (std::string line; std::getline(source, line);) {
    if (line.empty()) comment.clear();
    if (line.starts_with("//")) comment += line;
    if (!line.starts_with("constexpr Profile ")) continue;
    const bool cites = comment.find("devices.md") != std::string::npos || comment.find("(read, ") != std::string::npos;
    EXPECT_TRUE(cites) << line;
    cited += cites ? 1U : 0U;
  }
  EXPECT_EQ(cited, profiles().size());
}

bool is_taken(PinForm form, std::string_view pin) {
  const auto checked = check_pin_form(form, test::secret_text(pin));
  if (!checked) {
    EXPECT_EQ(checked.error().code, Errc::authentication);
    EXPECT_EQ(checked.error().native, 0U) << "no token refused it";
    EXPECT_THAT(checked.error().detail, ::testing::Not(HasSubstr(pin))) << "a PIN is never told";
  }
  return static_cast<bool>(checked);
}

TEST(PinForm, OfAYubiHsmIsTheKeysIdAndItsPassword) {
  for (const char* good : {"0001pa55word", "00fFpa55word", "@003fpa55word", "000112345678"}) {
    EXPECT_TRUE(is_taken(PinForm::key_id_password, good)) << good;
  }
  for (const char* bad : {"pa55word", "1pa55word", "0001pa55wor", "001gpa55word", "@01pa55word", "0x01 pa55word1"}) {
    EXPECT_FALSE(is_taken(PinForm::key_id_password, bad)) << bad;
  }
  EXPECT_TRUE(is_taken(PinForm::key_id_password, "0001" + std::string(64, 'p')));
  EXPECT_FALSE(is_taken(PinForm::key_id_password, "0001" + std::string(65, 'p')));
}

TEST(PinForm, OfACloudHsmIsAUserAndHisPassword) {
  for (const char* good : {"CU_user:pa55word", "a:b", "user:pass:word"}) {
    EXPECT_TRUE(is_taken(PinForm::user_colon_password, good)) << good;
  }
  for (const char* bad : {"pa55word", ":pa55word", "CU_user:"}) EXPECT_FALSE(is_taken(PinForm::user_colon_password, bad)) << bad;
}

TEST(PinForm, OfOthersIsAny) { EXPECT_TRUE(is_taken(PinForm::plain, "1")); }

}  // namespace
}  // namespace custos::hsm
