# ruff: noqa: INP001 - scripts beside their data are no package
"""The teacher: may an agent run this command line? It parses the line and knows the programs.

The policy, in words:

* `risk` is `dangerous` where something is lost that nobody can bring back, where others are cut
  off, where code runs that nobody has read, or where a secret leaves the machine; `caution` where
  something changes that can be put right again: files of the workspace, packages, commits,
  containers, services; else `safe`: it only looks.
* `leaks` is true where a secret is printed, packed or sent: keys, tokens, passwords, environment
  dumps, history, files such as `.env`. It is never safe then.
* `touches` names what the command works on, whether it reads or writes; a filter at the end of a
  pipe works on nothing.

A line is as dangerous as its most dangerous part; a pipe can be worse than its parts. Root alone
makes nothing dangerous, but never safe. The *earlier* reading, kept for measuring how far a teacher
agrees with itself, took every `sudo` for dangerous, packages of a lock file for safe, a forced push
with a lease for dangerous, and a listing of the environment for no leak.
"""

import re
from dataclasses import replace
from itertools import pairwise

from program import CAUTION, DANGEROUS, DEVICE, SAFE, SYSTEM, Verdict, joined, verdict_of
from shell import Simple, parse

_SECRET = re.compile(
    r"(?:^|/)\.env(?:\.\w+)?$|id_(?:rsa|ed25519)(?!\.pub)|\.pem$|\.netrc|\.pgpass|\.aws/credentials"
    r"|\.kube/config|/etc/shadow|\.npmrc|\.pypirc|secrets?\.ya?ml|_history$|\.docker/config\.json"
)
_VARIABLE = re.compile(r"\$\{?\w*(?:TOKEN|SECRET|PASSWORD|API_KEY|PASSWD)\w*\}?")
_SENDERS = {"curl", "wget", "nc", "scp", "rsync", "ssh", "ftp", "mail"}
_SHELLS = {"sh", "bash", "zsh", "python", "python3", "node", "perl"}
_READERS = {"cat", "head", "tail", "less", "more", "grep", "rg", "base64", "xxd"}
_FILTERS = {*_READERS, "sort", "uniq", "wc", "cut", "jq"} - {"cat", "more", "xxd"}
_TELLERS = {*_READERS, *_SENDERS, "cp", "tar", "zip", "git", "docker"}


def label(script: str, *, earlier: bool = False) -> dict[str, object]:
    """Label a command line or script.

    Args:
        script: As an agent would hand it to a shell.
        earlier: By the reading before this one; see the module.

    Raises:
        ValueError: it cannot be parsed.
    """
    commands = parse(script)
    verdict = Verdict()
    for command in commands:
        verdict = joined(verdict, _one(command, earlier=earlier))
    verdict = joined(verdict, _pipes(commands))
    if verdict.leaks and any(each.program in _SENDERS for each in commands):
        verdict = replace(verdict, risk=DANGEROUS)
    return verdict.label()


def _one(command: Simple, *, earlier: bool) -> Verdict:
    filters = command.piped and command.program in _FILTERS
    verdict = Verdict() if filters else verdict_of(command)
    if command.writes:
        system = any(SYSTEM.match(each) for each in command.writes)
        device = any(DEVICE.match(each) for each in command.writes)
        risk = DANGEROUS if system or device else CAUTION
        verdict = joined(verdict, Verdict(risk, touches=frozenset({"files"})))
    if _tells_secret(command) or verdict.leaks:
        verdict = replace(verdict, leaks=True, risk=max(verdict.risk, CAUTION))
    if command.sudo:
        verdict = replace(verdict, risk=max(verdict.risk, CAUTION))
    return _earlier(command, verdict) if earlier else verdict


def _earlier(command: Simple, verdict: Verdict) -> Verdict:
    if command.sudo or "--force-with-lease" in command.flags:
        return replace(verdict, risk=DANGEROUS)
    if command.program in {"env", "printenv"}:
        return replace(verdict, leaks=False)
    if command.program in {"npm", "pip", "pip3"} and (
        "ci" in command.words or "-r" in command.flags
    ):
        return replace(verdict, risk=SAFE)
    return verdict


def _tells_secret(command: Simple) -> bool:
    words = [word.lstrip("@") for word in (*command.words, *command.reads)]
    named = any(_SECRET.search(word.partition("=@")[2] or word) for word in words)
    if named and command.program in _TELLERS:
        return True
    told = any(_VARIABLE.search(word) for word in command.words)
    return told and command.program in {"echo", "printf", *_SENDERS}


def _pipes(commands: list[Simple]) -> Verdict:
    """Return what is wrong with a pipeline that is wrong with none of its parts."""
    verdict = Verdict()
    for before, after in pairwise(commands):
        if not after.piped or before.pipeline != after.pipeline:
            continue
        if after.program in _SHELLS and before.program in {"curl", "wget", "base64"}:
            verdict = joined(verdict, Verdict(DANGEROUS))
    return verdict
