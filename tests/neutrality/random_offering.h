// Offerings at random, by reflection: what is a FACT and what is not can be filled apart.
#ifndef APLOMB_TESTS_NEUTRALITY_RANDOM_OFFERING_H_
#define APLOMB_TESTS_NEUTRALITY_RANDOM_OFFERING_H_

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "aplomb/type/options.pb.h"
#include "catalog/code_lists.h"
#include "google/protobuf/message.h"

namespace aplomb::testing {

using Random = std::mt19937_64;  // same numbers everywhere

inline uint64_t Below(Random& random, uint64_t bound) { return random() % bound; }

inline bool IsFact(const google::protobuf::FieldDescriptor& field) {
  return field.options().GetExtension(type::visibility) == type::FACT;
}

// Sets one field (or adds one element) to something random. Strings by `text`.
inline void FillField(google::protobuf::Message& message,
                      const google::protobuf::FieldDescriptor& field, Random& random,
                      const std::function<std::string()>& text,
                      const std::function<void(google::protobuf::Message&)>& fill_message) {
  using Field = google::protobuf::FieldDescriptor;
  const auto& reflection = *message.GetReflection();
  const bool repeated = field.is_repeated();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_BOOL:
      reflection.SetBool(&message, &field, Below(random, 2) == 0);
      return;
    case Field::CPPTYPE_INT32:
      reflection.SetInt32(&message, &field, static_cast<int32_t>(Below(random, 4'000)));
      return;
    case Field::CPPTYPE_INT64:
      reflection.SetInt64(&message, &field, static_cast<int64_t>(Below(random, 1'000'000'000)));
      return;
    case Field::CPPTYPE_ENUM: {
      const auto& type = *field.enum_type();
      const int number =
          type.value(static_cast<int>(Below(random, static_cast<uint64_t>(type.value_count()))))
              ->number();
      if (repeated) {
        reflection.AddEnumValue(&message, &field, number == 0 ? 1 : number);
      } else {
        reflection.SetEnumValue(&message, &field, number);
      }
      return;
    }
    case Field::CPPTYPE_STRING:
      if (repeated) {
        reflection.AddString(&message, &field, text());
      } else {
        reflection.SetString(&message, &field, text());
      }
      return;
    case Field::CPPTYPE_MESSAGE:
      fill_message(repeated ? *reflection.AddMessage(&message, &field)
                            : *reflection.MutableMessage(&message, &field));
      return;
    default:
      return;
  }
}

// Fills about two thirds of the FACT fields, with codes of the lists where a field has one.
inline void FillFacts(google::protobuf::Message& message, Random& random,
                      const std::string& code_list = "") {
  const auto& descriptor = *message.GetDescriptor();
  if (descriptor.full_name() == "google.type.Date") {
    const auto set = [&](const char* name, uint64_t value) {
      message.GetReflection()->SetInt32(&message, descriptor.FindFieldByName(name),
                                        static_cast<int32_t>(value));
    };
    set("year", 2025 + Below(random, 3));
    set("month", 1 + Below(random, 12));
    set("day", 1 + Below(random, 28));
    return;
  }
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const auto& field = *descriptor.field(i);
    const bool is_oneof = field.containing_oneof() != nullptr && !field.has_optional_keyword();
    if (!IsFact(field) || Below(random, 3) == 0 || (is_oneof && Below(random, 2) == 0)) continue;
    const auto text = [&]() -> std::string {
      if (field.name() == "currency_code") return "EUR";
      if (code_list.empty()) return absl::StrCat("A", Below(random, 5));
      const auto entries = catalog::CodeListEntries(code_list);
      return std::string(entries[Below(random, entries.size())].code);
    };
    const std::string list = field.options().GetExtension(type::code_list);
    for (uint64_t n = field.is_repeated() ? Below(random, 4) : 1; n > 0; --n) {
      FillField(message, field, random, text,
                [&](google::protobuf::Message& inner) { FillFacts(inner, random, list); });
    }
  }
}

// Replaces every field that is not a FACT, everywhere below `message`, by random bytes and numbers;
// fields in `keep` (full names) stay. Gives how many fields it touched.
inline int ScrambleOthers(google::protobuf::Message& message, Random& random,
                          const std::vector<std::string>& keep = {}) {
  const auto& descriptor = *message.GetDescriptor();
  const auto& reflection = *message.GetReflection();
  int touched = 0;
  const std::function<void(google::protobuf::Message&)> fill_all =
      [&](google::protobuf::Message& inner) {
        for (int i = 0; i < inner.GetDescriptor()->field_count(); ++i) {
          FillField(
              inner, *inner.GetDescriptor()->field(i), random,
              [&] { return absl::StrCat("text ", random()); }, fill_all);
        }
      };
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const auto& field = *descriptor.field(i);
    bool kept = false;
    for (const std::string& name : keep) kept |= field.full_name() == name;
    if (kept || absl::StrCat("", field.file()->package()).rfind("aplomb", 0) != 0) continue;
    if (!IsFact(field)) {
      reflection.ClearField(&message, &field);
      for (uint64_t n = 1 + Below(random, field.is_repeated() ? 3 : 1); n > 0; --n) {
        FillField(
            message, field, random, [&] { return absl::StrCat("text ", random()); }, fill_all);
      }
      ++touched;
    } else if (field.cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      if (field.is_repeated()) {
        for (int k = 0; k < reflection.FieldSize(message, &field); ++k) {
          touched +=
              ScrambleOthers(*reflection.MutableRepeatedMessage(&message, &field, k), random, keep);
        }
      } else if (reflection.HasField(message, &field)) {
        touched += ScrambleOthers(*reflection.MutableMessage(&message, &field), random, keep);
      }
    }
  }
  return touched;
}

}  // namespace aplomb::testing

#endif  // APLOMB_TESTS_NEUTRALITY_RANDOM_OFFERING_H_
