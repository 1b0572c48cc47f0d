// A token in a module that a stranger in the process uses too: he resets it at any moment, logs in, and puts a key of his own
// under our handles (devices.md 1.4). No MAC of his is ever given out.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <random>
#include <set>
#include <string>

#include "hsm/attributes.h"
#include "hsm/cryptoki.h"
#include "mac.h"
#include "support/softhsm_fixture.h"

namespace custos::hsm {
namespace {

using test::secret_text;
using test::SoftHsmToken;

constexpr key::Algorithm kMac = key::Algorithm::hmac_sha256;
const std::string kHisSecret(32, 'h');

CK_FUNCTION_LIST* load(int mode) {
  void* handle = dlopen(test::kSoftHsm2, RTLD_NOW | mode);
  auto* get_list = reinterpret_cast<CK_C_GetFunctionList>(dlsym(handle, "C_GetFunctionList"));
  CK_FUNCTION_LIST* functions = nullptr;
  if (get_list == nullptr || get_list(&functions) != CKR_OK) std::abort();
  return functions;
}

CK_OBJECT_HANDLE make_key(const CK_FUNCTION_LIST& call, CK_SESSION_HANDLE session) {
  Template wanted;
  wanted.number(CKA_CLASS, CKO_SECRET_KEY).number(CKA_KEY_TYPE, CKK_GENERIC_SECRET).flag(CKA_SIGN, true);
  wanted.flag(CKA_PRIVATE, false).flag(CKA_TOKEN, false).bytes(CKA_VALUE, as_bytes(kHisSecret));
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  if (call.C_CreateObject(session, wanted.data(), wanted.size(), &key) != CKR_OK) std::abort();
  return key;
}

// Stranger lives in a process of his own with us. He loads the library for all to see, so that Custos gets no copy of its own,
// and watches by the library's one function list what we call, to come in between. One in a process.
class Stranger {
 public:
  enum class Moment { sign_init, sign, get_attribute_value, find_objects_init };

  explicit Stranger(std::string pin) : pin_(std::move(pin)) {
    self_ = this;
    CK_FUNCTION_LIST* shared = load(RTLD_GLOBAL);
    if (shared->C_Initialize(nullptr) != CKR_OK) std::abort();
    real_ = *shared;
    shared->C_SignInit = [](CK_SESSION_HANDLE session, CK_MECHANISM_PTR how, CK_OBJECT_HANDLE key) -> CK_RV {
      self_->keys_.insert(key);
      self_->meet(Moment::sign_init, session);
      const CK_RV rv = self_->real_.C_SignInit(session, how, key);
      if (rv == CKR_OK) self_->armed_.insert(session);
      return rv;
    };
    shared->C_Sign = [](CK_SESSION_HANDLE session, CK_BYTE_PTR data, CK_ULONG size, CK_BYTE_PTR mac,
                        CK_ULONG_PTR mac_size) -> CK_RV {
      self_->meet(Moment::sign, session);
      self_->armed_.erase(session);
      const CK_RV rv = self_->real_.C_Sign(session, data, size, mac, mac_size);
      const bool is_his =
          rv == CKR_OK && Bytes(mac, mac + *mac_size) == test::openssl_hmac(kMac, as_bytes(kHisSecret), {data, size});
      self_->his_macs_ += is_his ? 1 : 0;
      return rv;
    };
    shared->C_GetAttributeValue = [](CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_PTR wanted,
                                     CK_ULONG count) {
      self_->objects_.insert(object);
      self_->meet(Moment::get_attribute_value, session);
      return self_->real_.C_GetAttributeValue(session, object, wanted, count);
    };
    shared->C_FindObjectsInit = [](CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR wanted, CK_ULONG count) {
      self_->meet(Moment::find_objects_init, session);
      return self_->real_.C_FindObjectsInit(session, wanted, count);
    };
    shared->C_CreateObject = [](CK_SESSION_HANDLE session, CK_ATTRIBUTE_PTR wanted, CK_ULONG count, CK_OBJECT_HANDLE_PTR made) {
      return self_->keeps_no_session_objects ? CKR_ATTRIBUTE_VALUE_INVALID
                                             : self_->real_.C_CreateObject(session, wanted, count, made);
    };
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

  // come has him reset the module once, before the call of that kind that is made after so many others.
  void come(Moment moment, int after) {
    moment_ = moment;
    after_ = after;
  }
  // his_macs counts what the module made with his key, for us.
  [[nodiscard]] int his_macs() const { return his_macs_; }

  bool keeps_no_session_objects = false;  // the module, for us

 private:
  void meet(Moment moment, CK_SESSION_HANDLE session) {
    if (moment == moment_ && after_ >= 0 && after_-- == 0) reset(session);
  }

  // reset gives out each handle anew, in order: SoftHSM2 counts sessions and objects up from 1.
  void reset(CK_SESSION_HANDLE session_now) {
    CK_SESSION_INFO info{};
    if (real_.C_GetSessionInfo(session_now, &info) != CKR_OK) std::abort();
    if (real_.C_Finalize(nullptr) != CKR_OK || real_.C_Initialize(nullptr) != CKR_OK) std::abort();
    constexpr CK_ULONG kMost = 64;
    CK_SESSION_HANDLE own = CK_INVALID_HANDLE;
    for (CK_ULONG handle = 1; handle <= kMost; ++handle) {
      CK_ULONG given = handle;
      if (keys_.contains(handle)) {
        given = make_key(real_, own);
      } else if (objects_.contains(handle)) {
        Template wanted;
        wanted.number(CKA_CLASS, CKO_DATA).flag(CKA_TOKEN, false).flag(CKA_PRIVATE, false);
        wanted.text(CKA_LABEL, "0123456789abcdef0123456789abcdef");
        if (real_.C_CreateObject(own, wanted.data(), wanted.size(), &given) != CKR_OK) std::abort();
      } else {
        constexpr CK_FLAGS kFlags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
        if (real_.C_OpenSession(info.slotID, kFlags, nullptr, nullptr, &given) != CKR_OK) std::abort();
        own = given;
      }
      if (given != handle) std::abort();
    }
    std::string pin = pin_;
    if (real_.C_Login(own, CKU_USER, reinterpret_cast<CK_UTF8CHAR_PTR>(pin.data()), pin.size()) != CKR_OK) std::abort();
    CK_MECHANISM how{CKM_SHA256_HMAC, nullptr, 0};
    for (const CK_SESSION_HANDLE session : armed_) {
      if (real_.C_SignInit(session, &how, *keys_.begin()) != CKR_OK) std::abort();
    }
  }

  static inline Stranger* self_ = nullptr;
  const std::string pin_;
  CK_FUNCTION_LIST real_{};
  Moment moment_{};
  int after_ = -1;
  int his_macs_ = 0;
  std::set<CK_ULONG> keys_, objects_, armed_;
};

// Signed is what became of signatures, and how many MACs the module made with the stranger's key.
struct Signed {
  int right = 0, wrong = 0, refused = 0, his = 0;
};

class SharedModule : public ::testing::Test {
 protected:
  static constexpr int kSignatures = 1000;
  static constexpr int kInRound = 50;

  void SetUp() override { ASSERT_TRUE(token_.open()->import_key(key_, secret_text(secret_))); }

  void sign(key::PreparedKey& key, int number, Signed& made) const {
    const std::string message = "message " + std::to_string(number);
    Bytes mac(32);
    if (key.sign(as_bytes(message), mac, std::nullopt).ok()) {
      ++(mac == test::openssl_hmac(kMac, as_bytes(secret_), as_bytes(message)) ? made.right : made.wrong);
    } else {
      ++(mac == Bytes(32) ? made.refused : made.wrong);
    }
  }

  // round signs beside a stranger who comes at that moment. False: the key cannot be prepared.
  bool round(bool verify_alone, Stranger::Moment moment, int after, Signed& made) {
    Stranger stranger(token_.pin);
    stranger.keeps_no_session_objects = verify_alone;
    token_.config.allow_shared_module = true;
    token_.config.verify_always = verify_alone;
    const auto backend = TokenBackend::open(token_.config, token_.provider());
    if (!backend) return false;
    const auto key = (*backend)->prepare(key_.id, kMac, 4);
    if (!key || (*key)->rearm(4) != 0) return false;
    stranger.come(moment, after);
    for (int i = 0; i < kInRound; ++i) sign(**key, i, made);
    made.his += stranger.his_macs();
    return true;
  }

  // sign_beside_a_stranger has each round in a process of its own: a stranger's library is never unloaded, and after his reset
  // the token signs no more.
  Signed sign_beside_a_stranger(bool verify_alone) {
    using Moment = Stranger::Moment;
    constexpr std::array kMoments{Moment::sign_init, Moment::sign, Moment::get_attribute_value, Moment::find_objects_init};
    void* shared = ::mmap(nullptr, sizeof(Signed), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto& made = *new (shared) Signed;
    std::minstd_rand random(7);
    for (int i = 0; i < kSignatures / kInRound; ++i) {
      const Moment moment = kMoments[random() % kMoments.size()];
      const int after = static_cast<int>(random() % 60);
      const pid_t child = ::fork();
      if (child == 0) ::_exit(round(verify_alone, moment, after, made) ? 0 : 1);
      int status = -1;
      EXPECT_EQ(::waitpid(child, &status, 0), child);
      EXPECT_EQ(status, 0) << "round " << i;
    }
    const Signed counts = made;
    ::munmap(shared, sizeof(Signed));
    std::printf("%s: %d right, %d wrong, %d refused; %d MACs by the stranger's key\n", verify_alone ? "verify alone" : "canary",
                counts.right, counts.wrong, counts.refused, counts.his);
    return counts;
  }

  void no_mac_of_a_stranger_gets_out(bool verify_alone) {
    const Signed made = sign_beside_a_stranger(verify_alone);
    EXPECT_EQ(made.wrong, 0);
    EXPECT_EQ(made.right + made.refused, kSignatures);
    EXPECT_GT(made.right, 100);
    EXPECT_GT(made.refused, 100);
    EXPECT_GT(made.his, 0) << "his key did sign";
  }

  SoftHsmToken token_ = SoftHsmToken::make();
  const key::KeyTemplate key_{key::KeyId::random(), "ours#1", kMac};
  const std::string secret_ = std::string(32, 's');
};

TEST_F(SharedModule, ACanaryLetsNoMacOfAStrangerOut) { no_mac_of_a_stranger_gets_out(false); }

TEST_F(SharedModule, VerifyAlwaysLetsNoneOutWhereThereIsNoCanary) { no_mac_of_a_stranger_gets_out(true); }

TEST_F(SharedModule, APrivateCopyIsOutOfHisReach) {
  const auto backend = token_.open();
  const auto key = *backend->prepare(key_.id, kMac, 4);
  const CK_FUNCTION_LIST& his = *load(RTLD_LOCAL);
  Signed made;
  for (int i = 0; i < kSignatures; ++i) {
    ASSERT_EQ(his.C_Initialize(nullptr), CKR_OK);
    std::array<CK_SLOT_ID, 64> slots{};
    CK_ULONG count = slots.size();
    ASSERT_EQ(his.C_GetSlotList(CK_TRUE, slots.data(), &count), CKR_OK);
    CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
    ASSERT_EQ(his.C_OpenSession(slots.front(), CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session), CKR_OK);
    CK_MECHANISM how{CKM_SHA256_HMAC, nullptr, 0};
    ASSERT_EQ(his.C_SignInit(session, &how, make_key(his, session)), CKR_OK);
    if (i % 2 == 0) sign(*key, i, made);
    ASSERT_EQ(his.C_Finalize(nullptr), CKR_OK);
    if (i % 2 != 0) sign(*key, i, made);
  }
  EXPECT_EQ(made.right, kSignatures);
  EXPECT_EQ(made.wrong, 0);
  EXPECT_EQ(made.refused, 0);
}

}  // namespace
}  // namespace custos::hsm
