#include "hsm/canary.h"

#include <sodium.h>
#include <spdlog/fmt/fmt.h>

#include <utility>

#include "hsm/attributes.h"
#include "hsm/ck_rv.h"
#include "hsm/module.h"

namespace custos::hsm {
namespace {

constexpr CK_RV kReset = CKR_CRYPTOKI_NOT_INITIALIZED;

}  // namespace

Canary::Canary(std::shared_ptr<SessionPool> pool) : pool_(std::move(pool)) { pool_->add_holder(*this); }

Canary::~Canary() {
  pool_->remove_holder(*this);
  if (!pool_->inherited()) give_up();
}

void Canary::give_up() noexcept {
  Bird last;  // closed without the lock
  {
    const std::lock_guard lock(mutex_);
    std::swap(last, bird_);
  }
  last.owner.discard();
}

Result<void> Canary::plant() {
  const CK_RV rv = plant_for(pool_->generation());
  if (rv == CKR_OK) return {};
  auto failure = token_failure(rv,
                               "a canary cannot be planted in the shared module, so that its MACs are unguarded: set verify = "
                               "\"always\", or give Custos a private copy of the module");
  failure.error.code = Errc::refused;
  return failure;
}

CK_RV Canary::plant_for(std::uint64_t generation) noexcept {
  Bird fresh;
  if (const SignStatus status = pool_->park(fresh.owner, *this, 0); !status.ok()) {
    return status.native != 0 ? status.native : CK_RV{CKR_SESSION_COUNT};
  }
  if (fresh.owner.generation() != generation) return CKR_SESSION_HANDLE_INVALID;
  std::array<std::uint8_t, sizeof(Label) / 2> random{};
  ::randombytes_buf(random.data(), random.size());
  for (std::size_t i = 0; i < fresh.label.size(); ++i) {
    fresh.label[i] = "0123456789abcdef"[random[i / 2] >> (i % 2 * 4) & 0xf];
  }
  Template wanted;
  wanted.number(CKA_CLASS, CKO_DATA).flag(CKA_TOKEN, false).flag(CKA_PRIVATE, false);
  wanted.text(CKA_LABEL, {fresh.label.data(), fresh.label.size()});
  const CK_RV rv =
      fresh.owner.module().functions().C_CreateObject(fresh.owner.handle(), wanted.data(), wanted.size(), &fresh.object);
  if (rv != CKR_OK) {
    fresh.owner.discard();
    return rv;
  }
  {
    const std::lock_guard lock(mutex_);
    const bool stands = bird_.owner.valid() && bird_.owner.generation() == generation;
    if (!stands) {  // else another thread was quicker
      fresh.planting = ++plantings_;
      std::swap(bird_, fresh);
    }
  }
  fresh.owner.discard();
  return CKR_OK;
}

CK_RV Canary::check(const Session& session, std::uint64_t& planting) noexcept {
  bool stands = false;
  {
    const std::lock_guard lock(mutex_);
    stands = bird_.owner.valid() && bird_.owner.generation() == session.generation();
  }
  if (!stands) {
    if (const CK_RV rv = plant_for(session.generation()); rv != CKR_OK) return rv;
  }
  return read(session, planting);
}

CK_RV Canary::still_sings(const Session& session, std::uint64_t planting) noexcept {
  std::uint64_t found = 0;
  const CK_RV rv = read(session, found);
  return rv == CKR_OK && found != planting ? CK_RV{CKR_SESSION_HANDLE_INVALID} : rv;
}

// read asks for the label, by the signing session: its handle is thereby shown to be ours still.
CK_RV Canary::read(const Session& session, std::uint64_t& planting) noexcept {
  CK_OBJECT_HANDLE object = CK_INVALID_HANDLE;
  Label known{};
  {
    const std::lock_guard lock(mutex_);
    if (!bird_.owner.valid() || bird_.owner.generation() != session.generation()) return CKR_SESSION_HANDLE_INVALID;
    object = bird_.object;
    known = bird_.label;
    planting = bird_.planting;
  }
  Label found{};
  CK_ATTRIBUTE label{CKA_LABEL, found.data(), found.size()};
  const CK_RV rv = session.module().functions().C_GetAttributeValue(session.handle(), object, &label, 1);
  if (rv == CKR_OK) return label.ulValueLen == found.size() && found == known ? CKR_OK : kReset;
  // What stands there now is another object, or none.
  const bool is_gone = rv == CKR_OBJECT_HANDLE_INVALID || rv == CKR_BUFFER_TOO_SMALL || rv == CKR_ATTRIBUTE_TYPE_INVALID ||
                       rv == CKR_ATTRIBUTE_SENSITIVE;
  return is_gone ? kReset : rv;
}

}  // namespace custos::hsm
