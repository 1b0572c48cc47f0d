// libp11_peer: a stranger that uses one key of a token through libp11 and OpenSSL, and knows nothing of Custos.
//
// Usage: libp11_peer MODULE TOKEN LABEL ID SIGNATURE <MESSAGE, with the PIN in LIBP11_PEER_PIN.
// ID and SIGNATURE are hexadecimal; ECDSA signatures are r ‖ s. Prints "verified" or "refused" for SIGNATURE under the public key
// in the token, and on the next line its own signature of the message by the private key there.
#include <libp11.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Bytes = std::vector<unsigned char>;
using Digest = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using Signature = std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)>;

constexpr int kHalf = 32;  // bytes of r and of s

[[noreturn]] void give_up(std::string_view why) {
  std::cerr << "libp11_peer: " << why << '\n';
  std::exit(1);
}

Bytes from_hex(std::string_view text) {
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    bytes.push_back(static_cast<unsigned char>(std::stoi(std::string(text.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

void print_hex(const Bytes& bytes) {
  for (const auto byte : bytes) std::printf("%02x", byte);
  std::printf("\n");
}

Bytes to_der(const Bytes& r_and_s) {
  const Signature signature(ECDSA_SIG_new(), &ECDSA_SIG_free);
  if (r_and_s.size() != 2 * kHalf) give_up("r and s have 64 bytes");
  ECDSA_SIG_set0(signature.get(), BN_bin2bn(r_and_s.data(), kHalf, nullptr), BN_bin2bn(r_and_s.data() + kHalf, kHalf, nullptr));
  Bytes der(static_cast<std::size_t>(i2d_ECDSA_SIG(signature.get(), nullptr)));
  unsigned char* out = der.data();
  i2d_ECDSA_SIG(signature.get(), &out);
  return der;
}

Bytes from_der(const Bytes& der) {
  const unsigned char* in = der.data();
  const Signature signature(d2i_ECDSA_SIG(nullptr, &in, static_cast<long>(der.size())), &ECDSA_SIG_free);
  if (signature == nullptr) give_up("the token's signature is no Ecdsa-Sig-Value");
  Bytes r_and_s(2 * kHalf);
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), r_and_s.data(), kHalf);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), r_and_s.data() + kHalf, kHalf);
  return r_and_s;
}

// find_key answers the key with that label and id.
PKCS11_KEY* find_key(PKCS11_KEY* keys, unsigned count, std::string_view label, const Bytes& id) {
  for (PKCS11_KEY* key = keys; key != keys + count; ++key) {
    if (key->label == label && Bytes(key->id, key->id + key->id_len) == id) return key;
  }
  give_up("the token shows no such key");
}

bool verifies(EVP_PKEY* key, const Bytes& message, const Bytes& signature) {
  const Digest context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
}

Bytes sign(EVP_PKEY* key, const Bytes& message) {
  const Digest context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  Bytes signature(1024);
  std::size_t size = signature.size();
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1) {
    give_up("OpenSSL does not sign with the token's key");
  }
  signature.resize(size);
  return signature;
}

}  // namespace

int main(int argc, char** argv) {
  const char* pin = std::getenv("LIBP11_PEER_PIN");
  if (argc != 6 || pin == nullptr) give_up("usage: libp11_peer MODULE TOKEN LABEL ID SIGNATURE <MESSAGE");
  const std::string_view token_label = argv[2], label = argv[3];
  const Bytes id = from_hex(argv[4]), theirs = from_hex(argv[5]);
  const Bytes message(std::istreambuf_iterator<char>(std::cin), {});

  PKCS11_CTX* context = PKCS11_CTX_new();
  if (PKCS11_CTX_load(context, argv[1]) != 0) give_up("the module does not load");
  PKCS11_SLOT* slots = nullptr;
  unsigned slot_count = 0;
  if (PKCS11_enumerate_slots(context, &slots, &slot_count) != 0) give_up("no slots");
  PKCS11_SLOT* slot = PKCS11_find_token(context, slots, slot_count);
  while (slot != nullptr && (slot->token == nullptr || slot->token->label != token_label)) {
    slot = PKCS11_find_next_token(context, slots, slot_count, slot);
  }
  if (slot == nullptr) give_up("there is no such token");
  if (PKCS11_login(slot, 0, pin) != 0) give_up("the token refuses the login");

  PKCS11_KEY *own = nullptr, *open = nullptr;
  unsigned own_count = 0, open_count = 0;
  if (PKCS11_enumerate_keys(slot->token, &own, &own_count) != 0 ||
      PKCS11_enumerate_public_keys(slot->token, &open, &open_count) != 0) {
    give_up("the token shows no keys");
  }
  EVP_PKEY* own_key = PKCS11_get_private_key(find_key(own, own_count, label, id));
  EVP_PKEY* open_key = PKCS11_get_public_key(find_key(open, open_count, label, id));
  if (own_key == nullptr || open_key == nullptr) give_up("libp11 cannot use the key");

  const bool is_ecdsa = EVP_PKEY_get_base_id(own_key) == EVP_PKEY_EC;
  std::printf("%s\n", verifies(open_key, message, is_ecdsa ? to_der(theirs) : theirs) ? "verified" : "refused");
  const Bytes mine = sign(own_key, message);
  print_hex(is_ecdsa ? from_der(mine) : mine);

  EVP_PKEY_free(own_key);
  EVP_PKEY_free(open_key);
  PKCS11_release_all_slots(context, slots, slot_count);
  PKCS11_CTX_unload(context);
  PKCS11_CTX_free(context);
  return 0;
}
