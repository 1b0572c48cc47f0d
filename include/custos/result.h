// Result<T> and Error: how every fallible call of Custos answers.
//
// Spelled as a subset of std::expected (C++23), because users compile these headers as C++20. There is no throwing accessor:
// test a Result before you read it. Reading the wrong side is a broken contract and aborts.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "custos/export.h"

namespace custos {

// Errc is the closed list of error codes; docs/errors.md has a row for each. Its name (to_string) is what JSON answers carry.
enum class Errc : std::uint8_t {
  ok = 0,
  bad_input,          // what the caller gave is malformed or contradicts itself
  not_found,          // a key, credential, token or file that the caller named does not exist
  already_exists,     // a name that must be new is taken
  refused,            // permission: not granted, wrong purpose, a mode forbids it
  needs_approval,     // an approval is missing
  revoked,            // the key or credential is disabled, removed, suspended or destroyed
  busy,               // no session or lock in time; trying again may help
  deadline_exceeded,  // the caller's deadline passed
  device_gone,        // the token, its module or its connection is unavailable
  authentication,     // PIN or passphrase wrong, locked, or not tried again
  integrity,          // a seal, check value, attribute or file is not what was recorded
  system,             // the operating system refused: disk full, permission, out of memory
  internal,           // a bug or an answer nobody expected
};

// Origin says which part of the house an error comes from, and thereby what Error::native means.
enum class Origin : std::uint8_t {
  none = 0,
  request,   // the request that the caller handed over
  grants,    // the authoriser
  key,       // a key reference, URI or purpose
  config,    // custos.toml
  home,      // the home's folder, files and modes (native: errno or 0)
  registry,  // registry.db and the control page (native: SQLite result code or 0)
  token,     // a PKCS#11 module (native: CK_RV)
  crypto,    // a cryptographic library
  system,    // the operating system (native: errno)
};

// to_string gives the stable name of a code or origin, for JSON answers and logs.
[[nodiscard]] CUSTOS_EXPORT std::string_view to_string(Errc code) noexcept;
[[nodiscard]] CUSTOS_EXPORT std::string_view to_string(Origin origin) noexcept;

// exit_status maps a code to the command line's exit status (docs/command-line.md).
[[nodiscard]] CUSTOS_EXPORT int exit_status(Errc code) noexcept;

// Error describes one failure: the code to branch on, where it arose, the native code of that place, and one line for a person
// that says what failed and what to do. detail never holds a secret.
struct Error {
  Errc code = Errc::internal;
  Origin origin = Origin::none;
  std::uint32_t native = 0;
  std::string detail;
};

// Unexpected wraps an Error on its way into a Result, as std::unexpected does.
struct Unexpected {
  Error error;
};

// fail makes an Unexpected: `return fail(Errc::bad_input, Origin::config, "…");`
[[nodiscard]] inline Unexpected fail(Errc code, Origin origin, std::string detail, std::uint32_t native = 0) {
  return Unexpected{Error{code, origin, native, std::move(detail)}};
}

// Result holds either a T or an Error.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = Error;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(*-explicit-*): as std::expected
  Result(Unexpected failure) : state_(std::in_place_index<1>, std::move(failure.error)) {}  // NOLINT(*-explicit-*)

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] T& operator*() & noexcept { return held(); }
  [[nodiscard]] const T& operator*() const& noexcept { return const_cast<Result*>(this)->held(); }
  [[nodiscard]] T&& operator*() && noexcept { return std::move(held()); }
  [[nodiscard]] T* operator->() noexcept { return &held(); }
  [[nodiscard]] const T* operator->() const noexcept { return &const_cast<Result*>(this)->held(); }

  [[nodiscard]] Error& error() & noexcept { return failed(); }
  [[nodiscard]] const Error& error() const& noexcept { return const_cast<Result*>(this)->failed(); }

  // failure moves the error out, ready to be returned from a function with another value type.
  [[nodiscard]] Unexpected failure() noexcept { return Unexpected{std::move(failed())}; }

  template <class U>
  [[nodiscard]] T value_or(U&& fallback) && {
    return has_value() ? std::move(held()) : static_cast<T>(std::forward<U>(fallback));
  }

 private:
  T& held() noexcept {
    T* value = std::get_if<0>(&state_);
    if (value == nullptr) std::abort();
    return *value;
  }
  Error& failed() noexcept {
    Error* error = std::get_if<1>(&state_);
    if (error == nullptr) std::abort();
    return *error;
  }

  std::variant<T, Error> state_;
};

// Result<void> is success or an Error.
template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;
  using error_type = Error;

  Result() noexcept = default;
  Result(Unexpected failure) : error_(std::move(failure.error)), failed_(true) {}  // NOLINT(*-explicit-*): as std::expected

  [[nodiscard]] bool has_value() const noexcept { return !failed_; }
  [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] const Error& error() const noexcept {
    if (!failed_) std::abort();
    return error_;
  }
  [[nodiscard]] Unexpected failure() noexcept {
    if (!failed_) std::abort();
    return Unexpected{std::move(error_)};
  }

 private:
  Error error_{Errc::ok, Origin::none, 0, {}};
  bool failed_ = false;
};

}  // namespace custos
