#!/bin/sh
# Ten minutes on the works of Shakespeare, about a million characters. Any text will do:
#
#   sh examples/shakespeare.sh input.txt
#
# The first 90 % are for training, the next 5 % for validation, the last 5 % for the test.
set -eu
TEXT=$1

pyrnn train lm "$TEXT" --output shakespeare-model \
    --split 0.9 0.05 0.05 --report-test \
    --cell lstm --hidden 512 --embedding 128 --dropout-input 0.1 --dropout-output 0.3 \
    --batch 64 --bptt 96 --shift --learning-rate 0.003 --warmup 50 \
    --schedule cosine --final-rate 0.02 --minutes 10 --validate-every 200

pyrnn generate shakespeare-model --prompt "KING" --length 600 --temperature 0.7 --seed 1
