#include "decision/blindfold.h"

#include <algorithm>
#include <optional>
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

void AppendRow(const Entry& entry, const CompiledRulebook& rulebook, const Converter& converter,
               BlindCatalog& blind) {
  engine::FactTable& table = blind.table;
  const Offering& offering = *entry.offering;
  const OfferingReader reader(offering, rulebook, converter, blind.as_of_day);
  for (size_t slot = 0; slot < rulebook.offering_slots.size(); ++slot) {
    const OfferingFact fact = reader.Read(*rulebook.offering_slots[slot]);
    const bool known = fact.evidence != engine::Evidence::kNone;
    table.columns[slot].values.push_back(known ? fact.value : 0);
    table.columns[slot].evidence.push_back(fact.evidence);
  }
  const auto group =
      std::lower_bound(blind.group_uids.begin(), blind.group_uids.end(), entry.group_uid);
  const uint64_t needs = reader.Needs();
  table.modes.push_back(reader.Mode());
  table.kinds.push_back(static_cast<uint8_t>(
      Offering::Kind_IsValid(offering.kind()) ? offering.kind() : Offering::KIND_UNSPECIFIED));
  table.groups.push_back(static_cast<uint32_t>(group - blind.group_uids.begin()));
  table.needs.push_back(needs);
  table.tariffs.push_back(reader.ReadTariff());
  for (size_t need = 0; need < table.candidates.size(); ++need) {
    if ((needs >> need & 1) == 0) continue;
    table.candidates[need].rows.push_back(table.row_count);
    table.candidates[need].features.push_back(reader.Features(need));
  }
  ++table.row_count;
  blind.offering_uids.push_back(entry.uid);
  blind.names.push_back(*entry.name);
  blind.price_days.push_back(DayOf(offering.pricing().as_of()).value_or(0));
  blind.price_states.push_back(reader.TariffState());
}

}  // namespace

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
  const Converter converter = ConverterOf(rates);
  const OfferingReader reader(offering, rulebook, converter, as_of_day);
  engine::FactTable table;
  table.row_count = 1;
  table.group_count = 1;
  table.columns.resize(rulebook.offering_slots.size());
  for (auto& column : table.columns) {
    column.values = {0};
    column.evidence = {engine::Evidence::kNone};
  }
  for (const uint16_t slot : slots) {
    const OfferingFact fact = reader.Read(*rulebook.offering_slots[slot]);
    if (fact.evidence == engine::Evidence::kNone) continue;
    table.columns[slot].values = {fact.value};
    table.columns[slot].evidence = {fact.evidence};
  }
  table.modes = {reader.Mode()};
  table.kinds = {0};
  table.groups = {0};
  table.needs = {reader.Needs()};
  table.tariffs.resize(1);
  return table;
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
  for (const Entry& entry : entries) AppendRow(entry, rulebook, converter, blind);
  return blind;
}

}  // namespace aplomb::decision
