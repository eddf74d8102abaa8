#!/usr/bin/python3
"""check.py TOOL: our envelopes and others' against specs/xsd, and replies against another XML parser.

Schemas  every kind of request that TOOL writes is valid; requests made wrong on purpose are not; so that the schemas are
         proven by what we did not write, every recorded request and reply is valid too.
Replies  TOOL reads every recorded reply, whole and one byte at a time, and finds what Python's parser finds.
Names    what specs/names.tsv calls "seen" stands in the recordings.

Recordings are looked for in $WINCH_SHARED, else in ../shared beside the sources; without them those parts are skipped,
and the exit status is 77 if all else passed.
"""
import base64, glob, json, os, re, shutil, subprocess, sys, tempfile
import xml.etree.ElementTree as ET

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get('WINCH_SHARED') or os.path.join(os.path.dirname(ROOT), 'shared')
RECORDINGS = os.path.join(SHARED, 'replay', 'recordings')
S, A, W = ('{http://www.w3.org/2003/05/soap-envelope}', '{http://schemas.xmlsoap.org/ws/2004/08/addressing}',
           '{http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd}')
RSP = '{http://schemas.microsoft.com/wbem/wsman/1/windows/shell}'
F = '{http://schemas.microsoft.com/wbem/wsman/1/wsmanfault}'
CFG = '{http://schemas.microsoft.com/wbem/wsman/1/config}'

# Sample, what is replaced in it, by what: each must make it invalid.
WRONG = [
    ('send-command', r'<a:MessageID>.*?</a:MessageID>', ''),
    ('send-command', r'<a:To>.*?</a:To>', ''),
    ('send-command', r'<p:SessionId.*?</p:SessionId>', ''),
    ('send-command', r'<a:MessageID>uuid:', '<a:MessageID>'),
    ('send-command', r'(<a:MessageID>.*?</a:MessageID>)', r'\1\1'),
    ('send-command', r'</s:Header>', '<w:Odd/></s:Header>'),
    ('send-command', r'PT20S', '20'),
    ('send-command', r'>153600<', '>4096<'),
    ('send-command', r'(</?rsp:)Stream', r'\1Streams'),
    ('send-command', r'Name="stdin"', ''),
    ('send-command', r'CommandId="C0FFEE01', 'CommandId="c0ffee01'),
    ('send-command', r'>cGF5', '>!Gf5'),
    ('send-command', r'(?s)<rsp:Send>.*</rsp:Send>', '<rsp:SendResponse/>'),
    ('create-ps', r'MustComply="true"', 'MustComply="yes"'),
    ('create-ps', r'<w:OptionSet s:mustUnderstand="true">', '<w:OptionSet>'),
    ('create-ps', r'"WINRS_NOPROFILE"', '"protocolversion"'),
    ('create-ps', r'creationXml', 'creationXML'),
    ('create-ps', r'http://schemas.microsoft.com/powershell"', 'http://schemas.microsoft.com/other"'),
    ('create-ps', r'PT60S', 'sixty'),
    ('create-cmd', r'Variable Name="env1"', 'Variable Name=""'),
    ('signal-stop', r'crtl_c', 'ctlr_c'),
    ('signal-terminate', r'signal/Terminate', 'signal/Kill'),
    ('receive-shell', r'stdout stderr', ''),
    ('enumerate-commands', r'SelectorFilter', 'OtherFilter'),
    ('delete', r'<s:Body>', '<s:Body><w:Empty/>'),
    ('identify', r'i:Identify', 'i:Identity'),
]

passed, failed = [], []


def check(name, good, why=''):
    (passed if good else failed).append(name)
    if not good:
        print('FAIL %s%s' % (name, ': ' + why if why else ''))


def invalid(schema, files):
    """{file: why} of those that are not valid."""
    out = {}
    for at in range(0, len(files), 200):
        run = subprocess.run(['xmllint', '--noout', '--nonet', '--schema', os.path.join(ROOT, 'specs', 'xsd', schema)] + files[at:at + 200],
                             capture_output=True, text=True)
        lines = run.stderr.splitlines()
        valid = {l[:-len(' validates')] for l in lines if l.endswith(' validates')}
        out.update((f, ' | '.join(l for l in lines if l.startswith(f + ':'))[:500] or run.stderr[:300])
                   for f in files[at:at + 200] if f not in valid)
    return out


def check_samples(tool, folder):
    subprocess.run([tool, 'write', folder], check=True)
    files = sorted(glob.glob(folder + '/*.xml'))
    wrong = invalid('soap-request.xsd', files)
    for f in files:
        check('valid ' + os.path.basename(f), f not in wrong, wrong.get(f, ''))
    mutants = []
    for i, (sample, what, by) in enumerate(WRONG):
        text = open('%s/%s.xml' % (folder, sample)).read()
        mutant = re.sub(what, by, text, count=0)
        check('mutant %d is another text' % i, mutant != text, what)
        mutants.append('%s/wrong-%d' % (folder, i))
        open(mutants[-1], 'w').write(mutant)
    refused = invalid('soap-request.xsd', mutants)
    for i, f in enumerate(mutants):
        check('refused: %s without %s' % WRONG[i][:2], f in refused)


def recorded(folder):
    requests, replies = [], []
    for path in sorted(glob.glob(RECORDINGS + '/test_*.json')):
        for i, x in enumerate(json.load(open(path))['exchanges']):
            for kind, files in (('request', requests), ('response', replies)):
                if x[kind]:
                    files.append('%s/%s-%d-%s' % (folder, os.path.basename(path)[:-5], i, kind))
                    open(files[-1], 'w', encoding='utf-8').write(x[kind])
    return requests, replies


def text(node, path):
    found = node.find(path)
    return (found.text or '').strip() if found is not None else ''


def fact(name, value):
    return ['%s %s' % (name, value.encode().hex())] if value else []


def seconds(duration):
    m = re.fullmatch(r'P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?', duration or '')
    return sum(float(v or 0) * k for v, k in zip(m.groups(), (86400, 3600, 60, 1))) if m else 0


def chunks(node):
    """Streams and open content; neighbours of the same stream are one."""
    out = []
    for e in node.iter():
        content = e.tag.startswith('{http://schemas.microsoft.com/powershell}')
        if e.tag != RSP + 'Stream' and not content:
            continue
        key = (e.tag.split('}')[1], '') if content else (e.get('Name'), e.get('CommandId') or '')
        if not out or out[-1][0] != key or out[-1][2]:
            out.append([key, b'', False])
        out[-1][1] += base64.b64decode(e.text or '')
        out[-1][2] = (e.get('End') or '').lower() == 'true'
    return out


def expected(envelope):
    """The facts as TOOL prints them, found by another parser."""
    header, body = envelope.find(S + 'Header'), envelope.find(S + 'Body')
    shells = body.findall('.//' + RSP + 'Shell') + body.findall('.//' + W + 'Items/' + RSP + 'Command')
    selectors = [s.text for s in body.iter(W + 'Selector') if s.get('Name') == 'ShellId']
    out = fact('action', text(header, A + 'Action')) + fact('relates', text(header, A + 'RelatesTo'))
    out += fact('shell', selectors[0] if selectors else '') + fact('command', text(body, RSP + 'CommandResponse/' + RSP + 'CommandId'))
    for (stream, command), data, end in chunks(body):
        out += fact('stream', stream) + fact('of', command) + (['data ' + data.hex()] if data else []) + ['end'] * end
    state = body.find('.//' + RSP + 'CommandState[@State]')
    if state is not None:
        out.append('progress ' + state.get('State').rsplit('/', 1)[1])
        out += ['exit ' + text(state, RSP + 'ExitCode')] if state.find(RSP + 'ExitCode') is not None else []
    for s in shells:
        out += fact('item', text(s, RSP + 'ShellId')) + fact('itemcommand', text(s, RSP + 'CommandId'))
        out += fact('state', text(s, RSP + 'State') or text(s, RSP + 'CommandState'))
        out.append('idle %d' % round(seconds(text(s, RSP + 'IdleTimeOut')) * 1000))
    kb = text(body, CFG + 'Config/' + CFG + 'MaxEnvelopeSizekb')
    out += ['envelope %d' % (int(kb) * 1024)] if kb else []
    if body.find(S + 'Fault') is not None:
        provider = body.find('.//' + F + 'ProviderFault')
        out.append('fault %s' % body.find('.//' + F + 'WSManFault').get('Code'))
        out += fact('reason', text(body, './/' + S + 'Reason/' + S + 'Text')) + fact('provider', provider.get('provider') if provider is not None else '')
    return '\n'.join(out) + '\n'


def check_replies(tool, replies):
    for at in range(0, len(replies), 50):
        part = replies[at:at + 50]
        seen = subprocess.run([tool, 'read'] + part, capture_output=True, text=True, check=True).stdout.split('==\n')
        for f, facts in zip(part, seen):
            name = os.path.basename(f)
            whole, pieces = facts.split('--\n')
            want = expected(ET.parse(f).getroot())
            check('read ' + name, whole == want, '\n  ours %.600s\n  want %.600s' % (whole, want))
            check('read in pieces ' + name, pieces == want)


def check_names(files):
    everything = ''.join(open(f, encoding='utf-8').read() for f in files)
    for line in open(os.path.join(ROOT, 'specs', 'names.tsv')):
        columns = line.rstrip('\n').split('\t')
        if len(columns) == 3 and columns[2].endswith('; seen'):
            check('seen ' + columns[0], columns[1] in everything)


def main():
    tool, folder = sys.argv[1], tempfile.mkdtemp(prefix='winch-wsman-')
    skipped = []
    try:
        if shutil.which('xmllint'):
            check_samples(tool, folder)
        else:
            skipped.append('schemas: there is no xmllint (Debian: libxml2-utils)')
        if os.path.isdir(RECORDINGS):
            requests, replies = recorded(folder)
            wrong = {}
            if shutil.which('xmllint'):
                wrong = dict(invalid('soap-request.xsd', requests), **invalid('soap-reply.xsd', replies))
                for f in requests + replies:
                    check('valid ' + os.path.basename(f), f not in wrong, wrong.get(f, ''))
            check_replies(tool, replies)
            check_names(requests + replies)
        else:
            skipped.append('recordings: %s is not there' % os.path.relpath(RECORDINGS, ROOT))
    finally:
        shutil.rmtree(folder)
    for s in skipped:
        print('skip ' + s)
    print('%d passed, %d failed, %d skipped' % (len(passed), len(failed), len(skipped)))
    return 1 if failed else 77 if skipped else 0


if __name__ == '__main__':
    sys.exit(main())
