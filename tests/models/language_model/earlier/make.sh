#!/bin/sh
# With pyrnn as of commit a252df3: `sh make.sh` in this folder made run/ and then.json.
set -eu
pyrnn --threads 1 train lm text.txt --output run --overwrite \
    --hidden 3 --dropout-output 0.1 --batch 2 --bptt 8 --shift --learning-rate 0.02 --schedule plateau \
    --max-steps 10 --validate-every 4 --log-every 5 --split 0.8 0.2 0
python - <<'END'
import json
from pyrnn.models import LanguageModel

text = open("text.txt", encoding="utf-8").read()
found = {}
for name in ("run", "run/last.safetensors", "run/best.safetensors"):
    model = LanguageModel.load(name)
    score = model.score(text)
    found[name] = {
        "total": score.total,
        "perplexity": score.perplexity,
        "bits_per_character": score.bits_per_character,
        "written": model.generate("to be", 12, greedy=True),
    }
with open("then.json", "w", encoding="utf-8") as file:
    file.write(json.dumps(found, indent=1) + "\n")
END
