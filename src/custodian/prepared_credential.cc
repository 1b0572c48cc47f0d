#include "custodian/prepared_credential.h"

#include <ctime>

#include <sodium.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/log.h"
#include "custodian/words.h"
#include "key/purpose.h"

namespace custos {
namespace {

constexpr std::uint64_t kNeverProved = ~std::uint64_t{0};

// coarse_ns is a clock of a few milliseconds' resolution, for a few nanoseconds (clock_gettime(2)).
std::int64_t coarse_ns() noexcept {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// view_at_rest reads the credential in a snapshot that no change was being committed to.
Result<registry::CredentialView> view_at_rest(registry::Registry& registry, std::string_view label) {
  for (int attempt = 0; attempt < 8; ++attempt) {
    auto view = registry.view_credential(label);
    if (!view || view->epoch % 2 == 0) return view;
    if (auto settled = registry.settle(); !settled) return settled.failure();
  }
  return fail(Errc::busy, Origin::registry, "the registry is being changed without pause: try again");
}

Result<void> check_credential(const registry::CredentialRow& row) {
  const std::string name = "credential '" + row.label + "'";
  if (row.status == "disabled" || !row.is_active) {
    return fail(
        Errc::revoked, Origin::grants,
        name + " is disabled" + (row.reason.empty() ? "" : " (" + row.reason + ")") + ": custos credential enable " + row.label);
  }
  if (row.status == "pending") return fail(Errc::needs_approval, Origin::grants, name + " waits for approval");
  if (row.status != "approved") return fail(Errc::revoked, Origin::grants, name + " was " + row.status);
  return {};
}

Result<void> check_key(const registry::CredentialView& view, const exchange::Venue& venue) {
  const std::string user = "credential '" + view.credential.label + "'";
  if (!view.key)
    return fail(Errc::integrity, Origin::registry,
                "the key of " + user + " is missing from registry.db: restore it from a backup");
  const registry::KeyRow& key = view.key->key;
  const std::string name = "key " + key.token + ":" + key.name;
  if (key.state == "destroyed") {
    return fail(Errc::revoked, Origin::key,
                name + " of " + user + " was destroyed: give it another with custos credential set " + view.credential.label +
                    " --key TOKEN:LABEL");
  }
  if (key.state != "active") return fail(Errc::revoked, Origin::key, name + " of " + user + " is " + key.state);
  if (key.purpose != key::Purpose::venue(venue.name).text()) {
    return fail(Errc::refused, Origin::key,
                name + " has the purpose " + key.purpose +
                    " and signs for nothing else: make a key with --purpose venue:" + std::string(venue.name));
  }
  if (view.key->copies.empty())
    return fail(Errc::integrity, Origin::registry, name + " has no copy in registry.db: restore it from a backup");
  return {};
}

Result<std::unique_ptr<KeyProof>> open_key(const KeySource& source, const registry::KeyRow& row, const registry::CopyRow& copy,
                                           std::size_t shelf) {
  const std::string name = "key " + row.token + ":" + row.name;
  const auto algorithm = key::parse_algorithm(row.algorithm);
  if (!algorithm) return fail(Errc::integrity, Origin::registry, name + " has the unknown algorithm " + row.algorithm);
  auto prepared = source(row, copy, *algorithm, shelf);
  if (!prepared) {
    if (prepared.error().code != Errc::not_found) return prepared.failure();
    return fail(Errc::revoked, Origin::token,
                name + " is no longer in its token: it was destroyed by another tool, or this is another token");
  }
  auto proof = std::make_unique<KeyProof>(*prepared, *algorithm, row);
  const auto status = proof->ensure({});
  if (status.ok()) return proof;
  if (status.code == Errc::integrity) {
    return fail(Errc::integrity, status.origin, name + " is not the key that was recorded: its check value differs",
                status.native);
  }
  return fail(status.code, status.origin, name + " could not be proved", status.native);
}

}  // namespace

KeyProof::KeyProof(std::shared_ptr<key::PreparedKey> key, key::Algorithm algorithm, const registry::KeyRow& row)
    : key_(std::move(key)),
      algorithm_(key::facts_of(algorithm)),
      message_(key::check_message(row.check_salt)),
      expected_(row.check_value),
      proved_generation_(kNeverProved) {}

SignStatus KeyProof::ensure(key::Deadline deadline) noexcept {
  const std::uint64_t generation = key_->generation();
  if (proved_generation_.load(std::memory_order_acquire) == generation) return {};
  std::array<std::uint8_t, key::kMaxSignature> mac{};
  const auto out = std::span(mac).first(algorithm_.signature_size);
  const SignStatus status = key_->sign(message_, out, deadline);
  if (!status.ok()) return status;
  const key::CheckValue found = key::check_value(out);
  if (::sodium_memcmp(found.data(), expected_.data(), found.size()) != 0) return {Errc::integrity, Origin::key, 0};
  proved_generation_.store(generation, std::memory_order_release);
  return {};
}

Result<std::unique_ptr<PreparedCredential>> PreparedCredential::prepare(Custodian::Impl& home, std::string_view label,
                                                                        const KeySource& source, std::size_t shelf) {
  if (auto unsealed = home.unseal(); !unsealed) return unsealed.failure();
  if (home.control.replaced()) {
    return fail(Errc::integrity, Origin::registry, "the file control was replaced while this process runs: restart it");
  }
  auto view = view_at_rest(*home.registry, label);
  if (!view) return view.failure();
  if (auto checked = check_credential(view->credential); !checked) return checked.failure();
  const auto* venue = exchange::find_venue(view->credential.venue);
  if (venue == nullptr) {
    return fail(Errc::bad_input, Origin::registry,
                "this Custos knows no venue '" + view->credential.venue + "': it was added by another version");
  }
  if (auto checked = check_key(*view, *venue); !checked) return checked.failure();
  auto granted = authorise::parse_grants(split_words(view->credential.grants));
  if (!granted) return granted.failure();
  auto proof = open_key(source, view->key->key, view->key->copies.front(), shelf);
  if (!proof) return proof.failure();
  if (auto noted = home.registry->note_use(view->credential.id); !noted) {
    log::warning("the use of credential {} was not recorded: {}", view->credential.label, noted.error().detail);
  }

  auto prepared = std::make_unique<PreparedCredential>();
  prepared->epoch = view->epoch;
  prepared->label = view->credential.label;
  prepared->environment = view->credential.environment;
  prepared->api_key = view->version.api_key;
  prepared->hosts = split_words(view->credential.hosts);
  prepared->venue = venue;
  prepared->authoriser = std::make_unique<authorise::Grants>(*granted, view->epoch);
  prepared->proof = *std::move(proof);
  prepared->presence_checked_ns.store(coarse_ns(), std::memory_order_relaxed);
  return prepared;
}

SignStatus PreparedCredential::check_presence(const registry::ControlPage& control, std::chrono::nanoseconds interval,
                                              key::Deadline deadline) noexcept {
  const std::int64_t now = coarse_ns();
  std::int64_t last = presence_checked_ns.load(std::memory_order_relaxed);
  if (now - last < interval.count()) return {};
  // One thread asks; the others go on with the last answer.
  if (!presence_checked_ns.compare_exchange_strong(last, now, std::memory_order_relaxed)) return {};
  SignStatus status =
      control.replaced() ? SignStatus{Errc::integrity, Origin::registry, kControlReplaced} : proof->key().exists(deadline);
  if (status.code == Errc::not_found) status.code = Errc::revoked;
  if (!status.ok()) presence_checked_ns.store(last, std::memory_order_relaxed);  // asked again at the next signature
  return status;
}

}  // namespace custos
