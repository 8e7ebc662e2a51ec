#include "audit/verify/semantics.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "audit/tlog/tree.h"
#include "base/bytes.h"
#include "base/civil_day.h"
#include "base/hex.h"

namespace aplomb::verify {
namespace {

using audit::Entry;
using audit::EntryType;

// How far clocks of honest machines may stand apart.
constexpr int64_t kClockToleranceS = 300;
// A day's secret is revealed at the latest so long after the day, if the log went on.
constexpr absl::Duration kRevealGrace = absl::Hours(48);
// Tiers of sections: 1 auditors, 2 the firm and its advisor.
constexpr uint8_t kTierMax = 2;

std::string Quote(absl::string_view name) { return absl::StrCat("\"", name, "\""); }

base::Digest StateLeaf(absl::string_view name, const base::Digest& digest) {
  base::ByteWriter writer;
  writer.U8(0);
  writer.Bytes(name);
  writer.Digest(digest);
  return base::Sha256(writer.view());
}

// The UUID that a serialized Offering holds in its field 2, as 16 bytes.
std::optional<std::array<uint8_t, 16>> UidOf(absl::string_view message) {
  const auto varint = [&message]() -> std::optional<uint64_t> {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && !message.empty(); shift += 7) {
      const auto byte = static_cast<uint8_t>(message.front());
      message.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if ((byte & 0x80) == 0) return value;
    }
    return std::nullopt;
  };
  while (!message.empty()) {
    const std::optional<uint64_t> tag = varint();
    if (!tag.has_value()) return std::nullopt;
    size_t skip = 0;
    switch (*tag & 7) {
      case 0:
        if (!varint().has_value()) return std::nullopt;
        break;
      case 1:
        skip = 8;
        break;
      case 5:
        skip = 4;
        break;
      case 2: {
        const std::optional<uint64_t> size = varint();
        if (!size.has_value() || *size > message.size()) return std::nullopt;
        if (*tag >> 3 == 2) {
          std::string hex(message.substr(0, *size));
          hex.erase(std::remove(hex.begin(), hex.end(), '-'), hex.end());
          const absl::StatusOr<std::string> bytes = base::HexDecode(hex);
          std::array<uint8_t, 16> uid = {};
          if (!bytes.ok() || bytes->size() != uid.size()) return std::nullopt;
          std::transform(bytes->begin(), bytes->end(), uid.begin(),
                         [](char c) { return static_cast<uint8_t>(c); });
          return uid;
        }
        skip = *size;
        break;
      }
      default:
        return std::nullopt;
    }
    if (skip > message.size()) return std::nullopt;
    message.remove_prefix(skip);
  }
  return std::nullopt;
}

}  // namespace

void CatalogueState::Set(const std::string& key, const base::Digest& leaf) {
  if (levels_.empty()) levels_.emplace_back();
  const auto [at, is_new] = places_.try_emplace(key, levels_[0].size());
  size_t place = at->second;
  if (is_new) {
    levels_[0].push_back(leaf);
  } else {
    levels_[0][place] = leaf;
  }
  for (size_t level = 0; levels_[level].size() > 1; ++level) {
    if (level + 1 == levels_.size()) levels_.emplace_back();
    place /= 2;
    const std::vector<base::Digest>& below = levels_[level];
    std::vector<base::Digest>& above = levels_[level + 1];
    if (place >= above.size()) above.resize(place + 1);
    above[place] = 2 * place + 1 < below.size()
                       ? tlog::NodeHash(below[2 * place], below[2 * place + 1])
                       : below[2 * place];
  }
}

base::Digest CatalogueState::Root() const {
  return levels_.empty() ? tlog::EmptyRoot() : levels_.back()[0];
}

void Semantics::Find(uint64_t index, absl::string_view reason, std::string text_en,
                     std::string text_fr) {
  report_->Add({.weight = Finding::Weight::kFinding,
                .reason = std::string(reason),
                .index = index,
                .text_en = std::move(text_en),
                .text_fr = std::move(text_fr)});
}

void Semantics::Unreadable(uint64_t index, absl::string_view what, absl::string_view why) {
  Find(index, "BODY_UNREADABLE",
       absl::StrCat("the body of this ", what, " is not what its format says: ", why),
       absl::StrCat("le contenu de cette entrée ", what, " n'a pas la forme prévue : ", why));
}

void Semantics::DropChunks(absl::string_view why_en, absl::string_view why_fr) {
  if (chunks_.empty()) return;
  Find(chunks_.front().index, "CHUNKS_WITHOUT_ENTRY",
       absl::StrCat(chunks_.size(), " pieces of a large body begin here, but ", why_en),
       absl::StrCat(chunks_.size(), " morceaux d'un grand contenu commencent ici, mais ", why_fr));
  chunks_.clear();
}

std::optional<std::string> Semantics::WholeBody(uint64_t index, const Entry& entry) {
  if (entry.chunk_count == 0) {
    DropChunks("the entry after them does not ask for any",
               "l'entrée qui les suit n'en demande aucun");
    return entry.body;
  }
  std::string body;
  bool whole = chunks_.size() == entry.chunk_count && chunks_.size() >= 2;
  for (size_t i = 0; i < chunks_.size(); ++i) {
    const bool last = i + 1 == chunks_.size();
    const size_t size = chunks_[i].body.size();
    whole = whole && (last ? size >= 1 : size == audit::kMaxChunkBytes) &&
            chunks_[i].time_us == entry.time_us;
    body += chunks_[i].body;
  }
  const size_t found = chunks_.size();
  chunks_.clear();
  if (!whole) {
    Find(index, "CHUNKS_WRONG",
         absl::StrCat("its body should stand in ", entry.chunk_count,
                      " pieces of 60,000 bytes (the last one shorter) right before it; there are ",
                      found, ", or their sizes or times are others"),
         absl::StrCat("son contenu devrait se trouver dans ", entry.chunk_count,
                      " morceaux de 60 000 octets (le dernier plus court) juste avant elle ; il y "
                      "en a ",
                      found, ", ou leurs tailles ou heures sont autres"));
    return std::nullopt;
  }
  if (base::Sha256(body) != entry.body_digest) {
    Find(index, "CHUNKS_ALTERED",
         "the pieces of its body, put together, do not have the digest that the entry names",
         "les morceaux de son contenu, mis bout à bout, n'ont pas l'empreinte que l'entrée nomme");
    return std::nullopt;
  }
  return body;
}

void Semantics::Header(uint64_t index, const Entry& entry) {
  if (entry.time_us < last_time_us_) {
    Find(index, "TIME_WENT_BACK",
         absl::StrCat("its time lies ", last_time_us_ - entry.time_us,
                      " microseconds before that of the entry before"),
         absl::StrCat("son heure précède de ", last_time_us_ - entry.time_us,
                      " microsecondes celle de l'entrée précédente"));
  }
  last_time_us_ = std::max(last_time_us_, entry.time_us);
  if (static_cast<uint64_t>(entry.prev_size) > index) {
    Find(index, "SAW_THE_FUTURE",
         absl::StrCat("its author claims to have seen ", entry.prev_size,
                      " entries; before it there are ", index),
         absl::StrCat("son auteur prétend avoir vu ", entry.prev_size,
                      " entrées ; avant elle il y en a ", index));
  } else if (entry.prev_root != root_at_(static_cast<uint64_t>(entry.prev_size))) {
    Find(index, "SAW_ANOTHER_HISTORY",
         absl::StrCat("the root that it names for the first ", entry.prev_size,
                      " entries is not theirs: it was written for another history"),
         absl::StrCat("la racine qu'elle nomme pour les ", entry.prev_size,
                      " premières entrées n'est pas la leur : elle a été écrite pour une autre "
                      "histoire"));
  }
  for (const audit::TierCommitment& tier : entry.tiers) {
    if (tier.tier < 1 || tier.tier > kTierMax) {
      Find(index, "TIER_UNKNOWN", absl::StrCat("there is no tier ", static_cast<int>(tier.tier)),
           absl::StrCat("il n'existe pas de niveau d'accès ", static_cast<int>(tier.tier)));
      continue;
    }
    tiers_[index] = static_cast<uint8_t>(tiers_[index] | 1 << tier.tier);
  }
  if (!entry.tiers.empty()) {
    if (entry.key_slot <= last_key_slot_) {
      Find(index, "KEYS_TAKEN_BEFORE",
           absl::StrCat("its keys are those of slot ", entry.key_slot, ", but slot ",
                        last_key_slot_, " was taken before: keys may be used once"),
           absl::StrCat("ses clés sont celles de la case ", entry.key_slot, ", mais la case ",
                        last_key_slot_, " était déjà prise : une clé ne sert qu'une fois"));
    }
    last_key_slot_ = std::max(last_key_slot_, entry.key_slot);
  }
}

void Semantics::Add(uint64_t index, absl::string_view bytes) {
  tiers_.resize(index + 1);
  const absl::StatusOr<Entry> decoded = audit::DecodeEntry(bytes);
  if (!decoded.ok()) {
    Find(index, "ENTRY_UNREADABLE",
         absl::StrCat("this is not an entry: ", decoded.status().message()),
         absl::StrCat("ceci n'est pas une entrée : ", decoded.status().message()));
    DropChunks("what follows them cannot be read", "ce qui les suit est illisible");
    return;
  }
  const Entry& entry = *decoded;
  ++report_->counts[audit::EntryTypeName(entry.type)];
  Header(index, entry);
  if (entry.type == EntryType::kChunk) {
    if (entry.chunk_count > 0 || !entry.tiers.empty() || entry.body.empty()) {
      Find(index, "CHUNK_WRONG", "a piece of a body has bytes, and neither pieces nor sections",
           "un morceau de contenu a des octets, et ni morceaux ni sections");
    }
    chunks_.push_back({.index = index, .time_us = entry.time_us, .body = entry.body});
    if (chunks_.size() > audit::kMaxChunks) {
      DropChunks("there are more than any entry may have",
                 "il y en a plus qu'une entrée ne peut en avoir");
    }
    return;
  }
  const std::optional<std::string> body = WholeBody(index, entry);
  if (!body.has_value()) return;
  switch (entry.type) {
    case EntryType::kMember:
    case EntryType::kOffering:
    case EntryType::kRulebook:
    case EntryType::kLawTable:
    case EntryType::kRateTable:
      return Catalogue(index, entry.type, *body);
    case EntryType::kEpoch:
      return EpochOpened(index, *body);
    case EntryType::kEpochClose:
      return EpochClosed(index, entry, *body);
    case EntryType::kErasure:
      return Erased(index, *body);
    case EntryType::kEngagement:
      return EngagementOpened(index, entry, *body);
    case EntryType::kDecision:
    case EntryType::kPreview:
      return Decided(index, entry, *body);
    case EntryType::kChoice:
      return Chosen(index, *body);
    case EntryType::kKey:
      return KeyChanged(index, *body);
    case EntryType::kNote:
      if (const absl::Status note = CheckNoteBody(*body); !note.ok()) {
        Unreadable(index, "NOTE", note.message());
      }
      return;
    default:
      return;
  }
}

void Semantics::Catalogue(uint64_t index, EntryType type, absl::string_view body) {
  const absl::StatusOr<CatalogueBody> read = ReadCatalogueBody(body);
  if (!read.ok()) {
    return Unreadable(index, audit::EntryTypeName(type), read.status().message());
  }
  const std::string name(read->name);
  const base::Digest digest = base::Sha256(read->message);
  // Each revision of a rulebook is an object of its own.
  std::string key = name;
  if (type == EntryType::kRulebook) {
    absl::StrAppend(&key, absl::string_view("\0", 1), rulebook_count_++);
    rulebooks_[static_cast<int64_t>(index)] = digest;
  }
  if (type == EntryType::kOffering) {
    const size_t end = name.find("/offerings/");
    if (end == std::string::npos || !catalogue_.Has(name.substr(0, end))) {
      Find(index, "OFFERING_WITHOUT_MEMBER",
           absl::StrCat("the offering ", Quote(name), " is of a member that is not registered"),
           absl::StrCat("l'offre ", Quote(name), " est d'un membre qui n'est pas inscrit"));
    }
    if (const auto uid = UidOf(read->message); uid.has_value()) offerings_.insert(*uid);
  }
  catalogue_.Set(key, StateLeaf(name, digest));
  states_[static_cast<int64_t>(index)] = catalogue_.Root();
}

void Semantics::EpochOpened(uint64_t index, absl::string_view body) {
  const absl::StatusOr<EpochBody> epoch = ReadEpochBody(body);
  if (!epoch.ok()) return Unreadable(index, "EPOCH", epoch.status().message());
  const auto [at, is_new] = epochs_.try_emplace(
      {epoch->kind, epoch->label}, Epoch{.index = index, .commitment = epoch->commitment});
  if (!is_new) {
    Find(index, "EPOCH_TWICE",
         absl::StrCat("the secret of ", epoch->label, " was committed to before, in entry ",
                      at->second.index, ": the operator could choose between two"),
         absl::StrCat("le secret de ", epoch->label, " était déjà engagé à l'entrée ",
                      at->second.index, " : l'exploitant pourrait choisir entre deux"));
  }
}

void Semantics::EpochClosed(uint64_t index, const Entry& entry, absl::string_view body) {
  const absl::StatusOr<EpochCloseBody> read = ReadEpochCloseBody(body);
  if (!read.ok()) return Unreadable(index, "EPOCH_CLOSE", read.status().message());
  const auto at = epochs_.find({read->kind, read->label});
  if (at == epochs_.end() || static_cast<int64_t>(at->second.index) != read->epoch_index) {
    Find(index, "EPOCH_NEVER_OPENED",
         absl::StrCat("it reveals the secret of ", read->label, " committed to in entry ",
                      read->epoch_index, ", which is no such commitment"),
         absl::StrCat("elle révèle le secret de ", read->label, " engagé à l'entrée ",
                      read->epoch_index, ", qui n'est pas un tel engagement"));
    return;
  }
  if (at->second.close_index.has_value()) {
    Find(index, "EPOCH_CLOSED_TWICE",
         absl::StrCat("the secret of ", read->label, " was revealed in entry ",
                      *at->second.close_index),
         absl::StrCat("le secret de ", read->label, " était révélé à l'entrée ",
                      *at->second.close_index));
    return;
  }
  at->second.close_index = index;
  const absl::StatusOr<base::DayNumber> day = base::ParseDay(read->label);
  if (read->kind == 1 && day.ok() && base::ParisDay(absl::FromUnixMicros(entry.time_us)) <= *day) {
    Find(index, "SECRET_REVEALED_EARLY",
         absl::StrCat("the secret of ", read->label, " was revealed before that day was over"),
         absl::StrCat("le secret du ", read->label, " a été révélé avant la fin de ce jour"));
  }
  if (read->secret.has_value() &&
      EpochCommitment(read->kind, read->label, *read->secret) != at->second.commitment) {
    Find(index, "SECRET_IS_ANOTHER",
         absl::StrCat("the secret revealed for ", read->label, " is not the one that entry ",
                      at->second.index, " commits to"),
         absl::StrCat("le secret révélé pour ", read->label, " n'est pas celui qu'engage l'entrée ",
                      at->second.index));
  }
}

void Semantics::Erased(uint64_t index, absl::string_view body) {
  const absl::StatusOr<ErasureBody> read = ReadErasureBody(body);
  if (!read.ok()) return Unreadable(index, "ERASURE", read.status().message());
  for (const ErasureBody::Tier& erased : read->tiers) {
    const bool there = erased.index < index && erased.tier <= kTierMax &&
                       (tiers_[erased.index] >> erased.tier & 1) != 0;
    if (there) {
      ++report_->counts["sections erased (tiers)"];
    } else {
      Find(index, "ERASES_NOTHING",
           absl::StrCat("it erases tier ", static_cast<int>(erased.tier), " of entry ",
                        erased.index, ", which has none"),
           absl::StrCat("elle efface le niveau ", static_cast<int>(erased.tier), " de l'entrée ",
                        erased.index, ", qui n'en a pas"));
    }
  }
}

void Semantics::EngagementOpened(uint64_t index, const Entry& entry, absl::string_view body) {
  const absl::StatusOr<EngagementBody> read = ReadEngagementBody(body);
  if (!read.ok()) return Unreadable(index, "ENGAGEMENT", read.status().message());
  const auto [at, is_new] =
      engagements_.try_emplace(read->id, Engagement{.subject = read->subject});
  if (!is_new) {
    Find(index, "ENGAGEMENT_TWICE", absl::StrCat("the engagement ", Quote(read->id), " exists"),
         absl::StrCat("le dossier ", Quote(read->id), " existe déjà"));
  }
  if (++subjects_[read->subject] == 2) ++report_->counts["subjects asked about again"];
  const absl::StatusOr<base::DayNumber> day = base::ParseDay(read->tie_epoch);
  if (!epochs_.contains({1, read->tie_epoch}) ||
      !epochs_.contains({2, read->tie_epoch.substr(0, 4)}) || !day.ok()) {
    Find(index, "SECRET_NOT_COMMITTED",
         absl::StrCat("equals are put in order with the secrets of ", read->tie_epoch,
                      ", to which no entry before commits: they could have been chosen afterwards"),
         absl::StrCat("les ex æquo sont départagés avec les secrets du ", read->tie_epoch,
                      ", qu'aucune entrée précédente n'engage : ils ont pu être choisis après"));
    return;
  }
  const Epoch& epoch = epochs_.at({1, read->tie_epoch});
  if (epoch.close_index.has_value()) {
    Find(
        index, "SECRET_ALREADY_REVEALED",
        absl::StrCat("the secret of ", read->tie_epoch, " was public since entry ",
                     *epoch.close_index, ": whoever opened this could foresee the order of equals"),
        absl::StrCat("le secret du ", read->tie_epoch, " était public depuis l'entrée ",
                     *epoch.close_index, " : on pouvait prévoir l'ordre des ex æquo"));
  }
  // A day's difference is midnight; more is a choice.
  const base::DayNumber written = base::ParisDay(absl::FromUnixMicros(entry.time_us));
  if (std::abs(written - *day) > 1) {
    Find(index, "SECRET_OF_ANOTHER_DAY",
         absl::StrCat("written on ", base::FormatDay(written), " with the secret of ",
                      read->tie_epoch),
         absl::StrCat("écrite le ", base::FormatDay(written), " avec le secret du ",
                      read->tie_epoch));
  }
}

void Semantics::Decided(uint64_t index, const Entry& entry, absl::string_view body) {
  const std::string type = audit::EntryTypeName(entry.type);
  const absl::StatusOr<DecisionBody> read = ReadDecisionBody(body);
  if (!read.ok()) return Unreadable(index, type, read.status().message());
  const DecisionBody& decision = *read;

  const auto engagement = engagements_.find(decision.engagement);
  if (engagement == engagements_.end()) {
    Find(index, "ENGAGEMENT_UNKNOWN",
         absl::StrCat("it belongs to the engagement ", Quote(decision.engagement),
                      ", which no entry before opened"),
         absl::StrCat("elle relève du dossier ", Quote(decision.engagement),
                      ", qu'aucune entrée précédente n'a ouvert"));
  } else {
    Engagement& known = engagement->second;
    ++known.recommendations;
    if (entry.type == EntryType::kPreview) ++known.previews;
    if (decision.recommendations != known.recommendations || decision.previews != known.previews) {
      Find(index, "COUNT_WRONG",
           absl::StrCat("it says to be the recommendation ", decision.recommendations,
                        " (previews: ", decision.previews,
                        ") of its engagement; by the entries it is ", known.recommendations,
                        " (previews: ", known.previews, ")"),
           absl::StrCat("elle dit être la recommandation ", decision.recommendations,
                        " (aperçus : ", decision.previews,
                        ") de son dossier ; selon les entrées c'est la ", known.recommendations,
                        " (aperçus : ", known.previews, ")"));
      known.recommendations = decision.recommendations;
      known.previews = decision.previews;
    }
    if (!known.ids.emplace(decision.recommendation, index).second) {
      Find(index, "RECOMMENDATION_TWICE",
           absl::StrCat("the recommendation ", Quote(decision.recommendation), " exists"),
           absl::StrCat("la recommandation ", Quote(decision.recommendation), " existe déjà"));
    }
  }

  const auto state = states_.find(decision.catalogue_revision);
  if (state == states_.end() || decision.catalogue_revision >= entry.prev_size) {
    Find(index, "CATALOGUE_UNKNOWN",
         absl::StrCat("it names the catalogue after entry ", decision.catalogue_revision,
                      ", which is no change of the catalogue among the ", entry.prev_size,
                      " entries that it saw"),
         absl::StrCat("elle nomme le catalogue après l'entrée ", decision.catalogue_revision,
                      ", qui n'est pas un changement du catalogue parmi les ", entry.prev_size,
                      " entrées qu'elle a vues"));
  } else if (state->second != decision.catalogue) {
    Find(index, "CATALOGUE_DIFFERS",
         absl::StrCat("the catalogue after entry ", decision.catalogue_revision, " has the digest ",
                      base::HexEncode(state->second), "; the decision names ",
                      base::HexEncode(decision.catalogue)),
         absl::StrCat("le catalogue après l'entrée ", decision.catalogue_revision,
                      " a l'empreinte ", base::HexEncode(state->second), " ; la décision nomme ",
                      base::HexEncode(decision.catalogue)));
  } else if (std::next(state) != states_.end() && std::next(state)->first < entry.prev_size) {
    ++report_->counts["decisions asked at an earlier catalogue"];
  }
  const auto rulebook = rulebooks_.find(decision.rulebook_revision);
  if (rulebook == rulebooks_.end() || decision.rulebook_revision >= entry.prev_size) {
    Find(index, "RULEBOOK_UNKNOWN",
         absl::StrCat("it names the rulebook of entry ", decision.rulebook_revision,
                      ", which is none among the ", entry.prev_size, " entries that it saw"),
         absl::StrCat("elle nomme les règles de l'entrée ", decision.rulebook_revision,
                      ", qui n'en est pas un parmi les ", entry.prev_size,
                      " entrées qu'elle a vues"));
  } else if (rulebook->second != decision.rulebook) {
    Find(index, "RULEBOOK_DIFFERS",
         absl::StrCat("the rulebook of entry ", decision.rulebook_revision, " has the digest ",
                      base::HexEncode(rulebook->second), "; the decision names ",
                      base::HexEncode(decision.rulebook)),
         absl::StrCat("les règles de l'entrée ", decision.rulebook_revision, " ont l'empreinte ",
                      base::HexEncode(rulebook->second), " ; la décision nomme ",
                      base::HexEncode(decision.rulebook)));
  }
  for (const DecisionBody::Ranking& ranking : decision.rankings) Ranking(index, ranking);
}

void Semantics::Chosen(uint64_t index, absl::string_view body) {
  const absl::StatusOr<ChoiceBody> read = ReadChoiceBody(body);
  if (!read.ok()) return Unreadable(index, "CHOICE", read.status().message());
  const auto engagement = engagements_.find(read->engagement);
  const bool known = engagement != engagements_.end() &&
                     engagement->second.ids.contains(read->recommendation) &&
                     engagement->second.ids.at(read->recommendation) == read->index;
  if (!known) {
    Find(index, "RECOMMENDATION_UNKNOWN",
         absl::StrCat("it is a choice after the recommendation ", Quote(read->recommendation),
                      " of entry ", read->index, ", which is none of that engagement"),
         absl::StrCat("c'est un choix après la recommandation ", Quote(read->recommendation),
                      " de l'entrée ", read->index, ", qui n'en est pas une de ce dossier"));
  }
  if (read->kind == 1 && !offerings_.contains(read->offering)) {
    Find(index, "OFFERING_UNKNOWN", "the offering chosen was never registered",
         "l'offre choisie n'a jamais été inscrite");
  }
}

void Semantics::KeyChanged(uint64_t index, absl::string_view body) {
  const absl::StatusOr<KeyBody> read = ReadKeyBody(body);
  if (!read.ok()) return Unreadable(index, "KEY", read.status().message());
  const std::string message = KeyMessage(*read, origin_);
  if ((read->kind == 1 && !tlog::VerifyEd25519(read->old_key, message, read->old_signature)) ||
      !tlog::VerifyEd25519(read->new_key, message, read->new_signature)) {
    return Find(index, "KEY_CHANGE_NOT_SIGNED",
                "it changes the key that signs the log, but is not signed by the keys that it "
                "names: somebody else than their owner wrote it",
                "elle change la clé qui signe le journal, mais n'est pas signée par les clés "
                "qu'elle nomme : un autre que leur détenteur l'a écrite");
  }
  const auto key_of = [this](const std::array<uint8_t, tlog::kPublicKeyBytes>& bytes) {
    return tlog::VerifierKey::Make(origin_, tlog::SignatureType::kEd25519, bytes);
  };
  KeyChange change{.index = index,
                   .begins = read->kind == 1,
                   .old_key = key_of(read->old_key),
                   .new_key = key_of(read->new_key)};
  const KeyChange* const last = key_changes_.empty() ? nullptr : &key_changes_.back();
  bool in_turn = false;
  if (change.begins) {
    in_turn = change.new_key != change.old_key &&
              (last == nullptr || (!last->begins && last->new_key == change.old_key));
    for (const KeyChange& earlier : key_changes_) {
      in_turn = in_turn && earlier.old_key != change.new_key && earlier.new_key != change.new_key;
    }
  } else {
    in_turn = last != nullptr && last->begins && last->old_key == change.old_key &&
              last->new_key == change.new_key;
  }
  if (!in_turn) {
    return Find(index, "KEY_CHANGE_OUT_OF_TURN",
                "it changes the key that signs the log, but not from the key that is in force, or "
                "to a key that was the log's before, or it ends a change that had not begun",
                "elle change la clé qui signe le journal, mais pas depuis la clé en vigueur, ou "
                "vers une clé qui fut déjà celle du journal, ou elle achève un changement qui "
                "n'avait pas commencé");
  }
  key_changes_.push_back(std::move(change));
}

std::vector<tlog::VerifierKey> Semantics::KeysInForce(uint64_t size) const {
  if (key_changes_.empty()) return {};
  std::vector<tlog::VerifierKey> keys = {key_changes_.front().old_key};
  for (const KeyChange& change : key_changes_) {
    if (change.index >= size) break;
    keys = {change.new_key};
    if (change.begins) keys.push_back(change.old_key);
  }
  return keys;
}

std::optional<uint64_t> Semantics::KeyEntryFor(uint64_t size) const {
  if (key_changes_.empty()) return std::nullopt;
  uint64_t index = key_changes_.front().index;
  for (const KeyChange& change : key_changes_) {
    if (change.index < size) index = change.index;
  }
  return index;
}

void Semantics::Ranking(uint64_t index, const DecisionBody::Ranking& ranking) {
  if (ranking.places.size() != std::min(ranking.ranked, kPublicPlacesMax)) {
    Find(index, "PLACES_MISSING",
         absl::StrCat(ranking.need, ": ", ranking.ranked, " offerings are ranked, but ",
                      ranking.places.size(), " places are shown"),
         absl::StrCat(ranking.need, " : ", ranking.ranked, " offres sont classées, mais ",
                      ranking.places.size(), " places sont montrées"));
  }
  std::set<std::array<uint8_t, 16>> seen;
  int64_t lowest_above = std::numeric_limits<int64_t>::max();  // of the ranks before this one
  int64_t lowest = std::numeric_limits<int64_t>::max();        // up to here
  uint32_t rank = 0;
  for (const DecisionBody::Place& place : ranking.places) {
    if (place.rank != rank && place.rank != rank + 1) {
      Find(index, "RANKS_WRONG", absl::StrCat(ranking.need, ": ranks do not rise by one from 1"),
           absl::StrCat(ranking.need, " : les rangs ne montent pas de un en un depuis 1"));
      return;
    }
    if (place.rank != rank) lowest_above = lowest;
    rank = place.rank;
    lowest = std::min(lowest, place.score);
    if (place.score >= lowest_above) {
      Find(index, "SCORE_BELOW_LOWER_RANK",
           absl::StrCat(ranking.need, ": an offering with a score of ", place.score,
                        " stands below one with ", lowest_above),
           absl::StrCat(ranking.need, " : une offre notée ", place.score,
                        " est placée sous une offre notée ", lowest_above));
    }
    if (!seen.insert(place.offering).second) {
      Find(index, "OFFERING_RANKED_TWICE",
           absl::StrCat(ranking.need, ": an offering stands in two places"),
           absl::StrCat(ranking.need, " : une offre occupe deux places"));
    }
    if (!offerings_.contains(place.offering)) {
      const std::string uid = base::HexEncode(absl::string_view(
          reinterpret_cast<const char*>(place.offering.data()), place.offering.size()));
      Find(index, "OFFERING_UNKNOWN",
           absl::StrCat(ranking.need, ": the offering ", uid, " was never registered"),
           absl::StrCat(ranking.need, " : l'offre ", uid, " n'a jamais été inscrite"));
    }
  }
  if (!ranking.places.empty() && ranking.places.front().rank != 1) {
    Find(index, "RANKS_WRONG", absl::StrCat(ranking.need, ": ranks do not rise by one from 1"),
         absl::StrCat(ranking.need, " : les rangs ne montent pas de un en un depuis 1"));
  }
}

void Semantics::Finish(std::optional<uint64_t> cosigned_s) {
  DropChunks("the log ends with them", "le journal s'arrête avec eux");
  for (const auto& [key, epoch] : epochs_) {
    if (epoch.close_index.has_value()) continue;
    ++report_->counts["secrets not revealed yet"];
    const absl::StatusOr<base::DayNumber> day = base::ParseDay(key.second);
    if (key.first == 1 && day.ok() &&
        base::ParisDay(absl::FromUnixMicros(last_time_us_) - kRevealGrace) > *day) {
      Find(epoch.index, "SECRET_NOT_REVEALED",
           absl::StrCat("the secret of ", key.second,
                        " was not revealed within 48 hours after that day, so nobody can check "
                        "the order of equals"),
           absl::StrCat("le secret du ", key.second,
                        " n'a pas été révélé dans les 48 heures après ce jour : nul ne peut "
                        "vérifier l'ordre des ex æquo"));
    }
  }
  if (cosigned_s.has_value() &&
      last_time_us_ / 1'000'000 > static_cast<int64_t>(*cosigned_s) + kClockToleranceS) {
    report_->Add({.weight = Finding::Weight::kFinding,
                  .reason = "LATER_THAN_ITS_WITNESS",
                  .text_en = absl::StrCat("the last entry says to be of ",
                                          last_time_us_ / 1'000'000, " s, but a witness saw it at ",
                                          *cosigned_s, " s: it was dated forward"),
                  .text_fr = absl::StrCat(
                      "la dernière entrée se dit de ", last_time_us_ / 1'000'000,
                      " s, mais un témoin l'a vue à ", *cosigned_s, " s : elle a été postdatée")});
  }
}

}  // namespace aplomb::verify
