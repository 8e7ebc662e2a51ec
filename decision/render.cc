#include "decision/render.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "base/civil_day.h"
#include "base/hex.h"
#include "base/status.h"
#include "decision/asked.h"
#include "decision/blindfold.h"
#include "decision/decide.h"
#include "decision/explain/compare.h"
#include "decision/explain/equal_groups.h"
#include "decision/fact_labels.h"
#include "decision/phrases.h"
#include "decision/price_labels.h"
#include "decision/profile_reading.h"
#include "decision/request.h"
#include "engine/measure.h"
#include "engine/weights.h"

namespace aplomb::decision {
namespace {

using advisor::v1::LegalNotice;
using advisor::v1::NeedResult;
using advisor::v1::Recommendation;
using catalog::v1::Need;
using catalog::v1::Offering;
using engine::MeasureKind;

constexpr int kMaxQuestions = 10;
constexpr char kToDocument[] = "A_DOCUMENTER";
constexpr char kStalePrice[] = "PRIX_PERIME";
constexpr char kTariffLabelFr[] = "tarif";
constexpr char kTariffLabelEn[] = "tariff";
constexpr char kMinimumFactRule[] = "MIN";
constexpr absl::string_view kOfferingPrefix = "offering.";
constexpr absl::string_view kFirmPrefix = "firm.";
constexpr char kReceptionLaw[] = "einvoicing_reception_2026";
constexpr char kIssueLaw[] = "einvoicing_issue_2027";
constexpr char kReceptionNeed[] = "EINV_RECV";
constexpr char kIssueNeed[] = "EINV_EMIT";
// From this size on, e-invoices had to be issued from the first day of the reform.
constexpr int64_t kLargeFirmStaff = 250;
constexpr int64_t kLargeFirmTurnoverMicros = 50'000'000'000'000;
constexpr int64_t kLargeFirmBalanceMicros = 43'000'000'000'000;

absl::Status Damaged(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the decision record does not fit the request, the rulebook or the catalogue: ", what));
}

std::string FormatUid(const Uid& uid) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(36, '-');
  size_t at = 0;
  for (size_t i = 0; i < uid.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) ++at;
    text[at++] = kDigits[uid[i] >> 4];
    text[at++] = kDigits[uid[i] & 15];
  }
  return text;
}

void SetDate(int32_t day, google::type::Date& date) {
  const base::CivilDay civil = base::FromDayNumber(day);
  date.set_year(civil.year);
  date.set_month(civil.month);
  date.set_day(civil.day);
}

absl::string_view MemberOf(absl::string_view offering_name) {
  return offering_name.substr(0, offering_name.find("/offerings/"));
}

// What waits for one answer of the firm.
struct Waiting {
  std::set<std::string> rule_ids;
  int64_t weight_bp = 0;
};

// " de 500 à 3 000 €", " of EUR 500 to EUR 3,000", with what comes before; empty where the rulebook
// names no amounts.
std::string PrintFee(const catalog::v1::MembershipFee& fee, Language language) {
  constexpr int64_t kMicros = 1'000'000;
  if (fee.yearly_max_micros() == 0) return "";
  const bool fr = language == Language::kFr;
  const bool whole =
      fee.yearly_min_micros() % kMicros == 0 && fee.yearly_max_micros() % kMicros == 0;
  const auto print = [&](int64_t micros) {
    if (!whole) return PrintMoney(micros, language);
    const std::string euros = PrintCount(micros / kMicros, language);
    return fr ? absl::StrCat(euros, " €") : absl::StrCat("EUR ", euros);
  };
  if (fee.yearly_min_micros() == fee.yearly_max_micros()) {
    return absl::StrCat(fr ? " de " : " of ", print(fee.yearly_max_micros()));
  }
  const std::string least = print(fee.yearly_min_micros());
  // "500 à 3 000 €": the unit once.
  return fr ? absl::StrCat(" de ",
                           whole ? PrintCount(fee.yearly_min_micros() / kMicros, language) : least,
                           " à ", print(fee.yearly_max_micros()))
            : absl::StrCat(" of ", least, " to ", print(fee.yearly_max_micros()));
}

std::string Counted(int32_t count, const char* one, const char* many, Language language) {
  const bool is_one = language == Language::kFr ? count < 2 : count == 1;
  return absl::StrCat(PrintCount(count, language), " ", is_one ? one : many);
}

// `listed` suppliers are no members: their offerings come from public collections.
type::LocalizedText ExhaustivenessText(int32_t offerings, int32_t members, int32_t listed) {
  std::string fr = listed == 0 ? "les offres publiées des membres, soit " : "";
  std::string en = listed == 0 ? "the published offerings of the members, that is " : "";
  absl::StrAppend(&fr, Counted(offerings, "offre", "offres", Language::kFr),
                  listed == 0     ? ""
                  : offerings < 2 ? " publiée"
                                  : " publiées",
                  " de ");
  absl::StrAppend(&en, Counted(offerings, "offering", "offerings", Language::kEn), " of ");
  if (listed == 0 || members > 0) {
    absl::StrAppend(&fr, Counted(members, "membre", "membres", Language::kFr));
    absl::StrAppend(&en, Counted(members, "member", "members", Language::kEn));
  }
  if (listed > 0) {
    absl::StrAppend(&fr, members > 0 ? " et de " : "",
                    Counted(listed, "fournisseur qui n'est pas membre",
                            "fournisseurs qui ne sont pas membres", Language::kFr),
                    ", d'après des sources publiques");
    absl::StrAppend(&en, members > 0 ? " and of " : "",
                    Counted(listed, "supplier that is no member", "suppliers that are no members",
                            Language::kEn),
                    ", from public sources");
  }
  return Text(absl::StrCat("La comparaison n'est pas exhaustive : elle porte sur ", fr,
                           ". D'autres offres existent sur le marché."),
              absl::StrCat("The comparison is not exhaustive: it covers ", en,
                           ". Other offerings exist on the market."));
}

type::LocalizedText RemunerationText(const catalog::v1::MembershipFee& fee, int32_t members,
                                     int32_t listed) {
  if (listed > 0 && members == 0) {
    return Text(
        "Aucun des fournisseurs comparés n'est membre de l'association : leurs offres sont "
        "reprises de sources publiques, sans qu'ils l'aient demandé. Ils ne paient rien, et "
        "aucune place n'est à vendre.",
        "None of the suppliers compared is a member of the association: their offerings are taken "
        "from public sources, and they have not asked for it. They pay nothing, and no place is "
        "for sale.");
  }
  std::string fr =
      absl::StrCat("Les membres versent une cotisation annuelle", PrintFee(fee, Language::kFr),
                   " pour être référencés. Ni son montant ni l'ancienneté n'entrent dans "
                   "aucun calcul, et aucune place n'est à vendre.");
  std::string en = absl::StrCat("Members pay a yearly fee", PrintFee(fee, Language::kEn),
                                " to be listed. Neither its amount nor seniority enters any "
                                "computation, and no place is for sale.");
  if (listed > 0) {
    absl::StrAppend(&fr,
                    " Les fournisseurs repris de sources publiques ne sont pas membres et ne "
                    "paient rien.");
    absl::StrAppend(&en, " Suppliers taken from public sources are no members and pay nothing.");
  }
  return Text(std::move(fr), std::move(en));
}

// The counts; where it is told in words, the statements too. That a catalogue is made up is always
// said.
void RenderDisclosure(const catalog::Snapshot& snapshot, const catalog::v1::Rulebook& rulebook,
                      bool told, advisor::v1::Disclosure& disclosure) {
  const catalog::SnapshotCounts counts = catalog::CountsOf(snapshot);
  const auto offerings = static_cast<int32_t>(counts.published_offerings);
  const auto listed = static_cast<int32_t>(counts.listed_members);
  const auto members = static_cast<int32_t>(counts.active_members) - listed;
  const bool fictional = counts.fictional_members > 0;
  disclosure.set_offering_count(offerings);
  disclosure.set_member_count(members);
  disclosure.mutable_catalog_update_time()->set_seconds(snapshot.time_us / 1'000'000);
  disclosure.mutable_catalog_update_time()->set_nanos(
      static_cast<int32_t>(snapshot.time_us % 1'000'000 * 1'000));
  if (fictional) {
    *disclosure.mutable_fictional() =
        Text("Catalogue de démonstration : les membres, les offres et les prix sont inventés.",
             "Demonstration catalogue: members, offerings and prices are made up.");
  }
  if (!told) return;
  *disclosure.mutable_ranking_criterion() = Text(
      "Les offres sont classées par note décroissante. La note additionne les critères "
      "publiés, pondérés selon l'ordre de priorité affiché. Les offres d'un même rang sont "
      "à égalité : leur ordre est tiré au sort.",
      "Offerings are ranked by falling score. The score adds up the published criteria, "
      "weighted by the order of priorities shown. Offerings of one band are equals: their "
      "order is drawn by lot.");
  *disclosure.mutable_exhaustiveness() = ExhaustivenessText(offerings, members, listed);
  *disclosure.mutable_remuneration() = RemunerationText(rulebook.membership_fee(), members, listed);
}

using FieldPath = std::vector<const google::protobuf::FieldDescriptor*>;

// From the profile to a field of which one can tell whether it has an answer; empty for others.
FieldPath FieldPathOf(absl::string_view field) {
  const google::protobuf::Descriptor* message = type::FirmProfile::descriptor();
  FieldPath path;
  for (const absl::string_view name : absl::StrSplit(field, '.')) {
    const auto* descriptor =
        message == nullptr ? nullptr : message->FindFieldByName(std::string(name));
    if (descriptor == nullptr || descriptor->is_repeated()) return {};
    path.push_back(descriptor);
    message = descriptor->message_type();
  }
  return path;
}

// The paths of all fields that request facts come from, by name without "firm.".
const absl::flat_hash_map<std::string, FieldPath>& FieldPaths() {
  static const auto& paths = *[] {
    auto* made = new absl::flat_hash_map<std::string, FieldPath>();
    const auto add = [made](absl::string_view name) {
      const absl::string_view field = absl::StripPrefix(name, kFirmPrefix);
      FieldPath path = FieldPathOf(field);
      if (!path.empty()) made->emplace(field, std::move(path));
    };
    for (const auto& [name, info] : FactRegistry::Get().facts()) {
      if (info.side != FactSide::kRequest) continue;
      add(name);
      for (const std::string& source : info.sources) add(source);
    }
    add("firm.department_code");  // what is asked for where the region is not known
    return made;
  }();
  return paths;
}

class Renderer {
 public:
  Renderer(const DecisionRecord& record, const DecisionInput& input,
           const catalog::Snapshot& snapshot, const CompiledRulebook& rulebook, RenderDetail detail,
           const std::vector<CompiledNeed>* compiled, Recommendation& out)
      : record_(record),
        input_(input),
        snapshot_(snapshot),
        rulebook_(rulebook),
        source_(rulebook.source),
        told_(detail == RenderDetail::kFull),
        compiled_(compiled),
        out_(out) {
    if (snapshot.index == nullptr) {
      for (const auto& [name, entry] : snapshot.offerings) {
        offerings_.emplace(entry->offering.uid(), entry.get());
      }
    }
    if (!told_) return;
    rates_ = RatesOn(snapshot, input.as_of_day);
    for (int c = 0; c < source_.criteria_size(); ++c) {
      steps_of_.push_back(LabelledStepsOf(source_.criteria(c).measure()));
      if (steps_of_.back().empty()) continue;
      const auto measure = rulebook_.rules.criteria[static_cast<size_t>(c)].measure;
      for (const engine::MeasureStep& step : rulebook_.rules.measures[measure].steps) {
        CollectSlots(step.when);
      }
    }
    std::sort(step_slots_.begin(), step_slots_.end());
    step_slots_.erase(std::unique(step_slots_.begin(), step_slots_.end()), step_slots_.end());
  }

  absl::Status Run() {
    std::vector<CompiledNeed> compiled;
    if (compiled_ == nullptr) {
      RETURN_IF_ERROR(CheckFits());
      compiled = CompileRequest(input_, rulebook_);
      compiled_ = &compiled;
    }
    for (size_t i = 0; i < record_.needs.size(); ++i) {
      const RecordedNeed& need = record_.needs[i];
      const auto found = rulebook_.need_ordinals.find(need.need_id);
      if (found == rulebook_.need_ordinals.end() || need.need_id != input_.needs[i].need_id()) {
        return Damaged(absl::StrCat("need ", need.need_id));
      }
      requests_ = &(*compiled_)[i].requests;
      usual_features_assumed_ = (*compiled_)[i].usual_features_assumed;
      RETURN_IF_ERROR(RenderNeed(need, input_.needs[i], found->second, *out_.add_results()));
    }
    RenderDigests();
    RenderGeneralAssumptions();
    RenderQuestions();
    RenderDisclosure(snapshot_, source_, told_, *out_.mutable_disclosure());
    RenderRates();
    RenderLegalNotices();
    return absl::OkStatus();
  }

 private:
  absl::Status CheckFits() const {
    if (record_.rulebook_digest != rulebook_.digest) return Damaged("another rulebook");
    if (record_.request_digest != RequestDigest(input_) || record_.as_of_day != input_.as_of_day) {
      return Damaged("another request");
    }
    if (record_.group_shares != GroupSharesOf(input_.weights, rulebook_) ||
        record_.default_group_shares != GroupSharesOf(type::WeightChoice(), rulebook_)) {
      return Damaged("other weights");
    }
    if (record_.needs.size() != input_.needs.size()) return Damaged("another number of needs");
    return absl::OkStatus();
  }

  // --- One need ----------------------------------------------------------------------------------

  absl::Status RenderNeed(const RecordedNeed& recorded, const type::NeedRequest& asked,
                          uint8_t ordinal, NeedResult& result) {
    const Need& need = source_.needs(ordinal);
    result.set_need_id(need.need_id());
    if (told_) *result.mutable_title() = need.title();
    // By field: a rule waits for it with the most that it would weigh in one of the two modes.
    std::map<std::string, std::map<std::string, int64_t>> waiting;
    std::map<uint8_t, std::set<std::string>> unchecked;
    for (const RecordedRanking& ranking : recorded.rankings) {
      RETURN_IF_ERROR(
          RenderRanking(ranking, asked, need, waiting, unchecked, *result.add_rankings()));
    }
    for (const auto& [constraint, fields] : unchecked) {
      const auto& rule = source_.constraints(constraint);
      auto& out = *result.add_unchecked_constraints();
      out.set_constraint_id(rule.constraint_id());
      if (told_) *out.mutable_title() = rule.title();
      for (const std::string& field : fields) {
        out.add_firm_fields(field);
        waiting[field].emplace(rule.constraint_id(), 0);
      }
    }
    for (const auto& [field, rules] : waiting) {
      Waiting& total = waiting_[field];
      for (const auto& [rule_id, weight_bp] : rules) {
        total.rule_ids.insert(rule_id);
        total.weight_bp += weight_bp;
      }
    }
    RETURN_IF_ERROR(RenderPrerequisites(recorded, need, result));
    RETURN_IF_ERROR(RenderKeep(recorded, need, result));
    RenderAssumptions(recorded, need);
    return absl::OkStatus();
  }

  absl::Status RenderRanking(const RecordedRanking& ranking, const type::NeedRequest& asked,
                             const Need& need,
                             std::map<std::string, std::map<std::string, int64_t>>& waiting,
                             std::map<uint8_t, std::set<std::string>>& unchecked,
                             advisor::v1::Ranking& out) {
    out.set_delivery_mode(static_cast<type::DeliveryMode>(ranking.mode));
    out.set_candidate_count(static_cast<int32_t>(ranking.ranked.size() + ranking.to_confirm.size() +
                                                 ranking.excluded.size()));
    out.set_ownership_group_count(static_cast<int32_t>(ranking.ranked_group_count));
    out.set_insufficient_range(ranking.insufficient_range);
    out.set_target_micros(ranking.target_micros);
    out.set_target_source(static_cast<advisor::v1::Ranking::TargetSource>(ranking.target_source));
    RenderGroupWeights(out);
    for (const engine::ActiveCriterion& active : ranking.criteria) {
      if (active.criterion >= source_.criteria_size()) return Damaged("no such criterion");
      const auto& rule = source_.criteria(active.criterion);
      auto& criterion = *out.add_criteria();
      criterion.set_criterion_id(rule.criterion_id());
      criterion.set_group_id(rule.group_id());
      if (told_) *criterion.mutable_title() = rule.title();
      criterion.set_weight_bp(active.weight_bp);
    }
    RETURN_IF_ERROR(RenderDropped(ranking, need, waiting, out));
    for (const engine::UncheckedConstraint& constraint : ranking.unchecked) {
      if (constraint.constraint >= source_.constraints_size()) {
        return Damaged("no such constraint");
      }
      ASSIGN_OR_RETURN(auto fields, FieldsOf(constraint.request_slots));
      if (fields.empty() &&
          ReadsHeadroom(source_.constraints(constraint.constraint).satisfied_when())) {
        fields = UntoldCapacities(need);
      }
      // Where no answer of the firm could settle it, there is nothing to check with the firm.
      if (!fields.empty()) unchecked[constraint.constraint].insert(fields.begin(), fields.end());
    }
    RETURN_IF_ERROR(RenderBands(ranking, out));
    for (const RecordedUnranked& unranked : ranking.to_confirm) {
      RETURN_IF_ERROR(RenderUnranked(unranked, asked, need, *out.add_to_confirm()));
    }
    for (const RecordedUnranked& unranked : ranking.excluded) {
      RETURN_IF_ERROR(RenderUnranked(unranked, asked, need, *out.add_excluded()));
    }
    return absl::OkStatus();
  }

  void RenderGroupWeights(advisor::v1::Ranking& out) const {
    const auto used =
        engine::LargestRemainder(absl::MakeConstSpan(record_.group_shares), engine::kWeightSum);
    const auto standard = engine::LargestRemainder(
        absl::MakeConstSpan(record_.default_group_shares), engine::kWeightSum);
    for (int g = 0; g < source_.groups_size(); ++g) {
      auto& weight = *out.add_group_weights();
      weight.set_group_id(source_.groups(g).group_id());
      if (told_) *weight.mutable_title() = source_.groups(g).title();
      weight.set_weight_bp(used[static_cast<size_t>(g)]);
      weight.set_default_weight_bp(standard[static_cast<size_t>(g)]);
    }
  }

  absl::Status RenderDropped(const RecordedRanking& ranking, const Need& need,
                             std::map<std::string, std::map<std::string, int64_t>>& waiting,
                             advisor::v1::Ranking& out) const {
    for (const engine::DroppedCriterion& dropped : ranking.dropped) {
      if (dropped.criterion >= source_.criteria_size()) return Damaged("no such criterion");
      const auto& rule = source_.criteria(dropped.criterion);
      auto& criterion = *out.add_dropped_criteria();
      criterion.set_criterion_id(rule.criterion_id());
      if (told_) *criterion.mutable_title() = rule.title();
      criterion.set_reason(static_cast<advisor::v1::DroppedCriterion::Reason>(dropped.reason));
      if (dropped.reason != engine::DropReason::kFirmUnknown) continue;
      ASSIGN_OR_RETURN(std::vector<std::string> fields, FieldsOf(dropped.request_slots));
      if (fields.empty() && rule.measure().has_headroom()) fields = UntoldCapacities(need);
      const int32_t weight_bp = WouldWeigh(ranking, dropped.criterion);
      for (const std::string& field : fields) {
        criterion.add_firm_fields(field);
        int64_t& weight = waiting[field][rule.criterion_id()];
        weight = std::max<int64_t>(weight, weight_bp);
      }
    }
    return absl::OkStatus();
  }

  static bool ReadsHeadroom(const catalog::v1::Condition& condition) {
    const auto any = [](const catalog::v1::Condition::List& list) {
      return std::any_of(list.conditions().begin(), list.conditions().end(), ReadsHeadroom);
    };
    return condition.comparison().left().has_headroom() || any(condition.all()) ||
           any(condition.any()) ||
           (condition.has_negation() && ReadsHeadroom(condition.negation()));
  }

  // Headroom waits for volumes, which are not facts of slots but usages by metric.
  std::vector<std::string> UntoldCapacities(const Need& need) const {
    std::vector<std::string> fields;
    for (const int metric : need.capacity_metrics()) {
      const auto& told = input_.profile.usage();
      if (std::any_of(told.begin(), told.end(),
                      [&](const type::Usage& usage) { return usage.metric() == metric; })) {
        continue;
      }
      fields.push_back(
          absl::StrCat("usage.", type::Metric_Name(static_cast<type::Metric>(metric))));
    }
    return fields;
  }

  // The weight that a dropped criterion would have if it alone came back.
  int32_t WouldWeigh(const RecordedRanking& ranking, uint8_t criterion) const {
    std::vector<uint8_t> ordinals = {criterion};
    for (const engine::ActiveCriterion& active : ranking.criteria) {
      ordinals.push_back(active.criterion);
    }
    std::sort(ordinals.begin(), ordinals.end());
    std::vector<uint8_t> groups;
    std::vector<uint8_t> parts;
    for (const uint8_t ordinal : ordinals) {
      groups.push_back(rulebook_.rules.criteria[ordinal].group);
      parts.push_back(rulebook_.rules.criteria[ordinal].parts_in_group);
    }
    const auto weights = engine::CriterionWeights(record_.group_shares, groups, parts);
    const auto at = std::find(ordinals.begin(), ordinals.end(), criterion) - ordinals.begin();
    return weights[static_cast<size_t>(at)];
  }

  // Profile fields, without "firm.", that stand behind request facts and are not told yet.
  absl::StatusOr<std::vector<std::string>> FieldsOf(const std::vector<uint16_t>& slots) const {
    std::vector<std::string> fields;
    const auto add = [&](absl::string_view name) {
      const std::string field(absl::StripPrefix(name, kFirmPrefix));
      if (IsTold(input_.profile, field)) return;
      if (std::find(fields.begin(), fields.end(), field) == fields.end()) fields.push_back(field);
    };
    for (const uint16_t slot : slots) {
      if (slot >= rulebook_.request_slots.size()) return Damaged("no such fact of a request");
      const FactInfo& info = *rulebook_.request_slots[slot];
      if (!info.path.empty() || info.sources.empty()) {
        add(info.name);
      } else {
        for (const std::string& source : AskedFor(info)) add(source);
      }
    }
    return fields;
  }

  // True where the profile has an answer for the field, e.g. "data.health".
  static bool IsTold(const google::protobuf::Message& profile, absl::string_view field) {
    const auto found = FieldPaths().find(field);
    if (found == FieldPaths().end()) return false;
    const google::protobuf::Message* message = &profile;
    for (const auto* descriptor : found->second) {
      if (!message->GetReflection()->HasField(*message, descriptor)) return false;
      if (descriptor == found->second.back()) return true;
      message = &message->GetReflection()->GetMessage(*message, descriptor);
    }
    return false;
  }

  // Of the fields that a derived fact is computed from, those to ask for: where several settle it,
  // the easiest one only that the firm has not answered yet.
  std::vector<std::string> AskedFor(const FactInfo& info) const {
    if (info.name == "request.data_sensitive") return info.sources;
    if (info.name == "request.region") return {"firm.department_code"};
    for (const std::string& source : info.sources) {
      if (!IsTold(input_.profile, absl::StripPrefix(source, kFirmPrefix))) return {source};
    }
    return {};
  }

  // --- Ranked offerings --------------------------------------------------------------------------

  absl::StatusOr<const catalog::OfferingEntry*> Find(const Uid& uid) const {
    const std::string text = FormatUid(uid);
    const catalog::OfferingEntry* entry = nullptr;
    if (snapshot_.index != nullptr) {
      entry = catalog::FindOfferingByUid(snapshot_, text);
    } else if (const auto found = offerings_.find(text); found != offerings_.end()) {
      entry = found->second;
    }
    if (entry == nullptr) return Damaged(absl::StrCat("unknown offering ", text));
    return entry;
  }

  // Lowest and highest score of each band that has any.
  using Bands = std::map<int64_t, std::pair<int64_t, int64_t>>;
  static Bands BandsOf(const RecordedRanking& ranking) {
    Bands bands;
    for (const RecordedRanked& ranked : ranking.ranked) {
      auto [it, first] = bands.try_emplace(ranked.band, ranked.score, ranked.score);
      if (first) continue;
      it->second.first = std::min(it->second.first, ranked.score);
      it->second.second = std::max(it->second.second, ranked.score);
    }
    return bands;
  }

  // The record's mark says that an edge is near, whoever is beyond it; what is shown says that
  // somebody is.
  bool IsHardlyApart(const RecordedRanked& ranked, const Bands& bands) const {
    const int64_t width = rulebook_.rules.band_width;
    const auto better = bands.find(ranked.band + 1);
    const auto lower = bands.find(ranked.band - 1);
    return (better != bands.end() &&
            explain::HardlyApart(better->second.first, ranked.score, width)) ||
           (lower != bands.end() &&
            explain::HardlyApart(ranked.score, lower->second.second, width));
  }

  absl::Status RenderBands(const RecordedRanking& ranking, advisor::v1::Ranking& out) const {
    // How many offerings of each member are ranked; 0 once its best was met.
    absl::flat_hash_map<absl::string_view, int> count_by_member;
    std::vector<const Offering*> offerings;
    offerings.reserve(ranking.ranked.size());
    for (const RecordedRanked& ranked : ranking.ranked) {
      ASSIGN_OR_RETURN(const catalog::OfferingEntry* entry, Find(ranked.offering));
      offerings.push_back(&entry->offering);
      ++count_by_member[MemberOf(entry->offering.name())];
    }
    // What was asked is the same for all of them.
    absl::flat_hash_map<uint8_t, type::LocalizedText> asked;
    if (told_ && !ranking.ranked.empty()) {
      const AskedFrom from = {.rulebook = rulebook_,
                              .request = (*requests_)[static_cast<size_t>(ranking.mode) - 1],
                              .usual_features_assumed = usual_features_assumed_,
                              .target_source = ranking.target_source};
      for (const engine::ActiveCriterion& active : ranking.criteria) {
        if (active.criterion >= source_.criteria_size()) continue;  // said where it is rendered
        asked.emplace(active.criterion, AskedText(from, active.criterion));
      }
    }
    advisor::v1::Band* band = nullptr;
    const Bands bands = BandsOf(ranking);
    for (size_t i = 0; i < ranking.ranked.size(); ++i) {
      const RecordedRanked& ranked = ranking.ranked[i];
      if (band == nullptr || band->rank() != ranked.rank) {
        band = out.add_bands();
        band->set_rank(ranked.rank);
        band->set_band(ranked.band);
      }
      const Offering& offering = *offerings[i];
      auto& result = *band->add_offerings();
      const absl::string_view member = MemberOf(offering.name());
      result.set_offering(offering.name());
      result.set_member(member.data(), member.size());
      result.set_uid(offering.uid());
      result.set_kind(offering.kind());
      result.set_score(ranked.score);
      result.set_close_to_next_band(IsHardlyApart(ranked, bands));
      int& count = count_by_member[member];
      result.set_member_best(count > 1);
      count = 0;
      result.set_over_target(ranked.cost.known && ranked.cost.tco36_micros > ranking.target_micros);
      const engine::Request& request = (*requests_)[static_cast<size_t>(ranking.mode) - 1];
      const Trial trial = {.offering = offering, .request = request, .cost = ranked.cost};
      if (told_) {
        for (const engine::Contribution& contribution : ranked.contributions) {
          advisor::v1::Contribution& told = *result.add_contributions();
          RETURN_IF_ERROR(RenderContribution(contribution, trial, told));
          if (const auto text = asked.find(contribution.criterion); text != asked.end()) {
            *told.mutable_asked() = text->second;
          }
        }
      }
      RETURN_IF_ERROR(RenderReasons(ranked, result));
      if (ranked.cost.known) {
        RETURN_IF_ERROR(RenderCost(ranked, offering, request, *result.mutable_cost()));
      }
    }
    return absl::OkStatus();
  }

  // The contributions are rendered already; a reason repeats the sentence of one.
  absl::Status RenderReasons(const RecordedRanked& ranked, advisor::v1::RankedOffering& out) const {
    const explain::Reasons reasons = explain::StrongestReasons(ranked.contributions);
    const auto tell = [&](const explain::Reason& reason, advisor::v1::Reason& told) {
      if (reason.criterion >= source_.criteria_size()) return Damaged("no such criterion");
      const auto& rule = source_.criteria(reason.criterion);
      told.set_criterion_id(rule.criterion_id());
      told.set_amount(reason.amount);
      if (!told_) return absl::OkStatus();
      *told.mutable_title() = rule.title();
      for (int i = 0; i < out.contributions_size(); ++i) {  // one for each of the record
        if (ranked.contributions[static_cast<size_t>(i)].criterion == reason.criterion) {
          *told.mutable_sentence() = out.contributions(i).sentence();
        }
      }
      return absl::OkStatus();
    };
    for (const explain::Reason& reason : reasons.in_favour) {
      RETURN_IF_ERROR(tell(reason, *out.add_strengths()));
    }
    for (const explain::Reason& reason : reasons.against) {
      RETURN_IF_ERROR(tell(reason, *out.add_drawbacks()));
    }
    return absl::OkStatus();
  }

  // --- Steps of a ladder, cases of a table -------------------------------------------------------

  // What the outcome of a step is found from.
  struct Trial {
    const Offering& offering;
    const engine::Request& request;
    const engine::Cost& cost;
  };
  struct LabelledStep {
    const type::LocalizedText* label;
    int64_t points;
  };
  using Outcomes = google::protobuf::RepeatedPtrField<advisor::v1::StepOutcome>;

  // The labelled steps of a measure, in order.
  static std::vector<LabelledStep> LabelledStepsOf(const catalog::v1::Measure& measure) {
    std::vector<LabelledStep> steps;
    for (const auto& step : measure.ladder().steps()) {
      if (step.has_label()) steps.push_back({&step.label(), step.points()});
    }
    for (const auto& one : measure.first_match().cases()) {
      if (one.has_label()) steps.push_back({&one.label(), one.result()});
    }
    return steps;
  }

  void CollectSlots(engine::ConditionId id) {
    const engine::Condition& condition = rulebook_.rules.conditions[id];
    for (const engine::ConditionId child : condition.children) CollectSlots(child);
    if (condition.form != engine::ConditionForm::kComparison) return;
    for (const engine::MeasureId side : {condition.left, condition.right}) {
      const engine::Measure& measure = rulebook_.rules.measures[side];
      for (const engine::FactRef& ref : {measure.first, measure.second, measure.third}) {
        if (ref.side == engine::FactRef::Side::kOffering &&
            ref.slot < rulebook_.offering_slots.size()) {
          step_slots_.push_back(ref.slot);
        }
      }
    }
  }

  void RenderSteps(uint8_t criterion, const Trial& trial, Outcomes& out) const {
    const std::vector<LabelledStep>& steps = steps_of_[criterion];
    if (steps.empty()) return;
    const engine::Criterion& rule = rulebook_.rules.criteria[criterion];
    if (row_of_ != &trial.offering) {
      FillBlindRow(trial.offering, rulebook_, rates_, input_.as_of_day, step_slots_, row_);
      row_of_ = &trial.offering;
    }
    // What has less evidence than the criterion asks for counts as not said: hidden while we look.
    std::vector<std::pair<engine::Evidence*, engine::Evidence>> hidden;
    for (const uint16_t slot : step_slots_) {
      engine::Evidence& evidence = row_.columns[slot].evidence[0];
      if (evidence >= rule.least_evidence) continue;
      hidden.emplace_back(&evidence, evidence);
      evidence = engine::Evidence::kNone;
    }
    const engine::FeatureMasks no_features;
    const engine::Subject subject = {.rules = rulebook_.rules,
                                     .table = row_,
                                     .request = trial.request,
                                     .features = no_features,
                                     .cost = trial.cost,
                                     .row = 0};
    const auto& measured = rulebook_.rules.measures[rule.measure].steps;
    for (size_t i = 0; i < steps.size() && i < measured.size(); ++i) {
      auto& outcome = *out.Add();
      *outcome.mutable_label() = *steps[i].label;
      outcome.set_points(steps[i].points);
      switch (engine::Holds(subject, measured[i].when)) {
        case engine::Truth::kTrue:
          outcome.set_outcome(advisor::v1::StepOutcome::HELD);
          break;
        case engine::Truth::kFalse:
          outcome.set_outcome(advisor::v1::StepOutcome::REFUSED);
          break;
        default:
          outcome.set_outcome(advisor::v1::StepOutcome::NOT_SAID);
          break;
      }
    }
    for (const auto& [evidence, said] : hidden) *evidence = said;
  }

  static absl::string_view OutcomeWord(advisor::v1::StepOutcome::Outcome outcome,
                                       Language language) {
    const bool fr = language == Language::kFr;
    switch (outcome) {
      case advisor::v1::StepOutcome::HELD:
        return fr ? "oui" : "yes";
      case advisor::v1::StepOutcome::REFUSED:
        return fr ? "non" : "no";
      default:
        return fr ? "non documenté" : "not documented";
    }
  }

  // "contrat : oui ; sous-traitants : non ; durées : non documenté". Of a table the case that
  // holds, and what before it is not said; all where none holds.
  static std::string StepsText(const Outcomes& outcomes, bool is_table, Language language) {
    const bool fr = language == Language::kFr;
    const auto label = [&](const advisor::v1::StepOutcome& step) {
      return fr ? step.label().fr() : step.label().en();
    };
    std::vector<std::string> all;
    std::vector<std::string> unsaid;
    for (const advisor::v1::StepOutcome& step : outcomes) {
      if (is_table && step.outcome() == advisor::v1::StepOutcome::HELD) {
        if (unsaid.empty()) return label(step);
        return absl::StrCat(label(step), fr ? " (non documenté : " : " (not documented: ",
                            absl::StrJoin(unsaid, ", "), ")");
      }
      if (step.outcome() == advisor::v1::StepOutcome::NOT_SAID) unsaid.push_back(label(step));
      all.push_back(
          absl::StrCat(label(step), fr ? " : " : ": ", OutcomeWord(step.outcome(), language)));
    }
    return absl::StrJoin(all, fr ? " ; " : "; ");
  }

  absl::Status RenderContribution(const engine::Contribution& c, const Trial& trial,
                                  advisor::v1::Contribution& out) const {
    if (c.criterion >= source_.criteria_size()) return Damaged("no such criterion");
    RenderSteps(c.criterion, trial, *out.mutable_steps());
    const auto& rule = source_.criteria(c.criterion);
    out.set_criterion_id(rule.criterion_id());
    out.set_state(static_cast<advisor::v1::Contribution::State>(c.state));
    out.set_observed(c.x);
    out.set_unit(rule.unit());
    out.set_value(c.value);
    out.set_weight_bp(c.weight_bp);
    out.set_contribution(c.contribution);
    // Features carry no evidence of their own into the measure: none is shown rather than the best.
    const auto measure = rulebook_.rules.criteria[c.criterion].measure;
    if (rulebook_.rules.measures[measure].kind != MeasureKind::kFeatureCoverage) {
      out.set_evidence(static_cast<type::Evidence>(c.evidence));
    }
    const bool is_table = rule.measure().has_first_match();
    const auto sentence = [&](const std::string& text, Language language) {
      return Fill(text, [&](absl::string_view name, std::string& filled) {
        if (name == "observed") {
          filled += PrintX(c, language);
        } else if (name == "steps") {
          filled += StepsText(out.steps(), is_table, language);
        } else {
          return false;
        }
        return true;
      });
    };
    if (c.state == engine::MeasureState::kKnown || !out.steps().empty()) {
      *out.mutable_sentence() = Text(sentence(rule.sentence().fr(), Language::kFr),
                                     sentence(rule.sentence().en(), Language::kEn));
      if (c.state == engine::MeasureState::kFirmUnknown) {
        return Damaged("a contribution that waits for the firm");
      }
      return absl::OkStatus();
    }
    switch (c.state) {
      case engine::MeasureState::kKnown:
        break;
      case engine::MeasureState::kNotDeclared:
        *out.mutable_sentence() =
            Text(absl::StrCat(rule.title().fr(), " : l'offre ne le dit pas, donc 0 point."),
                 absl::StrCat(rule.title().en(), ": the offering does not say, hence 0 points."));
        return absl::OkStatus();
      case engine::MeasureState::kNotDocumented:
        *out.mutable_sentence() = Text(
            absl::StrCat(rule.title().fr(),
                         " : l'offre l'affirme sans le justificatif demandé, donc 0 point."),
            absl::StrCat(rule.title().en(),
                         ": the offering says so without the evidence asked for, hence 0 points."));
        return absl::OkStatus();
      case engine::MeasureState::kFirmUnknown:
        break;
    }
    return Damaged("a contribution that waits for the firm");
  }

  std::string PrintX(const engine::Contribution& c, Language language) const {
    const engine::MeasureId measure = rulebook_.rules.criteria[c.criterion].measure;
    return PrintMeasured(measure, c.x, source_.criteria(c.criterion).unit(), language);
  }

  // A measured number. `unit` is what the rule calls it; empty: what the measure implies.
  std::string PrintMeasured(engine::MeasureId id, int64_t x, absl::string_view unit,
                            Language language) const {
    const engine::Measure& measure = rulebook_.rules.measures[id];
    switch (measure.kind) {
      case MeasureKind::kFact:
        return PrintFact(SlotOf(measure.first), x, source_, language);
      case MeasureKind::kDifference:
        if (unit == "steps" && language != Language::kNeutral) return PrintGap(x, language);
        return unit.empty() ? PrintFact(SlotOf(measure.first), x, source_, language)
                            : PrintQuantity(x, unit, language);
      case MeasureKind::kCost:
        if (!measure.relative) return PrintMoney(x, language);
        return PrintQuantity(x, measure.scale == 100 ? "percent" : "bp", language);
      case MeasureKind::kFeatureCoverage:
      case MeasureKind::kSetCoverage:
        return PrintPercent(x, language);
      case MeasureKind::kHeadroom:
        // The cap stands for no limit, or no usage to be limited.
        return PrintQuantity(x == engine::kHeadroomMax ? engine::kUnlimited : x, "percent",
                             language);
      case MeasureKind::kSizeDistance:
        return PrintQuantity(x, "classes", language);
      case MeasureKind::kSectorFit:
        return PrintSectorFit(x, language);
      default:
        return PrintQuantity(x, unit, language);
    }
  }

  // How far one level is above another: "2 crans de plus"; a minus sign reads like a dash.
  static std::string PrintGap(int64_t x, Language language) {
    const bool fr = language == Language::kFr;
    if (x == 0) return fr ? "aucun" : "none";
    const std::string size = PrintCount(x < 0 ? -x : x, language);
    const bool one = x == 1 || x == -1;
    return fr ? absl::StrCat(size, one ? " cran" : " crans", x < 0 ? " de moins" : " de plus")
              : absl::StrCat(size, one ? " step" : " steps", x < 0 ? " less" : " more");
  }

  const FactInfo& SlotOf(const engine::FactRef& ref) const {
    return ref.side == engine::FactRef::Side::kOffering ? *rulebook_.offering_slots[ref.slot]
                                                        : *rulebook_.request_slots[ref.slot];
  }

  absl::Status RenderCost(const RecordedRanked& ranked, const Offering& offering,
                          const engine::Request& request, advisor::v1::Cost& out) const {
    const engine::Cost& cost = ranked.cost;
    out.set_tco36_micros(cost.tco36_micros);
    out.set_first_year_micros(cost.first_year_micros);
    out.set_cash_out_90_days_micros(cost.cash_out_90_days_micros);
    out.set_double_usage_rise_micros(cost.double_usage_rise_micros);
    if (ranked.price_day != 0) SetDate(ranked.price_day, *out.mutable_price_as_of());
    if (!told_) return absl::OkStatus();
    std::set<uint8_t> priced;
    for (const engine::CostLine& line : cost.lines) {
      if (line.component >= offering.pricing().components_size()) {
        return Damaged("no such component of a tariff");
      }
      // An option that the firm does not need costs nothing and is no line of its bill.
      if (line.component >= 0 && line.tco36_micros == 0 &&
          !offering.pricing().components(line.component).feature_ids().empty()) {
        continue;
      }
      auto& result = *out.add_lines();
      result.set_component_index(line.component);
      result.set_tco36_micros(line.tco36_micros);
      if (line.component >= 0) {
        const auto& component = offering.pricing().components(line.component);
        result.set_model(type::PriceModel_Name(component.model()));
        *result.mutable_label() =
            component.has_label() ? component.label() : PriceModelLabel(component.model());
        continue;
      }
      if (line.added_need >= source_.needs_size()) return Damaged("no such need");
      RenderAddedLine(line, request, priced, result);
    }
    return absl::OkStatus();
  }

  // What is added for a need is its reference cost, or the upkeep of what the firm runs itself.
  void RenderAddedLine(const engine::CostLine& line, const engine::Request& request,
                       std::set<uint8_t>& priced, advisor::v1::CostLine& out) const {
    const Need& need = source_.needs(line.added_need);
    out.set_prerequisite_need_id(need.need_id());
    const uint32_t cost_class = CostClassOf(input_.profile);
    const bool reference =
        !priced.contains(line.added_need) &&
        (line.tco36_micros == ReferenceCostOver36Months(
                                  need, cost_class, engine::DeliveryMode::kDoItYourself, request) ||
         line.tco36_micros == ReferenceCostOver36Months(
                                  need, cost_class, engine::DeliveryMode::kHaveItDone, request));
    if (reference) {
      priced.insert(line.added_need);
      out.set_model("PREREQUISITE");
      *out.mutable_label() =
          Text(absl::StrCat("À ajouter, non compris : ", need.title().fr(), " (coût de référence)"),
               absl::StrCat("To be added, not included: ", need.title().en(), " (reference cost)"));
      return;
    }
    out.set_model("UPKEEP");
    *out.mutable_label() =
        Text(absl::StrCat("À ajouter : entretien par l'entreprise (", need.title().fr(), ")"),
             absl::StrCat("To be added: upkeep by the firm (", need.title().en(), ")"));
  }

  // --- Offerings without a rank ------------------------------------------------------------------

  absl::Status RenderUnranked(const RecordedUnranked& unranked, const type::NeedRequest& asked,
                              const Need& need, advisor::v1::UnrankedOffering& out) const {
    ASSIGN_OR_RETURN(const catalog::OfferingEntry* entry, Find(unranked.offering));
    const absl::string_view member = MemberOf(entry->offering.name());
    out.set_offering(entry->offering.name());
    out.set_member(member.data(), member.size());
    out.set_uid(entry->offering.uid());
    for (const engine::Finding& finding : unranked.findings) {
      if (finding.constraint == engine::Finding::kMinimumFact) {
        RETURN_IF_ERROR(RenderMinimumFact(finding, need, entry->offering, *out.add_findings()));
      } else {
        RETURN_IF_ERROR(RenderFinding(finding, asked, need, entry->offering, *out.add_findings()));
      }
    }
    return absl::OkStatus();
  }

  absl::Status RenderMinimumFact(const engine::Finding& finding, const Need& need,
                                 const Offering& offering, advisor::v1::Finding& out) const {
    if (finding.minimum_fact >= need.minimum_facts_size()) return Damaged("no such minimum fact");
    const std::string& fact = need.minimum_facts(finding.minimum_fact);
    out.set_rule_id(kMinimumFactRule);
    if (!told_) {
      out.set_reason_code(absl::StartsWith(fact, "cost.") && IsStale(offering) ? kStalePrice
                                                                               : kToDocument);
      return absl::OkStatus();
    }
    About about;
    if (absl::StartsWith(fact, "cost.")) {
      about.Add("pricing", kTariffLabelFr, kTariffLabelEn);
    } else if (fact == "features") {
      about.Add(absl::StrCat("features.", need.need_id()),
                absl::StrCat("fonctions pour le besoin « ", need.title().fr(), " »"),
                absl::StrCat("features for the need \"", need.title().en(), "\""));
    } else if (const FactInfo* info = FactRegistry::Get().Find(fact); info != nullptr) {
      about.Add(*info);
    }
    for (const std::string& field : about.fields) out.add_fields(field);
    if (absl::StartsWith(fact, "cost.") && RenderStalePrice(offering, out)) return absl::OkStatus();
    out.set_reason_code(kToDocument);
    *out.mutable_sentence() =
        Text(absl::StrCat("Il manque une information sans laquelle cette offre ne peut pas être "
                          "classée : ",
                          absl::StrJoin(about.fr, ", "), "."),
             absl::StrCat("A fact is missing without which this offering cannot be ranked: ",
                          absl::StrJoin(about.en, ", "), "."));
    *out.mutable_remedy() = DocumentRemedy(about);
    return absl::OkStatus();
  }

  // A tariff that is there but counts no more.
  static bool IsStale(PriceState state) {
    return state == PriceState::kTooOld || state == PriceState::kPast;
  }
  bool IsStale(const Offering& offering) const {
    return IsStale(PriceStateOf(offering, rulebook_, input_.as_of_day));
  }

  // A stale tariff is told as such. False where it is not the reason.
  bool RenderStalePrice(const Offering& offering, advisor::v1::Finding& out) const {
    const PriceState state = PriceStateOf(offering, rulebook_, input_.as_of_day);
    if (!IsStale(state)) return false;
    const type::Pricing& pricing = offering.pricing();
    const int32_t read_day = DayNumberOf(pricing.as_of());
    const int32_t limit = source_.price_max_age_days();
    out.set_reason_code(kStalePrice);
    SetDate(read_day, *out.mutable_price_as_of());
    out.set_price_max_age_days(limit);
    const std::string fr_read = PrintDay(read_day, Language::kFr);
    const std::string en_read = PrintDay(read_day, Language::kEn);
    if (state == PriceState::kTooOld) {
      *out.mutable_sentence() =
          Text(absl::StrCat("Le tarif a été relevé le ", fr_read, ", il y a plus de ",
                            PrintQuantity(limit, "days", Language::kFr),
                            " : il ne compte plus, et le coût n'est pas connu."),
               absl::StrCat("The tariff was read on ", en_read, ", more than ",
                            PrintQuantity(limit, "days", Language::kEn),
                            " ago: it counts no more, and the cost is not known."));
    } else {
      const bool dated = base::IsValid({.year = pricing.valid_to().year(),
                                        .month = pricing.valid_to().month(),
                                        .day = pricing.valid_to().day()});
      const int32_t last_day = dated ? DayNumberOf(pricing.valid_to()) : read_day;
      *out.mutable_sentence() =
          Text(absl::StrCat("Le tarif relevé le ", fr_read, " n'était valable que jusqu'au ",
                            PrintDay(last_day, Language::kFr), " : le coût n'est pas connu."),
               absl::StrCat("The tariff read on ", en_read, " was valid until ",
                            PrintDay(last_day, Language::kEn), " only: the cost is not known."));
    }
    *out.mutable_remedy() = Text("Relever le tarif à nouveau et en indiquer le jour.",
                                 "Read the tariff anew and state the day.");
    return true;
  }

  // What a finding is about: paths inside the offering, and the words for them.
  struct About {
    std::vector<std::string> fields;
    std::vector<std::string> fr;
    std::vector<std::string> en;

    void Add(std::string field, std::string french, std::string english) {
      AddTo(fields, std::move(field));
      AddTo(fr, std::move(french));
      AddTo(en, std::move(english));
    }
    void Add(const FactInfo& info) {
      for (std::string& field : FieldsBehind(info)) AddTo(fields, std::move(field));
      const type::LocalizedText label = FactLabel(info);
      AddTo(fr, label.fr());
      AddTo(en, label.en());
    }

   private:
    static void AddTo(std::vector<std::string>& list, std::string text) {
      if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
    }
  };

  static type::LocalizedText DocumentRemedy(const About& about) {
    if (about.fr.empty()) {
      return Text("Documenter ce point dans la fiche de l'offre.",
                  "Document this point in the offering's entry.");
    }
    return Text(
        absl::StrCat("Documenter dans la fiche de l'offre : ", absl::StrJoin(about.fr, ", "), "."),
        absl::StrCat("Document in the offering's entry: ", absl::StrJoin(about.en, ", "), "."));
  }

  // Paths inside the offering of the fields behind a fact.
  static std::vector<std::string> FieldsBehind(const FactInfo& info) {
    std::vector<std::string> names = info.sources;
    if (names.empty()) names = {info.name};
    for (std::string& name : names) name = std::string(absl::StripPrefix(name, kOfferingPrefix));
    return names;
  }

  absl::Status RenderFinding(const engine::Finding& finding, const type::NeedRequest& asked,
                             const Need& need, const Offering& offering,
                             advisor::v1::Finding& out) const {
    if (finding.constraint >= source_.constraints_size()) return Damaged("no such constraint");
    if (finding.comparison != engine::kNoId &&
        finding.comparison >= rulebook_.rules.conditions.size()) {
      return Damaged("no such comparison");
    }
    const auto& rule = source_.constraints(finding.constraint);
    const bool unknown = finding.truth == engine::Truth::kUnknown;
    out.set_rule_id(rule.constraint_id());
    if (!told_) {
      const bool stale = unknown && ReadsCost(finding) && IsStale(offering);
      out.set_reason_code(stale                                     ? kStalePrice
                          : unknown && !rule.exclude_when_unknown() ? kToDocument
                                                                    : rule.reason_code());
      return absl::OkStatus();
    }
    for (const std::string& id : rule.legal_basis_ids()) {
      out.add_legal_basis_ids(id);
      if (const auto* law = FindLaw(id); law != nullptr) Refer(*law, *out.add_legal_references());
    }
    const std::vector<std::string> missing = MissingFeatures(finding, asked, need, offering);
    About about;
    for (const auto& feature : need.features()) {
      if (std::find(missing.begin(), missing.end(), feature.feature_id()) == missing.end())
        continue;
      about.Add(absl::StrCat("features.", need.need_id(), ".", feature.feature_id()),
                absl::StrCat("« ", feature.label().fr(), " »"),
                absl::StrCat("\"", feature.label().en(), "\""));
    }
    if (missing.empty()) CollectAbout(finding, need, about);
    for (const std::string& field : about.fields) out.add_fields(field);
    if (finding.observed_known) out.set_observed(Observed(finding, Language::kNeutral));
    if (finding.required_known) out.set_required(Required(finding, Language::kNeutral));

    if (unknown && ReadsCost(finding) && RenderStalePrice(offering, out)) return absl::OkStatus();
    if (unknown && !rule.exclude_when_unknown()) {
      out.set_reason_code(kToDocument);
      *out.mutable_sentence() = Text(absl::StrCat("À confirmer (", rule.title().fr(),
                                                  ") : l'offre ne documente pas ce point."),
                                     absl::StrCat("To confirm (", rule.title().en(),
                                                  "): the offering does not document this point."));
      *out.mutable_remedy() = DocumentRemedy(about);
      return absl::OkStatus();
    }
    out.set_reason_code(rule.reason_code());
    // The comparison that decided may have words of its own.
    const auto own = rulebook_.comparison_texts.find(finding.comparison);
    const bool has_own = own != rulebook_.comparison_texts.end();
    const type::LocalizedText& said = has_own ? own->second.sentence : rule.sentence();
    const type::LocalizedText& mended = has_own ? own->second.remedy : rule.remedy();
    const std::vector<std::string> refused = RefusedFeatures(missing, need, offering);
    const auto sentence = [&](const std::string& text, Language language) {
      return Fill(text, {{"observed", Observed(finding, language)},
                         {"required", Required(finding, language)},
                         {"missing", FeatureLabels(refused, need, language)}});
    };
    *out.mutable_sentence() =
        Text(sentence(said.fr(), Language::kFr), sentence(said.en(), Language::kEn));
    *out.mutable_remedy() =
        Text(sentence(mended.fr(), Language::kFr), sentence(mended.en(), Language::kEn));
    return absl::OkStatus();
  }

  bool ReadsCost(const engine::Finding& finding) const {
    const engine::MeasureId left = LeftOf(finding);
    return left != engine::kNoId && rulebook_.rules.measures[left].kind == MeasureKind::kCost;
  }

  std::string Observed(const engine::Finding& finding, Language language) const {
    if (!finding.observed_known) {
      return language == Language::kFr ? "non documenté" : "not documented";
    }
    const engine::MeasureId measure = LeftOf(finding);
    if (measure == engine::kNoId) return PrintCount(finding.observed, language);
    return PrintMeasured(measure, finding.observed, "", language);
  }

  // What is asked reads like what was observed: a constant beside a kind is a kind.
  std::string Required(const engine::Finding& finding, Language language) const {
    if (!finding.required_known) {
      return language == Language::kFr ? "non précisé" : "not stated";
    }
    const engine::MeasureId left = LeftOf(finding);
    if (left == engine::kNoId) return PrintCount(finding.required, language);
    return PrintMeasured(left, finding.required, "", language);
  }

  engine::MeasureId LeftOf(const engine::Finding& finding) const {
    if (finding.comparison == engine::kNoId) return engine::kNoId;
    return rulebook_.rules.conditions[finding.comparison].left;
  }

  // What of the offering a finding is about. Of its limits, those whose usage counted.
  void CollectAbout(const engine::Finding& finding, const Need& need, About& about) const {
    const engine::MeasureId left = LeftOf(finding);
    if (left == engine::kNoId) return;
    const engine::Measure& measure = rulebook_.rules.measures[left];
    const auto add = [&](const engine::FactRef& ref) {
      if (ref.side == engine::FactRef::Side::kOffering) about.Add(SlotOf(ref));
    };
    switch (measure.kind) {
      case MeasureKind::kFact:
      case MeasureKind::kSetCoverage:
      case MeasureKind::kSectorFit:
        add(measure.first);
        break;
      case MeasureKind::kDifference:
      case MeasureKind::kSizeDistance:
        add(measure.first);
        add(measure.second);
        break;
      case MeasureKind::kHeadroom:
        for (const engine::LimitRef& limit : measure.limits) {
          if (Counts(limit.metric, need)) about.Add(*rulebook_.offering_slots[limit.slot]);
        }
        break;
      case MeasureKind::kCost:
        about.Add("pricing", kTariffLabelFr, kTariffLabelEn);
        break;
      default:
        break;
    }
  }

  // True for a volume that the need compares with limits and that the firm has told.
  bool Counts(int metric, const Need& need) const {
    const auto& capacities = need.capacity_metrics();
    if (std::find(capacities.begin(), capacities.end(), metric) == capacities.end()) return false;
    const auto& told = input_.profile.usage();
    return std::any_of(told.begin(), told.end(),
                       [&](const type::Usage& usage) { return usage.metric() == metric; });
  }

  // Must-haves that the offering has neither in full nor as an option, where the finding is about
  // features.
  std::vector<std::string> MissingFeatures(const engine::Finding& finding,
                                           const type::NeedRequest& asked, const Need& need,
                                           const Offering& offering) const {
    const engine::MeasureId left = LeftOf(finding);
    if (left == engine::kNoId ||
        rulebook_.rules.measures[left].kind != MeasureKind::kFeatureCoverage) {
      return {};
    }
    std::set<std::string> there;
    for (const auto& claim : offering.features()) {
      if (claim.need_id() == need.need_id() &&
          (claim.level() == catalog::v1::FeatureClaim::FULL ||
           claim.level() == catalog::v1::FeatureClaim::OPTION_PAID)) {
        there.insert(claim.feature_id());
      }
    }
    std::vector<std::string> missing;
    for (const std::string& feature : asked.must_features()) {
      if (!there.contains(feature)) missing.push_back(feature);
    }
    return missing;
  }

  // Of those, the ones that the offering says it lacks: its silence excludes nobody.
  static std::vector<std::string> RefusedFeatures(const std::vector<std::string>& missing,
                                                  const Need& need, const Offering& offering) {
    std::vector<std::string> refused;
    for (const std::string& id : missing) {
      const auto& claims = offering.features();
      if (std::any_of(claims.begin(), claims.end(), [&](const auto& claim) {
            return claim.need_id() == need.need_id() && claim.feature_id() == id &&
                   claim.level() != catalog::v1::FeatureClaim::LEVEL_UNSPECIFIED;
          })) {
        refused.push_back(id);
      }
    }
    return refused;
  }

  static std::string FeatureLabels(const std::vector<std::string>& ids, const Need& need,
                                   Language language) {
    std::vector<std::string> labels;
    for (const auto& feature : need.features()) {
      if (std::find(ids.begin(), ids.end(), feature.feature_id()) == ids.end()) continue;
      labels.push_back(language == Language::kFr ? feature.label().fr() : feature.label().en());
    }
    return absl::StrJoin(labels, ", ");
  }

  // --- Prerequisites, keeping, assumptions -------------------------------------------------------

  absl::Status RenderPrerequisites(const RecordedNeed& recorded, const Need& need,
                                   NeedResult& result) const {
    if (recorded.prerequisites_met.size() != static_cast<size_t>(need.prerequisites_size())) {
      return Damaged("another number of prerequisites");
    }
    for (int p = 0; p < need.prerequisites_size(); ++p) {
      const auto& prerequisite = need.prerequisites(p);
      auto& notice = *result.add_prerequisites();
      notice.set_hard(prerequisite.hard());
      notice.set_met_by_firm(recorded.prerequisites_met[static_cast<size_t>(p)] != 0);
      for (const std::string& id : prerequisite.any_of()) {
        notice.add_need_ids(id);
        const auto found = rulebook_.need_ordinals.find(id);
        if (found == rulebook_.need_ordinals.end()) return Damaged("no such prerequisite");
        if (told_) *notice.add_titles() = source_.needs(found->second).title();
        if (notice.need_ids_size() == 1) {
          RenderPrerequisiteCosts(recorded, source_.needs(found->second), notice);
        }
      }
    }
    return absl::OkStatus();
  }

  // What is added differs by mode: the reference cost is that of the mode being ranked.
  void RenderPrerequisiteCosts(const RecordedNeed& recorded, const Need& prerequisite,
                               advisor::v1::PrerequisiteNotice& notice) const {
    const auto cost_in = [&](engine::DeliveryMode mode) {
      return ReferenceCostOver36Months(prerequisite, CostClassOf(input_.profile), mode,
                                       (*requests_)[static_cast<size_t>(mode) - 1]);
    };
    for (const RecordedRanking& ranking : recorded.rankings) {
      auto& cost = *notice.add_costs();
      cost.set_delivery_mode(static_cast<type::DeliveryMode>(ranking.mode));
      cost.set_reference_cost_micros(cost_in(ranking.mode));
    }
    notice.set_reference_cost_micros(notice.costs_size() > 0
                                         ? notice.costs(0).reference_cost_micros()
                                         : cost_in(engine::DeliveryMode::kDoItYourself));
  }

  absl::Status RenderKeep(const RecordedNeed& recorded, const Need& need,
                          NeedResult& result) const {
    const RecordedKeep& keep = recorded.keep;
    if (keep.tool_index < 0) return absl::OkStatus();
    if (keep.tool_index >= input_.profile.existing_tools_size()) return Damaged("no such tool");
    auto& out = *result.mutable_keep_existing();
    out.set_tool_index(keep.tool_index);
    out.set_recommended(keep.recommended);
    if (keep.keep_cost_micros >= 0) out.set_keep_cost_micros(keep.keep_cost_micros);
    if (keep.leaving_cost_micros >= 0) out.set_leaving_cost_micros(keep.leaving_cost_micros);
    if (keep.change_cost_micros >= 0) out.set_change_cost_micros(keep.change_cost_micros);
    const type::ExistingTool& tool = input_.profile.existing_tools(keep.tool_index);
    const ChangeCosts change = ChangeCostsOf(recorded.rankings, tool);
    if (change.cheapest_micros >= 0) {
      out.set_cheapest_change_cost_micros(change.cheapest_micros);
      out.set_cheapest_change_rank(change.cheapest_rank);
    }
    if (told_) *out.mutable_text() = KeepText(keep, change, tool, need);
    return absl::OkStatus();
  }

  static type::LocalizedText KeepText(const RecordedKeep& keep, const ChangeCosts& change,
                                      const type::ExistingTool& tool, const Need& need) {
    const std::string fr_title = absl::StrCat("« ", need.title().fr(), " »");
    const std::string en_title = absl::StrCat("\"", need.title().en(), "\"");
    const bool keep_known = keep.keep_cost_micros >= 0;
    const bool change_known = keep.change_cost_micros >= 0;
    std::string fr;
    std::string en;
    if (!tool.has_adequate()) {
      fr = absl::StrCat("Vous avez déjà un outil pour le besoin ", fr_title,
                        ". Demandez-vous d'abord s'il vous convient : s'il convient, le garder "
                        "peut être la meilleure réponse.");
      en = absl::StrCat("You have a tool for the need ", en_title,
                        " already. First ask yourself whether it suits you: if it does, keeping "
                        "it may be the best answer.");
    } else if (!tool.adequate()) {
      fr = "Votre outil actuel ne vous convient pas : un changement se justifie.";
      en = "Your present tool does not suit you: a change is justified.";
    } else if (!change_known) {
      fr = "Gardez votre outil actuel : il vous convient, et aucune offre classée ne peut lui "
           "être comparée.";
      en = "Keep your present tool: it suits you, and no ranked offering can be compared with it.";
    } else if (!keep_known) {
      fr = "Gardez votre outil actuel, qui vous convient. Demandez ce qu'il coûte chaque mois : "
           "sans ce chiffre, rien ne montre qu'un changement serait avantageux.";
      en = "Keep your present tool, which suits you. Ask what it costs each month: without that "
           "figure, nothing shows that a change would pay.";
    } else if (keep.recommended) {
      fr = "Gardez votre outil actuel : il vous convient, et aucune offre classée ne coûte moins.";
      en = "Keep your present tool: it suits you, and no ranked offering costs less.";
    } else {
      fr = "Votre outil actuel vous convient, mais au moins une offre classée coûterait moins sur "
           "36 mois.";
      en = "Your present tool suits you, but at least one ranked offering would cost less over 36 "
           "months.";
    }
    if (keep_known) {
      absl::StrAppend(&fr, " Le garder coûte ", PrintMoney(keep.keep_cost_micros, Language::kFr),
                      " sur 36 mois.");
      absl::StrAppend(&en, " Keeping it costs ", PrintMoney(keep.keep_cost_micros, Language::kEn),
                      " over 36 months.");
    }
    if (change_known) {
      const bool leaving_known = keep.leaving_cost_micros >= 0;
      absl::StrAppend(&fr, " Changer pour le mieux classé coûte ",
                      PrintMoney(keep.change_cost_micros, Language::kFr), " sur 36 mois");
      absl::StrAppend(&en, " Changing to the best ranked costs ",
                      PrintMoney(keep.change_cost_micros, Language::kEn), " over 36 months");
      if (change.cheapest_micros < keep.change_cost_micros) {
        absl::StrAppend(&fr, ", pour la moins chère des offres classées (rang ",
                        change.cheapest_rank, ") ",
                        PrintMoney(change.cheapest_micros, Language::kFr));
        absl::StrAppend(&en, ", to the cheapest of the ranked offerings (rank ",
                        change.cheapest_rank, ") ",
                        PrintMoney(change.cheapest_micros, Language::kEn));
      }
      absl::StrAppend(&fr, ", ");
      absl::StrAppend(&en, ", ");
      if (leaving_known) {
        absl::StrAppend(&fr, "dont ", PrintMoney(keep.leaving_cost_micros, Language::kFr),
                        " pour quitter l'outil actuel.");
        absl::StrAppend(&en, "of which ", PrintMoney(keep.leaving_cost_micros, Language::kEn),
                        " for leaving the present tool.");
      } else {
        absl::StrAppend(&fr,
                        "sans compter ce que coûterait l'abandon de l'outil actuel : "
                        "demandez-le.");
        absl::StrAppend(&en, "not counting what leaving the present tool would cost: ask.");
      }
    }
    return Text(std::move(fr), std::move(en));
  }

  // `text` makes the sentence, where there is one to be told.
  template <typename MakeText>
  void AddAssumption(absl::string_view field, absl::string_view need_id, std::string value,
                     MakeText text) {
    auto& assumption = *out_.add_assumptions();
    assumption.set_field(field.data(), field.size());
    assumption.set_need_id(need_id.data(), need_id.size());
    assumption.set_value(std::move(value));
    if (told_) *assumption.mutable_text() = text();
  }

  void RenderAssumptions(const RecordedNeed& recorded, const Need& need) {
    const uint32_t cost_class = CostClassOf(input_.profile);
    for (const AssumedUsage& usage : recorded.assumed_usages) {
      const bool from_staff = usage.metric == type::PAYSLIPS_MONTH && StaffOf(input_.profile).known;
      AddAssumption(
          absl::StrCat("usage.", MetricLabel(usage.metric, Language::kNeutral)), need.need_id(),
          PrintUsage(usage.metric, usage.value, Language::kNeutral), [&] {
            const std::string fr_why =
                from_staff ? "d'après l'effectif"
                           : absl::StrCat("usuel pour une entreprise ",
                                          SizeClassLabel(cost_class, Language::kFr));
            const std::string en_why =
                from_staff
                    ? "from the staff"
                    : absl::StrCat("usual for a firm ", SizeClassLabel(cost_class, Language::kEn));
            return Text(
                absl::StrCat("Hypothèse — ", PrintUsage(usage.metric, usage.value, Language::kFr),
                             " (", fr_why, ")."),
                absl::StrCat("Assumed — ", PrintUsage(usage.metric, usage.value, Language::kEn),
                             " (", en_why, ")."));
          });
    }
    if (recorded.usual_features_assumed) {
      std::vector<std::string> ids;
      for (const auto& feature : need.features()) {
        if (feature.usual()) ids.push_back(feature.feature_id());
      }
      AddAssumption("needs.nice_features", need.need_id(), absl::StrJoin(ids, ", "), [&] {
        return Text(
            absl::StrCat("Aucune fonction n'est demandée ; les plus courantes sont tenues pour "
                         "souhaitées : ",
                         FeatureLabels(ids, need, Language::kFr), "."),
            absl::StrCat("No feature is asked for; the usual ones are taken as nice to have: ",
                         FeatureLabels(ids, need, Language::kEn), "."));
      });
    }
    // Told once where both modes are compared with one amount; else each with its mode.
    const auto compared = [](const RecordedRanking& ranking) {
      return ranking.target_source == TargetSource::kReferenceCost;
    };
    std::set<int64_t> targets;
    for (const RecordedRanking& ranking : recorded.rankings) {
      if (compared(ranking)) targets.insert(ranking.target_micros);
    }
    const bool by_mode = targets.size() > 1;
    bool completed = false;  // by what the need stands on and the firm has not
    for (int p = 0; p < need.prerequisites_size(); ++p) {
      completed = completed || (need.prerequisites(p).hard() &&
                                recorded.prerequisites_met[static_cast<size_t>(p)] == 0);
    }
    for (const RecordedRanking& ranking : recorded.rankings) {
      if (!compared(ranking) || (!by_mode && targets.erase(ranking.target_micros) == 0)) continue;
      const bool done = ranking.mode == engine::DeliveryMode::kHaveItDone;
      AddAssumption("budget.target_36_months", need.need_id(),
                    PrintMoney(ranking.target_micros, Language::kNeutral),
                    [&] { return TargetText(ranking.target_micros, completed, by_mode, done); });
    }
  }

  static type::LocalizedText TargetText(int64_t target_micros, bool completed, bool by_mode,
                                        bool done) {
    return Text(
        absl::StrCat("Aucun budget n'est indiqué ; les coûts sont comparés au coût de référence "
                     "du besoin",
                     completed ? " et de ce qu'il exige et qui manque" : "",
                     !by_mode ? ""
                     : done   ? ", à faire faire"
                              : ", à faire soi-même",
                     " : ", PrintMoney(target_micros, Language::kFr), " sur 36 mois."),
        absl::StrCat("No budget is given; costs are compared with the reference cost of the need",
                     completed ? " and of what it requires and is missing" : "",
                     !by_mode ? ""
                     : done   ? ", if others do it"
                              : ", if the firm does it",
                     ": ", PrintMoney(target_micros, Language::kEn), " over 36 months."));
  }

  // --- The whole answer --------------------------------------------------------------------------

  void RenderDigests() {
    out_.mutable_digests()->set_request(base::HexEncode(record_.request_digest));
    out_.mutable_digests()->set_rulebook(base::HexEncode(record_.rulebook_digest));
    out_.mutable_digests()->set_catalog(base::HexEncode(record_.catalog_digest));
  }

  bool AnyNeed(bool RecordedNeed::*member) const {
    return std::any_of(record_.needs.begin(), record_.needs.end(),
                       [&](const RecordedNeed& need) { return need.*member; });
  }

  void RenderGeneralAssumptions() {
    const auto add = [this](absl::string_view field, const char* value, const char* fr,
                            const char* en) {
      AddAssumption(field, "", value, [&] { return Text(fr, en); });
    };
    const type::Budget& budget = input_.profile.budget();
    if (budget.has_monthly_max() && !budget.has_one_off_max() && !budget.has_target_36_months()) {
      add("budget.one_off_max", "",
          "Seul un budget mensuel est indiqué : il est compris comme couvrant aussi ce qui se paie "
          "au départ.",
          "Only a monthly budget is given: it is taken to cover what is paid at the start as "
          "well.");
    } else if (budget.has_one_off_max() && !budget.has_monthly_max() &&
               !budget.has_target_36_months()) {
      add("budget.monthly_max", "",
          "Seul un budget de départ est indiqué : aucun plafond mensuel n'est supposé.",
          "Only a budget for the start is given: no monthly ceiling is assumed.");
    }
    if (AnyNeed(&RecordedNeed::size_assumed)) {
      add("staff_count", "MICRO",
          "L'effectif n'est pas connu ; les coûts et les volumes sont ceux d'une entreprise de 1 à "
          "9 salariés.",
          "The staff is not known; costs and volumes are those of a firm of 1 to 9 employees.");
    }
    if (AnyNeed(&RecordedNeed::ui_language_assumed)) {
      add("ui_languages", "fr", "Les écrans doivent être disponibles en français.",
          "The screens must be available in French.");
    }
    if (!input_.profile.has_yearly_growth_bp()) {
      add("yearly_growth_bp", "0", "Les volumes sont supposés rester les mêmes pendant trois ans.",
          "Volumes are assumed to stay the same for three years.");
    }
  }

  void RenderQuestions() {
    std::vector<std::pair<std::string, Waiting>> sorted(waiting_.begin(), waiting_.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
      return a.second.weight_bp > b.second.weight_bp;  // `waiting_` is by field already
    });
    for (const auto& [field, waiting] : sorted) {
      if (out_.questions_size() == kMaxQuestions) break;
      auto& question = *out_.add_questions();
      question.set_field(field);
      if (told_) {
        type::LocalizedText text = QuestionText(field);
        if (text.fr().empty()) {
          text = Text(absl::StrCat("Information à compléter : ", field, "."),
                      absl::StrCat("Information to complete: ", field, "."));
        }
        *question.mutable_text() = std::move(text);
      }
      for (const std::string& id : waiting.rule_ids) question.add_rule_ids(id);
      question.set_weight_bp(static_cast<int32_t>(waiting.weight_bp));
    }
  }

  void RenderRates() {
    for (const AppliedRate& rate : record_.rates) {
      auto& out = *out_.add_applied_rates();
      out.set_currency_code(rate.currency_code);
      out.set_euros_micros(rate.euros_micros);
      SetDate(rate.day, *out.mutable_date());
    }
  }

  // --- What the law asks -------------------------------------------------------------------------

  const catalog::v1::LegalBasis* FindLaw(absl::string_view id) const {
    if (snapshot_.law_table == nullptr) return nullptr;
    for (const auto& law : snapshot_.law_table->table.legal_bases()) {
      if (law.legal_basis_id() == id) return &law;
    }
    return nullptr;
  }

  // A duty begins on a day: where the table names none, nothing can be said of it.
  const catalog::v1::LegalBasis* FindDuty(absl::string_view id) const {
    const auto* law = FindLaw(id);
    return law != nullptr && law->has_valid_from() ? law : nullptr;
  }

  static void Refer(const catalog::v1::LegalBasis& law, advisor::v1::LegalReference& out) {
    out.set_legal_basis_id(law.legal_basis_id());
    *out.mutable_citation() = law.citation();
    if (law.has_valid_from()) *out.mutable_valid_from() = law.valid_from();
    if (law.has_valid_to()) *out.mutable_valid_to() = law.valid_to();
    out.set_url(law.url());
  }

  bool FirmMeets(absl::string_view need_id) const {
    const auto& met = input_.profile.met_need_ids();
    if (std::find(met.begin(), met.end(), need_id) != met.end()) return true;
    const auto found = rulebook_.need_ordinals.find(need_id);
    if (found == rulebook_.need_ordinals.end()) return false;
    const auto& tools = input_.profile.existing_tools();
    return std::any_of(tools.begin(), tools.end(), [&](const type::ExistingTool& tool) {
      return ToolMeets(tool, source_.needs(found->second));
    });
  }

  void RenderLegalNotices() {
    const type::FirmProfile& profile = input_.profile;
    if (profile.vat_regime() == type::NOT_LIABLE) return;
    const auto* reception = FindDuty(kReceptionLaw);
    const auto* issue = FindDuty(kIssueLaw);
    if (reception != nullptr) {
      const bool met = profile.einvoicing().platform_chosen() || FirmMeets(kReceptionNeed);
      AddNotice(kReceptionNeed, *reception, *reception, met,
                profile.einvoicing().has_platform_chosen());
    }
    if (issue != nullptr) {
      const engine::Truth large = reception == nullptr ? engine::Truth::kFalse : IsMidSize(profile);
      const bool later = large == engine::Truth::kFalse;
      AddNotice(kIssueNeed, *issue, later ? *issue : *reception,
                profile.einvoicing().issues_already(), profile.einvoicing().has_issues_already());
      // Which of two days is the firm's follows from its size: asked, until the later one has come.
      auto& notice = *out_.mutable_legal_notices(out_.legal_notices_size() - 1);
      const int32_t issue_day = DayNumberOf(issue->valid_from());
      if (large == engine::Truth::kUnknown && notice.status() != LegalNotice::MET) {
        if (input_.as_of_day >= issue_day) {
          SetDueDay(issue_day, notice);
        } else {
          if (notice.status() == LegalNotice::DUE) notice.set_status(LegalNotice::TO_ASK);
          if (told_) {
            *notice.mutable_text() =
                SizeText(notice.status(), DayNumberOf(reception->valid_from()), issue_day);
          }
        }
      }
    }
  }

  // Whether the firm is at least of middle size (décret n° 2008-1354, art. 3): 250 persons, or
  // above 50 million of turnover and 43 of balance-sheet total. Who employs fewer and has not told
  // its turnover is taken to be small.
  static engine::Truth IsMidSize(const type::FirmProfile& profile) {
    const StaffRange staff = StaffOf(profile);
    if (staff.known && staff.min >= kLargeFirmStaff) return engine::Truth::kTrue;
    const bool turnover = profile.turnover().micros() > kLargeFirmTurnoverMicros;
    const bool balance = profile.balance_total().micros() > kLargeFirmBalanceMicros;
    if (turnover && balance) return engine::Truth::kTrue;
    if (!staff.known || staff.max >= kLargeFirmStaff) return engine::Truth::kUnknown;
    return turnover && !profile.has_balance_total() ? engine::Truth::kUnknown
                                                    : engine::Truth::kFalse;
  }

  static type::LocalizedText SizeText(LegalNotice::Status status, int32_t large_day,
                                      int32_t small_day) {
    const std::string fr = absl::StrCat(
        status == LegalNotice::UPCOMING ? "À partir du " : "Depuis le ",
        PrintDay(large_day, Language::kFr),
        ", les entreprises de taille intermédiaire et les grandes (250 salariés ou plus, ou plus "
        "de 50 millions d'euros de chiffre d'affaires) doivent émettre les factures électroniques "
        "et transmettre les données de vente ; les autres, à partir du ",
        PrintDay(small_day, Language::kFr),
        ". À demander : quels sont l'effectif et le chiffre d'affaires de l'entreprise ?");
    const std::string en = absl::StrCat(
        status == LegalNotice::UPCOMING ? "From " : "Since ", PrintDay(large_day, Language::kEn),
        ", mid-size and large firms (250 employees or more, or a turnover above EUR 50 million) "
        "must issue e-invoices and transmit sales data; all others from ",
        PrintDay(small_day, Language::kEn),
        ". To be asked: what are the firm's staff and turnover?");
    return Text(fr, en);
  }

  // The first day of the duty, and with it of the law as it applies to this firm: one text of law
  // has several days, by the size of the firm, and the table one entry for each.
  static void SetDueDay(int32_t day, LegalNotice& notice) {
    SetDate(day, *notice.mutable_due_date());
    if (notice.has_legal_reference()) {
      SetDate(day, *notice.mutable_legal_reference()->mutable_valid_from());
    }
  }

  // `told`: the firm has answered the question whether it complies.
  void AddNotice(absl::string_view need_id, const catalog::v1::LegalBasis& law,
                 const catalog::v1::LegalBasis& dated, bool met, bool told) {
    const int32_t due_day = DayNumberOf(dated.valid_from());
    const bool liable_known = input_.profile.vat_regime() != type::VAT_REGIME_UNSPECIFIED;
    auto& notice = *out_.add_legal_notices();
    notice.set_need_id(std::string(need_id));
    notice.set_legal_basis_id(law.legal_basis_id());
    if (told_) Refer(law, *notice.mutable_legal_reference());
    SetDueDay(due_day, notice);
    if (met) {
      notice.set_status(LegalNotice::MET);
    } else if (input_.as_of_day < due_day) {
      notice.set_status(LegalNotice::UPCOMING);
    } else if (told && liable_known) {
      notice.set_status(LegalNotice::DUE);
    } else {
      notice.set_status(LegalNotice::TO_ASK);
    }
    if (!told_) return;
    *notice.mutable_text() =
        NoticeText(need_id == kReceptionNeed, notice.status(), due_day, liable_known);
  }

  static type::LocalizedText NoticeText(bool reception, LegalNotice::Status status, int32_t due_day,
                                        bool liable_known) {
    const std::string fr_day = PrintDay(due_day, Language::kFr);
    const std::string en_day = PrintDay(due_day, Language::kEn);
    const std::string fr_duty =
        reception ? "pouvoir recevoir les factures électroniques par une plateforme agréée"
                  : "émettre les factures électroniques et transmettre les données de vente";
    const std::string en_duty = reception
                                    ? "be able to receive e-invoices through an approved platform"
                                    : "issue e-invoices and transmit sales data";
    switch (status) {
      case LegalNotice::MET:
        return Text(absl::StrCat("Obligation remplie : ", fr_duty, "."),
                    absl::StrCat("Duty met: ", en_duty, "."));
      case LegalNotice::UPCOMING:
        return Text(absl::StrCat("À partir du ", fr_day, ", toute entreprise assujettie à la TVA ",
                                 "devra ", fr_duty, "."),
                    absl::StrCat("From ", en_day, ", every firm liable to VAT will have to ",
                                 en_duty, "."));
      case LegalNotice::DUE:
        return Text(absl::StrCat("Obligation en vigueur depuis le ", fr_day, " : ", fr_duty,
                                 ". Ce n'est pas encore fait : commencez par là."),
                    absl::StrCat("Duty in force since ", en_day, ": ", en_duty,
                                 ". It is not done yet: start here."));
      default:
        return Text(
            absl::StrCat("Depuis le ", fr_day, ", toute entreprise assujettie à la TVA doit ",
                         fr_duty, ". À demander : ",
                         liable_known ? "est-ce déjà en place ?"
                                      : "l'entreprise est-elle assujettie, et est-ce déjà en "
                                        "place ?"),
            absl::StrCat("Since ", en_day, ", every firm liable to VAT must ", en_duty,
                         ". To be asked: ",
                         liable_known ? "is this in place already?"
                                      : "is the firm liable, and is this in place already?"));
    }
  }

  const DecisionRecord& record_;
  const DecisionInput& input_;
  const catalog::Snapshot& snapshot_;
  const CompiledRulebook& rulebook_;
  const catalog::v1::Rulebook& source_;
  const bool told_;                            // in words, too
  const std::vector<CompiledNeed>* compiled_;  // by place of the need asked
  Recommendation& out_;
  std::map<std::string, const catalog::OfferingEntry*> offerings_;  // by UUID, without an index
  mutable engine::FactTable row_;  // of `row_of_`, whose steps are being rendered
  mutable const Offering* row_of_ = nullptr;
  std::map<std::string, Waiting> waiting_;                    // by profile field
  std::vector<AppliedRate> rates_;                            // of the day
  std::vector<std::vector<LabelledStep>> steps_of_;           // by criterion; empty in BASIC
  std::vector<uint16_t> step_slots_;                          // that labelled steps read
  const std::array<engine::Request, 2>* requests_ = nullptr;  // of the need being rendered
  bool usual_features_assumed_ = false;                       // of the same
};

}  // namespace

void RenderDisclosure(const catalog::Snapshot& snapshot, const catalog::v1::Rulebook& rulebook,
                      advisor::v1::Disclosure& disclosure) {
  RenderDisclosure(snapshot, rulebook, /*told=*/true, disclosure);
}

absl::Status RenderRecord(const DecisionRecord& record, const DecisionInput& input,
                          const catalog::Snapshot& snapshot, const CompiledRulebook& rulebook,
                          Recommendation& recommendation, RenderDetail detail,
                          const std::vector<CompiledNeed>* compiled) {
  return Renderer(record, input, snapshot, rulebook, detail, compiled, recommendation).Run();
}

}  // namespace aplomb::decision
