"""Each recording that the session can play: what is done, and what must come of it.

What must come is INDEX.json's "expect"."""
import base64
import json
import re
import unittest

import player

OPENED, CLOSED = 2, 3  # enum winch_pool_state
COMPLETED, FAILED = 4, 5  # enum winch_pipeline_state
SET_SHOULD_EXIT, WRITE_PROGRESS, READ_KEY = 6, 20, 46  # MS-PSRP 2.2.3.17
NO_SUCH_COMMAND = 2150858843
TIMEOUT = -11  # WINCH_E_TIMEOUT
UNICODE = "\u3053\u3093\u306b\u3061\u306f - actual_x000A_string\nnewline: \U00010437"

# Where our requests may differ from those of the recorded client (an old pypsrp): what,
# recorded, ours.  Any other difference that the server tells is a failure.
EXPLAINED = [
    # 2.4 is offered; the hosts answered 2.2 and 2.3.
    (r"option protocolversion|value of /protocolversion", r"2\.3", r"2\.4"),
    # PowerShell writes ExtraCmds only where there is more than one statement.
    (r"property names differ", r"only recorded: /PowerShell/ExtraCmds", r"only client: "),
    # PowerShell's own default.
    (r"value of /PowerShell/RedirectShellErrorOutputPipe", "false", "true"),
]
# The end of a command that has told its end; PowerShell sends it, too.
TERMINATE = (r"not in the recording; answered by the replay itself", "", "")
FEWER_SENDS = (r"input is split over fewer Sends than recorded", "", "")
# Our host has a UI or is none at all.
HOST_UI = (r"value of /HostInfo/_isHostUINull", "true", "false")
# Ours come in PowerShell's order, the last first; the server compares the first of each kind.
DEFAULT_DATA = (r"value of /HostInfo/_hostDefaultData/data/.*", ".*", ".*")
# The recorded client asked with a time-out of its own.
OWN_TIMEOUT = (r"OperationTimeout", "PT5S", "PT20S")

# What is not played, and what it needs.
LATER = {
    "test_psrp_disconnect_runspaces": "Disconnect, Reconnect, Connect",
    "test_psrp_get_command_metadata": "GET_COMMAND_METADATA",
    "test_psrp_nested_command": "nested pipelines",
    "test_psrp_reset_runspace_state": "RESET_RUNSPACE_STATE",
    "test_psrp_set_runspaces": "SET_MAX_RUNSPACES and its like",
    "test_client_execute_cmd": "a cmd shell",
    "test_winrs_environment": "a cmd shell",
    "test_winrs_fail_poll_process": "a cmd shell",
    "test_winrs_noprofile": "a cmd shell",
    "test_winrs_operation_timeout": "a cmd shell",
    "test_winrs_send": "a cmd shell",
    "test_winrs_standard": "a cmd shell",
    "test_winrs_stderr_rc": "a cmd shell",
}

NO_HOST_OPEN = ["option host none", "open"]


def explained(finding, allowed):
    seen = [finding["what"], finding.get("recorded", ""), finding.get("client", "")]
    return any(all(re.fullmatch(*pair) for pair in zip(row, seen)) for row in allowed)


def script(text):
    return "script " + json.dumps(text)


def inputs(*values):
    return ["input " + json.dumps(value) for value in values]


class Recordings(unittest.TestCase):
    maxDiff = None
    before_open = []

    def setUp(self):
        if not player.here():
            self.skipTest("no recordings: no replay/ in the shared folder (WINCH_SHARED)")

    def play(self, name, steps, also=(), amend=None, driver_status=0):
        p = player.play(name, self.before_open + steps, amend)
        said = "%s\n%s\n%s" % (p.errors, p.noise, json.dumps(p.report, indent=1))
        self.assertEqual(driver_status, p.status, said)
        self.assertEqual(0, p.server_status, said)
        self.assertTrue(p.report["ok_strict"], said)
        allowed = EXPLAINED + list(also)
        self.assertEqual([], [f for f in p.report["findings"] if not explained(f, allowed)])
        return p

    def run_one(self, name, steps, before_open=(), **how):
        """One pipeline, in a pool that is opened before and closed after it."""
        p = self.play(name, [*before_open, *NO_HOST_OPEN, *steps, "run", "close"], **how)
        self.assert_closed(p)
        self.assertEqual(1, len(p.of("pipeline-state")))
        return p

    def assert_closed(self, p):
        self.assertEqual([CLOSED], [e["state"] for e in p.of("closed")])

    def assert_completed(self, p, *outputs):
        """Nothing went wrong, and these objects came."""
        self.assertEqual([COMPLETED], [e["state"] for e in p.of("pipeline-state")])
        self.assertEqual([], p.of("error"))
        self.assertEqual(list(outputs), p.values("output"))

    def test_psrp_open_runspace(self):
        p = self.play("test_psrp_open_runspace", NO_HOST_OPEN + ["close"])
        self.assertEqual([OPENED], [e["state"] for e in p.of("pool-state")])
        self.assert_closed(p)
        [private] = p.values("private-data")
        self.assertEqual("5.1.14393.2248", private["PSVersionTable"]["PSVersion"])
        self.assertEqual("2.3", private["PSVersionTable"]["PSRemotingProtocolVersion"])

    def test_client_execute_ps(self):
        p = self.run_one("test_client_execute_ps", [
            "command Invoke-Expression",
            "parameter Command " + json.dumps(
                "$serv = Get-Service -Name winrm; $serv.Name; $serv.Status; $serv"),
            "command Out-String", "parameter Stream true"])
        self.assert_completed(
            p, "winrm", "Running", "",
            "Status   Name               DisplayName                           ",
            "------   ----               -----------                           ",
            "Running  winrm              Windows Remote Management (WS-Manag...", "", "")

    def test_psrp_clear_commands(self):
        p = self.run_one("test_psrp_clear_commands", [script("echo new")])
        self.assert_completed(p, "new")

    def test_psrp_application_args(self):
        types = ["System.Management.Automation.PSPrimitiveDictionary",
                 "System.Collections.Hashtable", "System.Object"]
        arguments = {"$t": "Obj", "tn": types,
                     "v": {"$t": "DCT", "v": [["test_var", "abcdef12345"]]}}
        p = self.run_one("test_psrp_application_args",
                         [script("$PSSenderInfo.ApplicationArguments")],
                         before_open=["arguments " + json.dumps(arguments)])
        self.assert_completed(p, {"test_var": "abcdef12345"})

    def test_psrp_no_profile(self):
        p = self.run_one("test_psrp_no_profile", [script("$env:USERPROFILE.ToUpperInvariant()")],
                         before_open=["option no-profile true"])
        self.assert_completed(p, "C:\\WINDOWS\\SYSTEM32\\CONFIG\\SYSTEMPROFILE")

    def test_psrp_with_no_history(self):
        p = self.play("test_psrp_with_no_history", NO_HOST_OPEN + [
            script("Write-Output 1; Write-Output 2"), "run",
            script("Get-History"), "run", "close"], also=[TERMINATE])
        self.assertEqual([COMPLETED, COMPLETED], [e["state"] for e in p.of("pipeline-state")])
        first, second = [i for i, e in enumerate(p.events) if e["event"] == "pipeline-state"]
        self.assertEqual([1, 2], p.values("output"))
        self.assertEqual([], [e for e in p.events[first + 1:second] if e["event"] == "output"])

    def test_psrp_error_failed(self):
        name = "test_psrp_error_failed"
        p = self.run_one(name, [script(player.scripts(name)[0])])
        [end] = p.of("pipeline-state")
        self.assertEqual(FAILED, end["state"])
        self.assertEqual("error", end["value"]["Message"])
        self.assertEqual("Write-Error", end["value"]["CategoryInfo"]["Activity"])
        self.assertEqual(["before"], p.values("output"))
        self.assertEqual([], p.of("error"))

    def test_psrp_stream_no_output_invocation(self):
        name = "test_psrp_stream_no_output_invocation"
        p = self.run_one(name, ["set no-invocation-info", script(player.scripts(name)[0])],
                         before_open=["option typed true"])
        self.assertEqual([COMPLETED], [e["state"] for e in p.of("pipeline-state")])
        self.assertEqual(["output stream"], p.values("output"))
        serialized = {"debug": "InformationalRecord_SerializeInvocationInfo",
                      "verbose": "InformationalRecord_SerializeInvocationInfo",
                      "warning": "InformationalRecord_SerializeInvocationInfo",
                      "error": "SerializeExtendedInfo"}
        for stream, member in serialized.items():
            [record] = p.values(stream)
            self.assertEqual(stream + " stream", record["s"])
            self.assertIs(False, record["x"][member])
            self.assertEqual([], [n for n in record["x"] if n.startswith("InvocationInfo_")])
        [information] = p.values("information")
        self.assertEqual("information stream", information["x"]["MessageData"])
        self.assertEqual("Write-Information", information["x"]["Source"])

    def test_psrp_with_input(self):
        name, values = "test_psrp_with_input", ["1", 2, {"a": "b"}, ["a", "b"]]
        p = self.run_one(name, ["set input", script(player.scripts(name)[0]), *inputs(*values)])
        self.assert_completed(p, *values)
        self.assertEqual(["Start Block", "End Block"], p.values("debug"))

    def protocol(self, minor):
        name = "test_psrp_run_protocol_version_2.%d" % minor
        values = ["message 1", 2, ["3", 3]]
        p = self.run_one(name, ["set input", script(player.scripts(name)[0]), "merge 1 1",
                                *inputs(*values)])
        self.assertEqual([minor], [e["minor"] for e in p.of("opened")])
        error, *rest = p.values("output")
        self.assertEqual("error", error["Message"])
        self.assertEqual(values, rest)
        self.assertEqual(["Start Block", "End Block"], p.values("debug"))
        self.assertEqual([COMPLETED], [e["state"] for e in p.of("pipeline-state")])

    def test_psrp_run_protocol_version_2_2(self):
        self.protocol(2)

    def test_psrp_run_protocol_version_2_3(self):
        self.protocol(3)

    def test_psrp_small_msg_size(self):
        name = "test_psrp_small_msg_size"
        p = self.run_one(name, ["set input", script(player.scripts(name)[0]), *inputs("input")],
                         before_open=["config"], also=[FEWER_SENDS])
        self.assertEqual([32768], [e["max_envelope"] for e in p.of("config")])
        self.assert_completed(p, "input", "a" * 20000, "a" * 10000)

    def test_psrp_receive_failure(self):
        p = self.play("test_psrp_receive_failure", NO_HOST_OPEN + ["stray-receive", "close"])
        [stray] = p.of("stray")
        self.assertEqual(NO_SUCH_COMMAND, stray["fault"])
        self.assertIn("The Windows Remote Shell received a request to perform an operation on a "
                      "command identifier that does not exist.", p.errors)
        self.assert_closed(p)

    def test_psrp_pshost_methods(self):
        p = self.play("test_psrp_pshost_methods", [
            "open", script("$host.CurrentCulture; $host.SetShouldExit(1)"), "run", "close"],
            also=[HOST_UI])
        [culture] = p.values("output")
        self.assertEqual("en-US", culture["Name"])
        self.assertEqual([(SET_SHOULD_EXIT, [1])],
                         [(e["method"], e["value"]) for e in p.of("host-call")])
        self.assertEqual([COMPLETED], [e["state"] for e in p.of("pipeline-state")])

    def test_psrp_pshost_raw_ui_mocked_methods(self):
        name = "test_psrp_pshost_raw_ui_mocked_methods"

        # The recorded client left CommandId out of the Send with the pipeline's answer; MS-PSRP
        # 3.1.5.3.5 demands it, and PowerShell's own client writes it.
        def amend(exchanges):
            send, receive = exchanges[5]["request"], exchanges[6]["request"]
            command = re.search(r'CommandId="[^"]+"', receive).group()
            changed = send.replace('<rsp:Stream Name="pr">', '<rsp:Stream %s Name="pr">' % command)
            self.assertNotEqual(send, changed)
            exchanges[5]["request"] = changed

        key = {"$t": "Obj", "x": {"virtualKeyCode": 65, "character": {"$t": "C", "v": 97},
                                  "controlKeyState": 128, "keyDown": True}}
        p = self.play(name, ["option host raw-ui", "answer %d %s" % (READ_KEY, json.dumps(key)),
                             "open", script(player.scripts(name)[0]), "run", "close"],
                      also=[DEFAULT_DATA], amend=amend)
        at = [{"X": x, "Y": y} for x, y in [(1, 2), (11, 12), (3, 4), (13, 14)]]
        full, small = {"Width": 80, "Height": 80}, {"Width": 8, "Height": 9}
        self.assert_completed(
            p, "White", "Green", "Blue", "Red", *at, 50, 25, full, small, full, small,
            "pypsrp window", "New Window Title",
            {"VirtualKeyCode": 65, "Character": "a", "ControlKeyState": "CapsLockOn",
             "KeyDown": True})
        corners = {"left": 1, "top": 2, "right": 3, "bottom": 4}
        places = {name: {"x": x, "y": y} for name, x, y in
                  [("cursor", 11, 12), ("window", 13, 14), ("contents", 15, 15)]}

        def cell(character, foreground, background, kind):
            return {"character": character, "foregroundColor": foreground,
                    "backgroundColor": background, "bufferCellType": kind}

        cells = [cell("A", 0, 15, 1), cell("B", 0, 15, 2), cell("C", 0, 15, 1), cell("D", 0, 15, 2)]
        fill = cell("Z", 12, 10, 0)
        self.assertEqual(
            [(28, [10]), (30, [12]), (32, [places["cursor"]]), (34, [places["window"]]),
             (36, [25]), (38, [{"height": 9, "width": 8}]), (40, [{"height": 9, "width": 8}]),
             (42, ["New Window Title"]), (READ_KEY, [4]), (47, []), (48, [corners, fill]),
             (49, [places["contents"], {"mae": cells, "mal": [2, 2]}]),
             (51, [corners, places["contents"], corners, fill])],
            [(e["method"], e["value"]) for e in p.of("host-call")
             if e["method"] != WRITE_PROGRESS])

    def test_psrp_key_exchange_timeout(self):
        """The pipeline that needs the key never leaves; the shell is deleted all the same."""
        p = self.play("test_psrp_key_exchange_timeout", [
            "option key-timeout 500", *NO_HOST_OPEN, "command Set-Variable", 'secure Value "x"',
            "run-to-failure", "close"])
        self.assertEqual([TIMEOUT], [e["status"] for e in p.of("failed")])
        self.assertIn("no session key came in answer to ours", p.errors)
        self.assert_closed(p)

    def test_psrp_multiple_commands(self):
        """The recorded SecureString is what AES under the recorded key makes of the text: ours is
        the same, or the server tells."""
        name = "test_psrp_multiple_commands"
        sec, uni, integer = player.statements(name)

        # The server compares the first argument's value: the SecureString stands there now.
        def amend(exchanges):
            command = exchanges[5]["request"]
            [blob] = re.findall(r"<rsp:Arguments[^>]*>([^<]+)<", command)
            name = rb'<Obj RefId="\d+"><MS><S N="N">Name</S><S N="V">sec_string</S></MS></Obj>'
            value = rb'<Obj RefId="\d+"><MS><S N="N">Value</S><SS N="V">[^<]+</SS></MS></Obj>'
            swapped, count = re.subn(b"(%s)(%s)" % (name, value), rb"\2\1", base64.b64decode(blob))
            self.assertEqual(2, count)  # in ExtraCmds, and once more in Cmds
            exchanges[5]["request"] = command.replace(blob, base64.b64encode(swapped).decode())

        p = self.run_one(name, [
            "command Set-Variable", 'secure Value "Hello World"', 'parameter Name "sec_string"',
            "statement", script(sec),
            "statement", "command ConvertTo-SecureString", 'parameter String "abc"',
            "parameter AsPlainText null", "parameter Force null",
            "statement", "command Set-Variable", 'parameter Name "unicode_string"',
            "parameter Value " + json.dumps(UNICODE),
            "statement", script(uni),
            "statement", "command cmd.exe", 'argument "/c echo hi"',
            "statement", "command whoami.exe",
            "statement", "command Set-Variable", 'parameter Name "integer"', "parameter Value 123",
            "statement", script(integer),
            "statement", "command Get-Service", 'parameter Name "winrm"'], amend=amend)
        self.assertEqual([COMPLETED], [e["state"] for e in p.of("pipeline-state")])
        *simple, service = p.values("output")
        self.assertEqual(["Hello World", None, UNICODE, 'hi"', "win-nnmu24vvkj0\\vagrant", 123],
                         simple)
        self.assertEqual("Windows Remote Management (WS-Management)", service["DisplayName"])
        self.assertEqual(("winrm", "winrm"), (service["ServiceName"], service["Name"]))
        self.assertEqual(["abc"], [e["value"] for e in p.of("secure")])

    def test_psrp_is_alive_state_disconnected(self):
        p = self.play("test_psrp_is_alive_state_disconnected", [
            "option idle-timeout 60000", *NO_HOST_OPEN, "get-shell", "get-shell"])
        self.assertEqual(["Connected", "Disconnected"], [e["state"] for e in p.of("shell")])

    def test_psrp_is_alive_http_error(self):
        p = self.play("test_psrp_is_alive_http_error", [
            "option idle-timeout 60000", *NO_HOST_OPEN, "get-shell", "get-shell"],
            also=[OWN_TIMEOUT], driver_status=1)
        self.assertEqual(["Connected"], [e["state"] for e in p.of("shell")])
        self.assertIn("was lost before a reply came", p.errors)

    def test_wsman_update_envelope_size_500(self):
        p = self.play("test_wsman_update_envelope_size_500", ["config"])
        self.assertEqual([512000], [e["max_envelope"] for e in p.of("config")])

    def test_wsman_update_envelope_size_4096(self):
        p = self.play("test_wsman_update_envelope_size_4096", ["config"])
        self.assertEqual([4194304], [e["max_envelope"] for e in p.of("config")])


class AllLanes(Recordings):
    """The same while the pool's own Receive stands from the start."""
    before_open = ["option all-lanes true"]


class Whole(unittest.TestCase):
    def setUp(self):
        if not player.here():
            self.skipTest("no recordings: no replay/ in the shared folder (WINCH_SHARED)")

    def test_each_recording_is_played_or_has_a_reason(self):
        played = {name for name in dir(Recordings) if name.startswith("test_")}
        self.assertEqual({name.replace(".", "_") for name in player.index()} - set(LATER), played)
        self.assertEqual(set(), set(LATER) - set(player.index()))

    def test_the_server_notices(self):
        """What is missing, wrong or other than recorded shows in its report."""
        p = player.play("test_psrp_open_runspace", NO_HOST_OPEN)
        self.assertEqual((0, 1), (p.status, p.server_status))
        self.assertEqual(1, len(p.report["not_consumed"]))
        p = player.play("test_psrp_no_profile", NO_HOST_OPEN + [script("other"), "run", "close"])
        self.assertEqual((0, 1), (p.status, p.server_status))
        left = [f["what"] for f in p.report["findings"] if not explained(f, EXPLAINED)]
        self.assertEqual(["option WINRS_NOPROFILE", "value of /PowerShell/Cmds/Cmd"], left)


if __name__ == "__main__":
    unittest.main()
