#include "service/rulebook_release.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/civil_day.h"
#include "base/digest.h"
#include "base/hex.h"
#include "catalog/identifiers.h"
#include "decision/neutrality/bias.h"
#include "decision/neutrality/proxy_lint.h"
#include "decision/request.h"
#include "decision/rulebook_compiler.h"
#include "decision/ruletests/rule_tests.h"
#include "service/waiver.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using decision::Diagnostic;
using Firms = google::protobuf::RepeatedPtrField<pb::ReferenceFirm>;

constexpr size_t kFirmIdSizeMax = 64;
constexpr size_t kAttributeSizeMax = 32;
constexpr size_t kLabelSizeMax = 64;

// Findings as violations of a field; the codes are the reasons.
void AddFindings(const std::string& field, const std::vector<Diagnostic>& diagnostics,
                 std::vector<base::Issue>& issues) {
  size_t errors = 0;
  for (const Diagnostic& d : diagnostics) {
    if (d.severity != Diagnostic::Severity::kError) continue;
    if (++errors > kToldFindingsMax) continue;
    const std::string place =
        absl::StrCat(d.file, d.file.empty() ? "" : ": ", d.where, d.where.empty() ? "" : ": ");
    issues.push_back({field, d.code,
                      d.text_fr.empty() ? absl::StrCat(place, "voir docs/rulebook.md, code ",
                                                       d.code, " (", d.text, ")")
                                        : absl::StrCat(place, d.text_fr),
                      absl::StrCat(place, d.text)});
  }
  if (errors <= kToldFindingsMax) return;
  issues.push_back({field, "TOO_MANY_FINDINGS",
                    absl::StrCat(errors - kToldFindingsMax, " autres constats"),
                    absl::StrCat(errors - kToldFindingsMax, " further findings")});
}

void CheckFirstDay(const pb::Rulebook& rulebook, int32_t today, pb::RulebookActivation& activation,
                   std::vector<base::Issue>& issues) {
  const auto& date = rulebook.valid_from();
  const auto day =
      base::ToDayNumber({.year = date.year(), .month = date.month(), .day = date.day()});
  const int32_t first = today + kRulebookNoticeDays;
  const int32_t last = today + kRulebookAheadDaysMax;
  if (day.ok() && first <= *day && *day <= last) {
    activation.set_effective_day(*day);
    return;
  }
  issues.push_back(
      {"rulebook.valid_from", "NOTICE_TOO_SHORT",
       absl::StrCat("Premier jour du ", base::FormatDay(first), " au ", base::FormatDay(last),
                    " : un changement de règles est annoncé ", kRulebookNoticeDays,
                    " jours à l'avance au moins."),
       absl::StrCat("First day from ", base::FormatDay(first), " to ", base::FormatDay(last),
                    ": a change of the rules is announced at least ", kRulebookNoticeDays,
                    " days ahead.")});
}

// What the transparency notice and every answer state must come from the rulebook itself.
void CheckStatements(const pb::Rulebook& rulebook, std::vector<base::Issue>& issues) {
  for (const pb::CriterionGroup& group : rulebook.groups()) {
    if (!group.reason().fr().empty() && !group.reason().en().empty()) continue;
    issues.push_back({absl::StrCat("rulebook.groups[", group.group_id(), "].reason"), "MISSING",
                      "Dites, en français et en anglais, pourquoi ce groupe pèse ce qu'il pèse.",
                      "Say in French and English why this group weighs what it weighs."});
  }
  if (rulebook.has_membership_fee()) return;
  issues.push_back({"rulebook.membership_fee", "MISSING",
                    "Dites ce que les membres paient : chaque réponse l'énonce.",
                    "Say what members pay: every answer states it."});
}

void RunTests(const pb::ProposeRulebookRequest& request, const decision::CompiledRulebook& compiled,
              pb::RulebookActivation& activation, std::vector<base::Issue>& issues) {
  decision::RuleTestSource source;
  std::string bytes = request.test_base().SerializeAsString();
  for (const pb::RuleTestFile& file : request.test_files()) {
    decision::AddRuleTests(request.test_base(), file, source);
    absl::StrAppend(&bytes, file.SerializeAsString());
  }
  const decision::RuleTestReport report = decision::RunRuleTests(compiled, source);
  pb::RuleTestSummary& summary = *activation.mutable_tests();
  summary.set_tests(static_cast<int32_t>(report.tests));
  summary.set_covered(static_cast<int32_t>(report.coverage.covered()));
  summary.set_total(static_cast<int32_t>(report.coverage.total()));
  summary.set_digest(base::HexEncode(base::Sha256(bytes)));
  AddFindings("test_files", report.diagnostics, issues);
  if (report.tests > 0) return;
  issues.push_back({"test_files", "MISSING", "Un jeu de règles vient avec ses tests.",
                    "A rulebook comes with its tests."});
}

void LookForProxies(const pb::ProposeRulebookRequest& request,
                    const decision::CompiledRulebook& compiled, const catalog::Snapshot& snapshot,
                    const std::vector<decision::ProofInput>& inputs,
                    const std::vector<tlog::VerifierKey>& keys, int32_t today,
                    pb::RulebookActivation& activation, std::vector<base::Issue>& issues) {
  std::vector<JudgedWaiver> waivers;
  for (int i = 0; i < request.waivers_size(); ++i) {
    waivers.push_back(JudgeWaiver(absl::StrCat("waivers[", i, "]"), request.waivers(i), keys,
                                  request.rulebook().rulebook_id(), today));
    activation.add_waivers(request.waivers(i));
  }
  const std::vector<Diagnostic> diagnostics =
      ApplyWaivers(decision::FindProxies(compiled, snapshot, inputs, today), waivers, nullptr);
  AddFindings("rulebook", diagnostics, issues);
  for (const Diagnostic& d : diagnostics) {
    if (d.severity != Diagnostic::Severity::kWarning) continue;
    pb::CheckWarning& warning = *activation.add_warnings();
    warning.set_code(d.code);
    warning.set_where(d.where);
    warning.set_text(d.text);
    warning.set_text_fr(d.text_fr);
  }
}

std::vector<decision::Attribute> AttributesOf(const pb::ProposeRulebookRequest& request,
                                              const catalog::Snapshot& snapshot, int32_t today,
                                              std::vector<base::Issue>& issues) {
  std::vector<decision::Attribute> attributes = decision::CatalogAttributes(snapshot, today);
  std::set<std::string> names;
  for (const decision::Attribute& one : attributes) names.insert(one.id);
  for (int i = 0; i < request.attributes_size(); ++i) {
    const pb::MemberAttribute& one = request.attributes(i);
    const std::string field = absl::StrCat("attributes[", i, "]");
    const bool named = catalog::IsResourceId(one.attribute()) &&
                       one.attribute().size() <= kAttributeSizeMax &&
                       names.insert(one.attribute()).second;
    if (!named) {
      issues.push_back({field, "INVALID_NAME",
                        "Un mot en minuscules, une seule fois ; « size », « nationality » et "
                        "« seniority » viennent du catalogue.",
                        "One word in lower case, once; \"size\", \"nationality\" and "
                        "\"seniority\" come from the catalogue."});
    }
    decision::Attribute attribute{.id = one.attribute()};
    for (const pb::MemberLabel& labelled : one.labels()) {
      const std::string& member = labelled.member();
      const std::string& label = labelled.label();
      if (label.empty() || label.size() > kLabelSizeMax || !snapshot.members.contains(member)) {
        issues.push_back({field, "INVALID_LABEL",
                          absl::StrCat("« ", member.substr(0, kLabelSizeMax),
                                       " » : membre inconnu, ou groupe vide ou trop long"),
                          absl::StrCat("\"", member.substr(0, kLabelSizeMax),
                                       "\": no such member, or a group that is empty or too "
                                       "long")});
        continue;
      }
      attribute.label_of[member] = label;
    }
    attributes.push_back(std::move(attribute));
  }
  return attributes;
}

pb::BiasReport ReportOf(const decision::Decomposition& result) {
  pb::BiasReport report;
  report.set_attribute(result.attribute);
  report.set_unlabelled(result.unlabelled);
  std::map<std::string, const decision::Gap*> gaps;
  for (const decision::Gap& gap : result.gaps) gaps[gap.label] = &gap;
  for (const decision::LabelCounts& counts : result.labels) {
    pb::BiasGap& shown = *report.add_gaps();
    shown.set_label(counts.label);
    shown.set_ranked(counts.ranked);
    shown.set_to_confirm(counts.to_confirm);
    shown.set_excluded(counts.excluded);
    const auto found = gaps.find(counts.label);
    if (found == gaps.end()) continue;
    const decision::Gap& gap = *found->second;
    shown.set_pooled(gap.pooled);
    shown.set_pooled_denominator(gap.pooled_denominator);
    shown.set_paired(gap.paired);
    shown.set_paired_denominator(gap.paired_denominator);
    shown.set_one_carries_half(gap.one_carries_half);
    for (const decision::CriterionShare& share : gap.shares) {
      pb::BiasShare& carried = *shown.add_shares();
      carried.set_criterion_id(share.criterion_id);
      carried.set_pooled(share.pooled);
      carried.set_paired(share.paired);
    }
  }
  return report;
}

}  // namespace

std::vector<pb::BiasReport> BiasReportsOf(const std::vector<decision::Decomposition>& results) {
  std::vector<pb::BiasReport> reports;
  std::set<std::string, std::less<>> told;
  for (const absl::string_view attribute : decision::kExaminedAttributes) {
    pb::BiasReport& report = reports.emplace_back();
    report.set_attribute(std::string(attribute));
    for (const decision::Decomposition& one : results) {
      if (one.attribute == attribute) report = ReportOf(one);
    }
    told.emplace(attribute);
  }
  for (const decision::Decomposition& one : results) {
    if (!told.contains(one.attribute)) reports.push_back(ReportOf(one));
  }
  return reports;
}

std::vector<decision::ProofInput> InputsOf(const Firms& firms,
                                           const decision::CompiledRulebook* rulebook, int32_t day,
                                           const std::string& field,
                                           std::vector<base::Issue>& issues) {
  std::vector<decision::ProofInput> inputs;
  if (firms.empty() || firms.size() > kReferenceFirmsMax) {
    issues.push_back({field, firms.empty() ? "MISSING" : "TOO_MANY",
                      absl::StrCat("de 1 à ", kReferenceFirmsMax, " entreprises de référence"),
                      absl::StrCat("1 to ", kReferenceFirmsMax, " reference firms")});
    return inputs;
  }
  std::set<std::string> ids;
  for (int i = 0; i < firms.size(); ++i) {
    const pb::ReferenceFirm& firm = firms[i];
    const std::string place = absl::StrCat(field, "[", i, "]");
    if (!catalog::IsResourceId(firm.id()) || firm.id().size() > kFirmIdSizeMax ||
        !ids.insert(firm.id()).second) {
      issues.push_back({place + ".id", "INVALID_NAME",
                        "Minuscules, chiffres et traits d'union, une seule fois.",
                        "Lower-case letters, digits and hyphens, once."});
    }
    decision::ProofInput input{.id = firm.id(),
                               .profile = firm.profile(),
                               .needs = {firm.needs().begin(), firm.needs().end()},
                               .weights = firm.weights()};
    // Lots of these previews bind nobody: fixed, so that both sides have the same ones.
    input.tie.epoch_secret = base::Sha256("aplomb/impact/secret");
    input.tie.subject = base::Sha256(absl::StrCat("aplomb/impact/subject ", firm.id()));
    if (rulebook != nullptr) {
      const decision::DecisionInput checked{.profile = input.profile,
                                            .needs = input.needs,
                                            .weights = input.weights,
                                            .as_of_day = day};
      for (base::Issue& issue : decision::ValidateInput(checked, *rulebook)) {
        issue.field = absl::StrCat(place, ".", issue.field);
        issues.push_back(std::move(issue));
      }
    }
    inputs.push_back(std::move(input));
  }
  return inputs;
}

pb::ImpactPreview PreviewOf(const decision::ImpactReport& report) {
  pb::ImpactPreview preview;
  preview.set_firms(report.inputs);
  preview.set_firms_changed(report.inputs_changed);
  preview.set_firms_refused(report.inputs_refused);
  preview.set_rankings(report.rankings);
  preview.set_top_changed(report.top_changed);
  preview.set_top_set_changed(report.top_set_changed);
  preview.set_rankings_gone(report.rankings_gone);
  preview.set_scores_changed(report.scores_changed);
  const auto add = [](const std::vector<decision::OfferingImpact>& from, auto* to) {
    for (size_t i = 0; i < from.size() && i < kNamedMoversMax; ++i) {
      pb::OfferingImpact& one = *to->Add();
      one.set_offering(from[i].name);
      one.set_places(from[i].places);
      one.set_better(from[i].better);
      one.set_worse(from[i].worse);
    }
  };
  add(report.winners, preview.mutable_winners());
  add(report.losers, preview.mutable_losers());
  const decision::Move& largest = report.largest;
  if (largest.from == largest.to) return preview;
  pb::ImpactMove& move = *preview.mutable_largest();
  move.set_offering(largest.name);
  move.set_firm(largest.input_id);
  move.set_need_id(largest.need_id);
  move.set_from(largest.from);
  move.set_to(largest.to);
  return preview;
}

pb::RulebookActivation PrepareRelease(const pb::ProposeRulebookRequest& request,
                                      const catalog::Snapshot& snapshot,
                                      const decision::CompiledRulebook* before,
                                      const std::vector<tlog::VerifierKey>& charter_keys,
                                      int32_t today, std::vector<base::Issue>& issues) {
  const pb::Rulebook& rulebook = request.rulebook();
  pb::RulebookActivation activation;
  activation.set_rulebook_id(rulebook.rulebook_id());
  activation.set_catalog_revision(snapshot.revision);
  const base::Digest digest = base::Sha256(rulebook.SerializeAsString());
  activation.set_rulebook_digest(base::HexEncode(digest));
  if (before != nullptr) activation.set_before_digest(base::HexEncode(before->digest));
  CheckFirstDay(rulebook, today, activation, issues);
  CheckStatements(rulebook, issues);
  if (static_cast<size_t>(request.waivers_size()) > kWaiversMax ||
      request.attributes_size() > kMemberAttributesMax) {
    issues.push_back({"waivers", "TOO_MANY",
                      absl::StrCat("au plus ", kWaiversMax, " dérogations et ",
                                   kMemberAttributesMax, " attributs"),
                      absl::StrCat("at most ", kWaiversMax, " waivers and ", kMemberAttributesMax,
                                   " attributes")});
    return activation;
  }
  const decision::CompileResult result = decision::CompileRulebook(
      rulebook, digest, snapshot.law_table == nullptr ? nullptr : &snapshot.law_table->table,
      nullptr);
  AddFindings("rulebook", result.diagnostics, issues);
  for (const Diagnostic& d : result.diagnostics) {
    if (d.severity != Diagnostic::Severity::kWarning) continue;
    pb::CheckWarning& warning = *activation.add_warnings();
    warning.set_code(d.code);
    warning.set_where(d.where);
    warning.set_text(d.text);
    warning.set_text_fr(d.text_fr);
  }
  if (result.compiled == nullptr) return activation;
  // Compared are firms whose questions both rulebooks understand; those of the new one alone are
  // told as such.
  const std::vector<decision::ProofInput> inputs =
      InputsOf(request.reference_firms(), result.compiled.get(), today, "reference_firms", issues);
  const std::vector<decision::Attribute> attributes =
      AttributesOf(request, snapshot, today, issues);
  RunTests(request, *result.compiled, activation, issues);
  if (!issues.empty()) return activation;
  LookForProxies(request, *result.compiled, snapshot, inputs, charter_keys, today, activation,
                 issues);
  std::string told;
  for (const pb::ReferenceFirm& firm : request.reference_firms()) {
    activation.add_reference_firms(firm.id());
    absl::StrAppend(&told, firm.SerializeAsString());
  }
  activation.set_reference_firms_digest(base::HexEncode(base::Sha256(told)));
  if (before != nullptr) {
    std::vector<decision::ProofInput> both;
    for (const decision::ProofInput& input : inputs) {
      const decision::DecisionInput asked{.profile = input.profile,
                                          .needs = input.needs,
                                          .weights = input.weights,
                                          .as_of_day = today};
      if (decision::ValidateInput(asked, *before).empty()) both.push_back(input);
    }
    *activation.mutable_impact() = PreviewOf(
        decision::PreviewImpact({.snapshot = snapshot, .rulebook = *before},
                                {.snapshot = snapshot, .rulebook = *result.compiled}, both, today));
  }
  const auto bias = decision::DecomposeBias(*result.compiled, snapshot, inputs, attributes, today);
  if (!bias.ok()) {
    issues.push_back({"reference_firms", "TOO_MANY", "trop de places classées pour une analyse",
                      std::string(bias.status().message())});
    return activation;
  }
  for (pb::BiasReport& one : BiasReportsOf(*bias)) *activation.add_bias() = std::move(one);
  return activation;
}

}  // namespace aplomb::service
