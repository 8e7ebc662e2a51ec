#include "audit/cosignatures.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/status.h"

namespace aplomb::audit {
namespace {

std::string PrefixOf(uint64_t size) {
  base::ByteWriter writer;
  writer.U64(size);
  return std::move(writer).Take();
}

}  // namespace

absl::StatusOr<std::string> ReadCosignatures(const Database& database, uint64_t size) {
  std::string lines;
  RETURN_IF_ERROR(database.Scan(kCosignatureFamily, PrefixOf(size), PrefixOf(size + 1),
                                [&lines](absl::string_view, absl::string_view line) {
                                  absl::StrAppend(&lines, line);
                                  return true;
                                }));
  return lines;
}

absl::StatusOr<uint64_t> NewestCosignedSize(const Database& database) {
  ASSIGN_OR_RETURN(const std::optional<std::string> key, database.LastKey(kCosignatureFamily));
  if (!key.has_value()) return 0;
  base::ByteReader reader(*key);
  return reader.U64();
}

absl::Status CheckCosignatureRow(absl::string_view key, absl::string_view line) {
  base::ByteReader reader(key);
  RETURN_IF_ERROR(reader.U64().status());
  ASSIGN_OR_RETURN(const uint32_t key_id, reader.U32());
  const absl::string_view name = key.substr(8 + 4);
  // Any text makes a note of it.
  ASSIGN_OR_RETURN(const tlog::Note note, tlog::ParseNote(absl::StrCat("x\n\n", line)));
  if (note.signatures.size() != 1 || note.signatures[0].name != name ||
      note.signatures[0].key_id != key_id) {
    return absl::InvalidArgumentError("the line is of another key than its place says");
  }
  return absl::OkStatus();
}

absl::Status KeepCosignature(Database& database, uint64_t size, const tlog::VerifierKey& witness,
                             absl::string_view line) {
  base::ByteWriter writer;
  writer.U64(size);
  writer.U32(witness.key_id);
  return database.PutCosignature(absl::StrCat(std::move(writer).Take(), witness.name), line);
}

std::string KeptCosignatures::Lines(uint64_t size) const {
  // A line that cannot be read is missing, which a reader of the note sees.
  return ReadCosignatures(*database_, size).value_or("");
}

uint64_t KeptCosignatures::NewestSize(uint64_t index) const {
  const uint64_t newest = NewestCosignedSize(*database_).value_or(0);
  return newest > index ? newest : 0;
}

}  // namespace aplomb::audit
