// The published part of a LogMaker's log, as servers and exporters read it.
#ifndef APLOMB_TESTS_VERIFY_MAP_LOG_READER_H_
#define APLOMB_TESTS_VERIFY_MAP_LOG_READER_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "audit/log_reader.h"
#include "audit/tlog/tree.h"
#include "tests/verify/make_log.h"

namespace aplomb::verify {

class MapLogReader : public audit::LogReader {
 public:
  // `log` must outlive it and not change.
  MapLogReader(const LogMaker* log, uint64_t size)
      : log_(log), size_(size), files_(log->Files(size)) {}

  uint64_t size() const override { return size_; }
  absl::StatusOr<std::string> EntryBytes(uint64_t index) const override {
    if (index >= size_) return absl::NotFoundError("beyond the head");
    return log_->entries[index];
  }
  absl::StatusOr<std::string> TileBytes(const tlog::Tile& tile) const override {
    const uint32_t there = tlog::TileWidthAt(tile.level, tile.index, size_);
    if (tile.width > there) return absl::NotFoundError("beyond the head");
    const std::string& bytes =
        files_.at(tlog::TilePath({.level = tile.level, .index = tile.index, .width = there}));
    if (tile.level != tlog::Tile::kEntriesLevel) return bytes.substr(0, tile.width * 32);
    std::string bundle;
    for (uint64_t i = 0; i < tile.width; ++i) {
      tlog::AppendToBundle(log_->entries[tile.index * 256 + i], bundle);
    }
    return bundle;
  }
  absl::StatusOr<std::string> SignedCheckpoint() const override {
    return log_->CheckpointAt(size_);
  }
  absl::StatusOr<std::string> SignedCheckpointAt(uint64_t size) const override {
    if (size > size_) return absl::NotFoundError("beyond the head");
    return log_->CheckpointAt(size);
  }
  tlog::VerifierKey log_key() const override { return log_->log_signer.key(); }

 private:
  const LogMaker* const log_;
  const uint64_t size_;
  const std::map<std::string, std::string> files_;
};

}  // namespace aplomb::verify

#endif  // APLOMB_TESTS_VERIFY_MAP_LOG_READER_H_
