"""What schemathesis loads before it starts: the exclusions, a count of the answers, and an end with its parent."""

import atexit
from collections import Counter
import json
import os
from pathlib import Path
import signal
import threading
import time

import schemathesis

import exclusions  # noqa: F401

STATUSES = Counter()


@schemathesis.hook
def after_call(context, case, response):
    STATUSES[response.status_code] += 1


@atexit.register
def write_statuses():
    Path(os.environ["STATUSES_FILE"]).write_text(json.dumps(STATUSES, sort_keys=True))


def end_with_parent():
    """A parent that was killed can stop neither this nor its server."""
    parent = int(os.environ["PARENT_PID"])
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(int(os.environ["SERVER_PID"]), signal.SIGKILL)
    os._exit(1)


threading.Thread(target=end_with_parent, daemon=True).start()
