// The rules as people read them: enough to follow any score by hand.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/print.h"
#include "cli/text_table.h"
#include "decision/phrases.h"
#include "decision/wording/wording.h"

namespace aplomb::cli {
namespace {

using type::LocalizedText;

constexpr size_t kRuleIndent = 4;     // under the id of a rule
constexpr size_t kHangingIndent = 2;  // of the lines that a long one goes on in

class RulebookPrinter {
 public:
  RulebookPrinter(const catalog::v1::Rulebook& rulebook, Language language)
      : rulebook_(rulebook), language_(language) {}

  std::string Print(const catalog::v1::RulebookRevision& revision) {
    Title(In(language_, rulebook_.title()), '=');
    absl::StrAppend(&out_, revision.name(), "\nsha256 ", revision.digest(), "\n\n",
                    Paragraph("", In(language_, rulebook_.rationale())), "\n");
    Title(W("Comment se fait une note", "How a score is made"), '-');
    for (const LocalizedText& line : wording::WordingOfScore(rulebook_)) {
      absl::StrAppend(&out_, Paragraph("- ", In(language_, line)));
    }
    PrintOrder();
    absl::StrAppend(&out_, "\n");
    Title(W("Conditions à remplir pour être classée", "Conditions for a rank"), '-');
    for (const auto& constraint : rulebook_.constraints()) {
      PrintRule(constraint, constraint.constraint_id(),
                absl::StrCat(" [", constraint.reason_code(), "]"));
    }
    for (const auto& group : rulebook_.groups()) PrintGroup(group);
    PrintKinds();
    return std::move(out_);
  }

 private:
  std::string W(absl::string_view fr, absl::string_view en) const {
    return std::string(language_ == Language::kFrench ? fr : en);
  }
  decision::Language Spoken() const {
    return language_ == Language::kFrench ? decision::Language::kFr : decision::Language::kEn;
  }

  void Title(const std::string& title, char underline) {
    absl::StrAppend(&out_, title, "\n", std::string(DisplayWidth(title), underline), "\n");
  }

  // A line of a rule's wording: two blanks per level in front become part of its indentation.
  void Line(const std::string& line) {
    const size_t blanks = std::min(line.find_first_not_of(' '), line.size());
    size_t indent = kRuleIndent + blanks;
    const size_t width = kScreenColumns - kRuleIndent - blanks - kHangingIndent;
    for (const std::string& part : WrapText(line.substr(blanks), width)) {
      absl::StrAppend(&out_, std::string(indent, ' '), part, "\n");
      indent = kRuleIndent + blanks + kHangingIndent;
    }
  }

  template <typename Rule>
  void PrintRule(const Rule& rule, const std::string& id, const std::string& code) {
    absl::StrAppend(
        &out_, Paragraph(absl::StrCat(id, " "), absl::StrCat(In(language_, rule.title()), code)));
    for (const LocalizedText& line : wording::WordingOf(rule, rulebook_)) Line(In(language_, line));
    Line(absl::StrCat(W("Pourquoi : ", "Why: "), In(language_, rule.rationale())));
    absl::StrAppend(&out_, "\n");
  }

  void PrintOrder() {
    std::vector<std::string> tiers;
    for (const auto& tier : rulebook_.weights().default_choice().tiers()) {
      std::vector<std::string> titles;
      for (const std::string& id : tier.group_ids()) {
        for (const auto& group : rulebook_.groups()) {
          if (group.group_id() == id) {
            titles.push_back(absl::StrCat(id, " ", In(language_, group.title())));
          }
        }
      }
      tiers.push_back(absl::StrJoin(titles, " = "));
    }
    absl::StrAppend(&out_, Paragraph("- ", absl::StrCat(W("Ordre par défaut : ", "Default order: "),
                                                        absl::StrJoin(tiers, " > "), ".")));
  }

  void PrintGroup(const catalog::v1::CriterionGroup& group) {
    Title(absl::StrCat(group.group_id(), " ", In(language_, group.title())), '-');
    absl::StrAppend(&out_, Paragraph("", In(language_, group.swing())), "\n");
    for (const auto& criterion : rulebook_.criteria()) {
      if (criterion.group_id() == group.group_id()) {
        PrintRule(criterion, criterion.criterion_id(), "");
      }
    }
  }

  void PrintKinds() {
    if (rulebook_.kind_prerequisites().empty()) return;
    Title(W("Ce que certaines offres demandent en plus", "What some offerings need besides"), '-');
    for (const auto& kind : rulebook_.kind_prerequisites()) {
      absl::StrAppend(
          &out_,
          Paragraph("- ",
                    absl::StrCat(decision::EnumLabel(*catalog::v1::Offering::Kind_descriptor(),
                                                     kind.kind(), Spoken()),
                                 W(" : ", ": "), NeedTitle(kind.need_id()),
                                 W(", au coût de référence, sauf si l'offre ou l'entreprise l'a",
                                   ", at the reference cost, unless the offering or the firm has "
                                   "it"),
                                 Skill(kind), Upkeep(kind), ".")));
    }
  }

  std::string NeedTitle(const std::string& id) const {
    for (const auto& need : rulebook_.needs()) {
      if (need.need_id() == id) return absl::StrCat(In(language_, need.title()), " [", id, "]");
    }
    return id;
  }

  std::string Skill(const catalog::v1::KindPrerequisite& kind) const {
    if (kind.skill_required() == 0) return "";
    return absl::StrCat(W(" ; aisance numérique d'au moins ", "; digital skill of at least "),
                        kind.skill_required(), W(" sur 4", " of 4"));
  }

  // By size class, each month.
  std::string Upkeep(const catalog::v1::KindPrerequisite& kind) const {
    if (kind.upkeep_monthly_micros().empty()) return "";
    std::vector<std::string> amounts;
    for (int i = 0; i < kind.upkeep_monthly_micros_size(); ++i) {
      amounts.push_back(absl::StrCat(FormatEuros(language_, kind.upkeep_monthly_micros(i)), " (",
                                     decision::SizeClassLabel(static_cast<uint32_t>(i), Spoken()),
                                     ")"));
    }
    return absl::StrCat(
        W(" ; entretien par mois, hors taxes : ", "; upkeep a month, excluding VAT: "),
        absl::StrJoin(amounts, W(" ; ", "; ")));
  }

  const catalog::v1::Rulebook& rulebook_;
  Language language_;
  std::string out_;
};

}  // namespace

std::string PrintRulebook(const catalog::v1::RulebookRevision& revision, Language language) {
  return RulebookPrinter(revision.snapshot(), language).Print(revision);
}

}  // namespace aplomb::cli
