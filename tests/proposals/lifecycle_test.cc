// The table of states, written a second time as a reviewer would read it, and compared for every
// state, verb and party.
#include "catalog/proposals/lifecycle.h"

#include <map>
#include <set>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace aplomb::proposals {
namespace {

// "STATE VERB PARTY -> STATE", the states of one machine at a time.
constexpr const char* kProposals[] = {
    "NO_PROPOSAL CREATE MEMBER -> DRAFT",     "DRAFT UPDATE MEMBER -> DRAFT",
    "DRAFT SUBMIT MEMBER -> SUBMITTED",       "DRAFT TAKE_BACK MEMBER -> WITHDRAWN",
    "SUBMITTED DRAW SERVICE -> IN_REVIEW",    "SUBMITTED TAKE_BACK MEMBER -> WITHDRAWN",
    "IN_REVIEW DRAW SERVICE -> IN_REVIEW",    "IN_REVIEW VOTE REVIEWER -> IN_REVIEW",
    "IN_REVIEW APPROVE REVIEWER -> APPROVED", "IN_REVIEW RETURN REVIEWER -> RETURNED",
    "IN_REVIEW REJECT REVIEWER -> REJECTED",  "IN_REVIEW TAKE_BACK MEMBER -> WITHDRAWN",
    "RETURNED UPDATE MEMBER -> DRAFT",        "RETURNED TAKE_BACK MEMBER -> WITHDRAWN",
    "APPROVED DRAW SERVICE -> APPROVED",      "APPROVED LOOK_AGAIN REVIEWER -> APPROVED",
};
constexpr const char* kOfferings[] = {
    "NO_OFFERING PUBLISH REVIEWER -> PUBLISHED", "PUBLISHED PUBLISH REVIEWER -> PUBLISHED",
    "PUBLISHED SUSPEND OPERATOR -> SUSPENDED",   "PUBLISHED WITHDRAW MEMBER -> WITHDRAWN",
    "PUBLISHED EXPIRE SERVICE -> EXPIRED",       "SUSPENDED PUBLISH REVIEWER -> SUSPENDED",
    "SUSPENDED REINSTATE OPERATOR -> PUBLISHED", "SUSPENDED WITHDRAW MEMBER -> WITHDRAWN",
    "WITHDRAWN PUBLISH REVIEWER -> PUBLISHED",   "EXPIRED PUBLISH REVIEWER -> PUBLISHED",
    "EXPIRED SUSPEND OPERATOR -> SUSPENDED",     "EXPIRED WITHDRAW MEMBER -> WITHDRAWN",
    "PUBLISHED REMIND SERVICE -> PUBLISHED",
};
constexpr const char* kMembers[] = {
    "NO_MEMBER REGISTER OPERATOR -> ACTIVE",  "ACTIVE SUSPEND OPERATOR -> SUSPENDED",
    "ACTIVE GIVE_NOTICE OPERATOR -> ACTIVE",  "ACTIVE END SERVICE -> ENDED",
    "SUSPENDED REINSTATE OPERATOR -> ACTIVE", "SUSPENDED GIVE_NOTICE OPERATOR -> SUSPENDED",
    "SUSPENDED END SERVICE -> ENDED",         "ACTIVE UPDATE OPERATOR -> ACTIVE",
    "SUSPENDED UPDATE OPERATOR -> SUSPENDED",
};
constexpr const char* kContests[] = {
    "NO_CONTEST OPEN MEMBER -> OPEN",
    "NO_CONTEST OPEN ADVISOR -> OPEN",
    "OPEN ACKNOWLEDGE OPERATOR -> ACKNOWLEDGED",
    "OPEN ANSWER OPERATOR -> ANSWERED",
    "ACKNOWLEDGED ANSWER OPERATOR -> ANSWERED",
};

struct Machine {
  const char* name;
  State first;
  State last;
  std::set<std::string> allowed;
};

template <size_t n>
std::set<std::string> Rows(const char* const (&rows)[n]) {
  return std::set<std::string>(rows, rows + n);
}

std::vector<Machine> Machines() {
  return {{"proposals", State::kNoProposal, State::kProposalWithdrawn, Rows(kProposals)},
          {"offerings", State::kNoOffering, State::kExpired, Rows(kOfferings)},
          {"members", State::kNoMember, State::kMemberEnded, Rows(kMembers)},
          {"contests", State::kNoContest, State::kContestAnswered, Rows(kContests)}};
}

TEST(Lifecycle, AllowsWhatIsWrittenAndNothingElse) {
  size_t tried = 0;
  size_t allowed = 0;
  for (const Machine& machine : Machines()) {
    std::set<std::string> found;
    for (const State from : AllStates()) {
      if (from < machine.first || from > machine.last) continue;
      for (const Verb verb : AllVerbs()) {
        for (const Party party : AllParties()) {
          ++tried;
          const auto next = Next(from, verb, party);
          if (!next.has_value()) continue;
          EXPECT_TRUE(*next >= machine.first && *next <= machine.last)
              << machine.name << ": leads out of its machine";
          found.insert(absl::StrCat(StateWord(from), " ", VerbWord(verb), " ", PartyWord(party),
                                    " -> ", StateWord(*next)));
        }
      }
    }
    allowed += found.size();
    EXPECT_EQ(found, machine.allowed) << machine.name;
  }
  EXPECT_EQ(tried, AllStates().size() * AllVerbs().size() * AllParties().size());
  EXPECT_EQ(allowed, Transitions().size()) << "a row that is shadowed by another";
}

TEST(Lifecycle, WhatIsDecidedStaysDecided) {
  for (const State state : {State::kApproved, State::kRejected, State::kProposalWithdrawn,
                            State::kMemberEnded, State::kContestAnswered}) {
    for (const Verb verb : AllVerbs()) {
      for (const Party party : AllParties()) {
        // A second look leaves it as it is.
        EXPECT_EQ(Next(state, verb, party).value_or(state), state)
            << StateWord(state) << " " << VerbWord(verb) << " " << PartyWord(party);
      }
    }
  }
}

TEST(Lifecycle, AMemberNeverPublishesAndAReviewerNeverWrites) {
  for (const Transition& row : Transitions()) {
    if (row.verb == Verb::kPublish || row.verb == Verb::kApprove) {
      EXPECT_EQ(row.party, Party::kReviewer) << VerbWord(row.verb);
    }
    const bool of_proposal = row.from <= State::kProposalWithdrawn;
    if (of_proposal && (row.verb == Verb::kUpdate || row.verb == Verb::kSubmit)) {
      EXPECT_EQ(row.party, Party::kMember) << VerbWord(row.verb);
    }
  }
}

// The enums of the messages, by name.
template <typename ToState>
void CompareNames(const google::protobuf::EnumDescriptor& type, State none, ToState to_state) {
  for (int i = 1; i < type.value_count(); ++i) {
    const State state = to_state(type.value(i)->number());
    EXPECT_EQ(StateWord(state), type.value(i)->name());
  }
  EXPECT_EQ(to_state(0), none);
}

TEST(Lifecycle, StatesAreThoseOfTheMessages) {
  using catalog::v1::Contest;
  using catalog::v1::Member;
  using catalog::v1::Offering;
  using catalog::v1::Proposal;
  CompareNames(*Proposal::State_descriptor(), State::kNoProposal, [](int number) {
    const State state = StateOf(static_cast<Proposal::State>(number));
    EXPECT_EQ(ProposalStateOf(state), number);
    return state;
  });
  CompareNames(*Offering::State_descriptor(), State::kNoOffering, [](int number) {
    const State state = StateOf(static_cast<Offering::State>(number));
    EXPECT_EQ(OfferingStateOf(state), number);
    return state;
  });
  CompareNames(*Member::State_descriptor(), State::kNoMember, [](int number) {
    const State state = StateOf(static_cast<Member::State>(number));
    EXPECT_EQ(MemberStateOf(state), number);
    return state;
  });
  CompareNames(*Contest::State_descriptor(), State::kNoContest, [](int number) {
    const State state = StateOf(static_cast<Contest::State>(number));
    EXPECT_EQ(ContestStateOf(state), number);
    return state;
  });
}

}  // namespace
}  // namespace aplomb::proposals
