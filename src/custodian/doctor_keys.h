// What custos doctor says of keys: whether the registry and the tokens name the same ones.
#pragma once

#include <string>
#include <vector>

#include "custodian/custodian_impl.h"
#include "custodian/doctor_report.h"

namespace custos {

// examine_keys looks into the keystore and those `tokens` that answered.
void examine_keys(DoctorReport& report, Custodian::Impl& home, std::vector<std::string> tokens);

}  // namespace custos
