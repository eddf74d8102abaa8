"""Plays one recording: replay.py as the server, replay-driver as the client.

What both said afterwards is a Played; nothing is judged here."""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("WINCH_SHARED") or os.path.join(os.path.dirname(TOP), "shared")
REPLAY = os.path.join(SHARED, "replay")
SERVER = os.path.join(REPLAY, "replay.py")
KEY = "fixed_key.json"
RECORDINGS = os.path.join(REPLAY, "recordings")
DRIVER = os.path.join(os.environ.get("WINCH_BUILD", os.path.join(TOP, "build")),
                      "tests", "replay", "replay-driver")
PATIENCE_S = 60


def here():
    return os.path.isfile(SERVER)


def index():
    """What INDEX.json says, by name."""
    with open(os.path.join(RECORDINGS, "INDEX.json"), encoding="utf-8") as f:
        return {entry["name"]: entry for entry in json.load(f)}


def scripts(name):
    """The script of each pipeline of the recording that begins with one."""
    found = []
    for step in index()[name]["steps"]:
        for message in step.get("messages", []):
            command = message.get("statements", [[{}]])[0][0]
            text = command.get("script")
            if isinstance(text, dict):
                path = os.path.join(RECORDINGS, text["file"])
                with open(path, encoding="utf-8", newline="") as f:
                    text = f.read()
            if text is not None:
                found.append(text)
    return found


def statements(name):
    """The script of each statement of the recording's pipeline that is one."""
    [message] = [m for step in index()[name]["steps"] for m in step.get("messages", [])
                 if m["type"] == "CREATE_PIPELINE"]
    return [s[0]["script"] for s in message["statements"] if "script" in s[0]]


class Played:
    """status, errors, events: of the driver; server_status, report, noise: of the server."""

    def __init__(self, driver, server_status, report, noise):
        self.status, self.errors = driver.returncode, driver.stderr
        self.events = [json.loads(line) for line in driver.stdout.splitlines()]
        self.server_status, self.report, self.noise = server_status, report, noise

    def of(self, event):
        return [e for e in self.events if e["event"] == event]

    def values(self, event):
        return [e["value"] for e in self.of(event)]


def _recording(name, amend, folder):
    """Its path; amended in a copy: amend takes and changes the list of exchanges."""
    path = os.path.join(RECORDINGS, name + ".json")
    if not amend:
        return path
    with open(path, encoding="utf-8") as f:
        recording = json.load(f)
    amend(recording["exchanges"])
    path = os.path.join(folder, name + ".json")
    with open(path, "w", encoding="utf-8") as f:
        json.dump(recording, f)
    shutil.copy(os.path.join(RECORDINGS, KEY), folder)  # the server looks for it beside the recording
    return path


def _end(server):
    """Its status: it reports when it is told to end, and the driver sends nothing more."""
    server.send_signal(signal.SIGTERM)
    try:
        return server.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        server.kill()
        return server.wait()


def play(name, steps, amend=None):
    """steps: the driver's lines, as README says."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as noise:
        report = os.path.join(folder, "report.json")
        server = subprocess.Popen(
            [sys.executable, "-B", SERVER, _recording(name, amend, folder), "--port", "0",
             "--strict", "--idle", str(2 * PATIENCE_S), "--linger", str(2 * PATIENCE_S),
             "--report", report],
            stdout=subprocess.PIPE, stderr=noise, text=True)
        try:
            url = json.loads(server.stdout.readline())["url"]
            driver = subprocess.run([DRIVER, url], input="\n".join(steps) + "\n", text=True,
                                    capture_output=True, timeout=PATIENCE_S, encoding="utf-8")
        finally:
            status = _end(server)
            server.stdout.close()
        noise.seek(0)
        with open(report, encoding="utf-8") as f:
            return Played(driver, status, json.load(f), noise.read().decode("utf-8", "replace"))
