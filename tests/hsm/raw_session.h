// RawSession: a look at a token that is open already, past TokenBackend, by the same module instance and login.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "hsm/attributes.h"
#include "hsm/key_search.h"
#include "hsm/module.h"
#include "hsm/slot.h"
#include "hsm/token_backend.h"
#include "hsm/token_uri.h"

namespace custos::test {

class RawSession {
 public:
  explicit RawSession(const hsm::TokenConfig& config) {
    auto module = hsm::Module::open({config.module, config.environment, false, config.init_reserved});
    EXPECT_TRUE(module) << module.error().detail;
    module_ = *std::move(module);
    const auto token = hsm::find_token(*module_, *hsm::TokenUri::parse(config.uri));
    EXPECT_TRUE(token) << token.error().detail;
    EXPECT_EQ(call().C_OpenSession(token->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr, &session_), CKR_OK);
  }
  ~RawSession() { call().C_CloseSession(session_); }
  RawSession(const RawSession&) = delete;
  RawSession& operator=(const RawSession&) = delete;

  [[nodiscard]] const CK_FUNCTION_LIST& call() const { return module_->functions(); }
  [[nodiscard]] CK_SESSION_HANDLE handle() const { return session_; }

  // find gives all objects of a class with that CKA_ID.
  [[nodiscard]] std::vector<CK_OBJECT_HANDLE> find(CK_OBJECT_CLASS of, const key::KeyId& id) const {
    hsm::Template wanted;
    wanted.number(CKA_CLASS, of).bytes(CKA_ID, id.bytes);
    auto found = hsm::find_all(*module_, session_, wanted);
    EXPECT_TRUE(found) << found.error().detail;
    return found ? *found : std::vector<CK_OBJECT_HANDLE>();
  }
  // only gives the one object of that class and id.
  [[nodiscard]] CK_OBJECT_HANDLE only(CK_OBJECT_CLASS of, const key::KeyId& id) const {
    const auto found = find(of, id);
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? CK_OBJECT_HANDLE{CK_INVALID_HANDLE} : found.front();
  }
  [[nodiscard]] std::size_t count(CK_OBJECT_CLASS of, const key::KeyId& id) const { return find(of, id).size(); }

  [[nodiscard]] std::optional<bool> flag(CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type) const {
    CK_BBOOL value = 2;
    CK_ATTRIBUTE wanted{type, &value, sizeof value};
    if (call().C_GetAttributeValue(session_, object, &wanted, 1) != CKR_OK || value > 1) return std::nullopt;
    return value == 1;
  }

 private:
  std::shared_ptr<hsm::Module> module_;
  CK_SESSION_HANDLE session_ = CK_INVALID_HANDLE;
};

}  // namespace custos::test
