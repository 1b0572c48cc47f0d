// MaskedSecret: a random secret that a test can hand out again and again without keeping it where a scan would find it.
#pragma once

#include <sodium.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "base/wipe_stack.h"
#include "custos/secret.h"
#include "memory/memory_scan.h"

namespace custos::memory {

class MaskedSecret {
 public:
  // printable draws letters from "a" to "p", which suit a PIN as well as an exchange's secret: 4 random bits each.
  static MaskedSecret printable(std::size_t size) {
    MaskedSecret secret;
    for (std::size_t i = 0; i < size; ++i) {
      const auto letter = static_cast<std::uint8_t>('a' + (randombytes_random() & 15U));
      secret.masked_.push_back(static_cast<std::uint8_t>(letter ^ mask(i)));
    }
    wipe_stack();
    return secret;
  }

  [[nodiscard]] std::size_t size() const noexcept { return masked_.size(); }

  void write_to(std::uint8_t* place) const noexcept {
    for (std::size_t i = 0; i < masked_.size(); ++i) place[i] = static_cast<std::uint8_t>(masked_[i] ^ mask(i));
    wipe_stack();
  }
  [[nodiscard]] SecretBytes reveal() const {
    auto secret = SecretBytes::allocate(masked_.size());
    if (!secret) std::abort();
    write_to(secret->mutable_view(InsecureSecretAccess{}).data());
    return *std::move(secret);
  }
  [[nodiscard]] Pattern pattern(std::string name) const { return {std::move(name), reveal().view(InsecureSecretAccess{})}; }

 private:
  static std::uint8_t mask(std::size_t i) noexcept { return static_cast<std::uint8_t>(0x80 | (i * 0x1D)); }
  Bytes masked_;
};

}  // namespace custos::memory
