#include "cli/print_gains.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "cli/texts.h"

namespace aplomb::cli {
namespace {

namespace pb = catalog::v1;
using google::protobuf::RepeatedPtrField;

// By criterion.
std::map<std::string, std::string> TitlesOf(const RepeatedPtrField<pb::Reading>& readings,
                                            Language language) {
  std::map<std::string, std::string> titles;
  for (const pb::Reading& reading : readings) {
    for (const pb::CriterionReading& one : reading.criteria()) {
      titles[one.criterion_id()] =
          language == Language::kFrench ? one.label().fr() : one.label().en();
    }
  }
  return titles;
}

std::string ToAdd(const pb::Gain& gain, Language language) {
  absl::string_view scheme = gain.field();
  if (gain.evidence() == type::CERTIFIED && absl::ConsumePrefix(&scheme, "certificates.")) {
    return absl::StrCat(
        Say(language, "demande CERTIFIED : ajoutez ", "needs CERTIFIED: add "), scheme,
        Say(language,
            " à `certificates` avec number, valid_to et scope_matches, et une preuve pour `",
            " to `certificates` with number, valid_to and scope_matches, and a claim for `"),
        gain.field(), "`");
  }
  return absl::StrCat(
      Say(language, "demande DOCUMENTED : ajoutez une preuve (claims) pour `",
          "needs DOCUMENTED: add a claim for `"),
      gain.field(),
      Say(language, "` avec l'adresse (source) et l'empreinte (source_sha256) du document",
          "` with the address (source) and the hash (source_sha256) of the document"));
}

}  // namespace

void PrintGains(const RepeatedPtrField<pb::Gain>& gains,
                const RepeatedPtrField<pb::Reading>& readings, Language language,
                std::ostream& out) {
  if (gains.empty()) return;
  const std::map<std::string, std::string> titles = TitlesOf(readings, language);
  out << Say(language, "Ce que chaque document rapporterait (un critère vaut de 0 à 10 000) :\n",
             "What each document would earn (a criterion is worth 0 to 10,000):\n");
  std::vector<std::string> order;
  std::map<std::string, std::vector<const pb::Gain*>> by_field;
  for (const pb::Gain& gain : gains) {
    std::vector<const pb::Gain*>& same = by_field[gain.field()];
    if (same.empty()) order.push_back(gain.field());
    same.push_back(&gain);
  }
  for (const std::string& field : order) {
    const pb::Gain& first = *by_field[field].front();
    out << "  " << ToAdd(first, language) << "\n";
    for (const pb::Gain* gain : by_field[field]) {
      const auto title = titles.find(gain->criterion_id());
      out << "      " << gain->need_id() << "  " << gain->criterion_id() << "  " << gain->value()
          << " -> " << gain->documented_value()
          << (title == titles.end() ? std::string() : absl::StrCat("  ", title->second)) << "\n";
    }
    out << "      " << pb::Gain::Effort_Name(first.effort())
        << (first.third_party() ? Say(language, ", un tiers est payé", ", a third party is paid")
                                : absl::string_view())
        << Say(language, " : ", ": ")
        << (language == Language::kFrench ? first.cost().fr() : first.cost().en()) << "\n";
  }
}

void PrintUnknown(const RepeatedPtrField<pb::Gain>& gains,
                  const RepeatedPtrField<pb::Reading>& readings, Language language,
                  std::ostream& out) {
  std::set<std::pair<std::string, std::string>> by_document;
  for (const pb::Gain& gain : gains) by_document.insert({gain.need_id(), gain.criterion_id()});
  std::set<std::string> told;
  for (const pb::Reading& reading : readings) {
    if (reading.standing() != pb::Reading::RANKED || !told.insert(reading.need_id()).second) {
      continue;
    }
    bool first = true;
    for (const pb::CriterionReading& one : reading.criteria()) {
      if (!one.unknown() || by_document.contains({reading.need_id(), one.criterion_id()})) continue;
      if (first) {
        out << reading.need_id()
            << Say(language, " : inconnu, compte au plus bas ; à dire si vous le savez :\n",
                   ": unknown, counts lowest; tell it if you know:\n");
      }
      first = false;
      out << "  " << one.criterion_id() << "  "
          << (language == Language::kFrench ? one.label().fr() : one.label().en())
          << Say(language, " : ", ": ") << absl::StrJoin(one.fields(), ", ");
      if (one.least_evidence() > type::DECLARED) {
        out << Say(language, " (preuve au moins ", " (evidence at least ")
            << type::Evidence_Name(one.least_evidence()) << ")";
      }
      out << "\n";
    }
  }
}

}  // namespace aplomb::cli
