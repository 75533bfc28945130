"""A contender's process: runs one function and prints what it answers."""

import asyncio
import inspect
import json
import os
import sys
from importlib import import_module
from threading import Thread

import uvloop


def end_with_parent() -> None:
    """Ends this process when the one that started it has ended."""

    def watch() -> None:
        sys.stdin.read()
        os._exit(1)

    Thread(target=watch, daemon=True).start()


def main() -> None:
    """``python -m benchmarks.child module:function '{"arguments": ...}'``"""
    target, arguments = sys.argv[1:]
    module, _, name = target.partition(":")
    end_with_parent()
    answer = getattr(import_module(module), name)(**json.loads(arguments))
    if inspect.iscoroutine(answer):
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            answer = runner.run(answer)
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
