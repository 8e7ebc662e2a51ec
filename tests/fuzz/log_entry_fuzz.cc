// Bytes of strangers as entries of a log: the verifier reads them without harm, and says something
// about what it cannot read.
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "audit/entry.h"
#include "audit/tlog/tree.h"
#include "audit/verify/report.h"
#include "audit/verify/semantics.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  aplomb::verify::Report report;
  aplomb::verify::Semantics semantics(&report,
                                      [](uint64_t) { return aplomb::tlog::EmptyRoot(); });
  // Twice, so that what may be there once only is found.
  semantics.Add(0, bytes);
  semantics.Add(1, bytes);
  semantics.Finish(0);
  const auto entry = aplomb::audit::DecodeEntry(bytes);
  if (entry.ok()) {
    CHECK(aplomb::audit::EncodeEntry(*entry) == bytes) << "an entry has one spelling";
  } else {
    CHECK(!report.findings.empty()) << "what is no entry is a finding";
  }
  CHECK(!aplomb::verify::FormatText(report, aplomb::verify::Language::kFrench).empty());
  return 0;
}
