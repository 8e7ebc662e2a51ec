// The commands about the log: export it, verify a receipt, be a witness. `aplomb-verify`, which
// verifies a whole log, is a program of its own.
#ifndef APLOMB_CLI_LOG_COMMANDS_H_
#define APLOMB_CLI_LOG_COMMANDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cli/commands.h"

namespace aplomb::cli {

struct LogExportOptions {
  std::string data;  // data directory that no server has open (serve --http serves the same files)
  std::string directory;
};
// Writes the published log as static files.
int LogExport(const CommonOptions& common, const LogExportOptions& options);

struct LogTailOptions {
  ServerOptions server;
  int64_t from = 0;
  bool follow = false;  // go on until interrupted
};
// Prints the entries of a running server's log, one a line.
int LogTail(const CommonOptions& common, const LogTailOptions& options);

struct LogShowOptions {
  ServerOptions server;  // `data`: of a server, running or stopped
};
// Prints what the log calls itself, its key, its size and its newest checkpoint.
int LogShow(const CommonOptions& common, const LogShowOptions& options);

struct LogRotateKeyOptions {
  std::string data;        // data directory that no server has open
  std::string high_water;  // empty: in the directory
  bool end = false;        // the change that was begun
};
// Changes the key that signs the log (audit/key_rotation.h), and prints what to tell whom.
int LogRotateKey(const CommonOptions& common, const LogRotateKeyOptions& options);

struct ReceiptRefreshOptions {
  ServerOptions server;
  std::string receipt;
  std::string policy;
  std::string out;  // empty: `receipt`
};
// Asks for a newer proof of the same entry, under a checkpoint with cosignatures, and checks it
// before it is written.
int ReceiptRefresh(const CommonOptions& common, const ReceiptRefreshOptions& options);

struct ReceiptVerifyOptions {
  std::string receipt;
  std::string policy;
  std::string entry;       // empty: what the receipt carries
  std::string disclosure;  // empty: none
  bool require_witnesses = false;
};
// Needs no server. kInvalidInput if the receipt does not hold, or is not witnessed as asked.
int ReceiptVerify(const CommonOptions& common, const ReceiptVerifyOptions& options);

struct WitnessOptions {
  std::string listen = "127.0.0.1:8460";
  std::string key;                // file with the private key
  std::string new_key;            // name: makes the key file first, if it is not there
  std::vector<std::string> logs;  // their vkeys
  std::string state;
};
// Runs until SIGINT or SIGTERM.
int Witness(const CommonOptions& common, const WitnessOptions& options);

}  // namespace aplomb::cli

#endif  // APLOMB_CLI_LOG_COMMANDS_H_
