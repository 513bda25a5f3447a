#!/bin/sh
# Ten minutes on the works of Shakespeare, about a million characters. Any text will do:
#
#   sh examples/shakespeare.sh input.txt
#
# The first 90 % are for training, the next 5 % for validation, the last 5 % for the test.
set -eu
N=$(wc -c < "$1")
head -c $((N * 90 / 100)) "$1" > train.txt
tail -c +$((N * 90 / 100 + 1)) "$1" | head -c $((N * 5 / 100)) > valid.txt
tail -c $((N - N * 90 / 100 - N * 5 / 100)) "$1" > test.txt

pyrnn train lm train.txt --valid valid.txt --test test.txt --output shakespeare-model \
    --cell lstm --hidden 512 --embedding 64 --dropout-output 0.4 \
    --batch 32 --bptt 64 --shift --learning-rate 0.003 --warmup 50 \
    --schedule cosine --final-rate 0.02 --minutes 9.5 --validate-every 500

pyrnn generate shakespeare-model --prompt "KING" --length 600 --temperature 0.7 --seed 1
