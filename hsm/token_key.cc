#include "hsm/token_key.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/fork_gate.h"
#include "base/wipe_stack.h"
#include "hsm/ck_rv.h"
#include "hsm/key_search.h"
#include "hsm/mechanisms.h"
#include "hsm/secret_keys.h"
#include "hsm/sign_operation.h"

namespace custos::hsm {
namespace {

static_assert(key::kMaxShelf <= PlaceSet::kPlaces);

constexpr SignStatus kRevoked{Errc::revoked, Origin::token, 0};
constexpr SignStatus kNoDigest{Errc::bad_input, Origin::key, 0};
constexpr SignStatus kTooLong{Errc::bad_input, Origin::key, CKR_DATA_LEN_RANGE};
constexpr SignStatus kNoneArmed{Errc::busy, Origin::key, 0};

// kCopyCheck is what a session copy and its original must sign alike; like check messages it begins with a byte that no
// canonicaliser emits.
constexpr std::string_view kCopyCheck("\0custos-copy-v1", 15);

SignStatus token_integrity(CK_RV rv) noexcept { return {Errc::integrity, Origin::token, static_cast<std::uint32_t>(rv)}; }

bool names_no_key(CK_RV rv) noexcept { return rv == CKR_OBJECT_HANDLE_INVALID || rv == CKR_KEY_HANDLE_INVALID; }

}  // namespace

TokenKey::TokenKey(std::shared_ptr<SessionPool> pool, const key::KeyId& id, key::KeyUse use, CK_MECHANISM_TYPE mechanism,
                   std::shared_ptr<Canary> canary)
    : pool_(std::move(pool)),
      id_(id),
      use_(use),
      mechanism_(mechanism),
      signature_size_(key::facts_of(use.algorithm).signature_size),
      shallow_(makes_macs() && pool_->profile().shallow_sign),
      canary_(makes_macs() ? std::move(canary) : nullptr) {
  pool_->add_holder(shelf_);
}

TokenKey::~TokenKey() {
  pool_->remove_holder(shelf_);
  if (!pool_->inherited()) shelf_.give_up();
}

Result<std::shared_ptr<TokenKey>> TokenKey::prepare(std::shared_ptr<SessionPool> pool, const key::KeyId& id, key::KeyUse use,
                                                    std::shared_ptr<Canary> canary) {
  const auto mechanism = choose_sign_mechanism(use);
  if (!mechanism) return Unexpected{mechanism.error()};
  std::shared_ptr<TokenKey> key(new TokenKey(std::move(pool), id, use, *mechanism, std::move(canary)));
  if (auto found = key->find(); !found) return found.failure();
  return key;
}

Result<void> TokenKey::find() {
  Session session;
  SignStatus status = pool_->acquire(session, std::nullopt);
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  if (status.ok() && canary_ != nullptr) status = watch(session);
  if (status.ok()) status = look_up(session, handle);
  if (status.ok()) return {};
  if (status.code == Errc::not_found) return no_key(id_);
  return fail(status.code, status.origin, fmt::format("cannot find the key {}: {}", id_.text(), explain_status(status)),
              status.native);
}

// A module that strangers share may be reset under an armed session, which then signs with another key and says CKR_OK
// (devices.md 1.4).
void TokenKey::deepen(std::size_t shelf) {
  if (pool_->profile().arming != Arming::off && !pool_->shared()) shelf_.deepen(shelf);
}

void TokenKey::close() noexcept {
  closed_.store(true);
  shelf_.give_up();
}

SignStatus TokenKey::sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept {
  if (makes_macs()) return sign_input(message, out, call);
  const SignInput input(use_.scheme, message);
  return input.fits() ? sign_input(input.view(), out, call) : kNoDigest;
}

SignStatus TokenKey::sign_input(ByteView input, std::span<std::uint8_t> out, key::SignCall& call) noexcept {
  if (closed()) return kRevoked;
  if (out.size() != signature_size_) return {Errc::internal, Origin::token, CKR_BUFFER_TOO_SMALL};
  if (key::is_over(call.deadline)) return {Errc::deadline_exceeded, Origin::key, 0};
  shelf_.note_use();
  std::optional<SignStatus> status = sign_shelved(input, out, call);
  if (!status && call.no_fallback) return kNoneArmed;
  if (!status) {
    call.path = key::Path::fallback;
    status = sign_unshelved(input, out, call.deadline);
  }
  if (!status->ok() && !call.no_fallback && may_sign_again(*status)) {
    call.path = key::Path::fallback;
    status = sign_unshelved(input, out, call.deadline);
  }
  if (status->ok() && pool_->suspect()) return token_integrity(CKR_CRYPTOKI_NOT_INITIALIZED);  // seen by another thread meanwhile
  return status->ok() && closed() ? kRevoked : *status;
}

// may_sign_again tells failures of one operation, from a device that throttles or loses some: another session may do it.
bool TokenKey::may_sign_again(const SignStatus& failure) const noexcept {
  return failure.origin == Origin::token && recovery_step(failure.native, pool_->profile(), 1) == Step::retry_once;
}

// sign_shelved signs on a session of the shelf. Nothing: there is none for this call.
std::optional<SignStatus> TokenKey::sign_shelved(ByteView input, std::span<std::uint8_t> out, key::SignCall& call) noexcept {
  if (!shelf_.is_open()) return std::nullopt;
  while (Shelf::Place* place = shelf_.take_armed()) {
    if (!is_current(*place)) {
      drop(*place);
      continue;
    }
    call.path = key::Path::armed;
    return sign_armed(*place, input, out);
  }
  if (call.no_fallback) return std::nullopt;
  Shelf::Place* place = shelf_.take_spent();
  if (place == nullptr) return std::nullopt;
  if (!is_current(*place)) {  // the pool tells how the device fares
    drop(*place);
    return std::nullopt;
  }
  call.path = key::Path::fallback;
  const SignStatus status = arm(*place);
  wipe_stack();  // C_SignInit goes deeper than C_Sign
  return status.ok() ? sign_armed(*place, input, out) : status;
}

SignStatus TokenKey::sign_armed(Shelf::Place& place, ByteView input, std::span<std::uint8_t> out) noexcept {
  const CK_RV rv = finish(place.session, input, out);
  if (shallow_) {  // an in-process module leaves HMAC states on the stack
    wipe_stack_below<4096>();
  } else {
    wipe_stack();
  }
  if (rv != CKR_OK) return lost(place, rv);
  shelf_.put_spent(place);
  return {};
}

SignStatus TokenKey::sign_unshelved(ByteView input, std::span<std::uint8_t> out, key::Deadline deadline) noexcept {
  if (const std::size_t most = pool_->profile().most_message; most != 0 && input.size() > most) return kTooLong;
  Session session;
  if (const SignStatus status = pool_->acquire(session, deadline); !status.ok()) return status;
  const NotAcrossFork whole;
  if (guarded()) return sign_guarded(session, input, out, deadline);
  CK_OBJECT_HANDLE handle = known_handle(session.generation());
  if (handle == CK_INVALID_HANDLE) {
    if (const SignStatus status = look_up(session, handle); !status.ok()) return status;
  }
  CK_RV rv = start(session, handle);
  if (rv == CKR_OK) rv = finish(session, input, out);
  wipe_stack();
  return rv == CKR_OK ? SignStatus{} : failed(session, rv);
}

CK_RV TokenKey::start(const Session& session, CK_OBJECT_HANDLE object) const noexcept {
  return hsm::begin_sign(session.module(), session.handle(), mechanism_, object);
}

CK_RV TokenKey::finish(const Session& session, ByteView input, std::span<std::uint8_t> out) const noexcept {
  return end_sign(session.module(), session.handle(), input, out);
}

std::size_t TokenKey::rearm(std::size_t max_sessions) noexcept {
  if (closed() || shelf_.depth() == 0 || !pool_->usable()) return 0;
  const std::int64_t patience_ns = shelf_.count_use();
  if (shelf_.is_open() && shelf_.generation() != pool_->generation()) shelf_.give_up();  // a new login did not reach it
  std::size_t armed = 0;
  if (shelf_.is_open() || shelf_.set_up([&]() noexcept { return make_armoury(patience_ns); })) {
    const std::size_t most = std::min(max_sessions, shelf_.depth());  // other threads may spend as fast as this one arms
    while (armed < most && arm_next(patience_ns)) ++armed;
  }
  wipe_stack();
  if (closed()) shelf_.give_up();  // close() may have come before the shelf was set up
  return armed;
}

// arm_next makes one place ready: a spent one, or a vacant one with another session of the token.
bool TokenKey::arm_next(std::int64_t patience_ns) noexcept {
  Shelf::Place* place = shelf_.take_spent();
  if (place == nullptr) {
    place = shelf_.take_vacant();
    if (place == nullptr) return false;
    if (!pool_->park(place->session, shelf_, patience_ns).ok()) {
      shelf_.put_vacant(*place);
      return false;
    }
  }
  if (!arm(*place).ok()) return false;
  shelf_.put_armed(*place);
  return true;
}

// arm calls C_SignInit on the session of a place in hand. After a failure the place is vacant and out of hand.
SignStatus TokenKey::arm(Shelf::Place& place) noexcept {
  if (!is_current(place)) {
    drop(place);
    return {Errc::device_gone, Origin::token, CKR_SESSION_HANDLE_INVALID};
  }
  const NotAcrossFork whole;
  const CK_RV rv = start(place.session, shelf_.object());
  return rv == CKR_OK ? SignStatus{} : lost(place, rv);
}

// make_armoury finds what to arm on. A token that refuses to copy the key, or whose copy is not as good, arms on the key itself;
// so does a key whose signatures differ each time, since they do not show that a copy is the same key.
Armoury TokenKey::make_armoury(std::int64_t patience_ns) noexcept {
  const NotAcrossFork whole;
  Armoury made;
  Session session;
  if (!pool_->park(session, shelf_, patience_ns).ok()) return made;
  CK_OBJECT_HANDLE handle = known_handle(session.generation());
  if (handle == CK_INVALID_HANDLE && !look_up(session, handle).ok()) return made;
  made.object = handle;
  made.generation = session.generation();
  if (pool_->profile().arming != Arming::copies || !makes_macs()) return made;
  if (const CK_OBJECT_HANDLE copy = sound_copy(session, handle); copy != CK_INVALID_HANDLE) {
    made.object = copy;
    made.copy_owner = std::move(session);
  } else {
    session.discard();  // and with it what was made
  }
  return made;
}

// sound_copy makes a session copy that is protected like the key and signs like it; CK_INVALID_HANDLE where that fails.
CK_OBJECT_HANDLE TokenKey::sound_copy(const Session& session, CK_OBJECT_HANDLE key) const noexcept {
  try {
    const auto copy = copy_hmac_key(session.module(), session.handle(), key);
    if (!copy) return CK_INVALID_HANDLE;
    std::array<std::uint8_t, key::kMaxSignature> by_key{}, by_copy{};
    bool signs = true;
    for (const auto& [object, mac] :
         {std::pair{key, std::span(by_key).first(signature_size_)}, {*copy, std::span(by_copy).first(signature_size_)}}) {
      signs = signs && start(session, object) == CKR_OK && finish(session, as_bytes(kCopyCheck), mac) == CKR_OK;
    }
    return signs && by_key == by_copy ? *copy : CK_INVALID_HANDLE;
  } catch (...) {  // out of memory
    return CK_INVALID_HANDLE;
  }
}

SignStatus TokenKey::exists(key::Deadline deadline) noexcept {
  if (closed()) return kRevoked;
  for (bool again = true;; again = false) {
    const std::uint64_t generation = pool_->generation();
    Session session;
    if (const SignStatus status = pool_->acquire(session, deadline); !status.ok()) return status;
    CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
    const SignStatus status = look_up(session, handle);
    if (status.ok()) pool_->answered();
    if (status.ok() || !again || pool_->generation() == generation) return status;
  }
}

// gone disarms a key that the token does not have any more: an armed session would go on signing (devices.md 1.5).
SignStatus TokenKey::gone() noexcept {
  shelf_.give_up();
  return token_status(CKR_KEY_HANDLE_INVALID);
}

// is_current tells whether the session of a place may be used: before exit, in the process that opened it, under the login of
// what the shelf is armed on, and as long as nobody was seen to reset the module. Asked with the place in hand, for which exit
// and a new login wait.
bool TokenKey::is_current(const Shelf::Place& place) const noexcept {
  const std::uint64_t generation = place.session.generation();
  return pool_->usable() && !pool_->suspect() && generation == shelf_.generation() && generation == pool_->generation();
}

void TokenKey::drop(Shelf::Place& place) noexcept {
  place.session.discard();
  shelf_.put_vacant(place);
}

// lost ends the session of a place in hand after a failed call.
SignStatus TokenKey::lost(Shelf::Place& place, CK_RV rv) noexcept {
  Session session = std::move(place.session);
  shelf_.put_vacant(place);
  return failed(session, rv);
}

// known_handle reads the two atomics in an order that never pairs a handle with another generation: generations do not return.
CK_OBJECT_HANDLE TokenKey::known_handle(std::uint64_t generation) const noexcept {
  if (handle_generation_.load() != generation) return CK_INVALID_HANDLE;
  const CK_OBJECT_HANDLE handle = handle_.load();
  return handle_generation_.load() == generation ? handle : CK_INVALID_HANDLE;
}

SignStatus TokenKey::look_up(Session& session, CK_OBJECT_HANDLE& handle) noexcept {
  const NotAcrossFork whole;
  std::size_t count = 0;
  const CK_RV rv = find_key_by_id(session.module(), session.handle(), class_of(use_.algorithm), id_, handle, count);
  if (rv != CKR_OK) return failed(session, rv);
  if (count == 0) return gone();
  if (count > 1) return {Errc::integrity, Origin::token, 0};
  const std::lock_guard lock(look_up_mutex_);
  if (handle_generation_.load() > session.generation()) return {};  // found for a later login meanwhile
  const bool replaced = handle_generation_.load() == session.generation() && handle_.load() != handle;
  handle_generation_.store(0);
  // Before anybody can read the new handle: no proof passes on the old key's sessions, and what was begun is not returned.
  if (replaced) {
    shelf_.give_up();
    replaced_.fetch_add(1);
  }
  handle_.store(handle);
  handle_generation_.store(session.generation());
  return {};
}

SignStatus TokenKey::failed(Session& session, CK_RV rv) noexcept {
  return names_no_key(rv) ? key_vanished(session, rv) : noted(session, rv);
}

// noted ends the session and draws the pool's consequences.
SignStatus TokenKey::noted(Session& session, CK_RV rv) noexcept {
  const Step step = pool_->note(session, rv);
  if (reason_of(rv, pool_->profile()) == TokenReason::module_reset) return token_integrity(rv);
  if (is_recovery(step)) return {Errc::device_gone, Origin::token, static_cast<std::uint32_t>(rv)};
  return token_status(rv);
}

// key_vanished: the token does not know the handle any more. Either the key was destroyed, or it lost its handles; then a new
// login makes the custodian prove the key before it signs again.
SignStatus TokenKey::key_vanished(Session& session, CK_RV rv) noexcept {
  CK_OBJECT_HANDLE handle = CK_INVALID_HANDLE;
  std::size_t count = 0;
  if (const CK_RV found = find_key_by_id(session.module(), session.handle(), class_of(use_.algorithm), id_, handle, count);
      found != CKR_OK) {
    return noted(session, found);
  }
  if (count == 0) return gone();
  pool_->note(session, CKR_SESSION_HANDLE_INVALID);
  return {Errc::device_gone, Origin::token, static_cast<std::uint32_t>(rv)};
}

}  // namespace custos::hsm
