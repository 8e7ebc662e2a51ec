// Any bytes as a decision record: refused, or the one encoding of what they hold. Seeds:
// corpus/record.
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "decision/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto record = aplomb::decision::DecodeRecord(bytes);
  if (record.ok()) {
    CHECK(aplomb::decision::EncodeRecord(*record) == bytes) << "a second encoding of one record";
  }
  return 0;
}
