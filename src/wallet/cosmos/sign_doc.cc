#include "wallet/cosmos/sign_doc.h"

#include <algorithm>
#include <array>

#include "base/trimmed.h"
#include "encode/base64.h"
#include "encode/hex.h"
#include "encode/protobuf_writer.h"
#include "encode/utf8.h"
#include "wallet/cosmos/amino.h"

namespace custos::wallet::cosmos_sdk {
namespace {

constexpr std::string_view kSecp256k1 = "/cosmos.crypto.secp256k1.PubKey";
constexpr Where kDocument{"sign document"};
constexpr std::string_view kSignedAlready = "is signed already: it is a transaction with its signatures";

// check_size keeps out what no chain takes: CometBFT's transactions have at most 1 MiB (mempool.max_tx_bytes).
Result<void> check_size(std::string_view input, const Where& where) {
  constexpr std::size_t kMaxSize = 1 << 20U;
  return input.size() <= kMaxSize ? Result<void>() : where.refuse("is longer than 1 MiB");
}

// from_text reads base64 or hexadecimal text, with 0x in front or without, of a protobuf whose first field is the number 1 and of
// bytes: 0a. Base64 of it begins with C.
std::optional<Bytes> from_text(std::string_view text) {
  if (text.starts_with("0x")) return encode::from_hex(text.substr(2));
  return text.starts_with("0a") || text.starts_with("0A") ? encode::from_hex(text) : encode::read_base64(text);
}

// Direct is a SignDoc's four fields.
struct Direct {
  std::string body_bytes, auth_info_bytes, chain_id;
  std::uint64_t account_number = 0;
};

// is_signed tells a TxRaw with signatures.
bool is_signed(std::string_view bytes) {
  const auto raw = read_message(kTxRaw, bytes, kDocument);
  return raw && std::ranges::any_of(values_at(*raw, "signatures"), [](const Value* value) { return !value->text.empty(); });
}

Result<Direct> direct_of_protobuf(std::string_view bytes) {
  auto doc = read_message(kSignDoc, bytes, kDocument);
  if (!doc) return is_signed(bytes) ? kDocument.refuse(kSignedAlready) : doc.failure();
  return Direct{std::string(text_at(*doc, "body_bytes")), std::string(text_at(*doc, "auth_info_bytes")),
                std::string(text_at(*doc, "chain_id")), integer_at(*doc, "account_number")};
}

// Spelling is how cosmjs's and the SDK's JSON name the same member.
struct Spelling {
  const char *camel, *snake;
};

Result<Direct> direct_of_json(const Json& json) {
  constexpr std::array kNames{Spelling{"bodyBytes", "body_bytes"}, Spelling{"authInfoBytes", "auth_info_bytes"},
                              Spelling{"chainId", "chain_id"}, Spelling{"accountNumber", "account_number"}};
  if (json.size() != kNames.size())
    return kDocument.refuse("is no object of body_bytes, auth_info_bytes, chain_id, account_number");
  std::array<Json, kNames.size()> members;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const bool camel = json.contains(kNames[i].camel);
    if (!camel && !json.contains(kNames[i].snake)) return Where{kNames[i].snake, &kDocument}.refuse("is missing");
    members[i] = json[camel ? kNames[i].camel : kNames[i].snake];
  }
  Direct direct;
  const std::array<std::string*, 2> places{&direct.body_bytes, &direct.auth_info_bytes};
  for (std::size_t i = 0; i < places.size(); ++i) {
    auto bytes = members[i].is_string() ? from_text(members[i].get<std::string>()) : std::nullopt;
    if (!bytes) return Where{kNames[i].snake, &kDocument}.refuse("is neither base64 nor hexadecimal");
    *places[i] = as_text(*bytes);
  }
  // A number or a text of digits.
  if (members[3].is_number_unsigned()) members[3] = members[3].dump();
  auto rest = from_amino(kStdHeader, {{"chain_id", members[2]}, {"account_number", members[3]}}, kDocument);
  if (!rest) return rest.failure();
  direct.chain_id = text_at(*rest, "chain_id");
  direct.account_number = integer_at(*rest, "account_number");
  return direct;
}

Result<Signer> read_signer(const Message& info, const Where& where) {
  Signer signer;
  if (const Message* const key = message_at(info, "public_key")) {
    signer.key_type = key->type_url;
    signer.public_key = text_at(*key, "key");
    if (key->schema != nullptr && signer.public_key.size() != 33) return where.refuse("has a public key that is not of 33 bytes");
  }
  const Message* const mode = message_at(info, "mode_info");
  if (mode == nullptr || mode->values.size() != 1) return where.refuse("has no mode_info");
  signer.mode = integer_at(*mode, "single.mode");
  signer.sequence = integer_at(info, "sequence");
  return signer;
}

// finish reads the two parts of a SignDoc.
Result<SignDoc> finish(Direct direct) {
  if (direct.body_bytes.empty()) return Where{"body_bytes", &kDocument}.refuse("is missing");
  SignDoc doc;
  auto body = read_message(kTxBody, direct.body_bytes, {"body"});
  if (!body) return body.failure();
  auto auth_info = read_message(kAuthInfo, direct.auth_info_bytes, {"auth_info"});
  if (!auth_info) return auth_info.failure();
  std::size_t index = 0;
  const Where parent{"auth_info"};
  for (Value& value : auth_info->values) {
    if (value.field->name == "fee") {
      doc.fee = std::move(*value.message);
      continue;
    }
    auto signer = read_signer(*value.message, {"signer_infos", &parent, index++});
    if (!signer) return signer.failure();
    doc.signers.push_back(std::move(*signer));
  }
  if (doc.signers.empty()) return parent.refuse("has no signer_infos");
  if (doc.fee.schema == nullptr) return parent.refuse("has no fee");

  encode::ProtobufWriter writer;
  writer.bytes(1, direct.body_bytes);
  writer.bytes(2, direct.auth_info_bytes);
  writer.bytes(3, direct.chain_id);
  writer.integer(4, direct.account_number);
  doc.sign_bytes = std::move(writer).written();
  doc.body = std::move(*body);
  doc.chain_id = std::move(direct.chain_id);
  doc.body_bytes = std::move(direct.body_bytes);
  doc.auth_info_bytes = std::move(direct.auth_info_bytes);
  return doc;
}

Result<SignDoc> read_direct(Result<Direct> direct) {
  if (!direct) return direct.failure();
  return finish(std::move(*direct));
}

// take gives the members of an object that are named.
Json take(const Json& object, std::initializer_list<const char*> names) {
  Json taken = Json::object();
  for (const char* const name : names) {
    if (object.contains(name)) taken[name] = object[name];
  }
  return taken;
}

// values_in counts the values of JSON on all levels.
std::size_t values_in(const Json& json) {  // NOLINT(misc-no-recursion): as deep as parse_json reads
  std::size_t count = 1;
  for (const Json& value : json) count += value.is_structured() ? values_in(value) : 1;
  return count;
}

Result<SignDoc> read_amino(const Json& json) {
  if (values_in(json) > kMaxValues) return kDocument.refuse("has more than 50000 values");
  auto known = reject_unknown(json, {"chain_id", "account_number", "sequence", "fee", "msgs", "memo", "timeout_height"},
                              "Cosmos: sign document");
  if (!known) return known.failure();
  for (const char* const name : {"chain_id", "account_number", "sequence", "fee", "msgs", "memo"}) {
    if (!json.contains(name)) return Where{name, &kDocument}.refuse("is missing");
  }
  auto header = from_amino(kStdHeader, take(json, {"chain_id", "account_number", "sequence"}), kDocument);
  if (!header) return header.failure();
  auto body = from_amino(kTxBody, take(json, {"msgs", "memo", "timeout_height"}), kDocument);
  if (!body) return body.failure();
  auto fee = from_amino(kFee, json["fee"], {"fee", &kDocument});
  if (!fee) return fee.failure();
  auto sign_bytes = canonical_json(json, kDocument);
  if (!sign_bytes) return sign_bytes.failure();
  SignDoc doc;
  doc.mode = kAminoMode;
  doc.chain_id = text_at(*header, "chain_id");
  doc.sequence = integer_at(*header, "sequence");
  doc.body = std::move(*body);
  doc.fee = std::move(*fee);
  doc.body_bytes = write_message(doc.body);
  doc.sign_bytes = std::move(*sign_bytes);
  return doc;
}

// arbitrary_document is the StdSignDoc that ADR-036 prescribes.
Json arbitrary_document(const ArbitraryMessage& message) {
  return {{"chain_id", ""},
          {"account_number", "0"},
          {"sequence", "0"},
          {"fee", {{"gas", "0"}, {"amount", Json::array()}}},
          {"msgs", Json::array({{{"type", "sign/MsgSignData"},
                                 {"value", {{"signer", message.signer}, {"data", encode::to_base64(as_bytes(message.data))}}}}})},
          {"memo", ""}};
}

bool is_arbitrary(const Json& json) {
  const Json* const messages = json.is_object() && json.contains("msgs") ? &json["msgs"] : nullptr;
  return messages != nullptr && messages->is_array() && messages->size() == 1 && messages->front().is_object() &&
         messages->front().value("type", Json()) == "sign/MsgSignData";
}

}  // namespace

Result<SignDoc> read_sign_doc(std::string_view input) {
  if (auto checked = check_size(input, kDocument); !checked) return checked.failure();
  if (input.starts_with('\x0A')) return read_direct(direct_of_protobuf(input));  // the tag of body_bytes, not a line's end
  const std::string_view text = trimmed(input);
  if (!text.starts_with('{')) {
    const auto bytes = from_text(text);
    if (!bytes) return kDocument.refuse("is neither JSON nor a SignDoc in base64, hexadecimal or binary");
    return read_direct(direct_of_protobuf(as_text(*bytes)));
  }
  auto json = parse_json(text, "Cosmos: sign document");
  if (!json) return json.failure();
  if (is_arbitrary(*json)) return kDocument.refuse("is a message of ADR-036, no transaction: sign it with the scheme adr36");
  if (json->contains("signatures") && !json->at("signatures").empty()) return kDocument.refuse(kSignedAlready);
  return json->contains("msgs") ? read_amino(*json) : read_direct(direct_of_json(*json));
}

std::string amino_auth_info(const SignDoc& doc, std::string_view public_key) {
  encode::ProtobufWriter key, any, single, mode, signer, info;
  key.bytes(1, public_key);
  any.bytes(1, kSecp256k1);
  any.bytes(2, key.written());
  single.integer(1, kAminoMode);
  mode.element(1, single.written());
  signer.element(1, any.written());
  signer.element(2, mode.written());
  signer.integer(3, doc.sequence);
  info.element(1, signer.written());
  info.element(2, write_message(doc.fee));
  return std::move(info).written();
}

Result<ArbitraryMessage> read_arbitrary(std::string_view input) {
  if (auto checked = check_size(input, {"message"}); !checked) return checked.failure();
  const std::string_view text = trimmed(input);
  if (!text.starts_with('{')) return ArbitraryMessage{{}, std::string(input)};
  auto json = parse_json(text, "Cosmos: message");
  if (!json || !is_arbitrary(*json)) return ArbitraryMessage{{}, std::string(input)};
  const Where where{"value", &kDocument};
  auto value = from_amino(kMsgSignData, json->at("msgs").front().value("value", Json()), where);
  if (!value) return value.failure();
  const auto data = encode::read_base64(text_at(*value, "data"));
  if (!data) return where.refuse("has no data in base64");
  ArbitraryMessage message{std::string(text_at(*value, "signer")), std::string(as_text(*data))};
  if (arbitrary_document(message) != *json) return kDocument.refuse("is no StdSignDoc as ADR-036 has it");
  return message;
}

std::string arbitrary_sign_bytes(const ArbitraryMessage& message) {
  return arbitrary_document(message).dump();  // of ASCII without what would be escaped
}

}  // namespace custos::wallet::cosmos_sdk
