// What certain modules refuse and say of themselves.
#include "fault_token_fixture.h"

namespace fault_token::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Behaviours : public FaultToken {
 protected:
  template <std::size_t Size>
  static std::string text(const CK_UTF8CHAR (&field)[Size]) {
    return {reinterpret_cast<const char*>(field), Size};
  }
  CK_RV login_with(CK_SESSION_HANDLE session, std::string_view pin) const {
    return p11_->C_Login(session, CKU_USER, bytes_of(pin), pin.size());
  }
  // generate makes a pair on Ed25519 whose curve is named by `parameters`.
  CK_RV generate(CK_SESSION_HANDLE session, std::vector<CK_BYTE> parameters, CK_OBJECT_HANDLE& open_key) const {
    CK_MECHANISM mechanism{0x1055, nullptr, 0};  // CKM_EC_EDWARDS_KEY_PAIR_GEN
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE public_half[] = {{CKA_EC_PARAMS, parameters.data(), parameters.size()}, {CKA_VERIFY, &yes, sizeof yes}};
    CK_ATTRIBUTE private_half[] = {{CKA_SIGN, &yes, sizeof yes}};
    CK_OBJECT_HANDLE own_key = CK_INVALID_HANDLE;
    return p11_->C_GenerateKeyPair(session, &mechanism, public_half, 2, private_half, 1, &open_key, &own_key);
  }
  CK_OBJECT_HANDLE generate(CK_SESSION_HANDLE session) const {
    CK_OBJECT_HANDLE open_key = CK_INVALID_HANDLE;
    EXPECT_EQ(generate(session, kEd25519, open_key), CKR_OK);
    return open_key;
  }

  const std::vector<CK_BYTE> kEd25519{0x06, 0x03, 0x2B, 0x65, 0x70};  // its OID (RFC 8410, section 3)
};

TEST_F(Behaviours, SetsAndClearsTokenFlags) {
  start();
  const auto before = token_flags();
  ASSERT_EQ(before & CKF_USER_PIN_FINAL_TRY, 0U);
  ASSERT_NE(before & CKF_RNG, 0U);
  script("token_flags set=CKF_USER_PIN_FINAL_TRY|CKF_USER_PIN_COUNT_LOW clear=CKF_RNG");
  EXPECT_EQ(token_flags(), (before | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_COUNT_LOW) & ~CKF_RNG);
  script("");
  EXPECT_EQ(token_flags(), before);
}

TEST_F(Behaviours, AltersTheFirstAttributeOfTheCallsThatReadValues) {
  start();
  const auto session = open();
  CK_OBJECT_CLASS object_class = CKO_DATA;
  CK_BBOOL no = CK_FALSE, first = 7, second = 7;
  CK_ATTRIBUTE made_of[] = {
      {CKA_CLASS, &object_class, sizeof object_class}, {CKA_PRIVATE, &no, sizeof no}, {CKA_TOKEN, &no, sizeof no}};
  CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
  ASSERT_EQ(p11_->C_CreateObject(session, made_of, std::size(made_of), &object), CKR_OK);
  script("alter_attributes after=1 count=1");
  for (const int expected : {CK_FALSE, CK_TRUE, CK_FALSE}) {
    CK_ATTRIBUTE size{CKA_PRIVATE, nullptr, 0};
    ASSERT_EQ(p11_->C_GetAttributeValue(session, object, &size, 1), CKR_OK);
    EXPECT_EQ(size.ulValueLen, sizeof no);
    CK_ATTRIBUTE both[] = {{CKA_PRIVATE, &first, sizeof first}, {CKA_TOKEN, &second, sizeof second}};
    ASSERT_EQ(p11_->C_GetAttributeValue(session, object, both, 2), CKR_OK);
    EXPECT_EQ(first, expected);
    EXPECT_EQ(second, CK_FALSE);
  }
}

TEST_F(Behaviours, SaysWhatItIsToldOfItself) {
  start();
  script("info manufacturer=\"Yubico (www.yubico.com)\" library=Thing\ntoken_info manufacturer=Maker model=HSM max_sessions=16");
  CK_INFO info{};
  ASSERT_EQ(p11_->C_GetInfo(&info), CKR_OK);
  EXPECT_THAT(text(info.manufacturerID), StartsWith("Yubico (www.yubico.com)   "));
  EXPECT_THAT(text(info.libraryDescription), StartsWith("Thing   "));
  CK_TOKEN_INFO token{};
  ASSERT_EQ(p11_->C_GetTokenInfo(slot_, &token), CKR_OK);
  EXPECT_THAT(text(token.manufacturerID), StartsWith("Maker   "));
  EXPECT_THAT(text(token.model), StartsWith("HSM   "));
  EXPECT_THAT(text(token.label), StartsWith("fault   "));
  EXPECT_EQ(token.ulMaxSessionCount, 16U);
  EXPECT_EQ(token.ulMaxRwSessionCount, 16U);
}

TEST_F(Behaviours, MovesItsSlots) {
  start();
  script("slot_offset 5");
  std::vector<CK_SLOT_ID> slots(8);
  CK_ULONG count = slots.size();
  ASSERT_EQ(p11_->C_GetSlotList(CK_TRUE, nullptr, &count), CKR_OK);
  ASSERT_EQ(p11_->C_GetSlotList(CK_TRUE, slots.data(), &count), CKR_OK);
  EXPECT_EQ(slots[0], slot_ + 5);
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  EXPECT_EQ(try_open(session), CKR_SLOT_ID_INVALID);
  slot_ += 5;
  session = open();
  CK_SESSION_INFO info{};
  ASSERT_EQ(p11_->C_GetSessionInfo(session, &info), CKR_OK);
  EXPECT_EQ(info.slotID, slot_);
  EXPECT_EQ(p11_->C_CloseAllSessions(slot_), CKR_OK);
}

TEST_F(Behaviours, LocksAfterWrongPins) {
  start();
  constexpr CK_FLAGS kAll = CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED;
  const auto session = open();
  script("pin_lock tries=3\ntoken_flags clear=CKF_USER_PIN_COUNT_LOW");
  EXPECT_EQ(token_flags() & kAll, 0U);
  EXPECT_EQ(login_with(session, "wrong"), CKR_PIN_INCORRECT);
  EXPECT_EQ(token_flags() & kAll, CKF_USER_PIN_COUNT_LOW);
  EXPECT_EQ(login_with(session, "wrong"), CKR_PIN_INCORRECT);
  EXPECT_EQ(token_flags() & kAll, CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY);
  script("pin_lock tries=3");
  EXPECT_EQ(login_with(session, "wrong"), CKR_PIN_INCORRECT) << "the count outlives the script";
  EXPECT_NE(token_flags() & CKF_USER_PIN_LOCKED, 0U);
  EXPECT_EQ(login_with(session, kPin), CKR_PIN_LOCKED);
  script("");
  EXPECT_EQ(token_flags() & CKF_USER_PIN_LOCKED, 0U);
  script("pin_lock tries=3");
  EXPECT_EQ(login_with(session, kPin), CKR_OK);
}

TEST_F(Behaviours, TakesOneKindOfKeyTypeForMacs) {
  start();
  const auto session = open();
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  script("key_types sha_hmac");
  EXPECT_EQ(import(session, key, CKK_GENERIC_SECRET), CKR_ATTRIBUTE_VALUE_INVALID);
  EXPECT_EQ(import(session, key, CKK_SHA256_HMAC), CKR_OK);
  CK_MECHANISM mechanism{CKM_GENERIC_SECRET_KEY_GEN, nullptr, 0};
  CK_ULONG size = 32;
  CK_ATTRIBUTE wanted[] = {{CKA_VALUE_LEN, &size, sizeof size}};
  EXPECT_EQ(p11_->C_GenerateKey(session, &mechanism, wanted, 1, &key), CKR_ATTRIBUTE_VALUE_INVALID);
  script("key_types generic");
  EXPECT_EQ(import(session, key, CKK_GENERIC_SECRET), CKR_OK);
  EXPECT_EQ(import(session, key, CKK_SHA256_HMAC), CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST_F(Behaviours, MakesWrongMacsWithLongGenericKeys) {
  start();
  const auto session = open();
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  ASSERT_EQ(import(session, key, CKK_GENERIC_SECRET, 64), CKR_OK);
  const auto sha256 = sign(session, key, CKM_SHA256_HMAC), sha512 = sign(session, key, CKM_SHA512_HMAC);
  script("wrong_generic_mac");
  EXPECT_EQ(sign(session, key, CKM_SHA256_HMAC), sha256);
  EXPECT_NE(sign(session, key, CKM_SHA512_HMAC), sha512);
  ASSERT_EQ(import(session, key, CKK_SHA512_HMAC, 64), CKR_OK);
  EXPECT_EQ(sign(session, key, CKM_SHA512_HMAC), sha512);
}

TEST_F(Behaviours, TakesOneFormOfTheCurve) {
  std::vector<CK_BYTE> printable{0x13, 12};
  for (const char letter : std::string_view("edwards25519")) printable.push_back(static_cast<CK_BYTE>(letter));
  const auto session = start_as_user();
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  script("ec_params printable");
  EXPECT_EQ(generate(session, kEd25519, key), CKR_CURVE_NOT_SUPPORTED);
  EXPECT_EQ(generate(session, printable, key), CKR_OK);
  script("ec_params oid");
  EXPECT_EQ(generate(session, kEd25519, key), CKR_OK);
  EXPECT_EQ(generate(session, printable, key), CKR_CURVE_NOT_SUPPORTED);
}

TEST_F(Behaviours, MakesTokenObjectsOnly) {
  const auto session = start_as_user();
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE, copy = CK_INVALID_HANDLE;
  script("token_objects_only");
  EXPECT_EQ(import(session, key, CKK_GENERIC_SECRET, 32, CK_FALSE), CKR_ATTRIBUTE_VALUE_INVALID);
  ASSERT_EQ(import(session, key, CKK_GENERIC_SECRET, 32, CK_TRUE), CKR_OK);
  EXPECT_EQ(p11_->C_CopyObject(session, key, nullptr, 0, &copy), CKR_ATTRIBUTE_VALUE_INVALID);
}

TEST_F(Behaviours, RefusesReadOnlySessionsAndCallbacks) {
  start();
  script("rw_sessions_only\nno_callbacks");
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  int application = 0;
  EXPECT_EQ(p11_->C_OpenSession(slot_, CKF_SERIAL_SESSION, nullptr, nullptr, &session), CKR_FUNCTION_FAILED);
  EXPECT_EQ(p11_->C_OpenSession(slot_, CKF_SERIAL_SESSION | CKF_RW_SESSION, &application, nullptr, &session), CKR_ARGUMENTS_BAD);
  EXPECT_EQ(try_open(session), CKR_OK);
}

TEST_F(Behaviours, RefusesLongMessagesAndEndsTheOperation) {
  start();
  const auto session = open();
  const auto key = import(session);
  script("message_limit 6");
  ASSERT_EQ(begin(session, key), CKR_OK);
  std::vector<CK_BYTE> mac(64);
  EXPECT_EQ(end(session, mac), CKR_DATA_LEN_RANGE);
  EXPECT_EQ(mac, std::vector<CK_BYTE>(64));
  EXPECT_EQ(end(session, mac), CKR_OPERATION_NOT_INITIALIZED);
  script("message_limit 7");
  EXPECT_EQ(sign(session, key).size(), 32U);
}

TEST_F(Behaviours, FailsToReadAnAttributeOfSecretKeys) {
  const auto session = start_as_user();
  const auto key = import(session);
  const auto open_key = generate(session);
  script("unreadable CKA_KEY_TYPE");
  CK_KEY_TYPE type = 0;
  CK_BBOOL signs = CK_FALSE;
  CK_ATTRIBUTE both[] = {{CKA_SIGN, &signs, sizeof signs}, {CKA_KEY_TYPE, &type, sizeof type}};
  EXPECT_EQ(p11_->C_GetAttributeValue(session, key, both, 2), CKR_FUNCTION_FAILED);
  EXPECT_EQ(p11_->C_GetAttributeValue(session, key, both, 1), CKR_OK);
  EXPECT_EQ(p11_->C_GetAttributeValue(session, open_key, both + 1, 1), CKR_OK) << "of other keys it can be read";
}

TEST_F(Behaviours, AnswersAttributesAsItIsTold) {
  const auto session = start_as_user();
  const auto key = import(session);
  const auto open_key = generate(session);
  script("attribute CKA_LOCAL=1\nattribute CKA_KEY_TYPE=43\nattribute CKA_EC_POINT=raw");
  CK_KEY_TYPE type = 0;
  CK_BBOOL local = CK_FALSE, signs = CK_FALSE;
  CK_ATTRIBUTE told[] = {{CKA_LOCAL, &local, sizeof local}, {CKA_KEY_TYPE, &type, sizeof type}, {CKA_SIGN, &signs, sizeof signs}};
  ASSERT_EQ(p11_->C_GetAttributeValue(session, key, told, 3), CKR_OK);
  EXPECT_EQ(local, CK_TRUE);
  EXPECT_EQ(type, CKK_SHA256_HMAC);
  EXPECT_EQ(signs, CK_TRUE);
  std::vector<CK_BYTE> point(64);
  CK_ATTRIBUTE wanted{CKA_EC_POINT, point.data(), point.size()};
  ASSERT_EQ(p11_->C_GetAttributeValue(session, open_key, &wanted, 1), CKR_OK);
  EXPECT_EQ(wanted.ulValueLen, 32U) << "an Ed25519 point without its DER";
}

TEST_F(Behaviours, WrapsWhatTheRealModuleKeeps) {
  const auto session = start_as_user();
  CK_OBJECT_CLASS of = CKO_SECRET_KEY;
  CK_KEY_TYPE aes = CKK_AES;
  CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
  CK_BYTE value[32] = {1};
  CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &of, sizeof of},
                           {CKA_KEY_TYPE, &aes, sizeof aes},
                           {CKA_VALUE, value, sizeof value},
                           {CKA_WRAP, &yes, sizeof yes},
                           {CKA_EXTRACTABLE, &no, sizeof no}};
  CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
  ASSERT_EQ(p11_->C_CreateObject(session, wanted, std::size(wanted), &key), CKR_OK);
  CK_MECHANISM mechanism{CKM_AES_KEY_WRAP_PAD, nullptr, 0};
  const auto wrap = [&](CK_ULONG& size, CK_BYTE* out) { return p11_->C_WrapKey(session, &mechanism, key, key, out, &size); };
  CK_BYTE out[64] = {};
  CK_ULONG size = sizeof out;
  EXPECT_EQ(wrap(size, out), CKR_KEY_UNEXTRACTABLE);
  script("wraps_unextractable");
  EXPECT_EQ(wrap(size, out), CKR_OK);
  EXPECT_EQ(size, 40U);
  size = 39;
  EXPECT_EQ(wrap(size, out), CKR_BUFFER_TOO_SMALL);
}

TEST_F(Behaviours, FillsItsLogUntilTheScriptChanges) {
  start();
  const auto session = open();
  script("audit_log 2");
  EXPECT_EQ(random(session), CKR_OK);
  const auto key = import(session);
  EXPECT_EQ(random(session), CKR_DEVICE_MEMORY);
  ASSERT_EQ(begin(session, key), CKR_OK);
  std::vector<CK_BYTE> mac(64);
  EXPECT_EQ(end(session, mac), CKR_DEVICE_MEMORY);
  script("audit_log 2\n# drained");
  EXPECT_EQ(end(session, mac), CKR_OK);
}

}  // namespace
}  // namespace fault_token::test
