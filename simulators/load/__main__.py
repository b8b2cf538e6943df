"""A load as a process of its own, with its plan from options and files."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import simulators.load as package
from simulators.load.plan import LoadPlan, ScriptedBreach
from simulators.load.run import load


def _plan_from(arguments: argparse.Namespace) -> LoadPlan:
    """Read the secrets and, where there is one, the rest of the plan."""
    secrets = json.loads(Path(arguments.secrets).read_text(encoding="utf-8"))
    chosen = dict(list(secrets.items())[: arguments.devices])
    more = json.loads(Path(arguments.plan).read_text("utf-8")) if arguments.plan else {}
    more["breaches"] = tuple(ScriptedBreach(**breach) for breach in more.get("breaches", ()))
    more["places"] = {name: (lon, lat) for name, (lon, lat) in more.get("places", {}).items()}
    return LoadPlan(
        host=arguments.host,
        port=arguments.port,
        secrets=chosen,
        rate_hz=arguments.rate,
        seconds=arguments.seconds,
        qos=arguments.qos,
        **more,
    )


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m simulators.load", description=package.__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=1883)
    parser.add_argument("--secrets", required=True, help="JSON file: secret by device id")
    parser.add_argument("--devices", type=int, default=None, help="the first N of them")
    parser.add_argument("--rate", type=float, default=1.0, help="messages/s of each device")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--qos", type=int, choices=(0, 1), default=0)
    parser.add_argument("--plan", help="JSON file: places, breaches and the rest of a plan")
    parser.add_argument("--times", help="write published_s and acknowledged_s to this .npz")
    parser.add_argument("--progress", action="store_true", help="a line a second on stderr")
    parser.add_argument("--json", action="store_true", help="the summary as JSON")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run a load as a process of its own."""
    arguments = _arguments().parse_args(argv)
    result = load(_plan_from(arguments), _say if arguments.progress else None)
    if arguments.times:
        result.write_times(Path(arguments.times))
    summary = result.summary()
    text = json.dumps(summary) if arguments.json else _lines(summary)
    sys.stdout.write(text + "\n")


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _lines(summary: Mapping[str, object]) -> str:
    return "\n".join(f"{name:>20}  {value}" for name, value in summary.items())


if __name__ == "__main__":
    main()
