"""What a hostile server may send to a terminal.  Each attack is a text; RAW are bytes that no text has."""

ESC, BEL, ST = "\x1b", "\x07", "\x1b\\"

# CSI of every final byte.  Of m, SGR, some pass the filter: here stand those that must not.
CSI = [f"{ESC}[{final}" for final in map(chr, range(0x40, 0x7F)) if final != "m"]
CSI += [f"{ESC}[2;3{final}" for final in "ABCDEFGHJKLMPSTXZ`abdefrs"]
CSI += [ESC + "[" + sgr + "m" for sgr in (
    "8", "10", "11", "20", "1;8", "53", "58;5;1", "38", "48", "38;5", "38;5;256", "38;2;1;2", "48;2;1;2;256",
    "?1", ">4;2", "4:3", "38:5:1", "1 ", "1" * 80, ";".join("8" * 40), "999999999999", "-1")]
# Modes and reports.
MODES = [f"{ESC}[?{n}{final}" for final in "hl" for n in (
    1, 3, 5, 6, 7, 9, 12, 25, 40, 45, 47, 66, 69, 80, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016, 1047,
    1048, 1049, 2004, 2026, 2027, 2048)]
MODES += [ESC + "[" + what for what in ("4h", "4l", "20h", "2l", "12h")]
REPORTS = [ESC + "[" + what for what in (
    "5n", "6n", "?6n", "?15n", "?25n", "?26n", "?996n", "c", "0c", ">c", "=c", ">q", "0x", "1x", "?1$p", "4$p",
    "11t", "13t", "14t", "15t", "16t", "18t", "19t", "20t", "21t", "?u", "1*y", "?1;1;0S", "2$w", "1\"v", "?4m")]
WINDOWS = [ESC + "[" + what for what in ("1t", "2t", "3;0;0t", "4;10;10t", "5t", "6t", "7t", "8;2;2t", "9;1t", "10;1t",
                                         "22;0t", "23;0t", "!p", "61\"p", "1 q", "2*x", "1$|", "3g", "0g", "?5W")]
OSC = [f"{ESC}]{what}{end}" for end in (BEL, ST) for what in (
    "0;title", "1;icon", "2;title", "3;A=b", "4;1;?", "4;1;#ff0000", "5;0;?", "7;file://host/tmp", "8;;http://evil/",
    "9;note", "9;4;1;50", "10;?", "11;?", "11;#000000", "12;?", "17;?", "22;pointer", "50;font", "52;c;?",
    "52;c;ZWNobyBoaQo=", "52;p;ZWNobyBoaQo=", "99;i=1;note", "104", "110", "111", "133;A", "133;C", "133;D;0",
    "633;E;cmd", "777;notify;a;b", "1337;File=inline=1:AAAA", "1337;ClearScrollback", "1337;CopyToClipboard=",
    "1337;ReportCellSize", "1337;SetMark", "30001", "l title", "Lname", "P0ff0000", "R")]
STRINGS = [opening + what + end for end in (ST, "\x9c", BEL, "")
           for opening, what in ((ESC + "P", "$qm"), (ESC + "P", "+q544e"), (ESC + "P", "0;1|17/ab"),
                                 (ESC + "P", "q#0;2;0;0;0~-"), (ESC + "P", "=1s"), (ESC + "P", "tmux;\x1b\x1b]0;t\x07"),
                                 (ESC + "_", "Ga=T,f=24;AAAA"), (ESC + "_", "x"), (ESC + "^", "note"),
                                 (ESC + "X", "sos"),
                                 (ESC + "k", "title"))]
ESCAPES = [ESC + what for what in [chr(c) for c in range(0x30, 0x7F) if chr(c) not in "[]PX^_\\k"] +
           ["#3", "#6", "#8", "(0", "(B", ")0", "*0", "+0", "%G", "%@", " F", " G", "(", "#", "", ESC, ESC + "[2J"]]
C0 = [chr(c) for c in range(0x20) if chr(c) not in "\n\t"] + ["\x7f", "\b" * 8 + "XXXX", "\rXXXX", "\r\r\rXX",
                                                                     "\r\x1b[2K"]
C1 = [chr(c) for c in range(0x80, 0xA0)]
C1_SEQUENCES = ["\x9b2J", "\x9b31;8m", "\x9b1m", "\x9d0;title\x07", "\x9d52;c;?\x9c", "\x90$qm\x9c", "\x9f x\x9c",
                "\x9ex\x9c",                 "\x98x\x9c", "\x9b6n", "\x9b?1049h"]
BIDI = [chr(c) for c in [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]] + ["\u202egnp.exe\u202c",
                                                                                "\u2067\u2066x\u2069"]
# Made of parts that would pass alone, or that a careless filter joins to a sequence.
JOINED = [f"{ESC}[1{ESC}[31m2J", f"{ESC}{ESC}[31m[2J", f"{ESC}[3\x071m", f"{ESC}[3\n1m{ESC}[2J", f"{ESC}\r\n[2J",
          f"{ESC}\r[2J",
          f"{ESC}\x00[2J", f"{ESC}[31\r\nm", f"{ESC}]0;a\r\nb{BEL}", f"{ESC}[\x9b2J", f"{ESC}[31", f"{ESC}[", f"{ESC}[1;",
          f"{ESC}[0m{ESC}c", f"\x9b{ESC}[31mJ", f"{ESC}]8;;x{ESC}[1m{BEL}"]

ATTACKS = list(dict.fromkeys(CSI + MODES + REPORTS + WINDOWS + OSC + STRINGS + ESCAPES + C0 + C1 + C1_SEQUENCES + BIDI +
                             JOINED))

# C1 as bytes, UTF-8 that is too long, too short, or none.
RAW = [bytes([c]) for c in range(0x80, 0xA0)] + [
    b"\x9b2J", b"\x9d0;title\x07", b"\x90$qm\x9c", b"\xc0\x9b[2J", b"\xe0\x80\x9b[2J", b"\xf0\x80\x80\x9b[2J",
    b"\xf8\x80\x80\x80\x9b[2J", b"\xfc\x80\x80\x80\x80\x9b[2J", b"\xc0\x87", b"\xc1\x9b", b"\xc0\x8d", b"\xe0\x82\x9b2J",
    b"\xf0\x80\x82\x9b2J", b"\xc2", b"\xe2\x80", b"\xe2\x80\x1b[2J", b"\xc2\x1b[2J", b"\xed\xa0\x80", b"\xed\xb2\x9b",
    b"\xf4\x90\x80\x80", b"\xf0\x9f", b"\xfe", b"\xff", b"\xc2\x9b2J", b"\xe2\x80\xae", b"\xe2\x81\xa7"]
