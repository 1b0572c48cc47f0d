// The backend seam: what the custodian asks of whatever holds keys: a PKCS#11 token, the software keystore, an OpenSSL store.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/waker.h"
#include "custos/health.h"
#include "custos/request.h"
#include "custos/result.h"
#include "custos/secret.h"
#include "key/algorithm.h"
#include "key/device_health.h"
#include "key/key_id.h"
#include "key/sealer.h"

namespace custos::key {

// Deadline is absent when the caller is willing to wait for the backend's own limit.
using Deadline = std::optional<std::chrono::steady_clock::time_point>;

[[nodiscard]] inline bool is_over(const Deadline& deadline) noexcept {
  return deadline && std::chrono::steady_clock::now() >= *deadline;
}

// BackendDescription is what a backend says of itself, for `token show` and `doctor`.
struct BackendDescription {
  std::string uri, label, manufacturer, model, serial;
  std::string module_path, profile;
  std::string arming;     // "off", "key" or "copies"
  std::string pin_state;  // "ok", "count low", "final try", "locked"
  std::uint64_t sessions_open = 0;
  std::optional<std::uint64_t> session_cap;
  bool keeps_objects = true;  // read_object and write_object work
  TokenHealth health;
  std::vector<std::string> notices;
};

// Usage is the one thing that a key does in its backend.
enum class Usage : unsigned char { sign, seal };

// KeyTemplate is a key to be made.
struct KeyTemplate {
  KeyId id;
  std::string label;  // as it stands in the backend: "binance-main#1"
  Algorithm algorithm = Algorithm::hmac_sha256;
  Usage usage = Usage::sign;
  std::string purpose{};                        // the software keystore authenticates it with the key; tokens keep none
  std::optional<SealReference> sealed_under{};  // software keystore only: custody sealed
};

// MadeKey is what a backend answers for a key that it made.
struct MadeKey {
  std::string uri;
  Bytes public_key;  // SubjectPublicKeyInfo, DER (RFC 5280, 4.1.2.7); empty for secret keys
};

// StoredKey is a key that a backend found.
struct StoredKey {
  std::optional<KeyId> id;  // absent when CKA_ID is not 16 bytes: a stranger's key
  std::string label;
  std::string uri;
};

// KeyAttestation is what the backend says of a key; absent where it does not tell.
struct KeyAttestation {
  std::optional<bool> sensitive, extractable, always_sensitive, never_extractable, local;
};

// Path tells how a signature was made: on a session that waited armed, or on one that was armed at once because none waited.
// Keys that need no sessions leave it at none.
enum class Path : unsigned char { none, armed, fallback };

// SignCall is what one signature may cost, and tells how it was made.
struct SignCall {
  Deadline deadline{};
  bool no_fallback = false;  // busy when no session waits armed
  Path path = Path::none;    // set by sign
  // recovery_id is set by sign where the backend knows it (a secp256k1 key in software): which of the candidates (0 to 3; SEC 1,
  // 4.1.6) the signature, s being low, gives the key. Whoever uses it proves it.
  std::optional<std::uint8_t> recovery_id{};
};

// PendingSign is a signature that a device is making. Its caller ends it, by take or abandon, and touches it no more; until then
// the SignCall and the Waker that it was begun with must live.
class PendingSign {
 public:
  virtual ~PendingSign() = default;
  PendingSign(const PendingSign&) = delete;
  PendingSign& operator=(const PendingSign&) = delete;

  // done tells whether take would give an outcome. It turns true before the Waker is woken.
  [[nodiscard]] virtual bool done() const noexcept = 0;
  // take gives the outcome of a done one, as PreparedKey::sign does.
  virtual SignStatus take(std::span<std::uint8_t> out) noexcept = 0;
  // abandon does not wait: what comes late is dropped and wiped.
  virtual void abandon() noexcept = 0;

 protected:
  PendingSign() = default;
};

// TreeNode is the public half of a key in a tree of keys (BIP 32, SLIP-10), and where it stands.
struct TreeNode {
  Bytes public_key;  // compressed secp256k1, 33 bytes; Ed25519, 32
  std::array<std::uint8_t, 32> chain_code{};
  std::array<std::uint8_t, 4> fingerprint{};         // first bytes of HASH160 of the public key
  std::array<std::uint8_t, 4> parent_fingerprint{};  // zero for the root
  std::uint8_t depth = 0;
  std::uint32_t child_number = 0;
};

// no_tree is the error for a path below a key that has none.
[[nodiscard]] Unexpected no_tree();

// kMaxShelf is the most sessions that wait armed for one key.
inline constexpr std::size_t kMaxShelf = 256;

// PreparedKey is a key found and ready to sign. Thread-safe; every call is noexcept and allocates nothing of ours.
class PreparedKey {
 public:
  PreparedKey() = default;
  PreparedKey(const PreparedKey&) = delete;
  PreparedKey& operator=(const PreparedKey&) = delete;
  virtual ~PreparedKey() = default;

  // sign writes the signature of `message`, in the form of the scheme for which the key was prepared, into `out`: exactly
  // facts_of(algorithm).signature_size bytes. An asymmetric signature is not yet verified.
  // Status: busy, deadline_exceeded, device_gone, integrity (generation suspect), authentication.
  virtual SignStatus sign(ByteView message, std::span<std::uint8_t> out, SignCall& call) noexcept = 0;
  SignStatus sign(ByteView message, std::span<std::uint8_t> out, Deadline deadline) noexcept {
    SignCall call{.deadline = deadline};
    return sign(message, out, call);
  }

  // begin_sign begins a signature in a thread of the backend and copies `message`; `waker` is woken when it is done. nullptr:
  // this key signs on the caller's thread only, or all threads are taken.
  virtual PendingSign* begin_sign(ByteView message, SignCall& call, Waker& waker) noexcept {
    static_cast<void>(message), static_cast<void>(call), static_cast<void>(waker);
    return nullptr;
  }
  // ends_on_time tells whether sign comes back at its deadline even when the device hangs.
  [[nodiscard]] virtual bool ends_on_time() const noexcept { return false; }
  // spreads tells whether copies of the key in several such devices sign more per second than one.
  [[nodiscard]] virtual bool spreads() const noexcept { return false; }
  // health is that of the key's device; nullptr: there is none that could be away.
  [[nodiscard]] virtual std::shared_ptr<const DeviceHealth> health() const noexcept { return nullptr; }
  // proved_wrong notes in the device's health that this is not the key that was recorded, or that it signed wrong.
  virtual void proved_wrong() noexcept {}

  // rearm makes up to `max_sessions` sessions ready for the next signatures, up to the shelf's depth and within the backend's
  // session budget, and answers how many. Never waits for a session. 0 where there is nothing to arm.
  virtual std::size_t rearm(std::size_t max_sessions) noexcept {
    static_cast<void>(max_sessions);
    return 0;
  }
  // disarm closes the armed sessions: an armed session outlives its key's destruction and the logout (devices.md 1.5).
  virtual void disarm() noexcept {}
  // shelf answers how many sessions wait armed.
  [[nodiscard]] virtual std::size_t shelf() const noexcept { return 0; }

  // exists asks the backend whether the key is still there (a stranger's tool may have destroyed it). not_found: it is gone.
  virtual SignStatus exists(Deadline deadline) noexcept = 0;

  // generation changes when handles had to be found anew; the custodian then proves the key again before it signs. Read it before
  // and after sign: a MAC belongs to a proven generation only when both agree. A sign that itself meets a lost session or login
  // makes the new generation and answers device_gone: prove the key, then sign again.
  [[nodiscard]] virtual std::uint64_t generation() const noexcept = 0;

  // node and derive answer for a key below this one, when it is a tree: the public half, or the key, ready to sign in the same
  // scheme. Hardened steps have bit 31 set; SLIP-10 has no others. They may block and allocate. Errors: bad_input, for a key that
  // is no tree, or a path that this one has not; those of sign.
  [[nodiscard]] virtual Result<TreeNode> node(std::span<const std::uint32_t> path);
  [[nodiscard]] virtual Result<std::shared_ptr<PreparedKey>> derive(std::span<const std::uint32_t> path);

  // close ends the use of the key and disarms it: nothing signs through this object afterwards (status revoked).
  virtual void close() noexcept = 0;
};

// Backend holds keys. Thread-safe; may block and allocate.
class Backend {
 public:
  Backend() = default;
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;
  virtual ~Backend() = default;

  [[nodiscard]] virtual Result<BackendDescription> describe() = 0;
  // health is that of the device; nullptr: there is none that could be away.
  [[nodiscard]] virtual std::shared_ptr<const DeviceHealth> health() const noexcept { return nullptr; }
  // ask_again asks the device something harmless now, for a person, whatever its state: a recovery that is to come is made, and a
  // log that is full drained. Errors: what came out.
  virtual Result<void> ask_again() { return {}; }
  [[nodiscard]] virtual Result<std::vector<StoredKey>> list() = 0;

  // generate and import_key make a key that signs only, or seals only: in a token private, sensitive, not extractable; attributes
  // are read back, and a difference destroys the object. Errors: already_exists, bad_input (an algorithm that the backend has
  // not), device_gone, authentication, integrity. import_key takes material as key/key_material.h has it.
  virtual Result<MadeKey> generate(const KeyTemplate& key) = 0;
  virtual Result<MadeKey> import_key(const KeyTemplate& key, const SecretBytes& material) = 0;

  // creation_warning says what a person must know before a key of that algorithm is made here: what cannot be undone. Empty:
  // nothing.
  [[nodiscard]] virtual std::string creation_warning(Algorithm algorithm) const {
    static_cast<void>(algorithm);
    return {};
  }

  // destroy removes the key. not_found when it is not there.
  virtual Result<void> destroy(const KeyId& id) = 0;
  [[nodiscard]] virtual Result<KeyAttestation> attest(const KeyId& id) = 0;
  // prepare finds the key. `shelf` is how many sessions may wait armed for it (at most kMaxShelf); all that prepare one key share
  // one PreparedKey, and the largest shelf counts.
  [[nodiscard]] virtual Result<std::shared_ptr<PreparedKey>> prepare(const KeyId& id, KeyUse use, std::size_t shelf) = 0;

  // read_object and write_object keep one small public record inside the backend (the registry head's mirror). An absent record
  // reads as nullopt. `name` is printable; `value` at most 256 bytes.
  [[nodiscard]] virtual Result<std::optional<Bytes>> read_object(std::string_view name) = 0;
  virtual Result<void> write_object(std::string_view name, ByteView value) = 0;

  // write_secret keeps a small secret that is no key (a venue's passphrase) inside the backend: 1 to kMaxSecret bytes under a
  // printable name that was never used before; read_secret answers it, nullopt when it is not there; remove_secret leaves nothing
  // of it, also when it is gone already. `under` is for the software keystore: custody sealed. Errors: bad_input, where the
  // backend keeps none; device_gone, authentication, and what keys meet.
  static constexpr std::size_t kMaxSecret = 512;
  virtual Result<void> write_secret(std::string_view name, const SecretBytes& value, const std::optional<SealReference>& under);
  [[nodiscard]] virtual Result<std::optional<SecretBytes>> read_secret(std::string_view name);
  virtual Result<void> remove_secret(std::string_view name);
};

}  // namespace custos::key
