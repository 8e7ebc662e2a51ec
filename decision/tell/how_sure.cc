#include "decision/tell/how_sure.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "decision/explain/equal_groups.h"
#include "decision/explain/shapes.h"
#include "decision/explain/stability.h"
#include "decision/explain/unknowns.h"
#include "decision/fact_labels.h"
#include "decision/tell/words.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace aplomb::tell {
namespace {

namespace pb = advisor::v1;

// "87 %" of draws, rounded down.
std::string Share(uint32_t draws, Language language) {
  return decision::PrintPercent(int64_t{draws} * 100 / explain::kStabilityDraws * 100, language);
}

std::string GroupTitle(const Case& opened, uint8_t group, Language language) {
  return Quoted(Of(opened.rules().groups(group).title(), language), language);
}

std::string LabelText(explain::StabilityLabel label, Language language) {
  const bool fr = language == Language::kFr;
  switch (label) {
    case explain::StabilityLabel::kSolid:
      return fr ? "Premier rang solide." : "A solid first rank.";
    case explain::StabilityLabel::kToDiscuss:
      return fr ? "Premier rang à discuter." : "A first rank to be discussed.";
    case explain::StabilityLabel::kVerySensitive:
      break;
  }
  return fr ? "Premier rang très sensible à vos priorités."
            : "A first rank that is very sensitive to your priorities.";
}

std::string ShiftText(const Case& opened, const explain::WeightShift& shift, Language language) {
  const bool fr = language == Language::kFr;
  const std::string moved = decision::PrintPercent(shift.moved_bp, language);
  return fr ? absl::StrCat("Il suffirait de déplacer ", moved, " du poids total de ",
                           GroupTitle(opened, shift.from_group, language), " vers ",
                           GroupTitle(opened, shift.to_group, language),
                           " pour que le premier rang change.")
            : absl::StrCat("Moving ", moved, " of the whole weight from ",
                           GroupTitle(opened, shift.from_group, language), " to ",
                           GroupTitle(opened, shift.to_group, language),
                           " would be enough to change the first rank.");
}

// Who shares the first rank, and who is as good as in it.
std::string NearFirstText(size_t first_count, size_t hardly_lower, Language language) {
  const bool fr = language == Language::kFr;
  std::string text;
  if (first_count > 1) {
    absl::StrAppend(
        &text, fr ? " Les " : " The ",
        decision::PrintCount(static_cast<int64_t>(first_count), language),
        fr ? " offres du premier rang sont équivalentes : choisissez entre elles à votre guise."
           : " offerings of the first rank are equals: choose among them as you like.");
  }
  if (hardly_lower > 0) {
    absl::StrAppend(
        &text, " ",
        Count(
            static_cast<int64_t>(hardly_lower),
            "offre du rang suivant n'en est séparée que par presque rien : tenez-les pour "
            "équivalentes.",
            "offres du rang suivant n'en sont séparées que par presque rien : tenez-les pour "
            "équivalentes.",
            "offering of the next rank is apart from it by next to nothing: take them for equals.",
            "offerings of the next rank are apart from it by next to nothing: take them for "
            "equals.",
            language));
  }
  return text;
}

std::string StabilityText(const Case& opened, const explain::Stability& found, size_t first_count,
                          Language language) {
  const bool fr = language == Language::kFr;
  if (found.offerings.empty()) {
    return fr ? "Aucune offre n'est classée : il n'y a pas de résultat à éprouver."
              : "No offering is ranked: there is no result to be tried.";
  }
  const std::string draws = decision::PrintCount(explain::kStabilityDraws, language);
  std::string text = LabelText(found.label, language);
  if (fr) {
    absl::StrAppend(&text, " Nous avons pesé vos priorités de ", draws,
                    " façons différentes, toujours dans l'ordre que vous avez choisi : ",
                    first_count == 1 ? "l'offre du premier rang y reste"
                                     : "au moins une des offres du premier rang y reste",
                    " dans ", Share(found.first_holds_draws, language), " des cas.");
  } else {
    absl::StrAppend(&text, " We weighed your priorities in ", draws,
                    " different ways, always in the order that you chose: ",
                    first_count == 1 ? "the offering of the first rank stays there"
                                     : "at least one offering of the first rank stays there",
                    " in ", Share(found.first_holds_draws, language), " of the cases.");
  }
  absl::StrAppend(&text, NearFirstText(first_count, found.hardly_below_first, language));
  if (found.smallest_shift.has_value()) {
    absl::StrAppend(&text, " ", ShiftText(opened, *found.smallest_shift, language));
  } else {
    absl::StrAppend(&text,
                    fr ? " Aucun transfert de poids d'une priorité à une autre ne change le "
                         "premier rang."
                       : " No shift of weight from one priority to another changes the first "
                         "rank.");
  }
  return text;
}

void TellStabilityOf(const Case& opened, const RankingCase& ranking, pb::Stability& out) {
  SetNeed(ranking, out);
  if (IsNoRanking(ranking)) {
    out.set_insufficient_range(true);
    *out.mutable_summary() = Text(
        absl::StrCat(NoRankingText(opened, Language::kFr), " Il n'y a pas d'ordre à éprouver."),
        absl::StrCat(NoRankingText(opened, Language::kEn), " There is no order to be tried."));
    return;
  }
  const explain::Stability found = explain::MeasureStability(
      opened.rulebook().rules, opened.InquiryOf(ranking).request.group_shares, ranking.ranking);
  if (!found.offerings.empty()) {
    out.set_label(static_cast<pb::Stability::Label>(found.label));
    out.set_draw_count(static_cast<int32_t>(explain::kStabilityDraws));
  }
  out.set_first_holds_count(static_cast<int32_t>(found.first_holds_draws));
  size_t first_count = 0;
  for (size_t i = 0; i < found.offerings.size(); ++i) {
    const explain::Acceptability& offering = found.offerings[i];
    auto& told = *out.add_offerings();
    SetRef(opened.NameOf(offering.row), *told.mutable_offering());
    told.set_rank(ranking.ranking.ranked[i].rank);
    if (told.rank() == 1) ++first_count;
    told.set_first_band_count(static_cast<int32_t>(offering.first_band_draws));
    told.set_top_three_count(static_cast<int32_t>(offering.top_three_draws));
  }
  if (found.smallest_shift.has_value()) {
    const explain::WeightShift& shift = *found.smallest_shift;
    auto& told = *out.mutable_smallest_shift();
    told.set_from_group_id(opened.rules().groups(shift.from_group).group_id());
    told.set_to_group_id(opened.rules().groups(shift.to_group).group_id());
    told.set_moved_bp(shift.moved_bp);
    for (const uint32_t row : shift.first_rows) SetRef(opened.NameOf(row), *told.add_first());
    *told.mutable_sentence() =
        Text(ShiftText(opened, shift, Language::kFr), ShiftText(opened, shift, Language::kEn));
  }
  const auto groups =
      explain::PracticallyEqual(ranking.ranking, opened.rulebook().rules.band_width);
  for (const explain::EqualGroup& group : groups) {
    auto& told = *out.add_equal_groups();
    told.set_rank(group.rank);
    for (const uint32_t row : group.rows) SetRef(opened.NameOf(row), *told.add_offerings());
    for (const uint32_t row : group.hardly_better) {
      SetRef(opened.NameOf(row), *told.add_hardly_better());
    }
    for (const uint32_t row : group.hardly_lower) {
      SetRef(opened.NameOf(row), *told.add_hardly_lower());
    }
  }
  *out.mutable_summary() = Text(StabilityText(opened, found, first_count, Language::kFr),
                                StabilityText(opened, found, first_count, Language::kEn));
}

// --- What is unknown -----------------------------------------------------------------------------

explain::OpenAnswers OpenAnswersOf(const Case& opened, const RankingCase& ranking) {
  const decision::CompiledNeed& compiled = opened.needs()[ranking.need];
  explain::OpenAnswers open;
  for (const decision::AssumedUsage& usage : compiled.assumed_usages) {
    open.metrics |= uint32_t{1} << usage.metric;
  }
  // A firm without a person or a place is none.
  open.present_metrics = open.metrics & (uint32_t{1} << type::USERS | uint32_t{1} << type::SITES);
  for (const int metric : opened.rules().needs(compiled.need).capacity_metrics()) {
    open.capacity_metrics |= open.metrics & uint32_t{1} << metric;
  }
  open.target = compiled.target_sources[static_cast<size_t>(ranking.mode) - 1] ==
                decision::TargetSource::kReferenceCost;
  return open;
}

// True where the profile has an answer for the field, e.g. "data.health".
bool IsTold(const google::protobuf::Message& profile, absl::string_view path) {
  const google::protobuf::Message* message = &profile;
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (size_t i = 0; i < names.size(); ++i) {
    const auto* field = message->GetDescriptor()->FindFieldByName(names[i]);
    if (field == nullptr) return false;
    const auto* reflection = message->GetReflection();
    if (field->is_repeated()) return reflection->FieldSize(*message, field) > 0;
    if (!reflection->HasField(*message, field)) return false;
    if (i + 1 == names.size()) return true;
    if (field->message_type() == nullptr) return false;
    message = &reflection->GetMessage(*message, field);
  }
  return false;
}

// Facts that each of their sources may settle by itself, so that all of them are asked.
bool AsksEachSource(const decision::FactInfo& info) {
  return info.name == "request.data_sensitive";
}

// The profile fields to ask for so that a fact of a request is known, as the recommendation's own
// questions have them (decision/render.cc): never one that the firm has told.
std::vector<std::string> FieldsOf(const Case& opened, const decision::FactInfo& info) {
  std::vector<std::string> names;
  if (info.name == "request.region") {
    names = {"firm.department_code"};
  } else if (!info.path.empty() || info.sources.empty()) {
    names = {info.name};
  } else {
    names = info.sources;
  }
  std::vector<std::string> fields;
  for (const std::string& name : names) {
    std::string field(absl::StripPrefix(absl::StripPrefix(name, "firm."), "request."));
    if (IsTold(opened.sources().shown.profile(), field)) continue;
    fields.push_back(std::move(field));
    if (!AsksEachSource(info)) break;
  }
  return fields;
}

std::string AnswerText(const Case& opened, const explain::Question& question, int64_t answer,
                       Language language) {
  if (question.kind == explain::Question::Kind::kUsage) {
    // The question says of what.
    const std::string usage = decision::PrintUsage(question.metric, answer, language);
    return std::string(
        absl::StripPrefix(usage, absl::StrCat(decision::MetricLabel(question.metric, language),
                                              language == Language::kFr ? " : " : ": ")));
  }
  const decision::FactInfo& info = *opened.rulebook().request_slots[question.slot];
  if (info.name == "request.size_class") {
    return answer >= 0 && answer <= 3
               ? decision::SizeClassLabel(static_cast<uint32_t>(answer), language)
               : decision::PrintCount(answer, language);
  }
  return decision::PrintFact(info, answer, opened.rules(), language);
}

// Where several questions settle one fact together: one "yes" is enough, "no" takes all of them.
std::string JointWhy(Language language) {
  return language == Language::kFr
             ? "Les trois premières offres ne sont pas les mêmes selon que des données sont "
               "sensibles (il suffit d'un « oui » à une de ces questions), ne le sont pas (« non » "
               "à toutes), ou que nous l'ignorons."
             : "The first three offerings are not the same whether data are sensitive (one \"yes\" "
               "to these questions is enough), are not (\"no\" to all of them), or we do not know.";
}

std::string QuestionWhy(const Case& opened, const explain::Question& question, bool joint,
                        bool no_ranking, Language language) {
  const bool fr = language == Language::kFr;
  if (no_ranking) {
    return fr ? "La réponse peut changer quelles offres conviennent, ou à quel point."
              : "The answer can change which offerings suit, or how well.";
  }
  if (joint) return JointWhy(language);
  const std::string b = Quoted(AnswerText(opened, question, question.answer_b, language), language);
  if (question.a_is_silence) {
    return fr ? absl::StrCat("Si la réponse est ", b,
                             ", les trois premières offres ne sont plus celles d'aujourd'hui.")
              : absl::StrCat("If the answer is ", b,
                             ", the first three offerings are no longer those of today.");
  }
  const std::string a = Quoted(AnswerText(opened, question, question.answer_a, language), language);
  return fr ? absl::StrCat(
                  "Les trois premières offres ne sont pas les mêmes selon que la réponse est ", a,
                  " ou ", b, ".")
            : absl::StrCat("The first three offerings are not the same whether the answer is ", a,
                           " or ", b, ".");
}

// Of a list of too few suppliers: no first offerings are spoken of.
std::string UnknownsOfListText(const explain::Unknowns& found, int64_t questions, size_t listed,
                               Language language) {
  const bool fr = language == Language::kFr;
  if (questions > 0) {
    return Count(questions, "question peut encore changer ce résultat.",
                 "questions peuvent encore changer ce résultat.",
                 "question can still change this result.",
                 "questions can still change this result.", language);
  }
  // Settled with fewer than three: nobody else can be ranked.
  if (found.settled && listed < 3) {
    return fr ? "Aucune réponse de votre part, aucune information d'un fournisseur ne peut plus y "
                "faire entrer une autre offre."
              : "No answer of yours and no statement of a supplier can bring another offering into "
                "it any more.";
  }
  if (found.settled_for_firm && listed < 3) {
    return fr ? "Aucune réponse de votre part ne peut plus y faire entrer une autre offre ; seules "
                "des informations que des fournisseurs n'ont pas données le pourraient."
              : "No answer of yours can bring another offering into it any more; only what "
                "suppliers have not stated could.";
  }
  return fr ? "Des informations qui manquent encore peuvent la changer ; aucune question, à elle "
              "seule, ne le fait."
            : "Facts that are still missing can change it; no question does so by itself.";
}

// Where nothing qualifies today.
std::string UnknownsOfNothingText(const explain::Unknowns& found, int64_t questions,
                                  Language language) {
  const bool fr = language == Language::kFr;
  std::string text = fr ? "Aucune offre ne remplit les conditions aujourd'hui. "
                        : "No offering meets the conditions today. ";
  if (questions > 0) {
    return absl::StrCat(
        text,
        Count(questions, "question peut encore le changer.", "questions peuvent encore le changer.",
              "question can still change that.", "questions can still change that.", language));
  }
  if (found.settled) {
    return absl::StrCat(text, fr ? "Aucune réponse de votre part, aucune information d'un "
                                   "fournisseur ne peut plus le changer."
                                 : "No answer of yours and no statement of a supplier can change "
                                   "that any more.");
  }
  if (found.settled_for_firm) {
    return absl::StrCat(text, fr ? "Vos réponses n'y peuvent rien ; seules des informations que "
                                   "des fournisseurs n'ont pas données le pourraient."
                                 : "Your answers can do nothing about it; only what suppliers have "
                                   "not stated could.");
  }
  return absl::StrCat(text, fr ? "Nous n'avons trouvé aucune question qui, à elle seule, le change."
                               : "We found no question that changes that by itself.");
}

std::string UnknownsText(const explain::Unknowns& found, int64_t questions, Language language) {
  const bool fr = language == Language::kFr;
  if (found.settled) {
    return fr ? "Les trois premières offres sont acquises : aucune réponse de votre part, aucune "
                "information d'un fournisseur ne peut plus les changer."
              : "The first three offerings are settled: no answer of yours and no statement of a "
                "supplier can change them any more.";
  }
  std::string text;
  if (found.settled_for_firm) {
    text = fr ? "Vos réponses ne peuvent plus changer les trois premières offres ; seules des "
                "informations que des fournisseurs n'ont pas données le pourraient."
              : "Your answers can no longer change the first three offerings; only what suppliers "
                "have not stated could.";
  } else {
    text = fr ? "Les trois premières offres ne sont pas encore acquises."
              : "The first three offerings are not settled yet.";
  }
  if (questions > 0) {
    absl::StrAppend(
        &text, " ",
        Count(questions, "question peut encore les changer.",
              "questions peuvent encore les changer.", "question can still change them.",
              "questions can still change them.", language));
  } else if (!found.settled_for_firm) {
    absl::StrAppend(&text,
                    fr ? " Nous n'avons trouvé aucune question qui, à elle seule, les change."
                       : " We found no question that changes them by itself.");
  }
  return text;
}

void TellQuestion(const Case& opened, const explain::Question& question, const std::string& field,
                  bool joint, bool no_ranking, pb::NextQuestion& told) {
  told.set_field(field);
  *told.mutable_text() = decision::QuestionText(field);
  if (told.text().fr().empty()) {
    const auto label = question.kind == explain::Question::Kind::kUsage
                           ? Text(decision::MetricLabel(question.metric, Language::kFr),
                                  decision::MetricLabel(question.metric, Language::kEn))
                           : decision::FactLabel(*opened.rulebook().request_slots[question.slot]);
    *told.mutable_text() = Text(absl::StrCat("À préciser : ", label.fr(), "."),
                                absl::StrCat("To be told: ", label.en(), "."));
  }
  *told.mutable_why() = Text(QuestionWhy(opened, question, joint, no_ranking, Language::kFr),
                             QuestionWhy(opened, question, joint, no_ranking, Language::kEn));
  told.set_outcome_count(static_cast<int32_t>(question.outcomes));
  told.set_leaders_moved(static_cast<int32_t>(question.leaders_moved));
}

// Several facts may wait for one answer, which is asked for once: where it matters most.
void TellQuestions(const Case& opened, const explain::Unknowns& found, bool no_ranking,
                   pb::Unknowns& out) {
  std::set<std::string> asked;
  for (const explain::Question& question : found.next_questions) {
    std::vector<std::string> fields;
    if (question.kind == explain::Question::Kind::kUsage) {
      fields = {absl::StrCat("usage.", decision::MetricLabel(question.metric, Language::kNeutral))};
    } else {
      fields = FieldsOf(opened, *opened.rulebook().request_slots[question.slot]);
    }
    for (const std::string& field : fields) {
      if (out.next_questions_size() == static_cast<int>(explain::kMaxQuestions)) return;
      if (!asked.insert(field).second) continue;
      TellQuestion(opened, question, field, fields.size() > 1, no_ranking,
                   *out.add_next_questions());
    }
  }
}

void TellUnknownsOf(const Case& opened, const RankingCase& ranking,
                    const explain::FactShapes& shapes, pb::Unknowns& out) {
  SetNeed(ranking, out);
  const explain::Unknowns found = explain::ExamineUnknowns(
      opened.InquiryOf(ranking), ranking.ranking, shapes, OpenAnswersOf(opened, ranking));
  out.set_settled(found.settled);
  out.set_settled_for_firm(found.settled_for_firm);
  out.set_insufficient_range(IsNoRanking(ranking));
  for (const explain::ScoreInterval& interval : found.intervals) {
    auto& told = *out.add_intervals();
    SetRef(opened.NameOf(interval.row), *told.mutable_offering());
    told.set_standing(StandingOf(interval.standing));
    // No score is told of a list that is no ranking.
    if (!out.insufficient_range()) {
      told.set_low(interval.low);
      told.set_high(interval.high);
    }
    told.set_may_be_ranked(interval.may_be_ranked);
    told.set_may_be_unranked(interval.may_be_unranked);
  }
  const bool nothing = ranking.ranking.ranked.empty();
  TellQuestions(opened, found, nothing || out.insufficient_range(), out);
  const auto summary = [&](Language language) {
    const int64_t questions = out.next_questions_size();
    if (nothing) return UnknownsOfNothingText(found, questions, language);
    if (!out.insufficient_range()) return UnknownsText(found, questions, language);
    return absl::StrCat(
        NoRankingText(opened, language), " ",
        UnknownsOfListText(found, questions, ranking.ranking.ranked.size(), language));
  };
  *out.mutable_summary() = Text(summary(Language::kFr), summary(Language::kEn));
}

}  // namespace

pb::StabilityExplanation TellStability(const Case& opened, absl::string_view need_id) {
  pb::StabilityExplanation out;
  out.set_recommendation(opened.sources().shown.name());
  for (const RankingCase& ranking : opened.rankings()) {
    if (opened.Asked(ranking.need, need_id)) {
      TellStabilityOf(opened, ranking, *out.add_rankings());
    }
  }
  return out;
}

pb::UnknownsExplanation TellUnknowns(const Case& opened, absl::string_view need_id) {
  pb::UnknownsExplanation out;
  out.set_recommendation(opened.sources().shown.name());
  const explain::FactShapes shapes = explain::ShapesOf(opened.rulebook());
  for (const RankingCase& ranking : opened.rankings()) {
    if (opened.Asked(ranking.need, need_id)) {
      TellUnknownsOf(opened, ranking, shapes, *out.add_rankings());
    }
  }
  return out;
}

}  // namespace aplomb::tell
