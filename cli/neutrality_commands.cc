// Commands that prove neutrality and look for bias where blindness cannot.
#include <chrono>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/civil_day.h"
#include "base/hex.h"
#include "catalog/import/text.h"
#include "cli/commands.h"
#include "cli/exit_codes.h"
#include "cli/neutrality_data.h"
#include "cli/text_table.h"
#include "service/join_names.h"

namespace aplomb::cli {
namespace {

using decision::Difference;
using decision::Exchange;
using decision::ProofReport;

int Fail(const absl::Status& status) {
  std::cerr << "aplomb: " << status.message() << "\n";
  return ExitCodeOf(status);
}

const char* Say(Language language, const char* fr, const char* en) {
  return language == Language::kFrench ? fr : en;
}

NeutralitySource SourceOf(const NeutralityOptions& options) {
  return {.sample = options.sample,
          .data = options.data,
          .catalog = options.catalog,
          .rulebook = options.rulebook,
          .profiles = options.profiles,
          .ledger = options.ledger,
          .as_of = options.as_of,
          .share = options.share};
}

// --- prove ----------------------------------------------------------------------------------------

const char* Title(Exchange exchange, Language language) {
  switch (exchange) {
    case Exchange::kMemberIdentities:
      return Say(language, "adhérents : nom, SIREN, pays, genre, site, description",
                 "members: name, SIREN, country, kind, site, description");
    case Exchange::kMemberStanding:
      return Say(language, "adhérents : taille, ancienneté, dates",
                 "members: size, seniority, dates");
    case Exchange::kFees:
      return Say(language, "cotisations (registre à part)", "fees (ledger of their own)");
    case Exchange::kOwners:
      return Say(language, "qui propose quoi, au sein d'un même groupe",
                 "who offers what, within one ownership group");
    case Exchange::kOfferingIdentities:
      return Say(language, "offres : noms, titres, pages, clés, numéros",
                 "offerings: names, titles, pages, keys, numbers");
    case Exchange::kTexts:
      return Say(language, "textes, sources, libellés", "texts, sources, labels");
    case Exchange::kCommercialFields:
      return Say(language, "dates de revue et de publication, révisions",
                 "dates of review and publication, revisions");
    case Exchange::kOrder:
      return Say(language, "ordre du catalogue et des listes", "order of the catalogue and lists");
    case Exchange::kUids:
      return Say(language, "UUID tirés à nouveau", "UUIDs drawn anew");
  }
  return "";
}

const char* Title(Difference::What what, Language language) {
  switch (what) {
    case Difference::What::kFailed:
      return Say(language, "n'a pas abouti", "failed");
    case Difference::What::kPresence:
      return Say(language, "une offre n'est plus dans la même liste",
                 "an offering stands in another list");
    case Difference::What::kScore:
      return Say(language, "une offre n'a plus le même résultat",
                 "an offering has another result");
    case Difference::What::kOrder:
      return Say(language, "l'ordre a changé", "the order is another one");
    case Difference::What::kRecord:
      return Say(language, "la décision a changé", "the decision is another one");
    case Difference::What::kAnswer:
      return Say(language, "la décision est la même, mais pas ce qui est montré",
                 "the decision is the same, what is shown is not");
  }
  return "";
}

const char* WhatId(Difference::What what) {
  switch (what) {
    case Difference::What::kFailed:
      return "FAILED";
    case Difference::What::kPresence:
      return "PRESENCE";
    case Difference::What::kScore:
      return "SCORE";
    case Difference::What::kOrder:
      return "ORDER";
    case Difference::What::kRecord:
      return "RECORD";
    case Difference::What::kAnswer:
      return "ANSWER";
  }
  return "";
}

std::string JsonOf(const ProofReport& report, int32_t as_of_day) {
  std::vector<std::string> moved;
  for (size_t kind = 0; kind < decision::kExchangeCount; ++kind) {
    moved.push_back(absl::StrCat("\"", decision::ExchangeId(static_cast<Exchange>(kind)),
                                 "\":", report.moved[kind]));
  }
  std::vector<std::string> differences;
  for (const Difference& d : report.differences) {
    differences.push_back(absl::StrCat(
        "{\"run\":", d.run, ",\"run_seed\":\"", d.run_seed, "\",\"threads\":", d.threads,
        ",\"profile\":", catalog::QuoteYaml(d.input_id), ",\"what\":\"", WhatId(d.what),
        "\",\"need\":", catalog::QuoteYaml(d.need_id),
        ",\"offering_uid\":", catalog::QuoteYaml(d.offering_uid),
        ",\"expected\":", catalog::QuoteYaml(d.expected),
        ",\"found\":", catalog::QuoteYaml(d.found), "}"));
  }
  return absl::StrCat(
      "{\"neutral\":", report.neutral ? "true" : "false", ",\"seed\":\"", report.seed,
      "\",\"as_of\":\"", base::FormatDay(as_of_day), "\",\"runs\":", report.runs,
      ",\"profiles\":", report.inputs, ",\"decisions\":", report.decisions,
      ",\"decisions_with_new_uids\":", report.uid_decisions, ",\"answers\":", report.answers,
      ",\"runs_by_threads\":[", absl::StrJoin(report.runs_by_threads, ","), "],\"moved\":{",
      absl::StrJoin(moved, ","), "},\"stored_digest\":\"",
      base::HexEncode(report.stored_digest), "\",\"rulebook_digest\":\"",
      base::HexEncode(report.rulebook_digest), "\",\"outcome_digest\":\"",
      base::HexEncode(report.outcome_digest), "\",\"difference_count\":",
      report.difference_count, ",\"differences\":[", absl::StrJoin(differences, ","), "]}\n");
}

void PrintProof(const ProofReport& report, int32_t as_of_day, Language language) {
  const bool fr = language == Language::kFrench;
  TextTable exchanged({{.title = fr ? "Permuté dans les octets enregistrés"
                                    : "Permuted in the stored bytes",
                        .flexible = true},
                       {.title = fr ? "valeurs" : "values", .align = Align::kRight}});
  for (size_t kind = 0; kind < decision::kExchangeCount; ++kind) {
    exchanged.AddRow(
        {Title(static_cast<Exchange>(kind), language), absl::StrCat(report.moved[kind])});
  }
  std::cout << exchanged.Render() << "\n";
  const std::string runs = absl::StrJoin(report.runs_by_threads, " / ");
  if (fr) {
    std::cout << report.runs << " permutations du catalogue, " << report.inputs
              << " demandes décidées à nouveau sur chacune : " << report.decisions
              << " décisions\ncomparées octet par octet (dont " << report.uid_decisions
              << " avec d'autres UUID, l'ordre des ex æquo mis à part), et\n"
              << report.answers << " réponses telles que montrées. Sur 1 / 2 / 3 / 4 fils : "
              << runs << " permutations.\n";
  } else {
    std::cout << report.runs << " permutations of the catalogue, " << report.inputs
              << " requests decided anew on each: " << report.decisions
              << " decisions\ncompared byte for byte (" << report.uid_decisions
              << " of them with other UUIDs, the order of equals left aside), and\n"
              << report.answers << " answers as shown. On 1 / 2 / 3 / 4 threads: " << runs
              << " permutations.\n";
  }
  std::cout << (fr ? "graine      " : "seed        ") << report.seed << "\n"
            << (fr ? "au          " : "as of       ") << base::FormatDay(as_of_day) << "\n"
            << (fr ? "catalogue   " : "catalogue   ") << base::HexEncode(report.stored_digest)
            << "\n"
            << (fr ? "règlement   " : "rulebook    ") << base::HexEncode(report.rulebook_digest)
            << "\n"
            << (fr ? "décisions   " : "decisions   ") << base::HexEncode(report.outcome_digest)
            << "\n\n";
  if (report.neutral) {
    std::cout << (fr ? "NEUTRE : aucun octet ne diffère. Ni nom, ni cotisation, ni date, ni place "
                       "dans une liste n'a\neu de part dans ces résultats.\n"
                     : "NEUTRAL: not one byte differs. No name, fee, date or place in a list had "
                       "any part in these\nresults.\n");
    return;
  }
  TextTable table({{.title = fr ? "perm." : "run", .align = Align::kRight},
                   {.title = fr ? "demande" : "request", .flexible = true},
                   {.title = fr ? "besoin" : "need"},
                   {.title = fr ? "offre (UUID)" : "offering (UUID)"},
                   {.title = fr ? "ce qui diffère" : "what differs", .flexible = true}});
  for (const Difference& d : report.differences) {
    const bool failed = d.what == Difference::What::kFailed;
    table.AddRow({absl::StrCat(d.run), d.input_id, d.need_id, d.offering_uid.substr(0, 12),
                  failed ? absl::StrCat(Title(d.what, language), ": ", d.found)
                         : Title(d.what, language)});
  }
  std::cout << table.Render() << "\n"
            << (fr ? "PAS NEUTRE : " : "NOT NEUTRAL: ") << report.difference_count
            << (fr ? " résultats changent quand on échange ce qui dit qui propose quoi.\n"
                   : " results change when what says who offers what is exchanged.\n");
}

}  // namespace

int NeutralityProve(const CommonOptions& common, const NeutralityOptions& options) {
  auto data = LoadNeutralityData(SourceOf(options), options.seed);
  if (!data.ok()) return Fail(data.status());
  const decision::Chain chain = decision::ProductionChain(
      *data->rulebook, data->rulebook_revision, data->as_of_day, service::JoinNames);
  const auto begin = std::chrono::steady_clock::now();
  const auto report = decision::ProveNeutrality(
      chain, decision::StoredOf(data->snapshot, data->fees_micros), data->inputs,
      {.runs = options.runs, .seed = options.seed, .workers = options.workers});
  if (!report.ok()) return Fail(report.status());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (common.json) {
    std::cout << JsonOf(*report, data->as_of_day);
  } else {
    PrintProof(*report, data->as_of_day, common.language);
    std::cerr << absl::StrFormat("%.1f s\n", took.count());
  }
  if (report->neutral) return kDone;
  std::cerr << Say(common.language,
                   "aplomb: la preuve de neutralité a échoué : voir les différences ci-dessus\n",
                   "aplomb: the proof of neutrality failed: see the differences above\n");
  return kFailed;
}

}  // namespace aplomb::cli
