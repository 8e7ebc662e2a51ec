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

// Why a name is or is not one that a rule may use.
enum class NameStatus : uint8_t {
  kUnknown,    // there is no such field
  kFact,       // Find gives it
  kForbidden,  // a field, but not a FACT: it tells who offers, what they pay, or is prose
  kContainer,  // a FACT without a number: it holds others, or is read through a derived fact
};

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
  std::string name;  // e.g. "offering.commitment.min_months"
  FactSide side = FactSide::kOffering;
  int32_t fact_id = 0;  // committed number
  FactKind kind = FactKind::kInteger;
  std::string unit;       // "months", "micros", … or empty
  std::string code_list;  // kSet over a committed list, or kNeedsCodeList
  const google::protobuf::EnumDescriptor* enum_type = nullptr;  // kEnum, kSet over an enum
  // Request facts: known whatever the firm says. Facts of offerings: never set.
  bool always_known = false;
  // Path of field descriptors from Offering or FirmProfile; empty for derived facts.
  std::vector<const google::protobuf::FieldDescriptor*> path;
  // Derived facts: names of the fields that they are computed from, for messages to people; a claim
  // on one of them says how well the derived fact is supported.
  std::vector<std::string> sources;
};

class FactRegistry {
 public:
  // The one registry of this build.
  static const FactRegistry& Get();

  // The fact of that name, or null.
  const FactInfo* Find(absl::string_view name) const;
  // The fact of that number, or null.
  const FactInfo* FindById(int32_t fact_id) const;
  NameStatus StatusOf(absl::string_view name) const;
  // True where the name is a field of an offering or a firm that is not a FACT: the
  // compiler tells this apart from a name that does not exist.
  bool IsForbidden(absl::string_view name) const {
    return StatusOf(name) == NameStatus::kForbidden;
  }
  // The name of a fact that is nearest to `name` by edit distance.
  std::string Nearest(absl::string_view name) const;
  // All facts by name.
  const std::map<std::string, FactInfo, std::less<>>& facts() const { return facts_; }

 private:
  FactRegistry();
  void AddFields(const google::protobuf::Descriptor& message, const std::string& prefix,
                 FactSide side, std::vector<const google::protobuf::FieldDescriptor*>& path);
  void Add(FactInfo info);

  std::map<std::string, FactInfo, std::less<>> facts_;
  std::map<int32_t, const FactInfo*> by_id_;
  std::map<std::string, NameStatus, std::less<>> other_names_;
};

}  // namespace aplomb::decision

#endif  // APLOMB_DECISION_FACT_REGISTRY_H_
