#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Normalises the BTF of layout.bpf.o (bpftool's JSON on stdin) and the header's
constants into event-layout.json, the layout that Java's offsets are tested against."""
import json
import re
import sys


def main():
    types = {t["id"]: t for t in json.load(sys.stdin)["types"]}

    def size(type_id):
        t = types[type_id]
        if t["kind"] == "ARRAY":
            return t["nr_elems"] * size(t["type_id"])
        if t["kind"] in ("TYPEDEF", "CONST", "VOLATILE"):
            return size(t["type_id"])
        return t["size"]

    layout = {"layoutVersion": None, "structs": {}, "enums": {}, "constants": {}}
    with open(sys.argv[1], encoding="utf-8") as header:
        for name, value in re.findall(r"^#define (PS_[A-Z_]+)\s+(\d+)\b", header.read(), re.M):
            layout["constants"][name] = int(value)
    layout["layoutVersion"] = layout["constants"]["PS_LAYOUT_VERSION"]
    for t in types.values():
        if not t.get("name", "").startswith("ps_"):
            continue
        if t["kind"] == "STRUCT":
            layout["structs"][t["name"]] = {
                "size": t["size"],
                "fields": {
                    m["name"]: {"offset": m["bits_offset"] // 8, "size": size(m["type_id"])}
                    for m in t["members"]
                },
            }
        elif t["kind"] == "ENUM":
            layout["enums"][t["name"]] = {v["name"]: v["val"] for v in t["values"]}
    layout["structs"] = dict(sorted(layout["structs"].items()))
    layout["enums"] = dict(sorted(layout["enums"].items()))
    json.dump(layout, sys.stdout, indent=2)
    print()


main()
