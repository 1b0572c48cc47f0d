// ProbeBench: what the checks of a probe work with: sessions and keys that nobody else uses, and that are gone afterwards.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "custos/result.h"
#include "hsm/cryptoki.h"
#include "hsm/module.h"
#include "hsm/profile.h"
#include "hsm/slot.h"
#include "key/backend.h"
#include "key/public_key.h"

namespace custos::hsm {

// ProbeBench is a token that somebody logged in to. One thread at a time; it outlives its sessions and keys.
struct ProbeBench {
  const Module& module;
  const TokenFacts& token;
  const Profile& profile;

  [[nodiscard]] const CK_FUNCTION_LIST& call() const noexcept { return module.functions(); }
};

// ProbeSession is a session beside the pool's. It is closed at its end.
class ProbeSession {
 public:
  // Errors: as token_failure.
  static Result<ProbeSession> open(const ProbeBench& bench);
  ~ProbeSession() { close(); }
  ProbeSession(ProbeSession&& other) noexcept
      : bench_(other.bench_), handle_(std::exchange(other.handle_, CK_SESSION_HANDLE{CK_INVALID_HANDLE})) {}
  ProbeSession(const ProbeSession&) = delete;
  ProbeSession& operator=(const ProbeSession&) = delete;

  [[nodiscard]] CK_SESSION_HANDLE handle() const noexcept { return handle_; }
  void close() noexcept;

 private:
  ProbeSession(const ProbeBench& bench, CK_SESSION_HANDLE handle) noexcept : bench_(&bench), handle_(handle) {}

  const ProbeBench* bench_;
  CK_SESSION_HANDLE handle_;
};

// remove_probe_keys destroys what a probe that was killed left in the token. Errors: as token_failure.
[[nodiscard]] Result<void> remove_probe_keys(const ProbeBench& bench);

// ProbeKey is a key made by the code that makes Custos's own, and destroyed at its end.
class ProbeKey {
 public:
  // generate and import_hmac go by `profile`, which need not be the bench's. The secret has `size` bytes. Errors: those of
  // hsm/key_making.h.
  static Result<ProbeKey> generate(const ProbeBench& bench, const Profile& profile, key::Algorithm algorithm);
  static Result<ProbeKey> import_hmac(const ProbeBench& bench, const Profile& profile, key::Algorithm algorithm,
                                      std::size_t size);
  // import_curve is for Ed25519 and ECDSA.
  static Result<ProbeKey> import_curve(const ProbeBench& bench, const Profile& profile, key::Algorithm algorithm);
  ~ProbeKey();
  ProbeKey(ProbeKey&&) noexcept;
  ProbeKey(const ProbeKey&) = delete;
  ProbeKey& operator=(const ProbeKey&) = delete;

  [[nodiscard]] const key::KeyId& id() const noexcept { return id_; }
  [[nodiscard]] CK_OBJECT_HANDLE handle() const noexcept { return handle_; }
  [[nodiscard]] key::Algorithm algorithm() const noexcept { return algorithm_; }
  [[nodiscard]] bool makes_macs() const noexcept { return key::facts_of(algorithm_).family == key::Family::hmac; }

  // arm calls C_SignInit on `object`: the key itself, or a copy of it.
  [[nodiscard]] CK_RV arm(const ProbeSession& session, CK_OBJECT_HANDLE object) const noexcept;
  [[nodiscard]] CK_RV arm(const ProbeSession& session) const noexcept { return arm(session, handle_); }
  // finish calls C_Sign and judges the signature: CKR_SIGNATURE_INVALID for a wrong one. A generated MAC key's first signature
  // is the measure of the others. `took`, where it is wanted, is the time of C_Sign alone.
  [[nodiscard]] CK_RV finish(const ProbeSession& session, ByteView message, std::chrono::nanoseconds* took = nullptr);

 private:
  ProbeKey(const ProbeBench& bench, const key::KeyTemplate& made) noexcept
      : bench_(&bench), id_(made.id), algorithm_(made.algorithm) {}
  template <class Make>
  static Result<ProbeKey> make(const ProbeBench& bench, key::Algorithm algorithm, Make&& make_key);
  [[nodiscard]] bool is_right(ByteView message, ByteView signature);

  const ProbeBench* bench_;  // null once moved from
  key::KeyId id_;
  key::Algorithm algorithm_;
  CK_OBJECT_HANDLE handle_ = CK_INVALID_HANDLE;
  std::optional<key::PublicKey> public_key_;
  std::optional<SecretBytes> secret_;
  Bytes measured_message_, measure_;
};

// rv_text names a return value; reason, what stopped an attempt: the token's answer, or our judgement on what it did.
[[nodiscard]] std::string rv_text(CK_RV rv);
[[nodiscard]] std::string reason(const Error& error);

// sample_message has the 200 bytes of an exchange's request.
[[nodiscard]] ByteView sample_message();

// make_probe_key gives a key that signs, the first that the token lets be made of: an imported or generated HMAC-SHA256, P-256,
// RSA-2048. Errors: that of the first.
[[nodiscard]] Result<ProbeKey> make_probe_key(const ProbeBench& bench);

}  // namespace custos::hsm
