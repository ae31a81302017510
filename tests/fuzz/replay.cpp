// fuzz_replay NAME DIRECTORY: gives every file of a corpus to one target, in any tree and with any compiler. What a
// fuzzer once found stays mended because its file lies there. Called by ctest.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/targets.h"

int main(int count, char** words) {
  namespace fs = std::filesystem;
  using stream_status::fuzz::kTargets;
  if (count != 3) {
    std::fprintf(stderr, "usage: fuzz_replay NAME DIRECTORY\n");
    return 2;
  }
  const auto* const target =
      std::find_if(std::begin(kTargets), std::end(kTargets), [&](const auto& each) { return each.name == words[1]; });
  if (target == std::end(kTargets)) {
    std::fprintf(stderr, "fuzz_replay: there is no target %s; they are listed in tests/fuzz/targets.h\n", words[1]);
    return 2;
  }
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(words[2])) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  if (files.empty()) {
    std::fprintf(stderr, "fuzz_replay: %s holds no file\n", words[2]);
    return 1;
  }
  for (const fs::path& file : files) {
    // Said before: a broken promise ends the process.
    std::printf("%s\n", file.filename().c_str());
    std::fflush(stdout);
    std::ifstream stream(file, std::ios::binary);
    const std::string input{std::istreambuf_iterator<char>(stream), {}};
    target->run(input);
  }
  std::printf("%zu inputs\n", files.size());
  return 0;
}
