#include "hsm/probe_bench.h"

#include <sodium.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <string_view>

#include "base/log.h"
#include "base/wipe_stack.h"
#include "encode/hex.h"
#include "hash/hash.h"
#include "hsm/ck_rv.h"
#include "hsm/key_making.h"
#include "hsm/key_search.h"
#include "hsm/mechanisms.h"
#include "hsm/sign_operation.h"
#include "hsm/stored_keys.h"

namespace custos::hsm {
namespace {

constexpr std::string_view kPrefix = "custos-probe-";

key::KeyTemplate probe_template(key::Algorithm algorithm) {
  key::KeyTemplate wanted{key::KeyId::random(), {}, algorithm};
  wanted.label = fmt::format("{}{}", kPrefix, encode::to_hex(ByteView(wanted.id.bytes).first(8)));
  return wanted;
}

Result<SecretBytes> random_secret(std::size_t size) {
  auto secret = SecretBytes::allocate(size);
  if (secret) randombytes_buf(secret->mutable_view(InsecureSecretAccess{}).data(), size);
  return secret;
}

}  // namespace

Result<ProbeSession> ProbeSession::open(const ProbeBench& bench) {
  CK_SESSION_HANDLE handle = CK_INVALID_HANDLE;
  const CK_RV rv = bench.call().C_OpenSession(bench.token.slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &handle);
  if (rv != CKR_OK) return token_failure(rv, "cannot open a session for the probe");
  return ProbeSession(bench, handle);
}

void ProbeSession::close() noexcept {
  if (handle_ != CK_INVALID_HANDLE) bench_->call().C_CloseSession(std::exchange(handle_, CK_SESSION_HANDLE{CK_INVALID_HANDLE}));
}

Result<void> remove_probe_keys(const ProbeBench& bench) {
  auto session = ProbeSession::open(bench);
  if (!session) return session.failure();
  auto keys = list_keys(bench.module, session->handle(), bench.token.label);
  if (!keys) return keys.failure();
  for (const auto& key : *keys) {
    if (!key.id || !key.label.starts_with(kPrefix)) continue;
    auto destroyed = destroy_key(bench.module, session->handle(), *key.id);
    if (!destroyed && destroyed.error().code != Errc::not_found) return destroyed;
  }
  return {};
}

ProbeKey::ProbeKey(ProbeKey&& other) noexcept
    : bench_(std::exchange(other.bench_, nullptr)),
      id_(other.id_),
      algorithm_(other.algorithm_),
      handle_(other.handle_),
      public_key_(std::move(other.public_key_)),
      secret_(std::move(other.secret_)),
      measured_message_(std::move(other.measured_message_)),
      measure_(std::move(other.measure_)) {}

ProbeKey::~ProbeKey() {
  if (bench_ == nullptr) return;
  auto session = ProbeSession::open(*bench_);
  const auto destroyed = session ? destroy_key(bench_->module, session->handle(), id_) : Result<void>(session.failure());
  if (!destroyed && destroyed.error().code != Errc::not_found) {
    log::warning("a key of the probe could not be destroyed, the next probe tries again: {}", destroyed.error().detail);
  }
}

// make calls make_key(session, template), which answers the public key. The key is owned before it is looked for.
template <class Make>
Result<ProbeKey> ProbeKey::make(const ProbeBench& bench, key::Algorithm algorithm, Make&& make_key) {
  auto session = ProbeSession::open(bench);
  if (!session) return session.failure();
  const key::KeyTemplate wanted = probe_template(algorithm);
  auto made = make_key(session->handle(), wanted);
  wipe_stack();
  if (!made) return made.failure();
  ProbeKey key(bench, wanted);
  auto handle = the_key_by_id(bench.module, session->handle(), class_of(algorithm), wanted.id);
  if (!handle) return handle.failure();
  key.handle_ = *handle;
  if (!made->empty()) {
    auto known = key::PublicKey::from_spki(algorithm, *made);
    if (!known) return known.failure();
    key.public_key_ = std::move(*known);
  }
  return key;
}

Result<ProbeKey> ProbeKey::generate(const ProbeBench& bench, const Profile& profile, key::Algorithm algorithm) {
  return make(bench, algorithm, [&](CK_SESSION_HANDLE session, const key::KeyTemplate& wanted) -> Result<Bytes> {
    if (auto can = check_can_make(bench.module, session, profile, wanted, Birth::generated); !can) return can.failure();
    return generate_key(bench.module, session, profile, wanted);
  });
}

Result<ProbeKey> ProbeKey::import_hmac(const ProbeBench& bench, const Profile& profile, key::Algorithm algorithm,
                                       std::size_t size) {
  auto secret = random_secret(size);
  if (!secret) return secret.failure();
  auto key = make(bench, algorithm, [&](CK_SESSION_HANDLE session, const key::KeyTemplate& wanted) {
    return import_key(bench.module, session, profile, wanted, *secret);
  });
  if (key) key->secret_ = std::move(*secret);
  return key;
}

Result<ProbeKey> ProbeKey::import_curve(const ProbeBench& bench, const Profile& profile, key::Algorithm algorithm) {
  auto secret = random_secret(key::facts_of(algorithm).secret_size);
  if (!secret) return secret.failure();
  secret->mutable_view(InsecureSecretAccess{})[0] &= 0x7f;  // below either curve's order (SEC 2, sections 2.4.1 and 2.4.2)
  return make(bench, algorithm, [&](CK_SESSION_HANDLE session, const key::KeyTemplate& wanted) -> Result<Bytes> {
    if (auto can = check_can_make(bench.module, session, profile, wanted, Birth::imported); !can) return can.failure();
    return import_key(bench.module, session, profile, wanted, *secret);
  });
}

CK_RV ProbeKey::arm(const ProbeSession& session, CK_OBJECT_HANDLE object) const noexcept {
  return begin_sign(bench_->module, session.handle(), *sign_mechanism(key::KeyUse(algorithm_)), object);
}

CK_RV ProbeKey::finish(const ProbeSession& session, ByteView message, std::chrono::nanoseconds* took) {
  const SignInput input(key::KeyUse(algorithm_).scheme, message);
  Bytes signature(key::facts_of(algorithm_).signature_size);
  const auto begin = std::chrono::steady_clock::now();
  const CK_RV rv = end_sign(bench_->module, session.handle(), input.view(), signature);
  if (took != nullptr) *took = std::chrono::steady_clock::now() - begin;
  wipe_stack();
  if (rv != CKR_OK) return rv;
  return is_right(message, signature) ? CKR_OK : CKR_SIGNATURE_INVALID;
}

bool ProbeKey::is_right(ByteView message, ByteView signature) {
  if (public_key_) return public_key_->verifies(key::KeyUse(algorithm_).scheme, message, signature);
  if (secret_) {
    Bytes mac(signature.size());
    return hash::hmac(key::facts_of(algorithm_).hash, *secret_, message, mac) &&
           std::equal(mac.begin(), mac.end(), signature.begin(), signature.end());
  }
  if (!std::equal(message.begin(), message.end(), measured_message_.begin(), measured_message_.end()) || measure_.empty()) {
    measured_message_.assign(message.begin(), message.end());
    measure_.assign(signature.begin(), signature.end());
  }
  return std::equal(measure_.begin(), measure_.end(), signature.begin(), signature.end());
}

Result<ProbeKey> make_probe_key(const ProbeBench& bench) {
  auto first = ProbeKey::import_hmac(bench, bench.profile, key::Algorithm::hmac_sha256, 32);
  if (first) return first;
  for (const key::Algorithm algorithm : {key::Algorithm::hmac_sha256, key::Algorithm::ecdsa_p256, key::Algorithm::rsa_2048}) {
    if (auto key = ProbeKey::generate(bench, bench.profile, algorithm)) return key;
  }
  return first;
}

std::string rv_text(CK_RV rv) {
  const auto name = ck_rv_name(rv);
  return name.empty() ? fmt::format("{:#x}", rv) : std::string(name);
}

std::string reason(const Error& error) {
  if (error.origin == Origin::token && error.native != 0) return rv_text(error.native);
  return error.code == Errc::bad_input ? "no mechanism" : error.detail;  // check_can_make's answer
}

ByteView sample_message() {
  static const Bytes message(200, 'm');
  return message;
}

}  // namespace custos::hsm
