// What the device can do, and whether its profile says so. Leaves the findings for the table of docs/devices.md.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "device.h"
#include "hsm/capability_probe.h"
#include "hsm/cold_call.h"

namespace custos {
namespace {

TEST(DeviceProbe, AgreesWithTheProfile) {
  const auto device = test::Device::from_environment();
  const auto pool = device.pool();
  const auto found = hsm::cold_call_once(*pool, [&](const hsm::Module& module, CK_SESSION_HANDLE) {
    return hsm::probe_capabilities(module, pool->token(), pool->profile());
  });
  ASSERT_TRUE(found) << found.error().detail;

  auto lines = nlohmann::ordered_json::array();
  for (const auto& line : *found) {
    lines.push_back({{"name", line.name},
                     {"value", line.value},
                     {"profile_says", line.profile_says},
                     {"differs", line.differs},
                     {"measured", line.measured}});
    EXPECT_FALSE(line.differs) << line.name << ": the device says \"" << line.value << "\", the profile " << pool->profile().name
                               << " \"" << line.profile_says << '"';
  }
  std::ofstream(device.results)
      << nlohmann::ordered_json{{"device", device.name}, {"profile", pool->profile().name}, {"findings", lines}}.dump(1) << '\n';
}

}  // namespace
}  // namespace custos
