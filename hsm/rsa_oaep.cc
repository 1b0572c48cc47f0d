#include "hsm/rsa_oaep.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <string>

#include "base/wipe_stack.h"
#include "key/openssl.h"

namespace custos::hsm {
namespace {

bool encrypt(const key::PublicKey& key, std::string hash, ByteView plaintext, Bytes& out) {
  const unsigned char* der = key.spki().data();
  const key::EvpKey pkey(d2i_PUBKEY_ex(nullptr, &der, static_cast<long>(key.spki().size()), key::own_library(), nullptr));
  if (!pkey) return false;
  const key::EvpKeyContext context(EVP_PKEY_CTX_new_from_pkey(key::own_library(), pkey.get(), nullptr));
  std::string padding = OSSL_PKEY_RSA_PAD_MODE_OAEP;
  const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, padding.data(), 0),
                              OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, hash.data(), 0),
                              OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, hash.data(), 0),
                              OSSL_PARAM_construct_end()};
  if (!context || EVP_PKEY_encrypt_init_ex(context.get(), parameters.data()) != 1) return false;
  out.resize(key::facts_of(key.algorithm()).signature_size);
  std::size_t size = out.size();
  return EVP_PKEY_encrypt(context.get(), out.data(), &size, plaintext.data(), plaintext.size()) == 1 && size == out.size();
}

}  // namespace

Result<Bytes> oaep_encrypt(const key::PublicKey& key, OaepHash hash, const SecretBytes& plaintext) {
  const key::ErrorScope errors;
  Bytes ciphertext;
  const bool done =
      encrypt(key, hash == OaepHash::sha256 ? "SHA256" : "SHA1", plaintext.view(InsecureSecretAccess{}), ciphertext);
  wipe_stack();
  if (!done) return fail(Errc::system, Origin::crypto, "OpenSSL does not encrypt a data key with RSA-OAEP");
  return ciphertext;
}

CK_RV oaep_decrypt(const Module& module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, OaepHash hash, ByteView ciphertext,
                   SecretBytes& plaintext) {
  CK_RSA_PKCS_OAEP_PARAMS parameters{};
  parameters.hash_alg = hash == OaepHash::sha256 ? CKM_SHA256 : CKM_SHA_1;
  parameters.mgf = hash == OaepHash::sha256 ? CKG_MGF1_SHA256 : CKG_MGF1_SHA1;
  parameters.source = CKZ_DATA_SPECIFIED;
  CK_MECHANISM mechanism{CKM_RSA_PKCS_OAEP, &parameters, sizeof parameters};
  if (const CK_RV rv = module.functions().C_DecryptInit(session, &mechanism, key); rv != CKR_OK) return rv;
  auto room = SecretBytes::allocate(ciphertext.size());  // modules want room for the padding too
  if (!room) return CKR_HOST_MEMORY;
  const auto bytes = room->mutable_view(InsecureSecretAccess{});
  CK_ULONG size = bytes.size();
  const CK_RV rv =
      module.functions().C_Decrypt(session, const_cast<CK_BYTE*>(ciphertext.data()), ciphertext.size(), bytes.data(), &size);
  if (rv != CKR_OK) return rv;
  if (size > bytes.size()) return CKR_ENCRYPTED_DATA_LEN_RANGE;
  room->truncate(size);
  plaintext = std::move(*room);
  return CKR_OK;
}

bool is_unknown_hash(CK_RV rv) noexcept {
  return rv == CKR_MECHANISM_PARAM_INVALID || rv == CKR_ARGUMENTS_BAD || rv == CKR_MECHANISM_INVALID;
}

}  // namespace custos::hsm
