#include "catalog/proposals/claim_checks.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <optional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "catalog/import/validate.h"
#include "catalog/proposals/claims_due.h"
#include "catalog/proposals/diff.h"

namespace aplomb::proposals {
namespace {

using catalog::v1::FieldDifference;
using catalog::v1::Offering;

// "pricing.components[0].amount" is within "pricing"; "pricing_note" is not.
bool IsWithin(absl::string_view path, absl::string_view group) {
  return absl::StartsWith(path, group) &&
         (path.size() == group.size() || path[group.size()] == '.' || path[group.size()] == '[');
}

// Lists are told apart by keys of their own: what is in one is looked at as a whole.
absl::string_view Group(absl::string_view path) {
  for (const absl::string_view list : {"certificates", "integrations"}) {
    if (IsWithin(path, list)) return list;
  }
  return path;
}

bool HasClaim(const Offering* published, const type::Claim& claim) {
  return published != nullptr &&
         std::any_of(published->claims().begin(), published->claims().end(),
                     [&claim](const type::Claim& one) {
                       return google::protobuf::util::MessageDifferencer::Equals(one, claim);
                     });
}

// Whether the entry says something about the path at all.
bool Tells(const Offering& offering, absl::string_view path) {
  const std::vector<FieldDifference> all = Differences(Offering(), offering);
  return all.size() == kDifferencesMax ||
         std::any_of(all.begin(), all.end(), [path](const FieldDifference& one) {
           return IsWithin(one.field(), Group(path));
         });
}

}  // namespace

void CheckClaims(const Offering& offering, const Offering* published, base::DayNumber today,
                 base::Issues* issues) {
  std::optional<std::vector<FieldDifference>> changes;  // found where they are needed
  const auto is_untouched = [&](absl::string_view path) {
    if (!changes.has_value()) changes = Differences(*published, offering);
    return changes->size() < kDifferencesMax &&
           std::none_of(changes->begin(), changes->end(), [path](const FieldDifference& one) {
             return IsWithin(one.field(), Group(path)) || IsWithin(path, one.field());
           });
  };
  for (int i = 0; i < offering.claims_size(); ++i) {
    const type::Claim& claim = offering.claims(i);
    const std::string path = absl::StrCat("claims[", i, "]");
    const std::optional<base::DayNumber> as_of =
        claim.has_as_of() ? DayOf(claim.as_of()) : std::nullopt;
    // A day that does not exist is told by ValidateOffering.
    if (as_of.has_value() && *as_of > today) {
      issues->Add({.field = path + ".as_of",
                   .reason = "OUT_OF_RANGE",
                   .text_fr = absl::StrCat(base::FormatDay(*as_of), " est après aujourd'hui, ",
                                           base::FormatDay(today)),
                   .text_en = absl::StrCat(base::FormatDay(*as_of), " is after today, ",
                                           base::FormatDay(today))});
    }
    const bool stands = HasClaim(published, claim);
    if (claim.evidence() == type::DOCUMENTED && claim.source_sha256().empty() && !stands) {
      issues->Add(
          {.field = path + ".source_sha256",
           .reason = "MISSING",
           .text_fr = absl::StrCat("DOCUMENTED pour ", claim.field_path(),
                                   " demande l'empreinte SHA-256 du document : enregistrez-le, "
                                   "puis sha256sum FICHIER"),
           .text_en = absl::StrCat("DOCUMENTED for ", claim.field_path(),
                                   " needs the SHA-256 of the document: save it, then "
                                   "sha256sum FILE")});
    }
    if (claim.evidence() != type::CHECKED || (stands && is_untouched(claim.field_path()))) continue;
    issues->Add(
        {.field = path + ".evidence",
         .reason = "REVIEWERS_ONLY",
         .text_fr =
             absl::StrCat("CHECKED est écrit par les évaluateurs, une fois ", claim.field_path(),
                          " vérifié ; à vous : DECLARED, DOCUMENTED ou CERTIFIED"),
         .text_en = absl::StrCat("CHECKED is written by reviewers, once ", claim.field_path(),
                                 " was checked; yours are DECLARED, DOCUMENTED and "
                                 "CERTIFIED")});
  }
}

void CheckCheckedFields(const std::vector<std::string>& fields, const Offering& offering,
                        std::vector<base::Issue>& issues) {
  if (fields.size() > static_cast<size_t>(kCheckedFieldsMax)) {
    issues.push_back({"checked_fields", "TOO_MANY", absl::StrCat("au plus ", kCheckedFieldsMax),
                      absl::StrCat("at most ", kCheckedFieldsMax)});
    return;
  }
  std::set<std::string> seen;
  for (size_t i = 0; i < fields.size(); ++i) {
    const std::string field = absl::StrCat("checked_fields[", i, "]");
    if (!catalog::IsFactPath(fields[i])) {
      issues.push_back({field, "UNKNOWN_FIELD_PATH", "ne nomme aucun fait d'une offre",
                        "names no fact of an offering"});
    } else if (!Tells(offering, fields[i])) {
      issues.push_back(
          {field, "NOT_EXPECTED", "l'offre n'en dit rien", "the entry says nothing about it"});
    } else if (!seen.insert(fields[i]).second) {
      issues.push_back({field, "DUPLICATE", "déjà donné", "given already"});
    }
  }
}

void AddChecked(const std::vector<std::string>& fields, base::DayNumber today, Offering& offering) {
  const base::CivilDay day = base::FromDayNumber(today);
  for (const std::string& field : fields) {
    auto& claims = *offering.mutable_claims();
    auto claim = std::find_if(claims.begin(), claims.end(), [&field](const type::Claim& one) {
      return one.field_path() == field;
    });
    if (claim == claims.end()) {
      claims.Add()->set_field_path(field);
      claim = claims.end() - 1;
    }
    claim->set_evidence(type::CHECKED);
    claim->mutable_as_of()->set_year(day.year);
    claim->mutable_as_of()->set_month(day.month);
    claim->mutable_as_of()->set_day(day.day);
  }
}

}  // namespace aplomb::proposals
