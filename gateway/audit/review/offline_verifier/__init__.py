"""核验证据包 · Verifies an evidence bundle of an audit log, without any part of the program that made it.

用法 usage: python3 verify.py BUNDLE [--policy FILE] [--peer BUNDLE] [--peer-policy FILE] [--tsa FILE] [--at-least N]
            [--entries] [--json] [--lang LANG]                                    (BUNDLE: a ZIP or a folder)

One file. Python 3.9 or later is all that it needs. Read it before you trust it. Formats: RFC 6962, C2SP. Checks:

1 the manifest names every file with its size, SHA-256 and SM3, and there is no other file;
2 the checkpoint is signed by a log of the policy, and as many witnesses as its quorum asks for have cosigned it;
3 the entries, as they stand line by line, lead with the proof to the checkpoint's root, each at its own index;
4 each entry is a JSON object of that log;
5 each older checkpoint in history/ is signed by the log, and its tree is a beginning of the checkpoint's;
6 each opened body is the one to which its entry commits (HMAC-SHA-256 under its salt);
7 each time stamp is of a checkpoint that is here, and holds, where openssl and the authority's roots are at hand;
8 the other province's half, in peer/ or in a bundle of its own, holds in the same way, and where an entry of one half
  names an entry of the other, it is that one;
9 each statement of a history proves, under a checkpoint that is here, that none of a token's entries was left out.

Ed25519 is verified by this file's own lines (RFC 8032), ML-DSA-44 where Python has `cryptography` 50; where it has not,
these signatures are said not to have been looked at. So is everything else that was not looked at.

Trust rests on the keys in the policy. Those of the bundle come from whoever made it, and a forger's bundle holds for a
forger's keys: take the keys from elsewhere, with --policy. What this cannot see: entries that were left out.

Exit code: 0 it holds for the keys of --policy; 1 it does not hold; 2 it cannot be verified here, or the command line is
wrong; 3 it holds for the keys in the bundle alone, which prove nothing of whose they are.
"""
