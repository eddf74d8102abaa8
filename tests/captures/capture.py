"""A captured conversation as its parts: fragments by stream, messages, and what happened in which order.

The files say most things twice, in fragments (base64) and in messages (as the engine's own reader saw them); this gives
both, so that one can be held to the other.  Format: vectors/README.md.
"""
import base64
import json
import re
import struct
import subprocess
import uuid

SECURE = re.compile(rb'<SS[^>]*>([^<]*)<')
ZERO = '00000000-0000-0000-0000-000000000000'


class Message:
    def __init__(self, dir, type, destination, rpid, pid, body, object_id=None):
        self.dir, self.type, self.destination = dir, type, destination
        self.rpid, self.pid, self.body, self.object_id = rpid, pid, body, object_id

    def head(self):
        return (self.destination, '%08x' % self.type, self.rpid, self.pid)


def of_json(m):
    return Message(m['dir'], int(m['messageType']['hex'], 16), {'client': 1, 'server': 2}[m['destination']],
                   m['rpid'], m['pid'], m['clixml'].encode(), m['objectId'])


class Capture:
    def __init__(self, path):
        self.doc = json.load(open(path, encoding='utf-8'))
        self.name = self.doc['name']
        self.version = self.doc['clientProtocolVersion']
        self.messages = [of_json(m) for m in self.doc['messages']]
        self.fragments = [(f['dir'], f['packet'], base64.b64decode(f['base64'])) for f in self.doc['fragments']]
        self.began, self.ended = {}, {}  # the packets of a message's first and last fragment
        for f in self.doc['fragments']:
            self.began.setdefault((f['dir'], f['objectId']), f['packet'])
            self.ended[f['dir'], f['objectId']] = f['packet']
        self.connect = self.doc.get('connect')

    def streams(self):
        """{stream: bytes}, {stream: messages}: of each direction's default and, of the client's, prompt-response stream of
        the pool and of each pipeline, as they travel; Connect's payloads besides."""
        packets = {p['n']: p for p in self.doc['packets']}
        data, messages = {}, {}

        def stream(dir, packet):
            p = packets[packet]
            return '%s/%s/%s' % (dir, p['psguid'], p['stream'])
        for dir, packet, raw in self.fragments:
            data.setdefault(stream(dir, packet), bytearray()).extend(raw)
        for m in self.messages:
            messages.setdefault(stream(m.dir, self.began[m.dir, m.object_id]), []).append(m)
        for part in ('request', 'reply') if self.connect else ():
            data['connect/' + part] = base64.b64decode(self.connect[part + '_base64'])
            messages['connect/' + part] = [of_json(m) for m in self.connect[part]]
        return data, messages

    def story(self):
        """What happened, in order: ('sent', [messages that begin], stream), ('came', pipeline, bytes, [messages that end]),
        ('stop', pipeline), ('close', pipeline), ('ended', pipeline)."""
        at = {}
        for m in self.messages:
            packets = self.began if m.dir == 'c2s' else self.ended
            at.setdefault(packets[m.dir, m.object_id], []).append(m)
        for p in self.doc['packets']:
            raw = b''.join(f for dir, n, f in self.fragments if n == p['n'])
            messages = at.get(p['n'], [])
            client = p['dir'] == 'c2s'
            if p['element'] == 'Data' and not client:
                yield ('came', p['psguid'], raw, messages)
            elif p['element'] == 'Data' and messages:
                yield ('sent', messages, p['stream'])
            elif p['element'] == 'Signal' and client:
                yield ('stop', p['psguid'])
            elif p['element'] == 'Close' and client:
                yield ('close', p['psguid'])
            elif p['element'] == 'CloseAck':
                yield ('ended', p['psguid'])


    # ---- SecureStrings: with 2.4 base64 of UTF-16LE, before it of that under the session key ----

    def rsa_key(self):
        """The client's key pair, DER; nothing where it had none."""
        pem = self.doc.get('crypto', {}).get('rsaPrivateKeyPem', '')
        return base64.b64decode(''.join(line for line in pem.split('\n') if not line.startswith('-----')))

    def text(self, wire):
        raw, key = base64.b64decode(wire), self.doc.get('crypto', {}).get('sessionKeyHex')
        if key:
            raw = subprocess.run(['openssl', 'enc', '-d', '-aes-256-cbc', '-K', key, '-iv', '0' * 32], input=raw,
                                 capture_output=True, check=True).stdout
        return raw.decode('utf-16-le').encode()

    def texts(self, body):
        return [self.text(wire) for wire in SECURE.findall(body)]

    def with_texts(self, body):
        """The body with the texts themselves, in hex."""
        return SECURE.sub(lambda m: m[0].replace(m[1], self.text(m[1]).hex().encode()), body)


def join(chunks, state):
    """Messages of fragments that our code cut, by hand: MS-PSRP 2.2.4, 2.2.1.  state: {'next': object id, ...}."""
    out = []
    for raw in chunks:
        while raw:
            object_id, fragment_id, flags, length = struct.unpack('>QQBI', raw[:21])
            blob, raw = raw[21:21 + length], raw[21 + length:]
            assert len(blob) == length, 'a fragment ends in mid-chunk'
            part = state.setdefault('open', {}).setdefault(object_id, [0, b''])
            assert part[0] == fragment_id and bool(flags & 1) == (fragment_id == 0), 'fragments out of order'
            part[0] += 1
            part[1] += blob
            if flags & 2:
                del state['open'][object_id]
                destination, kind = struct.unpack('<II', part[1][:8])
                rpid, pid = (str(uuid.UUID(bytes_le=part[1][at:at + 16])) for at in (8, 24))
                out.append(Message('c2s', kind, destination, rpid, pid, part[1][40:], object_id))
    return out
