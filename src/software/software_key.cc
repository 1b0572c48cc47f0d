#include "software/software_key.h"

namespace custos::software {
Result<std::shared_ptr<SoftwareKey>> SoftwareKey::make(key::Algorithm algorithm, const SecretBytes& secret) {
  auto key = hash::HmacKey::make(key::facts_of(algorithm).hash, secret);
  if (!key) return key.failure();
  return std::shared_ptr<SoftwareKey>(new SoftwareKey(*std::move(key)));
}

SignStatus SoftwareKey::sign(ByteView message, std::span<std::uint8_t> out, key::SignCall& call) noexcept {
  if (const SignStatus status = exists(call.deadline); !status.ok()) return status;
  if (out.size() != hash::digest_size(key_.algorithm())) return {Errc::internal, Origin::key, 0};
  if (key::is_over(call.deadline)) return {Errc::deadline_exceeded, Origin::key, 0};
  key_.mac(message, out);
  return exists(call.deadline);  // revoked, if it was closed meanwhile
}

SignStatus SoftwareKey::exists(key::Deadline) noexcept {
  return closed_.load(std::memory_order_acquire) ? SignStatus{Errc::revoked, Origin::key, 0} : SignStatus{};
}

}  // namespace custos::software
