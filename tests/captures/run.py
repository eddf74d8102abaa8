#!/usr/bin/python3
"""run.py TOOL: conversations of PowerShell's own client and server through our code, judged by another parser.

decoded      fragments joined, headers and bodies as the engine's reader had them; also fed one byte at a time
re-encoded   each body read to a value, written, and property by property the same; cut to other fragments and joined again
driven       a pool of ours does what the client did and is fed what the server sent: what it wants sent is what the client
             sent, property by property, and its events have what the server said

specs/captures.tsv says of each capture what is proven, and which of the client's messages no call of ours sends yet; this
compares.  A few captures lie in tests/vectors/messages, all of them in
$WINCH_SHARED/vectors/messages or ../shared beside the sources; without those the others are skipped, each counted.
"""
import glob
import json
import os
import re
import subprocess
import sys
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import clixml  # noqa: E402
from capture import Capture, ZERO, join  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get('WINCH_SHARED') or os.path.join(os.path.dirname(ROOT), 'shared')
FOLDERS = [os.path.join(SHARED, 'vectors', 'messages'), os.path.join(ROOT, 'tests', 'vectors', 'messages')]
STEPS = [(0, 32768), (1, 64), (7, 1000)]  # bytes fed at a time, bytes of a chunk

# Texts that are the client's own, where ours need not be the same: path in the message, what both must look like.
OWN = [
    # The list's type has the version of the assembly that PowerShell's client is.
    (r'(Cmds|Args|ExtraCmds)/TN$', r'System\.Collections\.Generic\.List`1\[\[System\.Management\.Automation\.PSObject, System\.Management'
     r'\.Automation, Version=[\d.]+, Culture=neutral, PublicKeyToken=31bf3856ad364e35\]\]'),
]
# We offer 2.1 to 2.4; these clients were made to offer something else, to see what the server does.
OFFERED = {name: (r'^/MS/protocolversion$', r'[123]\.\d') for name in
           ('session-protocol-1.0', 'session-protocol-2.0', 'session-protocol-2.9', 'session-protocol-3.0')}

SESSION_CAPABILITY, INIT_RUNSPACEPOOL = 0x10002, 0x10004
PUBLIC_KEY, ENCRYPTED_SESSION_KEY, PUBLIC_KEY_REQUEST = 0x10005, 0x10006, 0x10007
CREATE_PIPELINE, PIPELINE_STATE, RUNSPACEPOOL_HOST_RESPONSE = 0x21006, 0x41006, 0x21101
PIPELINE_INPUT, END_OF_PIPELINE_INPUT, PIPELINE_HOST_RESPONSE = 0x41002, 0x41003, 0x41101
# Client's messages that a call of ours sends: the line for captures-tool, and enum winch_op of its first chunk and of those
# behind.  Answers go on the prompt-response stream; PowerShell's client sends the pool's on the default one, as it
# forgets its type (messages.md, faults).
CALLS = {
    SESSION_CAPABILITY: ('open', 1, 3), INIT_RUNSPACEPOOL: (None, 1, 3), PUBLIC_KEY: (None, 3, 3), CREATE_PIPELINE: ('create', 2, 3),
    PIPELINE_INPUT: ('input', 3, 3), END_OF_PIPELINE_INPUT: ('end-input', 3, 3),
    RUNSPACEPOOL_HOST_RESPONSE: ('answer', 4, 4), PIPELINE_HOST_RESPONSE: ('answer', 4, 4),
}
OP_STOP, OP_CLOSE = 5, 6
# Server's messages: enum winch_event_type, and which member its value is (None: all of it; '': the event has nothing).
EVENTS = {
    ENCRYPTED_SESSION_KEY: (15, ''),
    0x21009: (2, 'ApplicationPrivateData'), 0x21005: (1, 'ExceptionAsErrorRecord'), 0x21004: (13, 'SetMinMaxRunspacesResponse'),
    0x21008: (14, None), 0x41004: (3, None), 0x41005: (4, None), 0x41009: (5, None), 0x41008: (6, None), 0x41007: (7, None),
    0x41011: (8, None), 0x41010: (9, None), PIPELINE_STATE: (10, 'ExceptionAsErrorRecord'), 0x21100: (11, 'mp'), 0x41100: (11, 'mp'),
}


class Wrong(Exception):
    pass


def demand(good, *why):
    if not good:
        raise Wrong(' '.join(str(w)[:400] for w in why))


def same(want, got, what, known=()):
    found = clixml.difference(want, got, '', known)
    demand(not found, what, found)


def guid(text):
    return text.replace('-', '')


def unhex(text):
    return b'' if text == '-' else bytes.fromhex(text)


def run_tool(tool, mode, lines, step, room):
    done = subprocess.run([tool, mode, str(step), str(room)], input=''.join(l + '\n' for l in lines), capture_output=True,
                          text=True, timeout=300)
    out = done.stdout.splitlines()
    demand(done.returncode == 0 and not (out and out[-1].startswith('died')), 'captures-tool', mode, done.returncode,
           out[-1] if out else '', done.stderr[-600:])
    return out


# ---- decoded, re-encoded ----

def recode(tool, capture):
    """How many bodies came back, and how many of them byte for byte."""
    data, messages = capture.streams()
    count = exact = 0
    for step, room in STEPS:
        seen = {}
        for line in run_tool(tool, 'recode', ['%s %s' % (s, raw.hex()) for s, raw in data.items()], step, room):
            word = line.split(' ')
            seen.setdefault(word[1], []).append(word[2:])
        demand(set(seen) == set(messages), 'streams', sorted(seen))
        for stream in messages:
            demand(len(seen[stream]) == len(messages[stream]), stream, 'has', len(seen[stream]), 'messages')
            for want, word in zip(messages[stream], seen[stream]):
                demand((want.destination, '%08x' % want.type, guid(want.rpid), guid(want.pid)) == (int(word[0]), *word[1:4]),
                       'header', word[:4])
                demand(unhex(word[4]) == want.body, 'body of', word[1])
                same(clixml.read(want.body), clixml.read(unhex(word[5])), 'written again, %s:' % word[1])
                count += 1
                exact += unhex(word[5]) == want.body
    return count // len(STEPS), exact // len(STEPS)


# ---- driven ----

def not_yet(capture):
    """Which of the client's messages no call of ours sends."""
    names = {m['messageType']['name'] for m, c in zip(capture.doc['messages'], capture.messages)
             if c.dir == 'c2s' and c.type not in CALLS}
    return sorted(names | ({'CONNECT_RUNSPACEPOOL'} if capture.connect else set()))


def offer(capture):
    major, minor = capture.version.split('.')
    return int(minor) if major == '2' and 1 <= int(minor) <= 4 else 4


class Expect:
    """What a line to captures-tool must bring: messages, the op of the first chunk, whose it is; events."""

    def __init__(self, messages=(), ops=(), pipeline=ZERO, events=()):
        self.messages, self.ops, self.pipeline, self.events = list(messages), list(ops), pipeline, list(events)


class Plan:
    """The lines that drive the pool, and what each must bring."""

    def __init__(self, capture):
        self.capture, self.story = capture, list(capture.story())
        init = next(m for m in capture.messages if m.type == INIT_RUNSPACEPOOL)
        self.lines = ['pool %s %d %s %s' % (init.rpid, offer(capture), init.body.hex(), capture.rsa_key().hex())]
        self.expected, self.running, self.held, self.asked = [], {ZERO}, [], False
        for at, (what, *rest) in enumerate(self.story):
            if what == 'sent':
                for m in rest[0]:
                    self.sent(m, at)
            elif rest[0] in self.running:  # else a pipeline that is there by no call of ours
                self.happened(what, *rest)

    def add(self, line, expect):
        self.lines.append(line)
        self.expected.append(expect)

    def call(self, m, expect):
        word = CALLS[m.type][0]
        body = ' ' + (self.capture.with_texts(m.body).hex() or '-') if word in ('create', 'input', 'answer') else ''
        self.add(word + ('' if word == 'open' else ' %s%s' % (m.pid, body)), expect)

    def sent(self, m, at):
        if m.type not in CALLS:
            return  # "lacks" in the list
        self.running.add(m.pid)
        expect = Expect([m], [CALLS[m.type][1]], m.pid)
        if m.type == INIT_RUNSPACEPOOL:
            self.expected[-1].messages.append(m)  # goes with SESSION_CAPABILITY
        elif m.type == PUBLIC_KEY and not self.asked:
            # What the client sends next holds a SecureString: it asks for the key, and goes when that has come.
            self.held.append(next(s[1][0] for s in self.story[at + 1:] if s[0] == 'sent'))
            self.call(self.held[0], expect)
        elif m.type == PUBLIC_KEY or m in self.held:
            expect.events = self.expected[-1].events
            self.expected[-1] = expect
        else:
            self.call(m, expect)

    def happened(self, what, pipeline, data=b'', messages=()):
        if what == 'came':
            self.asked = any(m.type == PUBLIC_KEY_REQUEST for m in messages)
            self.add('feed %s %s' % (pipeline, data.hex() or '-'), Expect(events=[m for m in messages if is_event(m, pipeline)]))
        elif what == 'stop':
            self.add('stop ' + pipeline, Expect(ops=[OP_STOP], pipeline=pipeline))
        elif what == 'close' and pipeline == ZERO:
            self.add('close', Expect(ops=[OP_CLOSE]))
        elif what == 'ended':
            # A pipeline's Close is the carrier's (it signals that a command is done with): the pool hears of its end.
            self.add('ended ' + pipeline, Expect())


def is_event(m, stream):
    # A start-up script's state comes on the pool's stream, of a pipeline that nobody has: PowerShell's client drops it.
    return m.type in EVENTS and not (m.type == PIPELINE_STATE and stream == ZERO)


def fields(line):
    word = line.split(' ')[1:]
    return dict(zip(word[::2], word[1::2]))


def check_sent(capture, expect, chunks, state):
    ops = [int(c['op']) for c in chunks]
    rest = CALLS[expect.messages[0].type][2] if expect.messages else None
    demand(ops[:1] == expect.ops and all(o == rest for o in ops[1:]), 'ops', ops[:9], 'not', expect.ops, rest)
    demand(all(c['pipeline'] == guid(expect.pipeline) for c in chunks), 'chunks of', chunks[:1], 'not', expect.pipeline)
    got = join([unhex(c['data']) for c in chunks], state)
    demand(len(got) == len(expect.messages), len(got), 'messages sent, not', len(expect.messages))
    known = OWN + ([OFFERED[capture.name]] if capture.name in OFFERED else [])
    exact = 0
    for want, have in zip(expect.messages, got):
        state['last'] = state.get('last', 0) + 1
        demand(have.object_id == state['last'], 'object id', have.object_id, 'not', state['last'])
        demand(have.head() == want.head(), 'header', have.head(), 'not', want.head())
        same(clixml.read(want.body), clixml.read(have.body), 'sent %08x:' % want.type, known)
        exact += have.body == want.body
    return exact


def check_event(m, event):
    kind, part = EVENTS[m.type]
    tree = clixml.read(m.body)
    demand(int(event['type']) == kind, 'event', event['type'], 'not', kind)
    demand(event['pipeline'] == guid(m.pid if m.type >> 16 == 4 else ZERO), 'of pipeline', event['pipeline'])
    demand(unhex(event['clixml']) == (b'' if part == '' else m.body), 'its CLIXML')
    state = clixml.member(tree, 'PipelineState') or clixml.member(tree, 'RunspaceState') if kind in (1, 10) else None
    demand(event['state'] == (state[2] if state else '0'), 'state', event['state'])
    if kind in (11, 13):
        demand(event['call'] == clixml.member(tree, 'ci')[2], 'call', event['call'])
    if kind == 11:
        method = [p[2] for p in clixml.member(tree, 'mi')[2:] if p[0] == 'I32']
        demand([event['method']] == method, 'method', event['method'])
    want = tree if part is None else clixml.member(tree, part) if part else None
    demand(('value' in event) == (want is not None), 'has a value:', 'value' in event)
    if want is None:
        return
    same(want, clixml.read(unhex(event['value'])), 'event of %08x, as a tree:' % m.type)
    demand(('back' in event) == (b'<SS' not in m.body), 'typed JSON that can be read:', 'back' in event)
    if 'back' in event:
        same(want, clixml.read(unhex(event['back'])), 'event of %08x, by typed JSON:' % m.type)
    for json_kind in ('plain', 'typed'):
        json.loads(unhex(event[json_kind]).decode('utf-8'))
    if want[0] == 'S' and not re.search('[\ud800-\udfff]', want[2]):
        demand(json.loads(unhex(event['plain'])) == want[2], 'a text as plain JSON')


def drive(tool, capture, step, room):
    """How many messages were sent, and how many of them byte for byte."""
    plan = Plan(capture)
    out = run_tool(tool, 'drive', plan.lines, step, room)
    state, sent, exact, at = {}, 0, 0, 0
    for expect in plan.expected:
        chunks, events = [], []
        while out[at] != 'done':
            (chunks if out[at].startswith('chunk') else events).append(fields(out[at]))
            at += 1
        at += 1
        exact += check_sent(capture, expect, chunks, state)
        sent += len(expect.messages)
        demand(len(events) == len(expect.events), len(events), 'events, not', len(expect.events), events)
        for m, event in zip(expect.events, events):
            check_event(m, event)
            texts = capture.texts(m.body)
            demand([unhex(event.get('secure', '-'))] == (texts or [b'']), 'SecureStrings', event.get('secure'), texts)
    # 4: closing, as the server says no more to such a client; 3: closed, as all others are.
    end = '4' if capture.name in ('session-protocol-1.0', 'session-protocol-3.0') else '3'
    minor = next(m for m in capture.messages if m.dir == 's2c' and m.type == SESSION_CAPABILITY)
    minor = clixml.member(clixml.read(minor.body), 'protocolversion')[2].split('.')[1]
    demand(out[at:] == ['pool state %s minor %s' % (end, minor)], 'at the end', out[at:])
    return sent, exact


# ---- the list ----

def listed():
    rows = {}
    for line in open(os.path.join(ROOT, 'specs', 'captures.tsv'), encoding='utf-8'):
        if not line.startswith('#'):
            name, *columns = line.rstrip('\n').split('\t')
            rows[name] = tuple(columns)
    return rows


def check(tool, path):
    """The columns of the capture's row."""
    capture = Capture(path)
    count, exact = recode(tool, capture)
    missing = not_yet(capture)
    sent = {drive(tool, capture, step, room) for step, room in STEPS}
    demand(len(sent) == 1, 'sent', sent)
    return tuple(str(n) for n in (count, exact, *sent.pop())) + (', '.join(missing) or '-',)


# What must be seen as another value, or as the same.
A = '<Obj RefId="0"><TN RefId="0"><T>X</T><T>Y</T></TN><ToString>s</ToString><MS><I32 N="a">1</I32><Obj N="b" RefId="1"><TNRef RefId="0" /><LST>' \
    '<S>u</S><Ref RefId="0" /></LST></Obj></MS></Obj>'
OTHER = [('>1<', '>01<'), ('<I32 N="a">1</I32>', '<I64 N="a">1</I64>'), ('N="a"', 'N="A"'), ('<T>Y</T>', ''), ('<T>X</T><T>Y</T>', '<T>Y</T><T>X</T>'), ('>s<', '><'),
         ('<ToString>s</ToString>', ''), ('>u<', '>_x0075__x0000_<'), ('<Ref RefId="0" />', '<Ref RefId="1" />'), ('<S>u</S>', ''),
         ('LST>', 'QUE>'), ('<TNRef RefId="0" />', ''), ('<S>u</S>', '<S>u</S><Nil />'), ('<Ref RefId="0" />', '<Nil />')]
SAME = [('RefId="1"', 'RefId="7"'), ('>u<', '>_x0075_<'), ('<TNRef RefId="0" />', '<TN RefId="1"><T>X</T><T>Y</T></TN>')]


def check_judge():
    for a, b in OTHER + SAME:
        demand(A.replace(a, b) != A, 'replaces nothing', a)
        found = clixml.difference(clixml.read(A), clixml.read(A.replace(a, b)))
        demand(bool(found) == ((a, b) in OTHER), 'the judge takes', a, 'and', b, 'for', found or 'the same')


def main():
    tool, paths = sys.argv[1], {}
    for folder in FOLDERS:
        for path in glob.glob(os.path.join(folder, '*.json')):
            paths.setdefault(os.path.basename(path)[:-5], path)
    rows, passed, failed, skipped = listed(), 0, 0, 0
    check_judge()
    for name in sorted(set(rows) | set(paths)):
        if name not in paths:
            print('skip %s: it is not in %s' % (name, os.path.relpath(FOLDERS[0], ROOT)))
            skipped += 1
            continue
        try:
            got = check(tool, paths[name])
            demand(got == rows.get(name), 'specs/captures.tsv says', rows.get(name), 'and it is', *got)
            passed += 1
        except Exception as e:
            print('FAIL %s: %s' % (name, e if isinstance(e, Wrong) else traceback.format_exc()))
            failed += 1
    print('%d passed, %d failed, %d skipped' % (passed, failed, skipped))
    return 1 if failed else 77 if skipped else 0


if __name__ == '__main__':
    sys.exit(main())
