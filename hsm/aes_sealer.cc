#include "hsm/aes_sealer.h"

#include <sodium.h>

#include <algorithm>
#include <array>

#include "hsm/ck_rv.h"
#include "hsm/cold_call.h"
#include "hsm/key_search.h"
#include "hsm/sealed_box.h"

namespace custos::hsm {
namespace {

constexpr auto kVersion = static_cast<std::uint8_t>(BoxVersion::aes_gcm);
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;
constexpr std::size_t kHeader = 1 + kNonceSize;

using Nonce = std::array<std::uint8_t, kNonceSize>;

// gcm_parameters points at `nonce` and `context`. ulIvBits is not in the standard's first text, but SoftHSM2 and p11-kit have it
// (PKCS#11 2.40 errata 01, section 2.12.7).
CK_GCM_PARAMS gcm_parameters(Nonce& nonce, ByteView context) {
  CK_GCM_PARAMS parameters{};
  parameters.iv_ptr = nonce.data();
  parameters.iv_len = nonce.size();
  parameters.iv_bits = nonce.size() * 8;
  parameters.aad_ptr = const_cast<std::uint8_t*>(context.data());
  parameters.aad_len = context.size();
  parameters.tag_bits = kTagSize * 8;
  return parameters;
}

}  // namespace

Result<Bytes> AesSealer::seal(const SecretBytes& plaintext, ByteView context) {
  if (auto sealable = check_sealable(plaintext); !sealable) return sealable.failure();
  return cold_call(*pool_, [&](const Module& module, CK_SESSION_HANDLE session) -> Result<Bytes> {
    auto key = the_key_by_id(module, session, CKO_SECRET_KEY, id_);
    if (!key) return key.failure();
    Nonce nonce;
    randombytes_buf(nonce.data(), nonce.size());
    CK_GCM_PARAMS parameters = gcm_parameters(nonce, context);
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
    CK_RV rv = module.functions().C_EncryptInit(session, &mechanism, *key);
    if (rv != CKR_OK) return token_failure(rv, "cannot seal data");

    Bytes box(kHeader + plaintext.size() + kTagSize);
    box[0] = kVersion;
    std::copy(nonce.begin(), nonce.end(), box.begin() + 1);
    CK_ULONG size = box.size() - kHeader;
    const auto bytes = plaintext.view(InsecureSecretAccess{});
    rv = module.functions().C_Encrypt(session, const_cast<CK_BYTE*>(bytes.data()), bytes.size(), box.data() + kHeader, &size);
    if (rv != CKR_OK) return token_failure(rv, "cannot seal data");
    if (size != box.size() - kHeader) return token_failure(CKR_ENCRYPTED_DATA_LEN_RANGE, "cannot seal data");
    return box;
  });
}

Result<SecretBytes> AesSealer::open(ByteView box, ByteView context) {
  if (box.size() <= kHeader + kTagSize || box.size() > kHeader + kLongestSealed + kTagSize || box[0] != kVersion) {
    return changed_box();
  }
  return cold_call(*pool_, [&](const Module& module, CK_SESSION_HANDLE session) -> Result<SecretBytes> {
    auto key = the_key_by_id(module, session, CKO_SECRET_KEY, id_);
    if (!key) return key.failure();
    Nonce nonce;
    std::copy_n(box.begin() + 1, kNonceSize, nonce.begin());
    CK_GCM_PARAMS parameters = gcm_parameters(nonce, context);
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof parameters};
    CK_RV rv = module.functions().C_DecryptInit(session, &mechanism, *key);
    if (rv != CKR_OK) return token_failure(rv, "cannot open sealed data");

    const ByteView sealed = box.subspan(kHeader);
    auto plaintext = SecretBytes::allocate(sealed.size());  // modules want room for the tag too
    if (!plaintext) return plaintext.failure();
    const auto room = plaintext->mutable_view(InsecureSecretAccess{});
    CK_ULONG size = room.size();
    rv = module.functions().C_Decrypt(session, const_cast<CK_BYTE*>(sealed.data()), sealed.size(), room.data(), &size);
    if (is_broken_seal(rv)) return changed_box(rv);
    if (rv != CKR_OK) return token_failure(rv, "cannot open sealed data");
    if (size != sealed.size() - kTagSize) return changed_box(CKR_ENCRYPTED_DATA_LEN_RANGE);
    plaintext->truncate(size);
    return plaintext;
  });
}

}  // namespace custos::hsm
