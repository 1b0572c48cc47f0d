#include "wallet/evm/typed_data_hash.h"

#include <algorithm>
#include <array>
#include <variant>

#include "hash/keccak.h"
#include "wallet/evm/typed_data_value.h"

namespace custos::wallet::ethereum {
namespace {

using Kind = MemberType::Kind;

// kDomainMembers are those that a domain may have, in the standard's order.
constexpr auto kDomainMembers = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"name", "string"},
    {"version", "string"},
    {"chainId", "uint256"},
    {"verifyingContract", "address"},
    {"salt", "bytes32"},
});

// StructHasher hashes values of one table's structs. It goes as deep as the JSON does, which parse_json bounds.
class StructHasher {
 public:
  explicit StructHasher(const TypeTable& types) : types_(types), type_hashes_(types.size()) {}

  // hash is hashStruct of `value`, which stands at `where`.
  [[nodiscard]] Result<Digest32> hash(std::size_t structure, const Json& value, std::string_view where) {
    path_.assign(1, where);
    return hash_struct(types_.at(structure), type_hash(structure), value);
  }

 private:
  using Step = std::variant<std::string_view, std::size_t>;  // a member, or the index of an element

  [[nodiscard]] Unexpected refuse(std::string_view what) const {
    std::string where;
    for (const Step& step : path_) {
      if (const auto* name = std::get_if<std::string_view>(&step)) {
        where += (where.empty() ? "" : ".") + std::string(*name);
      } else {
        where += "[" + std::to_string(std::get<std::size_t>(step)) + "]";
      }
    }
    return refuse_typed_data(where, what);
  }

  [[nodiscard]] const Digest32& type_hash(std::size_t structure) {
    auto& hash = type_hashes_[structure];
    if (!hash) hash = hash::keccak256(as_bytes(types_.encode_type(structure)));
    return *hash;
  }

  // NOLINTBEGIN(misc-no-recursion): as deep as the JSON
  [[nodiscard]] Result<Digest32> hash_struct(const StructType& type, const Digest32& type_hash, const Json& value) {
    if (value.is_null()) return refuse("null is no value of " + shown(type.name) + ": wallets do not agree what it would sign");
    if (!value.is_object()) return refuse("it is no object of type " + shown(type.name));
    Bytes encoded(type_hash.begin(), type_hash.end());
    encoded.reserve(sizeof(Digest32) * (1 + type.members.size()));
    for (const TypeMember& member : type.members) {
      const auto found = value.find(member.name);
      path_.emplace_back(member.name);
      if (found == value.end()) return refuse("the member is missing");
      if (auto done = append(member.read, member.read.arrays.size(), *found, encoded); !done) return done.failure();
      path_.pop_back();
    }
    if (value.size() != type.members.size()) return refuse_stranger(type, value);
    return hash::keccak256(encoded);
  }

  // append puts the word of a value of the type's first `arrays` dimensions behind `encoded`.
  [[nodiscard]] Result<void> append(const MemberType& type, std::size_t arrays, const Json& value, Bytes& encoded) {
    auto word = arrays > 0                     ? hash_array(type, arrays, value)
                : type.kind == Kind::structure ? hash_struct(types_.at(type.structure), type_hash(type.structure), value)
                                               : encode_elementary(type, value);
    if (!word) return word.failure();
    encoded.insert(encoded.end(), word->begin(), word->end());
    return {};
  }

  [[nodiscard]] Result<Digest32> hash_array(const MemberType& type, std::size_t arrays, const Json& value) {
    if (!value.is_array()) return refuse("it is no array");
    const MemberType::Length length = type.arrays[arrays - 1];
    if (length && *length != value.size()) {
      return refuse("the array has " + std::to_string(value.size()) + " elements, the type wants " + std::to_string(*length));
    }
    Bytes encoded;
    encoded.reserve(value.size() * sizeof(Digest32));
    for (std::size_t i = 0; i < value.size(); ++i) {
      path_.emplace_back(i);
      if (auto done = append(type, arrays - 1, value[i], encoded); !done) return done.failure();
      path_.pop_back();
    }
    return hash::keccak256(encoded);
  }
  // NOLINTEND(misc-no-recursion)

  [[nodiscard]] Result<Digest32> encode_elementary(const MemberType& type, const Json& value) const {
    auto word = encode_value(type, value);
    if (!word) return refuse(word.error().detail);
    return word;
  }

  // refuse_stranger names the member that the type has not.
  [[nodiscard]] Unexpected refuse_stranger(const StructType& type, const Json& value) const {
    for (const auto& [name, member] : value.items()) {
      if (std::ranges::find(type.members, name, &TypeMember::name) == type.members.end()) {
        return refuse("the type " + shown(type.name) + " has no member " + shown(name) + ": nothing would sign it");
      }
    }
    return refuse("a member is not of the type");
  }

  const TypeTable& types_;
  std::vector<std::optional<Digest32>> type_hashes_;
  std::vector<Step> path_;
};

// domain_type_of makes the type of a domain out of its members.
Json domain_type_of(const Json& domain) {
  Json members = Json::array();
  for (const auto& [name, type] : kDomainMembers) {
    if (domain.contains(name)) members.push_back({{"name", name}, {"type", type}});
  }
  return members;
}

// check_domain_type refuses members that the standard does not know.
Result<void> check_domain_type(const StructType& type) {
  for (const TypeMember& member : type.members) {
    const auto known = std::ranges::find(kDomainMembers, member.name, &std::pair<std::string_view, std::string_view>::first);
    if (known == kDomainMembers.end())
      return refuse_typed_data("types.EIP712Domain", "a domain has no member " + shown(member.name));
    if (known->second != member.type) {
      return refuse_typed_data("types.EIP712Domain", "the member " + member.name + " is of type " + std::string(known->second));
    }
  }
  return {};
}

}  // namespace

Digest32 TypedData::digest() const {
  constexpr std::array<std::uint8_t, 2> kPrefix{0x19, 0x01};  // EIP-191, version of structured data
  const std::array<ByteView, 3> parts{kPrefix, domain_separator, struct_hash};
  return hash::keccak256(parts);
}

std::optional<Uint256> TypedData::chain_id() const {
  const auto found = domain.find("chainId");
  return found == domain.end() ? std::nullopt : std::optional(number_of(*found));
}

Result<TypedData> hash_typed_data(std::string_view json) {
  auto parsed = parse_json(json, "typed data");
  if (!parsed) return parsed.failure();
  Json& root = *parsed;
  if (!root.is_object()) return refuse_typed_data("JSON", "it is no object");
  if (auto known = reject_unknown(root, {"types", "primaryType", "domain", "message"}, "typed data"); !known)
    return known.failure();
  for (const char* name : {"types", "primaryType", "domain", "message"}) {
    if (!root.contains(name)) return refuse_typed_data(name, "the member is missing");
  }
  if (!root["primaryType"].is_string()) return refuse_typed_data("primaryType", "it is no text");
  if (!root["domain"].is_object()) return refuse_typed_data("domain", "it is no object");

  TypedData data;
  data.domain = std::move(root["domain"]);
  data.message = std::move(root["message"]);
  data.primary_type = root["primaryType"].get<std::string>();
  Json& declared = root["types"];
  if (declared.is_object() && !declared.contains(kDomainType)) declared[std::string(kDomainType)] = domain_type_of(data.domain);
  auto types = TypeTable::read(declared);
  if (!types) return types.failure();
  const std::size_t domain = *types->find(kDomainType);
  const auto primary = types->find(data.primary_type);
  if (!primary) return refuse_typed_data("primaryType", "there is no type " + shown(data.primary_type));
  if (primary == domain) return refuse_typed_data("primaryType", "the domain alone is no message");
  if (auto known = check_domain_type(types->at(domain)); !known) return known.failure();

  StructHasher hasher(*types);
  auto separator = hasher.hash(domain, data.domain, "domain");
  if (!separator) return separator.failure();
  auto message = hasher.hash(*primary, data.message, "message");
  if (!message) return message.failure();
  data.domain_separator = *separator;
  data.struct_hash = *message;
  data.domain_type = types->encode_type(domain);
  data.message_type = types->encode_type(*primary);
  return data;
}

}  // namespace custos::wallet::ethereum
