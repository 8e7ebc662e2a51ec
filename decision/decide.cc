#include "decision/decide.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"
#include "decision/profile_reading.h"
#include "engine/rank.h"
#include "engine/rank_top.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace aplomb::decision {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// --- The digest of a request ---------------------------------------------------------------------

void EncodeMessage(const Message& message, base::ByteWriter& w);

// One value of a field; `index` is -1 for a field that is not a list.
void EncodeValue(const Message& message, const FieldDescriptor& field, int index,
                 base::ByteWriter& w) {
  const auto& reflection = *message.GetReflection();
  const bool single = index < 0;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return w.Bool(single ? reflection.GetBool(message, &field)
                           : reflection.GetRepeatedBool(message, &field, index));
    case FieldDescriptor::CPPTYPE_INT32:
      return w.I64(single ? reflection.GetInt32(message, &field)
                          : reflection.GetRepeatedInt32(message, &field, index));
    case FieldDescriptor::CPPTYPE_INT64:
      return w.I64(single ? reflection.GetInt64(message, &field)
                          : reflection.GetRepeatedInt64(message, &field, index));
    case FieldDescriptor::CPPTYPE_ENUM:
      return w.I64(single ? reflection.GetEnumValue(message, &field)
                          : reflection.GetRepeatedEnumValue(message, &field, index));
    case FieldDescriptor::CPPTYPE_STRING:
      return w.Bytes(single ? reflection.GetString(message, &field)
                            : reflection.GetRepeatedString(message, &field, index));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return EncodeMessage(single ? reflection.GetMessage(message, &field)
                                  : reflection.GetRepeatedMessage(message, &field, index),
                           w);
    default:
      CHECK(false) << "no profile has a field of this type: " << field.full_name();
  }
}

// The fields that are set, by rising number, each as number, count, values; then number 0.
void EncodeMessage(const Message& message, base::ByteWriter& w) {
  const auto& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);  // by number
  for (const FieldDescriptor* field : fields) {
    w.U32(static_cast<uint32_t>(field->number()));
    if (!field->is_repeated()) {
      w.Count(1);
      EncodeValue(message, *field, -1, w);
      continue;
    }
    const int size = reflection.FieldSize(message, field);
    w.Count(static_cast<size_t>(size));
    for (int i = 0; i < size; ++i) EncodeValue(message, *field, i, w);
  }
  w.U32(0);
}

// --- From the engine's rows to offerings ---------------------------------------------------------

std::vector<RecordedUnranked> Unranked(const std::vector<engine::UnrankedOffering>& rows,
                                       const BlindCatalog& blind) {
  std::vector<RecordedUnranked> list;
  list.reserve(rows.size());
  for (const engine::UnrankedOffering& row : rows) {
    list.push_back({.offering = blind.offering_uids[row.row], .findings = row.findings});
  }
  return list;
}

RecordedRanking Recorded(engine::Ranking ranking, const engine::Request& request,
                         TargetSource target_source, int min_groups, const BlindCatalog& blind) {
  RecordedRanking recorded;
  recorded.mode = ranking.mode;
  recorded.target_micros = request.target_micros;
  recorded.target_source = target_source;
  recorded.criteria = std::move(ranking.criteria);
  recorded.dropped = std::move(ranking.dropped);
  recorded.unchecked = std::move(ranking.unchecked);
  recorded.ranked_group_count = ranking.ranked_group_count;
  recorded.insufficient_range = static_cast<int64_t>(ranking.ranked_group_count) < min_groups;
  recorded.ranked.reserve(ranking.ranked.size());
  for (engine::RankedOffering& row : ranking.ranked) {
    recorded.ranked.push_back({.offering = blind.offering_uids[row.row],
                               .score = row.score,
                               .band = row.band,
                               .rank = row.rank,
                               .close_to_next_band = row.close_to_next_band,
                               .price_day = blind.price_days[row.row],
                               .contributions = std::move(row.contributions),
                               .cost = std::move(row.cost)});
  }
  recorded.to_confirm = Unranked(ranking.to_confirm, blind);
  recorded.excluded = Unranked(ranking.excluded, blind);
  return recorded;
}

void CollectCurrencies(const engine::Ranking& ranking, const DecisionContext& context,
                       std::set<std::string>& currencies) {
  const auto collect = [&](uint32_t row) {
    if (context.blind.foreign[row] == 0) return;
    const auto found = context.snapshot.offerings.find(context.blind.names[row]);
    CHECK(found != context.snapshot.offerings.end()) << "the blind catalogue is of this snapshot";
    for (std::string& currency : ForeignCurrencies(found->second->offering)) {
      currencies.insert(std::move(currency));
    }
  };
  for (const auto& ranked : ranking.ranked) collect(ranked.row);
  for (const auto& unranked : ranking.to_confirm) collect(unranked.row);
  for (const auto& unranked : ranking.excluded) collect(unranked.row);
}

bool HasCandidates(const engine::FactTable& table, uint8_t need, engine::DeliveryMode mode) {
  const auto& rows = table.candidates[need].rows;
  return std::any_of(rows.begin(), rows.end(),
                     [&](uint32_t row) { return table.modes[row] == mode; });
}

// --- Keeping what the firm has -------------------------------------------------------------------

// The tool that serves the need: one that the firm calls adequate before any other, the first of
// them; -1 without one.
int ToolFor(const type::FirmProfile& profile, const catalog::v1::Need& need) {
  int found = -1;
  for (int i = 0; i < profile.existing_tools_size(); ++i) {
    const type::ExistingTool& tool = profile.existing_tools(i);
    if (!ToolMeets(tool, need)) continue;
    if (tool.adequate()) return i;
    if (found < 0) found = i;
  }
  return found;
}

RecordedKeep Keep(const type::FirmProfile& profile, const catalog::v1::Need& need,
                  const std::vector<RecordedRanking>& rankings) {
  RecordedKeep keep;
  keep.tool_index = ToolFor(profile, need);
  if (keep.tool_index < 0) return keep;
  const type::ExistingTool& tool = profile.existing_tools(keep.tool_index);
  if (tool.has_monthly_cost()) {
    keep.keep_cost_micros = engine::kCostMonths * tool.monthly_cost().micros();
  }
  if (tool.has_leaving_cost()) keep.leaving_cost_micros = tool.leaving_cost().micros();
  const ChangeCosts change = ChangeCostsOf(rankings, tool);
  keep.change_cost_micros = change.best_micros;
  // Whatever its rank: a tool is not kept on grounds of cost where something ranked is cheaper.
  keep.recommended = tool.adequate() && (change.cheapest_micros < 0 || keep.keep_cost_micros < 0 ||
                                         keep.keep_cost_micros <= change.cheapest_micros);
  return keep;
}

}  // namespace

ChangeCosts ChangeCostsOf(const std::vector<RecordedRanking>& rankings,
                          const type::ExistingTool& tool) {
  const int64_t leaving = tool.has_leaving_cost() ? tool.leaving_cost().micros() : 0;
  ChangeCosts costs;
  for (const RecordedRanking& ranking : rankings) {
    for (const RecordedRanked& ranked : ranking.ranked) {
      if (!ranked.cost.known) continue;
      const int64_t micros =
          std::min(ranked.cost.tco36_micros, engine::kMaxTotalMicros - leaving) + leaving;
      if (ranked.rank == 1 && (costs.best_micros < 0 || micros < costs.best_micros)) {
        costs.best_micros = micros;
      }
      if (costs.cheapest_micros < 0 || micros < costs.cheapest_micros) {
        costs.cheapest_micros = micros;
        costs.cheapest_rank = ranked.rank;
      }
    }
  }
  return costs;
}

base::Digest RequestDigest(const DecisionInput& input) {
  base::ByteWriter w;
  w.Raw(absl::string_view("aplomb/request/v1\0", 18));
  EncodeMessage(input.profile, w);
  w.Count(input.needs.size());
  for (const type::NeedRequest& need : input.needs) EncodeMessage(need, w);
  EncodeMessage(input.weights, w);
  return base::Sha256(w.view());
}

DecisionRecord Decide(const DecisionInput& input, const DecisionContext& context,
                      const TieSubject& tie_subject, std::vector<CompiledNeed>* compiled_out) {
  const CompiledRulebook& rulebook = context.rulebook;
  const BlindCatalog& blind = context.blind;
  CHECK_EQ(blind.as_of_day, input.as_of_day) << "the blind catalogue is of another day";
  DecisionRecord record;
  record.as_of_day = input.as_of_day;
  record.catalog_revision = context.snapshot.revision;
  record.rulebook_revision = context.rulebook_revision;
  record.request_digest = RequestDigest(input);
  record.rulebook_digest = rulebook.digest;
  record.catalog_digest = context.snapshot.state_digest;
  record.group_shares = GroupSharesOf(input.weights, rulebook);
  record.default_group_shares = GroupSharesOf(type::WeightChoice(), rulebook);
  std::set<std::string> currencies;
  thread_local engine::Workspace workspace;  // its memory is used again
  std::vector<CompiledNeed> compiled_needs = CompileRequest(input, rulebook);
  for (const CompiledNeed& compiled : compiled_needs) {
    const catalog::v1::Need& need = rulebook.source.needs(compiled.need);
    RecordedNeed recorded;
    recorded.need_id = need.need_id();
    recorded.assumed_usages = compiled.assumed_usages;
    recorded.usual_features_assumed = compiled.usual_features_assumed;
    recorded.size_assumed = compiled.size_assumed;
    recorded.ui_language_assumed = compiled.ui_language_assumed;
    recorded.prerequisites_met = compiled.prerequisites_met;
    const HmacTieBreaker tie_breaker(TieSeed(tie_subject, need.need_id()), blind);
    for (const auto mode :
         {engine::DeliveryMode::kDoItYourself, engine::DeliveryMode::kHaveItDone}) {
      if (!HasCandidates(blind.table, compiled.need, mode)) continue;
      const size_t m = static_cast<size_t>(mode) - 1;
      engine::Ranking ranking =
          blind.index == nullptr
              ? engine::Rank(rulebook.rules, blind.table, compiled.requests[m], mode, tie_breaker)
              : engine::Rank(rulebook.rules, blind.table, *blind.index, compiled.requests[m], mode,
                             tie_breaker, workspace);
      CollectCurrencies(ranking, context, currencies);
      recorded.rankings.push_back(Recorded(std::move(ranking), compiled.requests[m],
                                           compiled.target_sources[m],
                                           rulebook.source.min_ownership_groups(), blind));
    }
    recorded.keep = Keep(input.profile, need, recorded.rankings);
    record.needs.push_back(std::move(recorded));
  }
  // Of all rates of the day, those that these offerings were converted at.
  for (const AppliedRate& rate : blind.rates) {
    if (currencies.contains(rate.currency_code)) record.rates.push_back(rate);
  }
  if (compiled_out != nullptr) *compiled_out = std::move(compiled_needs);
  return record;
}

}  // namespace aplomb::decision
