// Runs a fuzz target over its corpus, and over each input cut off and with bits flipped.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gtest/gtest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace aplomb {
namespace {

// Cuts and flips per input; the libFuzzer program does the rest.
constexpr size_t kVariantsMax = 200;

void RunTarget(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

TEST(FuzzCorpusTest, TheTargetTakesTheCorpusAndItsVariants) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(APLOMB_FUZZ_CORPUS)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(stream)), {});
    SCOPED_TRACE(entry.path().string());
    RunTarget(bytes);
    ++count;
    const size_t step = std::max<size_t>(1, bytes.size() / kVariantsMax);
    for (size_t i = 0; i < bytes.size(); i += step) {
      RunTarget(bytes.substr(0, i));
      std::string flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
      RunTarget(flipped);
    }
  }
  EXPECT_GT(count, 0u);
}

}  // namespace
}  // namespace aplomb
