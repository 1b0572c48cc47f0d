// life SHAPE URI PIN KEY FOLDER: a process that lives in one of the shapes of shapes.h and exits with 0 when all was well.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "process_life/shapes.h"

int main(int count, char** arguments) {
  using namespace custos;
  life::must(count == 6, "there are five arguments");
  alarm(60);  // a process that hangs is a failure
  const auto key = key::KeyId::parse(arguments[4]);
  life::must(key.has_value(), "the fourth argument is a key's UUID");
  setenv("SOFTHSM2_CONF", (std::filesystem::path(arguments[5]) / "softhsm2.conf").c_str(), 1);
  const life::Subject subject{arguments[2], arguments[3], *key, arguments[5]};
  const auto shape = std::ranges::find(life::kShapes, std::string_view(arguments[1]), &life::Shape::name);
  life::must(shape != life::kShapes.end(), "the first argument is a shape");
  shape->live(subject);
  return 0;
}
