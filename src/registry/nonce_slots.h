// NonceSlots: which credential counts its nonces in which slot of the control page, and how far they may have come.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "custos/result.h"
#include "registry/control_page.h"
#include "registry/database.h"
#include "registry/rows.h"

namespace custos::registry {

// NonceSlots works on the table nonce_slots inside the caller's write transaction.
class NonceSlots {
 public:
  NonceSlots(Database& database, ControlPage& page) : database_(database), page_(page) {}

  // take is Registry::nonce_slot. Nothing is to be committed unless wrote says so.
  Result<NonceSlot> take(const std::string& credential_id, const NonceNeed& need);
  [[nodiscard]] bool wrote() const noexcept { return wrote_; }

 private:
  struct Row {
    NonceSlot slot;
    std::string boot;
    bool is_new = false;
  };

  Result<Row> find(const std::string& credential_id);
  Result<std::size_t> free_slot();

  Database& database_;
  ControlPage& page_;
  bool wrote_ = false;
};

// boot_id tells this start of the machine from others; "unknown" where the system does not say.
[[nodiscard]] const std::string& boot_id();

}  // namespace custos::registry
