#include <iostream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/digest.h"
#include "base/hex.h"
#include "base/random.h"
#include "base/status.h"
#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/exit_codes.h"
#include "cli/files.h"
#include "service/callers.h"

namespace aplomb::cli {
namespace {

// Draws a token, adds its digest to the file of callers and returns the token, which stands
// nowhere else.
absl::StatusOr<std::string> AddToken(const TokenOptions& options) {
  const std::string path = options.data + "/tokens";
  absl::StatusOr<std::string> table = ReadFile(path);
  if (absl::IsNotFound(table.status())) {
    table = std::string("# role subject sha256 of the token (docs/api.md)\n");
  }
  RETURN_IF_ERROR(table.status());
  constexpr size_t kTokenBytes = 32;
  const std::string token = base::HexEncode(base::SystemRandom::Get()->Bytes(kTokenBytes));
  absl::StrAppend(&*table, absl::AsciiStrToUpper(options.role), " ", options.subject, " ",
                  base::HexEncode(base::Sha256(token)), "\n");
  // Says what is wrong with the role or the subject.
  RETURN_IF_ERROR(service::TokenTable::Parse(*table).status());
  RETURN_IF_ERROR(WriteFile(path, *table, /*secret=*/true));
  return token;
}

}  // namespace

int Token(const CommonOptions& common, const TokenOptions& options) {
  const Language language = common.language;
  const absl::StatusOr<std::string> token = AddToken(options);
  if (!token.ok()) {
    return End(common, token.status());
  }
  std::cout << *token << "\n";
  std::cerr << (language == Language::kFrench
                    ? "aplomb: valable tout de suite, sans redémarrer le serveur\n"
                    : "aplomb: takes effect at once; the server need not be restarted\n");
  return kDone;
}

}  // namespace aplomb::cli
