// Every fact that a rule may name, read off the descriptors: path, committed
// number, kind, unit, code list. A fact is named "offering.PATH", "derived.NAME",
// "firm.PATH" or "request.NAME" (docs/facts.md). Numbers are committed in the
// protos and in derived_facts.h; they are never given by order of arrival.
// Immutable; thread-safe.
#ifndef APLOMB_DECISION_FACT_REGISTRY_H_
#define APLOMB_DECISION_FACT_REGISTRY_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace aplomb::decision {

enum class FactSide : uint8_t { kOffering, kRequest };

// How a fact becomes a number.
enum class FactKind : uint8_t {
  kBoolean,  // 0, 1
  kInteger,  // as it is
  kEnum,     // number of the value; 0 (unspecified) is unknown
  kSet,      // mask over a code list or an enum's numbers
  kMoney,    // micros of EUR, converted at a dated rate, half up
  kDay,      // days since 1970-01-01
  kLimit,    // value, or engine::kUnlimited
  kPacked,   // trades, see engine/sector.h
};

struct FactInfo {
  std::string name;        // e.g. "offering.commitment.min_months"
  FactSide side = FactSide::kOffering;
  int32_t fact_id = 0;     // committed number
  FactKind kind = FactKind::kInteger;
  std::string unit;        // "months", "micros", … or empty
  std::string code_list;   // kSet over a committed list
  const google::protobuf::EnumDescriptor* enum_type = nullptr;  // kEnum, kSet over an enum
  // Path of field descriptors from Offering or FirmProfile; empty for derived facts.
  std::vector<const google::protobuf::FieldDescriptor*> path;
  // Derived facts: paths of the fields that they are computed from, for messages to people.
  std::vector<std::string> sources;
};

class FactRegistry {
 public:
  // The one registry of this build.
  static const FactRegistry& Get();

  // The fact of that name, or null.
  const FactInfo* Find(absl::string_view name) const;
  // True where the name is a field of an offering that is not a FACT: the
  // compiler tells this apart from a name that does not exist.
  bool IsForbidden(absl::string_view name) const;
  // All facts by name.
  const std::map<std::string, FactInfo, std::less<>>& facts() const { return facts_; }

 private:
  FactRegistry();
  std::map<std::string, FactInfo, std::less<>> facts_;
  std::map<std::string, int, std::less<>> forbidden_;
};

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_FACT_REGISTRY_H_
