// The command itself, run as a user runs it: exit codes, help, completion.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/testing/files.h"

namespace aplomb::cli {
namespace {

using ::testing::HasSubstr;

struct Outcome {
  int exit_code = -1;
  std::string output;  // standard output and standard error
};

Outcome RunCommand(const std::string& arguments) {
  const std::string command =
      absl::StrCat("env -u APLOMB_SERVER -u APLOMB_TOKEN -u APLOMB_DATA_DIR ",
                   testing::ProgramPath("aplomb"), " ", arguments, " 2>&1");
  FILE* pipe = popen(command.c_str(), "r");
  Outcome outcome;
  char buffer[4096];
  for (size_t size; (size = fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    outcome.output.append(buffer, size);
  }
  const int status = pclose(pipe);
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return outcome;
}

struct Case {
  const char* name;
  const char* arguments;
  int exit_code;
  const char* says;
};
const Case kCases[] = {
    // Usage.
    {"no command", "", 2, "subcommand"},
    {"unknown command", "recommand", 2, "subcommand"},
    {"unknown option", "needs --nope", 2, "--nope"},
    {"missing option", "recommend", 2, "--profile"},
    {"unknown language", "--lang de needs", 2, "--lang"},
    {"help", "--help", 0, "Exit codes"},
    {"version", "--version", 0, "0.1.0"},
    // Files.
    {"profile not there", "recommend --profile none.yaml", 4, "none.yaml"},
    {"profile with errors", "recommend --profile README.md", 3, "README.md"},
    {"rulebook not there", "rulebook check docs", 4, "rulebook.textproto"},
    {"the published rulebook",
     "rulebook check catalog/rulebook --laws catalog/sample/law_table.yaml", 0, "45 needs"},
    {"data directory without a server", "needs --data docs", 4, "docs/address"},
    {"no server there", "needs --server 127.0.0.1:1 --deadline-ms 2000", 6, ""},
    {"serve without tokens", "serve --data /proc/none --grpc 127.0.0.1:0", 4, "data directory"},
    {"import of nothing", "import --data /proc/none", 3, "--catalog"},
    {"import of what is not there", "import --data /proc/none --catalog none", 4, "none"},
    {"a role that does not exist", "token --data /proc --role KING --subject a", 3, "AUDITOR"},
};

TEST(Command, EndsAsDocumented) {
  for (const Case& c : kCases) {
    const Outcome outcome = RunCommand(c.arguments);
    EXPECT_THAT(outcome.output, HasSubstr(c.says)) << c.name;
    EXPECT_EQ(outcome.exit_code, c.exit_code) << c.name << "\n" << outcome.output;
  }
}

TEST(Completion, KnowsEveryCommandAndOption) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Outcome outcome = RunCommand(absl::StrCat("completion ", shell));
    EXPECT_EQ(outcome.exit_code, 0);
    for (const char* word : {"serve", "import", "recommend", "rulebook", "profile", "lang"}) {
      EXPECT_THAT(outcome.output, HasSubstr(word)) << shell;
    }
  }
}

}  // namespace
}  // namespace aplomb::cli
