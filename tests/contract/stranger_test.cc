// Another user of the same library in the process, who finalizes it and starts it anew (devices.md 1.4, 1.24).
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract_key.h"
#include "device.h"
#include "hsm/cryptoki.h"

namespace custos {
namespace {

using test::ContractKey;
using test::Device;

// Stranger is a user of the library's own file.
class Stranger {
 public:
  explicit Stranger(const hsm::TokenConfig& config) : reserved_(config.init_reserved) {
    void* library = dlopen(config.module.c_str(), RTLD_NOW | RTLD_LOCAL);  // never closed: openCryptoki does not bear it (1.14)
    EXPECT_NE(library, nullptr) << dlerror();
    auto* list = reinterpret_cast<CK_C_GetFunctionList>(dlsym(library, "C_GetFunctionList"));
    EXPECT_EQ(list(&call_), CKR_OK);
  }
  CK_RV initialise() {
    arguments_.standard.flags = CKF_OS_LOCKING_OK;
    if (!reserved_.empty()) arguments_.standard.pReserved = reserved_.data();
    return call_->C_Initialize(&arguments_);
  }
  CK_RV finalize() { return call_->C_Finalize(nullptr); }

 private:
  struct {
    CK_C_INITIALIZE_ARGS standard;
    void* reserved_of_nss;  // devices.md 4
  } arguments_{};
  std::string reserved_;
  CK_FUNCTION_LIST* call_ = nullptr;
};

TEST(DeviceStranger, DoesNotReachAPrivateCopy) {
  const auto device = Device::from_environment();
  if (!device.profile().private_copy) GTEST_SKIP() << "its library has one state, however often it is loaded";
  const auto backend = device.open();
  auto key = ContractKey::any(backend, 2);
  if (!key) GTEST_SKIP() << key.error().detail;
  key->signer().rearm(2);

  Stranger stranger(device.config);
  EXPECT_EQ(stranger.initialise(), CKR_OK) << "the copy is not private";
  EXPECT_EQ(key->sign("on an armed session"), "right");
  EXPECT_EQ(stranger.finalize(), CKR_OK);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(key->sign("after the stranger's C_Finalize"), "right");
  EXPECT_EQ(stranger.initialise(), CKR_OK);
  EXPECT_EQ(key->sign("after his second C_Initialize"), "right");
  EXPECT_EQ(stranger.finalize(), CKR_OK);
}

}  // namespace
}  // namespace custos
