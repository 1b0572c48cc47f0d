#include "hsm/pin_guard.h"

#include <sodium.h>
#include <spdlog/fmt/fmt.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/private_file.h"

namespace custos::hsm {
namespace {

constexpr std::string_view kFirstLine = "custos pin guard 1";

Unexpected system_failure(const std::filesystem::path& file, std::string_view doing) {
  const int error = errno;
  return fail(Errc::system, Origin::system,
              fmt::format("cannot {} the PIN guard {}: {}", doing, file.string(), std::strerror(error)),
              static_cast<std::uint32_t>(error));
}

std::span<const char> pin_text(const SecretBytes& pin) {
  const auto bytes = pin.view(InsecureSecretAccess{});
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Result<PinGuard::Hold> PinGuard::hold(std::string token, std::chrono::milliseconds patience) {
  if (sodium_init() < 0) return fail(Errc::system, Origin::crypto, "libsodium cannot start");
  auto turn = Turn::take(turn_, patience);
  if (!turn) return turn.failure();
  if (auto loaded = load(); !loaded) return loaded.failure();
  return Hold(*this, std::move(token), *std::move(turn));
}

Result<void> PinGuard::load() {
  if (file_.empty()) return {};
  refused_.clear();
  std::ifstream file(file_);
  if (!file) {
    if (errno == ENOENT) return {};
    return system_failure(file_, "read");
  }
  const auto damaged = [this] {
    return fail(Errc::integrity, Origin::token,
                fmt::format("the PIN guard {} is damaged: check the configured PIN, then remove the file", file_.string()));
  };
  std::string line;
  if (!std::getline(file, line) || line != kFirstLine) return damaged();
  while (std::getline(file, line)) {
    const auto blank = line.find(' ');
    if (blank == std::string::npos || line.compare(blank + 1, 10, "$argon2id$") != 0) return damaged();
    refused_[line.substr(0, blank)] = line.substr(blank + 1);
  }
  return {};
}

Result<void> PinGuard::Hold::check(const SecretBytes& pin) const {
  const auto record = guard_->refused_.find(token_);
  if (record == guard_->refused_.end()) return {};
  const auto text = pin_text(pin);
  if (crypto_pwhash_str_verify(record->second.c_str(), text.data(), text.size()) != 0) return {};
  return fail(
      Errc::authentication, Origin::token,
      fmt::format("the token {} refused this PIN before, so it is not tried again: correct the configured PIN{}", token_,
                  guard_->file_.empty() ? std::string()
                                        : fmt::format(", or, if the token now has this PIN, remove {}", guard_->file_.string())));
}

// The interactive limits (libsodium) keep one check near a tenth of a second; it is made only where a PIN was refused before.
Result<void> PinGuard::Hold::remember(const SecretBytes& pin) {
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  const auto text = pin_text(pin);
  if (crypto_pwhash_str(hash.data(), text.data(), text.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
    return fail(Errc::system, Origin::crypto, "no memory left to remember the refused PIN");
  }
  return change(hash.data());
}

Result<void> PinGuard::Hold::forget() { return guard_->refused_.contains(token_) ? change({}) : Result<void>(); }

Result<void> PinGuard::Hold::change(const std::string& hash) {
  const bool shares_turn = guard_->turn_ == guard_->file_;
  const auto others = Turn::take(shares_turn ? std::filesystem::path() : guard_->file_);
  if (!others) return Unexpected{others.error()};
  if (auto loaded = guard_->load(); !loaded) return loaded;
  if (hash.empty()) {
    guard_->refused_.erase(token_);
  } else {
    guard_->refused_[token_] = hash;
  }
  return guard_->store();
}

Result<void> PinGuard::store() const {
  if (file_.empty()) return {};
  std::string text = fmt::format("{}\n", kFirstLine);
  for (const auto& [token, hash] : refused_) text += fmt::format("{} {}\n", token, hash);
  return write_private_file(file_, text);
}

}  // namespace custos::hsm
