"""Sends events from the standard input, one JSON object a line, as CloudEvents:

    pip install -r requirements.txt
    echo '{"id": "a1", "videoId": "cats", "type": "view"}' |
      TALLY_URL=http://localhost:8080 TALLY_KEY=wk_... python send.py

An event without a time happened now.

Every line is accounted for: accepted, rejected (with its number and the rule), or unresolved, when Tally could not be
reached. An event is named by its source and id, so a request that got no answer is sent again as it is, and counts
nothing twice. Unresolved events go to the standard output with the ids that they got: send that output again later.
Interrupted, it says from which line on nothing was sent, and what it holds is unresolved.
"""

from datetime import datetime, timezone
import json
import os
import random
import signal
import sys
import time
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
from uuid import uuid4

from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

URL = os.environ.get("TALLY_URL", "http://localhost:8080").rstrip("/") + "/v1/events"
KEY = os.environ.get("TALLY_KEY")
# The same whenever the same events are sent: it is a part of their name.
SOURCE = os.environ.get("TALLY_SOURCE", "/python-sender")

# Tally takes at most 1,000 events and 1 MiB in a request.
BATCH_EVENTS = 1_000
BATCH_BYTES = 1_000_000
ATTEMPTS = 6
TIMEOUT_S = 20
PAUSE_S_MAX = 30
SENT_AGAIN = {429, 500, 502, 503, 504}
DATA = ("value", "viewerId", "channelId", "attributes")

totals = {"accepted": 0, "rejected": 0, "unresolved": 0}


def to_json(event):
    """The event of a line as a CloudEvent. Raises ValueError if it cannot be one."""
    unknown = set(event) - {"id", "videoId", "type", "time", *DATA}
    if unknown:
        raise ValueError(f"unknown field {min(unknown)}")
    attributes = {
        "id": event["id"],
        "source": SOURCE,
        "type": event.get("type"),
        "subject": event.get("videoId"),
        "time": datetime.fromisoformat(event["time"]),
    }
    return JSONFormat().write(CloudEvent(attributes, {name: event[name] for name in DATA if name in event}))


def post(body):
    """The answer, or None if there was none in all attempts."""
    headers = {"content-type": "application/cloudevents-batch+json"}
    if KEY:
        headers["authorization"] = f"Bearer {KEY}"
    for attempt in range(1, ATTEMPTS + 1):
        pause_s = min(PAUSE_S_MAX, 0.2 * 2**attempt) * random.uniform(0.5, 1)
        try:
            with urlopen(Request(URL, body, headers), timeout=TIMEOUT_S) as answer:
                return json.load(answer)
        except HTTPError as error:
            why = f"{error.code} {error.reason}"
            if error.code == 422:  # not one event was accepted; the answer says why
                return json.load(error)
            if error.code not in SENT_AGAIN:
                print(f"{why}: {error.read().decode()}", file=sys.stderr)
                return None
            after = error.headers.get("retry-after", "")
            if after.isdecimal():
                pause_s = min(PAUSE_S_MAX, int(after)) + random.uniform(0, 0.2)
        except (URLError, OSError, ValueError) as error:
            why = str(error)
        print(f"attempt {attempt} of {ATTEMPTS}: {why}", file=sys.stderr)
        if attempt < ATTEMPTS:
            time.sleep(pause_s)
    return None


def reject(line, why):
    totals["rejected"] += 1
    print(f"line {line}: {why}", file=sys.stderr)


def leave(batch):
    """Hands out what may be sent again."""
    totals["unresolved"] += len(batch)
    for _, event, _ in batch:
        print(json.dumps(event))


def send(batch):
    if not batch:
        return
    answer = post(b"[" + b",".join(body for _, _, body in batch) + b"]")
    if answer is None:
        leave(batch)
        return
    totals["accepted"] += answer["accepted"]
    for rejected in answer["rejected"]:
        reject(batch[rejected["index"]][0], f"{rejected['code']}: {rejected['detail']}")


def send_all(lines):
    held, size, last = [], 0, 0
    try:
        for last, text in enumerate(lines, 1):
            try:
                now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
                event = {"id": str(uuid4()), "time": now, **json.loads(text)}
                body = to_json(event)
            except Exception as error:  # the SDK has errors of its own for what is not a CloudEvent
                reject(last, f"not an event: {error}")
                continue
            held.append((last, event, body))
            size += len(body) + 1
            if len(held) > BATCH_EVENTS or size > BATCH_BYTES:
                send(held[:-1])
                held, size = held[-1:], len(body) + 1
        send(held)
    except KeyboardInterrupt:
        leave(held)
        print(f"interrupted: lines after line {last} are not sent", file=sys.stderr)


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    send_all(sys.stdin)
    print(", ".join(f"{count} {name}" for name, count in totals.items()), file=sys.stderr)
    return 0 if totals["rejected"] + totals["unresolved"] == 0 else 1


sys.exit(main())
