#include "catalog/import/importer.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/digest.h"
#include "base/hex.h"
#include "catalog/import/text.h"

namespace aplomb::catalog {
namespace {

constexpr size_t kSlugMax = 50;

}  // namespace

bool ImportContext::AddMember(v1::Member member, const std::string& ownership_group,
                              base::Issues* issues) {
  if (names_.contains(member.name())) return true;
  std::string& group_uid = group_uids_[ownership_group];
  if (group_uid.empty()) group_uid = random_->Uuid4();
  member.set_ownership_group_uid(group_uid);
  member.set_uid(random_->Uuid4());
  // A public collection makes nobody a member of the association.
  member.set_listed_only(true);
  if (member.state() == v1::Member::STATE_UNSPECIFIED) member.set_state(v1::Member::ACTIVE);
  base::Issues found;
  ValidateMember(member, &found);
  issues->AddAll("member", found);
  if (!found.empty()) return false;
  names_.insert(member.name());
  members_.push_back(std::move(member));
  return true;
}

bool ImportContext::AddOffering(absl::string_view member_name, absl::string_view id,
                                v1::Offering offering, base::Issues* issues, std::string* name) {
  const std::string base_name = absl::StrCat(member_name, "/offerings/", id);
  *name = base_name;
  for (int i = 2; names_.contains(*name); ++i) *name = absl::StrCat(base_name, "-", i);
  offering.set_name(*name);
  offering.set_uid(random_->Uuid4());
  if (offering.state() == v1::Offering::STATE_UNSPECIFIED) {
    offering.set_state(v1::Offering::PUBLISHED);
  }
  for (type::Claim& claim : *offering.mutable_claims()) {
    if (claim.evidence() == type::DOCUMENTED && claim.source_sha256().empty()) {
      claim.set_source_sha256(document_sha256_);
    }
  }
  base::Issues found;
  ValidateOffering(offering, vocabulary_, &found);
  issues->AddAll("", found);
  if (!found.empty()) return false;
  names_.insert(*name);
  offerings_.push_back(std::move(offering));
  return true;
}

std::vector<std::string> UnknownFields(const v1::Offering& offering) {
  std::vector<std::string> unknown;
  if (!offering.has_pricing()) unknown.push_back("pricing");
  if (!offering.coverage().has_regions()) unknown.push_back("coverage.regions");
  if (!offering.languages().has_ui()) unknown.push_back("languages.ui");
  if (!offering.hosting().has_locations()) unknown.push_back("hosting.locations");
  if (!offering.gdpr().has_dpa_available()) unknown.push_back("gdpr.dpa_available");
  if (!offering.commitment().has_min_months()) unknown.push_back("commitment.min_months");
  if (offering.kind() != v1::Offering::SERVICE &&
      offering.development_status() == v1::Offering::DEVELOPMENT_STATUS_UNSPECIFIED) {
    unknown.push_back("development_status");
  }
  for (const std::string& need_id : offering.need_ids()) {
    const bool known = std::any_of(
        offering.features().begin(), offering.features().end(),
        [&need_id](const v1::FeatureClaim& claim) { return claim.need_id() == need_id; });
    if (!known) unknown.push_back(absl::StrCat("features.", need_id));
  }
  std::sort(unknown.begin(), unknown.end());
  return unknown;
}

ImportOutcome OutcomeOf(const v1::Offering& offering) {
  for (const std::string& field : UnknownFields(offering)) {
    if (IsMissedForRanking(field)) return ImportOutcome::kPartial;
  }
  return ImportOutcome::kImported;
}

std::string SlugOf(absl::string_view text) {
  std::string slug;
  for (char c : text) {
    if (absl::ascii_isalnum(c)) {
      slug += absl::ascii_tolower(c);
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  if (slug.empty() || !absl::ascii_islower(slug[0])) slug = absl::StrCat("x-", slug);
  slug.resize(std::min(slug.size(), kSlugMax));
  while (slug.back() == '-') slug.pop_back();
  return slug;
}

std::string HostOf(absl::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == absl::string_view::npos) return "";
  absl::string_view host = url.substr(scheme + 3);
  host = host.substr(0, host.find_first_of("/?#:"));
  if (absl::StartsWithIgnoreCase(host, "www.")) host.remove_prefix(4);
  if (!absl::StrContains(host, ".") || absl::StrContains(host, "@")) return "";
  return absl::AsciiStrToLower(host);
}

std::string OneLine(absl::string_view text, size_t most) {
  const std::string clean = RemoveHiddenCharacters(text);
  std::string line =
      absl::StrJoin(absl::StrSplit(clean, absl::ByAnyChar("\n\t "), absl::SkipEmpty()), " ");
  const auto is_start = [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; };
  if (static_cast<size_t>(std::count_if(line.begin(), line.end(), is_start)) <= most) return line;
  size_t end = 0;
  for (size_t count = 0; end < line.size(); ++end) {
    if (is_start(line[end]) && ++count == most) break;
  }
  const size_t space = line.rfind(' ', end);
  line.resize(space == std::string::npos || space == 0 ? end : space);
  return absl::StrCat(line, "…");
}

bool SetFlag(v1::Offering* offering, absl::string_view path, bool value) {
  google::protobuf::Message* message = offering;
  const std::vector<std::string> words = absl::StrSplit(path, '.');
  for (size_t i = 0; i < words.size(); ++i) {
    const google::protobuf::FieldDescriptor* field =
        message->GetDescriptor()->FindFieldByName(words[i]);
    if (field == nullptr || field->is_repeated()) return false;
    const bool last = i + 1 == words.size();
    if (last && field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_BOOL) {
      message->GetReflection()->SetBool(message, field, value);
      return true;
    }
    if (last || field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      return false;
    }
    message = message->GetReflection()->MutableMessage(message, field);
  }
  return false;
}

void ReadFacts(const YamlNode& facts, absl::string_view place, v1::Offering* offering,
               base::Issues* issues) {
  MessageReader(place, issues).Read(facts, "", offering);
}

void AddClaim(v1::Offering* offering, absl::string_view path, type::Evidence evidence,
              absl::string_view source, const google::type::Date* as_of,
              absl::string_view source_sha256) {
  for (const type::Claim& claim : offering->claims()) {
    if (claim.field_path() == path) return;
  }
  type::Claim* claim = offering->add_claims();
  claim->set_field_path(std::string(path));
  claim->set_evidence(evidence);
  claim->set_source(RemoveHiddenCharacters(source.substr(0, 480)));
  if (as_of != nullptr) *claim->mutable_as_of() = *as_of;
  claim->set_source_sha256(std::string(source_sha256));
}

std::string DocumentHash(absl::string_view bytes) { return base::HexEncode(base::Sha256(bytes)); }

void ImportContext::SetDocument(absl::string_view bytes) { document_sha256_ = DocumentHash(bytes); }

google::type::Date DateOf(base::DayNumber number) {
  const base::CivilDay day = base::FromDayNumber(number);
  google::type::Date date;
  date.set_year(day.year);
  date.set_month(day.month);
  date.set_day(day.day);
  return date;
}

std::string IssuesText(const base::Issues& issues, bool french) {
  return absl::StrJoin(issues.list(), " ; ", [french](std::string* out, const base::Issue& issue) {
    absl::StrAppend(out, issue.field, issue.field.empty() ? "" : ": ",
                    french ? issue.text_fr : issue.text_en);
  });
}

}  // namespace aplomb::catalog
