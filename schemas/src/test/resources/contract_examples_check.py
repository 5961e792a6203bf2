# SPDX-License-Identifier: GPL-2.0-or-later
# Run by ContractTest behind the Python examples of CONTRACT.md.


def event(hook, sequence, event_type="PROCESS_EXIT", **groups):
    return dict(node="n", bootId="b", captureId=1, hook=hook, cpu=0, sequence=sequence, eventType=event_type, **groups)


ledger = Ledger()
seen = [ledger.is_new(event("PROCESS_EXIT", s)) for s in (1, 2, 2, 4, 3, 7, 4)]
assert seen == [True, True, False, True, True, True, False], seen
assert ledger.unannounced() == {("n", "b", 1, "PROCESS_EXIT", 0): 2}, ledger.unannounced()

lost = event("AGENT", 1, "EVENTS_LOST", lostInfo=dict(lostCaptureId=1, lostHook="PROCESS_EXIT", lostCpu=0, count=2))
assert ledger.is_new(lost)
assert not ledger.is_new(lost), "an announcement must not count twice"
assert ledger.unannounced() == {}, ledger.unannounced()

assert raw("a\uefff\uef80é") == b"a\xff\x80\xc3\xa9"
print("examples hold")
