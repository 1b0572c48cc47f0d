#include "software/rfc6979.h"

#include <sodium.h>

#include <utility>

namespace custos::software {
namespace {

constexpr std::uint8_t kIpad = 0x36, kOpad = 0x5C;
constexpr std::array<std::uint8_t, 1> kZero{0}, kOne{1};

}  // namespace

Rfc6979::Rfc6979(std::span<const std::uint8_t, 32> scalar, std::span<const std::uint8_t, 32> reduced_digest) noexcept {
  value_.fill(1);                                  // step b
  set_key({});                                     // c
  rekey({value_, kZero, scalar, reduced_digest});  // d, e
  rekey({value_, kOne, scalar, reduced_digest});   // f, g
}

Rfc6979::~Rfc6979() { sodium_memzero(this, sizeof *this); }

const Rfc6979::Block& Rfc6979::next() noexcept {
  if (used_) rekey({value_, kZero});  // h.3, once a candidate was refused
  used_ = true;
  mac({value_}, value_);
  return value_;
}

void Rfc6979::set_key(const Block& key) noexcept {
  for (auto [context, pad] : {std::pair{&inner_, kIpad}, {&outer_, kOpad}}) {
    pad_.fill(pad);
    for (std::size_t i = 0; i < key.size(); ++i) pad_[i] ^= key[i];
    SHA256_Init(context);
    SHA256_Update(context, pad_.data(), pad_.size());
  }
}

// mac may write into one of its parts.
void Rfc6979::mac(Parts parts, Block& out) noexcept {
  work_ = inner_;
  for (const ByteView part : parts) SHA256_Update(&work_, part.data(), part.size());
  SHA256_Final(out.data(), &work_);
  work_ = outer_;
  SHA256_Update(&work_, out.data(), out.size());
  SHA256_Final(out.data(), &work_);
}

void Rfc6979::rekey(Parts parts) noexcept {
  mac(parts, key_);
  set_key(key_);
  mac({value_}, value_);
}

}  // namespace custos::software
