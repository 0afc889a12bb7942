"""Whatever reviewers, networks and other publishers do, in any order."""

from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from runner.core.marker import split_marked
from runner.publish.error import PublishError
from runner.publish.publish import publish
from runner.publish.story import Event, Story
from tests.publish.memory import Memory

BRANCH = "loop/x"


class Campaigns(RuleBasedStateMachine):
    """Publishes, reviews, merges and breakdowns in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.forge = Memory()
        self.tip = 1
        self.words: dict[int, list[str]] = {}

    def story(self, *, reopen: bool = False) -> Story:
        return Story(
            loop="x",
            branch=BRANCH,
            base="main",
            sha=f"{self.tip:040x}",
            title=f"Tip {self.tip}",
            body=f"rows up to {self.tip}",
            state="pending",
            description="d",
            comments=(Event("stopped", "s"),),
            reviewers=("ada",),
            reopen=reopen,
        )

    @rule()
    def record_pushes(self) -> None:
        self.tip += 1
        self.forge.ahead = True

    @rule(kinds=st.lists(st.sampled_from(["lost", "unanswered"]), max_size=5))
    def the_network_breaks(self, kinds: list[str]) -> None:
        self.forge.troubles = kinds

    @precondition(lambda self: self.forge.held)
    @rule(words=st.sampled_from(["Wait", "Why?", "See #3"]), above=st.booleans())
    def a_reviewer_writes_around_ours(self, words: str, *, above: bool) -> None:
        pull = self.forge.held[-1]
        body = f"{words}\n\n{pull.body}" if above else f"{pull.body}\n\n{words}"
        self.forge.held[-1] = replace(pull, body=body)
        self.words.setdefault(pull.number, []).append(words)

    @precondition(lambda self: self.forge.held)
    @rule()
    def a_reviewer_spoils_ours(self) -> None:
        pull = self.forge.held[-1]
        self.forge.held[-1] = replace(pull, body=pull.body.replace("rows", "cows"))

    @precondition(lambda self: self.forge.held and self.forge.held[-1].state == "open")
    @rule(merged=st.booleans())
    def a_reviewer_ends_it(self, *, merged: bool) -> None:
        pull = replace(self.forge.held[-1], state="closed", merged=merged)
        self.forge.held[-1] = pull
        self.forge.ahead = not merged

    @rule(reopen=st.booleans())
    def a_run_publishes(self, *, reopen: bool) -> None:
        before = self.forge.pulls(BRANCH)
        declined = bool(before) and before[0].state == "closed" and not before[0].merged
        try:
            done = publish(self.forge, self.story(reopen=reopen), pause=lambda _: None)
        except PublishError as err:
            told = str(err)
        else:
            self.it_stands(done.number)
            assert not declined or reopen
            return
        nothing_new = not self.forge.ahead and "No commits" in told
        assert nothing_new or (declined and (not reopen or "was lost" in told)), told

    def it_stands(self, number: int) -> None:
        pull = self.forge.pull(number)
        part = split_marked(pull.body, loop="x")
        assert (part.inside, part.tip) == (f"rows up to {self.tip}", f"{self.tip:040x}"[:8])
        assert pull.title == f"Tip {self.tip}"
        assert pull.state == "open"
        assert pull.labels == ("loop", "loop:x")
        assert self.forge.status[f"{self.tip:040x}"] == "pending"

    @invariant()
    def one_pull_request_is_open_at_most(self) -> None:
        assert sum(pull.state == "open" for pull in self.forge.held) <= 1

    @invariant()
    def only_the_last_one_is_open(self) -> None:
        assert all(pull.state == "closed" for pull in self.forge.held[:-1])

    @invariant()
    def people_keep_their_words(self) -> None:
        for number, words in self.words.items():
            body = self.forge.pull(number).body
            assert all(body.count(word) >= words.count(word) for word in words)

    @invariant()
    def our_part_is_there_once(self) -> None:
        assert all(pull.body.count("<!-- git-loop:begin") == 1 for pull in self.forge.held)


TestCampaigns = Campaigns.TestCase
TestCampaigns.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
