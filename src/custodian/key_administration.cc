// Administration of keys.
#include <algorithm>

#include "base/log.h"
#include "custodian/custodian_impl.h"
#include "custodian/key_copies.h"
#include "custodian/key_file.h"
#include "custodian/key_store.h"
#include "custos/administration.h"
#include "key/extended_key.h"
#include "key/key_tree.h"
#include "key/lifecycle.h"
#include "key/mnemonic.h"

namespace custos {
namespace {

// kGone is the state of a copy that its token no longer holds.
constexpr std::string_view kGone = "gone";

// describe gives the info of one key with its users.
Result<KeyInfo> describe(Custodian::Impl& home, const registry::KeyRow& row) {
  auto directory = KeyDirectory::read(*home.registry);
  if (!directory) return directory.failure();
  return describe_key(*home.registry, row, *directory);
}

// make_key runs `make` in one change and keeps the key when it was committed.
template <class Make>
Result<KeyInfo> make_key(Custodian::Impl& home, const NewKey& key, const Make& make) {
  if (auto unsealed = home.unseal(); !unsealed) return unsealed.failure();
  KeyMaker maker(home);
  if (auto opened = maker.open(key); !opened) return opened.failure();
  registry::KeyRow row;
  auto changed = home.registry->change(home.actor, [&](registry::Change& change) -> Result<void> {
    auto made = make(maker, change);
    if (!made) return made.failure();
    row = *std::move(made);
    return {};
  });
  if (!changed) return changed.failure();
  maker.keep();
  auto info = describe(home, row);
  if (const std::string warning = maker.warning(key); info && !warning.empty()) {
    log::warning("key {}: {}", key.name.text(), warning);
    info->notices.push_back(warning);
  }
  return info;
}

// read_root makes the root of a tree.
Result<SecretBytes> read_root(key::Algorithm tree, const SecretBytes& secret, KeyEncoding encoding) {
  if (encoding == KeyEncoding::extended_key) return key::root_of_extended_key(secret);
  auto seed = encoding == KeyEncoding::mnemonic ? key::seed_of_mnemonic_lines(secret) : key::seed_of_hex(secret);
  if (!seed) return seed;
  return key::master_of_seed(tree, *seed);
}

// read_key decodes what import_key was handed.
Result<key::ReadKey> read_key(const KeySpec& spec, SecretBytes secret, KeyEncoding encoding, const SecretPrompt& passphrase) {
  if (encoding == KeyEncoding::pem || encoding == KeyEncoding::ethereum_v3) return read_key_file(secret, encoding, passphrase);
  auto tree = tree_of(spec);
  if (!tree) return tree.failure();
  auto root = read_root(*tree, secret, encoding);
  if (!root) return root.failure();
  return key::ReadKey{encoding == KeyEncoding::extended_key ? key::Algorithm::bip32 : *tree, *std::move(root)};
}

Unexpected no_such_key(const KeyName& name) {
  return fail(Errc::not_found, Origin::key, "there is no key " + name.text() + ": see custos key list");
}

Attestation public_attestation(const key::KeyAttestation& from) {
  return {from.sensitive, from.extractable, from.always_sensitive, from.never_extractable, from.local};
}

// ask_copy asks the backend of one copy about it, and answers whether the key is there. What it says goes into `info`: of several
// copies the first that says something counts.
Result<std::string> ask_copy(Custodian::Impl& home, const registry::KeyView& view, const registry::CopyRow& copy, KeyInfo& info) {
  auto backend = home.backends.open(copy.token);
  if (!backend) return backend.failure();
  auto id = id_of_copy(home, view.key, copy);
  if (!id) return id.failure();
  const std::string where = view.copies.size() == 1 ? "its token" : copy.token;
  auto attestation = (*backend)->attest(*id);
  const bool is_gone = !attestation && attestation.error().code == Errc::not_found;
  if (!attestation && !is_gone) return attestation.failure();
  if (is_gone) {
    info.notices.push_back(where + " no longer holds this key: it was destroyed by another tool, or this is another token");
  } else if (!info.attestation && copy.custody == key::to_string(key::Custody::device)) {
    info.attestation = public_attestation(*attestation);
  }
  if (auto description = (*backend)->describe()) {
    for (const auto& notice : description->notices) {  // devices of one kind say the same
      if (std::ranges::find(info.notices, notice) == info.notices.end()) info.notices.push_back(notice);
    }
  }
  return std::string(is_gone ? kGone : "there");
}

// shown_with_copy shows a key with the copy that it has got, which must be there still.
Result<KeyInfo> shown_with_copy(const Administration& administration, const KeyName& name, std::string_view token,
                                const CopyMaker& maker) {
  auto info = administration.show_key(name);
  if (!info) return info;
  const auto copy = std::ranges::find(info->copies, token, &KeyCopy::token);
  if (copy != info->copies.end() && copy->state == kGone) {
    return fail(
        Errc::revoked, Origin::token,
        "key " + name.text() + " was put into " + copy->token +
            " and recorded, but is no longer there, and so signs nowhere: see what destroyed it, then custos key withdraw " +
            name.text() + " --from " + copy->token);
  }
  if (!maker.notice().empty()) info->notices.push_back(maker.notice());
  return info;
}

}  // namespace

Result<KeyName> KeyName::parse(std::string_view text) {
  const auto colon = text.find(':');
  const std::string_view token = text.substr(0, colon);
  const std::string_view label = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  if (is_name(token) && is_name(label)) return KeyName{std::string(token), std::string(label)};
  return fail(Errc::bad_input, Origin::key,
              "'" + std::string(text.substr(0, 160)) + "' is no key reference: write TOKEN:LABEL, for example dev:binance-main");
}

Administration::Administration(std::shared_ptr<Custodian::Impl> impl) noexcept : impl_(std::move(impl)) {}

Result<Mode> Administration::mode() const {
  if (auto unsealed = impl_->unseal(); !unsealed) return unsealed.failure();
  return impl_->mode;
}

Result<KeyInfo> Administration::generate_key(const KeySpec& spec) const {
  auto key = check_key_spec(*impl_, spec);
  if (!key) return key.failure();
  return make_key(*impl_, *key, [&](KeyMaker& maker, registry::Change& change) { return maker.generate(change, *key); });
}

Result<KeyInfo> Administration::import_key(const KeySpec& spec, SecretBytes secret, KeyEncoding encoding,
                                           const SecretPrompt& passphrase) const {
  std::optional<key::Algorithm> found;
  if (encoding != KeyEncoding::raw) {
    auto read = read_key(spec, std::move(secret), encoding, passphrase);
    if (!read) return read.failure();
    found = read->algorithm;
    secret = std::move(read->material);
  }
  auto key = check_key_spec(*impl_, spec, found);
  if (!key) return key.failure();
  if (key->usage == key::Usage::seal) {
    return fail(Errc::bad_input, Origin::key,
                "a key that seals is made in its token and never anywhere else: custos key generate");
  }
  return make_key(*impl_, *key, [&](KeyMaker& maker, registry::Change& change) { return maker.import(change, *key, secret); });
}

Result<KeyInfo> Administration::adopt_key(const KeySpec& spec) const {
  auto key = check_adoption(*impl_, spec);
  if (!key) return key.failure();
  return make_key(*impl_, *key, [&](KeyMaker& maker, registry::Change& change) { return maker.adopt(change, *key); });
}

Result<std::vector<KeyInfo>> Administration::list_keys() const {
  if (auto proved = impl_->prove_for_display(); !proved) return proved.failure();
  auto rows = impl_->registry->keys_unverified();
  if (!rows) return rows.failure();
  auto directory = KeyDirectory::read(*impl_->registry);
  if (!directory) return directory.failure();
  std::vector<KeyInfo> keys;
  for (const auto& row : *rows) {
    if (row.state == key::to_string(key::State::destroyed)) continue;
    auto info = describe_key(*impl_->registry, row, *directory);
    if (!info) return info.failure();
    keys.push_back(*std::move(info));
  }
  return keys;
}

Result<KeyInfo> Administration::show_key(const KeyName& name) const {
  if (auto unsealed = impl_->unseal(); !unsealed) return unsealed.failure();
  auto row = impl_->registry->view_key(name.token, name.label);
  if (!row) return row.failure();
  if (!row->has_value()) return no_such_key(name);
  auto info = describe(*impl_, (*row)->key);
  if (!info) return info;
  for (std::size_t i = 0; i < (*row)->copies.size(); ++i) {
    auto asked = ask_copy(*impl_, **row, (*row)->copies[i], *info);
    if (!asked && (*row)->copies.size() == 1) return asked.failure();
    KeyCopy& copy = info->copies[i];
    copy.state = asked ? *asked : asked.error().detail;
  }
  return info;
}

Result<KeyInfo> Administration::replicate_key(const KeyName& name, std::string_view token, SecretBytes secret,
                                              KeyEncoding encoding, const SecretPrompt& passphrase) const {
  CopyMaker maker(*impl_);
  if (auto opened = maker.open(name, token); !opened) return opened.failure();
  if (auto imported = maker.import(std::move(secret), encoding, passphrase); !imported) return imported.failure();
  if (auto recorded = maker.record(); !recorded) return recorded.failure();
  return shown_with_copy(*this, name, token, maker);
}

Result<KeyInfo> Administration::replicate_standing_key(const KeyName& name, std::string_view token,
                                                       std::string_view label) const {
  CopyMaker maker(*impl_);
  if (auto opened = maker.open(name, token); !opened) return opened.failure();
  if (auto found = maker.find(label); !found) return found.failure();
  if (auto recorded = maker.record(); !recorded) return recorded.failure();
  return shown_with_copy(*this, name, token, maker);
}

}  // namespace custos
