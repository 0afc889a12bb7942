"""Rows of the README's table: what the shipped loops gain, and how fast their models are."""

from typing import Any

from readme_row import TOLD, Ask, Results, Row, at_least, at_most, claim, fixed, likely, signed

CLAIMED = {"accept": "claimed by the gate"}


def kompress_gain(results: Results) -> Row:
    """Return the first iteration's claim."""
    row = results.campaign("kompress")[1]
    score, gate = row["heldout"]["exact_at_budget"], row["gate"]
    return Row(
        f"kompress, first iteration, {gate['n']} sealed cases: must-keep spans whole at 0.7 of the "
        "units (`exact_at_budget`)",
        f"{score['incumbent']:.3f} to {score['candidate']:.3f}, {gate['d']:+.3f} "
        f"({signed(gate['interval'])}): {CLAIMED.get(row['verdict'], row['verdict'])}",
        (claim("a claim", row["verdict"] == "accept"),),
    )


def kompress_natural(results: Results) -> Row:
    """Return what is kept of natural text."""
    before, after = results.campaign("kompress")[:2]
    silver, chance = before["heldout"], after["controls"]["random"]
    own = results.part("kompress-gold", "splits", "held out", "incumbent", "natural")
    return Row(
        "the same, own threshold, natural text: `exact_pct@natural` at `keep_rate@natural`",
        f"{own['exact_pct']:.3f} at {own['keep_rate']:.3f} (silver: "
        f"{silver['exact_pct@natural']['candidate']:.3f} at "
        f"{silver['keep_rate@natural']['candidate']:.3f}; keep at random: "
        f"{chance['exact_pct@natural']:.2f} at {chance['keep_rate@natural']:.2f})",
        (claim("0.99 at 0.70", own["exact_pct"] >= 0.99 and own["keep_rate"] <= 0.7),),  # noqa: PLR2004 - the bar
    )


def kompress_blind(results: Results) -> Row:
    """Return what is kept of families that nobody has seen."""
    arms = results.part("kompress-gold", "splits", "held out")
    own, gold, regex = (arms[name]["blind"] for name in ("incumbent", "gold", "regex_only"))
    why = "by the gold-trained one as well"
    return Row(
        "slot families that nobody has seen, `exact_pct@blind`, beside a model trained on the "
        "annotations",
        f"{fixed(own['exact_pct'])} at keep rate {own['keep_rate']:.2f}, the gold-trained "
        f"{gold['exact_pct']:.3f} at {gold['keep_rate']:.2f}; at the budget "
        f"{own['exact_at_budget']:.3f}, {gold['exact_at_budget']:.3f}; regex only "
        f"{fixed(regex['exact_pct'])}",
        (
            claim("above gold", own["exact_pct"] > gold["exact_pct"]),
            at_least(own["exact_pct"], 0.96, why=why),
        ),
    )


def kompress_delta(results: Results) -> Row:
    """Return what the override still adds."""
    delta = results.campaign("kompress")[1]["heldout"]["override_delta@dense"]
    return Row(
        "what the override still adds, `override_delta@dense`",
        f"{delta['incumbent']:.3f} to {delta['candidate']:.3f}",
        (at_most(delta["candidate"], 0, why=f"by {delta['candidate']:.3f}"),),
    )


def kompress_minutes(results: Results) -> Row:
    """Return what it takes from nothing."""
    alone = results.part("demo", "demo_cpu_s")
    loaded = sum(row["cost"]["wall_s"] for row in results.campaign("kompress")[:2])
    return Row(
        "from nothing to there: a baseline and one iteration, checks and gate included",
        f"{alone:.0f} s of one core; {loaded:.0f} s while others worked on the machine",
        (claim("3 iterations, 3 min of 2 cores", max(alone, loaded) <= 180),),  # noqa: PLR2004 - the bar
    )


def compress_short(results: Results) -> Row:
    """Return the speed on short texts."""
    found, peer = results.part("kompress", "short"), results.part("kompress", "machine", "peer")
    auto = found["minilm-auto"]
    return Row(
        f"tokens per CPU second beside LLMLingua-2's own `PromptCompressor` ({peer}), same MiniLM "
        "checkpoint, same texts, one thread: short texts",
        f"{auto['tokens_per_cpu_s']:,} against {found['peer']['tokens_per_cpu_s']:,}, "
        f"{auto['times_peer']:.1f} x (bf16){_other_ways(found)}",
        (at_least(auto["times_peer"], 8, "x"),),
    )


def compress_long(results: Results) -> Row:
    """Return the speed on a long one."""
    found = results.part("kompress", "long")
    auto = found["minilm-auto"]
    why = "there the peer pads nothing, and matrix products near the core's limit are what is left"
    return Row(
        f"the same, one document of {found['tokens']:,} tokens",
        f"{auto['tokens_per_cpu_s']:,} against {found['peer']['tokens_per_cpu_s']:,}, "
        f"{auto['times_peer']:.1f} x (bf16){_other_ways(found)}",
        (at_least(auto["times_peer"], 2.7, "x", why=why),),
    )


def _other_ways(found: dict[str, Any]) -> str:
    """Return how fast the same checkpoint is in its other forms, which a short run leaves out."""
    told = [
        f"{name} {fixed(found[way]['times_peer'], 1)} x"
        for way, name in (("minilm-fp32", "fp32"), ("minilm-int8", "ONNX int8"))
        if way in found
    ]
    return f"; {', '.join(told)}" if told else ""


def compress_default(results: Results) -> Row:
    """Return the speed of the model that ships."""
    found, quality = (results.part("kompress", name) for name in ("short", "quality"))
    own, peer = found["small-auto"], found["peer"]
    kept, theirs = quality["small-auto"], quality["peer"]
    return Row(
        "characters per CPU second of the default model, short texts",
        f"{own['chars_per_cpu_s']:,} against {peer['chars_per_cpu_s']:,}, "
        f"{own['times_peer']:.0f} x (bf16), with {kept['exact_pct']:.2f} of the spans whole at "
        f"keep rate {kept['keep_rate']:.2f} against {theirs['exact_pct']:.2f} at "
        f"{theirs['keep_rate']:.2f}",
        (at_least(own["times_peer"], 37, "x"),),
    )


def compress_latency(results: Results) -> Row:
    """Return what one input waits."""
    found = results.part("kompress", "latency")
    own, peer = found["small-auto"], found["peer"]
    return Row(
        "latency of one input of 2,000 tokens, default model, one thread",
        f"{own['p50_s']:.2f} s, p95 {own['p95_s']:.2f} s (LLMLingua-2 with MiniLM: "
        f"{peer['p50_s']:.2f} s)",
        (TOLD,),
    )


def compress_int8(results: Results) -> Row:
    """Return what eight bits change."""
    agree, quality = (results.part("kompress", name) for name in ("agreement", "quality"))
    eight, full = (quality[f"minilm-{name}"]["exact_pct"] for name in ("int8", "fp32"))
    why = f"by MiniLM, which loses no spans by it ({eight:.3f}, fp32 {full:.3f})"
    met = min(agree["small-int8"], agree["minilm-int8"]) >= 0.995  # noqa: PLR2004 - the bar
    return Row(
        "ONNX int8: decisions that agree with fp32",
        f"default {agree['small-int8']:.3f}, MiniLM {agree['minilm-int8']:.3f}",
        (claim("0.995", met, why=why),),
    )


def triage(results: Results) -> Row:
    """Return what a skill file came to."""
    found = results.part("text", "triage")
    before, after, bare = found["before"], found["after"], found["controls"]["empty"]
    edits = sum(verdict == "accept" for _, verdict, _ in found["rows"])
    pairs = {
        name: f"{before[name]:.3f} to {after[name]:.3f}"
        for name in ("agreement", "agreement@seen", "agreement@unseen")
    }
    return Row(
        f"`triage`, a skill file in {edits} accepted edits: agreement on 240 held-out logs that "
        "nobody had looked at",
        f"{pairs['agreement']}; of message families that train has {pairs['agreement@seen']}, of "
        f"others {pairs['agreement@unseen']} (no instructions: {bare['agreement']:.3f})",
        (
            at_least(
                after["agreement"],
                0.9,
                why="rules learned by wording do not carry to other wordings",
            ),
        ),
    )


def distil(results: Results) -> Row:
    """Return what distilled verdicts came to."""
    found = results.part("text", "commands")
    after, controls = found["after"], found["controls"]
    claims = sum(verdict == "accept" for _, verdict, _ in found["rows"])
    iterations = len(found["rows"]) - 1
    return Row(
        "`commands`, gold verdicts distilled into a prompt: agreement on 158 redrawn held-out "
        f"command lines, {iterations} iterations",
        f"{found['before']['agreement']:.3f} to {after['agreement']:.3f}, p = "
        f"{likely(found['p_of_the_last_claim'])} for the last of {claims} claims; of the attacks "
        f"{100 * after['safe@redteam']:.0f} % are safe, placebo "
        f"{controls['placebo']['agreement']:.3f}, the teacher agrees with itself by "
        f"{controls['teacher']['agreement']:.3f}",
        (at_least(after["agreement"], 0.9),),
    )


def endpoint_overhead(results: Results) -> Row:
    """Return what a search costs beside its answers."""
    found, version = results.part("text", "overhead"), results.part("text", "machine", "gepa")
    return Row(
        "what the engine adds to one metric call of a search, beside `gepa` "
        f"{version} alone in the same run",
        f"{found['git_loop_us_per_call']:.0f} µs, `gepa` alone {found['gepa_us_per_call']:.0f} µs",
        (at_most(found["git_loop_us_per_call"], 100, "µs"),),
    )


def check_stage(results: Results) -> Row:
    """Return how fast answers are judged."""
    found = results.part("text", "check_stage")
    return Row(
        "scripted answers through a whole check stage: child, answers, scores, traces, seals, "
        f"{found['cases']:,} cases",
        f"{found['calls_per_s']:,} per s, worst round {found['calls_per_s_worst']:,}",
        (at_least(found["calls_per_s"], found["bar"], "per s"),),
    )


def endpoint_latency(results: Results) -> Row:
    """Return what waiting at once saves."""
    found = results.part("text", "latency")
    return Row(
        f"{found['requests']} answers of an endpoint that takes {1000 * found['delay_s']:.0f} ms, "
        f"{found['concurrency']} at once, against {found['ideal_s']:.2f} s of waiting alone",
        f"{found['ours_s']:.2f} s, {found['times_ideal']:.1f} x (bare sockets "
        f"{found['bare_s']:.2f} s)",
        (at_most(found["times_ideal"], 2, "x"),),
    )


FAMILY: tuple[Ask, ...] = (
    kompress_gain,
    kompress_natural,
    kompress_blind,
    kompress_delta,
    kompress_minutes,
    compress_short,
    compress_long,
    compress_default,
    compress_latency,
    compress_int8,
    triage,
    distil,
)
TEXT: tuple[Ask, ...] = (endpoint_overhead, check_stage, endpoint_latency)
