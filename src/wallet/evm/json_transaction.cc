#include "wallet/evm/json_transaction.h"

#include <algorithm>
#include <array>
#include <string>

#include "wallet/evm/member_reader.h"

namespace custos::wallet::ethereum {
namespace {

using enum TransactionType;

constexpr std::string_view kTransaction = "the transaction";

// TypedMember is a member that only some types have: the first and the last of them.
struct TypedMember {
  std::string_view name;
  TransactionType first, last;
};
constexpr auto kTypedMembers = std::to_array<TypedMember>({
    {"gasPrice", legacy, access_list},
    {"accessList", access_list, set_code},
    {"maxFeePerGas", dynamic_fee, set_code},
    {"maxPriorityFeePerGas", dynamic_fee, set_code},
    {"maxFeePerBlobGas", blob, blob},
    {"blobVersionedHashes", blob, blob},
    {"blobs", blob, blob},
    {"commitments", blob, blob},
    {"proofs", blob, blob},
    {"authorizationList", set_code, set_code},
});

std::string indexed(std::string_view name, std::size_t index) { return std::string(name) + "[" + std::to_string(index) + "]"; }

// type_of is the one that stands there, or the first that has all the members.
TransactionType type_of(MemberReader& members) {
  if (members.has("type")) {
    const std::uint64_t type = members.quantity64("type");
    if (type > static_cast<std::uint64_t>(set_code)) members.refuse("type", "unknown: 0 to 4 are transactions");
    return static_cast<TransactionType>(std::min(type, static_cast<std::uint64_t>(set_code)));
  }
  TransactionType type = legacy;
  for (const auto& member : kTypedMembers) {
    if (members.has(member.name)) type = std::max(type, member.first);
  }
  return type;
}

void refuse_members_of_other_types(MemberReader& members, TransactionType type) {
  for (const auto& member : kTypedMembers) {
    if (members.has(member.name) && (type < member.first || type > member.last)) {
      members.refuse(member.name, "a transaction of type " + std::to_string(static_cast<unsigned>(type)) + " has none");
    }
  }
}

// read_either reads what two names stand for; both only when they agree.
template <class Read>
auto read_either(MemberReader& members, std::string_view name, std::string_view other, Read read) {
  auto value = read(members.has(name) || !members.has(other) ? name : other);
  if (members.has(name) && members.has(other) && read(other) != value) members.refuse(name, std::string(other) + " is another");
  return value;
}

std::uint64_t read_gas(MemberReader& members) {
  return read_either(members, "gas", "gasLimit", [&](std::string_view name) { return members.quantity64(name); });
}

Bytes read_data(MemberReader& members) {
  if (!members.has("data") && !members.has("input")) return {};
  return read_either(members, "data", "input", [&](std::string_view name) { return members.data(name); });
}

AccessListEntry read_access_list_entry(MemberReader& parent, const Json& entry, std::string where) {
  MemberReader members(entry, std::move(where), {"address", "storageKeys"});
  AccessListEntry read{.address = members.address("address"), .storage_keys = {}};
  const Json* keys = members.list("storageKeys");
  if (keys == nullptr) members.refuse("storageKeys", "missing");
  for (std::size_t i = 0; keys != nullptr && i < keys->size(); ++i) {
    read.storage_keys.push_back(members.hash_item((*keys)[i], indexed("storageKeys", i)));
  }
  parent.adopt(members.result());
  return read;
}

SignedAuthorization read_signed_authorization(MemberReader& parent, const Json& entry, std::string where) {
  MemberReader members(entry, std::move(where), {"chainId", "address", "nonce", "yParity", "r", "s"});
  const std::uint64_t y_parity = members.quantity64("yParity");
  if (y_parity > 1) members.refuse("yParity", "neither 0 nor 1");
  SignedAuthorization read{.authorization = {.chain_id = members.quantity64("chainId"),
                                             .address = members.address("address"),
                                             .nonce = members.quantity64("nonce")},
                           .y_parity = static_cast<std::uint8_t>(y_parity & 1U),
                           .r = members.quantity("r"),
                           .s = members.quantity("s")};
  parent.adopt(members.result());
  return read;
}

// read_list reads each item of a list that may be missing.
template <class Item, class Read>
std::vector<Item> read_list(MemberReader& members, std::string_view name, Read read) {
  std::vector<Item> items;
  const Json* list = members.list(name);
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    items.push_back(read(members, (*list)[i], indexed(name, i)));
  }
  return items;
}

Bytes read_bytes(MemberReader& members, const Json& item, const std::string& name) { return members.data_item(item, name); }
Digest32 read_hash(MemberReader& members, const Json& item, const std::string& name) { return members.hash_item(item, name); }

void read_blobs(MemberReader& members, UnsignedTransaction& transaction) {
  transaction.max_fee_per_blob_gas = members.quantity("maxFeePerBlobGas");
  transaction.blob_versioned_hashes = read_list<Digest32>(members, "blobVersionedHashes", read_hash);
  if (!members.has("blobs") && !members.has("commitments") && !members.has("proofs")) {
    if (!members.has("blobVersionedHashes")) members.refuse("blobVersionedHashes", "missing");
    return;
  }
  for (const std::string_view name : {"blobs", "commitments", "proofs"}) {
    if (!members.has(name)) members.refuse(name, "missing: a sidecar is blobs, commitments and proofs");
  }
  transaction.sidecar = BlobSidecar{.blobs = read_list<Bytes>(members, "blobs", read_bytes),
                                    .commitments = read_list<Bytes>(members, "commitments", read_bytes),
                                    .proofs = read_list<Bytes>(members, "proofs", read_bytes)};
  if (members.has("blobVersionedHashes")) return;
  for (const auto& commitment : transaction.sidecar->commitments) {
    transaction.blob_versioned_hashes.push_back(versioned_hash(commitment));
  }
}

void read_fees(MemberReader& members, UnsignedTransaction& transaction) {
  if (has_dynamic_fee(transaction.type)) {
    transaction.max_fee_per_gas = members.quantity("maxFeePerGas");
    transaction.max_priority_fee_per_gas = members.quantity("maxPriorityFeePerGas");
  } else if (members.has("gasPrice") || members.has("type")) {
    transaction.max_fee_per_gas = members.quantity("gasPrice");
  } else {
    members.refuse("maxFeePerGas", "missing (or gasPrice, of a legacy transaction)");
  }
}

}  // namespace

Result<GivenTransaction> read_json_transaction(std::string_view text) {
  const auto json = parse_json(text, kTransaction);
  if (!json) return Unexpected{json.error()};
  if (json->is_object()) {
    for (const std::string_view name : {"r", "s", "v", "yParity", "signature"}) {
      if (json->contains(name)) {
        return fail(Errc::bad_input, Origin::request, "the transaction: a signature is already there: " + std::string(name));
      }
    }
  }
  MemberReader members(*json, std::string(kTransaction),
                       {"from",
                        "to",
                        "gas",
                        "gasLimit",
                        "gasPrice",
                        "maxFeePerGas",
                        "maxPriorityFeePerGas",
                        "value",
                        "data",
                        "input",
                        "nonce",
                        "chainId",
                        "type",
                        "accessList",
                        "authorizationList",
                        "blobVersionedHashes",
                        "maxFeePerBlobGas",
                        "blobs",
                        "commitments",
                        "proofs"});
  GivenTransaction given;
  UnsignedTransaction& transaction = given.transaction;
  transaction.type = type_of(members);
  refuse_members_of_other_types(members, transaction.type);
  if (members.has("from")) given.from = members.address("from");
  if (json->is_object() && members.has("to") && !(*json)["to"].is_null()) transaction.to = members.address("to");
  if (members.has("chainId") || transaction.type != legacy) transaction.chain_id = members.quantity64("chainId");
  transaction.nonce = members.quantity64("nonce");
  transaction.gas = read_gas(members);
  read_fees(members, transaction);
  if (members.has("value")) transaction.value = members.quantity("value");
  transaction.data = read_data(members);
  transaction.access_list = read_list<AccessListEntry>(members, "accessList", read_access_list_entry);
  if (transaction.type == blob) read_blobs(members, transaction);
  transaction.authorization_list = read_list<SignedAuthorization>(members, "authorizationList", read_signed_authorization);
  if (auto read = members.result(); !read) return read.failure();
  return given;
}

Result<Authorization> read_json_authorization(std::string_view text) {
  const auto json = parse_json(text, "the authorization");
  if (!json) return Unexpected{json.error()};
  MemberReader members(*json, "the authorization", {"chainId", "address", "nonce"});
  const Authorization authorization{
      .chain_id = members.quantity64("chainId"), .address = members.address("address"), .nonce = members.quantity64("nonce")};
  if (authorization.chain_id > kMaxChainId) members.refuse("chainId", "above " + std::to_string(kMaxChainId) + " (EIP-2294)");
  if (authorization.nonce > kMaxNonce) members.refuse("nonce", "above 2^64 - 2 (EIP-2681)");
  if (auto read = members.result(); !read) return read.failure();
  return authorization;
}

}  // namespace custos::wallet::ethereum
