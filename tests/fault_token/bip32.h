// Bip32: two vendors' BIP 32 mechanisms in front of a real module that has none. Every secret key is taken for the seed of BIP
// 32's test vector 1; derived keys are imported into the real module, which signs with them.
#pragma once

#include <p11-kit/pkcs11.h>

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>

namespace fault_token {

enum class Bip32Vendor : unsigned char { luna, ibm };

[[nodiscard]] std::optional<Bip32Vendor> parse_bip32_vendor(std::string_view name);

// Bip32 answers calls in place of the real module, or nothing where they are none of its business. What a vendor's module
// refuses, or was not asked for as its samples do, it refuses too. Thread-safe.
class Bip32 {
 public:
  using Answer = std::optional<CK_RV>;

  static Answer mechanism_info(Bip32Vendor vendor, CK_MECHANISM_TYPE type, CK_MECHANISM_INFO* info);
  // generate_key keeps vendors' attributes from the real module.
  static Answer generate_key(Bip32Vendor vendor, const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, CK_MECHANISM* mechanism,
                             std::span<const CK_ATTRIBUTE> wanted, CK_OBJECT_HANDLE* made);
  Answer derive_key(Bip32Vendor vendor, const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, const CK_MECHANISM* mechanism,
                    CK_OBJECT_HANDLE base, std::span<const CK_ATTRIBUTE> wanted, CK_OBJECT_HANDLE* made);
  Answer attribute(Bip32Vendor vendor, CK_OBJECT_HANDLE object, std::span<CK_ATTRIBUTE> wanted);

 private:
  // Node is a private key and its chain code.
  struct Node {
    std::array<std::uint8_t, 32> key, chain_code;
  };
  CK_RV derive_pair(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, const CK_MECHANISM& mechanism,
                    CK_OBJECT_HANDLE base);
  CK_RV derive_one(const CK_FUNCTION_LIST& real, CK_SESSION_HANDLE session, const CK_MECHANISM& mechanism, CK_OBJECT_HANDLE base,
                   std::span<const CK_ATTRIBUTE> wanted, CK_OBJECT_HANDLE* made);
  static Node seed_node();
  std::optional<Node> find(CK_OBJECT_HANDLE base);
  void keep(CK_OBJECT_HANDLE object, const Node& node);

  std::mutex mutex_;
  std::map<CK_OBJECT_HANDLE, Node> nodes_;  // a handle may return, for another key
};

}  // namespace fault_token
