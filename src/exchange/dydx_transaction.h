// DydxTransaction: what a transaction of the dYdX chain does, read out of its protocol buffers (cosmos-sdk,
// proto/cosmos/tx/v1beta1/tx.proto; dydxprotocol/v4-chain, proto/dydxprotocol).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "exchange/operation_index.h"
#include "exchange/reason.h"
#include "facts/operation_class.h"

namespace custos::exchange {

// ProtobufAny is a message with its type's name (google/protobuf/any.proto).
struct ProtobufAny {
  std::string_view type_url, value;
};

// DydxTransaction reads a TxBody and an AuthInfo strictly and gathers what the messages do. What it does not know it refuses: a
// field hides nothing. It views the bytes that it was given.
class DydxTransaction {
 public:
  // `path` is where the rows of `index` stand for type URLs: "PATH /cosmos.bank.v1beta1.MsgSend". `public_key` is the only
  // signer's, uncompressed.
  DydxTransaction(const OperationIndex& index, std::string_view path, ByteView public_key, std::int64_t now_ms) noexcept
      : index_(index), path_(path), public_key_(public_key), now_ms_(now_ms) {}

  // read answers Reason::none, or why the transaction is refused; subject() is then the part that shows it.
  [[nodiscard]] Reason read(std::string_view body, std::string_view auth_info) noexcept;
  [[nodiscard]] std::string_view subject() const noexcept { return subject_; }

  // type_url and operation_class are those of the worst message; reachable has the classes of all, and of what they wrap.
  [[nodiscard]] std::string_view type_url() const noexcept { return type_url_; }
  [[nodiscard]] facts::OperationClass operation_class() const noexcept { return class_; }
  [[nodiscard]] facts::ClassSet reachable() const noexcept { return reachable_; }

  static constexpr std::size_t kMaxTypeUrl = 128;
  static constexpr std::size_t kMaxPath = 64;

 private:
  void read_body(std::string_view bytes) noexcept;
  void take_message(std::string_view bytes, std::size_t depth) noexcept;
  void take_wrapped(std::string_view exec, std::size_t depth) noexcept;
  void read_auth_info(std::string_view bytes) noexcept;
  void read_signer(std::string_view bytes) noexcept;
  void read_sequence(std::uint64_t sequence) noexcept;
  void read_fee(std::string_view bytes) noexcept;
  [[nodiscard]] bool is_our_key(std::string_view bytes) const noexcept;

  [[nodiscard]] bool ok() const noexcept { return fault_ == Reason::none; }
  // refuse keeps the first failure.
  void refuse(Reason reason, std::string_view subject) noexcept;
  void malformed(std::string_view part) noexcept { refuse(Reason::transaction_malformed, part); }

  const OperationIndex& index_;
  std::string_view path_;
  ByteView public_key_;
  std::int64_t now_ms_;
  Reason fault_ = Reason::none;
  std::string_view subject_;
  std::array<char, 20> digits_{};  // of a sequence that is refused
  std::string_view type_url_;
  facts::OperationClass class_ = facts::OperationClass::read;
  facts::ClassSet reachable_;
  bool pays_fee_ = false;
};

}  // namespace custos::exchange
