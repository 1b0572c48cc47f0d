// Replays a corpus: hands each file of the folders and files named as arguments to the fuzz target, once, in order of their
// names. An empty or missing corpus fails, so that no target goes unfed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::vector<std::filesystem::path> inputs_of(const std::filesystem::path& path) {
  if (!std::filesystem::is_directory(path)) return {path};
  std::vector<std::filesystem::path> inputs;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.is_regular_file()) inputs.push_back(entry.path());
  }
  std::sort(inputs.begin(), inputs.end());
  return inputs;
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t replayed = 0;
  for (const char* argument : std::span(argv, static_cast<std::size_t>(argc)).subspan(1)) {
    for (const auto& input : inputs_of(argument)) {
      std::ifstream file(input, std::ios::binary);
      if (!file) {
        std::cerr << "cannot read " << input << '\n';
        return 1;
      }
      const std::vector<char> content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
      std::cout << input.string() << std::endl;  // flushed: a crash in the next line leaves the name of its input
      const std::vector<std::uint8_t> bytes(content.begin(), content.end());
      static_cast<void>(LLVMFuzzerTestOneInput(bytes.data(), bytes.size()));
      ++replayed;
    }
  }
  std::cout << replayed << " inputs replayed\n";
  return replayed == 0 ? 1 : 0;
}
