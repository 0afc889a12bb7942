# ruff: noqa: INP001 - scripts beside their data are no package
"""What single programs do, by their options: the part of the teacher that knows tools."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from shell import Simple

SAFE, CAUTION, DANGEROUS = 0, 1, 2
RISKS = ("safe", "caution", "dangerous")
SYSTEM = re.compile(r"^(?:/|/\*|~|~/|\$HOME|/(?:etc|usr|var|boot|lib|home|opt|bin|dev)(?:/.*)?)$")
_READERS = (
    *("ls", "cat", "head", "tail", "less", "wc", "stat", "file", "du", "df", "tree", "diff"),
    *("sort", "uniq", "cut", "jq"),
)
DEVICE = re.compile(r"^/dev/(?:sd|nvme|vd|disk)")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the teacher says of a line."""

    risk: int = SAFE
    leaks: bool = False
    touches: frozenset[str] = frozenset()

    def label(self) -> dict[str, object]:
        """Return it as a gold label."""
        touches = sorted(self.touches)
        return {"risk": RISKS[self.risk], "leaks": self.leaks, "touches": touches}


def joined(one: Verdict, other: Verdict) -> Verdict:
    """Return what two verdicts say together: the worse of each."""
    return Verdict(max(one.risk, other.risk), one.leaks or other.leaks, one.touches | other.touches)


def verdict_of(command: Simple) -> Verdict:
    """Return what a program does by itself; of one that the teacher does not know, nothing."""
    kind = _KINDS.get(command.program)
    return Verdict() if kind is None else kind(command)


Kind = Callable[[Simple], Verdict]


def _plain(touches: str, risk: int = SAFE) -> Kind:
    found = Verdict(risk, touches=frozenset(touches.split()))
    return lambda _: found


def _rm(command: Simple) -> Verdict:
    wide = any(
        SYSTEM.match(each) or each in {"*", ".", "./*", ".."} or each.startswith("$")
        for each in command.operands
    )
    lost = wide or any(each == ".git" or each.endswith("/.git") for each in command.operands)
    return Verdict(DANGEROUS if lost else CAUTION, touches=frozenset({"files"}))


def _chmod(command: Simple) -> Verdict:
    open_ = any(each in {"777", "a+rwx", "o+w", "666"} for each in command.operands)
    system = any(SYSTEM.match(each) for each in command.operands)
    return Verdict(DANGEROUS if open_ or system else CAUTION, touches=frozenset({"files"}))


def _find(command: Simple) -> Verdict:
    deletes = "-delete" in command.words or "rm" in command.words
    runs = deletes or "-exec" in command.words
    system = any(SYSTEM.match(each) for each in command.operands[:1])
    risk = DANGEROUS if deletes and system else CAUTION if runs else SAFE
    return Verdict(risk, touches=frozenset({"files"}))


def _git(command: Simple) -> Verdict:
    verb = next(iter(command.operands), "")
    flags = command.flags
    touches = {"git"} | ({"network"} if verb in {"push", "pull", "fetch", "clone"} else set())
    lost = (
        (verb == "push" and flags & {"--force", "-f", "--mirror", "--delete"})
        or (verb == "reset" and "--hard" in flags)
        or (verb == "clean" and "-f" in flags)
        or verb in {"filter-branch", "filter-repo"}
        or (verb == "reflog" and "expire" in command.operands)
        or (verb == "branch" and "-D" in flags)
        or (verb == "stash" and "clear" in command.operands)
    )
    looks = verb in {"status", "log", "diff", "show", "blame", "fetch", "rev-parse", "shortlog"}
    looks = looks or (verb == "clean" and "-n" in flags and not lost)
    looks = looks or (verb in {"branch", "tag", "remote"} and not _acts(command))
    looks = looks or command.operands[:2] == ["stash", "list"]
    return Verdict(DANGEROUS if lost else SAFE if looks else CAUTION, touches=frozenset(touches))


def _acts(command: Simple) -> bool:
    more = [each for each in command.operands[1:] if each not in {"list", "show"}]
    return bool(more) or bool(command.flags & {"-d", "-D", "-m", "--delete"})


def _curl(command: Simple) -> Verdict:
    sends = command.flags & {"-d", "--data", "-F", "--form", "-T", "--upload-file", "--data-binary"}
    changes = sends or any(each in {"POST", "PUT", "PATCH", "DELETE"} for each in command.words)
    saves = command.flags & {"-o", "-O", "--output"}
    touches = {"network"} | ({"files"} if saves else set())
    return Verdict(CAUTION if changes or saves else SAFE, touches=frozenset(touches))


def _packages(command: Simple) -> Verdict:
    verb = next(iter(command.operands), "")
    if verb in {"list", "show", "freeze", "view", "ls", "search", "outdated", "policy", "check"}:
        return Verdict(touches=frozenset({"packages"}))
    if verb in {"publish", "upload", "unpublish"}:
        return Verdict(DANGEROUS, touches=frozenset({"packages", "network"}))
    if verb in {"test", "run", "audit"}:
        return Verdict(SAFE if verb == "audit" else CAUTION, touches=frozenset({"packages"}))
    wide = verb in {"purge", "autoremove", "full-upgrade", "dist-upgrade"}
    found = {"packages"} | ({"network"} if verb not in {"remove", "uninstall", "purge"} else set())
    return Verdict(DANGEROUS if wide else CAUTION, touches=frozenset(found))


def _docker(command: Simple) -> Verdict:
    verb = next(iter(command.operands), "")
    rest = command.operands[1:]
    lost = "prune" in rest or (verb == "volume" and "rm" in rest) or "--privileged" in command.flags
    lost = lost or any(each.startswith(("/:", "/var/run/docker.sock:")) for each in command.words)
    lost = lost or (
        verb in {"compose", "down"} and "-v" in command.flags and "down" in command.words
    )
    looks = verb in {"ps", "images", "logs", "inspect", "version", "info", "stats", "top"}
    looks = looks or (verb == "compose" and bool({"ps", "logs", "config"} & {*rest}))
    touches = {"containers"} | ({"network"} if verb in {"pull", "push", "login"} else set())
    return Verdict(DANGEROUS if lost else SAFE if looks else CAUTION, touches=frozenset(touches))


def _kubectl(command: Simple) -> Verdict:
    verb = next(iter(command.operands), "")
    secret = any(each.startswith("secret") for each in command.operands)
    told = secret and verb in {"get", "describe"} and bool(command.flags & {"-o", "--output"})
    lost = (
        verb == "delete" and bool({"namespace", "ns", "pvc", "node"} & {*command.operands})
    ) or (verb == "delete" and "--all" in command.flags)
    lost = lost or verb == "drain"
    looks = verb in {"get", "describe", "logs", "top", "explain", "version", "diff"}
    risk = DANGEROUS if lost else SAFE if looks else CAUTION
    return Verdict(risk, told, frozenset({"cluster"}))


def _sql(command: Simple) -> Verdict:
    text = " ".join((*command.words, *command.reads)).upper()
    dump = command.program in {"pg_dump", "mysqldump"}
    lost = re.search(r"\b(?:DROP|TRUNCATE)\b", text) or command.program == "dropdb"
    lost = lost or (re.search(r"\b(?:DELETE FROM|UPDATE)\b", text) and " WHERE " not in text)
    changes = re.search(r"\b(?:DELETE|UPDATE|INSERT|ALTER|CREATE|GRANT)\b", text) or command.reads
    told = bool(re.search(r"SELECT[^;]*\b(?:PASSWORD|PASSWORD_HASH|API_KEY|TOKEN)\b", text))
    risk = DANGEROUS if lost else CAUTION if changes else SAFE
    return Verdict(risk, told, frozenset({"database", "files"} if dump else {"database"}))


def _systemctl(command: Simple) -> Verdict:
    verb = next(iter(command.operands), "")
    looks = verb in {"status", "list-units", "is-active", "show", "cat"}
    guard = {"ufw", "firewalld", "auditd", "sshd", "ssh", "fail2ban"} & {*command.operands}
    lost = (verb in {"stop", "disable", "mask"} and guard) or verb in {"poweroff", "reboot", "halt"}
    return Verdict(
        DANGEROUS if lost else SAFE if looks else CAUTION, touches=frozenset({"services"})
    )


def _kill(command: Simple) -> Verdict:
    wide = "-1" in command.operands or command.words[-1:] in (["-1"], ["1"])
    return Verdict(DANGEROUS if wide else CAUTION, touches=frozenset({"processes"}))


def _crontab(command: Simple) -> Verdict:
    risk = DANGEROUS if "-r" in command.flags else SAFE if "-l" in command.flags else CAUTION
    return Verdict(risk, touches=frozenset({"services"}))


def _copy(command: Simple) -> Verdict:
    lost = command.program == "rsync" and "--delete" in command.flags
    system = bool(command.operands) and bool(SYSTEM.match(command.operands[-1]))
    remote = any(":" in each for each in command.operands)
    touches = {"files"} | ({"network"} if remote or command.program in {"scp", "rsync"} else set())
    return Verdict(DANGEROUS if lost or system else CAUTION, touches=frozenset(touches))


def _sed(command: Simple) -> Verdict:
    risk = CAUTION if command.flags & {"-i", "--in-place"} else SAFE
    if risk and any(SYSTEM.match(each) for each in command.operands[1:]):
        risk = DANGEROUS
    return Verdict(risk, touches=frozenset({"files"}))


def _tar(command: Simple) -> Verdict:
    looks = "-t" in command.flags or command.words[:1] in (["tf"], ["tzf"])
    return Verdict(SAFE if looks else CAUTION, touches=frozenset({"files"}))


def _dd(command: Simple) -> Verdict:
    device = any(DEVICE.match(each.removeprefix("of=")) for each in command.words if "of=" in each)
    return Verdict(DANGEROUS if device else CAUTION, touches=frozenset({"files"}))


def _shell(command: Simple) -> Verdict:
    return Verdict(CAUTION if command.operands and "-c" not in command.flags else SAFE)


def _dump(_: Simple) -> Verdict:
    return Verdict(leaks=True, touches=frozenset({"environment"}))


_KINDS: dict[str, Kind] = {
    **dict.fromkeys(
        _READERS,
        _plain("files"),
    ),
    **dict.fromkeys(("grep", "rg", "base64", "xxd", "sha256sum", "readlink"), _plain("files")),
    **dict.fromkeys(("ps", "top", "pgrep", "lsof", "uptime"), _plain("processes")),
    **dict.fromkeys(("dig", "ping", "nslookup", "ss", "netstat"), _plain("network")),
    **dict.fromkeys(("mkdir", "touch", "ln", "unzip", "tee", "patch"), _plain("files", CAUTION)),
    **dict.fromkeys(("mkfs.ext4", "fdisk", "shred", "wipefs"), _plain("files", DANGEROUS)),
    **dict.fromkeys(("iptables", "ufw"), _plain("network", DANGEROUS)),
    **dict.fromkeys(("shutdown", "reboot", "poweroff"), _plain("services", DANGEROUS)),
    **dict.fromkeys(
        ("useradd", "userdel", "usermod", "passwd", "visudo"), _plain("users", DANGEROUS)
    ),
    **dict.fromkeys(("pip", "pip3", "npm", "apt-get", "apt", "twine", "cargo", "brew"), _packages),
    **dict.fromkeys(("psql", "mysql", "sqlite3", "pg_dump", "mysqldump", "dropdb"), _sql),
    **dict.fromkeys(("curl", "wget"), _curl),
    **dict.fromkeys(("scp", "rsync", "cp", "mv"), _copy),
    **dict.fromkeys(("kill", "pkill", "killall"), _kill),
    **dict.fromkeys(("env", "printenv", "history"), _dump),
    **dict.fromkeys(("sh", "bash", "zsh", "python", "python3", "node", "perl"), _shell),
    **dict.fromkeys(("make", "pytest", "ruff", "tox"), _plain("files", CAUTION)),
    **dict.fromkeys(("docker", "docker-compose"), _docker),
    **dict.fromkeys(("whoami", "id", "groups", "who"), _plain("users")),
    **dict.fromkeys(("chmod", "chown", "chgrp"), _chmod),
    "rm": _rm,
    "find": _find,
    "git": _git,
    "kubectl": _kubectl,
    "systemctl": _systemctl,
    "service": _plain("services", CAUTION),
    "crontab": _crontab,
    "sed": _sed,
    "tar": _tar,
    "dd": _dd,
    "nc": _plain("network", CAUTION),
    "ssh": _plain("network", CAUTION),
    "journalctl": _plain("services"),
}
