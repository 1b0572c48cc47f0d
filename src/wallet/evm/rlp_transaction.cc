#include "wallet/evm/rlp_transaction.h"

#include <algorithm>
#include <string>

#include "encode/rlp.h"

namespace custos::wallet::ethereum {
namespace {

using encode::RlpFault;
using encode::RlpReader;

constexpr std::size_t kSignatureItems = 3;
constexpr std::uint64_t kCellProofsVersion = 1;  // EIP-7594

Unexpected refuse(std::string why) { return fail(Errc::bad_input, Origin::request, "the transaction: " + std::move(why)); }

template <std::size_t size>
std::array<std::uint8_t, size> take_array(RlpReader& reader) {
  std::array<std::uint8_t, size> out{};
  std::ranges::copy(reader.take_bytes(size), out.begin());
  return out;
}

Bytes copy_of(ByteView bytes) { return {bytes.begin(), bytes.end()}; }

// FieldReader reads the items of a transaction's list, and knows the one at which it failed.
class FieldReader {
 public:
  explicit FieldReader(RlpReader reader) : reader_(reader) {}

  Uint256 number(std::string_view name) { return named(name).take_number(); }
  std::uint64_t number64(std::string_view name) { return named(name).take_number64(); }
  Bytes string(std::string_view name) { return copy_of(named(name).take_string()); }

  std::optional<Address> optional_address(std::string_view name) {
    const ByteView content = named(name).take_string();
    if (content.empty()) return std::nullopt;
    Address address{};
    if (content.size() == address.size()) {
      std::ranges::copy(content, address.begin());
    } else {
      refuse_item(RlpFault::wrong_size);
    }
    return address;
  }

  // list gives every item of the next list to `read`.
  template <class Item, class Read>
  std::vector<Item> list(std::string_view name, Read read) {
    std::vector<Item> items;
    RlpReader inner = named(name).enter();
    while (inner.fault() == RlpFault::none && !inner.rest().empty()) items.push_back(read(inner));
    refuse_item(inner.fault());
    return items;
  }

  void refuse_item(RlpFault fault) {
    if (fault_ == RlpFault::none) fault_ = fault;
  }
  [[nodiscard]] std::size_t remaining() const { return reader_.remaining(); }
  [[nodiscard]] Result<void> result() const {
    const RlpFault fault = fault_ != RlpFault::none ? fault_ : reader_.fault();
    if (fault == RlpFault::none) return {};
    return refuse(std::string(name_) + ": " + std::string(to_string(fault)));
  }

 private:
  RlpReader& named(std::string_view name) {
    if (fault_ == RlpFault::none && reader_.fault() == RlpFault::none) name_ = name;
    return reader_;
  }

  RlpReader reader_;
  std::string_view name_;
  RlpFault fault_ = RlpFault::none;
};

// read_tuple reads an item that is a list itself; what is wrong in it fails the list around it.
template <class Read>
auto read_tuple(RlpReader& list, Read read) {
  RlpReader tuple = list.enter();
  auto item = read(tuple);
  if (!tuple.finished()) list.refuse(tuple.fault() == RlpFault::none ? RlpFault::wrong_size : tuple.fault());
  return item;
}

AccessListEntry read_access_list_entry(RlpReader& list) {
  return read_tuple(list, [](RlpReader& tuple) {
    AccessListEntry entry{.address = take_array<20>(tuple), .storage_keys = {}};
    RlpReader keys = tuple.enter();
    while (keys.fault() == RlpFault::none && !keys.rest().empty()) entry.storage_keys.push_back(take_array<32>(keys));
    if (keys.fault() != RlpFault::none) tuple.refuse(keys.fault());
    return entry;
  });
}

SignedAuthorization read_authorization(RlpReader& list) {
  return read_tuple(list, [](RlpReader& tuple) {
    SignedAuthorization entry;
    entry.authorization.chain_id = tuple.take_number64();
    entry.authorization.address = take_array<20>(tuple);
    entry.authorization.nonce = tuple.take_number64();
    const std::uint64_t y_parity = tuple.take_number64();
    if (y_parity > 1) tuple.refuse(RlpFault::wrong_size);
    entry.y_parity = static_cast<std::uint8_t>(y_parity & 1U);
    entry.r = tuple.take_number();
    entry.s = tuple.take_number();
    return entry;
  });
}

// read_fields reads what stands in the list before a signature.
void read_fields(FieldReader& fields, UnsignedTransaction& transaction) {
  const bool typed = transaction.type != TransactionType::legacy;
  if (typed) transaction.chain_id = fields.number64("chainId");
  transaction.nonce = fields.number64("nonce");
  if (has_dynamic_fee(transaction.type)) transaction.max_priority_fee_per_gas = fields.number("maxPriorityFeePerGas");
  transaction.max_fee_per_gas = fields.number(has_dynamic_fee(transaction.type) ? "maxFeePerGas" : "gasPrice");
  transaction.gas = fields.number64("gas");
  transaction.to = fields.optional_address("to");
  transaction.value = fields.number("value");
  transaction.data = fields.string("data");
  if (typed) transaction.access_list = fields.list<AccessListEntry>("accessList", read_access_list_entry);
  if (transaction.type == TransactionType::blob) {
    transaction.max_fee_per_blob_gas = fields.number("maxFeePerBlobGas");
    transaction.blob_versioned_hashes = fields.list<Digest32>("blobVersionedHashes", take_array<32>);
  }
  if (transaction.type == TransactionType::set_code) {
    transaction.authorization_list = fields.list<SignedAuthorization>("authorizationList", read_authorization);
  }
}

// read_protection reads EIP-155's three items, where they are not a signature.
Result<void> read_protection(FieldReader& fields, UnsignedTransaction& transaction) {
  transaction.chain_id = fields.number64("chainId");
  const Uint256 r = fields.number("r");
  const Uint256 s = fields.number("s");
  if (auto read = fields.result(); !read) return read;
  if (!r.is_zero() || !s.is_zero()) return refuse("a signature is already there");
  return {};
}

Result<void> read_list(RlpReader list, UnsignedTransaction& transaction) {
  FieldReader fields(list);
  read_fields(fields, transaction);
  if (auto read = fields.result(); !read) return read;
  const std::size_t more = fields.remaining();
  if (more == 0) return {};
  if (more != kSignatureItems) return refuse(std::to_string(more) + " items too many in its list");
  if (transaction.type == TransactionType::legacy) return read_protection(fields, transaction);
  return refuse("a signature is already there");
}

Result<void> read_sidecar(RlpReader wrapper, UnsignedTransaction& transaction) {
  FieldReader fields(wrapper);
  const bool cells = !wrapper.next_is_list();
  if (cells && fields.number64("the sidecar's version") != kCellProofsVersion) return refuse("the sidecar's version is unknown");
  const auto read_bytes = [](RlpReader& list) { return copy_of(list.take_string()); };
  BlobSidecar sidecar{.blobs = fields.list<Bytes>("blobs", read_bytes),
                      .commitments = fields.list<Bytes>("commitments", read_bytes),
                      .proofs = fields.list<Bytes>("proofs", read_bytes)};
  if (auto read = fields.result(); !read) return read;
  if (fields.remaining() != 0) return refuse("items too many beside its sidecar");
  if (cells != (sidecar.proofs.size() != sidecar.blobs.size())) return refuse("the proofs are not of the sidecar's version");
  transaction.sidecar = std::move(sidecar);
  return {};
}

}  // namespace

Result<UnsignedTransaction> read_rlp_transaction(ByteView bytes) {
  UnsignedTransaction transaction;
  if (!bytes.empty() && bytes[0] < 0xC0) {
    if (bytes[0] == 0 || bytes[0] > static_cast<std::uint8_t>(TransactionType::set_code)) {
      return refuse("type " + std::to_string(bytes[0]) + " is unknown: 1 to 4 are typed transactions, legacy ones are a list");
    }
    transaction.type = static_cast<TransactionType>(bytes[0]);
    bytes = bytes.subspan(1);
  }
  RlpReader outer(bytes);
  RlpReader list = outer.enter();
  if (outer.fault() != RlpFault::none) return refuse(std::string(to_string(outer.fault())));
  if (!outer.rest().empty()) return refuse(std::to_string(outer.rest().size()) + " bytes behind its end");
  if (transaction.type == TransactionType::blob && list.next_is_list()) {
    const RlpReader inner = list.enter();
    if (list.fault() != RlpFault::none) return refuse(std::string(to_string(list.fault())));
    if (auto read = read_list(inner, transaction); !read) return read.failure();
    if (auto read = read_sidecar(list, transaction); !read) return read.failure();
    return transaction;
  }
  if (auto read = read_list(list, transaction); !read) return read.failure();
  return transaction;
}

}  // namespace custos::wallet::ethereum
