#include "key/rsa_material.h"

#include <openssl/core_names.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "base/wipe_stack.h"
#include "encode/der.h"
#include "encode/der_writer.h"

namespace custos::key {
namespace {

using encode::DerTag;

// Field is one number of an RSAPrivateKey, in its order there.
struct Field {
  const char* name;  // OpenSSL's
  ByteView RsaNumbers::* view;
};
constexpr std::array<Field, 8> kFields{{{OSSL_PKEY_PARAM_RSA_N, &RsaNumbers::modulus},
                                        {OSSL_PKEY_PARAM_RSA_E, &RsaNumbers::public_exponent},
                                        {OSSL_PKEY_PARAM_RSA_D, &RsaNumbers::private_exponent},
                                        {OSSL_PKEY_PARAM_RSA_FACTOR1, &RsaNumbers::prime1},
                                        {OSSL_PKEY_PARAM_RSA_FACTOR2, &RsaNumbers::prime2},
                                        {OSSL_PKEY_PARAM_RSA_EXPONENT1, &RsaNumbers::exponent1},
                                        {OSSL_PKEY_PARAM_RSA_EXPONENT2, &RsaNumbers::exponent2},
                                        {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, &RsaNumbers::coefficient}}};
constexpr std::size_t kPublicFields = 2;
constexpr std::size_t kMaxMaterial = 4096;  // an RSAPrivateKey of 4096 bits has 2,350 bytes

std::size_t bit_size(ByteView number) noexcept {
  return number.empty() ? 0 : 8 * (number.size() - 1) + static_cast<std::size_t>(std::bit_width(unsigned{number[0]}));
}

// make_key builds a key from the first `count` fields. OSSL_PARAM_BLD refers to the numbers until it is turned into parameters.
EvpKey make_key(OSSL_LIB_CTX* library, const char* properties, const RsaNumbers& numbers, std::size_t count) noexcept {
  const ParameterBuilder builder(OSSL_PARAM_BLD_new());
  std::array<BigNumber, kFields.size()> values;
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = secret_number(numbers.*kFields[i].view);
    if (builder == nullptr || values[i] == nullptr ||
        OSSL_PARAM_BLD_push_BN(builder.get(), kFields[i].name, values[i].get()) != 1)
      return {};
  }
  const int selection = count == kPublicFields ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  return key_from_parameters(library, properties, "RSA", selection, builder.get());
}

// put_number writes one of the key's numbers; `scratch` is as large as the largest.
bool put_number(const EVP_PKEY* key, const char* name, std::span<std::uint8_t> scratch, encode::DerWriter& writer) {
  const BigNumber number(BN_secure_new());
  BIGNUM* place = number.get();
  if (place == nullptr || EVP_PKEY_get_bn_param(key, name, &place) != 1) return false;
  const auto size = static_cast<std::size_t>(BN_num_bytes(place));
  if (size > scratch.size() || BN_bn2bin(place, scratch.data()) != static_cast<int>(size)) return false;
  writer.put_unsigned(scratch.first(size));
  return true;
}

}  // namespace

std::optional<RsaNumbers> read_rsa(ByteView der) noexcept {
  encode::DerReader outer(der);
  encode::DerReader inner = outer.enter(DerTag::sequence);
  const std::uint64_t version = inner.take_number();  // 0: two primes
  RsaNumbers numbers;
  for (const Field& field : kFields) numbers.*field.view = inner.take_unsigned();
  if (version != 0 || !outer.finished() || !inner.finished()) return std::nullopt;
  return numbers;
}

Result<void> check_rsa_size(Algorithm algorithm, ByteView modulus, ByteView public_exponent) {
  const auto refuse = [](std::string why) { return fail(Errc::bad_input, Origin::key, std::move(why)); };
  const auto& facts = facts_of(algorithm);
  const std::size_t bits = bit_size(modulus);
  if (bits != 8 * facts.signature_size) {
    return refuse("an " + std::string(facts.name) + " key has " + std::to_string(8 * facts.signature_size) +
                  " bits, this one has " + std::to_string(bits));
  }
  const std::size_t exponent_bits = bit_size(public_exponent);
  if (exponent_bits < 17 || exponent_bits > 64 || public_exponent.back() % 2 == 0) {
    return refuse("the public exponent of an RSA key must be odd, at least 65537 and below 2^64");
  }
  return {};
}

std::string_view what_is_wrong_with(const RsaNumbers& numbers) noexcept {
  const ErrorScope errors;
  const BigNumberContext work(BN_CTX_secure_new_ex(own_library()));
  std::array<BigNumber, kFields.size()> values;
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = secret_number(numbers.*kFields[i].view);
  const BigNumber p_1(BN_secure_new()), q_1(BN_secure_new()), found(BN_secure_new());
  if (work == nullptr || p_1 == nullptr || q_1 == nullptr || found == nullptr ||
      std::ranges::any_of(values, [](const BigNumber& value) { return value == nullptr; }))
    return "no memory left";
  const auto& [n, e, d, p, q, dp, dq, qinv] = values;

  const auto less_one = [](const BigNumber& number, const BigNumber& out) {
    return BN_copy(out.get(), number.get()) != nullptr && BN_sub_word(out.get(), 1) == 1 && !BN_is_zero(out.get());
  };
  const auto inverse = [&](const BigNumber& a, const BigNumber& b, const BigNumber& modulus) {
    return BN_mod_mul(found.get(), a.get(), b.get(), modulus.get(), work.get()) == 1 && BN_is_one(found.get());
  };
  const auto remainder = [&](const BigNumber& of, const BigNumber& modulus, const BigNumber& wanted) {
    return BN_nnmod(found.get(), of.get(), modulus.get(), work.get()) == 1 && BN_cmp(found.get(), wanted.get()) == 0;
  };
  if (BN_mul(found.get(), p.get(), q.get(), work.get()) != 1 || BN_cmp(found.get(), n.get()) != 0) return "p·q is not n";
  if (!less_one(p, p_1) || !less_one(q, q_1)) return "p or q is 1";
  if (!inverse(d, e, p_1) || !inverse(d, e, q_1)) return "d is not the inverse of e";
  if (!remainder(d, p_1, dp)) return "dP is not d mod p-1";
  if (!remainder(d, q_1, dq)) return "dQ is not d mod q-1";
  if (!inverse(q, qinv, p)) return "qInv is not the inverse of q";
  if (BN_check_prime(p.get(), work.get(), nullptr) != 1) return "p is not prime";
  if (BN_check_prime(q.get(), work.get(), nullptr) != 1) return "q is not prime";
  return {};
}

EvpKey rsa_key(OSSL_LIB_CTX* library, const char* properties, const RsaNumbers& numbers) noexcept {
  return make_key(library, properties, numbers, kFields.size());
}

EvpKey rsa_public_key(OSSL_LIB_CTX* library, ByteView modulus, ByteView public_exponent) noexcept {
  return make_key(library, nullptr, {modulus, public_exponent, {}, {}, {}, {}, {}, {}}, kPublicFields);
}

Result<SecretBytes> rsa_material(const EVP_PKEY* key) {
  auto scratch = SecretBytes::allocate(2 * kMaxMaterial);
  if (!scratch) return scratch;
  const auto halves = scratch->mutable_view(InsecureSecretAccess{});
  encode::DerWriter writer(halves.first(kMaxMaterial));
  const ErrorScope errors;
  bool given = true;
  for (auto field = kFields.rbegin(); field != kFields.rend(); ++field) {
    given = given && put_number(key, field->name, halves.last(kMaxMaterial), writer);
  }
  writer.put_unsigned({});  // version 0
  writer.wrap(DerTag::sequence, 0);
  wipe_stack();
  if (!given || writer.written().empty()) {
    return fail(Errc::internal, Origin::crypto,
                "the OpenSSL provider does not give the numbers of its RSA key: " + errors.reason());
  }
  return SecretBytes::copy_of(writer.written());
}

}  // namespace custos::key
