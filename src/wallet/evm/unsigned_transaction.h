// UnsignedTransaction: an Ethereum transaction's fields, checked, and how they are hashed and written.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/uint256.h"
#include "custos/result.h"
#include "encode/rlp.h"
#include "wallet/evm/address.h"

namespace custos::wallet::ethereum {

// TransactionType is the byte in front of a typed transaction (EIP-2718); legacy ones have none.
enum class TransactionType : std::uint8_t {
  legacy = 0,
  access_list = 1,  // EIP-2930
  dynamic_fee = 2,  // EIP-1559
  blob = 3,         // EIP-4844
  set_code = 4,     // EIP-7702
};

[[nodiscard]] constexpr bool has_dynamic_fee(TransactionType type) noexcept { return type >= TransactionType::dynamic_fee; }

struct AccessListEntry {
  Address address{};
  std::vector<Digest32> storage_keys;
};

// Authorization lets an account run the code of `address` (EIP-7702).
struct Authorization {
  std::uint64_t chain_id = 0;  // 0: on every chain
  Address address{};
  std::uint64_t nonce = 0;
};

struct SignedAuthorization {
  Authorization authorization;
  std::uint8_t y_parity = 0;
  Uint256 r, s;
};

// BlobSidecar goes along with a blob transaction on the network, and is signed only through its versioned hashes (EIP-4844).
// There is one proof for each blob, or 128 (EIP-7594, cell proofs).
struct BlobSidecar {
  std::vector<Bytes> blobs, commitments, proofs;
};

inline constexpr std::size_t kBlobSize = 131'072;
inline constexpr std::size_t kCommitmentSize = 48;  // and a proof's
inline constexpr std::size_t kCellsPerBlob = 128;
inline constexpr std::uint64_t kMaxChainId = 9'223'372'036'854'775'771U;  // EIP-2294: v of EIP-155 fits in 64 bits
inline constexpr std::uint64_t kMaxNonce = UINT64_MAX - 1;                // EIP-2681

struct UnsignedTransaction {
  TransactionType type = TransactionType::legacy;
  std::optional<std::uint64_t> chain_id;  // absent: legacy without replay protection
  std::uint64_t nonce = 0;
  std::uint64_t gas = 0;
  Uint256 max_fee_per_gas;           // of types without dynamic fee the gas price
  Uint256 max_priority_fee_per_gas;  // of dynamic fees
  std::optional<Address> to;         // absent: a new contract
  Uint256 value;
  Bytes data;
  std::vector<AccessListEntry> access_list;
  Uint256 max_fee_per_blob_gas;
  std::vector<Digest32> blob_versioned_hashes;
  std::optional<BlobSidecar> sidecar;
  std::vector<SignedAuthorization> authorization_list;
};

// versioned_hash is the SHA-256 of a commitment, its first byte replaced by the version 0x01 (EIP-4844).
[[nodiscard]] Digest32 versioned_hash(ByteView commitment) noexcept;

// check finds what no chain takes: numbers out of range, a missing destination, hashes that are not the sidecar's, authorizations
// whose signature has not the form. Errors: bad_input.
[[nodiscard]] Result<void> check(const UnsignedTransaction& transaction);

// maximum_fee is the most that gas and blobs can cost; nothing when it is above 2^256 - 1, which `check` refuses.
[[nodiscard]] std::optional<Uint256> maximum_fee(const UnsignedTransaction& transaction) noexcept;

// EcdsaFields are a signature's, as chains write them.
struct EcdsaFields {
  Uint256 r, s;
  std::uint8_t y_parity = 0;
};

// Preimage is a transaction's fields, written once: they are hashed for the signature and then stand in what is sent.
class Preimage {
 public:
  explicit Preimage(const UnsignedTransaction& transaction);

  // digest is what is signed.
  [[nodiscard]] const Digest32& digest() const noexcept { return digest_; }
  // v is y_parity; of legacy ones 27 or 28, or with EIP-155 twice the chain id and 35 or 36.
  [[nodiscard]] std::uint64_t v(std::uint8_t y_parity) const noexcept;
  // with_signature is the transaction as a block has it: without sidecar.
  [[nodiscard]] Bytes with_signature(const EcdsaFields& signature) const;

 private:
  [[nodiscard]] bool is_legacy() const noexcept { return type_ == TransactionType::legacy; }

  TransactionType type_;
  std::optional<std::uint64_t> chain_id_;
  Bytes fields_;
  Digest32 digest_{};
};

// with_sidecar is the network's form of a signed blob transaction (EIP-4844; EIP-7594 where the proofs are those of cells).
[[nodiscard]] Bytes with_sidecar(ByteView signed_transaction, const BlobSidecar& sidecar);

// chain_of is the one chain on which an authorization is good; nothing: on every one.
[[nodiscard]] std::optional<std::uint64_t> chain_of(const Authorization& authorization);
// authorization_digest is what is signed of an authorization (EIP-7702).
[[nodiscard]] Digest32 authorization_digest(const Authorization& authorization);

}  // namespace custos::wallet::ethereum
