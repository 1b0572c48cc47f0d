// Where the tests' data files lie.
#pragma once

#include <string>
#include <string_view>

namespace custos::test {

// test_data is the path of a file of tests/data. Only test_data.cc knows the checkout: ccache has the other objects for every
// one.
[[nodiscard]] std::string test_data(std::string_view name);

}  // namespace custos::test
