#!/usr/bin/env python3
"""Seeds of a fuzz target, from the cases in fixtures/engine: seeds.py TARGET DIRECTORY"""

import io
import pathlib
import sys
import tarfile

CASES = pathlib.Path(__file__).resolve().parents[3] / "fixtures/engine"
FOLDERS = {"template": ["template", "sprig"], "render": ["template", "sprig"], "yaml": ["yaml", "chart"],
           "set": ["set", "chart/set"], "archive": ["chart"]}


def sections(text):
    """The flags of a case, and its sections."""
    flags, *parts = ("\n" + text).split("\n>>> ")
    return flags.split("\n"), [part.partition("\n")[::2] for part in parts]


def seeds(target, text):
    """What one case gives."""
    flags, parts = sections(text)
    files = [(name, body) for name, body in parts if not name.startswith(("output", "error", "warnings"))]
    if target == "set":
        return [line.encode() for line in flags if line and not line.startswith("-")]
    if target == "archive":
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for name, body in files:
                info = tarfile.TarInfo(f"c/{name.split(' ')[0]}"[:99])
                info.size = len(body.encode())
                tar.addfile(info, io.BytesIO(body.encode()))
        return [out.getvalue()]
    yaml = target == "yaml"
    return [body.encode() for name, body in files if ("yaml" in name or "json" in name) == yaml or not yaml]


def main():
    target, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    count = 0
    for folder in FOLDERS[target]:
        for path in sorted((CASES / folder).rglob("*.txt")):
            for seed in seeds(target, path.read_text()):
                (directory / f"{count:05}").write_bytes(seed)
                count += 1


if __name__ == "__main__":
    main()
