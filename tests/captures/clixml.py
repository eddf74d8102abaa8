"""CLIXML by Python's own XML parser, as plain tuples to be compared property by property.

What a value is made of stays: tags, member names in their order, type names in full, texts with escapes resolved,
which object a reference means.  What says nothing goes: the numbers of RefIds, TNRef in place of a list of types, how a
character was escaped.
"""
import re
import xml.etree.ElementTree as ET

ESCAPE = re.compile(r'_x([0-9A-Fa-f]{4})_')
# XML 1.0 has no such characters, and the engine writes them (vectors/README.md); in CLIXML's own escape they pass.
NO_XML = re.compile(r'&#[xX]0*([fF]{3}[eEfF]);')


def unescape(text):
    """_xHHHH_ resolved; two surrogates are one character, a lone one stays."""
    text = ESCAPE.sub(lambda m: chr(int(m[1], 16)), text or '')
    return text.encode('utf-16-le', 'surrogatepass').decode('utf-16-le', 'surrogatepass')


class Reader:
    def __init__(self):
        self.types, self.objects = {}, {}

    def node(self, e):
        """(tag, name, ...): the name is that of a member, key or value."""
        head = (e.tag, unescape(e.get('N')) if e.get('N') is not None else None)
        if e.tag == 'Ref':
            return head + (self.objects[e.get('RefId')],)
        if e.tag == 'Obj':
            self.objects[e.get('RefId')] = len(self.objects)
            return head + tuple(self.part(p) for p in e)
        if len(e):
            return head + tuple(self.node(c) for c in e)
        return head + (unescape(e.text),)

    def part(self, e):
        if e.tag == 'TN':
            self.types[e.get('RefId')] = tuple(unescape(t.text) for t in e)
        if e.tag in ('TN', 'TNRef'):
            return ('TN',) + self.types[e.get('RefId')]
        if e.tag == 'ToString':
            return ('ToString', unescape(e.text))
        return self.node(e)


def read(text):
    """The value of a message body: nested tuples.  Nothing at all is $null."""
    if isinstance(text, bytes):
        text = text.decode('utf-8')
    if not text:
        return ('Nil', None, '')
    root = ET.fromstring(NO_XML.sub(lambda m: '_x%s_' % m[1], text))
    return Reader().node(root)


def member(node, name):
    """A member of an object's <MS>, as a value of its own (without its name); None: there is none."""
    for part in node[2:]:
        if part[0] == 'MS':
            for m in part[2:]:
                if m[1] == name:
                    return renumbered((m[0], None) + m[2:])
    return None


def renumbered(node):
    """References as in a document of its own.  Objects count in their order, so a part's begin with its first."""
    found = []

    def refs(n):
        if isinstance(n, tuple):
            found.extend([n[2]] if n and n[0] == 'Ref' and len(n) == 3 else [r for c in n for r in refs(c) or []])
    refs(node)
    assert not found, 'a part of a message with references: not needed so far'
    return node


def difference(want, got, path='', known=()):
    """Where two values part, in words; None: nowhere.  known: (path, pattern) of texts that both may have as they like."""
    if isinstance(want, str) and isinstance(got, str):
        if want == got or any(re.search(p, path) and re.fullmatch(t, want) and re.fullmatch(t, got) for p, t in known):
            return None
        return '%s: %.200r, not %.200r' % (path, got, want)
    if not (isinstance(want, tuple) and isinstance(got, tuple)):
        return None if want == got else '%s: %.200r, not %.200r' % (path, got, want)
    for i in range(max(len(want), len(got))):
        if i >= len(want) or i >= len(got):
            return '%s: %s %.300r' % (path, 'lacks' if i >= len(got) else 'has besides', (want if i >= len(got) else got)[i])
        where = path
        if i > 1 and isinstance(want[i], tuple) and len(want[i]) > 1:
            where = '%s/%s' % (path, want[i][1] if isinstance(want[i][1], str) and want[i][0] != 'TN' else want[i][0])
        found = difference(want[i], got[i], where, known)
        if found:
            return found
    return None
