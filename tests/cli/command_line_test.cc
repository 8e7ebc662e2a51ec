// The command line as a value: help in two languages, and the manual that names every word of it.
#include "cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <functional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/issue.h"
#include "base/reason.h"
#include "cli/address.h"
#include "cli/completion.h"
#include "cli/errors.h"
#include "cli/exit_codes.h"
#include "cli/text_table.h"
#include "cli/texts.h"
#include "service/reasons.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// Calls `use` with every command and its words, "rulebook check".
void ForEachCommand(CLI::App& app, const std::string& words,
                    const std::function<void(const std::string&, CLI::App&)>& use) {
  use(words, app);
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    ForEachCommand(*command, absl::StrCat(words, words.empty() ? "" : " ", command->get_name()),
                   use);
  }
}

// --- Texts ---------------------------------------------------------------------------------------

TEST(HelpTexts, NoTextOfTheHelpLacksItsTwin) {
  const CommandLine french(Language::kFrench, "1");
  EXPECT_THAT(french.untranslated(), IsEmpty());
}

TEST(HelpTexts, EveryTextIsUsedAndStandsOnce) {
  CommandLine english(Language::kEnglish, "1");
  std::set<std::string> used;
  ForEachCommand(english.app(), "", [&used](const std::string&, CLI::App& app) {
    used.insert(app.get_description());
    used.insert(app.get_footer());
    for (const CLI::Option* option : app.get_options()) used.insert(option->get_description());
  });
  std::set<std::string> seen;
  for (const Text& text : HelpTexts()) {
    EXPECT_TRUE(used.contains(std::string(text.en))) << "nothing says: " << text.en;
    EXPECT_TRUE(seen.insert(std::string(text.en)).second) << "twice: " << text.en;
    EXPECT_FALSE(text.fr.empty()) << text.en;
  }
}

TEST(HelpTexts, EveryTextHasDescriptionsAndFitsTheScreen) {
  for (const Language language : {Language::kFrench, Language::kEnglish}) {
    CommandLine command_line(language, "1");
    ForEachCommand(command_line.app(), "", [](const std::string& words, CLI::App& app) {
      EXPECT_FALSE(app.get_description().empty()) << words;
      for (const CLI::Option* option : app.get_options()) {
        EXPECT_FALSE(option->get_description().empty()) << words << " " << option->get_name();
      }
      for (const auto mode : {CLI::AppFormatMode::Normal, CLI::AppFormatMode::All}) {
        const std::string help = app.help("", mode);
        for (const absl::string_view line : absl::StrSplit(help, '\n')) {
          EXPECT_LE(DisplayWidth(line), kScreenColumns) << words << ": " << line;
        }
      }
    });
  }
}

TEST(UsageTexts, BothSidesHaveTheSameHoles) {
  for (const Text& text : UsageTexts()) {
    const auto holes = [](absl::string_view pattern) {
      return std::vector<std::string>(absl::StrSplit(pattern, "{}")).size();
    };
    EXPECT_EQ(holes(text.en), holes(text.fr)) << text.en;
  }
}

// What the parser can say about a command line of ours: provoked, and found in the table.
struct Wrong {
  const char* name;
  std::vector<const char*> words;
  const char* fr;
};
const Wrong kWrong[] = {
    {"no command", {}, "il manque une commande"},
    {"no subcommand", {"rulebook"}, "il manque une commande"},
    {"unknown word", {"needs", "A", "B"}, "argument inattendu : B"},
    {"unknown words", {"needs", "--nope", "B", "C"}, "arguments inattendus : C --nope"},
    {"required option", {"recommend"}, "il manque --profile"},
    {"required argument", {"show"}, "il manque name"},
    {"out of range", {"needs", "--deadline-ms", "0"}, "--deadline-ms : 0 n'est pas entre 1 et"},
    {"not of the list", {"--lang", "de", "needs"}, "--lang : de n'est pas dans"},
    {"not a number",
     {"recommend", "--catalog-revision", "x", "--profile", "p"},
     "--catalog-revision : valeur de forme inattendue, x"},
    {"no value", {"recommend", "--profile"}, "--profile : 1 valeur attendue"},
    {"one excludes the other",
     {"replay", "--data", "d", "--all", "--index", "1"},
     "ne va pas avec"},
    {"not an address",
     {"serve", "--data", "d", "--grpc", "here"},
     "--grpc : here n'est pas HÔTE:PORT"},
    {"a port too large", {"witness", "--listen", "127.0.0.1:65536"}, "65536 n'est pas HÔTE:PORT"},
    {"a flag with a value", {"import", "--dry-run=maybe", "--data", "d"}, "--dry-run"},
};

TEST(UsageErrors, AreInTheLanguageAskedForAndSayWhereToReadOn) {
  for (const Wrong& wrong : kWrong) {
    SCOPED_TRACE(wrong.name);
    std::vector<const char*> words = {"aplomb"};
    words.insert(words.end(), wrong.words.begin(), wrong.words.end());
    std::string said[2];
    for (const Language language : {Language::kFrench, Language::kEnglish}) {
      CommandLine command_line(language, "1");
      ::testing::internal::CaptureStderr();
      EXPECT_EQ(command_line.Run(static_cast<int>(words.size()), words.data()), kUsage);
      said[language == Language::kFrench ? 0 : 1] = ::testing::internal::GetCapturedStderr();
    }
    EXPECT_THAT(said[0], HasSubstr(wrong.fr));
    EXPECT_THAT(said[0], HasSubstr("L'aide : aplomb"));
    EXPECT_THAT(said[1], HasSubstr("Help: aplomb"));
    // The sentence itself differs, not the hint alone: nothing stayed English.
    EXPECT_NE(said[0].substr(0, said[0].find('\n')), said[1].substr(0, said[1].find('\n')));
  }
}

TEST(UsageErrors, NameTheHelpOfTheCommandThatWasReached) {
  const std::vector<const char*> words = {"aplomb", "rulebook", "check"};
  CommandLine command_line(Language::kEnglish, "1");
  ::testing::internal::CaptureStderr();
  command_line.Run(3, words.data());
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("Help: aplomb rulebook check --help"));
}

// --- Languages -----------------------------------------------------------------------------------

struct Chosen {
  const char* name;
  std::vector<const char*> words;
  const char* lc_all;
  const char* lang;
  Language language;
};
const Chosen kChosen[] = {
    {"nothing said", {}, "", "", Language::kFrench},
    {"French locale", {}, "", "fr_FR.UTF-8", Language::kFrench},
    {"English locale", {}, "", "en_GB.UTF-8", Language::kEnglish},
    {"no locale to speak of", {}, "", "C.UTF-8", Language::kFrench},
    {"LC_ALL before LANG", {}, "en_US", "fr_FR", Language::kEnglish},
    {"what is said before the locale", {"--lang", "fr"}, "en_US", "", Language::kFrench},
    {"with an equals sign", {"needs", "--lang=en"}, "", "fr_FR", Language::kEnglish},
    {"after the command", {"needs", "--lang", "en"}, "", "", Language::kEnglish},
    {"a language that is not one", {"--lang", "de"}, "", "en_US", Language::kEnglish},
};

TEST(LanguageOf, FollowsWhatIsSaidThenTheLocale) {
  for (const Chosen& chosen : kChosen) {
    setenv("LC_ALL", chosen.lc_all, 1);
    setenv("LC_MESSAGES", "", 1);
    setenv("LANG", chosen.lang, 1);
    std::vector<const char*> words = {"aplomb"};
    words.insert(words.end(), chosen.words.begin(), chosen.words.end());
    EXPECT_EQ(LanguageOf(static_cast<int>(words.size()), words.data()), chosen.language)
        << chosen.name;
  }
}

// --- The manual ----------------------------------------------------------------------------------

// The row of docs/cli.md that documents a command: its first cell has `command …`.
std::string RowOf(const std::vector<std::string>& lines, const std::string& words) {
  std::string rows;
  for (const std::string& line : lines) {
    if (!absl::StartsWith(line, "| `")) continue;
    const std::string cell = line.substr(0, line.find(" | ", 2));
    for (const absl::string_view form : absl::StrSplit(cell, '`')) {
      if (form == words || absl::StartsWith(form, words + " ")) {
        absl::StrAppend(&rows, line, "\n");
        break;
      }
    }
  }
  return rows;
}

// Options of every command, told once in the manual.
bool IsCommon(const CLI::Option& option) {
  static const std::set<std::string> kCommon = {"--help",        "--server",  "--token-file",
                                                "--deadline-ms", "--ca-file", "--share"};
  return kCommon.contains(option.get_name(false, true)) ||
         absl::StrContains(option.get_name(false, true), "--help");
}

TEST(Manual, NamesEveryCommandWithEveryOption) {
  const std::string manual = testing::ReadFileOrFail(testing::SourcePath("docs/cli.md"));
  const std::vector<std::string> lines = absl::StrSplit(manual, '\n');
  CommandLine command_line(Language::kEnglish, "1");
  ForEachCommand(command_line.app(), "", [&](const std::string& words, CLI::App& app) {
    const bool leaf = app.get_subcommands([](CLI::App*) { return true; }).empty();
    const std::string row = words.empty() ? manual : RowOf(lines, words);
    EXPECT_FALSE(leaf && row.empty()) << "docs/cli.md has no row for `" << words << "`";
    for (const CLI::Option* option : app.get_options()) {
      const bool named = option->nonpositional();
      if (!named) continue;
      const std::string name = absl::StrCat("--", option->get_lnames().front());
      // How a server is reached stands in a chapter of its own, --data with it.
      if (IsCommon(*option) || (name == "--data" && app.get_option_no_throw("--server"))) {
        EXPECT_THAT(manual, HasSubstr(absl::StrCat("`", name)));
        continue;
      }
      EXPECT_THAT(row, HasSubstr(name)) << "docs/cli.md, row of `" << words << "`";
    }
  });
}

TEST(Manual, HasOneRowForEachCommand) {
  const std::string manual = testing::ReadFileOrFail(testing::SourcePath("docs/cli.md"));
  const std::vector<std::string> lines = absl::StrSplit(manual, '\n');
  // One command that does two things: one row for each.
  const std::set<std::string> two = {"import", "neutrality prove", "neutrality bias"};
  CommandLine command_line(Language::kEnglish, "1");
  ForEachCommand(command_line.app(), "", [&](const std::string& words, CLI::App& app) {
    if (!app.get_subcommands([](CLI::App*) { return true; }).empty() || two.contains(words)) return;
    const std::string rows = RowOf(lines, words);
    EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 1) << rows;
  });
}

// What a command does is told in one form: "imprime", not now "imprime" and then "imprimer".
TEST(Help, FrenchTellsWhatACommandDoesInThePresentTense) {
  for (const Text& text : HelpTexts()) {
    const std::string first(text.fr.substr(0, text.fr.find(' ')));
    static const std::set<std::string> kNouns = {"dossier", "fichier", "premier", "dernier"};
    if (kNouns.contains(first)) continue;
    // Of the verbs in -re, whose present may end like a noun, those that commands are about.
    static const std::set<std::string> kOthers = {"faire", "mettre", "remettre",  "écrire",  "lire",
                                                  "dire",  "rendre", "suspendre", "attendre"};
    EXPECT_FALSE(absl::EndsWith(first, "er") || absl::EndsWith(first, "ir") ||
                 kOthers.contains(first))
        << text.fr;
  }
}

// One word for one thing: the rules are "règles", and a "règlement" is one of the Union.
TEST(Help, FrenchHasOneWordForOneThing) {
  for (const Text& text : HelpTexts()) {
    for (const char* other :
         {"règlement", "référentiel", "adhérent", "tête signée", "dossier de données"}) {
      EXPECT_FALSE(absl::StrContains(text.fr, other)) << text.fr;
    }
  }
  for (const ReasonText& text : ReasonTexts()) {
    for (const char* other : {"règlement", "référentiel", "adhérent", "tête signée"}) {
      EXPECT_FALSE(absl::StrContains(text.fr, other)) << text.fr;
    }
  }
}

TEST(Manual, NamesNoOptionThatDoesNotExist) {
  const std::string manual = testing::ReadFileOrFail(testing::SourcePath("docs/cli.md"));
  CommandLine command_line(Language::kEnglish, "1");
  std::set<std::string> known;
  ForEachCommand(command_line.app(), "", [&known](const std::string&, CLI::App& app) {
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) known.insert(name);
    }
  });
  for (size_t at = manual.find("--"); at != std::string::npos; at = manual.find("--", at + 2)) {
    const size_t begin = at + 2;
    const size_t end = manual.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-", begin);
    const std::string name = manual.substr(begin, end - begin);
    if (name.empty() || name.find_first_not_of('-') == std::string::npos) continue;  // a rule
    EXPECT_TRUE(known.contains(name)) << "docs/cli.md names --" << name;
    at = begin;
  }
}

TEST(Completion, KnowsEveryCommandAndOption) {
  CommandLine command_line(Language::kEnglish, "1");
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = Completion(command_line.app(), shell);
    ForEachCommand(command_line.app(), "", [&](const std::string& words, CLI::App& app) {
      // Where a command's own words stand: in its case (bash, zsh), in lines of its own (fish).
      std::string own;
      for (const absl::string_view line : absl::StrSplit(script, '\n')) {
        if (absl::StrContains(line, shell == std::string("fish")
                                        ? absl::StrCat("from ", app.get_name(), "'")
                                        : absl::StrCat("\"", words, "\" | "))) {
          absl::StrAppend(&own, line, "\n");
        }
      }
      if (words.empty()) own = script;
      for (const CLI::Option* option : app.get_options()) {
        for (const std::string& name : option->get_lnames()) {
          EXPECT_THAT(own, HasSubstr(shell == std::string("fish") ? absl::StrCat("-l ", name)
                                                                  : absl::StrCat("--", name)))
              << shell << ": " << words;
        }
      }
    });
  }
}

// --- Errors --------------------------------------------------------------------------------------

TEST(TextOf, SaysItInTheLanguageAskedFor) {
  const absl::Status both = ErrorOf(absl::StatusCode::kNotFound, "", "introuvable", "not found");
  EXPECT_EQ(TextOf(both, Language::kFrench), "introuvable");
  EXPECT_EQ(TextOf(both, Language::kEnglish), "not found");
}

TEST(TextOf, TellsAReasonOfALowerRoomInFrenchWithTheDetailBelow) {
  const absl::Status locked = base::ReasonedError(absl::StatusCode::kFailedPrecondition,
                                                  "DATABASE_LOCKED", "The database in d is in use");
  EXPECT_EQ(TextOf(locked, Language::kEnglish), "The database in d is in use");
  EXPECT_THAT(TextOf(locked, Language::kFrench), HasSubstr("ouvert par un autre processus"));
  EXPECT_THAT(TextOf(locked, Language::kFrench), HasSubstr("The database in d"));
}

TEST(TextOf, CountsIssuesInTheTitleAndTellsOfThoseLeftOut) {
  base::Issues issues;
  issues.Add({"a", "MISSING", "absent", "missing"});
  issues.Add({"b", "MISSING", "", ""});
  const absl::Status status = ErrorOfIssues("la demande a {}", "the request has {}", issues,
                                            {.reason = "X", .more = 2, .with_remedies = false});
  EXPECT_EQ(TextOf(status, Language::kFrench),
            "la demande a 4 erreurs\n  a : absent (MISSING)\n  b : (MISSING)\n  et 2 autres");
  EXPECT_EQ(TextOf(status, Language::kEnglish),
            "the request has 4 errors\n  a: missing (MISSING)\n  b: (MISSING)\n  and 2 more");
}

TEST(TextOf, ListsAllIssuesInBothLanguages) {
  base::Issues issues;
  issues.Add({"profile.siren", "INVALID_SIREN", "neuf chiffres", "nine digits"});
  issues.Add({"needs[0]", "NEED_UNKNOWN", "besoin inconnu", "unknown need"});
  const absl::Status status = ErrorOfIssues("refusé", "refused", issues);
  EXPECT_EQ(TextOf(status, Language::kFrench),
            "refusé\n  profile.siren : neuf chiffres (INVALID_SIREN)\n"
            "    -> recopiez les neuf chiffres de l'avis de situation\n"
            "  needs[0] : besoin inconnu (NEED_UNKNOWN)");
  EXPECT_EQ(TextOf(status, Language::kEnglish),
            "refused\n  profile.siren: nine digits (INVALID_SIREN)\n"
            "    -> copy the nine digits from the register\n"
            "  needs[0]: unknown need (NEED_UNKNOWN)");
  EXPECT_EQ(ExitCodeOf(status), kInvalidInput);
}

TEST(ReasonTexts, NoReasonOfTheServiceLacksItsFrench) {
  for (const service::ReasonInfo& info : service::AllReasons()) {
    EXPECT_NE(FrenchOfReason(info.word), "") << info.word;
  }
  std::set<absl::string_view> seen;
  for (const ReasonText& text : ReasonTexts()) {
    EXPECT_TRUE(seen.insert(text.reason).second) << "twice: " << text.reason;
  }
}

// --- Addresses -----------------------------------------------------------------------------------

TEST(ParseHostPort, TakesHostAndPort) {
  ASSERT_OK_AND_ASSIGN(const HostPort v4, ParseHostPort("127.0.0.1:7443"));
  EXPECT_EQ(v4.host, "127.0.0.1");
  EXPECT_EQ(v4.port, 7443);
  ASSERT_OK_AND_ASSIGN(const HostPort v6, ParseHostPort("[::1]:0"));
  EXPECT_EQ(v6.host, "::1");
  EXPECT_EQ(v6.port, 0);
  for (const char* wrong : {"", "here", ":1", "a:", "a:x", "a:-1", "a:65536", "[::1:1", "::1:1"}) {
    EXPECT_FALSE(ParseHostPort(wrong).ok()) << wrong;
  }
}

TEST(CheckCanListen, TellsWhatIsWrongWithAnAddress) {
  EXPECT_OK(CheckCanListen("127.0.0.1:0"));
  const absl::Status unknown = CheckCanListen("no-such-host.invalid:1");
  EXPECT_EQ(ExitCodeOf(unknown), kUsage) << unknown;
  EXPECT_THAT(TextOf(unknown, Language::kFrench), HasSubstr("no-such-host.invalid"));
  // TEST-NET-1 (RFC 5737): no machine has it.
  const absl::Status not_here = CheckCanListen("192.0.2.1:7443");
  EXPECT_EQ(base::ReasonOf(not_here), "ADDRESS_NOT_HERE") << not_here;
  EXPECT_EQ(ExitCodeOf(not_here), kUsage);
}

}  // namespace
}  // namespace aplomb::cli
