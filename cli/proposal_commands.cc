#include "cli/proposal_commands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "aplomb/catalog/v1/contest_service.pb.h"
#include "aplomb/catalog/v1/member_service.pb.h"
#include "aplomb/catalog/v1/proposal_service.pb.h"
#include "aplomb/catalog/v1/review_service.pb.h"
#include "base/civil_day.h"
#include "base/clock.h"
#include "base/reason.h"
#include "base/status.h"
#include "catalog/bulk/entry_list.h"
#include "catalog/proposals/claim_checks.h"
#include "catalog/proposals/claims_due.h"
#include "catalog/proposals/diff.h"
#include "catalog/proposals/entry_file.h"
#include "catalog/proposals/placeholders.h"
#include "catalog/proposals/vocabulary.h"
#include "cli/client.h"
#include "cli/errors.h"
#include "cli/exit_codes.h"
#include "cli/files.h"
#include "cli/json.h"
#include "cli/print_gains.h"
#include "cli/print_notice.h"
#include "cli/server_options.h"
#include "cli/subcommands.h"
#include "decision/rulebook_compiler.h"
#include "service/gains.h"
#include "service/insight_service.h"
#include "service/ranking_gaps.h"

namespace aplomb::cli {
namespace {

namespace pb = catalog::v1;

constexpr char kProposals[] = "/aplomb.catalog.v1.ProposalService/";
constexpr char kReviews[] = "/aplomb.catalog.v1.ReviewService/";
constexpr char kMembers[] = "/aplomb.catalog.v1.MemberService/";
constexpr char kContests[] = "/aplomb.catalog.v1.ContestService/";
constexpr size_t kEntryFileSizeMax = size_t{8} << 20;

// What the commands take together; one of it serves them all, since one command runs.
struct Inputs {
  ServerOptions server;
  std::string share;
  std::string published;
  std::string need;
  std::string file;
  std::string name;
  std::string id;
  std::vector<std::string> answers;
  std::vector<std::string> comments;
  std::vector<std::string> reasons;
  std::vector<std::string> checked;
  std::vector<std::string> interests;
  std::string kind;
  std::string text;
  std::string outcome;
  int days = proposals::kClaimsNoticeDays;
  bool apply = false;
  bool fictional = false;
  bool inactive = false;
  std::string display_name;
  std::string siren;
  std::string country = "FR";
  std::string url;
  std::string of_member;
  std::string group;
  std::vector<std::string> contacts;
  std::vector<std::string> families;
};

class Commands {
 public:
  Commands(const CommonOptions* common, std::shared_ptr<Inputs> in)
      : common_(common), in_(std::move(in)) {}

  // ---- Offline.

  int New() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const decision::RulebookSource rules, Rules());
      const std::string need_id =
          absl::AsciiStrToUpper(absl::StrReplaceAll(in_->need, {{"-", "_"}}));
      std::vector<std::string> known;
      for (const pb::Need& need : rules.rulebook.needs()) {
        if (need.need_id() == need_id) {
          std::cout << proposals::WriteTemplate(need, French());
          return absl::OkStatus();
        }
        known.push_back(need.need_id());
      }
      return absl::NotFoundError(
          absl::StrCat(need_id, Say(" : besoin inconnu ; connus : ", ": unknown need; known: "),
                       absl::StrJoin(known, " ")));
    });
  }

  int Check() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const pb::Offering offering, ReadChecked(/*alone=*/true));
      ASSIGN_OR_RETURN(const decision::RulebookSource rules, Rules());
      const auto compiled =
          decision::CompileRulebook(rules.rulebook, base::Digest(), nullptr, nullptr);
      if (compiled.compiled == nullptr) {
        return absl::InvalidArgumentError(decision::FormatDiagnostics(compiled.diagnostics));
      }
      const auto gaps = service::RankingGaps(offering, *compiled.compiled, nullptr, Today());
      std::cout << in_->file << Say(" : rien à redire.", ": nothing wrong.") << "\n";
      PrintGaps({gaps.begin(), gaps.end()});
      PrintStandings(offering, *compiled.compiled);
      PrintEvidence(offering, *compiled.compiled);
      return absl::OkStatus();
    });
  }

  // ---- Members.

  int Submit() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const pb::Offering offering, ReadChecked(/*alone=*/false));
      pb::Proposal proposal;
      if (in_->name.empty()) {
        pb::CreateProposalRequest create;
        create.set_parent(offering.name().substr(0, offering.name().find("/offerings/")));
        *create.mutable_proposal()->mutable_offering() = offering;
        RETURN_IF_ERROR(Call(kProposals, "CreateProposal", create, &proposal));
      } else {
        pb::UpdateProposalRequest update;
        update.mutable_proposal()->set_name(in_->name);
        *update.mutable_proposal()->mutable_offering() = offering;
        update.mutable_update_mask()->add_paths("*");
        RETURN_IF_ERROR(Call(kProposals, "UpdateProposal", update, &proposal));
      }
      pb::SubmitProposalRequest submit;
      submit.set_name(proposal.name());
      submit.set_etag(proposal.etag());
      const absl::Status submitted = Call(kProposals, "SubmitProposal", submit, &proposal);
      if (base::ReasonOf(submitted) == "PROPOSAL_OPEN" && in_->name.empty()) {
        // Of the two proposals the one that is on its way is the one to go on with.
        pb::WithdrawProposalRequest withdraw;
        withdraw.set_name(proposal.name());
        if (Call(kProposals, "WithdrawProposal", withdraw, &proposal).ok()) {
          std::cerr << Say("Aucun brouillon n'est gardé : ", "No draft is kept: ")
                    << Say("une autre proposition est en route pour cette offre.\n",
                           "another proposal for this offering is on its way.\n");
        }
        return submitted;
      }
      if (!submitted.ok()) {
        // The draft is there: say how to go on with it.
        std::cerr << Say("Le brouillon est gardé : ", "The draft is kept: ") << proposal.name()
                  << "\n";
        return submitted;
      }
      Print(proposal);
      return absl::OkStatus();
    });
  }

  int Status() {
    return Tell([this]() -> absl::Status {
      if (in_->name.find("/proposals/") != std::string::npos) {
        ASSIGN_OR_RETURN(const pb::Proposal proposal, GetProposal());
        Print(proposal);
        return absl::OkStatus();
      }
      pb::ListProposalsRequest request;
      request.set_parent(in_->name);
      do {
        pb::ListProposalsResponse page;
        RETURN_IF_ERROR(Call(kProposals, "ListProposals", request, &page));
        for (const pb::Proposal& proposal : page.proposals()) PrintLine(proposal);
        request.set_page_token(page.next_page_token());
      } while (!request.page_token().empty());
      return absl::OkStatus();
    });
  }

  int Withdraw() {
    pb::WithdrawProposalRequest request;
    request.set_name(in_->name);
    return Show<pb::Proposal>(kProposals, "WithdrawProposal", request,
                              [this](const pb::Proposal& one) { Print(one); });
  }

  int Diff() {
    return Tell([this]() -> absl::Status {
      ASSIGN_OR_RETURN(const pb::Proposal proposal, GetProposal());
      PrintDifferences(proposal);
      return absl::OkStatus();
    });
  }

  // ---- Reviewers.

  int Queue() {
    return Tell([this]() -> absl::Status {
      pb::ListReviewsRequest request;
      do {
        pb::ListReviewsResponse page;
        RETURN_IF_ERROR(Call(kReviews, "ListReviews", request, &page));
        for (const pb::Proposal& proposal : page.proposals()) PrintLine(proposal);
        request.set_page_token(page.next_page_token());
      } while (!request.page_token().empty());
      return absl::OkStatus();
    });
  }

  int ShowReview() {
    pb::GetReviewRequest request;
    request.set_name(in_->name);
    return Show<pb::Review>(kReviews, "GetReview", request, [this](const pb::Review& review) {
      Print(review.proposal());
      PrintDifferences(review.proposal());
      for (const pb::Duplicate& one : review.duplicates()) {
        std::cout << Say("doublon possible : ", "possible duplicate: ") << one.offering() << " ("
                  << absl::StrJoin(one.reasons(), ", ") << ")";
        if (!one.proposal().empty()) {
          std::cout << Say(", pas encore publié : ", ", not published yet: ") << one.proposal();
        }
        std::cout << "\n";
      }
      if (review.duplicate_count() > review.duplicates_size()) {
        std::cout << Say("et ", "and ") << review.duplicate_count() - review.duplicates_size()
                  << Say(" autres doublons possibles\n", " more possible duplicates\n");
      }
      // Without its quotes: a shell would take them off what is pasted.
      std::cout << "etag " << absl::StrReplaceAll(review.proposal().etag(), {{"\"", ""}}) << "\n";
      for (const pb::ChecklistItem& item : review.checklist()) {
        std::cout << "  --answer " << item.item() << "=YES   "
                  << (French() ? item.question().fr() : item.question().en()) << "\n";
      }
    });
  }

  int Approve() {
    return Vote<pb::ApproveProposalRequest>("ApproveProposal", [this](auto& request) {
      for (const std::string& field : in_->checked) request.add_checked_fields(field);
    });
  }
  int Return() {
    return Vote<pb::ReturnProposalRequest>("ReturnProposal",
                                           [this](auto& request) { AddComments(request); });
  }
  int Reject() {
    return Vote<pb::RejectProposalRequest>("RejectProposal", [this](auto& request) {
      AddComments(request);
      for (const std::string& code : in_->reasons) request.add_reason_codes(code);
    });
  }
  int LookAgain() {
    return Vote<pb::RecordSecondLookRequest>("RecordSecondLook", [this](auto& request) {
      for (const std::string& code : in_->reasons) request.add_reason_codes(code);
    });
  }
  int Draw() {
    return Show<pb::DrawReviewersResponse>(
        kReviews, "DrawReviewers", pb::DrawReviewersRequest(), [this](const auto& answer) {
          std::cout << answer.drawn_count() << Say(" tirages, ", " drawn, ")
                    << answer.waiting_count() << Say(" en attente", " waiting") << "\n";
        });
  }
  int Interests() {
    pb::DeclareInterestsRequest request;
    for (const std::string& member : in_->interests) request.add_members(member);
    return Show<pb::ReviewerRecord>(kReviews, "DeclareInterests", request, [](const auto& record) {
      std::cout << record.name() << ": " << absl::StrJoin(record.interests(), " ") << "\n";
    });
  }

  // ---- Claims.

  int ClaimsDue() {
    return Tell([this]() -> absl::Status {
      if (in_->apply) {
        int reminders = 0;
        pb::ApplyDueResponse done;
        do {
          RETURN_IF_ERROR(Call(kMembers, "ApplyDue", pb::ApplyDueRequest(), &done));
          reminders += done.reminder_count();
          for (const std::string& name : done.expired_offerings()) {
            std::cout << "EXPIRED  " << name << "\n";
          }
          for (const std::string& name : done.ended_members()) {
            std::cout << "ENDED  " << name << "\n";
          }
        } while (done.more());
        std::cerr << reminders << Say(" rappels écrits\n", " reminders written\n");
      }
      ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect());
      ASSIGN_OR_RETURN(std::vector<pb::Offering> offerings, client->ListOfferings(""));
      const std::string prefix =
          in_->of_member.empty() ? "members/" : absl::StrCat(in_->of_member, "/offerings/");
      offerings.erase(std::remove_if(offerings.begin(), offerings.end(),
                                     [&prefix](const pb::Offering& one) {
                                       return one.state() != pb::Offering::PUBLISHED ||
                                              !absl::StartsWith(one.name(), prefix);
                                     }),
                      offerings.end());
      for (const proposals::DueClaim& due : proposals::ClaimsDue(offerings, Today(), in_->days)) {
        const std::string day = base::FormatDay(due.last_day);
        if (common_->json) {
          std::cout << absl::StrFormat(
              "{\"offering\":\"%s\",\"field\":\"%s\",\"last_day\":\"%s\",\"days_left\":%d}\n",
              due.offering, due.field, day, due.days_left);
        } else {
          std::cout << absl::StrFormat("%s  %4d  %s  %s\n", day, due.days_left, due.offering,
                                       due.field);
        }
      }
      return absl::OkStatus();
    });
  }

  // ---- Contests.

  int OpenContest() {
    pb::CreateContestRequest request;
    pb::Contest& contest = *request.mutable_contest();
    contest.set_subject(in_->name);
    contest.set_grounds(in_->text);
    pb::Contest::Kind kind = pb::Contest::KIND_UNSPECIFIED;
    pb::Contest::Kind_Parse(in_->kind, &kind);
    contest.set_kind(kind);
    return ShowContest("CreateContest", request);
  }
  int GetContest() {
    pb::GetContestRequest request;
    request.set_name(in_->name);
    return ShowContest("GetContest", request);
  }
  int ListContests() {
    return Tell([this]() -> absl::Status {
      pb::ListContestsRequest request;
      int all = 0;
      int late = 0;
      do {
        pb::ListContestsResponse page;
        RETURN_IF_ERROR(Call(kContests, "ListContests", request, &page));
        for (const pb::Contest& contest : page.contests()) {
          PrintContest(contest);
          ++all;
          if (contest.acknowledge_days_late() > 0 || contest.answer_days_late() > 0) ++late;
        }
        request.set_page_token(page.next_page_token());
      } while (!request.page_token().empty());
      std::cerr << Say("contestations : ", "contests: ") << all
                << Say(" ; en retard, ou répondues en retard : ", "; late, or answered late: ")
                << late << "\n";
      return absl::OkStatus();
    });
  }
  int Acknowledge() {
    pb::AcknowledgeContestRequest request;
    request.set_name(in_->name);
    return ShowContest("AcknowledgeContest", request);
  }
  int Answer() {
    return Tell([this]() -> absl::Status {
      pb::GetContestRequest get;
      get.set_name(in_->name);
      pb::Contest contest;
      RETURN_IF_ERROR(Call(kContests, "GetContest", get, &contest));
      pb::AnswerContestRequest request;
      request.set_name(in_->name);
      request.set_etag(contest.etag());
      request.set_answer(in_->text);
      pb::Contest::Outcome outcome = pb::Contest::OUTCOME_UNSPECIFIED;
      pb::Contest::Outcome_Parse(in_->outcome, &outcome);
      request.set_outcome(outcome);
      RETURN_IF_ERROR(Call(kContests, "AnswerContest", request, &contest));
      PrintContest(contest);
      return absl::OkStatus();
    });
  }

  // ---- Membership.

  int Register() {
    pb::RegisterMemberRequest request;
    request.set_member_id(in_->id);
    pb::Member& member = *request.mutable_member();
    member.set_display_name(in_->display_name);
    member.set_siren(in_->siren);
    member.set_country_code(in_->country);
    member.set_url(in_->url);
    member.set_fictional(in_->fictional);
    FillMember(member);
    return ShowMember("RegisterMember", request);
  }
  int Update() {
    pb::UpdateMemberRequest request;
    pb::Member& member = *request.mutable_member();
    member.set_name(in_->name);
    member.set_display_name(in_->display_name);
    member.set_siren(in_->siren);
    member.set_url(in_->url);
    FillMember(member);
    return ShowMember("UpdateMember", request);
  }
  // What is suspended, reinstated and taken out is a member or one of its offerings.
  int Suspend() {
    if (!IsOffering()) return WithReasons<pb::SuspendMemberRequest>("SuspendMember");
    pb::SuspendOfferingRequest request;
    for (const std::string& code : in_->reasons) request.add_reason_codes(code);
    return ShowOffering("SuspendOffering", request);
  }
  int Reinstate() {
    if (IsOffering()) return ShowOffering("ReinstateOffering", pb::ReinstateOfferingRequest());
    pb::ReinstateMemberRequest request;
    request.set_name(in_->name);
    return ShowMember("ReinstateMember", request);
  }
  int TakeOut() { return ShowOffering("WithdrawOffering", pb::WithdrawOfferingRequest()); }
  int Terminate() {
    pb::TerminateMemberRequest request;
    request.set_name(in_->name);
    for (const std::string& code : in_->reasons) request.add_reason_codes(code);
    return Show<pb::Notice>(kMembers, "TerminateMember", request,
                            [this](const pb::Notice& notice) { PrintNotice(notice); });
  }
  int Notices() {
    return Tell([this]() -> absl::Status {
      pb::ListNoticesRequest request;
      request.set_parent(in_->name);
      do {
        pb::ListNoticesResponse page;
        RETURN_IF_ERROR(Call(kMembers, "ListNotices", request, &page));
        for (const pb::Notice& notice : page.notices()) PrintNotice(notice);
        request.set_page_token(page.next_page_token());
      } while (!request.page_token().empty());
      return absl::OkStatus();
    });
  }
  int Reviewer() {
    pb::PutReviewerRequest request;
    pb::ReviewerRecord& reviewer = *request.mutable_reviewer();
    reviewer.set_name(absl::StrCat("reviewers/", in_->id));
    reviewer.set_active(!in_->inactive);
    reviewer.set_member(in_->of_member);
    for (const std::string& member : in_->interests) reviewer.add_interests(member);
    return Show<pb::ReviewerRecord>(kMembers, "PutReviewer", request, [](const auto& record) {
      std::cout << record.name() << (record.active() ? "  ACTIVE" : "  INACTIVE") << "\n";
    });
  }

 private:
  bool French() const { return common_->language == Language::kFrench; }
  const char* Say(const char* fr, const char* en) const { return French() ? fr : en; }
  static base::DayNumber Today() { return base::ParisDay(base::SystemClock::Get()->Now()); }

  // Runs it; prints what went wrong.
  int Tell(const std::function<absl::Status()>& command) { return End(*common_, command()); }

  absl::StatusOr<decision::RulebookSource> Rules() {
    ASSIGN_OR_RETURN(const std::string share, FindShare(in_->share));
    return decision::ReadRulebook(share + "/catalog/rulebook");
  }

  // The entry of the file; InvalidArgument with everything that is wrong with it.
  // `alone`: nothing is known of what is published, and the claims are held to what is asked of new
  // ones; a server knows and asks the same.
  absl::StatusOr<pb::Offering> ReadChecked(bool alone) {
    ASSIGN_OR_RETURN(const std::string bytes, ReadFile(in_->file, kEntryFileSizeMax));
    ASSIGN_OR_RETURN(const decision::RulebookSource rules, Rules());
    const catalog::NeedVocabulary vocabulary = catalog::VocabularyOf(rules.rulebook);
    base::Issues issues;
    const pb::Offering offering = proposals::ReadEntryFile(in_->file, bytes, &issues);
    // Of a file that could not be read to its end nothing else can be said.
    // A hidden character in a comment keeps nothing from being read.
    const bool some = offering.ByteSizeLong() > 0;
    const bool whole =
        std::none_of(issues.list().begin(), issues.list().end(), [some](const base::Issue& one) {
          return one.field.empty() && !(some && one.reason == "HIDDEN_CHARACTER");
        });
    base::Issues checked;
    if (whole) {
      proposals::CheckEntry(offering, &vocabulary, &checked);
      // Whether it is published under the template's id only a server knows, or --published tells.
      std::optional<pb::Offering> published;
      if (alone) {
        ASSIGN_OR_RETURN(published, ReadPublished(offering));
      }
      proposals::CheckPlaceholders(offering, !alone || published.has_value(), &checked);
      if (alone) {
        proposals::CheckClaims(offering, published.has_value() ? &*published : nullptr, Today(),
                               &checked);
      }
    }
    // What could not be read is told already: that it is not there is no second mistake.
    const size_t read = issues.list().size();
    for (const base::Issue& issue : checked.list()) {
      const auto told = std::find_if(
          issues.list().begin(), issues.list().begin() + static_cast<ptrdiff_t>(read),
          [&issue](const base::Issue& one) {
            return IsWithin(issue.field, one.field) || IsWithin(one.field, issue.field);
          });
      if (told == issues.list().begin() + static_cast<ptrdiff_t>(read)) issues.Add(issue);
    }
    if (issues.empty()) return offering;
    return ErrorOfIssues(
        "l'offre ne peut pas être remise :", "the offering cannot be submitted:", issues);
  }

  // "pricing.components[0].amount" is within "pricing".
  static bool IsWithin(absl::string_view path, absl::string_view group) {
    return absl::StartsWith(path, group) &&
           (path.size() == group.size() || path[group.size()] == '.' || path[group.size()] == '[');
  }

  // The entry as it is published, where --published names a file that has it.
  absl::StatusOr<std::optional<pb::Offering>> ReadPublished(const pb::Offering& offering) {
    if (in_->published.empty()) return std::optional<pb::Offering>();
    ASSIGN_OR_RETURN(const std::string bytes, ReadFile(in_->published, bulk::kListSizeMax));
    const auto format = absl::EndsWith(in_->published, ".jsonl")  ? bulk::EntryFormat::kJsonLines
                        : absl::EndsWith(in_->published, ".json") ? bulk::EntryFormat::kJson
                                                                  : bulk::EntryFormat::kYaml;
    base::Issues issues;
    for (pb::Offering& one : bulk::ReadEntries(in_->published, bytes, format, &issues)) {
      if (one.name() == offering.name()) return std::optional<pb::Offering>(std::move(one));
    }
    if (issues.empty()) return std::optional<pb::Offering>();
    return ErrorOfIssues("le fichier a des erreurs :", "the file has errors:", issues);
  }

  absl::StatusOr<std::unique_ptr<Client>> Connect() {
    const auto environment = [](const char* name) {
      const char* value = std::getenv(name);
      return std::string(value == nullptr ? "" : value);
    };
    ClientOptions options;
    options.ca_file = in_->server.ca_file;
    options.deadline = std::chrono::milliseconds(in_->server.deadline_ms);
    options.language = common_->language;
    const std::string data =
        in_->server.data.empty() ? environment("APLOMB_DATA_DIR") : in_->server.data;
    std::string server =
        in_->server.server.empty() ? environment("APLOMB_SERVER") : in_->server.server;
    if (server.empty() && !data.empty()) {
      ASSIGN_OR_RETURN(server, ReadLine(absl::StrCat(data, "/address")));
    }
    if (!server.empty()) options.server = server;
    options.token = environment("APLOMB_TOKEN");
    if (!in_->server.token_file.empty()) {
      ASSIGN_OR_RETURN(options.token, ReadLine(in_->server.token_file));
    }
    return std::make_unique<Client>(std::move(options));
  }

  absl::Status Call(absl::string_view service, absl::string_view method,
                    const google::protobuf::Message& request, google::protobuf::Message* response) {
    ASSIGN_OR_RETURN(const std::unique_ptr<Client> client, Connect());
    return client->Call(absl::StrCat(service, method), request, response);
  }

  template <typename Response, typename Request, typename Printer>
  int Show(absl::string_view service, absl::string_view method, const Request& request,
           Printer print) {
    return Tell([&]() -> absl::Status {
      Response response;
      RETURN_IF_ERROR(Call(service, method, request, &response));
      if (common_->json) {
        std::cout << ToJson(response, JsonForm::kLine) << "\n";
      } else {
        print(response);
      }
      return absl::OkStatus();
    });
  }

  absl::StatusOr<pb::Proposal> GetProposal() {
    pb::GetProposalRequest request;
    request.set_name(in_->name);
    pb::Proposal proposal;
    RETURN_IF_ERROR(Call(kProposals, "GetProposal", request, &proposal));
    return proposal;
  }

  // An etag as the API has it, of one with or without its quotes.
  static std::string Quoted(const std::string& etag) {
    return etag.empty() || etag[0] == '"' ? etag : absl::StrCat("\"", etag, "\"");
  }

  // A verdict on what is to be seen now.
  template <typename Request, typename Fill>
  int Vote(absl::string_view method, Fill fill) {
    return Tell([&]() -> absl::Status {
      Request request;
      request.set_name(in_->name);
      request.set_etag(Quoted(in_->text));
      for (const std::string& given : in_->answers) {
        const std::vector<std::string> parts = absl::StrSplit(given, '=');
        pb::ChecklistAnswer& answer = *request.add_answers();
        answer.set_item(parts[0]);
        pb::ChecklistAnswer::Answer value = pb::ChecklistAnswer::ANSWER_UNSPECIFIED;
        if (parts.size() == 2) pb::ChecklistAnswer::Answer_Parse(parts[1], &value);
        answer.set_answer(value);
      }
      fill(request);
      pb::Review review;
      RETURN_IF_ERROR(Call(kReviews, method, request, &review));
      PrintLine(review.proposal());
      return absl::OkStatus();
    });
  }

  template <typename Request>
  void AddComments(Request& request) {
    for (const std::string& text : in_->comments) request.add_comments()->set_text(text);
  }

  template <typename Request>
  int WithReasons(absl::string_view method) {
    Request request;
    request.set_name(in_->name);
    for (const std::string& code : in_->reasons) request.add_reason_codes(code);
    return ShowMember(method, request);
  }

  bool IsOffering() const { return absl::StrContains(in_->name, "/offerings/"); }

  template <typename Request>
  int ShowOffering(absl::string_view method, Request request) {
    request.set_name(in_->name);
    return Show<pb::Offering>(kMembers, method, request, [](const pb::Offering& offering) {
      std::cout << offering.name() << "  " << pb::Offering::State_Name(offering.state()) << "\n";
    });
  }

  void FillMember(pb::Member& member) const {
    pb::Member::Kind kind = pb::Member::KIND_UNSPECIFIED;
    pb::Member::Kind_Parse(in_->kind, &kind);
    member.set_kind(kind);
    member.set_ownership_group_uid(in_->group);
    for (const std::string& family : in_->families) member.add_families(family);
    for (const std::string& given : in_->contacts) {
      const size_t equals = given.find('=');
      pb::MemberContact::Purpose purpose = pb::MemberContact::PURPOSE_UNSPECIFIED;
      pb::MemberContact::Purpose_Parse(given.substr(0, equals), &purpose);
      pb::MemberContact& contact = *member.add_contacts();
      contact.set_purpose(purpose);
      contact.set_address(equals == std::string::npos ? "" : given.substr(equals + 1));
    }
  }

  template <typename Request>
  int ShowMember(absl::string_view method, const Request& request) {
    return Show<pb::Member>(kMembers, method, request, [](const pb::Member& member) {
      std::cout << member.name() << "  " << pb::Member::State_Name(member.state()) << "\n";
    });
  }

  template <typename Request>
  int ShowContest(absl::string_view method, const Request& request) {
    return Show<pb::Contest>(kContests, method, request,
                             [this](const pb::Contest& contest) { PrintContest(contest); });
  }

  static std::string DayText(const google::type::Date& date) {
    return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
  }

  void PrintLine(const pb::Proposal& proposal) {
    if (common_->json) {
      std::cout << ToJson(proposal, JsonForm::kLine) << "\n";
      return;
    }
    std::cout << pb::Proposal::State_Name(proposal.state()) << "  " << proposal.name() << "  "
              << proposal.offering().name() << "  " << proposal.family()
              << (proposal.fast_lane() ? "  FAST" : "");
    if (proposal.has_due_date()) std::cout << "  -> " << DayText(proposal.due_date());
    std::cout << "\n";
  }

  void Print(const pb::Proposal& proposal) {
    PrintLine(proposal);
    if (common_->json) return;
    for (const pb::Problem& problem : proposal.problems()) {
      std::cout << "  " << problem.field() << ": "
                << (French() ? problem.text().fr() : problem.text().en()) << "\n    -> "
                << (French() ? problem.remedy().fr() : problem.remedy().en()) << "\n";
    }
    if (proposal.second_look() != pb::Proposal::SECOND_LOOK_UNSPECIFIED) {
      std::cout << Say("  second regard : ", "  second look: ")
                << pb::Proposal::SecondLook_Name(proposal.second_look()) << "\n";
    }
    if (proposal.full_review_reason() == "STEP_TOO_LARGE") {
      std::cout << Say("  deux relecteurs : un montant change de plus de ",
                       "  two reviewers: an amount changes by more than ")
                << proposals::kFastLaneStepPercentMax
                << Say(" %, la limite d'une étape de la voie rapide\n",
                       " %, the limit of one step of the fast lane\n");
    } else if (proposal.full_review_reason() == "MONTH_USED_UP") {
      std::cout << Say("  deux relecteurs : la voie rapide du mois est épuisée\n",
                       "  two reviewers: the fast lane of this month is used up\n");
    }
    PrintGaps(proposal.ranking_gaps());
    for (const pb::ReviewComment& comment : proposal.comments()) {
      std::cout << Say("  remarque : ", "  comment: ") << comment.text() << "\n";
    }
    for (const std::string& code : proposal.reason_codes()) {
      const proposals::Word* word = proposals::FindWord(proposals::RejectionReasons(), code);
      std::cout << "  " << code;
      if (word != nullptr) std::cout << ": " << (French() ? word->fr : word->en);
      std::cout << "\n";
    }
  }

  void PrintGaps(const google::protobuf::RepeatedPtrField<pb::RankingGap>& gaps) {
    for (const pb::RankingGap& gap : gaps) {
      std::cout << "  " << gap.need_id()
                << Say(" : sans ce fait, pas de classement : ", ": not ranked without this fact: ")
                << absl::StrJoin(gap.fields(), ", ") << "\n";
    }
  }

  // Rules of the rulebook that keep an offering from being ranked, for a firm of some size.
  void PrintStandings(const pb::Offering& offering, const decision::CompiledRulebook& rulebook) {
    std::set<std::string> lines;
    for (const pb::Reading& reading : service::ReadOffering(offering, rulebook, nullptr, Today())) {
      for (const std::string& code : reading.codes()) {
        const auto found = rulebook.constraint_ordinals.find(code);
        if (found == rulebook.constraint_ordinals.end()) continue;  // a fact: told as a gap
        const type::LocalizedText& title = rulebook.source.constraints(found->second).title();
        lines.insert(absl::StrCat(
            reading.need_id(),
            reading.standing() == pb::Reading::EXCLUDED
                ? Say(" : exclue par la règle ", ": excluded by the rule ")
                : Say(" : à confirmer à cause de la règle ", ": to confirm because of the rule "),
            code, " (", French() ? title.fr() : title.en(), ")"));
      }
    }
    for (const std::string& line : lines) std::cout << "  " << line << "\n";
  }

  // What the rules do not know of it, and what documents would earn.
  void PrintEvidence(const pb::Offering& offering, const decision::CompiledRulebook& rulebook) {
    pb::Insight insight;
    for (pb::Reading& one : service::ReadOffering(offering, rulebook, nullptr, Today())) {
      *insight.add_readings() = std::move(one);
    }
    for (pb::Gain& one : service::Gains(offering, rulebook, nullptr, Today())) {
      *insight.add_gains() = std::move(one);
    }
    PrintUnknown(insight.gains(), insight.readings(), common_->language, std::cout);
    PrintGains(insight.gains(), insight.readings(), common_->language, std::cout);
  }

  void PrintDifferences(const pb::Proposal& proposal) {
    bool cut = false;
    for (const pb::FieldDifference& one : proposal.differences()) {
      std::cout << one.field() << "\n  - " << one.old_value() << "\n  + " << one.new_value()
                << "\n";
      cut = cut || absl::EndsWith(one.old_value(), "…") || absl::EndsWith(one.new_value(), "…");
    }
    if (static_cast<size_t>(proposal.differences_size()) == proposals::kDifferencesMax) {
      std::cout << Say("seules les ", "only the first ") << proposals::kDifferencesMax
                << Say(" premières différences sont montrées ; --json donne le texte entier\n",
                       " differences are shown; --json gives the whole text\n");
    } else if (cut) {
      std::cout << Say("… : texte coupé ; --json le donne en entier\n",
                       "…: a text was cut; --json gives all of it\n");
    }
  }

  void PrintNotice(const pb::Notice& notice) {
    if (common_->json) {
      std::cout << ToJson(notice, JsonForm::kLine) << "\n";
      return;
    }
    std::cout << NoticeText(notice, common_->language) << "\n";
  }

  void PrintContest(const pb::Contest& contest) {
    if (common_->json) {
      std::cout << ToJson(contest, JsonForm::kLine) << "\n";
      return;
    }
    std::cout << pb::Contest::State_Name(contest.state()) << "  " << contest.name() << "  "
              << pb::Contest::Kind_Name(contest.kind()) << "  " << contest.subject() << "\n";
    const auto step = [&](const char* name, const google::type::Date& due, bool done, int late) {
      std::cout << "  " << name << Say(" : au plus tard le ", ": by ") << DayText(due);
      if (late > 0) {
        std::cout << (done ? Say(" ; EN RETARD de ", "; LATE by ")
                           : Say(" ; EN RETARD, attend depuis ", "; OVERDUE for "))
                  << late << Say(" jour(s) ouvré(s)", " working day(s)");
      } else if (done) {
        std::cout << Say(" ; à temps", "; in time");
      }
      std::cout << "\n";
    };
    step(Say("accusé de réception", "acknowledgement"), contest.acknowledge_due_date(),
         contest.state() != pb::Contest::OPEN, contest.acknowledge_days_late());
    step(Say("réponse", "answer"), contest.answer_due_date(),
         contest.state() == pb::Contest::ANSWERED, contest.answer_days_late());
    if (!contest.grounds().empty()) {
      std::cout << Say("  motifs : ", "  grounds: ") << contest.grounds() << "\n";
    }
    if (!contest.answer().empty()) {
      std::cout << "  " << pb::Contest::Outcome_Name(contest.outcome()) << ": " << contest.answer()
                << "\n";
    }
  }

  const CommonOptions* const common_;
  const std::shared_ptr<Inputs> in_;
};

}  // namespace

void AddProposalCommands(CLI::App& app, const CommonOptions& common, const RunCommand& run) {
  // Kept by the callbacks, which the command line keeps.
  const auto in = std::make_shared<Inputs>();
  const auto commands = std::make_shared<Commands>(&common, in);
  const CommandAdder add(commands, run);
  const auto remote = [in](CLI::App* command) {
    AddServerOptions(*command, in->server);
    return command;
  };
  const auto named = [in, &remote](CLI::App* command, const char* form) {
    command->add_option("name", in->name, form)->required();
    return remote(command);
  };
  const auto with_reasons = [in](CLI::App* command) {
    command->add_option("--reason", in->reasons, "code of docs/reviewing.md")->required();
  };

  CLI::App* proposal = app.add_subcommand("proposal", "write and follow a member's proposals");
  proposal->require_subcommand(1);
  CLI::App* template_command = add(proposal, "new", "print an entry to fill in", &Commands::New);
  template_command->add_option("--need", in->need, "the need that it is for")->required();
  template_command->add_option("--share", in->share, "folder that holds catalog/");
  CLI::App* check = add(proposal, "check", "check an entry; needs no server", &Commands::Check);
  check->add_option("file", in->file, "entry (YAML or JSON)")->required();
  check->add_option("--share", in->share, "folder that holds catalog/");
  check->add_option("--published", in->published, "what bulk export wrote: its claims stand");
  CLI::App* submit = add(proposal, "submit", "check an entry and hand it in", &Commands::Submit);
  submit->add_option("file", in->file, "entry (YAML or JSON)")->required();
  submit->add_option("--name", in->name, "members/…/proposals/…: go on with this one");
  submit->add_option("--share", in->share, "folder that holds catalog/");
  remote(submit);
  named(add(proposal, "status", "show a proposal, or list a member's", &Commands::Status),
        "members/…/proposals/… or members/…");
  named(add(proposal, "withdraw", "take a proposal back", &Commands::Withdraw),
        "members/…/proposals/…");
  named(add(proposal, "diff", "show what differs from what is published", &Commands::Diff),
        "members/…/proposals/…");

  CLI::App* review = app.add_subcommand("review", "decide about proposals");
  review->require_subcommand(1);
  remote(add(review, "queue", "list what you are drawn for", &Commands::Queue));
  named(add(review, "show", "show a proposal with checklist and duplicates", &Commands::ShowReview),
        "members/…/proposals/…");
  const auto verdict = [&](const char* name, const char* help, int (Commands::*command)()) {
    CLI::App* added = named(add(review, name, help, command), "members/…/proposals/…");
    added->add_option("--etag", in->text, "of what you have read (review show)")->required();
    added->add_option("--answer", in->answers, "ITEM=YES, NO or NOT_APPLICABLE")->required();
    return added;
  };
  CLI::App* approve = verdict("approve", "vote for publishing", &Commands::Approve);
  approve->add_option("--checked", in->checked, "a fact that you have checked, as in claims");
  CLI::App* send_back = verdict("return", "vote for giving it back", &Commands::Return);
  send_back->add_option("--comment", in->comments, "what is to be mended")->required();
  CLI::App* reject = verdict("reject", "vote for refusing it", &Commands::Reject);
  reject->add_option("--comment", in->comments, "what stands behind the codes")->required();
  with_reasons(reject);
  CLI::App* look = verdict("look-again", "tell what a second look has found", &Commands::LookAgain);
  look->add_option("--reason", in->reasons, "with an answer NO: code of docs/reviewing.md");
  remote(add(review, "draw", "draw reviewers for what waits", &Commands::Draw));
  CLI::App* interests =
      remote(add(review, "interests", "declare your interests", &Commands::Interests));
  interests->add_option("members", in->interests, "members/…; none: you have none");

  CLI::App* claims = app.add_subcommand("claims", "what members have stated");
  claims->require_subcommand(1);
  CLI::App* due = remote(add(claims, "due", "list what falls due", &Commands::ClaimsDue));
  due->add_option("--days", in->days, "how far ahead")
      ->check(CLI::Range(0, 3660))
      ->capture_default_str();
  due->add_option("--member", in->of_member, "members/…: only of this member");
  due->add_flag("--apply", in->apply,
                "remind members, mark what is out of date, end what has run out (operator)");

  CLI::App* contest = app.add_subcommand("contest", "contest a decision, a fact, a rank");
  contest->require_subcommand(1);
  CLI::App* open = named(add(contest, "open", "open a contest", &Commands::OpenContest),
                         "what is contested: members/…, engagements/…/recommendations/…");
  open->add_option("--kind", in->kind, "DECISION, FACT, EXCLUSION or RANK")->required();
  open->add_option("--grounds", in->text, "why")->required();
  named(add(contest, "show", "show a contest", &Commands::GetContest), "contests/…");
  remote(add(contest, "list", "list contests", &Commands::ListContests));
  named(add(contest, "acknowledge", "say that it was received", &Commands::Acknowledge),
        "contests/…");
  CLI::App* answer =
      named(add(contest, "answer", "answer it, with reasons", &Commands::Answer), "contests/…");
  answer->add_option("--outcome", in->outcome, "UPHELD, UPHELD_IN_PART or DISMISSED")->required();
  answer->add_option("--answer", in->text, "the reasons")->required();

  CLI::App* member = app.add_subcommand("member", "register, suspend and end memberships");
  member->require_subcommand(1);
  CLI::App* registered = remote(add(member, "register", "register a member", &Commands::Register));
  registered->add_option("id", in->id, "the member's id")->required();
  registered->add_option("--display-name", in->display_name, "name for people")->required();
  registered
      ->add_option("--kind", in->kind,
                   "PUBLISHER, MANUFACTURER, HOST, AGENCY or PROFESSIONAL_UNION")
      ->required();
  registered->add_option("--siren", in->siren, "SIREN where there is one");
  registered->add_option("--country", in->country, "ISO 3166-1")->capture_default_str();
  registered->add_option("--url", in->url, "https://…");
  const auto register_options = [in](CLI::App* command) {
    command->add_option("--group", in->group,
                        "uid of the ownership group; default: one of its own");
    command->add_option(
        "--contact", in->contacts,
        "PURPOSE=ADDRESS: CATALOGUE, CONTESTS, SECURITY or SALES; never a person's");
    command->add_option("--family", in->families, "family that it means to serve");
  };
  register_options(registered);
  registered->add_flag("--fictional", in->fictional, "made up, in a made-up catalogue");
  CLI::App* updated =
      named(add(member, "update", "change what the register says of a member", &Commands::Update),
            "members/…");
  updated->add_option("--display-name", in->display_name, "name for people");
  updated->add_option("--kind", in->kind,
                      "PUBLISHER, MANUFACTURER, HOST, AGENCY or PROFESSIONAL_UNION");
  updated->add_option("--siren", in->siren, "SIREN where there is one");
  updated->add_option("--url", in->url, "https://…");
  register_options(updated);
  with_reasons(
      named(add(member, "suspend", "suspend a member or one of its offerings", &Commands::Suspend),
            "members/… or members/…/offerings/…"));
  named(add(member, "reinstate", "end a suspension", &Commands::Reinstate),
        "members/… or members/…/offerings/…");
  named(add(member, "take-out", "take one of your offerings out of the catalogue",
            &Commands::TakeOut),
        "members/…/offerings/…");
  with_reasons(
      named(add(member, "terminate", "give 30 days' notice", &Commands::Terminate), "members/…"));
  named(add(member, "notices", "list the decisions about a member", &Commands::Notices),
        "members/…");
  CLI::App* reviewer =
      remote(add(member, "reviewer", "put a reviewer on the roster", &Commands::Reviewer));
  reviewer->add_option("id", in->id, "the reviewer's id")->required();
  reviewer->add_option("--member", in->of_member, "members/…: belongs to it");
  reviewer->add_option("--interest", in->interests, "members/…");
  reviewer->add_flag("--inactive", in->inactive, "is not drawn any more");
}

}  // namespace aplomb::cli
