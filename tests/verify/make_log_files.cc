// make_log_files DIR SIZE: a made-up log of SIZE entries (at least 11) as static files, for tests
// of other programs.
//
//   DIR/log/         checkpoint (two cosignatures), tile/…, vkey
//   DIR/policy       trusts the log and both witnesses
//   DIR/vkeys        the log's and the witnesses' keys, one per line
//   DIR/old          a signed checkpoint of the first SIZE / 2 entries
//   DIR/receipt, DIR/entry    of entry 10, at SIZE
//   DIR/forked       a checkpoint of SIZE / 2 entries that are not those of the log
//   DIR/forgery/     as log/, but an entry *and* its leaf hash in the level-0 tile are forged: what
//                    golang.org/x/mod's TileHashReader lets through (CVE-2026-56865)
//   DIR/leaf/        as log/, but only the entry is forged
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "audit/tlog/tree.h"
#include "tests/verify/make_log.h"

int main(int argc, char** argv) {
  uint64_t size = 0;
  if (argc != 3 || !absl::SimpleAtoi(argv[2], &size) || size < 11 || size > 1'000'000) {
    std::cerr << "make_log_files DIR SIZE\n";
    return 2;
  }
  const std::string directory = argv[1];
  aplomb::verify::LogMaker log;
  aplomb::verify::FillWithWorld(log, size);
  const auto now = static_cast<uint64_t>(log.time_us / 1'000'000) + 1;
  std::map<std::string, std::string> files = log.Files(size);
  files["checkpoint"] = log.CosignedAt(size, 2, now);
  files["vkey"] = log.log_signer.key().ToString() + "\n";
  aplomb::verify::WriteFiles(directory + "/log", files);

  aplomb::verify::LogMaker forged;
  aplomb::verify::FillWithWorld(forged, size);
  forged.entries[size / 2 - 1] = forged.entries[0];
  std::map<std::string, std::string> forged_files = files;
  for (const auto& [path, bytes] : forged.Files(size)) {
    if (path.find("entries") != std::string::npos) forged_files[path] = bytes;
  }
  aplomb::verify::WriteFiles(directory + "/leaf", forged_files);
  for (const auto& [path, bytes] : forged.Files(size)) {
    if (path.rfind("tile/0/", 0) == 0) forged_files[path] = bytes;
  }
  aplomb::verify::WriteFiles(directory + "/forgery", forged_files);

  aplomb::verify::WriteFiles(
      directory,
      {{"policy", log.PolicyText()},
       {"vkeys", absl::StrCat(log.log_signer.key().ToString(), "\n", log.witness1.key().ToString(),
                              "\n", log.witness2.key().ToString(), "\n")},
       {"old", log.CheckpointAt(size / 2)},
       {"forked", forged.CheckpointAt(size / 2)},
       {"receipt", aplomb::tlog::FormatReceipt(log.ReceiptFor(10, size))},
       {"entry", log.entries[10]}});
  return 0;
}
