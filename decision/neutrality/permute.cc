#include "decision/neutrality/permute.h"

#include <algorithm>
#include <numeric>
#include <random>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "aplomb/type/options.pb.h"
#include "base/bytes.h"
#include "base/check.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/message.h"

namespace aplomb::decision {
namespace {

using catalog::v1::Member;
using catalog::v1::Offering;
using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The distributions of <random> differ between libraries; this does not.
class Shuffler {
 public:
  explicit Shuffler(uint64_t seed) : bits_(seed) {}
  uint64_t Bits() { return bits_(); }

  // Exchanges places 0 to size - 1 at random by `swap(i, j)`; gives how many things stand
  // elsewhere than before.
  template <typename Swap>
  int64_t Shuffle(size_t size, Swap swap) {
    std::vector<size_t> at(size);
    std::iota(at.begin(), at.end(), size_t{0});
    for (size_t i = size; i > 1; --i) {
      const size_t j = static_cast<size_t>(bits_() % i);
      if (j == i - 1) continue;
      swap(i - 1, j);
      std::swap(at[i - 1], at[j]);
    }
    int64_t moved = 0;
    for (size_t i = 0; i < size; ++i) moved += at[i] != i;
    return moved;
  }

 private:
  std::mt19937_64 bits_;
};

// Deterministic within one version of the library.
std::string Serialize(const Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream output(&stream);
    output.SetSerializationDeterministic(true);
    CHECK(message.SerializeToCodedStream(&output)) << "a message in memory";
  }
  return bytes;
}

template <typename M>
absl::StatusOr<std::vector<M>> ParseAll(const std::vector<std::string>& objects) {
  std::vector<M> messages(objects.size());
  for (size_t i = 0; i < objects.size(); ++i) {
    if (!messages[i].ParseFromString(objects[i])) {
      return absl::InvalidArgumentError(absl::StrCat(
          "object ", i, " of the stored catalogue is no ", M::descriptor()->full_name()));
    }
  }
  return messages;
}

std::string MemberOf(absl::string_view offering_name) {
  return std::string(offering_name.substr(0, offering_name.find("/offerings/")));
}

std::string IdOf(absl::string_view offering_name) {
  const size_t at = offering_name.find("/offerings/");
  return at == absl::string_view::npos ? std::string(offering_name)
                                       : std::string(offering_name.substr(at + 11));
}

// --- What an offering holds besides facts
// ---------------------------------------------------------

Exchange KindOf(type::Visibility visibility) {
  switch (visibility) {
    case type::IDENTITY:
      return Exchange::kOfferingIdentities;
    case type::COMMERCIAL:
      return Exchange::kCommercialFields;
    default:
      return Exchange::kTexts;
  }
}

// Lists whose order says nothing: sets by their meaning.
bool IsSet(const FieldDescriptor& field) {
  static const auto* const kSets =
      new std::set<std::string>{"aplomb.catalog.v1.Offering.need_ids",
                                "aplomb.catalog.v1.Offering.features",
                                "aplomb.catalog.v1.Offering.claims",
                                "aplomb.catalog.v1.Audience.naf_codes",
                                "aplomb.catalog.v1.PlatformList.platforms",
                                "aplomb.catalog.v1.CertificateList.certificates",
                                "aplomb.type.CodeList.codes"};
  return kSets->contains(field.full_name());
}

// The fields of offerings, sorted out once: by message, which of its fields are no facts, which
// are sets, and below which there is more.
struct Plan {
  std::vector<std::pair<size_t, const FieldDescriptor*>> others;  // number of the field, field
  std::vector<const FieldDescriptor*> sets;
  std::vector<const FieldDescriptor*> below;
};

class Plans {
 public:
  static const Plans& Get() {
    static const auto* const plans = new Plans;
    return *plans;
  }
  const Plan& Of(const Descriptor* descriptor) const { return plans_.at(descriptor); }
  const std::vector<const FieldDescriptor*>& others() const { return others_; }

 private:
  Plans() { Add(*Offering::descriptor()); }

  void Add(const Descriptor& descriptor) {
    if (plans_.contains(&descriptor)) return;
    plans_[&descriptor];  // before going down: a message may hold its own kind
    Plan plan;
    for (int i = 0; i < descriptor.field_count(); ++i) {
      const FieldDescriptor& field = *descriptor.field(i);
      if (field.options().GetExtension(type::visibility) != type::FACT) {
        // The UUID is moved by itself, the name follows its member.
        if (descriptor.full_name() == "aplomb.catalog.v1.Offering" &&
            (field.name() == "uid" || field.name() == "name")) {
          continue;
        }
        plan.others.emplace_back(others_.size(), &field);
        others_.push_back(&field);
        continue;
      }
      if (field.is_repeated() && IsSet(field)) plan.sets.push_back(&field);
      if (field.message_type() != nullptr &&
          absl::StartsWith(field.message_type()->full_name(), "aplomb.")) {
        Add(*field.message_type());
        plan.below.push_back(&field);
      }
    }
    plans_[&descriptor] = std::move(plan);
  }

  std::map<const Descriptor*, Plan> plans_;     // looked up only
  std::vector<const FieldDescriptor*> others_;  // in the order of the descriptors
};

// All messages that can hold each field that is no fact, in the order of the catalogue.
class Places {
 public:
  Places() : by_field_(Plans::Get().others().size()) {}

  void Collect(Message& message, Shuffler& shuffler, int64_t& order_moved) {
    const Plan& plan = Plans::Get().Of(message.GetDescriptor());
    const auto& reflection = *message.GetReflection();
    for (const auto& [number, field] : plan.others) by_field_[number].push_back(&message);
    for (const FieldDescriptor* field : plan.sets) {
      order_moved += shuffler.Shuffle(
          static_cast<size_t>(reflection.FieldSize(message, field)), [&](size_t i, size_t j) {
            reflection.SwapElements(&message, field, static_cast<int>(i), static_cast<int>(j));
          });
    }
    for (const FieldDescriptor* field : plan.below) {
      if (field->is_repeated()) {
        const int size = reflection.FieldSize(message, field);
        for (int i = 0; i < size; ++i) {
          Collect(*reflection.MutableRepeatedMessage(&message, field, i), shuffler, order_moved);
        }
      } else if (reflection.HasField(message, field)) {
        Collect(*reflection.MutableMessage(&message, field), shuffler, order_moved);
      }
    }
  }

  void Exchange(Shuffler& shuffler, std::array<int64_t, kExchangeCount>& moved) {
    for (size_t number = 0; number < by_field_.size(); ++number) {
      const FieldDescriptor* field = Plans::Get().others()[number];
      std::vector<Message*>& places = by_field_[number];
      const auto kind = KindOf(field->options().GetExtension(type::visibility));
      const std::vector<const FieldDescriptor*> one = {field};
      moved[static_cast<size_t>(kind)] += shuffler.Shuffle(places.size(), [&](size_t i, size_t j) {
        places[i]->GetReflection()->SwapFields(places[i], places[j], one);
      });
    }
  }

 private:
  std::vector<std::vector<Message*>> by_field_;
};

// --- Members
// --------------------------------------------------------------------------------------

// Exchanges all fields of members but the state and the group.
void ExchangeMembers(std::vector<Member>& members, bool whole, Shuffler& shuffler,
                     std::array<int64_t, kExchangeCount>& moved) {
  std::array<std::vector<const FieldDescriptor*>, 2> fields;  // identities, standing
  const Descriptor& descriptor = *Member::descriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor* field = descriptor.field(i);
    if (field->name() == "state" || field->name() == "ownership_group_uid") continue;
    const bool standing = field->options().GetExtension(type::visibility) == type::COMMERCIAL;
    fields[standing ? 1 : 0].push_back(field);
  }
  const auto exchange = [&](const std::vector<const FieldDescriptor*>& those) {
    return shuffler.Shuffle(members.size(), [&](size_t i, size_t j) {
      Member::GetReflection()->SwapFields(&members[i], &members[j], those);
    });
  };
  for (size_t n = 0; n < 2; ++n) {
    int64_t& count = moved[static_cast<size_t>(n == 0 ? Exchange::kMemberIdentities
                                                      : Exchange::kMemberStanding)];
    if (whole) {
      count += exchange(fields[n]) * static_cast<int64_t>(fields[n].size());
    } else {
      for (const FieldDescriptor* field : fields[n]) count += exchange({field});
    }
  }
}

// Which member (its place) has each offering, exchanged between active members of one group.
std::vector<size_t> ExchangeOwners(const std::vector<Member>& members,
                                   const std::vector<Offering>& offerings, Shuffler& shuffler,
                                   int64_t& moved) {
  std::map<std::string, size_t, std::less<>> place_of;
  for (size_t m = 0; m < members.size(); ++m) place_of.emplace(members[m].name(), m);
  std::vector<size_t> owners;
  std::map<std::string, std::vector<size_t>> by_group;
  for (size_t o = 0; o < offerings.size(); ++o) {
    const auto found = place_of.find(MemberOf(offerings[o].name()));
    owners.push_back(found == place_of.end() ? members.size() : found->second);
    if (found == place_of.end()) continue;
    const Member& member = members[found->second];
    if (member.state() == Member::ACTIVE) by_group[member.ownership_group_uid()].push_back(o);
  }
  for (const auto& group : by_group) {
    // Not a structured binding: clang 14 does not let a lambda have one.
    const std::vector<size_t>& theirs = group.second;
    const std::vector<size_t> before = owners;
    shuffler.Shuffle(theirs.size(),
                     [&](size_t i, size_t j) { std::swap(owners[theirs[i]], owners[theirs[j]]); });
    for (const size_t o : theirs) moved += owners[o] != before[o];
  }
  return owners;
}

// --- UUIDs
// ----------------------------------------------------------------------------------------

std::string RandomUuid(Shuffler& shuffler) {
  const uint64_t a = shuffler.Bits();
  const uint64_t b = shuffler.Bits();
  return absl::StrFormat("%08x-%04x-4%03x-%04x-%012x", a >> 32, a >> 16 & 0xFFFF, a & 0xFFF,
                         (b >> 48 & 0x3FFF) | 0x8000, b & 0xFFFFFFFFFFFF);
}

Uid BytesOf(absl::string_view uuid) {
  Uid uid = {};
  size_t count = 0;
  for (const char c : uuid) {
    if (c == '-') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    uid[count / 2] = static_cast<uint8_t>(uid[count / 2] << 4 | digit);
    ++count;
  }
  return uid;
}

bool IsUuid(absl::string_view text) {
  return text.size() == 36 && text.find_first_not_of("0123456789abcdef-") == text.npos;
}

absl::Status RedrawUids(std::vector<Member>& members, std::vector<Offering>& offerings,
                        Shuffler& shuffler, Permuted& permuted) {
  std::map<std::string, std::string> groups;
  for (Member& member : members) {
    std::string& fresh = groups[member.ownership_group_uid()];
    if (fresh.empty()) fresh = RandomUuid(shuffler);
    member.set_ownership_group_uid(fresh);
    member.set_uid(RandomUuid(shuffler));
  }
  for (Offering& offering : offerings) {
    if (!IsUuid(offering.uid())) {
      return absl::InvalidArgumentError(
          absl::StrCat("the uid of ", offering.name(), " is no UUID: ", offering.uid()));
    }
    const std::string fresh = RandomUuid(shuffler);
    permuted.former_uids.emplace(BytesOf(fresh), BytesOf(offering.uid()));
    offering.set_uid(fresh);
  }
  permuted.moved[static_cast<size_t>(Exchange::kUids)] +=
      static_cast<int64_t>(groups.size() + members.size() + offerings.size());
  return absl::OkStatus();
}

// Gives each offering the name that its member and an id of the pool make.
void Rename(const std::vector<Member>& members, const std::vector<size_t>& owners,
            std::vector<Offering>& offerings, Shuffler& shuffler, int64_t& moved) {
  std::vector<std::string> ids;
  for (const Offering& offering : offerings) ids.push_back(IdOf(offering.name()));
  moved += shuffler.Shuffle(ids.size(), [&](size_t i, size_t j) { std::swap(ids[i], ids[j]); });
  std::set<std::string> taken;
  for (size_t o = 0; o < offerings.size(); ++o) {
    // An offering without a member stays as it is: nobody's name stands in it.
    if (owners[o] == members.size()) continue;
    const std::string base = absl::StrCat(members[owners[o]].name(), "/offerings/", ids[o]);
    std::string name = base;
    for (int n = 2; !taken.insert(name).second; ++n) name = absl::StrCat(base, "-", n);
    offerings[o].set_name(name);
  }
}

void ExchangeFees(const std::vector<std::string>& former_names, const std::vector<Member>& members,
                  const StoredCatalog& stored, Shuffler& shuffler, Permuted& permuted) {
  std::vector<std::pair<size_t, int64_t>> fees;  // place of the member, fee
  for (size_t m = 0; m < members.size(); ++m) {
    const auto fee = stored.fees_micros.find(former_names[m]);
    if (fee != stored.fees_micros.end()) fees.emplace_back(m, fee->second);
  }
  permuted.moved[static_cast<size_t>(Exchange::kFees)] += shuffler.Shuffle(
      fees.size(), [&](size_t i, size_t j) { std::swap(fees[i].second, fees[j].second); });
  for (const auto& [m, fee] : fees) permuted.catalog.fees_micros[members[m].name()] = fee;
}

}  // namespace

StoredCatalog StoredOf(const catalog::Snapshot& snapshot,
                       std::map<std::string, int64_t, std::less<>> fees_micros) {
  const auto in_order = [](const auto& entries, auto bytes_of) {
    std::vector<std::pair<uint32_t, std::string>> numbered;
    for (const auto& [name, entry] : entries)
      numbered.emplace_back(entry->ordinal, bytes_of(*entry));
    std::stable_sort(numbered.begin(), numbered.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> bytes;
    for (auto& [ordinal, object] : numbered) bytes.push_back(std::move(object));
    return bytes;
  };
  StoredCatalog stored;
  stored.members =
      in_order(snapshot.members, [](const auto& entry) { return Serialize(entry.member); });
  stored.offerings =
      in_order(snapshot.offerings, [](const auto& entry) { return Serialize(entry.offering); });
  stored.fees_micros = std::move(fees_micros);
  stored.law_table = snapshot.law_table;
  stored.rates = snapshot.rates;
  stored.revision = snapshot.revision;
  stored.time_us = snapshot.time_us;
  stored.state_digest = snapshot.state_digest;
  return stored;
}

absl::StatusOr<catalog::Snapshot> ProjectStored(const StoredCatalog& stored) {
  catalog::Snapshot snapshot;
  snapshot.revision = stored.revision;
  snapshot.time_us = stored.time_us;
  snapshot.state_digest = stored.state_digest;
  snapshot.law_table = stored.law_table;
  snapshot.rates = stored.rates;
  const auto twice = [](absl::string_view name) {
    return absl::InvalidArgumentError(absl::StrCat("two stored objects are named ", name));
  };
  for (size_t i = 0; i < stored.members.size(); ++i) {
    auto entry = std::make_shared<catalog::MemberEntry>();
    absl::StatusOr<Member> read = catalog::ReadStoredMember(stored.members[i]);
    if (!read.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("stored member ", i, " cannot be read"));
    }
    entry->member = *std::move(read);
    entry->digest = base::Sha256(stored.members[i]);
    entry->revision = entry->member.revision();
    entry->ordinal = static_cast<uint32_t>(i);
    const std::string name = entry->member.name();
    if (!snapshot.members.emplace(name, std::move(entry)).second) return twice(name);
  }
  for (size_t i = 0; i < stored.offerings.size(); ++i) {
    auto entry = std::make_shared<catalog::OfferingEntry>();
    absl::StatusOr<Offering> read = catalog::ReadStoredOffering(stored.offerings[i]);
    if (!read.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("stored offering ", i, " cannot be read"));
    }
    entry->offering = *std::move(read);
    entry->digest = base::Sha256(stored.offerings[i]);
    entry->revision = entry->offering.revision();
    entry->ordinal = static_cast<uint32_t>(i);
    const std::string name = entry->offering.name();
    if (!snapshot.offerings.emplace(name, std::move(entry)).second) return twice(name);
  }
  snapshot.index = catalog::MakeSnapshotIndex(snapshot);
  return snapshot;
}

base::Digest DigestOf(const StoredCatalog& stored) {
  base::ByteWriter w;
  for (const auto* objects : {&stored.members, &stored.offerings}) {
    w.Count(objects->size());
    for (const std::string& bytes : *objects) w.Bytes(bytes);
  }
  return base::Sha256(w.view());
}

absl::string_view ExchangeId(Exchange exchange) {
  switch (exchange) {
    case Exchange::kMemberIdentities:
      return "member_identities";
    case Exchange::kMemberStanding:
      return "member_standing";
    case Exchange::kFees:
      return "fees";
    case Exchange::kOwners:
      return "owners";
    case Exchange::kOfferingIdentities:
      return "offering_identities";
    case Exchange::kTexts:
      return "texts";
    case Exchange::kCommercialFields:
      return "commercial_fields";
    case Exchange::kOrder:
      return "order";
    case Exchange::kUids:
      return "uids";
  }
  return "";
}

absl::StatusOr<Permuted> Permute(const StoredCatalog& stored, uint64_t seed, bool redraw_uids) {
  absl::StatusOr<std::vector<Member>> members = ParseAll<Member>(stored.members);
  if (!members.ok()) return members.status();
  absl::StatusOr<std::vector<Offering>> offerings = ParseAll<Offering>(stored.offerings);
  if (!offerings.ok()) return offerings.status();

  Shuffler shuffler(seed);
  Permuted permuted{.catalog = {.law_table = stored.law_table,
                                .rates = stored.rates,
                                .revision = stored.revision,
                                .time_us = stored.time_us,
                                .state_digest = stored.state_digest}};
  auto& moved = permuted.moved;
  int64_t& order = moved[static_cast<size_t>(Exchange::kOrder)];

  std::vector<std::string> former_names;
  for (const Member& member : *members) former_names.push_back(member.name());
  const std::vector<size_t> owners =
      ExchangeOwners(*members, *offerings, shuffler, moved[static_cast<size_t>(Exchange::kOwners)]);
  ExchangeMembers(*members, /*whole=*/seed % 2 == 0, shuffler, moved);
  ExchangeFees(former_names, *members, stored, shuffler, permuted);
  Rename(*members, owners, *offerings, shuffler,
         moved[static_cast<size_t>(Exchange::kOfferingIdentities)]);
  Places places;
  for (Offering& offering : *offerings) places.Collect(offering, shuffler, order);
  places.Exchange(shuffler, moved);
  if (redraw_uids) {
    const absl::Status redrawn = RedrawUids(*members, *offerings, shuffler, permuted);
    if (!redrawn.ok()) return redrawn;
  }
  for (const Member& member : *members) permuted.catalog.members.push_back(Serialize(member));
  for (const Offering& offering : *offerings) {
    permuted.catalog.offerings.push_back(Serialize(offering));
  }
  for (auto* objects : {&permuted.catalog.members, &permuted.catalog.offerings}) {
    order += shuffler.Shuffle(objects->size(),
                              [&](size_t i, size_t j) { std::swap((*objects)[i], (*objects)[j]); });
  }
  return permuted;
}

}  // namespace aplomb::decision
