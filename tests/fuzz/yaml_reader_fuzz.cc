// Any bytes as a catalogue file: never a crash, and what could be read without an issue is written
// and read back the same. Any bytes as foreign data: never a crash, and every record is accounted
// for.
#include <google/protobuf/util/message_differencer.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/type/profile.pb.h"
#include "base/check.h"
#include "base/random.h"
#include "catalog/import/directory.h"
#include "catalog/import/importer.h"
#include "catalog/import/mapping.h"
#include "catalog/import/pricing2yaml.h"
#include "catalog/import/publiccode.h"
#include "catalog/import/selfhosted.h"
#include "catalog/import/text.h"
#include "catalog/import/twofactor.h"
#include "catalog/import/validate.h"

namespace aplomb::catalog {
namespace {

using google::protobuf::util::MessageDifferencer;

void ReadAndWriteBack(const std::string& bytes) {
  YamlNode root;
  base::Issues issues;
  if (!ReadYaml("fuzz", bytes, YamlOptions(), &root, &issues)) {
    CHECK(!issues.empty()) << "a file that is refused comes with the reason";
    return;
  }
  v1::Offering offering;
  if (!MessageReader("fuzz", &issues).Read(root, "", &offering)) return;
  ValidateOffering(offering, nullptr, &issues);
  const std::string written = WriteMessage(offering);
  YamlNode again;
  base::Issues none;
  CHECK(ReadYaml("again", written, YamlOptions(), &again, &none)) << "what we write can be read";
  v1::Offering copy;
  CHECK(MessageReader("again", &none).Read(again, "", &copy)) << "what we write can be read";
  CHECK(MessageDifferencer::Equals(offering, copy)) << "what we write reads back the same";
}

void CheckCounts(const ImportReport& report) {
  CHECK_EQ(report.Count(ImportOutcome::kImported) + report.Count(ImportOutcome::kPartial) +
               report.Count(ImportOutcome::kRefused),
           report.records.size());
}

void ImportAsEverything(const std::string& bytes) {
  base::Issues issues;
  Mapping mapping;
  ReadMapping("fuzz", bytes, &mapping, &issues);
  base::FakeRandom random(1);
  ImportContext context(&random, nullptr);
  CheckCounts(ImportPricing2Yaml("fuzz", bytes, mapping, &context, &issues));
  CheckCounts(ImportSelfHosted("fuzz", bytes, mapping, 20000, &context, &issues));
  CheckCounts(ImportPublicCode("fuzz", bytes, {{"crm", {"CRM"}}}, 20000, &context, &issues));
  CheckCounts(JoinTwoFactor("fuzz", bytes, &context, &issues));
}

}  // namespace
}  // namespace aplomb::catalog

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  aplomb::base::Issues issues;
  aplomb::catalog::ReadAndWriteBack(bytes);
  aplomb::catalog::ReadCatalog({{"members.yaml", bytes}, {"offerings/a.yaml", bytes}}, &issues);
  aplomb::catalog::ReadProfile("profiles/a.yaml", bytes, &issues);
  aplomb::catalog::ImportAsEverything(bytes);
  return 0;
}
