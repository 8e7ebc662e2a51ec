#include "audit/verify/verify.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "audit/entry.h"
#include "audit/sections.h"
#include "audit/tlog/tree.h"
#include "audit/verify/semantics.h"
#include "base/check.h"
#include "base/digest.h"
#include "base/status.h"

namespace aplomb::verify {
namespace {

using tlog::Checkpoint;
using tlog::Hash;
using tlog::Policy;
using tlog::Tile;
using tlog::TrustedCheckpoint;

constexpr size_t kHashTileBytesMax = size_t{tlog::kTileWidth} * 32;
constexpr size_t kBundleBytesMax = size_t{tlog::kTileWidth} * (2 + tlog::kMaxEntryBytes);

Finding Invalid(absl::string_view reason, std::string en, std::string fr,
                std::optional<uint64_t> index = std::nullopt) {
  return {.weight = Finding::Weight::kInvalid,
          .reason = std::string(reason),
          .index = index,
          .text_en = std::move(en),
          .text_fr = std::move(fr)};
}

std::string Base64(const Hash& hash) { return tlog::EncodeBase64(base::DigestView(hash)); }

// Whether the policy asks for witnesses, and whether `note`, which is sound, has them.
void NoteQuorum(const std::string& note, const Policy& policy, Report& report) {
  report.quorum = policy.quorum;
  report.quorum_witnesses = policy.witnesses.size();
  report.witnessed = !policy.quorum.empty() && tlog::CheckPolicy(note, policy, true).ok();
}

// A checkpoint that was kept, opened: its signature by the log holds.
struct Held {
  std::string label;
  std::string note;
  Checkpoint checkpoint;
  std::vector<tlog::VerifierKey> keys;  // trusted ones that signed it
};

// What is held against the log while its tree is derived.
struct HeldReceipt {
  std::string label;
  tlog::Receipt receipt;
  Checkpoint checkpoint;
  std::optional<std::string> entry;
};

class LogVerifier {
 public:
  LogVerifier(const Source& source, const Policy& policy)
      : source_(source),
        policy_(policy),
        semantics_(&report_, [this](uint64_t size) { return RootAt(size); }) {}

  Report Run(const LogInput& input) {
    if (!OpenHead()) return std::move(report_);
    OpenKept(input);
    CompareSameSize();
    if (Derive()) {
      CompareRoot();
      CompareLater();
      CheckKeys();
      semantics_.Finish(EarliestCosignature());
    }
    return std::move(report_);
  }

 private:
  bool OpenHead() {
    const absl::StatusOr<std::string> note = source_.Read("checkpoint", tlog::kMaxNoteBytes);
    if (!note.ok()) {
      report_.Add(Invalid(
          "NO_CHECKPOINT", absl::StrCat("the checkpoint cannot be read: ", note.status().message()),
          absl::StrCat("le point de contrôle est illisible : ", note.status().message())));
      return false;
    }
    const absl::StatusOr<TrustedCheckpoint> trusted = tlog::CheckPolicy(*note, policy_, false);
    if (!trusted.ok()) {
      report_.Add(Invalid(
          "CHECKPOINT_REFUSED",
          absl::StrCat("the checkpoint is not one to be trusted: ", trusted.status().message()),
          absl::StrCat("le point de contrôle n'est pas digne de confiance : ",
                       trusted.status().message())));
      return false;
    }
    head_ = {.label = "checkpoint",
             .note = *note,
             .checkpoint = trusted->checkpoint,
             .keys = trusted->log_keys};
    semantics_.SetOrigin(head_.checkpoint.origin);
    report_.origin = head_.checkpoint.origin;
    report_.size = head_.checkpoint.size;
    report_.root = Base64(head_.checkpoint.root);
    for (const auto& [name, time_s] : trusted->cosignatures) {
      report_.cosignatures.push_back({.witness = name, .time_s = time_s});
    }
    NoteQuorum(*note, policy_, report_);
    return true;
  }

  void OpenKept(const LogInput& input) {
    for (const Kept& kept : input.old_checkpoints) Hold(kept.label, kept.text);
    for (const KeptReceipt& kept : input.receipts) {
      const absl::StatusOr<tlog::Receipt> receipt = tlog::ParseReceipt(kept.text);
      if (!receipt.ok()) {
        report_.Add(
            Invalid("RECEIPT_UNREADABLE",
                    absl::StrCat(kept.label, " is not a receipt: ", receipt.status().message()),
                    absl::StrCat(kept.label, " n'est pas un reçu : ", receipt.status().message())));
        continue;
      }
      if (!Hold(kept.label, receipt->checkpoint)) continue;
      receipts_.push_back({.label = kept.label,
                           .receipt = *receipt,
                           .checkpoint = held_.back().checkpoint,
                           .entry = kept.entry.has_value() ? kept.entry : receipt->extra});
    }
    std::stable_sort(held_.begin(), held_.end(), [](const Held& a, const Held& b) {
      return a.checkpoint.size < b.checkpoint.size;
    });
    std::stable_sort(receipts_.begin(), receipts_.end(),
                     [](const HeldReceipt& a, const HeldReceipt& b) {
                       return a.receipt.index < b.receipt.index;
                     });
  }

  bool Hold(const std::string& label, const std::string& note) {
    const absl::StatusOr<TrustedCheckpoint> trusted = tlog::CheckPolicy(note, policy_, false);
    if (!trusted.ok()) {
      report_.Add(
          Invalid("KEPT_CHECKPOINT_REFUSED",
                  absl::StrCat("the checkpoint of ", label,
                               " is not one to be trusted: ", trusted.status().message()),
                  absl::StrCat("le point de contrôle de ", label,
                               " n'est pas digne de confiance : ", trusted.status().message())));
      return false;
    }
    if (trusted->checkpoint.origin != head_.checkpoint.origin) {
      report_.Add(Invalid("KEPT_CHECKPOINT_OF_ANOTHER_LOG",
                          absl::StrCat("the checkpoint of ", label, " is of another log, ",
                                       trusted->checkpoint.origin),
                          absl::StrCat("le point de contrôle de ", label,
                                       " est d'un autre journal, ", trusted->checkpoint.origin)));
      return false;
    }
    held_.push_back({.label = label,
                     .note = note,
                     .checkpoint = trusted->checkpoint,
                     .keys = trusted->log_keys});
    return true;
  }

  void Fork(const Held& one, const Held& other, absl::string_view reason, std::string en,
            std::string fr) {
    report_.Add({.weight = Finding::Weight::kFork,
                 .reason = std::string(reason),
                 .index = std::nullopt,
                 .text_en = std::move(en),
                 .text_fr = std::move(fr)});
    report_.evidence.emplace_back(one.note, other.note);
  }

  // Two signed roots of one size need no tree to contradict each other.
  void CompareSameSize() {
    std::vector<const Held*> all = {&head_};
    for (const Held& held : held_) all.push_back(&held);
    std::stable_sort(all.begin(), all.end(), [](const Held* a, const Held* b) {
      return a->checkpoint.size < b->checkpoint.size;
    });
    for (size_t i = 1; i < all.size(); ++i) {
      const Held& one = *all[i - 1];
      const Held& other = *all[i];
      if (one.checkpoint.size != other.checkpoint.size ||
          one.checkpoint.root == other.checkpoint.root) {
        continue;
      }
      Fork(one, other, "TWO_ROOTS_OF_ONE_SIZE",
           absl::StrCat("the log signed two different trees of ", one.checkpoint.size,
                        " entries: ", one.label, " and ", other.label),
           absl::StrCat("le journal a signé deux arbres différents de ", one.checkpoint.size,
                        " entrées : ", one.label, " et ", other.label));
      forked_labels_.push_back(one.label);
      forked_labels_.push_back(other.label);
    }
  }

  // Reads a tile; a partial one also as the beginning of its full one.
  absl::StatusOr<std::string> ReadTile(const Tile& tile, size_t bytes_max) const {
    absl::StatusOr<std::string> bytes = source_.Read(tlog::TilePath(tile), bytes_max);
    if (bytes.ok() || !absl::IsNotFound(bytes.status()) || tile.width == tlog::kTileWidth) {
      return bytes;
    }
    return source_.Read(tlog::TilePath({.level = tile.level, .index = tile.index}), bytes_max);
  }

  // All leaves; false if the bundles do not give that many.
  bool Derive() {
    const uint64_t size = head_.checkpoint.size;
    size_t next_held = 0;
    size_t next_receipt = 0;
    CompareAt(next_held);
    for (uint64_t bundle = 0; bundle * tlog::kTileWidth < size; ++bundle) {
      const uint64_t first = bundle * tlog::kTileWidth;
      const uint32_t width = tlog::TileWidthAt(Tile::kEntriesLevel, bundle, size);
      const Tile tile{.level = Tile::kEntriesLevel, .index = bundle, .width = width};
      const absl::StatusOr<std::string> bytes = ReadTile(tile, kBundleBytesMax);
      if (!bytes.ok()) {
        return Missing(tile, first, bytes.status());
      }
      absl::StatusOr<std::vector<absl::string_view>> entries = tlog::SplitBundle(*bytes, width);
      if (!entries.ok()) entries = BeginningOf(*bytes, width, entries.status());
      if (!entries.ok()) return Missing(tile, first, entries.status());
      for (uint32_t i = 0; i < width; ++i) {
        const uint64_t index = first + i;
        const absl::string_view entry = (*entries)[i];
        const Hash leaf = tlog::LeafHash(entry);
        // Before it is appended: an entry knows what stands before it at most.
        semantics_.Add(index, entry);
        frontier_.Append(leaf, [this](tlog::Node node, const Hash& hash) {
          if (node.level == nodes_.size()) nodes_.emplace_back();
          nodes_[node.level].push_back(hash);
          if (node.level % tlog::kTileHeight == 0) Complete(node.level / tlog::kTileHeight, hash);
        });
        ++report_.derived_entries;
        for (; next_receipt < receipts_.size() && receipts_[next_receipt].receipt.index == index;
             ++next_receipt) {
          CheckReceipt(receipts_[next_receipt], entry, leaf);
        }
        CompareAt(next_held);
      }
    }
    for (; next_receipt < receipts_.size(); ++next_receipt) {
      const HeldReceipt& held = receipts_[next_receipt];
      report_.Add(Invalid("RECEIPT_BEYOND_THE_LOG",
                          absl::StrCat("the receipt ", held.label,
                                       " is for this entry; the log "
                                       "that is shown ends before it"),
                          absl::StrCat("le reçu ", held.label,
                                       " porte sur cette entrée ; le "
                                       "journal montré s'arrête avant"),
                          held.receipt.index));
    }
    for (size_t level = 0; level < tiles_.size(); ++level) CompareTile(level);
    return true;
  }

  // Root of the first `size` entries, all of them derived.
  Hash RootAt(uint64_t size) {
    if (last_root_.has_value() && last_root_->first == size) return last_root_->second;
    const absl::StatusOr<Hash> root = tlog::TreeRoot(
        size,
        [this](tlog::Node node) -> absl::StatusOr<Hash> { return nodes_[node.level][node.index]; });
    CHECK_OK(root) << "the reader does not fail";
    last_root_ = {size, *root};
    return *root;
  }

  // A partial bundle may have been served as its full one: its first entries.
  static absl::StatusOr<std::vector<absl::string_view>> BeginningOf(absl::string_view bytes,
                                                                    uint32_t width,
                                                                    const absl::Status& refused) {
    if (width == tlog::kTileWidth) return refused;
    absl::StatusOr<std::vector<absl::string_view>> all = tlog::SplitBundle(bytes, tlog::kTileWidth);
    if (!all.ok()) return refused;
    all->resize(width);
    return all;
  }

  bool Missing(const Tile& tile, uint64_t first, const absl::Status& why) {
    const std::string path = tlog::TilePath(tile);
    report_.Add(Invalid("BUNDLE_REFUSED",
                        absl::StrCat("the entries from here to ", first + tile.width - 1,
                                     " cannot be had: ", path, ": ", why.message()),
                        absl::StrCat("les entrées d'ici à ", first + tile.width - 1,
                                     " sont inaccessibles : ", path, " : ", why.message()),
                        first));
    return false;
  }

  void Complete(int level, const Hash& hash) {
    const auto at = static_cast<size_t>(level);
    if (at == tiles_.size()) tiles_.emplace_back();
    tiles_[at].hashes.push_back(hash);
    if (tiles_[at].hashes.size() == tlog::kTileWidth) {
      CompareTile(at);
      tiles_[at].hashes.clear();
      ++tiles_[at].index;
    }
  }

  // The derived tile of that level against the stored one, byte for byte.
  void CompareTile(size_t level) {
    const std::vector<Hash>& hashes = tiles_[level].hashes;
    if (hashes.empty()) return;
    const Tile tile{.level = static_cast<int>(level),
                    .index = tiles_[level].index,
                    .width = static_cast<uint32_t>(hashes.size())};
    const std::string path = tlog::TilePath(tile);
    // Entries below one hash of this tile.
    const uint64_t below = level == 0 ? 1 : uint64_t{1} << (level * tlog::kTileHeight);
    const uint64_t first = tile.index * tlog::kTileWidth * below;
    absl::StatusOr<std::string> bytes = ReadTile(tile, kHashTileBytesMax);
    if (!bytes.ok()) {
      report_.Add(
          Invalid("TILE_MISSING",
                  absl::StrCat("the tile ", path, " cannot be had: ", bytes.status().message()),
                  absl::StrCat("la tuile ", path, " est inaccessible : ", bytes.status().message()),
                  first));
      return;
    }
    if (bytes->size() == kHashTileBytesMax) bytes->resize(hashes.size() * sizeof(Hash));
    if (bytes->size() != hashes.size() * sizeof(Hash)) {
      report_.Add(Invalid("TILE_SIZE_WRONG",
                          absl::StrCat("the tile ", path, " has ", bytes->size(),
                                       " bytes instead of ", hashes.size() * sizeof(Hash)),
                          absl::StrCat("la tuile ", path, " a ", bytes->size(),
                                       " octets au lieu de ", hashes.size() * sizeof(Hash)),
                          first));
      return;
    }
    bool equal = true;
    for (size_t i = 0; i < hashes.size(); ++i) {
      const auto stored = absl::string_view(*bytes).substr(i * sizeof(Hash), sizeof(Hash));
      if (stored == base::DigestView(hashes[i])) continue;
      equal = false;
      const uint64_t index = first + i * below;
      if (level == 0) {
        report_.Add(
            Invalid("LEAF_DIFFERS",
                    absl::StrCat("the entry's bytes have the leaf hash ", Base64(hashes[i]),
                                 "; place ", i, " of ", path, " holds ", tlog::EncodeBase64(stored),
                                 ": one of the two was altered"),
                    absl::StrCat("les octets de l'entrée ont l'empreinte ", Base64(hashes[i]),
                                 " ; la place ", i, " de ", path, " contient ",
                                 tlog::EncodeBase64(stored), " : l'un des deux a été altéré"),
                    index));
      } else {
        report_.Add(Invalid(
            "TILE_DIFFERS",
            absl::StrCat("place ", i, " of ", path, " holds ", tlog::EncodeBase64(stored), "; the ",
                         below, " entries from here give ", Base64(hashes[i])),
            absl::StrCat("la place ", i, " de ", path, " contient ", tlog::EncodeBase64(stored),
                         " ; les ", below, " entrées à partir d'ici donnent ", Base64(hashes[i])),
            index));
      }
    }
    if (equal) ++report_.compared_tiles;
  }

  void CheckReceipt(const HeldReceipt& held, absl::string_view entry, const Hash& leaf) {
    if (held.entry.has_value() && *held.entry != entry) {
      report_.Add(
          Invalid("RECEIPT_FOR_ANOTHER_ENTRY",
                  absl::StrCat("the log holds other bytes here than those given with the "
                               "receipt ",
                               held.label),
                  absl::StrCat("le journal contient ici d'autres octets que ceux remis avec "
                               "le reçu ",
                               held.label),
                  held.receipt.index));
      return;
    }
    const absl::Status included = tlog::CheckInclusion(
        held.receipt.index, held.checkpoint.size, leaf, held.receipt.proof, held.checkpoint.root);
    if (!included.ok()) {
      report_.Add(Invalid("RECEIPT_DOES_NOT_HOLD",
                          absl::StrCat("the receipt ", held.label,
                                       " does not prove this entry: ", included.message()),
                          absl::StrCat("le reçu ", held.label,
                                       " ne prouve pas cette entrée : ", included.message()),
                          held.receipt.index));
      return;
    }
    ++report_.receipts;
  }

  // Kept checkpoints of the size that was just derived.
  void CompareAt(size_t& next) {
    for (; next < held_.size() && held_[next].checkpoint.size == frontier_.size(); ++next) {
      if (held_[next].checkpoint.root == frontier_.Root()) {
        ++report_.old_checkpoints;
      } else {
        not_prefixes_.push_back(next);
      }
    }
  }

  void CompareRoot() {
    root_holds_ = frontier_.Root() == head_.checkpoint.root;
    if (root_holds_) return;
    report_.Add(Invalid(
        "ROOT_DIFFERS",
        absl::StrCat("the entries give the root ", Base64(frontier_.Root()), "; the log signed ",
                     Base64(head_.checkpoint.root), ": an entry was altered, left out or put in"),
        absl::StrCat("les entrées donnent la racine ", Base64(frontier_.Root()),
                     " ; le journal a signé ", Base64(head_.checkpoint.root),
                     " : une entrée a été altérée, retirée ou ajoutée")));
  }

  // Kept checkpoints that are not prefixes, and those of more entries than are shown.
  void CompareLater() {
    for (const size_t at : not_prefixes_) {
      const Held& held = held_[at];
      const std::string en =
          absl::StrCat("the first ", held.checkpoint.size, " entries are not those of ", held.label,
                       ", which the log signed");
      const std::string fr =
          absl::StrCat("les ", held.checkpoint.size, " premières entrées ne sont pas celles de ",
                       held.label, ", que le journal a signé");
      if (!root_holds_) {
        // What is shown is not what was signed, so it proves nothing against the kept one.
        report_.Add(Invalid("NOT_A_PREFIX", en, fr));
      } else if (std::find(forked_labels_.begin(), forked_labels_.end(), held.label) ==
                 forked_labels_.end()) {
        Fork(held, head_, "HISTORY_REWRITTEN", en, fr);
      }
    }
    for (const Held& held : held_) {
      if (held.checkpoint.size <= head_.checkpoint.size) continue;
      Fork(held, head_, "ROLLED_BACK",
           absl::StrCat("the log shows ", head_.checkpoint.size, " entries but signed ",
                        held.checkpoint.size, " (", held.label,
                        "). If what you read is a copy made before that, get a newer one; else "
                        "entries were taken back"),
           absl::StrCat("le journal montre ", head_.checkpoint.size, " entrées mais en a signé ",
                        held.checkpoint.size, " (", held.label,
                        "). Si c'est une copie antérieure, prenez-en une plus récente ; sinon des "
                        "entrées ont été retirées"));
    }
  }

  // Whether each checkpoint is signed by the keys that the log's entries have in force at its size,
  // which need not be in the policy, and by no other that is.
  void CheckKeys() {
    std::vector<const Held*> all = {&head_};
    for (const Held& held : held_) all.push_back(&held);
    std::vector<tlog::VerifierKey> trusted;
    for (const Held* const held : all) {
      const std::vector<tlog::VerifierKey> in_force = semantics_.KeysInForce(held->checkpoint.size);
      for (const tlog::VerifierKey& key : held->keys) {
        if (std::find(trusted.begin(), trusted.end(), key) == trusted.end()) trusted.push_back(key);
        if (in_force.empty() ||
            std::find(in_force.begin(), in_force.end(), key) != in_force.end()) {
          continue;
        }
        AddKeyFinding(
            *held, "KEY_NOT_IN_FORCE",
            absl::StrCat(held->label, " is signed by the key ", key.ToString(),
                         ", which by the log's own entries does not sign ", held->checkpoint.size,
                         " entries: it was stolen or kept in use"),
            absl::StrCat(held->label, " est signé par la clé ", key.ToString(),
                         ", qui selon les entrées du journal ne signe pas ", held->checkpoint.size,
                         " entrées : elle a été volée ou est restée en usage"));
      }
      for (const tlog::VerifierKey& key : in_force) {
        if (tlog::OpenCheckpoint(held->note, key).ok()) continue;
        AddKeyFinding(*held, "KEY_DID_NOT_SIGN",
                      absl::StrCat(held->label, " is not signed by the key ", key.ToString(),
                                   ", which by the log's own entries signs ", held->checkpoint.size,
                                   " entries"),
                      absl::StrCat(held->label, " n'est pas signé par la clé ", key.ToString(),
                                   ", qui selon les entrées du journal signe ",
                                   held->checkpoint.size, " entrées"));
      }
    }
    if (semantics_.KeysInForce(head_.checkpoint.size).empty() && trusted.size() > 1) {
      AddKeyFinding(head_, "SECOND_KEY_NOT_LOGGED",
                    "two keys sign, and no entry of the log tells of the second",
                    "deux clés signent, et aucune entrée du journal n'annonce la seconde");
    }
  }

  void AddKeyFinding(const Held& held, absl::string_view reason, std::string en, std::string fr) {
    report_.Add({.weight = Finding::Weight::kFinding,
                 .reason = std::string(reason),
                 .index = semantics_.KeyEntryFor(held.checkpoint.size),
                 .text_en = std::move(en),
                 .text_fr = std::move(fr)});
  }

  std::optional<uint64_t> EarliestCosignature() const {
    std::optional<uint64_t> earliest;
    for (const Cosigned& cosigned : report_.cosignatures) {
      earliest = std::min(earliest.value_or(cosigned.time_s), cosigned.time_s);
    }
    return earliest;
  }

  struct PartialTile {
    uint64_t index = 0;
    std::vector<Hash> hashes = {};
  };

  const Source& source_;
  const Policy& policy_;
  Report report_;
  Semantics semantics_;
  Held head_;
  std::vector<Held> held_;
  std::vector<HeldReceipt> receipts_;
  std::vector<std::string> forked_labels_;
  std::vector<size_t> not_prefixes_;
  bool root_holds_ = false;
  tlog::Frontier frontier_;
  // All complete subtrees, by level: 64 bytes for each entry.
  std::vector<std::vector<Hash>> nodes_;
  // Entries in a row mostly name the same size.
  std::optional<std::pair<uint64_t, Hash>> last_root_;
  std::vector<PartialTile> tiles_;
};

}  // namespace

DirectorySource::DirectorySource(absl::string_view directory)
    : directory_(absl::StripPrefix(directory, "file://")) {}

absl::StatusOr<std::string> DirectorySource::Read(const std::string& path, size_t bytes_max) const {
  return ReadFileUpTo(absl::StrCat(directory_, "/", path), bytes_max);
}

absl::StatusOr<std::string> ReadFileUpTo(const std::string& path, size_t bytes_max) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, " is not there or cannot be read"));
  // In pieces: a bundle may have 16 MB but mostly has some hundred kilobytes.
  std::string bytes;
  std::array<char, 65'536> piece;
  while (bytes.size() <= bytes_max && file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    bytes.append(piece.data(), static_cast<size_t>(file.gcount()));
  }
  if (file.bad()) return absl::NotFoundError(absl::StrCat(path, " cannot be read"));
  if (bytes.size() > bytes_max) {
    return absl::ResourceExhaustedError(
        absl::StrCat(path, " is larger than ", bytes_max, " bytes"));
  }
  return bytes;
}

Report VerifyLog(const Source& source, const tlog::Policy& policy, const LogInput& input) {
  return LogVerifier(source, policy).Run(input);
}

namespace {

// Holds a shown section against what `entry` commits to.
void Disclose(uint64_t index, const absl::StatusOr<audit::Entry>& entry,
              const std::string& disclosure, Report& report) {
  const auto refuse = [&](absl::string_view why) {
    report.Add(Invalid("DISCLOSURE_DOES_NOT_HOLD",
                       absl::StrCat("the section shown is not one of this entry: ", why),
                       absl::StrCat("la section montrée n'est pas de cette entrée : ", why),
                       index));
  };
  if (!entry.ok()) return refuse(entry.status().message());
  const absl::StatusOr<audit::Disclosure> shown = audit::DecodeDisclosure(disclosure);
  if (!shown.ok()) return refuse(shown.status().message());
  if (shown->entry_id != audit::EntryIdOfSlot(entry->key_slot)) return refuse("another entry id");
  for (const audit::TierCommitment& tier : entry->tiers) {
    if (tier.tier != shown->tier) continue;
    const absl::Status holds = audit::CheckDisclosure(*shown, tier.root, tier.section_count);
    if (!holds.ok()) return refuse(holds.message());
    report.disclosed.push_back(
        {.index = index, .tier = shown->tier, .number = shown->number, .value = shown->value});
    return;
  }
  refuse("it has no such tier");
}

}  // namespace

Report VerifyReceipt(const KeptReceipt& kept, const tlog::Policy& policy) {
  Report report;
  report.of_receipt = true;
  const absl::StatusOr<tlog::Receipt> receipt = tlog::ParseReceipt(kept.text);
  if (!receipt.ok()) {
    report.Add(
        Invalid("RECEIPT_UNREADABLE",
                absl::StrCat(kept.label, " is not a receipt: ", receipt.status().message()),
                absl::StrCat(kept.label, " n'est pas un reçu : ", receipt.status().message())));
    return report;
  }
  const absl::StatusOr<TrustedCheckpoint> trusted =
      tlog::CheckPolicy(receipt->checkpoint, policy, false);
  if (!trusted.ok()) {
    report.Add(Invalid("CHECKPOINT_REFUSED",
                       absl::StrCat("the receipt's checkpoint is not one to be trusted: ",
                                    trusted.status().message()),
                       absl::StrCat("le point de contrôle du reçu n'est pas digne de confiance : ",
                                    trusted.status().message())));
    return report;
  }
  report.origin = trusted->checkpoint.origin;
  report.size = trusted->checkpoint.size;
  report.root = Base64(trusted->checkpoint.root);
  for (const auto& [name, time_s] : trusted->cosignatures) {
    report.cosignatures.push_back({.witness = name, .time_s = time_s});
  }
  NoteQuorum(receipt->checkpoint, policy, report);
  const std::optional<std::string>& entry = kept.entry.has_value() ? kept.entry : receipt->extra;
  if (!entry.has_value()) {
    report.Add(Invalid(
        "ENTRY_MISSING", "a receipt proves the bytes of an entry: give them with --entry",
        "un reçu prouve les octets d'une entrée : donnez-les avec --entry", receipt->index));
    return report;
  }
  const absl::Status included =
      tlog::CheckInclusion(receipt->index, trusted->checkpoint.size, tlog::LeafHash(*entry),
                           receipt->proof, trusted->checkpoint.root);
  if (!included.ok()) {
    report.Add(Invalid("RECEIPT_DOES_NOT_HOLD",
                       absl::StrCat("the receipt does not prove these bytes: ", included.message()),
                       absl::StrCat("le reçu ne prouve pas ces octets : ", included.message()),
                       receipt->index));
    return report;
  }
  ++report.receipts;
  const absl::StatusOr<audit::Entry> decoded = audit::DecodeEntry(*entry);
  if (decoded.ok()) ++report.counts[audit::EntryTypeName(decoded->type)];
  if (kept.disclosure.has_value()) Disclose(receipt->index, decoded, *kept.disclosure, report);
  return report;
}

}  // namespace aplomb::verify
