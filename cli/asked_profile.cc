#include "cli/asked_profile.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/civil_day.h"
#include "base/status.h"
#include "catalog/import/directory.h"
#include "cli/client.h"
#include "cli/errors.h"
#include "cli/files.h"

namespace aplomb::cli {
namespace {

using catalog::YamlNode;

// "needs[2].must_features[0]" in parts: a name, or a number in brackets.
struct Step {
  std::string name;
  int index = -1;  // of a list; then there is no name
};

std::vector<Step> StepsOf(absl::string_view path) {
  std::vector<Step> steps;
  while (!path.empty()) {
    if (absl::ConsumePrefix(&path, "[")) {
      Step step;
      const size_t end = std::min(path.find(']'), path.size());
      if (!absl::SimpleAtoi(path.substr(0, end), &step.index)) return steps;
      steps.push_back(std::move(step));
      path.remove_prefix(std::min(end + 1, path.size()));
      continue;
    }
    absl::ConsumePrefix(&path, ".");
    const size_t end = std::min(path.find_first_of(".["), path.size());
    if (end == 0) return steps;
    steps.push_back({.name = std::string(path.substr(0, end))});
    path.remove_prefix(end);
  }
  return steps;
}

// Paths of the file that could not be read.
std::set<std::string> Unread(const AskedProfile& asked) {
  std::set<std::string> paths;
  for (const base::Issue& issue : asked.issues.list()) paths.insert(issue.field);
  return paths;
}

// True where `path` is one of `paths` or inside it.
bool IsInside(const std::set<std::string>& paths, absl::string_view path) {
  return std::any_of(paths.begin(), paths.end(), [path](const std::string& outer) {
    if (outer.empty() || !absl::StartsWith(path, outer)) return false;
    return path.size() == outer.size() || path[outer.size()] == '.' || path[outer.size()] == '[';
  });
}

// The place in the file of the `read_index`-th item that was read: an item with a mistake of its
// own (not of a field inside it) was left out.
int PlaceInFile(const AskedProfile& asked, const std::string& list, size_t size, int read_index) {
  std::set<std::string> left_out;
  for (const base::Issue& issue : asked.issues.list()) {
    if (issue.reason != "NOT_A_MAP" && issue.reason != "NOT_AN_AMOUNT") {
      left_out.insert(issue.field);
    }
  }
  int read = -1;
  for (size_t i = 0; i < size; ++i) {
    if (!left_out.contains(absl::StrCat(list, "[", i, "]"))) ++read;
    if (read == read_index) return static_cast<int>(i);
  }
  return read_index;
}

struct Found {
  std::string path = {};  // as the file writes it
  const YamlNode* node = nullptr;
};

// Follows a path of the API through the file as far as it goes. A message whose only field is a
// list is written as that list, and an amount or a day as one value.
Found Follow(const AskedProfile& asked, absl::string_view api_path) {
  Found found{.node = &asked.root};
  bool lost = false;
  for (const Step& step : StepsOf(api_path)) {
    const YamlNode& node = *found.node;
    if (!lost && node.is_scalar()) return found;
    if (step.index >= 0) {
      int index = step.index;
      if (!lost && node.is_list()) {
        index = PlaceInFile(asked, found.path, node.items.size(), index);
        if (static_cast<size_t>(index) < node.items.size()) {
          found.node = &node.items[static_cast<size_t>(index)];
        } else {
          lost = true;
        }
      }
      absl::StrAppend(&found.path, "[", index, "]");
      continue;
    }
    if (!lost && node.is_list()) continue;
    found.path = base::JoinField(found.path, step.name);
    if (lost) continue;
    const YamlNode* child = node.Find(step.name);
    lost = child == nullptr || child->is_null();
    if (!lost) found.node = child;
  }
  return found;
}

void ReadNeeds(const RecommendOptions& options, const catalog::SampleProfile& file,
               AskedProfile* asked) {
  auto& request = asked->recommendation;
  if (options.needs.empty()) {
    for (const auto& need : file.needs) {
      asked->need_places.push_back(request.needs_size());
      *request.add_needs() = need;
    }
    return;
  }
  asked->needs_from_options = true;
  for (const std::string& id : options.needs) {
    // Wishes of the file stay with the needs that it names.
    const std::string need_id = absl::AsciiStrToUpper(absl::StrReplaceAll(id, {{"-", "_"}}));
    const auto wish =
        std::find_if(file.needs.begin(), file.needs.end(),
                     [&need_id](const auto& need) { return need.need_id() == need_id; });
    auto* need = request.add_needs();
    if (wish != file.needs.end()) *need = *wish;
    need->set_need_id(need_id);
    asked->need_places.push_back(
        wish == file.needs.end() ? -1 : static_cast<int>(wish - file.needs.begin()));
  }
}

std::string ErrorTitle(const AskedProfile& asked, bool french) {
  const auto& unread = asked.issues.list();
  if (std::all_of(unread.begin(), unread.end(),
                  [](const base::Issue& issue) { return absl::StartsWith(issue.field, "--"); })) {
    return french ? "BAD_REQUEST : la demande a {}" : "BAD_REQUEST: the request has {}";
  }
  return french ? "PROFILE_INVALID : le profil a {}" : "PROFILE_INVALID: the profile has {}";
}

}  // namespace

absl::StatusOr<AskedProfile> ReadAsked(const RecommendOptions& options) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadFile(options.profile));
  AskedProfile asked;
  asked.file = options.profile;
  const catalog::SampleProfile file = catalog::ReadProfile(options.profile, bytes, &asked.issues);
  base::Issues told;  // by ReadProfile already
  (void)catalog::ReadYaml(options.profile, bytes, catalog::YamlOptions(), &asked.root, &told);
  asked.readable = asked.root.is_map();
  auto& request = asked.recommendation;
  *request.mutable_profile() = file.profile;
  if (file.weights.has_value()) *request.mutable_weights() = *file.weights;
  ReadNeeds(options, file, &asked);
  request.set_preview(options.preview);
  request.set_catalog_revision(options.catalog_revision);
  request.set_rulebook_revision(options.rulebook_revision);
  if (options.as_of.empty()) return asked;
  const absl::StatusOr<base::DayNumber> day = base::ParseDay(options.as_of);
  if (!day.ok()) {
    asked.issues.Add(
        {.field = "--as-of",
         .reason = "INVALID_DATE",
         .text_fr =
             absl::StrCat("\"", options.as_of, "\" ; un jour qui existe, sous la forme AAAA-MM-JJ"),
         .text_en = absl::StrCat("\"", options.as_of, "\"; a day that exists, as YYYY-MM-DD")});
    return asked;
  }
  const base::CivilDay civil = base::FromDayNumber(*day);
  request.mutable_as_of_date()->set_year(civil.year);
  request.mutable_as_of_date()->set_month(civil.month);
  request.mutable_as_of_date()->set_day(civil.day);
  return asked;
}

base::Issue AsInFile(const AskedProfile& asked, base::Issue violation) {
  static constexpr std::pair<absl::string_view, absl::string_view> kOptions[] = {
      {"parent", "--engagement"},
      {"recommendation.as_of_date", "--as-of"},
      {"recommendation.catalog_revision", "--catalog-revision"},
      {"recommendation.rulebook_revision", "--rulebook-revision"},
  };
  for (const auto& [field, option] : kOptions) {
    if (violation.field != field) continue;
    violation.field = std::string(option);
    return violation;
  }
  absl::string_view path = violation.field;
  if (!absl::ConsumePrefix(&path, "recommendation.")) return violation;
  std::string in_file(path);
  const std::vector<Step> steps = StepsOf(path);
  if (steps.size() > 1 && steps[0].name == "needs" && steps[1].index >= 0 &&
      static_cast<size_t>(steps[1].index) < asked.need_places.size()) {
    const int place = asked.need_places[static_cast<size_t>(steps[1].index)];
    const absl::string_view rest = path.substr(path.find(']') + 1);
    if (asked.needs_from_options && (place < 0 || rest == ".need_id")) {
      violation.field = absl::StrCat("--need", rest == ".need_id" ? absl::string_view() : rest);
      return violation;
    }
    in_file = absl::StrCat("needs[", place, "]", rest);
  }
  const Found found = Follow(asked, in_file);
  violation.field = found.path;
  const std::string place =
      found.node == &asked.root
          ? asked.file
          : catalog::YamlPlace(asked.file, found.node->line, found.node->column);
  violation.text_fr = absl::StrCat(place, " : ", violation.text_fr);
  violation.text_en = absl::StrCat(place, ": ", violation.text_en);
  return violation;
}

absl::Status AllThatIsWrong(const AskedProfile& asked, const absl::Status& answer) {
  const std::optional<Violations> violations = ViolationsOf(answer);
  if (asked.issues.empty() && !violations.has_value()) return answer;
  const std::set<std::string> unread = Unread(asked);
  base::Issues all;
  for (const base::Issue& issue : asked.issues.list()) all.Add(issue);
  size_t more = asked.issues.dropped_count();
  std::string note_fr;
  std::string note_en;
  if (violations.has_value()) {
    for (const base::Issue& violation : violations->issues.list()) {
      base::Issue issue = AsInFile(asked, violation);
      // What was not read is missing or empty for the server: that says nothing new.
      if (!IsInside(unread, issue.field)) all.Add(std::move(issue));
    }
    more += violations->left_out;
  } else if (!answer.ok()) {
    note_fr =
        absl::StrCat("\n  Le reste n'a pas été vérifié : ", TextOf(answer, Language::kFrench));
    note_en = absl::StrCat("\n  The rest was not checked: ", TextOf(answer, Language::kEnglish));
  }
  return ErrorOfIssues(ErrorTitle(asked, true), ErrorTitle(asked, false), all,
                       {.reason = asked.issues.empty() ? "BAD_REQUEST" : "",
                        .more = more,
                        .note_fr = note_fr,
                        .note_en = note_en,
                        .with_remedies = false});
}

}  // namespace aplomb::cli
