"""Rows of the README's table: loops whose models act, and the harness that they act in."""

from statistics import median
from typing import Any

from readme_row import (
    TOLD,
    Aim,
    Ask,
    Results,
    Row,
    at_least,
    at_most,
    claim,
    fixed,
    likely,
    signed,
    span,
)

WHICHEVER = Aim("told whichever way")


def experience_turn(results: Results) -> Row:
    """Return what one turn gains."""
    found = results.part("experience", "turn")
    broken = span([each["heldout_after"]["guard_break_rate"] for each in found["each"]])
    claims = sum(each["verdicts"][-1] == "accept" for each in found["each"])
    pairs = {
        name: " to ".join(
            fixed(median(each[at][name] for each in found["each"]))
            for at in ("heldout_before", "heldout_after")
        )
        for name in ("greedy_partial", "guard_break_rate", "partial@unseen")
    }
    return Row(
        "`experience`, one turn of a model of 0.56 million parameters pretrained here: `partial` "
        "on 320 sealed tasks, four attempts each at temperature 0.8; medians of three seeds",
        f"{found['median']['before']:.3f} to {found['median']['after']:.3f}, "
        f"{found['median']['ratio']:.1f} x ({span([e['ratio'] for e in found['each']], '.1f')} x; "
        "lower ends of the 95 % intervals "
        f"{span([e['low'] for e in found['each']], '+.2f')}): claimed by the gate with {claims} of "
        f"{len(found['each'])} seeds; greedy {pairs['greedy_partial']}, "
        f"guards broken {pairs['guard_break_rate']} ({broken}), templates that nobody "
        f"trained on {pairs['partial@unseen']}",
        (
            at_least(found["median"]["ratio"], found["bar"]["ratio"], "x"),
            claim("guards and greedy not worse", found["holds"]["guards_hold"]),
        ),
    )


def experience_minutes(results: Results) -> Row:
    """Return what a turn takes from nothing."""
    turn, demo = (results.part("experience", name)["median"] for name in ("turn", "demo"))
    return Row(
        "the same from nothing: base, baseline, turn, checks and gate; `experience-demo`, 0.15 "
        "million, one seed",
        f"{turn['wall_s']:.0f} s of two cores; {demo['wall_s']:.0f} s, {demo['before']:.3f} to "
        f"{demo['after']:.3f}",
        (at_most(turn["wall_s"] / 60, 8, "min"), at_most(demo["wall_s"] / 60, 3, "min")),
    )


def experience_second(results: Results) -> Row:
    """Return what a second turn adds."""
    row = results.campaign("experience")[2]
    scores, gate = row["heldout"], row["gate"]
    partial, unseen = scores["partial"], scores["partial@unseen"]
    first = results.campaign("experience")[1]["heldout"]
    return Row(
        "the same loop's second turn, from the first's model and the rows of both; a campaign "
        "until its stop rule ended it ([kept](docs/examples/experience/README.md))",
        f"{first['partial']['candidate']:.3f} to {partial['candidate']:.3f}, {gate['d']:+.3f} "
        f"({signed(gate['interval'])}), p = {likely(gate['p'])}, unseen templates "
        f"{first['partial@unseen']['candidate']:.3f} to {unseen['candidate']:.3f}",
        (claim("moves; the naive one was flat", row["verdict"] == "accept"),),
    )


def experience_cohorts(results: Results) -> Row:
    """Return what the choice of attempts is worth."""
    found = results.part("experience", "studies", "cohorts")
    gains = [_cohort(found, name)["gain"]["mean"] for name in ("high", "random", "low")]
    gaps = {gap["equal"]: gap["difference"] for gap in found["gaps"]}
    apart = [
        f"{gaps[equal]['mean']:+.3f} ({signed(gaps[equal]['interval'])})"
        for equal in ("rows", "tokens")
    ]
    return Row(
        "trained on the best, any, the worst of the base's attempts, equal rows, three seeds, "
        "`experience-demo` on 400 fresh tasks: less the base",
        f"{', '.join(f'{gain:+.3f}' for gain in gains)}; best less worst {apart[0]}, at equal "
        f"tokens {apart[1]}",
        (claim("intervals that do not touch", all(gap["apart"] for gap in found["gaps"])),),
    )


def _cohort(found: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a cohort of as many rows as the others."""
    own: dict[str, Any] = next(
        each for each in found["cohorts"] if (each["name"], each["equal"]) == (name, "rows")
    )
    return own


def rollouts(results: Results) -> Row:
    """Return how fast conversations are held."""
    found = results.part("experience", "rollouts")
    version = results.part("experience", "rollouts", "machine", "transformers")
    sampled, greedy = found["sampled"], found["greedy"]
    padded = [each["times_padded"] for each in (sampled, greedy)]
    alike = "the same tokens" if greedy["alike"] == 1 else f"{greedy['alike']:.3f} of tokens alike"
    why = "attention over the padded region and the linear layers are what is left"
    return Row(
        f"conversations of {greedy['engine']['turns']:.1f} turns with tools per CPU second, one "
        f"thread, {found['parameters'] / 1e6:.2f} million parameters, against `generate` of "
        f"transformers {version} called turn by turn; {found['rounds']} rounds",
        f"sampled {sampled['times_naive']:.1f} x, greedy {greedy['times_naive']:.1f} x, {alike} "
        f"(padded `generate` is {span(padded, '.1f')} x slower than ours)",
        (at_least(min(sampled["times_naive"], greedy["times_naive"]), 10, "x", why=why),),
    )


def looper_harness(results: Results) -> Row:
    """Return what switches gain."""
    rows = results.campaign("looper-harness")
    accepted = [row for row in rows if row["verdict"] == "accept"]
    first, last = (row["heldout"]["resolved"]["candidate"] for row in (rows[0], accepted[-1]))
    losses = sum(row["gate"]["losses"] for row in accepted)
    return Row(
        "`looper-harness`, scripted agents of known skill and faults on 252 sealed bugs of ten "
        "packages, one switch per iteration ([kept](docs/examples/looper-harness/README.md))",
        f"{first:.3f} to {last:.3f}, {len(accepted)} claims, {losses or 'no'} loss; each row is "
        "the closed form's number exactly",
        (Aim("the document's 0.08 to 0.27 in shape"),),
    )


def looper_skill(results: Results) -> Row:
    """Return what adapters gain."""
    claims = [row for row in results.campaign("looper-skill") if row["verdict"] == "accept"]
    score, gate = claims[0]["heldout"]["resolved"], claims[0]["gate"]
    more = " and ".join(
        f"{row['gate']['d']:+.3f} (p = {likely(row['gate']['p'])})" for row in claims[1:]
    )
    return Row(
        "`looper-skill`, one adapter on what a model of 0.4 million parameters resolved itself, "
        "320 sealed tasks, temperature 0.7, one seed; a campaign until its stop rule ended it "
        "([kept](docs/examples/looper-skill/README.md))",
        f"{score['incumbent']:.3f} to {score['candidate']:.3f}, {gate['d']:+.3f} "
        f"({signed(gate['interval'])}), p = {likely(gate['p'])}; then {more}, "
        f"{claims[-1]['heldout']['resolved']['candidate']:.3f} in the end",
        (WHICHEVER,),
    )


def looper_arms(results: Results) -> Row:
    """Return which way of training helps."""
    arms = {each["name"]: each for each in results.part("looper-arms", "transfers")}
    gold, few, many, expert = (
        arms[name] for name in ("gold diffs", "18 episodes", "episodes", "experts, one per task")
    )
    told = [f"{each['difference']:+.3f} ({signed(each['bounds'])})" for each in (many, expert)]
    return Row(
        "the same by arm, greedily on 240 dev tasks: gold diffs or questions, 18 episodes, "
        f"{many['rows']} episodes, one expert per task",
        f"{gold['difference']:+.3f}, {few['difference']:+.3f}, {told[0]}, {told[1]}",
        (WHICHEVER,),
    )


def looper_speed(results: Results) -> Row:
    """Return what the harness and its judge take."""
    grading, harness = (results.part("looper", name) for name in ("grading", "overhead"))
    worst = max(harness["ms_per_answer"].values())
    return Row(
        "hidden tests of repairs, two processes; harness per answer",
        f"{grading['attempts_per_s']:.1f} attempts per s, worst round "
        f"{grading['attempts_per_s_worst']:.1f}; at most {worst:.1f} ms",
        (TOLD, at_most(worst, 5, "ms")),
    )


def looper_edit(results: Results) -> Row:
    """Return what finding a passage that is not quite quoted takes."""
    edit = results.part("looper", "edit")
    return Row(
        f"fuzzy edit of {edit['lines']:,} lines, beside the original's way",
        f"{edit['fuzzy_ms']:.0f} ms, {edit['times_faster']} x faster",
        (at_most(edit["fuzzy_ms"], 50, "ms"),),
    )


def looper_faults(results: Results) -> Row:
    """Return whether each switch cures its own fault."""
    found, thief = results.part("looper", "ablation"), results.part("looper", "controls")
    cells = sum(len(each) for each in found["resolved"].values())
    unlike = len(found["unlike_the_closed_form"])
    stolen = sorted({told for who, told in thief["resolved"].items() if who.startswith("leaker")})
    return Row(
        "faults of scripted agents by harnesses of one switch, all, all but one, attempted: each "
        "switch cures its own fault and no other ([table](docs/looper.md#a-harness-without-a-model)"
        "); an agent that hunts for the key",
        f"{cells - unlike} of {cells} as the closed form says; {', '.join(stolen)} resolved",
        (claim("all", unlike == 0), claim("0", all(told.startswith("0 of ") for told in stolen))),
    )


def looper_defects(results: Results) -> Row:
    """Return what became of the original's defects."""
    defects, fuzz = (results.part("looper", name) for name in ("defects", "fuzz"))
    crashes = fuzz["crashes"]
    return Row(
        "defects of the original harness with a regression test; spoilt answers through the parser",
        f"{defects['mended']}; {fuzz['answers']:,} in {fuzz['seconds']:.2f} s, "
        f"{crashes or 'no'} crash",
        (claim("7", defects["holds"]), claim("no crash", crashes == 0)),
    )


def mcp(results: Results) -> Row:
    """Return how fast tools answer."""
    found = results.part("experience", "mcp")
    return Row(
        "calls per second of an MCP client, over stdio, on the office",
        f"{found['calls_per_s']:,}, worst round {found['calls_per_s_worst']:,}",
        (at_least(found["calls_per_s"], found["bar"]["calls_per_s"]),),
    )


AGENT: tuple[Ask, ...] = (
    experience_turn,
    experience_minutes,
    experience_second,
    experience_cohorts,
    rollouts,
    looper_harness,
    looper_skill,
    looper_arms,
    looper_speed,
    looper_edit,
    looper_faults,
    looper_defects,
    mcp,
)
