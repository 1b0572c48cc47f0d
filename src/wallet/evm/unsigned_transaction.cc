#include "wallet/evm/unsigned_transaction.h"

#include <algorithm>
#include <string>

#include "hash/digest.h"
#include "hash/keccak.h"

namespace custos::wallet::ethereum {
namespace {

using encode::RlpHeader;
using encode::RlpWriter;

constexpr std::uint64_t kGasPerBlob = 131'072;           // EIP-4844
constexpr std::uint8_t kVersionedHashVersionKzg = 0x01;  // EIP-4844
constexpr std::uint8_t kAuthorizationMagic = 0x05;       // EIP-7702
constexpr std::uint64_t kCellProofsVersion = 1;          // EIP-7594

// kOrder is n of secp256k1 (SEC 2, 2.4.1), kHalfOrder its half, rounded down: s is at most that (EIP-2, EIP-7702).
constexpr std::array<std::uint8_t, 32> kOrder{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                              0xFF, 0xFF, 0xFF, 0xFF, 0xFE, 0xBA, 0xAE, 0xDC, 0xE6, 0xAF, 0x48,
                                              0xA0, 0x3B, 0xBF, 0xD2, 0x5E, 0x8C, 0xD0, 0x36, 0x41, 0x41};
constexpr std::array<std::uint8_t, 32> kHalfOrder{0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                                  0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x5D, 0x57, 0x6E, 0x73, 0x57, 0xA4,
                                                  0x50, 0x1D, 0xDF, 0xE9, 0x2F, 0x46, 0x68, 0x1B, 0x20, 0xA0};

Unexpected refuse(std::string why) { return fail(Errc::bad_input, Origin::request, "the transaction: " + std::move(why)); }

Result<void> check_destination(const UnsignedTransaction& transaction) {
  if (transaction.to) return {};
  if (transaction.type >= TransactionType::blob) return refuse("to is missing: a transaction of this type makes no contract");
  if (transaction.data.empty()) return refuse("neither to nor data: what it sends would be lost");
  return {};
}

Result<void> check_fees(const UnsignedTransaction& transaction) {
  if (transaction.gas == 0) return refuse("gas is 0");
  if (has_dynamic_fee(transaction.type) && transaction.max_priority_fee_per_gas > transaction.max_fee_per_gas) {
    return refuse("maxPriorityFeePerGas is above maxFeePerGas (EIP-1559)");
  }
  if (!maximum_fee(transaction)) return refuse("its fee can be above 2^256 - 1");
  return {};
}

bool all_of_size(const std::vector<Bytes>& list, std::size_t size) {
  return std::ranges::all_of(list, [size](const Bytes& bytes) { return bytes.size() == size; });
}

Result<void> check_sidecar(const BlobSidecar& sidecar, const std::vector<Digest32>& hashes) {
  if (!all_of_size(sidecar.blobs, kBlobSize)) return refuse("blobs: each has " + std::to_string(kBlobSize) + " bytes");
  if (!all_of_size(sidecar.commitments, kCommitmentSize)) return refuse("commitments: each has 48 bytes");
  if (!all_of_size(sidecar.proofs, kCommitmentSize)) return refuse("proofs: each has 48 bytes");
  const std::size_t count = sidecar.blobs.size();
  if (sidecar.commitments.size() != count) return refuse("as many commitments as blobs are wanted");
  if (sidecar.proofs.size() != count && sidecar.proofs.size() != count * kCellsPerBlob) {
    return refuse("as many proofs as blobs are wanted, or 128 for each (EIP-7594)");
  }
  const auto hash = [](const Bytes& commitment) { return versioned_hash(commitment); };
  if (!std::ranges::equal(sidecar.commitments, hashes, {}, hash)) {
    return refuse("blobVersionedHashes are not those of the commitments");
  }
  return {};
}

Result<void> check_blobs(const UnsignedTransaction& transaction) {
  if (transaction.type != TransactionType::blob) return {};
  const auto& hashes = transaction.blob_versioned_hashes;
  if (hashes.empty()) return refuse("blobVersionedHashes is empty: a blob transaction has at least one");
  if (!std::ranges::all_of(hashes, [](const Digest32& hash) { return hash[0] == kVersionedHashVersionKzg; })) {
    return refuse("blobVersionedHashes: each begins with 0x01 (EIP-4844)");
  }
  return transaction.sidecar ? check_sidecar(*transaction.sidecar, hashes) : Result<void>();
}

Result<void> check_authorization(const SignedAuthorization& entry, std::uint64_t chain_id, const std::string& where) {
  static const Uint256 order = *Uint256::from_bytes(kOrder);
  static const Uint256 half_order = *Uint256::from_bytes(kHalfOrder);
  const std::uint64_t its_chain = entry.authorization.chain_id;
  if (its_chain != 0 && its_chain != chain_id) {
    return refuse(where + ".chainId " + std::to_string(its_chain) + " is not the transaction's, " + std::to_string(chain_id));
  }
  if (entry.authorization.nonce > kMaxNonce) return refuse(where + ".nonce is above 2^64 - 2 (EIP-2681)");
  if (entry.y_parity > 1) return refuse(where + ".yParity is neither 0 nor 1");
  if (entry.r.is_zero() || entry.r >= order) return refuse(where + ".r is out of range");
  if (entry.s.is_zero() || entry.s > half_order) return refuse(where + ".s is out of range (EIP-7702: the lower half)");
  return {};
}

Result<void> check_authorizations(const UnsignedTransaction& transaction) {
  if (transaction.type != TransactionType::set_code) return {};
  const auto& list = transaction.authorization_list;
  if (list.empty()) return refuse("authorizationList is empty (EIP-7702)");
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto checked = check_authorization(list[i], *transaction.chain_id, "authorizationList[" + std::to_string(i) + "]");
    if (!checked) return checked;
  }
  return {};
}

void put_access_list(RlpWriter& out, const std::vector<AccessListEntry>& list) {
  const auto all = out.open_list();
  for (const auto& entry : list) {
    const auto pair = out.open_list();
    out.put(entry.address);
    const auto keys = out.open_list();
    for (const auto& key : entry.storage_keys) out.put(key);
    out.close_list(keys);
    out.close_list(pair);
  }
  out.close_list(all);
}

void put_authorization_list(RlpWriter& out, const std::vector<SignedAuthorization>& list) {
  const auto all = out.open_list();
  for (const auto& entry : list) {
    const auto tuple = out.open_list();
    out.put(entry.authorization.chain_id);
    out.put(entry.authorization.address);
    out.put(entry.authorization.nonce);
    out.put(std::uint64_t{entry.y_parity});
    out.put(entry.r);
    out.put(entry.s);
    out.close_list(tuple);
  }
  out.close_list(all);
}

template <class Strings>
void put_strings(RlpWriter& out, const Strings& list) {
  const auto mark = out.open_list();
  for (const auto& string : list) out.put(string);
  out.close_list(mark);
}

Bytes fields_of(const UnsignedTransaction& transaction) {
  constexpr std::size_t kUsualFields = 256;
  RlpWriter out(kUsualFields + transaction.data.size());
  if (transaction.type != TransactionType::legacy) out.put(*transaction.chain_id);
  out.put(transaction.nonce);
  if (has_dynamic_fee(transaction.type)) out.put(transaction.max_priority_fee_per_gas);
  out.put(transaction.max_fee_per_gas);
  out.put(transaction.gas);
  out.put(transaction.to ? ByteView(*transaction.to) : ByteView());
  out.put(transaction.value);
  out.put(transaction.data);
  if (transaction.type != TransactionType::legacy) put_access_list(out, transaction.access_list);
  if (transaction.type == TransactionType::blob) {
    out.put(transaction.max_fee_per_blob_gas);
    put_strings(out, transaction.blob_versioned_hashes);
  }
  if (transaction.type == TransactionType::set_code) put_authorization_list(out, transaction.authorization_list);
  return out.take();
}

// head_of is a transaction's type and the header of its list: what stands in front of `size` bytes of fields.
Bytes head_of(TransactionType type, std::size_t size) {
  Bytes head;
  if (type != TransactionType::legacy) head.push_back(static_cast<std::uint8_t>(type));
  const RlpHeader header = RlpHeader::list(size);
  head.insert(head.end(), header.bytes().begin(), header.bytes().end());
  return head;
}

}  // namespace

Digest32 versioned_hash(ByteView commitment) noexcept {
  Digest32 hash = hash::sha256_of(commitment);
  hash[0] = kVersionedHashVersionKzg;
  return hash;
}

Result<void> check(const UnsignedTransaction& transaction) {
  if (transaction.nonce > kMaxNonce) return refuse("nonce is above 2^64 - 2 (EIP-2681)");
  if (transaction.chain_id && (*transaction.chain_id == 0 || *transaction.chain_id > kMaxChainId)) {
    return refuse("chainId is not between 1 and " + std::to_string(kMaxChainId) + " (EIP-2294)");
  }
  for (const auto part : {check_destination, check_fees, check_blobs, check_authorizations}) {
    auto checked = part(transaction);
    if (!checked) return checked;
  }
  return {};
}

std::optional<Uint256> maximum_fee(const UnsignedTransaction& transaction) noexcept {
  const auto gas = transaction.max_fee_per_gas.times(transaction.gas);
  const auto blob_gas = Uint256(transaction.blob_versioned_hashes.size()).times(kGasPerBlob);
  const auto blobs = blob_gas ? transaction.max_fee_per_blob_gas.times(*blob_gas) : std::nullopt;
  return gas && blobs ? gas->plus(*blobs) : std::nullopt;
}

// EIP-155 signs three more items: the chain id and two zeros.
Preimage::Preimage(const UnsignedTransaction& transaction)
    : type_(transaction.type), chain_id_(transaction.chain_id), fields_(fields_of(transaction)) {
  RlpWriter protection;
  if (is_legacy() && chain_id_) {
    protection.put(*chain_id_);
    protection.put(0);
    protection.put(0);
  }
  const Bytes head = head_of(type_, fields_.size() + protection.written().size());
  const std::array<ByteView, 3> parts{head, fields_, protection.written()};
  digest_ = hash::keccak256(parts);
}

std::uint64_t Preimage::v(std::uint8_t y_parity) const noexcept {
  if (!is_legacy()) return y_parity;
  return y_parity + (chain_id_ ? *chain_id_ * 2 + 35 : 27);
}

Bytes Preimage::with_signature(const EcdsaFields& signature) const {
  constexpr std::size_t kMostOfSignature = 80;
  RlpWriter tail(kMostOfSignature);
  tail.put(v(signature.y_parity));
  tail.put(signature.r);
  tail.put(signature.s);
  Bytes out = head_of(type_, fields_.size() + tail.written().size());
  out.reserve(out.size() + fields_.size() + tail.written().size());
  out.insert(out.end(), fields_.begin(), fields_.end());
  out.insert(out.end(), tail.written().begin(), tail.written().end());
  return out;
}

Bytes with_sidecar(ByteView signed_transaction, const BlobSidecar& sidecar) {
  std::size_t size = signed_transaction.size() + sidecar.blobs.size() * (kBlobSize + 4);
  RlpWriter body(size + (sidecar.commitments.size() + sidecar.proofs.size()) * (kCommitmentSize + 1) + 32);
  body.put_encoded(signed_transaction.subspan(1));  // without the type
  if (sidecar.proofs.size() != sidecar.blobs.size()) body.put(kCellProofsVersion);
  put_strings(body, sidecar.blobs);
  put_strings(body, sidecar.commitments);
  put_strings(body, sidecar.proofs);
  Bytes out = head_of(TransactionType::blob, body.written().size());
  out.insert(out.end(), body.written().begin(), body.written().end());
  return out;
}

std::optional<std::uint64_t> chain_of(const Authorization& authorization) {
  if (authorization.chain_id == 0) return std::nullopt;
  return authorization.chain_id;
}

Digest32 authorization_digest(const Authorization& authorization) {
  RlpWriter out;
  out.put(authorization.chain_id);
  out.put(authorization.address);
  out.put(authorization.nonce);
  const RlpHeader header = RlpHeader::list(out.written().size());
  const std::array<ByteView, 3> parts{ByteView(&kAuthorizationMagic, 1), header.bytes(), out.written()};
  return hash::keccak256(parts);
}

}  // namespace custos::wallet::ethereum
