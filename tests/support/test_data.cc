#include "support/test_data.h"

namespace custos::test {

std::string test_data(std::string_view name) { return std::string(CUSTOS_TEST_DATA) + "/" + std::string(name); }

}  // namespace custos::test
