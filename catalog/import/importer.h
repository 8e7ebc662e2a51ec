// What all importers share: the catalogue being built, and how a record's outcome is judged.
#ifndef APLOMB_CATALOG_IMPORT_IMPORTER_H_
#define APLOMB_CATALOG_IMPORT_IMPORTER_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "aplomb/catalog/v1/member.pb.h"
#include "aplomb/catalog/v1/offering.pb.h"
#include "base/civil_day.h"
#include "base/issue.h"
#include "base/random.h"
#include "catalog/import/report.h"
#include "catalog/import/validate.h"
#include "catalog/import/yaml.h"
#include "google/type/date.pb.h"

namespace aplomb::catalog {

// Collects members and offerings of one or several imports and gives them their uids, drawn at
// random. Nothing enters that does not pass validation. Not thread-safe.
class ImportContext {
 public:
  // `random` and `vocabulary` (null: need and feature ids are not looked up) must outlive it.
  ImportContext(base::Random* random, const NeedVocabulary* vocabulary)
      : random_(random), vocabulary_(vocabulary) {}

  // Registers who makes an offering, as listed only: no member of the association. Nothing if one
  // of its name is there; `member` needs no uids. False, with issues, if it is not valid. Members
  // of one `ownership_group` share its uid.
  bool AddMember(v1::Member member, const std::string& ownership_group, base::Issues* issues);

  // Adds an offering of a member that was added; its name becomes
  // "members/x/offerings/<id>" or, where that is taken, "<id>-2" and so on. False, with issues, if
  // it is not valid.
  bool AddOffering(absl::string_view member_name, absl::string_view id, v1::Offering offering,
                   base::Issues* issues, std::string* name);

  // The document that is read from now on: offerings added later rest on it, and their DOCUMENTED
  // claims tell its hash.
  void SetDocument(absl::string_view bytes);

  const std::vector<v1::Member>& members() const { return members_; }
  const std::vector<v1::Offering>& offerings() const { return offerings_; }
  std::vector<v1::Offering>* mutable_offerings() { return &offerings_; }

 private:
  base::Random* const random_;
  const NeedVocabulary* const vocabulary_;
  std::vector<v1::Member> members_;
  std::vector<v1::Offering> offerings_;
  std::set<std::string, std::less<>> names_;
  std::map<std::string, std::string> group_uids_;
  std::string document_sha256_;
};

// Fields without which an offering is seldom ranked and that are unknown, sorted: "pricing",
// "coverage.regions", "features.NEED", "languages.ui", "development_status", …
std::vector<std::string> UnknownFields(const v1::Offering& offering);

// kImported if price, region and at least one feature of each need are known, else kPartial.
ImportOutcome OutcomeOf(const v1::Offering& offering);

// "Content Management Systems (CMS)" gives "content-management-systems-cms"; never empty, at most
// 50 characters, a valid resource id.
std::string SlugOf(absl::string_view text);

google::type::Date DateOf(base::DayNumber number);

// Host of a URL without "www.", lower case; "" where there is none.
std::string HostOf(absl::string_view url);

// The text without hidden characters and on one line, cut to `most` characters at a word.
std::string OneLine(absl::string_view text, size_t most);

// Sets the bool field at `path` ("security.mfa"). False if there is no such field.
bool SetFlag(v1::Offering* offering, absl::string_view path, bool value);

// Reads facts of a mapping into an offering; `place` is for issues.
void ReadFacts(const YamlNode& facts, absl::string_view place, v1::Offering* offering,
               base::Issues* issues);

// Adds a claim unless the path has one.
void AddClaim(v1::Offering* offering, absl::string_view path, type::Evidence evidence,
              absl::string_view source, const google::type::Date* as_of,
              absl::string_view source_sha256 = "");

// SHA-256 of a document, as a claim tells it.
std::string DocumentHash(absl::string_view bytes);

// Texts of all issues, for the record of a report. French or English.
std::string IssuesText(const base::Issues& issues, bool french);

}  // namespace aplomb::catalog

#endif  // APLOMB_CATALOG_IMPORT_IMPORTER_H_
