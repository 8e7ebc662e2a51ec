// The store of proposals against a map in memory: ten thousand random steps of two members and
// three reviewers, the server started anew every hundred, and everything compared. What is refused
// must be refused by the same reason in both.
#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "aplomb/catalog/v1/catalog_service.pb.h"
#include "audit/database.h"
#include "audit/sequencer.h"
#include "catalog/proposals/diff.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "service/dataset.h"
#include "tests/service/workflow_world.h"
#include "tests/testing/files.h"
#include "tests/testing/matchers.h"

namespace aplomb::service {
namespace {

namespace pb = catalog::v1;
using State = pb::Proposal;
using Verdict = pb::DrawnReviewer;

constexpr int kSteps = 10'000;
constexpr int kStepsPerStart = 100;
constexpr int kOfferingsPerMember = 6;

struct ModelProposal {
  std::string member;
  std::string offering;
  pb::Proposal::State state = State::DRAFT;
  int64_t amount = 0;
  bool fast_lane = false;
  std::vector<Verdict::Verdict> verdicts = {};  // of this submission
  // What a second look has found; unspecified: there was none, or none yet.
  pb::Proposal::SecondLook second_look = State::SECOND_LOOK_UNSPECIFIED;
};

// The rules of docs/reviewing.md, the short way.
class Model {
 public:
  std::map<std::string, ModelProposal> proposals;
  std::map<std::string, int64_t> published;  // amount by offering

  bool InReview(const std::string& offering) const {
    return std::any_of(proposals.begin(), proposals.end(), [&](const auto& entry) {
      return entry.second.offering == offering && entry.second.state == State::IN_REVIEW;
    });
  }

  void Vote(ModelProposal& proposal, Verdict::Verdict verdict) {
    proposal.verdicts.push_back(verdict);
    const auto count = [&](Verdict::Verdict one) {
      return std::count(proposal.verdicts.begin(), proposal.verdicts.end(), one);
    };
    const int needed = proposal.fast_lane ? 1 : 2;
    for (const auto one : {Verdict::APPROVE, Verdict::RETURN, Verdict::REJECT}) {
      if (count(one) == needed) return Decide(proposal, one);
    }
    if (proposal.verdicts.size() == 3) Decide(proposal, Verdict::RETURN);
  }

 private:
  void Decide(ModelProposal& proposal, Verdict::Verdict verdict) {
    switch (verdict) {
      case Verdict::APPROVE:
        proposal.state = State::APPROVED;
        published[proposal.offering] = proposal.amount;
        return;
      case Verdict::RETURN:
        proposal.state = State::RETURNED;
        return;
      default:
        proposal.state = State::REJECTED;
    }
  }
};

pb::Offering Text(const std::string& name, int64_t amount) {
  const std::string member = name.substr(8, name.find("/offerings/") - 8);
  pb::Offering offering = WorkflowWorld::Site(member, name.substr(name.rfind('/') + 1));
  offering.mutable_pricing()->mutable_components(0)->mutable_amount()->set_micros(amount);
  return offering;
}

// An offering as its member wrote it.
std::string Written(pb::Offering offering) {
  offering = proposals::WithoutOutput(std::move(offering));
  offering.clear_uid();  // drawn by the server
  return offering.DebugString();
}

class Walk {
 public:
  explicit Walk(uint32_t seed) : random_(seed) {
    for (const auto& [name, offering] : Offerings()) genesis_[name] = offering;
    members_ = Members();
  }

  WorkflowWorld& world() { return world_; }

  void Step() {
    switch (Draw(10)) {
      case 0:
      case 1:
        return Create();
      case 2:
        return Update();
      case 3:
      case 4:
        return Submit();
      case 5:
        return Draw(4) == 0 ? Withdraw() : Vote();
      default:
        return Vote();
    }
  }

  void Compare() {
    size_t seen = 0;
    for (const std::string member : {"acme", "m000"}) {
      pb::ListProposalsRequest request;
      request.set_parent("members/" + member);
      request.set_page_size(1000);
      do {
        const auto page = Ask<pb::ListProposalsResponse>(
            world_.proposals(), &pb::ProposalService::Stub::ListProposals, member, request);
        for (const pb::Proposal& one : page.proposals()) {
          const auto found = model_.proposals.find(one.name());
          ASSERT_NE(found, model_.proposals.end()) << one.name();
          EXPECT_EQ(one.state(), found->second.state) << one.name();
          CompareLook(one, found->second);
          ++seen;
        }
        request.set_page_token(page.next_page_token());
      } while (!request.page_token().empty());
    }
    EXPECT_EQ(seen, model_.proposals.size());
    CompareCatalogue();
    CompareQueues();
    // Texts: those that may still be published, and some of the others.
    int looked_at = 0;
    for (const auto& [name, model] : model_.proposals) {
      const bool open = model.state == State::IN_REVIEW || model.state == State::RETURNED;
      if (!open && (looked_at >= 20 || Draw(10) != 0)) continue;
      ++looked_at;
      EXPECT_EQ(Written(world_.Get(model.member, name).offering()),
                Written(Text(model.offering, model.amount)))
          << name;
    }
  }

  // Every offering and every member that there is: what nobody has proposed is as it was.
  void CompareCatalogue() {
    std::map<std::string, std::string> expected = genesis_;
    for (const auto& [name, amount] : model_.published) {
      pb::Offering text = Text(name, amount);
      text.set_state(pb::Offering::PUBLISHED);
      expected[name] = absl::StrCat("PUBLISHED ", Written(std::move(text)));
    }
    EXPECT_EQ(Offerings(), expected);
    EXPECT_EQ(Members(), members_);
  }

  // Whoever is awaited is awaited for something that is in review, or for a second look; and
  // nothing in review awaits nobody, or more than its rules ask for.
  void CompareQueues() {
    std::map<std::string, int> awaited;
    for (const char* reviewer : {"r1", "r2", "r3"}) {
      pb::ListReviewsRequest request;
      request.set_page_size(1000);
      do {
        const auto page = Ask<pb::ListReviewsResponse>(
            world_.reviews(), &pb::ReviewService::Stub::ListReviews, reviewer, request);
        for (const pb::Proposal& one : page.proposals()) ++awaited[one.name()];
        request.set_page_token(page.next_page_token());
      } while (!request.page_token().empty());
    }
    for (const auto& [name, model] : model_.proposals) {
      const auto found = awaited.find(name);
      const int now = found == awaited.end() ? 0 : found->second;
      if (model.state == State::APPROVED) {
        EXPECT_LE(now, model.fast_lane ? 1 : 0) << name;
        continue;
      }
      // Two, a third where two disagree; on the fast lane one.
      const int given = static_cast<int>(model.verdicts.size());
      const int all = model.fast_lane ? 1 : given < 2 ? 2 : 3;
      EXPECT_EQ(now, model.state == State::IN_REVIEW ? all - given : 0) << name;
    }
  }

  size_t published() const { return model_.published.size(); }
  int looks() const { return looks_; }

 private:
  // By name: state and what the member wrote.
  std::map<std::string, std::string> Offerings() {
    std::map<std::string, std::string> offerings;
    pb::ListOfferingsRequest request;
    request.set_parent("members/-");
    request.set_page_size(1000);
    do {
      const auto page = Ask<pb::ListOfferingsResponse>(
          world_.server().catalog(), &pb::CatalogService::Stub::ListOfferings, "marie", request);
      for (const pb::Offering& one : page.offerings()) {
        offerings[one.name()] =
            absl::StrCat(pb::Offering::State_Name(one.state()), " ", Written(one));
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return offerings;
  }
  std::map<std::string, std::string> Members() {
    std::map<std::string, std::string> members;
    pb::ListMembersRequest request;
    request.set_page_size(1000);
    const auto page = Ask<pb::ListMembersResponse>(
        world_.server().catalog(), &pb::CatalogService::Stub::ListMembers, "marie", request);
    EXPECT_TRUE(page.next_page_token().empty());
    for (const pb::Member& one : page.members()) members[one.name()] = one.DebugString();
    return members;
  }

  // Whom the lot chooses is the server's to draw; only what one reviewer approved may be chosen.
  static void CompareLook(const pb::Proposal& one, const ModelProposal& model) {
    if (one.second_look() == State::AWAITED) {
      EXPECT_TRUE(model.fast_lane && model.state == State::APPROVED) << one.name();
      EXPECT_EQ(model.second_look, State::SECOND_LOOK_UNSPECIFIED) << one.name();
    } else {
      EXPECT_EQ(one.second_look(), model.second_look) << one.name();
    }
  }

  void LookAgain(const std::string& reviewer, const std::string& name, ModelProposal& proposal) {
    const pb::Review seen = world_.See(reviewer, name);
    CompareLook(seen.proposal(), proposal);
    EXPECT_EQ(seen.proposal().second_look(), State::AWAITED);
    const bool objects = Draw(2) == 0;
    pb::RecordSecondLookRequest request;
    request.set_name(name);
    request.set_etag(seen.proposal().etag());
    for (const pb::ChecklistItem& item : seen.checklist()) {
      pb::ChecklistAnswer& answer = *request.add_answers();
      answer.set_item(item.item());
      answer.set_answer(objects ? pb::ChecklistAnswer::NO : pb::ChecklistAnswer::YES);
    }
    if (objects) request.add_reason_codes("FALSE_STATEMENT");
    Ask<pb::Review>(world_.reviews(), &pb::ReviewService::Stub::RecordSecondLook, reviewer,
                    request);
    proposal.second_look = objects ? State::OBJECTED : State::CONFIRMED;
    CompareLook(world_.Get(proposal.member, name), proposal);
    ++looks_;
  }

  uint32_t Draw(uint32_t below) { return static_cast<uint32_t>(random_() % below); }
  std::string DrawMember() { return Draw(2) == 0 ? "acme" : "m000"; }
  int64_t DrawAmount() { return (10 + Draw(50)) * 1'000'000; }

  // Any proposal; nothing while there is none.
  ModelProposal* DrawProposal(std::string* name) {
    if (names_.empty()) return nullptr;
    // The newest more often: the old ones are decided.
    const size_t reach = std::min<size_t>(names_.size(), Draw(5) == 0 ? names_.size() : 30);
    *name = names_[names_.size() - 1 - Draw(static_cast<uint32_t>(reach))];
    return &model_.proposals[*name];
  }

  void Create() {
    const std::string member = DrawMember();
    const std::string offering =
        absl::StrCat("members/", member, "/offerings/o", Draw(kOfferingsPerMember));
    const int64_t amount = DrawAmount();
    const pb::Proposal created = world_.Create(member, Text(offering, amount));
    EXPECT_EQ(created.state(), State::DRAFT);
    model_.proposals[created.name()] = {.member = member, .offering = offering, .amount = amount};
    names_.push_back(created.name());
  }

  void Update() {
    std::string name;
    ModelProposal* const proposal = DrawProposal(&name);
    if (proposal == nullptr) return;
    const int64_t amount = DrawAmount();
    const bool stale = Draw(10) == 0;
    pb::UpdateProposalRequest request;
    request.mutable_proposal()->set_name(name);
    if (stale) request.mutable_proposal()->set_etag("\"stale\"");
    *request.mutable_proposal()->mutable_offering() = Text(proposal->offering, amount);
    request.mutable_update_mask()->add_paths("*");
    pb::Proposal answer;
    const grpc::Status status =
        Invoke(world_.proposals(), &pb::ProposalService::Stub::UpdateProposal, proposal->member,
               request, &answer);
    const bool allowed = proposal->state == State::DRAFT || proposal->state == State::RETURNED;
    if (stale) {
      EXPECT_EQ(ReasonOf(status), "ETAG_MISMATCH") << name;
    } else if (!allowed) {
      EXPECT_EQ(ReasonOf(status), "STATE_FORBIDS") << name;
    } else {
      ASSERT_TRUE(status.ok()) << ReasonOf(status);
      proposal->state = State::DRAFT;
      proposal->amount = amount;
      EXPECT_EQ(answer.state(), proposal->state);
    }
  }

  void Submit() {
    std::string name;
    ModelProposal* const proposal = DrawProposal(&name);
    if (proposal == nullptr) return;
    const bool open = model_.InReview(proposal->offering);
    pb::Proposal answer;
    const grpc::Status status =
        world_.TrySubmit(proposal->member, world_.Get(proposal->member, name), &answer);
    if (proposal->state != State::DRAFT) {
      EXPECT_EQ(ReasonOf(status), "STATE_FORBIDS") << name;
    } else if (open) {
      EXPECT_EQ(ReasonOf(status), "PROPOSAL_OPEN") << name;
    } else {
      ASSERT_TRUE(status.ok()) << ReasonOf(status);
      proposal->state = State::IN_REVIEW;
      proposal->verdicts.clear();
      proposal->fast_lane = answer.fast_lane();
      EXPECT_EQ(answer.state(), proposal->state);
      // One reviewer only where an amount of something published is all that differs.
      const auto published = model_.published.find(proposal->offering);
      if (proposal->fast_lane) {
        ASSERT_NE(published, model_.published.end());
        EXPECT_NE(published->second, proposal->amount);
        EXPECT_TRUE(IsSmall(published->second, proposal->amount)) << name;
      } else if (published == model_.published.end() || published->second == proposal->amount) {
        EXPECT_EQ(answer.full_review_reason(), "") << name;
      } else {
        EXPECT_EQ(answer.full_review_reason(),
                  IsSmall(published->second, proposal->amount) ? "MONTH_USED_UP" : "STEP_TOO_LARGE")
            << name;
      }
    }
  }

  static bool IsSmall(int64_t before, int64_t after) {
    return after * 5 >= before * 4 && after * 5 <= before * 6;
  }

  void Withdraw() {
    std::string name;
    ModelProposal* const proposal = DrawProposal(&name);
    if (proposal == nullptr) return;
    pb::WithdrawProposalRequest request;
    request.set_name(name);
    pb::Proposal answer;
    const grpc::Status status =
        Invoke(world_.proposals(), &pb::ProposalService::Stub::WithdrawProposal, proposal->member,
               request, &answer);
    const bool decided = proposal->state == State::APPROVED || proposal->state == State::REJECTED ||
                         proposal->state == State::WITHDRAWN;
    if (decided) {
      EXPECT_EQ(ReasonOf(status), "STATE_FORBIDS") << name;
    } else {
      ASSERT_TRUE(status.ok()) << ReasonOf(status);
      proposal->state = State::WITHDRAWN;
    }
  }

  // A reviewer decides the first that waits for him or her.
  void Vote() {
    const std::string reviewer = absl::StrCat("r", 1 + Draw(3));
    const auto waiting =
        Ask<pb::ListReviewsResponse>(world_.reviews(), &pb::ReviewService::Stub::ListReviews,
                                     reviewer, pb::ListReviewsRequest());
    if (waiting.proposals().empty()) return;
    const std::string name = waiting.proposals(0).name();
    ModelProposal& proposal = model_.proposals[name];
    if (waiting.proposals(0).state() == State::APPROVED) {
      return LookAgain(reviewer, name, proposal);
    }
    EXPECT_EQ(proposal.state, State::IN_REVIEW) << name;
    const Verdict::Verdict verdict = Draw(3) == 0   ? Verdict::REJECT
                                     : Draw(3) == 0 ? Verdict::RETURN
                                                    : Verdict::APPROVE;
    world_.Vote(reviewer, name, verdict);
    model_.Vote(proposal, verdict);
    EXPECT_EQ(world_.Get(proposal.member, name).state(), proposal.state) << name;
  }

  std::mt19937 random_;
  WorkflowWorld world_;
  Model model_;
  std::vector<std::string> names_;
  std::map<std::string, std::string> genesis_;  // offerings before the first step
  std::map<std::string, std::string> members_;
  int looks_ = 0;
};

TEST(ProposalModel, TenThousandStepsAgreeWithAMap) {
  constexpr uint32_t kSeed = 20260601;
  Walk walk(kSeed);
  for (int step = 1; step <= kSteps; ++step) {
    walk.Step();
    if (step % kStepsPerStart == 0) {
      walk.world().clock().Advance(absl::Hours(24));  // the fast lane is counted by month
      walk.world().Restart();
      walk.Compare();
    }
    if (::testing::Test::HasFailure()) FAIL() << "seed " << kSeed << ", step " << step;
  }
  EXPECT_GT(walk.published(), 5u);
  RecordProperty("second_looks", walk.looks());  // how many is for the lot to say

  // And the log alone says the same.
  const std::string data = walk.world().server().data_directory();
  walk.world().server().Stop();
  std::vector<audit::ColumnFamilySpec> families;
  for (const audit::Projection& one : Dataset::Projections()) {
    families.insert(families.end(), one.column_families.begin(), one.column_families.end());
  }
  testing::TempDir other;
  ASSERT_OK_AND_ASSIGN(const auto live, audit::Database::Open({.directory = data + "/db",
                                                               .column_families = families}));
  ASSERT_OK_AND_ASSIGN(const auto rebuilt, audit::Database::Open({.directory = other.Path("db"),
                                                                  .column_families = families,
                                                                  .create_if_missing = true}));
  ASSERT_OK(audit::Rebuild(*live, Dataset::Projections(), rebuilt.get()));
  EXPECT_OK(audit::CompareFamilies(*live, *rebuilt));
}

}  // namespace
}  // namespace aplomb::service
