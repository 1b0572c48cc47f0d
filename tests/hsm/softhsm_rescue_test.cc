#include "hsm/softhsm_rescue.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "mac.h"
#include "support/softhsm_fixture.h"

namespace custos {
namespace {

namespace fs = std::filesystem;
using test::secret_text;
using test::SoftHsmToken;

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void put(const fs::path& path, std::string_view content) { std::ofstream(path, std::ios::binary | std::ios::trunc) << content; }

class SoftHsmRescueTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string label = token_.config.uri.substr(std::string_view("pkcs11:token=").size()) + " ";
    for (const auto& each : fs::directory_iterator(test::softhsm_folder() / "tokens")) {
      if (content_of(each.path() / "token.object").find(label) != std::string::npos) folder_ = each.path();
    }
    ASSERT_FALSE(folder_.empty()) << "no folder of the token " << label;
    object_ = folder_ / "token.object";
    copy_ = folder_ / "token.object.copy";
    whole_ = content_of(object_);
  }

  void rescue() const { hsm::rescue_softhsm_tokens(token_.config.environment); }
  void save() const { hsm::save_softhsm_tokens(token_.config.environment); }

  SoftHsmToken token_ = SoftHsmToken::make();
  fs::path folder_, object_, copy_;
  std::string whole_;
};

TEST_F(SoftHsmRescueTest, SignsWithATokenWhoseFileWasEmptied) {
  const key::KeyTemplate key{key::KeyId::random(), "rescued#1", key::Algorithm::hmac_sha256};
  const std::string secret(32, 's');
  ASSERT_TRUE(token_.open()->import_key(key, secret_text(secret)));
  put(object_, "");
  const auto signer = token_.open()->prepare(key.id, key.algorithm, 0);
  ASSERT_TRUE(signer) << signer.error().detail;
  Bytes mac(32);
  ASSERT_TRUE((*signer)->sign(as_bytes("a"), mac, std::nullopt).ok());
  EXPECT_EQ(mac, test::openssl_hmac(key.algorithm, as_bytes(secret), as_bytes("a")));
}

TEST_F(SoftHsmRescueTest, ProbeFindsATokenWhoseFileWasEmptied) {
  put(object_, "");
  const auto seen = hsm::TokenBackend::look(token_.config);
  EXPECT_TRUE(seen) << seen.error().detail;
}

TEST_F(SoftHsmRescueTest, PutsAnEmptiedFileBackWithMode0600) {
  put(object_, "");
  rescue();
  EXPECT_EQ(content_of(object_), whole_);
  struct stat facts{};
  ASSERT_EQ(::stat(object_.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777, 0600U);
}

TEST_F(SoftHsmRescueTest, LeavesAWholeFileAlone) {
  put(object_, whole_ + "changed");
  rescue();
  EXPECT_EQ(content_of(object_), whole_ + "changed");
  put(object_, whole_);
}

TEST_F(SoftHsmRescueTest, ChangesNothingWithoutACopy) {
  fs::remove(copy_);
  put(object_, "");
  rescue();
  EXPECT_EQ(content_of(object_), "");
  EXPECT_FALSE(fs::exists(copy_));
}

TEST_F(SoftHsmRescueTest, ChangesNothingFromAnEmptyCopy) {
  put(copy_, "");
  put(object_, "");
  rescue();
  EXPECT_EQ(content_of(object_), "");
}

TEST_F(SoftHsmRescueTest, ChangesNothingFromTheCopyOfAnotherToken) {
  std::string other = folder_.filename().string().substr(19);
  std::erase(other, '-');
  std::string foreign = whole_;
  foreign.replace(foreign.find(other), other.size(), std::string(other.size(), '0'));
  put(copy_, foreign);
  put(object_, "");
  rescue();
  EXPECT_EQ(content_of(object_), "");
}

TEST_F(SoftHsmRescueTest, ChangesNothingFromACopyThatIsALink) {
  const fs::path elsewhere = folder_ / "elsewhere";
  fs::rename(copy_, elsewhere);
  fs::create_symlink(elsewhere, copy_);
  put(object_, "");
  rescue();
  EXPECT_EQ(content_of(object_), "");
}

TEST_F(SoftHsmRescueTest, TheCopyFollowsAChangedFileButNotAnEmptiedOne) {
  EXPECT_EQ(content_of(copy_), whole_) << "initialise made a copy";
  put(object_, whole_ + "changed");
  save();
  EXPECT_EQ(content_of(copy_), whole_ + "changed");
  put(object_, "");
  save();
  EXPECT_EQ(content_of(copy_), whole_ + "changed");
  put(object_, whole_);
}

TEST_F(SoftHsmRescueTest, ALoginCopiesAFileThatHasNoCopy) {
  fs::remove(copy_);
  EXPECT_TRUE(token_.open());
  EXPECT_EQ(content_of(copy_), content_of(object_));
}

TEST(SoftHsmRescue, DoesNothingWithoutAConfigurationOrItsFolder) {
  hsm::rescue_softhsm_tokens({});
  hsm::save_softhsm_tokens({{"SOFTHSM2_CONF", "/nonexistent/softhsm2.conf"}});
}

}  // namespace
}  // namespace custos
