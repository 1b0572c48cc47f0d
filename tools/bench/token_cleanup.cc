#include "tools/bench/token_cleanup.h"

#include <algorithm>
#include <set>
#include <string>

#include "hsm/attributes.h"
#include "hsm/ck_rv.h"
#include "hsm/key_search.h"
#include "hsm/slot.h"

namespace custos::bench {
namespace {

Result<void> destroy_keys(Custodian::Impl& home, const TokenSettings& token) {
  auto backend = home.tokens.open(token.name);
  if (!backend) return backend.failure();
  auto rows = home.registry->keys_unverified();
  if (!rows) return rows.failure();
  auto stored = (*backend)->list();
  if (!stored) return stored.failure();

  std::set<std::string> ours;
  for (const auto& row : *rows) ours.insert(row.id);
  Result<void> first;
  for (const auto& key : *stored) {
    if (!key.id || !ours.contains(key.id->text())) continue;
    if (auto destroyed = (*backend)->destroy(*key.id); !destroyed && first) first = destroyed;
  }
  return first;
}

// destroy_mirror uses a session of Custos's own instance of the module, where the login is.
Result<void> destroy_mirror(Custodian::Impl& home, const TokenSettings& token) {
  auto home_id = home.registry->setting_unverified(kHomeIdSetting);
  if (!home_id) return home_id.failure();
  if (!home_id->has_value()) return {};
  const std::string name = "custos-head:" + **home_id;  // custodian/registry_seal.h

  auto module = hsm::Module::open({token.module, token.environment, token.allow_shared_module, token.init_reserved});
  if (!module) return module.failure();
  auto uri = hsm::TokenUri::parse(token.uri);
  if (!uri) return uri.failure();
  auto facts = hsm::find_token(**module, *uri);
  if (!facts) return facts.failure();

  const CK_FUNCTION_LIST& call = (*module)->functions();
  CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
  CK_RV rv = call.C_OpenSession(facts->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session);
  if (rv != CKR_OK) return hsm::token_failure(rv, "cannot open a session");
  hsm::Template wanted;
  wanted.number(CKA_CLASS, CKO_DATA).text(CKA_LABEL, name);
  auto found = hsm::find_all(**module, session, wanted);
  if (found) {
    for (const CK_OBJECT_HANDLE object : *found) rv = std::max(rv, call.C_DestroyObject(session, object));
  }
  call.C_CloseSession(session);
  if (!found) return found.failure();
  if (rv != CKR_OK) return hsm::token_failure(rv, "cannot destroy the object \"" + name + "\"");
  return {};
}

}  // namespace

Result<void> destroy_made_objects(Custodian::Impl& home, const TokenSettings& token) {
  auto keys = destroy_keys(home, token);
  auto mirror = destroy_mirror(home, token);
  return keys ? mirror : keys;
}

}  // namespace custos::bench
