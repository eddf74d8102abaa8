"""PSRP shells: the engine's messages, and what WSMan says around them."""

import base64
import threading
import time

from harness import Skip, equal
from wsman_client import HOST, NS, POWERSHELL, SHELL, TRANSFER, Client, Fault

ENUMERATE = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate"


def client(e, **how):
    return Client(e.https, ca=e.ca, **how)


def code(call, *args, **how):
    try:
        call(*args, **how)
    except Fault as fault:
        return fault.code
    raise AssertionError("no fault")


def texts(messages, kind=0x41004):
    return [m[3] for m in messages if m[0] == kind]


def test_open(e):
    c = client(e)
    reply = c.create()
    equal(reply.find(".//rsp:ShellId", NS).text, str(c.rpid).upper())
    equal(reply.find(".//rsp:Owner", NS).text, "WINCH\\vagrant")
    equal(reply.find(".//rsp:State", NS).text, "Connected")
    got = []
    while not any(m[0] == 0x21005 for m in got):
        got += c.receive()[0]
    equal([hex(m[0]) for m in got], ["0x10002", "0x21009", "0x21005"])
    equal(got[0][1].int, 0, "RPID of the capability")
    equal(got[2][1], c.rpid, "RPID")
    c.delete()


def test_run(e):
    c = client(e)
    c.open()
    got = c.run("1")
    equal([(hex(m[0]), m[3]) for m in got], [("0x41004", "<I32>1</I32>"), ("0x41006", '<Obj RefId="0"><MS><I32 N="PipelineState">4</I32></MS></Obj>')])
    equal(texts(c.run("'a<b' ; $PSVersionTable.PSVersion.ToString()")), ["<S>a&lt;b</S>", "<S>7.6.9</S>"])
    equal(len(texts(c.run("1..3000"))), 3000)
    c.delete()
    equal(code(c.start, "1"), 2150858843, "after Delete")


def test_error_record(e):
    c = client(e)
    c.open()
    got = c.run("Get-Nothing")
    assert '"PipelineState">5<' in got[-1][3] and "CommandNotFoundException" in got[-1][3], got
    c.delete()


def test_real_cmdlets(e):
    if e.info["cmdlets"] != "real":
        raise Skip("PowerShell's cmdlet libraries are not here")
    c = client(e)
    c.open()
    equal(texts(c.run("1..9 | Measure-Object -Sum | ForEach-Object Sum; @{a=1} | ConvertTo-Json -Compress")), ["<Db>45</Db>", '<S>{"a":1}</S>'])
    c.delete()


def test_handful_of_cmdlets(e):
    """With whatever library there is."""
    c = client(e)
    c.open()
    equal(texts(c.run("Write-Output 7; 1..3 | Select-Object -First 1; (1..9 | Measure-Object).Count; Start-Sleep -Milliseconds 1")),
          ["<I32>7</I32>", "<I32>1</I32>", "<I32>9</I32>"])
    c.delete()


def test_input(e):
    c = client(e)
    c.open()
    command, pid = c.start_with_input("$input | ForEach-Object { $_ * 2 }")
    for i in range(3):
        c.send(c.fragments(0x41002, f"<I32>{i}</I32>", pid), command)
    c.send(c.fragments(0x41003, "", pid), command)
    equal(texts(c.finish(command)), ["<I32>0</I32>", "<I32>2</I32>", "<I32>4</I32>"])
    c.delete()


def test_script_in_many_fragments(e):
    """The rest of a long CREATE_PIPELINE comes by Send, to a command that has not begun."""
    c = client(e)
    c.open()
    import uuid
    pid = uuid.uuid4()
    data = c.fragments(0x21006, c.pipeline("'" + "x" * 100_000 + "'.Length"), pid)
    first, rest = data[:32768], data[32768:]
    command = str(pid).upper()
    c.call(SHELL + "/Command", f'<rsp:CommandLine CommandId="{command}"><rsp:Command/><rsp:Arguments>{base64.b64encode(first).decode()}'
           "</rsp:Arguments></rsp:CommandLine>")
    c.send(rest, command)
    equal(texts(c.finish(command)), ["<I32>100000</I32>"])
    c.delete()


def test_stop(e):
    c = client(e)
    c.open()
    command = c.start("try { while ($true) { } } finally { 'last' }")
    other = client(e)
    other.shell, other.session = c.shell, c.session
    got = []
    reader = threading.Thread(target=lambda: got.extend(c.finish(command)))
    reader.start()
    e.until_receiving(command)
    other.signal(command, "powershell/signal/crtl_c")
    reader.join(20)
    assert '"PipelineState">3<' in got[-1][3], got
    other.signal(command)
    equal(code(other.receive, command), 2150858843, "after terminate")
    other.delete()


def test_other_signal_closes(e):
    c = client(e)
    c.open()
    command = c.start("while ($true) { }")
    c.signal(command, "powershell/signal/ctrl_c")
    equal(code(c.receive, command), 2150858843)
    c.delete()


def test_receive_times_out(e):
    c = client(e)
    c.open()
    c.timeout = "PT1S"  # without it the server's maximum, which is as long as this client waits
    began = time.monotonic()
    equal(code(c.receive), 2150858793)
    assert time.monotonic() - began > 0.8
    c.delete()


def test_receive_repeated(e):
    """Only a Receive may be sent twice: its answer is kept by MessageID."""
    c = client(e)
    c.open()
    command = c.start("1")
    c.message_id = "uuid:11111111-1111-1111-1111-111111111111"
    body = c.envelope(SHELL + "/Receive", f'<rsp:Receive><rsp:DesiredStream CommandId="{command}">stdout</rsp:DesiredStream></rsp:Receive>')
    first = c.post(body)
    equal(c.post(body)[2], first[2], "the same answer")
    c.message_id = "uuid:22222222-2222-2222-2222-222222222222"
    c.call(SHELL + "/Signal", f'<rsp:Signal CommandId="{command}"><rsp:Code>x</rsp:Code></rsp:Signal>')
    equal(code(c.call, SHELL + "/Signal", f'<rsp:Signal CommandId="{command}"><rsp:Code>x</rsp:Code></rsp:Signal>'), 1359)
    c.message_id = None
    c.delete()


def test_host_call_is_pending(e):
    """A host call that waits is flushed at once, with the state Pending, and its answer goes by the stream pr."""
    c = client(e)
    c.open()
    import uuid
    pid = uuid.uuid4()
    c.host = HOST
    body = c.pipeline("$Host.UI.ReadLine()")
    data = base64.b64encode(c.fragments(0x21006, body, pid)).decode()
    command = str(pid).upper()
    c.call(SHELL + "/Command", f'<rsp:CommandLine CommandId="{command}"><rsp:Command/><rsp:Arguments>{data}</rsp:Arguments></rsp:CommandLine>')
    got, state = c.receive(command)
    equal((hex(got[0][0]), state), ("0x41100", "Pending"))
    c.send(c.fragments(0x41101, '<Obj RefId="0"><MS><S N="mr">typed</S><I64 N="ci">1</I64><Obj N="mi" RefId="1"><I32>11</I32></Obj></MS></Obj>', pid), command, "pr")
    equal(texts(c.finish(command)), ["<S>typed</S>"])
    c.delete()


def test_headers(e):
    c = client(e)
    action = TRANSFER + "Create"
    body = '<rsp:Shell><rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout</rsp:OutputStreams></rsp:Shell>'
    for missing in ("Action", "To", "MessageID", "ReplyTo"):
        equal(code(c.call, action, body, drop=[missing]), 2150858769, missing)
    equal(code(c.call, action, body, extra='<x:y xmlns:x="urn:x" s:mustUnderstand="true">1</x:y>'), 2150858768, "mustUnderstand")
    equal(code(c.call, "urn:nothing", body), 2150858771, "action")
    c.size = 4096
    equal(code(c.call, action, body), 2150858878, "small envelope")
    c.size = 512000
    c.timeout = "PT-1S"
    equal(code(c.call, action, body), 2150858881, "timeout")
    c.timeout = "PT20S"
    equal(code(c.call, SHELL + "/Receive", "<rsp:Receive/>"), 2150858842, "no selector")
    equal(e.control("/state")["shells"], [])


def test_create_refused(e):
    c = client(e)
    equal(code(c.create, options=[]), 0x80540BC7, "no protocolversion")
    equal(code(c.create, options=[("protocolversion", "3.0", True)]), 0x80540BC5, "protocolversion 3.0")
    equal(code(c.create, options=[("protocolversion", "2.3", True), ("PS_X", "1", True)]), 0x80540BC6, "MustComply")
    c.resource = "http://schemas.microsoft.com/powershell/Nowhere"
    equal(code(c.create), 2150858811, "configuration")
    c.resource = "http://schemas.microsoft.com/nothing"
    equal(code(c.create), 2150858752, "resource")
    c.resource = POWERSHELL
    c.create()
    again = client(e)
    again.rpid = c.rpid
    equal(code(again.create), 2150859223, "ShellId twice")
    c.delete()


def test_shell_belongs_to_its_user(e):
    c = client(e)
    c.open()
    other = client(e, user="other", password="secret")
    other.shell, other.session = c.shell, c.session
    equal(code(other.start, "1"), 5)
    equal(code(other.delete), 5)
    stranger = client(e)
    stranger.shell = c.shell
    equal(code(stranger.start, "1"), 2150859206, "another SessionId")
    c.delete()


def test_streams(e):
    c = client(e)
    c.open()
    equal(code(c.call, SHELL + "/Receive", "<rsp:Receive><rsp:DesiredStream>stderr</rsp:DesiredStream></rsp:Receive>"), 0x80540BC0)
    equal(code(c.send, b"x", stream="stdout"), 0x80540BBE)
    c.delete()


def test_configurations(e):
    c = client(e)
    c.resource = "http://schemas.microsoft.com/powershell/NoLanguage"
    c.open()
    assert "ScriptsNotAllowed" in c.run("1+1")[-1][3]
    assert texts(c.run("Get-Command", False))
    c.delete()
    if e.info["cmdlets"] == "real":
        c = client(e)
        c.resource = "http://schemas.microsoft.com/powershell/Jea"
        c.open()
        assert texts(c.run("Get-Date", False))
        assert "CommandNotFoundException" in c.run("Get-ChildItem", False)[-1][3]
        c.delete()


def test_startup_script(e):
    """Its host call comes before the pool is opened."""
    c = client(e)
    c.resource, c.host = "http://schemas.microsoft.com/powershell/Startup", HOST
    kinds = [m[0] for m in c.open()]
    assert 0x21100 in kinds and kinds.index(0x21100) < kinds.index(0x21005), [hex(k) for k in kinds]
    equal(texts(c.run("$Started")), ["<S>yes</S>"])
    c.delete()


def items(c, resource, name, inner=""):
    c.resource, shell, c.shell = resource, c.shell, None
    reply = c.call(ENUMERATE, f"<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>32000</w:MaxElements>{inner}</n:Enumerate>")
    c.resource, c.shell = POWERSHELL, shell
    return reply.findall(f".//rsp:{name}", NS)


def test_disconnect_connect(e):
    c = client(e)
    c.open()
    command = c.start("1; [System.Threading.Thread]::Sleep(400); 2")
    c.call(SHELL + "/Disconnect", "<rsp:Disconnect/>")
    equal(code(c.receive, command), 2150859204, "disconnected")
    equal(code(c.call, SHELL + "/Disconnect", "<rsp:Disconnect/>"), 2150859215, "twice")
    n = client(e)
    found = [s for s in items(n, SHELL, "Shell") if s.find("rsp:ShellId", NS).text == c.shell]
    equal(found[0].find("rsp:State", NS).text, "Disconnected")
    filtered = (f'<w:Filter Dialect="http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter"><w:SelectorSet><w:Selector Name="ShellId">{c.shell}'
                "</w:Selector></w:SelectorSet></w:Filter>")
    equal([x.find("rsp:CommandId", NS).text for x in items(n, SHELL + "/Command", "Command", filtered)], [command])
    n.rpid, n.shell = c.rpid, c.shell
    first = base64.b64encode(n.capability() + n.fragments(0x10008, "<S></S>")).decode()
    connect = f'<rsp:Connect><connectXml xmlns="{NS["ps"]}">{first}</connectXml></rsp:Connect>'
    n.shell = c.shell.lower()
    equal(code(n.call, SHELL + "/Connect", connect), 2150858843, "another case")
    n.shell = c.shell
    reply = n.call(SHELL + "/Connect", connect)
    got = n.join("connect", base64.b64decode(reply.find(".//ps:connectResponseXml", NS).text))
    equal([hex(m[0]) for m in got], ["0x10002", "0x2100b"])
    equal([hex(m[0]) for m in n.receive()[0]], ["0x21009"], "application data again")
    n.call(SHELL + "/Connect", f'<rsp:Connect CommandId="{command}"/>')
    equal(texts(n.finish(command)), ["<I32>1</I32>", "<I32>2</I32>"])
    equal(code(c.receive), 2150859206, "the old client")
    n.delete()


def test_reconnect(e):
    c = client(e)
    c.open()
    command = c.start("1")
    c.call(SHELL + "/Reconnect", "")  # of a connected shell: nothing happens
    other = client(e)
    other.shell = c.shell
    equal(code(other.call, SHELL + "/Reconnect", ""), 2150859216, "connected to another client")
    c.call(SHELL + "/Disconnect", "<rsp:Disconnect><rsp:IdleTimeOut>PT100.000S</rsp:IdleTimeOut></rsp:Disconnect>")
    equal(e.control("/state")["shells"][0]["idleTimeOut"], 100)
    c.call(SHELL + "/Reconnect", "")
    equal(code(c.receive, command), 2150859204, "commands are reconnected one by one")
    c.call(SHELL + "/Reconnect", f'<rsp:Reconnect CommandId="{command}"/>')
    equal(texts(c.finish(command)), ["<I32>1</I32>"])
    c.delete()


def while_receiving(e, act):
    """Another connection of the same client acts while a Receive stands: that client, and how the Receive ends."""
    c = client(e)
    c.open()
    ended = []
    reader = threading.Thread(target=lambda: ended.append(code(c.receive)))
    reader.start()
    e.until_receiving()
    other = client(e)
    other.shell, other.session = c.shell, c.session
    act(other)
    reader.join(10)
    return other, ended


def test_disconnect_ends_receive(e):
    other, ended = while_receiving(e, lambda c: c.call(SHELL + "/Disconnect", "<rsp:Disconnect/>"))
    equal(ended, [2150859204])
    other.delete()


def test_delete_ends_receive(e):
    _, ended = while_receiving(e, lambda c: c.delete())
    equal(ended, [995])


def test_process_per_shell(e):
    a, b = client(e), client(e)
    a.open()
    b.open()
    shells = e.control("/state")["shells"]
    equal(len({s["processId"] for s in shells}), 2)
    a.delete()
    b.delete()
    e.until(lambda state: state["processes"] == 2)  # only the warm ones are left


def test_killed_process(e):
    c = client(e)
    c.open()
    command = c.start("[System.Environment]::Exit(1)")
    equal(code(c.finish, command), 995)
    e.until(lambda state: not state["shells"])
