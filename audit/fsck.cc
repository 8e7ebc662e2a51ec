#include "audit/fsck.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "audit/cosignatures.h"
#include "audit/key_change.h"
#include "audit/log_tree.h"
#include "audit/own_entries.h"
#include "audit/section_reader.h"
#include "audit/tlog/checkpoint.h"
#include "audit/tlog/tree.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "base/durable_file.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

class Examination {
 public:
  Examination(const Database& database, const KeyStore& keys, const tlog::VerifierKey& log_key,
              const FsckOptions& options)
      : database_(database),
        keys_(keys),
        known_key_(log_key),
        log_keys_(log_key),
        options_(options) {}

  absl::StatusOr<FsckReport> Run() {
    report_.entry_count = database_.entry_count();
    for (int64_t index = 0; index < report_.entry_count; ++index) {
      RETURN_IF_ERROR(Entry(index));
    }
    RETURN_IF_ERROR(HashCounts());
    if (chunks_before_ > 0) {
      // Nothing of ours writes that: an entry and its chunks go into one batch.
      Find("ENTRY", report_.entry_count - 1,
           absl::StrCat("The log ends with ", chunks_before_, " chunks of no entry."));
    }
    LogKeys();
    RETURN_IF_ERROR(Heads());
    RETURN_IF_ERROR(Cosignatures());
    RETURN_IF_ERROR(StraySections());
    HighWaterFile();
    return std::move(report_);
  }

 private:
  void Find(absl::string_view kind, int64_t index, std::string text) {
    if (report_.findings.size() >= kMaxFsckFindings) {
      report_.more = true;
      return;
    }
    report_.findings.push_back({std::string(kind), index, std::move(text)});
  }

  // Root of the first `size` entries, from what was hashed here.
  tlog::Hash RootAt(uint64_t size) {
    const auto found = roots_.find(size);
    if (found != roots_.end()) return found->second;
    const absl::StatusOr<tlog::Hash> root =
        tlog::TreeRoot(size, [this](tlog::Node node) -> absl::StatusOr<tlog::Hash> {
          return nodes_[node.level][node.index];
        });
    return roots_.emplace(size, root.ok() ? *root : tlog::Hash{}).first->second;
  }

  absl::Status Entry(int64_t index) {
    ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                     database_.Get(kEntryFamily, IndexKey(index)));
    if (!bytes.has_value()) Find("ENTRY", index, "The entry is missing.");
    RETURN_IF_ERROR(Hashes(index, bytes.value_or("")));
    if (!bytes.has_value()) return absl::OkStatus();
    const absl::StatusOr<aplomb::audit::Entry> entry = DecodeEntry(*bytes);
    if (!entry.ok()) {
      Find("ENTRY", index,
           absl::StrCat("The bytes of the entry are no entry: ", entry.status().message(), "."));
      return absl::OkStatus();
    }
    if (entry->time_us < last_time_us_) {
      Find("ENTRY", index, "The entry is earlier than the one before it.");
    }
    last_time_us_ = entry->time_us;
    if (entry->prev_size > index) {
      Find("REFERENCE", index,
           absl::StrCat("The entry refers to a state of ", entry->prev_size,
                        " entries, which did not exist when it was written."));
    } else if (RootAt(static_cast<uint64_t>(entry->prev_size)) != entry->prev_root) {
      Find("REFERENCE", index,
           absl::StrCat("The root that the entry states for the first ", entry->prev_size,
                        " entries is not theirs."));
    }
    if (entry->type == EntryType::kChunk) {
      ++chunks_before_;
      return absl::OkStatus();
    }
    const bool chunks_fit = chunks_before_ == entry->chunk_count;
    if (!chunks_fit) {
      Find("ENTRY", index,
           absl::StrCat(chunks_before_, " chunks stand before the entry, it states ",
                        entry->chunk_count, "."));
    }
    chunks_before_ = 0;
    const absl::StatusOr<LoggedEntry> logged = database_.ReadEntry(index);
    if (!logged.ok()) {
      // What is wrong with the stored hash was said; a body that does not fit its digest was not.
      if (chunks_fit && !hash_damaged_) {
        Find("ENTRY", index, std::string(logged.status().message()));
      }
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(Sections(*logged));
    if (logged->type == EntryType::kKey) ChangedKey(*logged);
    if (options_.visit) {
      std::vector<FsckFinding> found;
      options_.visit(*logged, found);
      for (FsckFinding& finding : found) Find(finding.kind, finding.index, finding.text);
    }
    return absl::OkStatus();
  }

  // A KEY entry: the heads after it have other signatures.
  void ChangedKey(const LoggedEntry& entry) {
    const absl::StatusOr<KeyChange> change = DecodeKeyChange(entry.body);
    const absl::Status added = change.ok() ? log_keys_.Add(entry.index, *change) : change.status();
    if (!added.ok()) {
      Find("KEY", entry.index,
           absl::StrCat("The change of the log's key does not hold: ", added.message(), "."));
    }
  }

  // The key that was given, and what a start of the server would read, against the entries.
  void LogKeys() {
    const std::vector<tlog::VerifierKey> all = log_keys_.All();
    if (std::find(all.begin(), all.end(), known_key_) == all.end()) {
      Find(
          "KEY", -1,
          absl::StrCat(known_key_.ToString(), " is none of the keys that the log's entries name."));
    }
    const absl::StatusOr<KeyHistory> stored = KeyHistory::Read(database_, log_keys_.newest());
    if (!stored.ok() || stored->All() != all || stored->changing() != log_keys_.changing()) {
      Find("KEY", -1, "The keys that are stored apart from the entries are others than theirs.");
    }
  }

  // The leaf and every node that it completes, against what is stored.
  absl::Status Hashes(int64_t index, absl::string_view bytes) {
    absl::Status status;
    hash_damaged_ = false;
    frontier_.Append(tlog::LeafHash(bytes), [&](tlog::Node node, const tlog::Hash& hash) {
      if (nodes_.size() <= node.level) nodes_.resize(node.level + 1);
      nodes_[node.level].push_back(hash);
      if (node.level % tlog::kTileHeight != 0 || !status.ok()) return;
      const absl::StatusOr<std::optional<std::string>> stored =
          database_.Get(kHashFamily, HashKey(node.level, node.index));
      status = stored.status();
      if (!status.ok() || (stored->has_value() && **stored == base::DigestView(hash))) return;
      hash_damaged_ = true;
      Find("HASH", index,
           node.level == 0
               ? absl::StrCat("The hash stored for the entry is ",
                              stored->has_value() ? "not that of its bytes: one of the two was "
                                                    "changed."
                                                  : "missing.")
               : absl::StrCat(
                     "The hash of level ", node.level, ", number ", node.index,
                     ", which this entry completes, is ",
                     stored->has_value() ? "not that of the entries below it." : "missing."));
    });
    return status;
  }

  absl::Status HashCounts() {
    int64_t count = 0;
    RETURN_IF_ERROR(database_.Scan(kHashFamily, "", "", [&](absl::string_view, absl::string_view) {
      ++count;
      return true;
    }));
    size_t expected = 0;
    for (size_t level = 0; level < nodes_.size(); level += tlog::kTileHeight) {
      expected += nodes_[level].size();
    }
    if (count > static_cast<int64_t>(expected)) {
      Find("HASH", -1, absl::StrCat(count, " hashes are stored; the entries have ", expected, "."));
    }
    return absl::OkStatus();
  }

  absl::Status Heads() {
    uint64_t newest = 0;
    RETURN_IF_ERROR(
        database_.Scan(kHeadFamily, "", "", [&](absl::string_view key, absl::string_view note) {
          base::ByteReader reader(key);
          const absl::StatusOr<uint64_t> size = reader.U64();
          ++report_.head_count;
          if (!size.ok() || *size == 0 || *size > static_cast<uint64_t>(report_.entry_count)) {
            Find("HEAD", -1, "A head is stored for a number of entries that the log never had.");
            return true;
          }
          newest = *size;
          Head(*size, note);
          return true;
        }));
    if (report_.entry_count > 0 && newest != static_cast<uint64_t>(report_.entry_count)) {
      Find("HEAD", report_.entry_count - 1,
           absl::StrCat("No signed head covers the newest entries; the newest covers ", newest,
                        "."));
    }
    return absl::OkStatus();
  }

  void Head(uint64_t size, absl::string_view note) {
    const auto last = static_cast<int64_t>(size) - 1;
    const absl::StatusOr<tlog::Checkpoint> checkpoint = log_keys_.Open(note);
    if (!checkpoint.ok()) {
      Find("HEAD", last,
           absl::StrCat("The head after this entry is not a checkpoint signed by the log: ",
                        checkpoint.status().message(), "."));
    } else if (checkpoint->size != size || checkpoint->root != RootAt(size)) {
      Find("HEAD", last,
           "The head after this entry is signed for other entries than those that are stored.");
    }
  }

  absl::Status Cosignatures() {
    // The rows of a head stand together.
    uint64_t head_size = 0;
    std::string head;
    absl::Status read;
    RETURN_IF_ERROR(database_.Scan(
        kCosignatureFamily, "", "", [&](absl::string_view key, absl::string_view line) {
          const uint64_t size = base::ByteReader(key).U64().value_or(0);
          if (size == 0 || size > static_cast<uint64_t>(report_.entry_count)) {
            Find("HEAD", -1,
                 "A cosignature is stored for a number of entries that the log never had.");
            return true;
          }
          if (size != head_size) {
            head_size = size;
            absl::StatusOr<std::optional<std::string>> note =
                database_.Get(kHeadFamily, key.substr(0, sizeof(size)));
            read = note.status();
            if (!read.ok()) return false;
            head = std::move(*note).value_or("");
          }
          Cosignature(static_cast<int64_t>(size) - 1, key, line, head);
          return true;
        }));
    return read;
  }

  // `head`: the note of the head that ends with entry `last`.
  void Cosignature(int64_t last, absl::string_view key, absl::string_view line,
                   absl::string_view head) {
    if (const absl::Status row = CheckCosignatureRow(key, line); !row.ok()) {
      Find("HEAD", last,
           absl::StrCat("A cosignature of the head after this entry is garbled: ", row.message(),
                        "."));
      return;
    }
    const absl::StatusOr<tlog::Note> note = tlog::ParseNote(absl::StrCat(head, line));
    if (!note.ok()) {
      Find("HEAD", last, "A cosignature is stored for a head after this entry that is not there.");
      return;
    }
    const auto verified = tlog::VerifyNote(*note, options_.witnesses);
    if (!verified.ok()) {
      Find("HEAD", last,
           absl::StrCat("A cosignature of the head after this entry does not verify: ",
                        verified.status().message(), "."));
    } else if (verified->empty()) {
      ++report_.unknown_cosignature_count;
    } else {
      ++report_.cosignature_count;
    }
  }

  absl::Status Sections(const LoggedEntry& entry) {
    for (const TierCommitment& tier : entry.tiers) {
      ASSIGN_OR_RETURN(const std::optional<int64_t> erasure,
                       FindErasure(database_, entry.index, tier.tier));
      if (erasure.has_value()) {
        RETURN_IF_ERROR(Erased(entry, tier.tier, *erasure));
        continue;
      }
      const absl::StatusOr<std::vector<std::string>> values =
          ReadSections(database_, keys_, entry.index, tier.tier);
      if (values.ok()) {
        ++report_.sealed_count;
      } else {
        Find("SECTION", entry.index, std::string(values.status().message()));
      }
    }
    return absl::OkStatus();
  }

  absl::Status Erased(const LoggedEntry& entry, uint8_t tier, int64_t erasure) {
    ++report_.erased_count;
    ASSIGN_OR_RETURN(const std::optional<PayloadKey> key, keys_.Find(entry.key_slot, tier));
    ASSIGN_OR_RETURN(const std::optional<std::string> sealed,
                     database_.ReadSealed(entry.index, tier));
    if (key.has_value() || sealed.has_value()) {
      Find("ERASURE", entry.index,
           absl::StrCat("Entry ", erasure, " says that tier ", tier, " was erased, but its ",
                        key.has_value() ? "key" : "sealed bytes",
                        " are still there; the next start of the server ends the erasure."));
    }
    // Effects follow from entries: an `erased` row that no entry wrote is somebody's hand.
    const absl::StatusOr<LoggedEntry> writer = database_.ReadEntry(erasure);
    const absl::StatusOr<Erasure> body =
        writer.ok() && writer->type == EntryType::kErasure
            ? DecodeErasure(writer->body)
            : absl::StatusOr<Erasure>(absl::NotFoundError("no ERASURE entry"));
    const ErasedTier wanted{.index = entry.index, .tier = tier};
    if (!body.ok() ||
        std::find(body->tiers.begin(), body->tiers.end(), wanted) == body->tiers.end()) {
      Find("ERASURE", entry.index,
           absl::StrCat("Tier ", tier, " is marked as erased by entry ", erasure,
                        ", which does not say so."));
    }
    return absl::OkStatus();
  }

  // Sealed bytes that no entry commits to.
  absl::Status StraySections() {
    return database_.Scan(kSectionFamily, "", "", [&](absl::string_view key, absl::string_view) {
      base::ByteReader reader(key);
      const absl::StatusOr<int64_t> index = reader.I64();
      const absl::StatusOr<uint8_t> tier = reader.U8();
      const bool readable = index.ok() && tier.ok();
      const absl::StatusOr<LoggedEntry> entry =
          readable ? database_.ReadEntry(*index)
                   : absl::StatusOr<LoggedEntry>(absl::NotFoundError("garbled"));
      if (absl::IsDataLoss(entry.status())) return true;  // said where the entry is looked at
      if (!entry.ok() || entry->FindTier(*tier) == nullptr) {
        Find("SECTION", readable ? *index : -1,
             "Sealed sections are stored that the entry does not commit to.");
      }
      return true;
    });
  }

  void HighWaterFile() {
    if (options_.high_water_path.empty()) return;
    const std::string& path = options_.high_water_path;
    const absl::StatusOr<std::string> note = base::ReadSmallFile(path);
    if (!note.ok()) {
      Find("HIGH_WATER", -1,
           absl::StrCat("The high-water checkpoint cannot be read: ", note.status().message()));
      return;
    }
    const absl::StatusOr<tlog::Checkpoint> known = log_keys_.Open(*note);
    if (!known.ok()) {
      Find("HIGH_WATER", -1,
           absl::StrCat(path, " is not a checkpoint signed by this log: ", known.status().message(),
                        "."));
    } else if (known->size > static_cast<uint64_t>(report_.entry_count)) {
      Find("HIGH_WATER", report_.entry_count - 1,
           absl::StrCat("The log ends with this entry, but ", path, " has a signed checkpoint of ",
                        known->size, " entries: this database is an older copy."));
    } else if (known->root != RootAt(known->size)) {
      Find("HIGH_WATER", static_cast<int64_t>(known->size) - 1,
           absl::StrCat("The entries up to this one are not those that the checkpoint in ", path,
                        " was signed for: there are two histories."));
    }
  }

  const Database& database_;
  const KeyStore& keys_;
  const tlog::VerifierKey& known_key_;
  KeyHistory log_keys_;
  const FsckOptions& options_;
  FsckReport report_;
  tlog::Frontier frontier_;
  std::vector<std::vector<tlog::Hash>> nodes_;  // by level; 64 bytes per entry
  std::map<uint64_t, tlog::Hash> roots_;
  int64_t last_time_us_ = 0;
  int64_t chunks_before_ = 0;
  bool hash_damaged_ = false;
};

}  // namespace

absl::StatusOr<FsckReport> Fsck(const Database& database, const KeyStore& keys,
                                const tlog::VerifierKey& log_key, const FsckOptions& options) {
  return Examination(database, keys, log_key, options).Run();
}

}  // namespace aplomb::audit
