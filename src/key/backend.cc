#include "key/backend.h"

namespace custos::key {
namespace {

Unexpected keeps_none() {
  return fail(
      Errc::bad_input, Origin::key,
      "what holds this key keeps no secrets besides keys: for a credential with a passphrase use a key in a token that keeps "
      "data objects, or in the software keystore");
}

}  // namespace

Unexpected no_tree() { return fail(Errc::bad_input, Origin::key, "the key is no tree of keys: it has no paths"); }

Result<TreeNode> PreparedKey::node(std::span<const std::uint32_t>) { return no_tree(); }
Result<std::shared_ptr<PreparedKey>> PreparedKey::derive(std::span<const std::uint32_t>) { return no_tree(); }

Result<void> Backend::write_secret(std::string_view, const SecretBytes&, const std::optional<SealReference>&) {
  return keeps_none();
}
Result<std::optional<SecretBytes>> Backend::read_secret(std::string_view) { return std::optional<SecretBytes>(); }
Result<void> Backend::remove_secret(std::string_view) { return {}; }

}  // namespace custos::key
