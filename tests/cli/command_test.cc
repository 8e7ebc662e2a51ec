// The command itself, run as a user runs it: exit codes, help, completion.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
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
  const std::string command = absl::StrCat(
      "env -u APLOMB_SERVER -u APLOMB_TOKEN -u APLOMB_DATA_DIR -u LC_ALL LC_MESSAGES= LANG= ",
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
    {"no command", "--lang en", 2, "subcommand"},
    {"no command, in French", "", 2, "il manque une commande"},
    {"unknown command", "recommand", 2,
     "« recommand » n'est pas une commande d'aplomb ; proches : recommend"},
    {"unknown command like none", "bogus", 2, "« bogus » n'est pas une commande d'aplomb\n"},
    {"unknown command in English", "--lang en recommand", 2,
     "\"recommand\" is no command of aplomb; near: recommend"},
    {"unknown command of a command", "rulebook chek", 2,
     "« chek » n'est pas une commande d'aplomb rulebook ; proches : check"},
    {"unknown option", "needs --nope", 2, "--nope"},
    {"missing option", "recommend", 2, "--profile"},
    {"unknown language", "--lang de needs", 2, "--lang"},
    {"help", "--help", 0, "Codes de sortie"},
    {"help in English", "--lang en --help", 0, "Exit codes"},
    {"help of everything", "--help-all", 0, "--deadline-ms"},
    {"version", "--version", 0, "0.1.0"},
    // Files.
    {"profile not there", "recommend --profile none.yaml", 4, "none.yaml"},
    {"profile with errors", "recommend --profile README.md", 3, "README.md"},
    {"profile that is a directory", "recommend --profile /tmp", 3,
     "/tmp : ne peut pas être lu : c'est un dossier"},
    {"profile below a file", "recommend --profile README.md/x", 4, "n'est pas un dossier"},
    {"rulebook not there", "rulebook check docs", 4,
     "Il n'y a pas de règles dans ce dossier : un fichier manque.\n  (RULEBOOK_NOT_FOUND : "
     "docs/rulebook.textproto)"},
    {"the published rulebook",
     "rulebook check catalog/rulebook --laws catalog/sample/law_table.yaml", 0, "45 besoins"},
    {"data directory without a server", "needs --data docs", 6, "aucun serveur"},
    {"no such data directory", "needs --data nowhere", 4, "nowhere"},
    {"no server there", "needs --server 127.0.0.1:1 --deadline-ms 2000", 6,
     "aucun serveur ne répond à 127.0.0.1:1"},
    {"serve without tokens", "serve --data /proc/none --grpc 127.0.0.1:0", 4,
     "répertoire de données"},
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

// A port that somebody listens on, for as long as it lives.
class BusyPort {
 public:
  BusyPort() : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(socket_, any, size), 0);
    EXPECT_EQ(listen(socket_, 1), 0);
    EXPECT_EQ(getsockname(socket_, any, &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~BusyPort() { close(socket_); }
  int port() const { return port_; }

 private:
  const int socket_;
  int port_ = 0;
};

TEST(Serve, SaysPlainlyWhatIsWrongWithAnAddress) {
  const BusyPort busy;
  const std::string taken = absl::StrCat("127.0.0.1:", busy.port());
  const testing::TempDir dir;
  const std::string serve = absl::StrCat("serve --sample --data ", dir.Path("d"));
  const struct {
    const char* name;
    std::string arguments;
    int exit_code;
    const char* says;
  } cases[] = {
      {"no port", serve + " --grpc localhost", 2, "HÔTE:PORT"},
      {"no number", serve + " --grpc 127.0.0.1:http", 2, "HÔTE:PORT"},
      {"unknown host", serve + " --grpc no-such-host.invalid:0", 2, "no-such-host.invalid"},
      {"not of this machine", serve + " --grpc 192.0.2.1:0", 2, "n'a pas cette adresse"},
      {"busy", serve + " --grpc " + taken, 6, "écoute déjà"},
      {"busy, in English", "--lang en " + serve + " --grpc " + taken, 6, "listens on this port"},
      {"busy for HTTP", serve + " --grpc 127.0.0.1:0 --http " + taken, 6, "écoute déjà"},
  };
  for (const auto& c : cases) {
    const Outcome outcome = RunCommand(c.arguments);
    EXPECT_EQ(outcome.exit_code, c.exit_code) << c.name << "\n" << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(c.says)) << c.name;
  }
  EXPECT_FALSE(std::filesystem::exists(dir.Path("d"))) << "a refused server left a directory";
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
