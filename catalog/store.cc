#include "catalog/store.h"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/hex.h"
#include "base/reason.h"
#include "base/status.h"
#include "catalog/identifiers.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace aplomb::catalog {
namespace {

using audit::EntryType;
using audit::LoggedEntry;
using audit::Overlay;
using audit::StageContext;

// Column families; docs/storage.md.
constexpr char kMember[] = "member";
constexpr char kOffering[] = "offering";
constexpr char kMemberRevision[] = "member_revision";
constexpr char kOfferingRevision[] = "offering_revision";
constexpr char kRulebookRevision[] = "rulebook_revision";
constexpr char kTableRevision[] = "table_revision";
constexpr char kUid[] = "uid";
constexpr char kCatalogMeta[] = "catalog_meta";

// Keys of catalog_meta.
constexpr char kNextOrdinal[] = "next_ordinal";
constexpr char kFictional[] = "fictional";

// Names of the two tables, which there is one of each.
constexpr char kLawTableName[] = "law_table";
constexpr char kRateTableName[] = "exchange_rates";

constexpr size_t kNameSizeMax = 255;

// What `member` and `offering` hold of an object's present state.
struct CurrentState {
  uint32_t ordinal = 0;
  int64_t revision = 0;
  int64_t time_us = 0;
  base::Digest digest = {};
  std::string bytes = {};  // empty where the family does not hold them
};

// What the families of revisions hold.
struct RevisionState {
  uint32_t ordinal = 0;
  base::Digest digest = {};
};

struct Body {
  std::string name = {};
  absl::string_view bytes = {};
};

std::string EncodeBody(absl::string_view name, absl::string_view bytes) {
  base::ByteWriter writer;
  writer.Bytes(name);
  writer.Raw(bytes);
  return std::move(writer).Take();
}

absl::StatusOr<Body> DecodeBody(absl::string_view body) {
  base::ByteReader reader(body);
  ASSIGN_OR_RETURN(const absl::string_view name, reader.Bytes(kNameSizeMax));
  return Body{.name = std::string(name), .bytes = body.substr(reader.offset())};
}

std::string EncodeCurrent(const CurrentState& state) {
  base::ByteWriter writer;
  writer.U32(state.ordinal);
  writer.I64(state.revision);
  writer.I64(state.time_us);
  writer.Digest(state.digest);
  writer.Raw(state.bytes);
  return std::move(writer).Take();
}

absl::StatusOr<CurrentState> DecodeCurrent(absl::string_view value) {
  base::ByteReader reader(value);
  CurrentState state;
  ASSIGN_OR_RETURN(state.ordinal, reader.U32());
  ASSIGN_OR_RETURN(state.revision, reader.I64());
  ASSIGN_OR_RETURN(state.time_us, reader.I64());
  ASSIGN_OR_RETURN(state.digest, reader.Digest());
  state.bytes = std::string(value.substr(reader.offset()));
  return state;
}

std::string EncodeRevision(const RevisionState& state) {
  base::ByteWriter writer;
  writer.U32(state.ordinal);
  writer.Digest(state.digest);
  return std::move(writer).Take();
}

absl::StatusOr<RevisionState> DecodeRevision(absl::string_view value) {
  base::ByteReader reader(value);
  RevisionState state;
  ASSIGN_OR_RETURN(state.ordinal, reader.U32());
  ASSIGN_OR_RETURN(state.digest, reader.Digest());
  RETURN_IF_ERROR(reader.ExpectEnd());
  return state;
}

// Names hold no NUL, so the revisions of one name stand together, in order.
std::string RevisionPrefix(absl::string_view name) {
  return absl::StrCat(name, absl::string_view("\0", 1));
}
std::string RevisionKey(absl::string_view name, int64_t revision) {
  return absl::StrCat(RevisionPrefix(name), audit::IndexKey(revision));
}

struct NameAndRevision {
  std::string name = {};
  int64_t revision = 0;
};

absl::StatusOr<NameAndRevision> ParseRevisionKey(absl::string_view key) {
  if (key.size() < 1 + 8 || key[key.size() - 9] != '\0') {
    return absl::DataLossError("not the key of a revision");
  }
  base::ByteReader reader(key.substr(key.size() - 8));
  NameAndRevision parsed{.name = std::string(key.substr(0, key.size() - 9))};
  ASSIGN_OR_RETURN(parsed.revision, reader.I64());
  return parsed;
}

// Deterministic within one version of the library, which is all that is asked: the bytes are made
// once and then kept.
std::string Serialize(const google::protobuf::Message& message) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream output(&stream);
    output.SetSerializationDeterministic(true);
    CHECK(message.SerializeToCodedStream(&output)) << "a message in memory";
  }
  return bytes;
}

absl::Status Damaged(absl::string_view what, const absl::Status& why) {
  return base::ReasonedError(
      absl::StatusCode::kDataLoss, "CATALOG_DAMAGED",
      absl::StrCat("The stored catalogue is damaged at ", what, ": ", why.message(),
                   ". Rebuild it from the log, or restore a backup."));
}

template <typename Message>
absl::StatusOr<Message> Parse(absl::string_view bytes) {
  Message message;
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max()) ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError(absl::StrCat("not a ", Message::descriptor()->full_name()));
  }
  return message;
}

bool IsMemberName(absl::string_view name) {
  return absl::ConsumePrefix(&name, "members/") && IsResourceId(name);
}

// The member's name in an offering's, or nothing if it is not one.
std::optional<std::string> MemberOf(absl::string_view offering_name) {
  const std::vector<std::string> parts = absl::StrSplit(offering_name, '/');
  if (parts.size() != 4 || parts[0] != "members" || !IsResourceId(parts[1]) ||
      parts[2] != "offerings" || !IsResourceId(parts[3])) {
    return std::nullopt;
  }
  return absl::StrCat("members/", parts[1]);
}

absl::Status NameInvalid(absl::string_view name, absl::string_view form) {
  return base::ReasonedError(absl::StatusCode::kInvalidArgument, "INVALID_NAME",
                             absl::StrCat("\"", name.substr(0, 80), "\" is not of the form ", form,
                                          ", each id ^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$."));
}

// ---- Stage: what only the state can tell.

absl::StatusOr<std::optional<CurrentState>> ReadCurrent(const Overlay& state,
                                                        absl::string_view family,
                                                        absl::string_view name) {
  ASSIGN_OR_RETURN(const std::optional<std::string> value, state.Get(family, name));
  if (!value.has_value()) return std::optional<CurrentState>();
  absl::StatusOr<CurrentState> current = DecodeCurrent(*value);
  if (!current.ok()) return Damaged(name, current.status());
  return std::optional<CurrentState>(*std::move(current));
}

absl::StatusOr<std::optional<RevisionState>> ReadNewest(const Overlay& state,
                                                        absl::string_view family,
                                                        absl::string_view name) {
  const std::string prefix = RevisionPrefix(name);
  std::string newest;
  RETURN_IF_ERROR(state.Scan(family, prefix, audit::EndOfPrefix(prefix),
                             [&](absl::string_view, absl::string_view value) {
                               newest = std::string(value);
                               return true;
                             }));
  if (newest.empty()) return std::optional<RevisionState>();
  absl::StatusOr<RevisionState> revision = DecodeRevision(newest);
  if (!revision.ok()) return Damaged(name, revision.status());
  return std::optional<RevisionState>(*revision);
}

absl::Status CheckEtag(const PutOptions& options, absl::string_view name,
                       const base::Digest* current) {
  if (!options.expected_etag.has_value()) return absl::OkStatus();
  if (options.expected_etag->empty()) {
    if (current == nullptr) return absl::OkStatus();
    return base::ReasonedError(absl::StatusCode::kAlreadyExists, "NAME_TAKEN",
                               absl::StrCat(name, " exists already."));
  }
  if (current == nullptr) {
    return base::ReasonedError(absl::StatusCode::kNotFound, "OBJECT_NOT_FOUND",
                               absl::StrCat("There is no ", name, "."));
  }
  if (Etag(*current) != *options.expected_etag) {
    return base::ReasonedError(
        absl::StatusCode::kAborted, "ETAG_MISMATCH",
        absl::StrCat(name, " has changed since it was read (its etag is now ", Etag(*current),
                     "): read it again, and decide again."));
  }
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> ReadNextOrdinal(const Overlay& state) {
  ASSIGN_OR_RETURN(const std::optional<std::string> value, state.Get(kCatalogMeta, kNextOrdinal));
  if (!value.has_value()) return 0;
  base::ByteReader reader(*value);
  absl::StatusOr<uint32_t> ordinal = reader.U32();
  if (!ordinal.ok()) return Damaged(kNextOrdinal, ordinal.status());
  return ordinal;
}

absl::Status CheckRoom(const Overlay& state) {
  ASSIGN_OR_RETURN(const uint32_t ordinal, ReadNextOrdinal(state));
  if (ordinal < kMaxObjects) return absl::OkStatus();
  return base::ReasonedError(
      absl::StatusCode::kFailedPrecondition, "CATALOG_FULL",
      absl::StrCat("The catalogue holds ", kMaxObjects, " objects, and takes no more."));
}

// A uid belongs to one object for ever, and an object keeps its uid.
absl::Status CheckUid(const Overlay& state, absl::string_view name, absl::string_view uid,
                      const std::optional<std::string>& current_uid) {
  if (!IsUuid4(uid)) {
    return base::ReasonedError(absl::StatusCode::kInvalidArgument, "INVALID_UUID",
                               absl::StrCat(name, ": the uid \"", uid.substr(0, 80),
                                            "\" is not a version 4 UUID in lower case."));
  }
  if (current_uid.has_value() && *current_uid != uid) {
    return base::ReasonedError(
        absl::StatusCode::kFailedPrecondition, "UID_CHANGED",
        absl::StrCat(name, " has the uid ", *current_uid, ", which it keeps; ", uid,
                     " was given. Another product takes another name."));
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> owner, state.Get(kUid, uid));
  if (owner.has_value() && *owner != name) {
    return base::ReasonedError(
        absl::StatusCode::kAlreadyExists, "UID_TAKEN",
        absl::StrCat("The uid ", uid, " belongs to ", *owner, "; draw a new one for ", name, "."));
  }
  return absl::OkStatus();
}

absl::Status Append(StageContext& context, EntryType type, absl::string_view name,
                    absl::string_view bytes) {
  const std::string body = EncodeBody(name, bytes);
  if (body.size() > audit::kMaxBodyBytes) {
    return base::ReasonedError(
        absl::StatusCode::kInvalidArgument, "TOO_LARGE",
        absl::StrCat(name, " has ", bytes.size(), " bytes; allowed are about ",
                     audit::kMaxBodyBytes, "."));
  }
  return context.Append(type, body).status();
}

absl::Status StageMember(StageContext& context, const v1::Member& member, const std::string& bytes,
                         const PutOptions& options) {
  const Overlay& state = context.state();
  if (!IsMemberName(member.name())) return NameInvalid(member.name(), "members/{member}");
  ASSIGN_OR_RETURN(const std::optional<CurrentState> current,
                   ReadCurrent(state, kMember, member.name()));
  RETURN_IF_ERROR(CheckEtag(options, member.name(), current ? &current->digest : nullptr));
  std::optional<std::string> current_uid;
  if (current.has_value()) {
    const absl::StatusOr<v1::Member> parsed = Parse<v1::Member>(current->bytes);
    if (!parsed.ok()) return Damaged(member.name(), parsed.status());
    current_uid = parsed->uid();
  } else {
    RETURN_IF_ERROR(CheckRoom(state));
  }
  RETURN_IF_ERROR(CheckUid(state, member.name(), member.uid(), current_uid));
  ASSIGN_OR_RETURN(const std::optional<std::string> fictional, state.Get(kCatalogMeta, kFictional));
  if (fictional.has_value() && (*fictional == "1") != member.fictional()) {
    return base::ReasonedError(
        absl::StatusCode::kFailedPrecondition, "MIXED_FICTIONAL",
        absl::StrCat(member.name(), " is ", member.fictional() ? "fictional" : "real",
                     ", and the members of this catalogue are ",
                     member.fictional() ? "real" : "fictional",
                     ": keep the two in different directories."));
  }
  return Append(context, EntryType::kMember, member.name(), bytes);
}

absl::Status StageOffering(StageContext& context, const v1::Offering& offering,
                           const std::string& bytes, const PutOptions& options) {
  const Overlay& state = context.state();
  const std::optional<std::string> member = MemberOf(offering.name());
  if (!member.has_value()) {
    return NameInvalid(offering.name(), "members/{member}/offerings/{offering}");
  }
  ASSIGN_OR_RETURN(const std::optional<std::string> owner, state.Get(kMember, *member));
  if (!owner.has_value()) {
    return base::ReasonedError(absl::StatusCode::kNotFound, "MEMBER_NOT_FOUND",
                               absl::StrCat("There is no member ", *member, " to have ",
                                            offering.name(), ": register the member first."));
  }
  ASSIGN_OR_RETURN(const std::optional<CurrentState> current,
                   ReadCurrent(state, kOffering, offering.name()));
  RETURN_IF_ERROR(CheckEtag(options, offering.name(), current ? &current->digest : nullptr));
  std::optional<std::string> current_uid;
  if (current.has_value()) {
    const absl::StatusOr<v1::Offering> parsed = Parse<v1::Offering>(current->bytes);
    if (!parsed.ok()) return Damaged(offering.name(), parsed.status());
    current_uid = parsed->uid();
  } else {
    RETURN_IF_ERROR(CheckRoom(state));
  }
  RETURN_IF_ERROR(CheckUid(state, offering.name(), offering.uid(), current_uid));
  return Append(context, EntryType::kOffering, offering.name(), bytes);
}

absl::Status StageRulebook(StageContext& context, const v1::Rulebook& rulebook,
                           const std::string& bytes, const PutOptions& options) {
  const std::string name = absl::StrCat("rulebooks/", rulebook.rulebook_id());
  if (!IsResourceId(rulebook.rulebook_id())) return NameInvalid(name, "rulebooks/{rulebook}");
  ASSIGN_OR_RETURN(const std::optional<RevisionState> newest,
                   ReadNewest(context.state(), kRulebookRevision, name));
  RETURN_IF_ERROR(CheckEtag(options, name, newest ? &newest->digest : nullptr));
  RETURN_IF_ERROR(CheckRoom(context.state()));
  return Append(context, EntryType::kRulebook, name, bytes);
}

absl::Status StageTable(StageContext& context, EntryType type, absl::string_view name,
                        const std::string& bytes, const PutOptions& options) {
  ASSIGN_OR_RETURN(const std::optional<RevisionState> newest,
                   ReadNewest(context.state(), kTableRevision, name));
  RETURN_IF_ERROR(CheckEtag(options, name, newest ? &newest->digest : nullptr));
  if (!newest.has_value()) RETURN_IF_ERROR(CheckRoom(context.state()));
  return Append(context, type, name, bytes);
}

// ---- Project: effects of entries.

absl::StatusOr<uint32_t> TakeOrdinal(Overlay& overlay) {
  ASSIGN_OR_RETURN(const uint32_t ordinal, ReadNextOrdinal(overlay));
  base::ByteWriter next;
  next.U32(ordinal + 1);
  overlay.Put(kCatalogMeta, kNextOrdinal, next.view());
  return ordinal;
}

absl::Status ProjectObject(const LoggedEntry& entry, const Body& body, const std::string& uid,
                           absl::string_view family, absl::string_view revision_family,
                           Overlay& overlay) {
  ASSIGN_OR_RETURN(const std::optional<CurrentState> current,
                   ReadCurrent(overlay, family, body.name));
  CurrentState next{.revision = entry.index,
                    .time_us = entry.time_us,
                    .digest = base::Sha256(body.bytes),
                    .bytes = std::string(body.bytes)};
  if (current.has_value()) {
    next.ordinal = current->ordinal;
  } else {
    ASSIGN_OR_RETURN(next.ordinal, TakeOrdinal(overlay));
    overlay.Put(kUid, uid, body.name);
  }
  overlay.Put(family, body.name, EncodeCurrent(next));
  overlay.Put(revision_family, RevisionKey(body.name, entry.index),
              EncodeRevision({.ordinal = next.ordinal, .digest = next.digest}));
  return absl::OkStatus();
}

// Each rulebook revision is an object of its own (it stays in force until its successor's day);
// a table is one object that is replaced.
absl::Status ProjectRevision(const LoggedEntry& entry, const Body& body,
                             absl::string_view revision_family, Overlay& overlay) {
  RevisionState next{.digest = base::Sha256(body.bytes)};
  std::optional<RevisionState> newest;
  if (entry.type != EntryType::kRulebook) {
    ASSIGN_OR_RETURN(newest, ReadNewest(overlay, revision_family, body.name));
  }
  if (newest.has_value()) {
    next.ordinal = newest->ordinal;
  } else {
    ASSIGN_OR_RETURN(next.ordinal, TakeOrdinal(overlay));
  }
  overlay.Put(revision_family, RevisionKey(body.name, entry.index), EncodeRevision(next));
  return absl::OkStatus();
}

absl::Status ProjectCatalogEntry(const LoggedEntry& entry, Overlay& overlay) {
  ASSIGN_OR_RETURN(const Body body, DecodeBody(entry.body));
  switch (entry.type) {
    case EntryType::kMember: {
      ASSIGN_OR_RETURN(const v1::Member member, Parse<v1::Member>(body.bytes));
      overlay.Put(kCatalogMeta, kFictional, member.fictional() ? "1" : "0");
      return ProjectObject(entry, body, member.uid(), kMember, kMemberRevision, overlay);
    }
    case EntryType::kOffering: {
      ASSIGN_OR_RETURN(const v1::Offering offering, Parse<v1::Offering>(body.bytes));
      return ProjectObject(entry, body, offering.uid(), kOffering, kOfferingRevision, overlay);
    }
    case EntryType::kRulebook:
      return ProjectRevision(entry, body, kRulebookRevision, overlay);
    case EntryType::kLawTable:
    case EntryType::kRateTable:
      return ProjectRevision(entry, body, kTableRevision, overlay);
    default:
      return absl::InternalError("not an entry of the catalogue");
  }
}

// ---- Snapshots.

template <typename Message>
absl::StatusOr<Message> Read(const std::string& bytes) {
  if constexpr (std::is_same_v<Message, v1::Member>) {
    return ReadStoredMember(bytes);
  } else if constexpr (std::is_same_v<Message, v1::Offering>) {
    return ReadStoredOffering(bytes);
  } else {
    return Parse<Message>(bytes);
  }
}

// Objects of the snapshot; the message, and the digest of the bytes that it was parsed from.
template <typename Holder, typename Message>
absl::StatusOr<std::shared_ptr<Holder>> MakeHolder(Message Holder::*message,
                                                   const CurrentState& state) {
  auto holder = std::make_shared<Holder>();
  ASSIGN_OR_RETURN(holder.get()->*message, Read<Message>(state.bytes));
  holder->digest = state.digest;
  holder->revision = state.revision;
  holder->time_us = state.time_us;
  holder->ordinal = state.ordinal;
  return holder;
}

absl::Status AddMember(const std::string& name, const CurrentState& state, Snapshot* snapshot) {
  ASSIGN_OR_RETURN(snapshot->members[name], MakeHolder(&MemberEntry::member, state));
  return absl::OkStatus();
}

absl::Status AddOffering(const std::string& name, const CurrentState& state, Snapshot* snapshot) {
  ASSIGN_OR_RETURN(snapshot->offerings[name], MakeHolder(&OfferingEntry::offering, state));
  return absl::OkStatus();
}

absl::Status AddRulebook(const CurrentState& state, Snapshot* snapshot) {
  ASSIGN_OR_RETURN(snapshot->rulebooks[state.revision],
                   MakeHolder(&RulebookEntry::rulebook, state));
  return absl::OkStatus();
}

absl::Status AddTable(absl::string_view name, const CurrentState& state, Snapshot* snapshot) {
  if (name == kLawTableName) {
    ASSIGN_OR_RETURN(snapshot->law_table, MakeHolder(&TableEntry<v1::LawTable>::table, state));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(snapshot->rates, MakeHolder(&TableEntry<v1::ExchangeRateTable>::table, state));
  return absl::OkStatus();
}

// The object that the entry at `revision` wrote.
absl::StatusOr<CurrentState> ReadFromLog(const audit::Database& database, absl::string_view name,
                                         int64_t revision, uint32_t ordinal) {
  ASSIGN_OR_RETURN(const LoggedEntry logged, database.ReadEntry(revision));
  ASSIGN_OR_RETURN(const Body body, DecodeBody(logged.body));
  if (body.name != name) {
    return absl::DataLossError(absl::StrCat("entry ", revision, " is of ", body.name));
  }
  CurrentState state{.ordinal = ordinal,
                     .revision = revision,
                     .time_us = logged.time_us,
                     .digest = base::Sha256(body.bytes),
                     .bytes = std::string(body.bytes)};
  return state;
}

// Calls `visit` with every name of a family of revisions and its newest revision up to `until`, or
// with each of them if `all`.
absl::Status ForEachRevision(
    const audit::Database& database, absl::string_view family, int64_t until, bool all,
    const std::function<absl::Status(const NameAndRevision&, const RevisionState&)>& visit) {
  std::vector<std::pair<NameAndRevision, RevisionState>> found;
  absl::Status failure;
  RETURN_IF_ERROR(
      database.Scan(family, "", "", [&](absl::string_view key, absl::string_view value) {
        absl::StatusOr<NameAndRevision> parsed = ParseRevisionKey(key);
        const absl::StatusOr<RevisionState> state = DecodeRevision(value);
        if (!parsed.ok() || !state.ok()) {
          failure = Damaged(family, parsed.ok() ? state.status() : parsed.status());
          return false;
        }
        if (parsed->revision > until) return true;
        if (!all && !found.empty() && found.back().first.name == parsed->name) found.pop_back();
        found.emplace_back(*std::move(parsed), *state);
        return true;
      }));
  RETURN_IF_ERROR(failure);
  for (const auto& [name, state] : found) RETURN_IF_ERROR(visit(name, state));
  return absl::OkStatus();
}

// Leaves of all objects by ordinal, revision and time of the last change; then the digest.
StateTree Summarize(Snapshot* snapshot) {
  std::vector<std::pair<uint32_t, base::Digest>> leaves;
  snapshot->revision = -1;
  snapshot->time_us = 0;
  const auto add = [&](absl::string_view name, const auto& entry) {
    leaves.emplace_back(entry.ordinal, StateLeaf(name, entry.digest));
    if (entry.revision > snapshot->revision) {
      snapshot->revision = entry.revision;
      snapshot->time_us = entry.time_us;
    }
  };
  for (const auto& [name, entry] : snapshot->members) add(name, *entry);
  for (const auto& [name, entry] : snapshot->offerings) add(name, *entry);
  for (const auto& [revision, entry] : snapshot->rulebooks) {
    add(absl::StrCat("rulebooks/", entry->rulebook.rulebook_id()), *entry);
  }
  if (snapshot->law_table != nullptr) add(kLawTableName, *snapshot->law_table);
  if (snapshot->rates != nullptr) add(kRateTableName, *snapshot->rates);
  std::sort(leaves.begin(), leaves.end());
  std::vector<base::Digest> by_ordinal;
  by_ordinal.reserve(leaves.size());
  for (const auto& [ordinal, leaf] : leaves) {
    CHECK_EQ(ordinal, by_ordinal.size()) << "objects are registered one after the other";
    by_ordinal.push_back(leaf);
  }
  StateTree tree;
  tree.Assign(std::move(by_ordinal));
  snapshot->state_digest = tree.Root();
  snapshot->index = MakeSnapshotIndex(*snapshot);
  return tree;
}

bool IsCatalogEntry(const LoggedEntry& entry) {
  return entry.type == EntryType::kMember || entry.type == EntryType::kOffering ||
         entry.type == EntryType::kRulebook || entry.type == EntryType::kLawTable ||
         entry.type == EntryType::kRateTable;
}

absl::StatusOr<const char*> RevisionFamilyOf(absl::string_view name) {
  if (IsMemberName(name)) return kMemberRevision;
  if (MemberOf(name).has_value()) return kOfferingRevision;
  if (absl::StartsWith(name, "rulebooks/")) return kRulebookRevision;
  if (name == kLawTableName || name == kRateTableName) return kTableRevision;
  return NameInvalid(name,
                     "members/{member}, members/{member}/offerings/{offering}, "
                     "rulebooks/{rulebook}, law_table or exchange_rates");
}

absl::Status ReplaceAtRevision(const audit::Database& database, int64_t revision,
                               Snapshot* snapshot) {
  // Objects that are newer than `revision` get their state of then, or go.
  const auto replace = [&](auto& objects, absl::string_view family, auto add) -> absl::Status {
    std::vector<std::string> newer;
    for (const auto& [name, entry] : objects) {
      if (entry->revision > revision) newer.push_back(name);
    }
    for (const std::string& name : newer) {
      std::optional<int64_t> then;
      uint32_t ordinal = 0;
      absl::Status failure;
      RETURN_IF_ERROR(
          database.Scan(family, RevisionPrefix(name), RevisionKey(name, revision + 1),
                        [&](absl::string_view key, absl::string_view value) {
                          const absl::StatusOr<NameAndRevision> parsed = ParseRevisionKey(key);
                          const absl::StatusOr<RevisionState> state = DecodeRevision(value);
                          if (!parsed.ok() || !state.ok()) {
                            failure = Damaged(name, parsed.ok() ? state.status() : parsed.status());
                            return false;
                          }
                          then = parsed->revision;
                          ordinal = state->ordinal;
                          return true;
                        }));
      RETURN_IF_ERROR(failure);
      objects.erase(name);
      if (!then.has_value()) continue;
      const absl::StatusOr<CurrentState> state = ReadFromLog(database, name, *then, ordinal);
      if (!state.ok()) return Damaged(name, state.status());
      RETURN_IF_ERROR(add(name, *state, snapshot));
    }
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(replace(snapshot->members, kMemberRevision, AddMember));
  RETURN_IF_ERROR(replace(snapshot->offerings, kOfferingRevision, AddOffering));
  snapshot->rulebooks.erase(snapshot->rulebooks.upper_bound(revision), snapshot->rulebooks.end());
  snapshot->law_table = nullptr;
  snapshot->rates = nullptr;
  return ForEachRevision(database, kTableRevision, revision, /*all=*/false,
                         [&](const NameAndRevision& key, const RevisionState& state) {
                           const absl::StatusOr<CurrentState> table =
                               ReadFromLog(database, key.name, key.revision, state.ordinal);
                           if (!table.ok()) return Damaged(key.name, table.status());
                           return AddTable(key.name, *table, snapshot);
                         });
}

}  // namespace

std::string Etag(const base::Digest& digest) {
  return absl::StrCat("\"", base::HexEncode(digest), "\"");
}

StageFunction PutMember(v1::Member member, PutOptions options) {
  member.clear_create_time();
  member.clear_revision();
  std::string bytes = Serialize(member);
  return [member = std::move(member), bytes = std::move(bytes), options = std::move(options)](
             StageContext& context) { return StageMember(context, member, bytes, options); };
}

StageFunction PutOffering(v1::Offering offering, PutOptions options) {
  offering.clear_revision();
  offering.clear_create_time();
  offering.clear_update_time();
  offering.clear_etag();
  std::string bytes = Serialize(offering);
  return [offering = std::move(offering), bytes = std::move(bytes), options = std::move(options)](
             StageContext& context) { return StageOffering(context, offering, bytes, options); };
}

StageFunction PutRulebook(v1::Rulebook rulebook, PutOptions options) {
  std::string bytes = Serialize(rulebook);
  return [rulebook = std::move(rulebook), bytes = std::move(bytes), options = std::move(options)](
             StageContext& context) { return StageRulebook(context, rulebook, bytes, options); };
}

StageFunction PutLawTable(v1::LawTable table, PutOptions options) {
  return [bytes = Serialize(table), options = std::move(options)](StageContext& context) {
    return StageTable(context, EntryType::kLawTable, kLawTableName, bytes, options);
  };
}

StageFunction PutRateTable(v1::ExchangeRateTable table, PutOptions options) {
  return [bytes = Serialize(table), options = std::move(options)](StageContext& context) {
    return StageTable(context, EntryType::kRateTable, kRateTableName, bytes, options);
  };
}

namespace {

struct PutAny {
  StageFunction operator()(v1::Member member) const { return PutMember(std::move(member)); }
  StageFunction operator()(v1::Offering offering) const { return PutOffering(std::move(offering)); }
  StageFunction operator()(v1::Rulebook rulebook) const { return PutRulebook(std::move(rulebook)); }
  StageFunction operator()(v1::LawTable table) const { return PutLawTable(std::move(table)); }
  StageFunction operator()(v1::ExchangeRateTable table) const {
    return PutRateTable(std::move(table));
  }
};

}  // namespace

absl::Status Import(audit::Sequencer& sequencer, std::vector<Object> objects,
                    const std::function<void(size_t done, size_t total)>& progress) {
  for (size_t begin = 0; begin < objects.size(); begin += kImportObjectsPerCommand) {
    const size_t end = std::min(objects.size(), begin + kImportObjectsPerCommand);
    std::vector<StageFunction> stages;
    for (size_t i = begin; i < end; ++i) {
      stages.push_back(std::visit(PutAny(), std::move(objects[i])));
    }
    const auto stage_all = [&stages, begin](StageContext& context) -> absl::Status {
      for (size_t i = 0; i < stages.size(); ++i) {
        RETURN_IF_ERROR(base::Annotate(stages[i](context), absl::StrCat("object ", begin + i + 1)));
      }
      return absl::OkStatus();
    };
    RETURN_IF_ERROR(sequencer.SubmitAndWait(stage_all).status());
    if (progress) progress(end, objects.size());
  }
  return absl::OkStatus();
}

Store::Store() {
  auto empty = std::make_shared<Snapshot>();
  Summarize(empty.get());
  base::MutexLock lock(&mutex_);
  snapshot_ = std::move(empty);
}

Store::~Store() = default;

audit::Projection Store::Projection() {
  return {.types = {EntryType::kMember, EntryType::kOffering, EntryType::kRulebook,
                    EntryType::kLawTable, EntryType::kRateTable},
          .column_families = {{.name = kMember},
                              {.name = kOffering},
                              {.name = kMemberRevision},
                              {.name = kOfferingRevision},
                              {.name = kRulebookRevision},
                              {.name = kTableRevision},
                              {.name = kUid},
                              {.name = kCatalogMeta}},
          .project = ProjectCatalogEntry};
}

absl::Status Store::Load(const audit::Database& database) {
  auto snapshot = std::make_shared<Snapshot>();
  const auto load = [&](absl::string_view family, auto add) -> absl::Status {
    absl::Status failure;
    RETURN_IF_ERROR(
        database.Scan(family, "", "", [&](absl::string_view key, absl::string_view value) {
          const absl::StatusOr<CurrentState> state = DecodeCurrent(value);
          failure = state.status();
          if (failure.ok() && base::Sha256(absl::string_view(state->bytes)) != state->digest) {
            failure = absl::DataLossError("its bytes do not have the digest stored with them");
          }
          if (failure.ok()) failure = add(std::string(key), *state, snapshot.get());
          if (!failure.ok()) failure = Damaged(key, failure);
          return failure.ok();
        }));
    return failure;
  };
  RETURN_IF_ERROR(load(kMember, AddMember));
  RETURN_IF_ERROR(load(kOffering, AddOffering));
  const int64_t newest = std::numeric_limits<int64_t>::max();
  RETURN_IF_ERROR(ForEachRevision(database, kRulebookRevision, newest, /*all=*/true,
                                  [&](const NameAndRevision& key, const RevisionState& revision) {
                                    const absl::StatusOr<CurrentState> state = ReadFromLog(
                                        database, key.name, key.revision, revision.ordinal);
                                    if (!state.ok()) return Damaged(key.name, state.status());
                                    return AddRulebook(*state, snapshot.get());
                                  }));
  RETURN_IF_ERROR(ForEachRevision(database, kTableRevision, newest, /*all=*/false,
                                  [&](const NameAndRevision& key, const RevisionState& revision) {
                                    const absl::StatusOr<CurrentState> state = ReadFromLog(
                                        database, key.name, key.revision, revision.ordinal);
                                    if (!state.ok()) return Damaged(key.name, state.status());
                                    return AddTable(key.name, *state, snapshot.get());
                                  }));
  tree_ = Summarize(snapshot.get());
  database_ = &database;
  base::MutexLock lock(&mutex_);
  snapshot_ = std::move(snapshot);
  past_.clear();
  return absl::OkStatus();
}

void Store::Publish(absl::Span<const audit::LoggedEntry> entries) {
  if (std::none_of(entries.begin(), entries.end(), IsCatalogEntry)) return;
  auto next = std::make_shared<Snapshot>(*snapshot());
  auto index = std::make_shared<SnapshotIndex>(*next->index);
  for (const LoggedEntry& entry : entries) {
    if (!IsCatalogEntry(entry)) continue;
    // These bytes were made by Put… and projected a moment ago.
    const absl::StatusOr<Body> body = DecodeBody(entry.body);
    CHECK_OK(body) << "entry " << entry.index;
    CurrentState state{.revision = entry.index,
                       .time_us = entry.time_us,
                       .digest = base::Sha256(body->bytes),
                       .bytes = std::string(body->bytes)};
    // What is new gets the next ordinal, here as in the projection.
    const auto ordinal_of = [this](const auto* known) {
      return known != nullptr ? known->ordinal : static_cast<uint32_t>(tree_.size());
    };
    const auto find = [&body](const auto& objects) {
      const auto found = objects.find(body->name);
      return found == objects.end() ? nullptr : found->second.get();
    };
    absl::Status added;
    switch (entry.type) {
      case EntryType::kMember: {
        state.ordinal = ordinal_of(find(next->members));
        auto made = MakeHolder(&MemberEntry::member, state);
        added = made.status();
        if (made.ok()) ReplaceMember(body->name, *std::move(made), *index, *next);
        break;
      }
      case EntryType::kOffering: {
        state.ordinal = ordinal_of(find(next->offerings));
        auto made = MakeHolder(&OfferingEntry::offering, state);
        added = made.status();
        if (made.ok()) ReplaceOffering(body->name, *std::move(made), *index, *next);
        break;
      }
      case EntryType::kRulebook:
        state.ordinal = static_cast<uint32_t>(tree_.size());
        added = AddRulebook(state, next.get());
        break;
      case EntryType::kLawTable:
        state.ordinal = ordinal_of(next->law_table.get());
        added = AddTable(body->name, state, next.get());
        break;
      default:
        state.ordinal = ordinal_of(next->rates.get());
        added = AddTable(body->name, state, next.get());
        break;
    }
    CHECK_OK(added) << "entry " << entry.index;
    tree_.Set(state.ordinal, StateLeaf(body->name, state.digest));
    next->revision = entry.index;
    next->time_us = entry.time_us;
  }
  next->state_digest = tree_.Root();
  next->index = std::move(index);
  std::shared_ptr<const Snapshot> old = std::move(next);
  base::MutexLock lock(&mutex_);
  snapshot_.swap(old);
  // `old` is released after the lock: it may be the last to hold a large snapshot.
}

std::shared_ptr<const Snapshot> Store::snapshot() const {
  base::MutexLock lock(&mutex_);
  return snapshot_;
}

absl::StatusOr<std::shared_ptr<const Snapshot>> Store::SnapshotAt(int64_t revision) const {
  CHECK(database_ != nullptr) << "Load comes first";
  const std::shared_ptr<const Snapshot> current = snapshot();
  if (revision < 0 || revision >= database_->entry_count()) {
    return base::ReasonedError(absl::StatusCode::kOutOfRange, "REVISION_NOT_FOUND",
                               absl::StrCat("There is no catalogue revision ", revision,
                                            "; the newest is ", current->revision, "."));
  }
  if (revision >= current->revision) return current;
  {
    base::MutexLock lock(&mutex_);
    for (auto it = past_.begin(); it != past_.end(); ++it) {
      if ((*it)->revision != revision) continue;
      past_.splice(past_.begin(), past_, it);
      return past_.front();
    }
  }
  auto past = std::make_shared<Snapshot>(*current);
  RETURN_IF_ERROR(ReplaceAtRevision(*database_, revision, past.get()));
  Summarize(past.get());
  std::shared_ptr<const Snapshot> result = std::move(past);
  base::MutexLock lock(&mutex_);
  for (const std::shared_ptr<const Snapshot>& known : past_) {
    if (known->revision == result->revision) return known;
  }
  past_.push_front(result);
  if (past_.size() > kPastSnapshotsMax) past_.pop_back();
  return result;
}

absl::StatusOr<std::vector<int64_t>> Store::ListRevisions(absl::string_view name) const {
  CHECK(database_ != nullptr) << "Load comes first";
  ASSIGN_OR_RETURN(const char* const family, RevisionFamilyOf(name));
  const std::string prefix = RevisionPrefix(name);
  std::vector<int64_t> revisions;
  absl::Status failure;
  RETURN_IF_ERROR(database_->Scan(
      family, prefix, audit::EndOfPrefix(prefix), [&](absl::string_view key, absl::string_view) {
        const absl::StatusOr<NameAndRevision> parsed = ParseRevisionKey(key);
        failure = parsed.status();
        if (failure.ok()) revisions.push_back(parsed->revision);
        return failure.ok();
      }));
  if (!failure.ok()) return Damaged(name, failure);
  std::reverse(revisions.begin(), revisions.end());
  return revisions;
}

absl::StatusOr<std::shared_ptr<const OfferingEntry>> Store::ReadOffering(absl::string_view name,
                                                                         int64_t revision) const {
  CHECK(database_ != nullptr) << "Load comes first";
  const auto not_found = [&] {
    return base::ReasonedError(absl::StatusCode::kNotFound, "REVISION_NOT_FOUND",
                               absl::StrCat(name, " has no revision ", revision, "."));
  };
  if (revision < 0 || !MemberOf(name).has_value()) return not_found();
  ASSIGN_OR_RETURN(const std::optional<std::string> value,
                   database_->Get(kOfferingRevision, RevisionKey(name, revision)));
  if (!value.has_value()) return not_found();
  const absl::StatusOr<RevisionState> stored = DecodeRevision(*value);
  if (!stored.ok()) return Damaged(name, stored.status());
  ASSIGN_OR_RETURN(const CurrentState state,
                   ReadFromLog(*database_, name, revision, stored->ordinal));
  ASSIGN_OR_RETURN(std::shared_ptr<const OfferingEntry> entry,
                   MakeHolder(&OfferingEntry::offering, state));
  return entry;
}

}  // namespace aplomb::catalog
