// Custodian: the whole way of one request, from the caller's bytes to the signed answer.
//
// Three calls with three costs: open (loads modules, logs in; may block and allocate) → prepare_request_signer (finds and proves
// the key; may block and allocate) → sign (noexcept, no allocation of ours, no lock that a stranger holds).
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "custos/export.h"
#include "custos/health.h"
#include "custos/request.h"
#include "custos/result.h"
#include "custos/secret.h"

namespace custos {

class Administration;
class TransactionSigner;
struct KeyName;

// SecretPrompt asks a person for a PIN without echo. `what` names it: "PIN of token dev".
using SecretPrompt = std::function<Result<SecretBytes>(std::string_view what)>;

// OpenOptions say which home to open and what the library may do in the host's process. Everything here is off by default:
// Custos is a guest.
struct OpenOptions {
  std::filesystem::path home;   // empty: $CUSTOS_HOME, else $XDG_DATA_HOME/custos, else ~/.local/share/custos
  std::string actor;            // recorded in events; empty: the user's login name
  SecretPrompt prompt;          // used by tokens whose PIN source is "prompt"
  bool harden_process = false;  // make the process non-dumpable and set RLIMIT_CORE to 0 before any secret is read
  // Sets the variables that a token's module reads (SOFTHSM2_CONF) with setenv. Only for single-threaded programs that own their
  // process, such as the command line tool; without it open fails with the line to export when they differ.
  bool set_module_environment = false;
  HealthSink on_health;               // told when a token's state changes (custos/health.h)
  DeviceLogDrain on_device_log_full;  // drains a device's full audit log
};

// PrepareOptions say how a signer is made ready.
struct PrepareOptions {
  // Most sessions of the token that wait armed for this signer's key, 0 to 256. The token's session budget, shared by all
  // prepared keys, may give fewer; software keys need none. Signers of the same key share its shelf: the largest counts.
  std::size_t shelf = 16;
  // Of a RequestSigner whose key has copies in several tokens: when the first copy has not answered after this time, a second one
  // is asked, and the first good answer taken. Zero: when it takes longer than nineteen signatures in twenty. It needs tokens
  // whose calls are made in threads (deadlines = "threaded"); elsewhere it does nothing. Both devices may sign, and log it.
  std::optional<std::chrono::microseconds> hedge_after{};
};

// SignerStats counts what a signer did since it was prepared.
struct SignerStats {
  std::uint64_t signatures = 0;
  std::uint64_t refusals = 0;
  std::uint64_t failures = 0;
  std::uint64_t preparations = 0;     // 1, and one more for each change of the home that was met and each try without its device
  std::uint64_t armed = 0;            // signatures made on a session that waited armed
  std::uint64_t fallback = 0;         // signatures for which the session was armed at once, because none waited
  std::uint64_t by_fallback_key = 0;  // signatures by the credential's fallback key, while the device of its own was away
  std::uint64_t failovers = 0;        // signatures that a copy of the key made after another one had failed
  std::uint64_t hedged = 0;           // calls for which a second copy was asked, because the first was late
  std::uint64_t busy = 0;             // calls that answered busy
  std::uint64_t late = 0;             // signatures that came after the deadline of their call
  std::size_t shelf = 0;              // sessions that wait armed now
};

// RequestSigner signs requests for one credential. Immutable and safe from many threads at once, each with its own
// SignedRequest; the calls allocate nothing and make no system call of their own but for the question, every 4 seconds, whether
// the key is still in its token, which rearm asks ahead of time. A revocation, a disabled credential or a changed grant made by
// any process is obeyed at the next sign. It keeps its Custodian's tokens open; a moved-from signer may only be destroyed.
class CUSTOS_EXPORT RequestSigner {
 public:
  struct CUSTOS_INTERNAL Impl;  // internal
  explicit RequestSigner(std::shared_ptr<Impl> impl) noexcept;
  ~RequestSigner();
  RequestSigner(RequestSigner&&) noexcept;
  RequestSigner& operator=(RequestSigner&&) noexcept;

  // sign canonicalises, authorises, signs and places `request` into `out`. On failure `out` holds no signature.
  // Errors: bad_input, refused, needs_approval, revoked, busy, deadline_exceeded, device_gone, integrity.
  SignStatus sign(const RequestView& request, SignedRequest& out, const SignOptions& options = {}) const noexcept;

  // sign_batch signs each of `requests` into its place in `out`, with a status of its own in `statuses`, and answers how many it
  // signed. All three are of one size; else every status is bad_input. A failure does not stop the requests behind it; a deadline
  // holds for all of them. In order, on the calling thread: armed sessions first, then, without no_fallback, sessions armed one
  // by one, which is no slower than calling rearm in between (docs/performance.md). SigningQueue signs several at the same time.
  std::size_t sign_batch(std::span<const RequestView> requests, std::span<SignedRequest> out, std::span<SignStatus> statuses,
                         const SignOptions& options = {}) const noexcept;

  // rearm makes up to `max_sessions` sessions of the token ready for the next signatures and answers how many it made ready. Call
  // it after sign, when the answer is on its way: sign itself never re-arms (docs/performance.md). It may take the token's time
  // for each session, but never waits for one; 0 when nothing was to be done. It also does ahead of time what the next sign would
  // have to: prepare anew after a change of the home, and, from the third second on, ask whether the key is still in its token.
  // So call it now and then when idle too.
  std::size_t rearm(std::size_t max_sessions = SIZE_MAX) const noexcept;

  // verify_answer tells whether an answer of a venue that signs its answers (Bitstamp) is genuine: its signature is the
  // credential's own over the request's nonce and time and the answer's content type and body. It allocates; the MAC itself goes
  // nowhere. Errors: integrity (Origin::request), when it is not; bad_input, when the venue signs no answers, or nonce, time or
  // content type are not what a request of its has; those of sign.
  SignStatus verify_answer(const ServerAnswer& answer) const noexcept;

  // explain says in one line what `status`, just returned by sign for `out`, means and what to do.
  [[nodiscard]] std::string explain(const SignStatus& status, const SignedRequest& out) const;

  // set_clock_offset_ms is added to the clock where a request brings no timestamp of its own. Atomic.
  void set_clock_offset_ms(std::int64_t offset_ms) const noexcept;

  [[nodiscard]] SignerStats stats() const noexcept;

  [[nodiscard]] const std::shared_ptr<Impl>& impl() const noexcept { return impl_; }  // internal

 private:
  std::shared_ptr<Impl> impl_;
};

// Custodian is an open home: its registry, its tokens, its authoriser. Thread-safe.
class CUSTOS_EXPORT Custodian {
 public:
  struct CUSTOS_INTERNAL Impl;  // internal
  explicit Custodian(std::shared_ptr<Impl> impl) noexcept;
  ~Custodian();
  Custodian(Custodian&&) noexcept;
  Custodian& operator=(Custodian&&) noexcept;

  // open opens an existing home (see init_home). Tokens are loaded and logged in when they are first needed.
  // Errors: not_found, bad_input (configuration), integrity (registry), system.
  static Result<Custodian> open(const OpenOptions& options = {});

  // prepare_request_signer finds the credential and its key, verifies their seals, logs in to the token and proves the key by
  // its check value. Errors: not_found, refused, revoked, authentication, device_gone, integrity.
  [[nodiscard]] Result<RequestSigner> prepare_request_signer(std::string_view credential, const PrepareOptions& options = {});

  // prepare_transaction_signer finds a key of a chain's purpose ("chain:evm"), as prepare_request_signer does a credential's; the
  // signer and KeyName are in custos/transaction.h. Errors: as prepare_request_signer.
  [[nodiscard]] Result<TransactionSigner> prepare_transaction_signer(const KeyName& key, const PrepareOptions& options = {});

  [[nodiscard]] const std::shared_ptr<Impl>& impl() const noexcept { return impl_; }  // internal

  // administration manages keys, credentials and tokens of this home.
  [[nodiscard]] Administration administration() const;

 private:
  std::shared_ptr<Impl> impl_;
};

}  // namespace custos
