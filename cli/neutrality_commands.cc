// Commands that prove neutrality and look for bias where blindness cannot.
#include <chrono>
#include <cstdint>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/civil_day.h"
#include "base/hex.h"
#include "catalog/import/text.h"
#include "cli/bias_table.h"
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/errors.h"
#include "cli/exit_codes.h"
#include "cli/json.h"
#include "cli/neutrality_data.h"
#include "cli/print.h"
#include "cli/text_table.h"
#include "decision/decide.h"
#include "decision/neutrality/bias.h"
#include "decision/neutrality/impact.h"
#include "service/proof_chain.h"
#include "service/rulebook_release.h"

namespace aplomb::cli {
namespace {

using decision::Difference;
using decision::Exchange;
using decision::ProofReport;

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

// --- prove
// ----------------------------------------------------------------------------------------

const char* Title(Exchange exchange, Language language) {
  switch (exchange) {
    case Exchange::kMemberIdentities:
      return Say(language, "membres : nom, SIREN, pays, genre, site, description",
                 "members: name, SIREN, country, kind, site, description");
    case Exchange::kMemberStanding:
      return Say(language, "membres : taille, ancienneté, dates",
                 "members: size, seniority, dates");
    case Exchange::kFees:
      return Say(language, "cotisations (registre à part)", "fees (in their own ledger)");
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
      return Say(language, "une offre n'a plus le même résultat", "an offering has another result");
    case Difference::What::kOrder:
      return Say(language, "l'ordre a changé", "the order is another one");
    case Difference::What::kRecord:
      return Say(language, "la décision a changé", "the decision is another one");
    case Difference::What::kAnswer:
      return Say(language, "la décision est la même, mais pas ce qui est montré",
                 "the decision is the same, what is shown is not");
    case Difference::What::kPage:
      return Say(language, "la décision est la même, mais pas ce qu'une liste en montre",
                 "the decision is the same, what a list shows of it is not");
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
    case Difference::What::kPage:
      return "PAGE";
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
        "\",\"need\":", catalog::QuoteYaml(d.need_id), ",\"offering_uid\":",
        catalog::QuoteYaml(d.offering_uid), ",\"expected\":", catalog::QuoteYaml(d.expected),
        ",\"found\":", catalog::QuoteYaml(d.found), "}"));
  }
  return absl::StrCat(
      "{\"neutral\":", report.neutral ? "true" : "false", ",\"seed\":\"", report.seed,
      "\",\"as_of\":\"", base::FormatDay(as_of_day), "\",\"runs\":", report.runs,
      ",\"profiles\":", report.inputs, ",\"decisions\":", report.decisions,
      ",\"decisions_with_new_uids\":", report.uid_decisions, ",\"answers\":", report.answers,
      ",\"pages\":", report.pages, ",\"followed_runs\":", report.followed_runs,
      ",\"runs_by_threads\":[", absl::StrJoin(report.runs_by_threads, ","), "],\"moved\":{",
      absl::StrJoin(moved, ","), "},\"stored_digest\":\"", base::HexEncode(report.stored_digest),
      "\",\"rulebook_digest\":\"", base::HexEncode(report.rulebook_digest),
      "\",\"outcome_digest\":\"", base::HexEncode(report.outcome_digest),
      "\",\"difference_count\":", report.difference_count, ",\"differences\":[",
      absl::StrJoin(differences, ","), "]}\n");
}

void PrintProof(const ProofReport& report, int32_t as_of_day, Language language) {
  const bool fr = language == Language::kFrench;
  TextTable exchanged(
      {{.title = fr ? "Permuté dans les octets enregistrés" : "Permuted in the stored bytes",
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
              << report.answers << " réponses telles que montrées, sur " << report.pages
              << " pages de listes. Sur 1 / 2 / 3 / 4 fils : " << runs << ".\n"
              << "Tables suivies de changement en changement : " << report.followed_runs
              << " permutations ; construites d'un coup : " << report.runs - report.followed_runs
              << ".\n";
  } else {
    std::cout << report.runs << " permutations of the catalogue, " << report.inputs
              << " requests decided anew on each: " << report.decisions
              << " decisions\ncompared byte for byte (" << report.uid_decisions
              << " of them with other UUIDs, the order of equals left aside), and\n"
              << report.answers << " answers as shown, on " << report.pages
              << " pages of lists. On 1 / 2 / 3 / 4 threads: " << runs << ".\n"
              << "Tables that followed change by change: " << report.followed_runs
              << " permutations; built at once: " << report.runs - report.followed_runs << ".\n";
  }
  std::cout << (fr ? "graine      " : "seed        ") << report.seed << "\n"
            << (fr ? "au          " : "as of       ") << base::FormatDay(as_of_day) << "\n"
            << (fr ? "catalogue   " : "catalogue   ") << base::HexEncode(report.stored_digest)
            << "\n"
            << (fr ? "règles      " : "rulebook    ") << base::HexEncode(report.rulebook_digest)
            << "\n"
            << (fr ? "décisions   " : "decisions   ") << base::HexEncode(report.outcome_digest)
            << "\n\n";
  if (report.neutral) {
    // Only what was exchanged is spoken of: without a ledger no fee was.
    const bool fees = report.moved[static_cast<size_t>(Exchange::kFees)] > 0;
    std::cout << (fr ? "NEUTRE : aucun octet ne diffère. Ni nom, ni date, ni place dans une liste"
                     : "NEUTRAL: not one byte differs. No name, date or place in a list")
              << (fees ? (fr ? ", ni cotisation" : ", and no fee,") : "")
              << (fr ? " n'a eu\nde part dans ces résultats.\n"
                     : " had any\npart in these results.\n");
    if (!fees) {
      std::cout << (fr ? "Les cotisations n'ont pas été permutées : donnez leur registre par "
                         "--ledger.\n"
                       : "Fees were not permuted: give their ledger with --ledger.\n");
    }
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
                  failed ? absl::StrCat(Title(d.what, language), fr ? " : " : ": ", d.found)
                         : Title(d.what, language)});
  }
  std::cout << table.Render() << "\n"
            << (fr ? "PAS NEUTRE : " : "NOT NEUTRAL: ") << report.difference_count
            << (fr ? " résultats changent quand on échange ce qui dit qui propose quoi.\n"
                   : " results change when what says who offers what is exchanged.\n");
}

// --- prove, by a server
// ---------------------------------------------------------------------------

// Longer than a server takes for a proof at most.
constexpr int64_t kProofDeadlineMs = 150'000;

// A word of the server, told as the command tells its own.
std::string WordOf(const std::string& what, Language language) {
  for (const auto one :
       {Difference::What::kFailed, Difference::What::kPresence, Difference::What::kScore,
        Difference::What::kOrder, Difference::What::kRecord, Difference::What::kAnswer,
        Difference::What::kPage}) {
    if (what == WhatId(one)) return Title(one, language);
  }
  return what;
}

void PrintProof(const audit::v1::NeutralityProof& proof, Language language) {
  const bool fr = language == Language::kFrench;
  std::cout << (fr ? "Catalogue, révision " : "Catalogue, revision ") << proof.catalog_revision()
            << (fr ? " ; " : ", ") << proof.rulebook_revision() << (fr ? " ; " : ", ")
            << absl::StrFormat("%04d-%02d-%02d", proof.as_of_date().year(),
                               proof.as_of_date().month(), proof.as_of_date().day())
            << "\n\n";
  TextTable exchanged(
      {{.title = fr ? "Permuté dans les octets enregistrés" : "Permuted in the stored bytes",
        .flexible = true},
       {.title = fr ? "valeurs" : "values", .align = Align::kRight}});
  for (int kind = 0; kind < proof.exchanged_size(); ++kind) {
    const bool known = static_cast<size_t>(kind) < decision::kExchangeCount;
    exchanged.AddRow(
        {known ? Title(static_cast<Exchange>(kind), language) : proof.exchanged(kind).exchange_id(),
         absl::StrCat(proof.exchanged(kind).moved_count())});
  }
  std::cout << exchanged.Render() << "\n"
            << (fr ? "permutations       " : "permutations       ") << proof.runs() << "\n"
            << (fr ? "demandes           " : "requests           ") << proof.input_count() << "\n"
            << (fr ? "décisions refaites " : "decisions again    ") << proof.decision_count()
            << "\n"
            << (fr ? "réponses comparées " : "answers compared   ") << proof.answer_count() << "\n"
            << (fr ? "pages de listes    " : "pages of lists     ") << proof.page_count() << "\n"
            << (fr ? "tables suivies     " : "tables followed    ") << proof.followed_run_count()
            << "\n"
            << (fr ? "fils 1 / 2 / 3 / 4 " : "threads 1/2/3/4    ")
            << absl::StrJoin(proof.runs_by_threads(), " / ") << "\n"
            << (fr ? "catalogue          " : "catalogue          ") << proof.stored_digest() << "\n"
            << (fr ? "règles             " : "rulebook           ") << proof.rulebook_digest()
            << "\n"
            << (fr ? "décisions          " : "decisions          ") << proof.outcome_digest()
            << "\n";
  for (const auto& difference : proof.differences()) {
    std::cout << "  " << difference.run() << "  " << WordOf(difference.what(), language) << "  "
              << difference.input() << "  " << difference.need_id() << "  "
              << difference.offering_uid() << "\n";
  }
  std::cout << "\n";
}

int ProveOnServer(const CommonOptions& common, const NeutralityOptions& options) {
  audit::v1::ProveNeutralityRequest request;
  request.set_runs(options.runs);
  request.set_seed(static_cast<int64_t>(options.seed & INT64_MAX));
  for (const std::string& name : options.recommendations) request.add_recommendations(name);
  if (options.recommendations.empty()) {
    const auto firms = ReadFirms(SourceOf(options));
    if (!firms.ok()) return End(common, firms.status());
    for (const decision::ProofInput& firm : *firms) {
      auto& profile = *request.add_profiles();
      profile.set_id(firm.id);
      *profile.mutable_profile() = firm.profile;
      for (const type::NeedRequest& need : firm.needs) *profile.add_needs() = need;
      *profile.mutable_weights() = firm.weights;
    }
  }
  ServerOptions server = options.server;
  server.deadline_ms = kProofDeadlineMs;
  const auto client = Connect(common, server);
  if (!client.ok()) return End(common, client.status());
  const auto answer = (*client)->ProveNeutrality(request);
  if (!answer.ok()) return End(common, answer.status());
  if (common.json) {
    std::cout << ToJson(*answer, JsonForm::kPretty) << "\n";
  } else {
    for (const auto& proof : answer->proofs()) PrintProof(proof, common.language);
    std::cout << Paragraph("", In(common.language, answer->verdict()))
              << Say(common.language, "graine ", "seed ") << answer->seed() << "\n";
  }
  return answer->neutral() ? kDone : kFailed;
}

// --- bias
// -----------------------------------------------------------------------------------------

// Members sorted in the four ways, from what stands outside the engine.
std::vector<decision::Attribute> AttributesOf(const NeutralityData& data) {
  std::vector<decision::Attribute> attributes;
  if (!data.fees_micros.empty()) attributes.push_back(decision::FeeAttribute(data.fees_micros));
  for (auto& one : decision::CatalogAttributes(data.snapshot, data.as_of_day)) {
    attributes.push_back(std::move(one));
  }
  return attributes;
}

std::string JsonOf(const decision::Decomposition& result) {
  std::vector<std::string> gaps;
  for (const decision::Gap& gap : result.gaps) {
    std::vector<std::string> shares;
    for (const decision::CriterionShare& share : gap.shares) {
      shares.push_back(absl::StrCat("{\"criterion\":\"", share.criterion_id, "\",\"pooled\":\"",
                                    share.pooled, "\",\"paired\":\"", share.paired, "\"}"));
    }
    gaps.push_back(absl::StrCat("{\"label\":", catalog::QuoteYaml(gap.label),
                                ",\"places\":", gap.count, ",\"other_places\":", gap.other_count,
                                ",\"pooled\":\"", gap.pooled, "\",\"pooled_denominator\":\"",
                                gap.pooled_denominator, "\",\"paired\":\"", gap.paired,
                                "\",\"paired_denominator\":\"", gap.paired_denominator,
                                "\",\"one_carries_half\":", gap.one_carries_half ? "true" : "false",
                                ",\"criteria\":[", absl::StrJoin(shares, ","), "]}"));
  }
  return absl::StrCat("{\"attribute\":\"", result.attribute, "\",\"gaps\":[",
                      absl::StrJoin(gaps, ","), "]}\n");
}

// --- impact
// ---------------------------------------------------------------------------------------

std::string HexOf(const decision::Uid& uid) {
  return base::HexEncode(absl::string_view(reinterpret_cast<const char*>(uid.data()), uid.size()));
}

std::string Place(int32_t place, Language language) {
  if (place == decision::kNoPlace) return Say(language, "hors classement", "not ranked");
  return absl::StrCat(place);
}

void PrintImpact(const decision::ImpactReport& report, Language language) {
  const bool fr = language == Language::kFrench;
  const int64_t compared = report.inputs - report.inputs_refused;
  const int64_t tenths =
      compared == 0 ? 0 : (1'000 * report.inputs_changed + compared / 2) / compared;
  // A conditional format is not a literal to clang, which checks formats.
  const auto summary = [fr](auto... n) {
    return fr ? absl::StrFormat(
                    "Les trois premières offres changent pour %s sur %d (%d,%d %%) ; %s sur %d\n"
                    "(dont %d avec d'autres offres). Demandes devenues "
                    "invalides : %d.\n\n",
                    n...)
              : absl::StrFormat(
                    "The first three offerings change for %s of %d (%d.%d %%); %s of %d\n"
                    "(%d of them with other offerings). Requests no longer valid: "
                    "%d.\n\n",
                    n...);
  };
  std::cout << summary(
      CountInWords(language, report.inputs_changed, "demande", "demandes", "request", "requests"),
      compared, tenths / 10, tenths % 10,
      CountInWords(language, report.top_changed, "classement", "classements", "ranking",
                   "rankings"),
      report.rankings, report.top_set_changed, report.inputs_refused);
  for (const bool win : {true, false}) {
    const auto& list = win ? report.winners : report.losers;
    TextTable table({{.title = win ? (fr ? "Gagnent" : "Winners") : (fr ? "Perdent" : "Losers"),
                      .flexible = true},
                     {.title = fr ? "places" : "places", .align = Align::kRight},
                     {.title = fr ? "mieux" : "better", .align = Align::kRight},
                     {.title = fr ? "moins bien" : "worse", .align = Align::kRight}});
    for (size_t i = 0; i < list.size() && i < 10; ++i) {
      table.AddRow({list[i].name, absl::StrFormat("%+d", list[i].places),
                    absl::StrCat(list[i].better), absl::StrCat(list[i].worse)});
    }
    if (!table.empty()) std::cout << table.Render() << "\n";
  }
  const decision::Move& largest = report.largest;
  if (largest.from == largest.to) return;
  std::cout << (fr ? "Plus grand déplacement : " : "Largest move: ") << largest.name << ", "
            << largest.input_id << ", " << largest.need_id << (fr ? " : " : ": ")
            << Place(largest.from, language) << " -> " << Place(largest.to, language) << "\n";
}

std::string JsonOf(const decision::ImpactReport& report) {
  const auto list = [](const std::vector<decision::OfferingImpact>& those) {
    std::vector<std::string> items;
    for (const auto& one : those) {
      items.push_back(absl::StrCat("{\"offering\":", catalog::QuoteYaml(one.name), ",\"uid\":\"",
                                   HexOf(one.offering), "\",\"places\":", one.places,
                                   ",\"better\":", one.better, ",\"worse\":", one.worse, "}"));
    }
    return absl::StrJoin(items, ",");
  };
  const decision::Move& m = report.largest;
  return absl::StrCat(
      "{\"profiles\":", report.inputs, ",\"profiles_changed\":", report.inputs_changed,
      ",\"profiles_refused\":", report.inputs_refused, ",\"rankings\":", report.rankings,
      ",\"top_changed\":", report.top_changed, ",\"top_set_changed\":", report.top_set_changed,
      ",\"rankings_on_one_side\":", report.rankings_gone,
      ",\"scores_changed\":", report.scores_changed, ",\"winners\":[", list(report.winners),
      "],\"losers\":[", list(report.losers),
      "],\"largest\":{\"profile\":", catalog::QuoteYaml(m.input_id),
      ",\"need\":", catalog::QuoteYaml(m.need_id), ",\"uid\":\"", HexOf(m.offering),
      "\",\"from\":", m.from, ",\"to\":", m.to, "}}\n");
}

}  // namespace

int NeutralityBias(const CommonOptions& common, const NeutralityOptions& options) {
  auto data = LoadNeutralityData(SourceOf(options), options.seed);
  if (!data.ok()) return End(common, data.status());
  const auto results = decision::DecomposeBias(*data->rulebook, data->snapshot, data->inputs,
                                               AttributesOf(*data), data->as_of_day);
  if (!results.ok()) return End(common, results.status());
  if (common.json) {
    for (const decision::Decomposition& result : *results) std::cout << JsonOf(result);
  } else {
    PrintBias(service::BiasReportsOf(*results), common.language);
  }
  return kDone;
}

int RulebookImpact(const CommonOptions& common, const std::string& old_directory,
                   const std::string& new_directory, const NeutralityOptions& options) {
  NeutralitySource source = SourceOf(options);
  source.rulebook = old_directory;
  auto data = LoadNeutralityData(source, options.seed);
  if (!data.ok()) return End(common, data.status());
  const auto rulebook = LoadRulebook(new_directory);
  if (!rulebook.ok()) return End(common, rulebook.status());
  const decision::ImpactReport report = decision::PreviewImpact(
      {.snapshot = data->snapshot, .rulebook = *data->rulebook},
      {.snapshot = data->snapshot, .rulebook = **rulebook}, data->inputs, data->as_of_day);
  if (common.json) {
    std::cout << JsonOf(report);
  } else {
    PrintImpact(report, common.language);
  }
  return kDone;
}

int NeutralityProve(const CommonOptions& common, const NeutralityOptions& options) {
  if (!options.server.server.empty()) return ProveOnServer(common, options);
  auto data = LoadNeutralityData(SourceOf(options), options.seed);
  if (!data.ok()) return End(common, data.status());
  const decision::Chain chain = service::ServiceChain(
      service::EntryOf(*data->rulebook, data->rulebook_revision), data->as_of_day);
  const auto begin = std::chrono::steady_clock::now();
  const auto report = decision::ProveNeutrality(
      chain, decision::StoredOf(data->snapshot, data->fees_micros), data->inputs,
      {.runs = options.runs, .seed = options.seed, .workers = options.workers});
  if (!report.ok()) return End(common, report.status());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (common.json) {
    std::cout << JsonOf(*report, data->as_of_day);
  } else {
    PrintProof(*report, data->as_of_day, common.language);
    const auto tenths = static_cast<int64_t>(took.count() * 10);
    std::cerr << absl::StrFormat("%d%s%d s\n", tenths / 10, Say(common.language, ",", "."),
                                 tenths % 10);
  }
  if (report->neutral) return kDone;
  std::cerr << Say(common.language,
                   "aplomb: la preuve de neutralité a échoué : voir les différences ci-dessus\n",
                   "aplomb: the proof of neutrality failed: see the differences above\n");
  return kFailed;
}

}  // namespace aplomb::cli
