#include "bip32.h"

#include <secp256k1.h>
#include <sodium.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace fault_token {
namespace {

constexpr CK_MECHANISM_TYPE kLunaMaster = CKM_VENDOR_DEFINED + 0xE00;
constexpr CK_MECHANISM_TYPE kLunaChild = CKM_VENDOR_DEFINED + 0xE01;
constexpr CK_ATTRIBUTE_TYPE kLunaChainCode = CKA_VENDOR_DEFINED + 0x1100;
constexpr CK_KEY_TYPE kLunaKeyType = CKK_VENDOR_DEFINED + 0x14;
constexpr CK_MECHANISM_TYPE kIbmDerive = CKM_VENDOR_DEFINED + 0x70001;
constexpr CK_ATTRIBUTE_TYPE kIbmUseAsData = CKA_VENDOR_DEFINED + 0x10008;

struct LunaMasterParameter {
  CK_ATTRIBUTE* open_template;
  CK_ULONG open_count;
  CK_ATTRIBUTE* own_template;
  CK_ULONG own_count;
  CK_OBJECT_HANDLE open_half, own_half;
};
struct LunaChildParameter {
  CK_ATTRIBUTE* open_template;
  CK_ULONG open_count;
  CK_ATTRIBUTE* own_template;
  CK_ULONG own_count;
  CK_ULONG* path;
  CK_ULONG path_length;
  CK_OBJECT_HANDLE open_half, own_half;
  CK_ULONG path_error_index;
};
struct IbmParameter {
  CK_ULONG type, child_number;
  CK_BYTE* chain_code;
  CK_ULONG chain_code_size;
  CK_ULONG version;
};

constexpr std::array<std::uint8_t, 7> kSecp256k1{0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a};  // SEC 2, A.2.1
using Attributes = std::span<const CK_ATTRIBUTE>;
using Half = std::array<std::uint8_t, 32>;

// hmac is HMAC-SHA512 in two halves.
struct Halves {
  Half left, right;
};
Halves hmac(std::span<const std::uint8_t> key, std::span<const std::uint8_t> message) {
  std::array<std::uint8_t, 64> out{};
  crypto_auth_hmacsha512_state state;
  crypto_auth_hmacsha512_init(&state, key.data(), key.size());
  crypto_auth_hmacsha512_update(&state, message.data(), message.size());
  crypto_auth_hmacsha512_final(&state, out.data());
  Halves halves{};
  std::copy_n(out.begin(), 32, halves.left.begin());
  std::copy_n(out.begin() + 32, 32, halves.right.begin());
  return halves;
}

secp256k1_context* context() {
  static secp256k1_context* own = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
  return own;
}

std::vector<std::uint8_t> point_of(const Half& key, unsigned form) {
  secp256k1_pubkey point;
  std::vector<std::uint8_t> bytes(65);
  std::size_t size = bytes.size();
  if (secp256k1_ec_pubkey_create(context(), &point, key.data()) != 1) return {};
  secp256k1_ec_pubkey_serialize(context(), bytes.data(), &size, &point, form);
  bytes.resize(size);
  return bytes;
}

// go_down replaces a node by its child (BIP 32, CKDpriv).
bool go_down(Half& key, Half& chain_code, CK_ULONG step) {
  std::vector<std::uint8_t> data;
  if ((step & 0x80000000U) != 0) {
    data.assign(1, 0);
    data.insert(data.end(), key.begin(), key.end());
  } else {
    data = point_of(key, SECP256K1_EC_COMPRESSED);
  }
  for (const int shift : {24, 16, 8, 0}) data.push_back(static_cast<std::uint8_t>(step >> shift));
  const Halves halves = hmac(chain_code, data);
  chain_code = halves.right;
  return secp256k1_ec_seckey_tweak_add(context(), key.data(), halves.left.data()) == 1;
}

const CK_ATTRIBUTE* find_attribute(Attributes wanted, CK_ATTRIBUTE_TYPE type) {
  const auto found = std::ranges::find(wanted, type, &CK_ATTRIBUTE::type);
  return found == wanted.end() ? nullptr : &*found;
}

bool has_number(Attributes wanted, CK_ATTRIBUTE_TYPE type, CK_ULONG value) {
  const auto* found = find_attribute(wanted, type);
  return found != nullptr && found->ulValueLen == sizeof value && *static_cast<const CK_ULONG*>(found->pValue) == value;
}

bool has_flag(Attributes wanted, CK_ATTRIBUTE_TYPE type) {
  const auto* found = find_attribute(wanted, type);
  return found != nullptr && found->ulValueLen == 1 && *static_cast<const CK_BBOOL*>(found->pValue) == CK_TRUE;
}

bool has_curve(Attributes wanted) {
  const auto* found = find_attribute(wanted, CKA_EC_PARAMS);
  return found != nullptr && found->ulValueLen == kSecp256k1.size() &&
         std::equal(kSecp256k1.begin(), kSecp256k1.end(), static_cast<const std::uint8_t*>(found->pValue));
}

// create makes a half of a pair in the real module, with the uses that were asked for.
CK_RV create(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, Attributes wanted, CK_OBJECT_CLASS of,
             CK_ATTRIBUTE_TYPE value_type, std::vector<std::uint8_t> value, CK_OBJECT_HANDLE* made) {
  CK_KEY_TYPE type = CKK_EC;
  auto curve = kSecp256k1;
  std::vector<CK_ATTRIBUTE> all{{CKA_CLASS, &of, sizeof of},
                                {CKA_KEY_TYPE, &type, sizeof type},
                                {CKA_EC_PARAMS, curve.data(), curve.size()},
                                {value_type, value.data(), value.size()}};
  for (const auto& attribute : wanted) {
    const bool is_told = std::ranges::find(all, attribute.type, &CK_ATTRIBUTE::type) != all.end();
    if (!is_told && attribute.type < CKA_VENDOR_DEFINED) all.push_back(attribute);
  }
  return real.C_CreateObject(session, all.data(), all.size(), made);
}

CK_RV create_private(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, Attributes wanted, const Half& key,
                     CK_OBJECT_HANDLE* made) {
  return create(real, session, wanted, CKO_PRIVATE_KEY, CKA_VALUE, {key.begin(), key.end()}, made);
}

CK_RV create_public(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, Attributes wanted, const Half& key,
                    CK_OBJECT_HANDLE* made) {
  std::vector<std::uint8_t> octets{0x04, 65};
  const auto point = point_of(key, SECP256K1_EC_UNCOMPRESSED);
  octets.insert(octets.end(), point.begin(), point.end());
  return create(real, session, wanted, CKO_PUBLIC_KEY, CKA_EC_POINT, octets, made);
}

bool derives(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
  CK_BBOOL told = CK_FALSE;
  CK_ATTRIBUTE wanted{CKA_DERIVE, &told, sizeof told};
  return real.C_GetAttributeValue(session, key, &wanted, 1) == CKR_OK && told == CK_TRUE;
}

bool is_seed(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key) {
  CK_OBJECT_CLASS told = CKO_DATA;
  CK_ATTRIBUTE wanted{CKA_CLASS, &told, sizeof told};
  return real.C_GetAttributeValue(session, key, &wanted, 1) == CKR_OK && told == CKO_SECRET_KEY;
}

}  // namespace

std::optional<Bip32Vendor> parse_bip32_vendor(std::string_view name) {
  if (name == "luna") return Bip32Vendor::luna;
  if (name == "ibm") return Bip32Vendor::ibm;
  return std::nullopt;
}

Bip32::Answer Bip32::mechanism_info(Bip32Vendor vendor, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO* info) {
  const bool is_ours = vendor == Bip32Vendor::luna ? type == kLunaMaster || type == kLunaChild : type == kIbmDerive;
  if (!is_ours) return std::nullopt;
  *info = {0, 0, CKF_HW | CKF_DERIVE};
  return CKR_OK;
}

Bip32::Answer Bip32::generate_key(Bip32Vendor vendor, const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session,
                                  CK_MECHANISM* mechanism, Attributes wanted, CK_OBJECT_HANDLE* made) {
  if (vendor != Bip32Vendor::ibm || mechanism->mechanism != CKM_GENERIC_SECRET_KEY_GEN) return std::nullopt;
  if (!has_flag(wanted, kIbmUseAsData)) return CKR_TEMPLATE_INCONSISTENT;
  std::vector<CK_ATTRIBUTE> plain(wanted.begin(), wanted.end());
  std::erase_if(plain, [](const auto& attribute) { return attribute.type >= CKA_VENDOR_DEFINED; });
  return real.C_GenerateKey(session, mechanism, plain.data(), plain.size(), made);
}

Bip32::Answer Bip32::derive_key(Bip32Vendor vendor, const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session,
                                const CK_MECHANISM* mechanism, CK_OBJECT_HANDLE base, Attributes wanted, CK_OBJECT_HANDLE* made) {
  CK_MECHANISM_INFO ignored{};
  if (!mechanism_info(vendor, mechanism->mechanism, &ignored)) return std::nullopt;
  if (!derives(real, session, base)) return CKR_KEY_FUNCTION_NOT_PERMITTED;
  return vendor == Bip32Vendor::luna ? derive_pair(real, session, *mechanism, base)
                                     : derive_one(real, session, *mechanism, base, wanted, made);
}

// derive_pair does both of Luna's mechanisms.
CK_RV Bip32::derive_pair(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, const CK_MECHANISM& mechanism,
                         CK_OBJECT_HANDLE base) {
  const bool is_master = mechanism.mechanism == kLunaMaster;
  if (mechanism.ulParameterLen != (is_master ? sizeof(LunaMasterParameter) : sizeof(LunaChildParameter))) {
    return CKR_MECHANISM_PARAM_INVALID;
  }
  auto* child = is_master ? nullptr : static_cast<LunaChildParameter*>(mechanism.pParameter);
  auto* master = static_cast<LunaMasterParameter*>(mechanism.pParameter);  // begins as the other does
  const Attributes own(master->own_template, master->own_count), open(master->open_template, master->open_count);
  for (const Attributes wanted : {own, open}) {
    if (!has_number(wanted, CKA_KEY_TYPE, kLunaKeyType) || find_attribute(wanted, CKA_EC_PARAMS) != nullptr) {
      return CKR_TEMPLATE_INCONSISTENT;
    }
  }
  auto node = is_master ? std::optional(seed_node()) : find(base);
  if (is_seed(real, session, base) != is_master || !node) return CKR_KEY_TYPE_INCONSISTENT;
  if (child != nullptr) {
    for (const CK_ULONG step : std::span(child->path, child->path_length)) {
      if (!go_down(node->key, node->chain_code, step)) return CKR_GENERAL_ERROR;
    }
  }
  CK_OBJECT_HANDLE& own_half = child != nullptr ? child->own_half : master->own_half;
  CK_OBJECT_HANDLE& open_half = child != nullptr ? child->open_half : master->open_half;
  CK_RV rv = create_private(real, session, own, node->key, &own_half);
  if (rv == CKR_OK) rv = create_public(real, session, open, node->key, &open_half);
  if (rv != CKR_OK) return rv;
  keep(own_half, *node);
  keep(open_half, *node);
  return CKR_OK;
}

CK_RV Bip32::derive_one(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, const CK_MECHANISM& mechanism,
                        CK_OBJECT_HANDLE base, Attributes wanted, CK_OBJECT_HANDLE* made) {
  constexpr CK_ULONG kPrivateChild = 1, kMaster = 4;
  if (mechanism.ulParameterLen != sizeof(IbmParameter)) return CKR_MECHANISM_PARAM_INVALID;
  const auto& asked = *static_cast<const IbmParameter*>(mechanism.pParameter);
  if (asked.version != 1) return CKR_MECHANISM_PARAM_INVALID;
  if (!has_flag(wanted, kIbmUseAsData) || !has_curve(wanted) || !has_number(wanted, CKA_CLASS, CKO_PRIVATE_KEY) ||
      !has_number(wanted, CKA_KEY_TYPE, CKK_EC)) {
    return CKR_TEMPLATE_INCONSISTENT;
  }
  const bool is_master = asked.type == kMaster;
  auto node = is_master ? std::optional(seed_node()) : find(base);
  if (is_seed(real, session, base) != is_master || !node) return CKR_KEY_TYPE_INCONSISTENT;
  if (asked.chain_code_size != (is_master ? 0 : 32)) return CKR_MECHANISM_PARAM_INVALID;
  if (!is_master) {
    if (asked.type != kPrivateChild) return CKR_MECHANISM_PARAM_INVALID;
    std::copy_n(asked.chain_code, 32, node->chain_code.begin());
    if (!go_down(node->key, node->chain_code, asked.child_number)) return CKR_GENERAL_ERROR;
  }
  const CK_RV rv = create_private(real, session, wanted, node->key, made);
  if (rv != CKR_OK) return rv;
  std::ranges::copy(node->chain_code, asked.chain_code);
  keep(*made, *node);
  return CKR_OK;
}

Bip32::Answer Bip32::attribute(Bip32Vendor vendor, CK_OBJECT_HANDLE object, std::span<CK_ATTRIBUTE> wanted) {
  if (vendor != Bip32Vendor::luna || wanted.size() != 1 || wanted[0].type != kLunaChainCode) return std::nullopt;
  const auto node = find(object);
  if (!node) return CKR_ATTRIBUTE_TYPE_INVALID;
  if (wanted[0].pValue != nullptr) std::ranges::copy(node->chain_code, static_cast<std::uint8_t*>(wanted[0].pValue));
  wanted[0].ulValueLen = node->chain_code.size();
  return CKR_OK;
}

Bip32::Node Bip32::seed_node() {
  constexpr std::string_view kMessage = "Bitcoin seed";
  std::array<std::uint8_t, 16> seed{};
  for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<std::uint8_t>(i);
  const Halves halves = hmac({reinterpret_cast<const std::uint8_t*>(kMessage.data()), kMessage.size()}, seed);
  return {halves.left, halves.right};
}

std::optional<Bip32::Node> Bip32::find(CK_OBJECT_HANDLE base) {
  const std::lock_guard lock(mutex_);
  const auto found = nodes_.find(base);
  return found == nodes_.end() ? std::nullopt : std::optional(found->second);
}

void Bip32::keep(CK_OBJECT_HANDLE object, const Node& node) {
  const std::lock_guard lock(mutex_);
  nodes_.insert_or_assign(object, node);
}

}  // namespace fault_token
