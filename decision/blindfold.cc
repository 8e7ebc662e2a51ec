#include "decision/blindfold.h"

#include <algorithm>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/digest.h"
#include "decision/offering_facts.h"

namespace aplomb::decision {
namespace {

using catalog::v1::Member;
using catalog::v1::Offering;

// The bytes of a UUID in text. A text that is none (the catalogue has been validated) still names
// one thing and no other: its digest stands for it.
Uid UidOf(const std::string& text) {
  Uid uid = {};
  size_t count = 0;
  bool ok = true;
  for (const char c : text) {
    if (c == '-') continue;
    int digit = -1;
    if ('0' <= c && c <= '9') digit = c - '0';
    if ('a' <= c && c <= 'f') digit = c - 'a' + 10;
    if (digit < 0 || count >= 2 * uid.size()) {
      ok = false;
      break;
    }
    uid[count / 2] = static_cast<uint8_t>(uid[count / 2] << 4 | digit);
    ++count;
  }
  if (ok && count == 2 * uid.size()) return uid;
  const base::Digest digest = base::Sha256(text);
  std::copy_n(digest.begin(), uid.size(), uid.begin());
  return uid;
}

// One offering to be copied.
struct Entry {
  Uid uid;
  Uid group_uid;
  const std::string* name = nullptr;
  const Offering* offering = nullptr;
};

// "members/m/offerings/o" gives "members/m".
std::string MemberNameOf(const std::string& offering_name) {
  const size_t end = offering_name.find("/offerings/");
  return end == std::string::npos ? std::string() : offering_name.substr(0, end);
}

std::vector<Entry> EntriesOf(const catalog::Snapshot& snapshot) {
  std::vector<Entry> entries;
  for (const auto& [name, entry] : snapshot.offerings) {
    const auto member = snapshot.members.find(MemberNameOf(name));
    if (member == snapshot.members.end() || member->second->member.state() != Member::ACTIVE) {
      continue;
    }
    entries.push_back({.uid = UidOf(entry->offering.uid()),
                       .group_uid = UidOf(member->second->member.ownership_group_uid()),
                       .name = &name,
                       .offering = &entry->offering});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.uid, *a.name) < std::pair(b.uid, *b.name);
  });
  return entries;
}

std::vector<Uid> GroupsOf(const std::vector<Entry>& entries) {
  std::vector<Uid> groups;
  for (const Entry& entry : entries) groups.push_back(entry.group_uid);
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

uint8_t KindOf(const Offering& offering) {
  return static_cast<uint8_t>(Offering::Kind_IsValid(offering.kind()) ? offering.kind()
                                                                      : Offering::KIND_UNSPECIFIED);
}

// Makes place `row` of all lists but the candidates' what `entry` says.
void FillRow(const Entry& entry, size_t row, const CompiledRulebook& rulebook,
             const Converter& converter, BlindCatalog& blind,
             std::vector<engine::FeatureMasks>& features) {
  engine::FactTable& table = blind.table;
  const Offering& offering = *entry.offering;
  const OfferingReader reader(offering, rulebook, converter, blind.as_of_day);
  for (size_t slot = 0; slot < rulebook.offering_slots.size(); ++slot) {
    const OfferingFact fact = reader.Read(*rulebook.offering_slots[slot]);
    const bool known = fact.evidence != engine::Evidence::kNone;
    table.columns[slot].values[row] = known ? fact.value : 0;
    table.columns[slot].evidence[row] = fact.evidence;
  }
  const auto group =
      std::lower_bound(blind.group_uids.begin(), blind.group_uids.end(), entry.group_uid);
  const uint64_t needs = reader.Needs();
  table.modes[row] = reader.Mode();
  table.kinds[row] = KindOf(offering);
  table.groups[row] = static_cast<uint32_t>(group - blind.group_uids.begin());
  table.needs[row] = needs;
  table.tariffs[row] = reader.ReadTariff();
  for (size_t need = 0; need < table.candidates.size(); ++need) {
    if ((needs >> need & 1) != 0) features.push_back(reader.Features(need));
  }
  blind.offering_uids[row] = entry.uid;
  blind.names[row] = *entry.name;
  blind.price_days[row] = DayOf(offering.pricing().as_of()).value_or(0);
  blind.price_states[row] = reader.TariffState();
  blind.foreign[row] = ForeignCurrencies(offering).empty() ? 0 : 1;
}

// So many rows keep one thread busy for longer than it takes to start another.
constexpr size_t kRowsPerThread = 4'096;
constexpr size_t kThreadsMax = 8;

// Each thread fills a range of rows; the same bytes whatever their number.
void FillRows(const std::vector<Entry>& entries, const CompiledRulebook& rulebook,
              const Converter& converter, BlindCatalog& blind) {
  engine::FactTable& table = blind.table;
  const size_t count = entries.size();
  table.row_count = static_cast<uint32_t>(count);
  for (engine::Column& column : table.columns) {
    column.values.resize(count);
    column.evidence.resize(count);
  }
  table.modes.resize(count);
  table.kinds.resize(count);
  table.groups.resize(count);
  table.needs.resize(count);
  table.tariffs.resize(count);
  blind.offering_uids.resize(count);
  blind.names.resize(count);
  blind.price_days.resize(count);
  blind.price_states.resize(count);
  blind.foreign.resize(count);
  const size_t wanted = std::max<size_t>(1, std::thread::hardware_concurrency());
  const size_t parts = std::clamp<size_t>(count / kRowsPerThread, 1, std::min(wanted, kThreadsMax));
  // By row, then need.
  std::vector<std::vector<engine::FeatureMasks>> features(parts);
  const auto fill = [&](size_t part) {
    for (size_t row = count * part / parts; row < count * (part + 1) / parts; ++row) {
      FillRow(entries[row], row, rulebook, converter, blind, features[part]);
    }
  };
  std::vector<std::thread> threads;
  for (size_t part = 1; part < parts; ++part) threads.emplace_back(fill, part);
  fill(0);
  for (std::thread& thread : threads) thread.join();
  for (size_t part = 0; part < parts; ++part) {
    auto next = features[part].begin();
    for (size_t row = count * part / parts; row < count * (part + 1) / parts; ++row) {
      for (size_t need = 0; need < table.candidates.size(); ++need) {
        if ((table.needs[row] >> need & 1) == 0) continue;
        table.candidates[need].rows.push_back(static_cast<uint32_t>(row));
        table.candidates[need].features.push_back(*next++);
      }
    }
  }
}

}  // namespace

std::vector<std::string> ForeignCurrencies(const Offering& offering) {
  std::vector<std::string> currencies;
  const auto add = [&](bool has, const type::Money& money) {
    if (has && money.currency_code() != "EUR") currencies.push_back(money.currency_code());
  };
  for (const type::PriceComponent& c : offering.pricing().components()) {
    add(c.has_amount(), c.amount());
    add(c.has_amount_max(), c.amount_max());
    add(c.has_per_transaction(), c.per_transaction());
    add(c.has_monthly_minimum(), c.monthly_minimum());
    add(c.promotion().has_amount(), c.promotion().amount());
    for (const type::PriceTier& tier : c.tiers()) {
      add(tier.has_unit_price(), tier.unit_price());
      add(tier.has_flat(), tier.flat());
    }
  }
  add(offering.commitment().has_exit_fee(), offering.commitment().exit_fee());
  add(offering.portability().has_switching_fee(), offering.portability().switching_fee());
  std::sort(currencies.begin(), currencies.end());
  currencies.erase(std::unique(currencies.begin(), currencies.end()), currencies.end());
  return currencies;
}

// Of two rates of one day the greater one,
// whatever their order.
std::vector<AppliedRate> RatesOn(const catalog::Snapshot& snapshot, int32_t as_of_day) {
  std::map<std::string, AppliedRate> newest;
  if (snapshot.rates != nullptr) {
    for (const auto& rate : snapshot.rates->table.rates()) {
      const std::optional<int32_t> day = DayOf(rate.date());
      if (!day.has_value() || *day > as_of_day || rate.euros_micros() <= 0 ||
          rate.currency_code() == "EUR") {
        continue;
      }
      const AppliedRate found{
          .currency_code = rate.currency_code(), .euros_micros = rate.euros_micros(), .day = *day};
      const auto [it, is_new] = newest.emplace(rate.currency_code(), found);
      const AppliedRate& kept = it->second;
      if (!is_new &&
          std::pair(found.day, found.euros_micros) > std::pair(kept.day, kept.euros_micros)) {
        it->second = found;
      }
    }
  }
  std::vector<AppliedRate> rates;
  for (auto& [currency, rate] : newest) rates.push_back(std::move(rate));
  return rates;
}

namespace {

Converter ConverterOf(const std::vector<AppliedRate>& rates) {
  std::map<std::string, int64_t, std::less<>> euros_micros;
  for (const AppliedRate& rate : rates) {
    euros_micros.emplace(rate.currency_code, rate.euros_micros);
  }
  return Converter(std::move(euros_micros));
}

}  // namespace

PriceState PriceStateOf(const Offering& offering, const CompiledRulebook& rulebook,
                        int32_t as_of_day) {
  const Converter converter = ConverterOf({});
  return OfferingReader(offering, rulebook, converter, as_of_day).TariffState();
}

engine::FactTable BlindRow(const Offering& offering, const CompiledRulebook& rulebook,
                           const std::vector<AppliedRate>& rates, int32_t as_of_day,
                           const std::vector<uint16_t>& slots) {
  engine::FactTable table;
  FillBlindRow(offering, rulebook, rates, as_of_day, slots, table);
  return table;
}

void FillBlindRow(const Offering& offering, const CompiledRulebook& rulebook,
                  const std::vector<AppliedRate>& rates, int32_t as_of_day,
                  const std::vector<uint16_t>& slots, engine::FactTable& table) {
  const Converter converter = ConverterOf(rates);
  const OfferingReader reader(offering, rulebook, converter, as_of_day);
  if (table.columns.empty()) {
    table.row_count = 1;
    table.group_count = 1;
    table.columns.resize(rulebook.offering_slots.size());
    for (auto& column : table.columns) {
      column.values = {0};
      column.evidence = {engine::Evidence::kNone};
    }
  }
  for (const uint16_t slot : slots) {
    const OfferingFact fact = reader.Read(*rulebook.offering_slots[slot]);
    const bool known = fact.evidence != engine::Evidence::kNone;
    table.columns[slot].values[0] = known ? fact.value : 0;
    table.columns[slot].evidence[0] = fact.evidence;
  }
  table.modes = {reader.Mode()};
  table.kinds = {0};
  table.groups = {0};
  table.needs = {reader.Needs()};
  table.tariffs.resize(1);
}

BlindCatalog Blindfold(const catalog::Snapshot& snapshot, const CompiledRulebook& rulebook,
                       int32_t as_of_day) {
  BlindCatalog blind;
  blind.as_of_day = as_of_day;
  blind.rates = RatesOn(snapshot, as_of_day);
  const Converter converter = ConverterOf(blind.rates);

  const std::vector<Entry> entries = EntriesOf(snapshot);
  CHECK_LE(entries.size(), size_t{engine::kMaxRows}) << "the catalogue bounds its offerings";
  blind.group_uids = GroupsOf(entries);
  blind.table.group_count = static_cast<uint32_t>(blind.group_uids.size());
  blind.table.columns.resize(rulebook.offering_slots.size());
  blind.table.candidates.resize(rulebook.need_ordinals.size());
  FillRows(entries, rulebook, converter, blind);
  return blind;
}

namespace {

using OfferingPointer = std::shared_ptr<const catalog::OfferingEntry>;

// The offerings to be read again, or nothing where there is more to do.
std::optional<std::vector<const Offering*>> ChangedOfferings(const catalog::Snapshot& before,
                                                             const catalog::Snapshot& after) {
  if (before.rates != after.rates) return std::nullopt;
  bool possible = true;
  const auto& members = after.members;
  catalog::SharedMap<std::string, std::shared_ptr<const catalog::MemberEntry>>::ForEachDifference(
      before.members, members, [&possible](const auto* was, const auto* is) {
        // A member without offerings may come.
        if (was == nullptr) return;
        possible =
            possible && is != nullptr &&
            was->second->member.state() == is->second->member.state() &&
            was->second->member.ownership_group_uid() == is->second->member.ownership_group_uid();
      });
  std::vector<const Offering*> changed;
  catalog::SharedMap<std::string, OfferingPointer>::ForEachDifference(
      before.offerings, after.offerings, [&](const auto* was, const auto* is) {
        possible = possible && was != nullptr && is != nullptr && changed.size() < kReblindMax &&
                   was->second->offering.uid() == is->second->offering.uid();
        if (possible) changed.push_back(&is->second->offering);
      });
  if (!possible) return std::nullopt;
  return changed;
}

// Makes `row` what `offering` says now; returns the needs that it serves or served.
uint64_t RewriteRow(const Offering& offering, uint32_t row, const CompiledRulebook& rulebook,
                    const Converter& converter, BlindCatalog& blind) {
  engine::FactTable& table = blind.table;
  const OfferingReader reader(offering, rulebook, converter, blind.as_of_day);
  for (size_t slot = 0; slot < rulebook.offering_slots.size(); ++slot) {
    const OfferingFact fact = reader.Read(*rulebook.offering_slots[slot]);
    const bool known = fact.evidence != engine::Evidence::kNone;
    table.columns[slot].values[row] = known ? fact.value : 0;
    table.columns[slot].evidence[row] = fact.evidence;
  }
  const uint64_t needs = reader.Needs();
  const uint64_t touched = needs | table.needs[row];
  table.modes[row] = reader.Mode();
  table.kinds[row] = KindOf(offering);
  table.needs[row] = needs;
  table.tariffs[row] = reader.ReadTariff();
  for (size_t need = 0; need < table.candidates.size(); ++need) {
    if ((touched >> need & 1) == 0) continue;
    engine::NeedCandidates& candidates = table.candidates[need];
    const auto found = std::lower_bound(candidates.rows.begin(), candidates.rows.end(), row);
    const auto place = found - candidates.rows.begin();
    const bool is_there = found != candidates.rows.end() && *found == row;
    const bool serves = (needs >> need & 1) != 0;
    if (is_there && !serves) {
      candidates.rows.erase(found);
      candidates.features.erase(candidates.features.begin() + place);
    } else if (is_there) {
      candidates.features[static_cast<size_t>(place)] = reader.Features(need);
    } else {
      candidates.rows.insert(found, row);
      candidates.features.insert(candidates.features.begin() + place, reader.Features(need));
    }
  }
  blind.price_days[row] = DayOf(offering.pricing().as_of()).value_or(0);
  blind.price_states[row] = reader.TariffState();
  blind.foreign[row] = ForeignCurrencies(offering).empty() ? 0 : 1;
  return touched;
}

}  // namespace

std::optional<uint64_t> Reblind(const catalog::Snapshot& before, const catalog::Snapshot& after,
                                const CompiledRulebook& rulebook, BlindCatalog& blind) {
  const std::optional<std::vector<const Offering*>> changed = ChangedOfferings(before, after);
  if (!changed.has_value()) return std::nullopt;
  const Converter converter = ConverterOf(blind.rates);
  uint64_t touched = 0;
  for (const Offering* offering : *changed) {
    const Uid uid = UidOf(offering->uid());
    auto found = std::lower_bound(blind.offering_uids.begin(), blind.offering_uids.end(), uid);
    // Two offerings of one uid are told apart by their names; of a member that is not active there
    // is no row.
    for (; found != blind.offering_uids.end() && *found == uid; ++found) {
      const auto row = static_cast<size_t>(found - blind.offering_uids.begin());
      if (blind.names[row] != offering->name()) continue;
      touched |= RewriteRow(*offering, static_cast<uint32_t>(row), rulebook, converter, blind);
    }
  }
  return touched;
}

}  // namespace aplomb::decision
