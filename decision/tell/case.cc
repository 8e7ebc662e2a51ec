#include "decision/tell/case.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/civil_day.h"
#include "base/status.h"

namespace aplomb::tell {
namespace {

namespace pb = advisor::v1;

absl::Status Differs(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("the engine does not find what the record says: ", what));
}

// Sorts `list` into the order of `names`; false where it does not hold the same offerings.
template <typename Offering>
bool Order(const std::vector<std::string>& blind_names, const std::vector<std::string>& names,
           std::vector<Offering>& list) {
  if (list.size() != names.size()) return false;
  std::map<absl::string_view, size_t> places;
  for (size_t i = 0; i < names.size(); ++i) places.emplace(names[i], i);
  if (places.size() != names.size()) return false;
  for (const Offering& offering : list) {
    if (!places.contains(blind_names[offering.row])) return false;
  }
  std::sort(list.begin(), list.end(), [&](const Offering& a, const Offering& b) {
    return places.at(blind_names[a.row]) < places.at(blind_names[b.row]);
  });
  return true;
}

template <typename List>
std::vector<std::string> Names(const List& offerings) {
  std::vector<std::string> names;
  for (const auto& offering : offerings) names.push_back(offering.offering());
  return names;
}

}  // namespace

Case::Case(const Sources& sources)
    : sources_(sources), asked_(sources.shown.needs().begin(), sources.shown.needs().end()) {
  for (int i = 0; i < rules().constraints_size(); ++i) {
    if (rules().constraints(i).mandatory()) mandatory_ |= uint64_t{1} << i;
  }
}

absl::StatusOr<Case> Case::Open(const Sources& sources) {
  Case opened(sources);
  RETURN_IF_ERROR(opened.Build());
  return opened;
}

absl::Status Case::Build() {
  const pb::Recommendation& shown = sources_.shown;
  const google::type::Date& date = shown.as_of_date();
  ASSIGN_OR_RETURN(
      const base::DayNumber day,
      base::ToDayNumber({.year = date.year(), .month = date.month(), .day = date.day()}));
  if (day != sources_.blind.as_of_day) return Differs("the day");
  const decision::DecisionInput input{
      .profile = shown.profile(), .needs = asked_, .weights = shown.weights(), .as_of_day = day};
  if (!decision::ValidateInput(input, sources_.rulebook).empty()) return Differs("the request");
  needs_ = decision::CompileRequest(input, sources_.rulebook);
  if (static_cast<size_t>(shown.results_size()) != needs_.size()) {
    return Differs("the number of needs");
  }
  for (size_t n = 0; n < needs_.size(); ++n) {
    const pb::NeedResult& result = shown.results(static_cast<int>(n));
    for (const pb::Ranking& of_mode : result.rankings()) {
      RankingCase ranking;
      ranking.need = n;
      ranking.mode = static_cast<engine::DeliveryMode>(of_mode.delivery_mode());
      ranking.result = &result;
      ranking.shown = &of_mode;
      ranking.ranking = explain::RankWithoutLot(InquiryOf(ranking));
      RETURN_IF_ERROR(Agree(of_mode, ranking.ranking));
      rankings_.push_back(std::move(ranking));
    }
  }
  return absl::OkStatus();
}

absl::Status Case::Agree(const pb::Ranking& shown, engine::Ranking& ranking) const {
  const auto& names = sources_.blind.names;
  std::vector<const pb::RankedOffering*> ranked;
  std::vector<std::string> ranked_names;
  std::vector<const pb::Band*> bands;
  for (const pb::Band& band : shown.bands()) {
    for (const pb::RankedOffering& offering : band.offerings()) {
      ranked.push_back(&offering);
      ranked_names.push_back(offering.offering());
      bands.push_back(&band);
    }
  }
  if (!Order(names, ranked_names, ranking.ranked) ||
      !Order(names, Names(shown.to_confirm()), ranking.to_confirm) ||
      !Order(names, Names(shown.excluded()), ranking.excluded)) {
    return Differs("which offerings are ranked, to confirm and excluded");
  }
  for (size_t i = 0; i < ranked.size(); ++i) {
    const engine::RankedOffering& found = ranking.ranked[i];
    const pb::RankedOffering& told = *ranked[i];
    if (found.score != told.score() || found.rank != bands[i]->rank() ||
        found.band != bands[i]->band()) {
      return Differs("a rank or a score");
    }
    if (found.cost.known != told.has_cost() ||
        (found.cost.known && found.cost.tco36_micros != told.cost().tco36_micros())) {
      return Differs("a cost");
    }
    if (found.contributions.size() != static_cast<size_t>(told.contributions_size())) {
      return Differs("the criteria that count");
    }
    for (size_t c = 0; c < found.contributions.size(); ++c) {
      const pb::Contribution& told_part = told.contributions(static_cast<int>(c));
      const engine::Contribution& part = found.contributions[c];
      if (part.contribution != told_part.contribution() ||
          rules().criteria(part.criterion).criterion_id() != told_part.criterion_id()) {
        return Differs("a contribution");
      }
    }
  }
  const auto same_findings = [&](const auto& found, const auto& told) {
    for (size_t i = 0; i < found.size(); ++i) {
      const auto& told_findings = told.Get(static_cast<int>(i)).findings();
      if (found[i].findings.size() != static_cast<size_t>(told_findings.size())) return false;
      for (size_t f = 0; f < found[i].findings.size(); ++f) {
        const uint8_t constraint = found[i].findings[f].constraint;
        const std::string& id = told_findings.Get(static_cast<int>(f)).rule_id();
        if (id != (constraint == engine::Finding::kMinimumFact
                       ? "MIN"
                       : rules().constraints(constraint).constraint_id())) {
          return false;
        }
      }
    }
    return true;
  };
  if (!same_findings(ranking.to_confirm, shown.to_confirm()) ||
      !same_findings(ranking.excluded, shown.excluded())) {
    return Differs("a finding");
  }
  return absl::OkStatus();
}

explain::Inquiry Case::InquiryOf(const RankingCase& ranking) const {
  return {.rules = sources_.rulebook.rules,
          .table = sources_.blind.table,
          .request = needs_[ranking.need].requests[static_cast<size_t>(ranking.mode) - 1],
          .mode = ranking.mode};
}

std::optional<uint32_t> Case::RowOf(absl::string_view offering) const {
  const auto& names = sources_.blind.names;
  const auto found = std::find(names.begin(), names.end(), offering);
  if (found == names.end()) return std::nullopt;
  return static_cast<uint32_t>(found - names.begin());
}

const RankingCase* Case::Find(size_t need, uint32_t row) const {
  const engine::FactTable& table = sources_.blind.table;
  if ((table.needs[row] >> needs_[need].need & 1) == 0) return nullptr;
  for (const RankingCase& ranking : rankings_) {
    if (ranking.need == need && ranking.mode == table.modes[row]) return &ranking;
  }
  return nullptr;
}

bool Case::Asked(size_t need, absl::string_view need_id) const {
  return need_id.empty() || asked_[need].need_id() == need_id;
}

}  // namespace aplomb::tell
