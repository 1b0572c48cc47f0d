// Draft: the scratch and the result of one request, behind the public SignedRequest. Fixed capacity, allocated once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/writer.h"
#include "custos/request.h"
#include "facts/facts.h"

namespace custos::exchange {

enum class SignatureForm : std::uint8_t;  // venue.h

// Placement is where the signature goes once it is there: into `room`, with `suffix` behind it; the part named by `where` then
// reaches to the end of both.
struct Placement {
  enum class Where : std::uint8_t { none, query, body, header, message };
  Where where = Where::none;
  SignatureForm form{};
  std::size_t header = 0;  // which one
  std::span<char> room;
  std::string_view suffix;
};

// Draft lays the request out as it will be sent, so that the preimage is a view of it where the venue signs contiguous bytes.
// Everything the views name lives in `buffer` or in static tables.
struct Draft {
  static constexpr std::size_t kMaxParams = 128;
  static constexpr std::size_t kMaxHeaders = 32;
  static constexpr std::size_t kMaxWarnings = 24;

  explicit Draft(std::size_t size);

  // reset forgets the last request; views handed out before are then stale.
  void reset() noexcept;

  std::unique_ptr<char[]> memory;
  std::size_t capacity = 0;

  RequestKind kind = RequestKind::rest;
  std::string_view method, url, target, body, preimage, signature;
  std::string_view message;  // of a WebSocket or FIX message, in place of method, url and body
  std::string_view algorithm;
  Placement placement;
  facts::Facts facts;
  std::string_view operation;  // "POST /api/v3/order (trade)"

  std::array<NameValue, kMaxParams> params{};
  std::size_t param_count = 0;
  std::array<NameValue, kMaxHeaders> headers{};
  std::size_t header_count = 0;
  std::array<std::string_view, kMaxWarnings> warnings{};
  std::size_t warning_count = 0;

  // What a refusal is about: the offending piece of the caller's request, cut to what fits. Never a secret.
  std::array<char, 96> subject{};
  std::size_t subject_size = 0;
};

}  // namespace custos::exchange

namespace custos {

struct SignedRequest::Impl {
  explicit Impl(std::size_t capacity) : draft(capacity) {}
  exchange::Draft draft;
};

}  // namespace custos
